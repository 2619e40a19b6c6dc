"""Mails on their way: what each step does, and that nobody can take a step twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import clock
from app.errors import InvalidInput
from app.extensions import db
from app.mail import secrecy
from app.mail.kinds import KINDS, Kind
from app.models import OutgoingMail
from app.models.outgoing_mail import MailState
from app.services import outgoing_mails as mails
from app.transaction import transaction
from tests.standing_clock import StandingClock

PASSWORD = "Qm7-planted-Zk4wTn9RbY"
FACTS = {
    "name": "Anne Jensen",
    "authority": "Søfartsstyrelsen",
    "password": PASSWORD,
    "last_day": date(2026, 12, 8),
    "access_manager": "Erhvervsstyrelsen",
}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 11, 24, 12, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture(autouse=True)
def hold_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind M0 that is held when unsure and holds no secret, with the words of M1."""
    kinds = {**KINDS, "M0": Kind(facts=KINDS["M1"].facts, path="/")}
    monkeypatch.setattr("app.mail.kinds.KINDS", kinds)
    monkeypatch.setattr(mails, "KINDS", kinds)


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Inside the application; gives the hints that went to the queue."""
    hints: list[str] = []
    monkeypatch.setattr("app.queue.enqueue", lambda name, *_: hints.append(name))
    with real_app.app_context():
        yield hints


def ordered(number: int = 1, kind: str = "M1", **words: Any) -> list[int]:
    """Mails ordered and committed; those of kind M0 are M1's words under another name."""
    with transaction():
        rows = [
            mails.order("M1", recipient=f"u{i}@example.org", language="da", authority_id=None, facts=FACTS, **words)
            for i in range(number)
        ]
        for row in rows:
            row.kind, row.holds_secret = kind, kind == "M1"
    return [row.id for row in rows]


def row(mail_id: int) -> OutgoingMail:
    with transaction():
        found: OutgoingMail = db.session.get_one(OutgoingMail, mail_id)
        db.session.refresh(found)
        db.session.expunge(found)
    return found


def claimed(owner: str = "w1", most: int = 10) -> list[mails.Claimed]:
    with transaction():
        return mails.claim(owner, most)


def sending(owner: str = "w1") -> mails.Claimed:
    mail = claimed(owner)[0]
    with transaction():
        assert mails.mark_sending(mail, owner)
    return mail


def stored_bytes() -> bytes:
    """Everything the table holds, as bytes: where a planted secret would be found."""
    with transaction():
        return repr(db.session.execute(text("SELECT * FROM outgoing_mail")).all()).encode()


@pytest.mark.rule("R87")
def test_the_body_is_encrypted_at_rest(inside: list[str]) -> None:
    [mail_id] = ordered()
    assert PASSWORD not in stored_bytes().decode()
    body = row(mail_id).body
    assert body is not None
    assert PASSWORD in secrecy.unseal(body).text  # it is there, for who has the key
    with transaction():
        db.session.execute(text("UPDATE outgoing_mail SET subject = :s"), {"s": PASSWORD})
    assert PASSWORD in stored_bytes().decode()  # and the search would have found it


@pytest.mark.rule("R4")
def test_no_act_no_mail_and_no_hint(inside: list[str]) -> None:
    with pytest.raises(RuntimeError):
        _order_and_fail()
    with transaction():
        assert db.session.scalars(select(OutgoingMail)).all() == []
    assert inside == []
    ordered()
    assert inside == ["deliver_mails"]


@pytest.mark.rule("R84")
@pytest.mark.parametrize("words", [{"recipient": "a@x.org\r\nBcc: b@x.org"}, {"reply_to": "a b@x.org"}])
def test_bad_addresses_are_refused(inside: list[str], words: dict[str, str]) -> None:
    given: dict[str, Any] = {"recipient": "a@example.org", **words}
    with transaction(), pytest.raises(InvalidInput):
        mails.order("M1", language="da", authority_id=None, facts=FACTS, **given)


def _order_and_fail() -> None:
    with transaction():
        mails.order("M1", recipient="a@example.org", language="da", authority_id=None, facts=FACTS)
        raise RuntimeError


@pytest.mark.rule("R87")
def test_a_sent_secret_is_wiped(inside: list[str], time: StandingClock) -> None:
    [mail_id] = ordered()
    mail = sending()
    with transaction():
        assert mails.mark_sent(mail, "w1", "250 OK")
    sent = row(mail_id)
    assert (sent.state, sent.body, sent.sent_at, sent.server_answer) == (MailState.sent, None, time(), "250 OK")
    assert (sent.owner, sent.lease_until) == ("", None)


def test_a_mail_without_a_secret_keeps_its_words(inside: list[str]) -> None:
    [mail_id] = ordered(kind="M0")
    mail = sending()
    with transaction():
        assert mails.mark_sent(mail, "w1", "250 OK")
    assert row(mail_id).body is not None


@pytest.mark.rule("R87")
@pytest.mark.parametrize("quoted", ["{}", "line={}.", '(contains "{}")', "<{}>", "{}!"])
@pytest.mark.parametrize("part", [slice(None), slice(0, -4), slice(4, None)])
def test_what_the_server_quotes_of_a_secret_is_not_kept(inside: list[str], quoted: str, part: slice) -> None:
    """Whole or cut off, between whatever signs."""
    [mail_id] = ordered()
    mail = sending()
    with transaction():
        mails.mark_failed(mail, "w1", f"550 bad {quoted.format(PASSWORD[part])} said the server")
    answer = row(mail_id).server_answer
    assert PASSWORD[part] not in answer
    assert (answer.startswith("550 bad "), answer.endswith(" said the server")) == (True, True)


