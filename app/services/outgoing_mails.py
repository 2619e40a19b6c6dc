"""Mails on their way: ordered in the act that causes them, then carried from state to state by the jobs.

queued → claimed (leased to one worker) → sending (committed before the text is handed over) → sent | failed | unsure.
Every step says whose mail it was and in which state; a worker that lost its lease changes nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import CursorResult, and_, case, or_, select, update
from sqlalchemy.sql import ColumnElement

from app import clock, queue
from app.extensions import db
from app.mail import secrecy
from app.mail.headers import checked_address, checked_subject
from app.mail.kinds import KINDS, sent_again_when_unsure
from app.mail.letters import compose, written_in
from app.models import ImiUser, OutgoingMail
from app.models.outgoing_mail import MailState
from app.services.passwords import last_day_of
from app.settings import setting
from app.transaction import after_commit

LEASE = timedelta(seconds=300)
GIVEN_UP_AFTER = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=15)
NOTICED_AFTER = timedelta(seconds=20)
# Stand where the server's answer stands, when it is we who have something to say.
UNREADABLE = "unreadable"
NO_ANSWER = "no_answer"
LATE = "expired"

_WAITING = (MailState.queued, MailState.claimed)
_FREE: Mapping[str, Any] = {"owner": "", "lease_until": None}


@dataclass(frozen=True)
class Claimed:
    """A mail in a worker's hands, as it was when claimed; a log that names one learns nobody's address."""

    id: int
    message_id: str
    kind: str
    language: str
    recipient: str = field(repr=False)
    reply_to: str = field(repr=False)
    subject: str = field(repr=False)
    body: bytes | None = field(repr=False)
    holds_secret: bool
    tries: int
    created_at: datetime
    expires_at: datetime | None


def order(
    kind: str,
    *,
    recipient: str,
    language: str,
    authority_id: int | None,
    facts: Mapping[str, object],
    to: ImiUser | None = None,
    reply_to: str = "",
    expires_at: datetime | None = None,
    invitation_id: int | None = None,
) -> OutgoingMail:
    """Write a mail into the outbox, in the transaction of the act that causes it: no act, no mail; else it is sent.

    `expires_at` is the end of what it opens (R87): after it, the mail is not sent but wiped. Raises KeyError and
    ValueError as `compose` does, InvalidInput for an address or subject that cannot stand in a header (R84).
    """
    letter = compose(kind, language, facts)
    return _put_out(
        kind=kind,
        language=written_in(language),
        authority_id=authority_id,
        user_id=to.id if to else None,
        invitation_id=invitation_id,
        recipient=checked_address(recipient),
        reply_to=checked_address(reply_to) if reply_to else "",
        subject=checked_subject(letter.subject),
        body=secrecy.seal(letter),
        holds_secret=KINDS[kind].holds_secret,
        expires_at=expires_at,
    )


def copy(mail: OutgoingMail) -> OutgoingMail:
    """The same mail once more, as a new one; only for what holds no secret."""
    of_whom = ("kind", "language", "authority_id", "user_id", "invitation_id", "recipient", "reply_to")
    kept = (*of_whom, "subject", "body", "expires_at")
    return _put_out(**{name: getattr(mail, name) for name in kept}, holds_secret=False)


def _put_out(**values: Any) -> OutgoingMail:
    """A new mail of the outbox, due now; a hint goes to the queue once it is committed."""
    moment = clock.now()
    message_id = f"<{uuid.uuid4().hex}@{urlsplit(setting('PUBLIC_URL')).hostname}>"
    mail = OutgoingMail(message_id=message_id, created_at=moment, due_at=moment, **values)
    db.session.add(mail)
    db.session.flush()
    after_commit("deliver_mails", partial(queue.enqueue, "deliver_mails"))
    return mail


def order_temporary_password(user: ImiUser, authority: str, access_manager: str, password: str) -> OutgoingMail:
    """M1 to a first user: his temporary password, alone, and who tells him the username by another channel (R4, R5)."""
    return order(
        "M1",
        to=user,
        recipient=user.email_address,
        language=user.language,
        authority_id=user.authority_id,
        expires_at=user.temporary_password_expires_at,
        facts={
            "name": user.full_name,
            "authority": authority,
            "password": password,
            "last_day": last_day_of(user),
            "access_manager": access_manager,
        },
    )


def claim(owner: str, most: int) -> list[Claimed]:
    """Lease up to `most` due mails to owner, the longest due first; nobody else gets them while the lease lasts."""
    moment = clock.now()
    due = select(OutgoingMail.id).where(_is_due(moment)).order_by(OutgoingMail.due_at, OutgoingMail.id).limit(most)
    # PostgreSQL passes over what another worker is claiming; SQLite has one writer, and knows no such clause.
    ids = db.session.scalars(due.with_for_update(skip_locked=True)).all()
    lease = {"state": MailState.claimed, "owner": owner, "lease_until": moment + LEASE}
    _change([OutgoingMail.id.in_(ids), OutgoingMail.state == MailState.queued], lease)
    columns = [getattr(OutgoingMail, column.name) for column in fields(Claimed)]
    mine = select(*columns).where(OutgoingMail.id.in_(ids), OutgoingMail.owner == owner)
    rows = db.session.execute(mine.order_by(OutgoingMail.due_at, OutgoingMail.id))
    return [Claimed(**row._mapping) for row in rows]


def release(owner: str) -> int:
    """Give back what owner has claimed and not begun, so that others need not wait for the lease to end."""
    mine = [OutgoingMail.owner == owner, OutgoingMail.state == MailState.claimed]
    return _change(mine, {"state": MailState.queued, **_FREE})


def mark_sending(mail: Claimed, owner: str) -> bool:
    """Say, before the text is handed over, that this is being done; False if the mail is no longer owner's."""
    return _step(mail, owner, (MailState.claimed,), {"state": MailState.sending, "lease_until": clock.now() + LEASE})


