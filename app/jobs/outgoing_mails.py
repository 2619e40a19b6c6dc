"""Delivers the waiting mails, and cleans up after workers that died."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from functools import partial

from app import clock, queue
from app.errors import InvalidInput
from app.jobs import Outcome, job, scheduled, stop
from app.mail import secrecy
from app.mail.post import HungUp, Later, NotSent, Parcel, Post, Refused, Unknown, Unreachable, wrap
from app.policy.plans import Job
from app.services import outgoing_mails
from app.services.outgoing_mails import Claimed
from app.transaction import after_commit, transaction

_log = logging.getLogger(__name__)

OUTCOMES = {
    Later: outgoing_mails.put_off,
    HungUp: outgoing_mails.put_off,
    Refused: outgoing_mails.mark_failed,
    Unknown: outgoing_mails.mark_unsure,
}

BATCH = 20
SECONDS = 120.0  # then another job goes on, so that none runs into its time limit


@job("deliver_mails")
def deliver_mails() -> int:
    """Send what is due over one connection, until nothing is due or the server cannot be reached. Number sent."""
    owner, sent, end = uuid.uuid4().hex, 0, time.monotonic() + SECONDS
    try:
        with Post() as post:
            while mails := _claim(owner, end):
                sent += _deliver(post, mails, owner)
    except Unreachable as error:
        _log.warning("Mails wait: the mail server cannot be used (%s).", error.answer)
    finally:
        with transaction():
            outgoing_mails.release(owner)
    return sent


@scheduled(Job.sweep_mails)
def sweep_mails() -> Outcome:
    """Take back leases that have ended, give up what is past its life, and hint at what is due."""
    with transaction():
        counts = {"recovered": outgoing_mails.recover(), "given_up": outgoing_mails.expire()}
        if outgoing_mails.is_due():
            after_commit("deliver_mails", partial(queue.enqueue, "deliver_mails"))
    return Outcome(counts)


def _claim(owner: str, end: float) -> list[Claimed]:
    if stop.is_set() or time.monotonic() > end:
        return []
    with transaction():
        return outgoing_mails.claim(owner, BATCH)


def _deliver(post: Post, mails: list[Claimed], owner: str) -> int:
    """Send a claimed batch; raises Unreachable after putting all of it off."""
    sent = 0
    for place, mail in enumerate(mails):
        if stop.is_set():
            break
        try:
            sent += _send(post, mail, owner)
        except Unreachable as error:
            _put_off(mails[place:], owner, error.answer)
            raise
    return sent


def _put_off(mails: list[Claimed], owner: str, answer: str) -> None:
    with transaction():
        for mail in mails:
            outgoing_mails.put_off(mail, owner, answer)


def _send(post: Post, mail: Claimed, owner: str) -> int:
    """Send one mail and note what became of it: first that it is being sent, committed, then the outcome."""
    try:
        content = wrap(_parcel(mail))
    except (secrecy.Unreadable, InvalidInput) as error:
        _log.error("Mail %s cannot be written: %s", mail.id, type(error).__name__)
        return _note(outgoing_mails.mark_failed, mail, owner, outgoing_mails.UNREADABLE)
    post.connect()
    with transaction():
        if not outgoing_mails.mark_sending(mail, owner):
            return 0  # the lease ended: it is somebody else's mail now
    try:
        answer = post.send(mail.recipient, content)
    except Unreachable:
        raise
    except NotSent as error:
        return _note(OUTCOMES[type(error)], mail, owner, error.answer)
    _note(outgoing_mails.mark_sent, mail, owner, answer)
    return 1


def _note(mark: Callable[[Claimed, str, str], bool], mail: Claimed, owner: str, answer: str) -> int:
    with transaction():
        mark(mail, owner, answer)
    _log.info("Mail %s (%s): %s", mail.id, mail.kind, mark.__name__)
    return 0


def _parcel(mail: Claimed) -> Parcel:
    if mail.body is None:
        raise secrecy.Unreadable("A mail that waits has no body.")
    body = secrecy.unseal(mail.body)
    return Parcel(
        message_id=mail.message_id,
        recipient=mail.recipient,
        reply_to=mail.reply_to,
        subject=mail.subject,
        language=mail.language,
        date=clock.now(),
        text=body.text,
        html=body.html,
    )