@pytest.mark.rule("R87")
def test_a_refused_secret_is_wiped_and_the_answer_is_seen_without_it(inside: list[str]) -> None:
    [mail_id] = ordered()
    mail = sending()
    with transaction():
        assert mails.mark_failed(mail, "w1", f"554 rejected: {PASSWORD} looks odd " + "x" * 600)
    failed = row(mail_id)
    assert (failed.state, failed.body, failed.tries) == (MailState.failed, None, 1)
    assert failed.server_answer.startswith("554 rejected: … looks odd")
    assert len(failed.server_answer) <= 500
    assert PASSWORD not in stored_bytes().decode()


def test_a_delay_waits_longer_each_time_at_most_an_hour(inside: list[str], time: StandingClock) -> None:
    [mail_id] = ordered()
    pauses = []
    for _ in range(10):
        mail = sending()
        with transaction():
            assert mails.put_off(mail, "w1", "451 later")
        waiting = row(mail_id)
        assert waiting.state is MailState.queued
        pauses.append(waiting.due_at - time())
        assert claimed() == []
        time.moment = waiting.due_at
    assert pauses[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert pauses[-1] == timedelta(hours=1)
    assert row(mail_id).tries == 10


@pytest.mark.rule("R87")
def test_after_three_days_it_is_given_up_and_wiped(inside: list[str], time: StandingClock) -> None:
    first, second = ordered(2)
    time.move(days=3, seconds=1)
    with transaction():
        mail = mails.claim("w1", 1)[0]
        mails.put_off(mail, "w1", "451 later")
    assert (row(first).state, row(first).body) == (MailState.given_up, None)
    with transaction():
        assert mails.expire() == 1
        assert mails.expire() == 0
    assert (row(second).state, row(second).body, row(second).server_answer) == (MailState.given_up, None, "expired")


@pytest.mark.rule("R87")
def test_past_its_life_a_mail_is_not_sent_but_wiped(inside: list[str], time: StandingClock) -> None:
    [mail_id] = ordered(expires_at=time() + timedelta(hours=2))
    time.move(hours=3)
    assert claimed() == []
    with transaction():
        assert not mails.is_due()
        mails.expire()
    assert (row(mail_id).state, row(mail_id).body) == (MailState.given_up, None)


def test_without_an_answer_a_mail_is_held_but_a_password_is_sent_again(inside: list[str]) -> None:
    [held] = ordered(kind="M0")
    mail = sending()
    with transaction():
        mails.mark_unsure(mail, "w1", "no_answer")
    [again] = ordered()
    mail = sending()
    with transaction():
        mails.mark_unsure(mail, "w1", "no_answer")
    assert row(held).state is MailState.unsure
    assert (row(again).state, row(again).tries) == (MailState.queued, 1)
    assert row(again).body is not None


def test_what_a_dead_worker_left_is_taken_back_after_its_lease(inside: list[str], time: StandingClock) -> None:
    held, again, untouched = ordered(1, "M0") + ordered(2)
    for mail in claimed():
        if mail.id != untouched:
            with transaction():
                mails.mark_sending(mail, "w1")
    with transaction():
        assert mails.recover() == 0
    time.move(seconds=301)
    with transaction():
        assert mails.recover() == 3
    assert row(held).state is MailState.unsure
    assert row(again).state is MailState.queued
    assert (row(untouched).state, row(untouched).tries) == (MailState.queued, 0)


def test_who_lost_the_lease_changes_nothing(inside: list[str], time: StandingClock) -> None:
    [mail_id] = ordered()
    late = claimed("w1")[0]
    time.move(seconds=301)
    with transaction():
        mails.recover()
    with transaction():
        now_mine = mails.claim("w2", 1)[0]
        assert mails.mark_sending(now_mine, "w2")
    with transaction():
        assert not mails.mark_sending(late, "w1")
        assert not mails.mark_sent(late, "w1", "250 OK")
        assert not mails.mark_failed(late, "w1", "550")
        assert not mails.put_off(late, "w1", "451")
        assert not mails.mark_unsure(late, "w1", "no_answer")
        assert mails.release("w1") == 0
    assert (row(mail_id).state, row(mail_id).owner) == (MailState.sending, "w2")


def test_a_claim_can_be_given_back(inside: list[str]) -> None:
    ordered(3)
    assert len(claimed(most=2)) == 2
    with transaction():
        assert mails.release("w1") == 2
    assert len(claimed("w2")) == 3


def test_the_longest_due_goes_first(inside: list[str], time: StandingClock) -> None:
    first = ordered()
    time.move(seconds=1)
    second = ordered()
    assert [mail.id for mail in claimed()] == first + second


def test_claims_at_once_never_share_a_mail(inside: list[str], real_app: Flask) -> None:
    ids = ordered(60)
    got: list[int] = []

    def take(owner: str) -> None:
        with real_app.app_context():
            while taken := claimed(owner, 5):
                got.extend(mail.id for mail in taken)

    threads = [threading.Thread(target=take, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(ids)


def test_a_page_learns_that_a_mail_waits(
    db: Any, make: Any, time: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    anne, other = (make.user(make.authority()) for _ in range(2))
    mail = mails.order("M1", to=anne, recipient="a@example.org", language="da", authority_id=None, facts=FACTS)
    assert mails.progress(anne) is mails.Progress.on_its_way
    time.move(seconds=21)
    assert mails.progress(anne) is mails.Progress.late
    assert mails.progress(other) is None
    mail.state, mail.sent_at, mail.body = MailState.sent, time(), None
    db.session.flush()
    assert mails.progress(anne) is mails.Progress.sent
    mail.state, mail.sent_at = MailState.failed, None
    db.session.flush()
    assert mails.progress(anne) is mails.Progress.undelivered