def mark_sent(mail: Claimed, owner: str, answer: str) -> bool:
    """The server took the mail; a secret is wiped (R87)."""
    sent = {"state": MailState.sent, "sent_at": clock.now(), "server_answer": _harmless(mail, answer), **_wiped(mail)}
    return _step(mail, owner, (MailState.sending,), {**sent, **_FREE})


def mark_failed(mail: Claimed, owner: str, answer: str) -> bool:
    """The server refused the mail for good; a secret is wiped, the answer stays to be seen."""
    failed = {"state": MailState.failed, "tries": mail.tries + 1, **_wiped(mail)}
    failed["server_answer"] = _harmless(mail, answer)
    return _step(mail, owner, (MailState.claimed, MailState.sending), {**failed, **_FREE})


def put_off(mail: Claimed, owner: str, answer: str) -> bool:
    """The mail was not taken now: it waits, longer each time; after three days, or past its life, it is given up."""
    moment = clock.now()
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(mail.tries, 12))
    values: dict[str, Any] = {"state": MailState.queued, "due_at": moment + pause}
    if moment >= _last_moment(mail):
        values = {"state": MailState.given_up, **_wiped(mail)}
    values |= {"tries": mail.tries + 1, "server_answer": _harmless(mail, answer)}
    return _step(mail, owner, (MailState.claimed, MailState.sending), {**values, **_FREE})


def mark_unsure(mail: Claimed, owner: str, answer: str) -> bool:
    """No answer came: held for a person to decide, or sent again, as the kind of mail wants it."""
    if mail.kind in sent_again_when_unsure():
        return put_off(mail, owner, answer)
    unsure = {"state": MailState.unsure, "tries": mail.tries + 1, "server_answer": _harmless(mail, answer)}
    return _step(mail, owner, (MailState.sending,), {**unsure, **_FREE})


def recover() -> int:
    """Take back what workers left behind that died: leases that have ended. Gives the number of mails.

    Claimed: nothing had begun, so it is queued. Sending: nobody can tell, so as `mark_unsure` says.
    """
    ended = OutgoingMail.lease_until < clock.now()
    again = OutgoingMail.kind.in_(sent_again_when_unsure())
    free = {"state": MailState.queued, **_FREE}
    claimed = _change([OutgoingMail.state == MailState.claimed, ended], free)
    sending = OutgoingMail.state == MailState.sending
    repeated = _change([sending, ended, again], {**free, "tries": OutgoingMail.tries + 1})
    unsure = {"state": MailState.unsure, "tries": OutgoingMail.tries + 1, "server_answer": NO_ANSWER, **_FREE}
    return claimed + repeated + _change([sending, ended], unsure)


