"""A person and a worker, or two persons, take a mail in hand at the same moment: one of them is told."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.errors import Conflict
from app.extensions import db
from app.models import OutgoingMail
from app.models.outgoing_mail import MailState
from app.policy.actor import Actor
from app.services import outgoing_mails, undelivered_mails
from app.transaction import transaction
from tests.make import Maker

ROUNDS = 8


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


@pytest.fixture
def actor(inside: Flask) -> Actor:
    with transaction():
        make = Maker()
        actor: Actor = make.actor(make.user(make.commission()))
    return actor


def ordered() -> uuid.UUID:
    """A temporary password on its way to a new user."""
    with transaction():
        make = Maker()
        until = clock.now() + timedelta(days=14)
        user = make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=until)
        return outgoing_mails.order_temporary_password(user, "Fyret", "Forvalteren", "Planted-Word-7").public_id


def the(public_id: uuid.UUID) -> Any:
    with transaction():
        return db.session.execute(select(OutgoingMail.__table__).where(OutgoingMail.public_id == public_id)).one()


def sent_again(actor: Actor, public_id: uuid.UUID) -> int:
    return undelivered_mails.send_again(actor, public_id).id


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """What each gives; "told" for who comes too late."""
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            gate.wait(timeout=20)
            try:
                with transaction():
                    return work()
            except Conflict:
                return "told"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.mark.rule("R87")
def test_a_mail_is_given_up_or_claimed_and_never_both(inside: Flask, actor: Actor) -> None:
    outcomes = set()
    for _ in range(ROUNDS):
        public_id = ordered()
        giving_up = partial(undelivered_mails.give_up, actor, public_id)
        given_up, claimed = at_once(inside, giving_up, partial(outgoing_mails.claim, "w1", 10))
        mail = the(public_id)
        if claimed:
            assert (given_up, mail.state) == ("told", MailState.claimed)
            assert mail.body is not None
        else:
            assert (given_up, mail.state, mail.body) == (None, MailState.given_up, None)
        outcomes.add(mail.state)
    assert outcomes <= {MailState.claimed, MailState.given_up}


@pytest.mark.rule("R87")
def test_a_worker_finds_nothing_to_send_in_what_was_given_up(inside: Flask, actor: Actor) -> None:
    public_id = ordered()
    with transaction():
        [mail] = outgoing_mails.claim("w1", 10)
        outgoing_mails.release("w1")
    with transaction():
        undelivered_mails.give_up(actor, public_id)
    with transaction():
        assert outgoing_mails.claim("w2", 10) == []
        assert not outgoing_mails.mark_sending(mail, "w1")  # nor who had it in hand before
    assert (the(public_id).state, the(public_id).body) == (MailState.given_up, None)


def test_two_who_send_it_again_at_once_send_one(inside: Flask, actor: Actor) -> None:
    for _ in range(ROUNDS):
        public_id = ordered()
        before = the(public_id).id
        with transaction():
            undelivered_mails.give_up(actor, public_id)
        done = at_once(inside, *[partial(sent_again, actor, public_id)] * 2)
        assert done.count("told") == 1
        [new] = [number for number in done if number != "told"]
        with transaction():
            owner = select(OutgoingMail.user_id).where(OutgoingMail.public_id == public_id).scalar_subquery()
            ids = select(OutgoingMail.id).where(OutgoingMail.user_id == owner)
            assert set(db.session.scalars(ids)) == {before, new}