def expire() -> int:
    """Give up what is past its life, or has waited three days, and wipe its secrets (R87). Gives their number."""
    wiped = case((OutgoingMail.holds_secret, None), else_=OutgoingMail.body)
    values = {"state": MailState.given_up, "body": wiped, **_FREE}
    answer = case((OutgoingMail.server_answer == "", LATE), else_=OutgoingMail.server_answer)
    return _change([_is_over(clock.now())], {**values, "server_answer": answer})


def wipe_link(invitation_id: int) -> int:
    """Give up the mails that carry an invitation's link which opens nothing any more, and wipe it (R87)."""
    carries = and_(OutgoingMail.invitation_id == invitation_id, OutgoingMail.holds_secret)
    dead = {"state": MailState.given_up, "body": None, "server_answer": LATE, **_FREE}
    return _change([carries, OutgoingMail.state.in_((*_WAITING, MailState.unsure))], dead)


def is_due() -> bool:
    """Whether a mail waits to be delivered now."""
    return db.session.scalar(select(OutgoingMail.id).where(_is_due(clock.now())).limit(1)) is not None


class Progress(StrEnum):
    """How far the last mail to a user has come; `late`: the server has not taken it yet, and it is tried again."""

    on_its_way = "on_its_way"
    late = "late"
    sent = "sent"
    undelivered = "undelivered"


def progress(user: ImiUser) -> Progress | None:
    """For the page of whoever waits for it; None where no mail was ordered."""
    last = select(OutgoingMail.state, OutgoingMail.tries, OutgoingMail.created_at).where(
        OutgoingMail.user_id == user.id
    )
    row = db.session.execute(last.order_by(OutgoingMail.id.desc()).limit(1)).first()
    if row is None:
        return None
    if row.state in (*_WAITING, MailState.sending):
        is_late = row.tries > 0 or row.created_at < clock.now() - NOTICED_AFTER
        return Progress.late if is_late else Progress.on_its_way
    return Progress.sent if row.state is MailState.sent else Progress.undelivered


def _is_due(moment: datetime) -> ColumnElement[bool]:
    alive = or_(OutgoingMail.expires_at.is_(None), OutgoingMail.expires_at > moment)
    return and_(OutgoingMail.state == MailState.queued, OutgoingMail.due_at <= moment, alive)


def _is_over(moment: datetime) -> ColumnElement[bool]:
    expired = and_(OutgoingMail.state.in_((MailState.queued, MailState.unsure)), OutgoingMail.expires_at <= moment)
    old = and_(OutgoingMail.state == MailState.queued, OutgoingMail.created_at <= moment - GIVEN_UP_AFTER)
    return or_(expired, old)


def _last_moment(mail: Claimed) -> datetime:
    given_up = mail.created_at + GIVEN_UP_AFTER
    return min(given_up, mail.expires_at) if mail.expires_at else given_up


def _wiped(mail: Claimed) -> dict[str, Any]:
    return {"body": None} if mail.holds_secret else {}


def _harmless(mail: Claimed, answer: str) -> str:
    """The server's answer without what it quotes of a secret body: no run of eight characters stands in both."""
    if not (mail.holds_secret and mail.body):
        return answer[:500]
    try:
        body = secrecy.unseal(mail.body).text
    except secrecy.Unreadable:
        return answer[:500]
    runs = (range(start, start + 8) for start in range(len(answer) - 7) if _is_quoted(answer[start : start + 8], body))
    quoted = {place for run in runs for place in run}
    masked = "".join("…" if place in quoted else letter for place, letter in enumerate(answer))
    return re.sub("…+", "…", masked)[:500]


def _is_quoted(letters: str, body: str) -> bool:
    return letters in body and not any(letter.isspace() for letter in letters)


def _step(mail: Claimed, owner: str, origin: tuple[MailState, ...], values: Mapping[str, Any]) -> bool:
    """Change one mail if it is still owner's and still where we left it."""
    here = [OutgoingMail.id == mail.id, OutgoingMail.owner == owner, OutgoingMail.state.in_(origin)]
    return _change(here, values) == 1


def _change(where: list[ColumnElement[bool]], values: Mapping[str, Any]) -> int:
    statement = update(OutgoingMail).where(*where).values(values)
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return done.rowcount if isinstance(done, CursorResult) else 0
