"""Delivery against real mail servers: what becomes of each mail."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, jobs
from app.extensions import db
from app.jobs.outgoing_mails import deliver_mails, sweep_mails
from app.models import OutgoingMail
from app.models.outgoing_mail import MailState
from app.services import outgoing_mails
from app.transaction import transaction
from tests.servers import SmtpSink, free_port

PASSWORD = "Qm7-planted-Zk4wTn9RbY"
FACTS = {
    "name": "Anne Jensen",
    "authority": "Søfartsstyrelsen",
    "password": PASSWORD,
    "last_day": date(2026, 12, 8),
    "access_manager": "Erhvervsstyrelsen",
}


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Inside the application, without a queue."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    jobs.stop.clear()
    with real_app.app_context():
        yield real_app
    jobs.stop.clear()


def use(app: Flask, port: int, timeout: float = 5, *, starttls: bool = False) -> None:
    """Let the application send through the server at that port."""
    app.config["SMTP_TIMEOUT"] = timeout
    state = app.extensions["mail"]
    state.server, state.port, state.use_tls, state.use_ssl = "127.0.0.1", port, starttls, False
    state.username = state.password = None


def ordered(number: int = 1) -> list[int]:
    """Password mails, committed."""
    with transaction():
        rows = [
            outgoing_mails.order("M1", recipient=f"u{i}@example.org", language="da", authority_id=None, facts=FACTS)
            for i in range(number)
        ]
        return [row.id for row in rows]


def change(**values: Any) -> None:
    with transaction():
        db.session.execute(update(OutgoingMail).values(**values))


def states() -> Counter[str]:
    with transaction():
        return Counter(state.value for state in db.session.scalars(select(OutgoingMail.state)))


def the_mail() -> Any:
    with transaction():
        return db.session.execute(select(*OutgoingMail.__table__.columns)).one()


def test_what_is_due_is_sent_and_wiped(inside: Flask) -> None:
    ordered(45)
    with SmtpSink() as sink:
        use(inside, sink.port)
        assert deliver_mails() == 45
    assert len({message["Message-ID"] for message in sink.messages}) == 45
    assert states() == {"sent": 45}
    with transaction():
        assert set(db.session.scalars(select(OutgoingMail.body))) == {None}


def test_two_workers_at_once_send_each_mail_once(inside: Flask) -> None:
    ordered(60)
    with SmtpSink() as sink:
        use(inside, sink.port)
        threads = [threading.Thread(target=_deliver, args=(inside,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(message["Message-ID"] for message in sink.messages).most_common(1)[0][1] == 1
    assert len(sink.messages) == 60
    assert states() == {"sent": 60}


def _deliver(app: Flask) -> None:
    with app.app_context():
        deliver_mails()


def test_a_delay_is_tried_again(inside: Flask) -> None:
    ordered()
    with SmtpSink("greylist") as sink:
        use(inside, sink.port)
        assert deliver_mails() == 0
        mail = the_mail()
        assert (mail.state, mail.tries, mail.server_answer) == (MailState.queued, 1, "451 4.7.1 try again later")
        assert mail.body is not None
        change(due_at=OutgoingMail.created_at)
        assert deliver_mails() == 1
    assert states() == {"sent": 1}


def test_a_refusal_is_final_and_seen(inside: Flask) -> None:
    ordered()
    with SmtpSink("refuse") as sink:
        use(inside, sink.port)
        deliver_mails()
    mail = the_mail()
    assert (mail.state, mail.server_answer, mail.body) == (MailState.failed, "550 5.1.1 no such mailbox", None)


@pytest.mark.parametrize("mode", ["mute", "drop"])
def test_without_an_answer_a_password_is_sent_again(inside: Flask, mode: Any) -> None:
    ordered()
    with SmtpSink(mode) as sink:
        use(inside, sink.port, 0.5)
        assert deliver_mails() == 0
        assert (the_mail().state, the_mail().server_answer) == (MailState.queued, "no_answer")
        sink.mode = "accept"
        change(due_at=OutgoingMail.created_at)
        assert deliver_mails() == 1
    assert [message["Message-ID"] for message in sink.messages] == [the_mail().message_id] * 2


@pytest.mark.parametrize("mode", ["mute", "drop"])
def test_without_an_answer_another_mail_is_held_for_a_person(inside: Flask, mode: Any) -> None:
    ordered()
    change(kind="M0", holds_secret=False)
    with SmtpSink(mode) as sink:
        use(inside, sink.port, 0.5)
        deliver_mails()
        sink.mode = "accept"
        sweep_mails()
        deliver_mails()
    assert len(sink.messages) == 1
    assert the_mail().state is MailState.unsure


def test_a_silent_server_costs_one_timeout_for_all_that_wait(inside: Flask) -> None:
    ordered(5)
    with SmtpSink("hang") as sink:
        use(inside, sink.port, 0.5)
        deliver_mails()
    assert states() == {"queued": 5}
    with transaction():
        assert set(db.session.scalars(select(OutgoingMail.server_answer))) == {"timeout"}
        assert not outgoing_mails.is_due()


@pytest.mark.rule("R89")
def test_without_tls_nothing_leaves(inside: Flask) -> None:
    ordered()
    with SmtpSink() as sink:
        use(inside, sink.port, 2, starttls=True)
        deliver_mails()
    assert sink.messages == []
    assert (the_mail().state, the_mail().server_answer) == (MailState.queued, "no_tls")


def test_a_server_that_is_away_keeps_the_mails_waiting(inside: Flask) -> None:
    ordered(3)
    use(inside, free_port())
    deliver_mails()
    assert states() == {"queued": 3}


def test_a_mail_whose_key_is_lost_fails_and_holds_up_nobody(inside: Flask) -> None:
    lost, fine = ordered(2)
    with transaction():
        db.session.execute(update(OutgoingMail).where(OutgoingMail.id == lost).values(body=b"not ours"))
    with SmtpSink() as sink:
        use(inside, sink.port)
        assert deliver_mails() == 1
    with transaction():
        found = {mail.id: mail.server_answer for mail in db.session.scalars(select(OutgoingMail))}
    assert found == {lost: "unreadable", fine: "250 OK"}


def test_a_worker_told_to_end_gives_back_what_it_has_not_begun(inside: Flask) -> None:
    ordered(5)
    with SmtpSink() as sink:
        use(inside, sink.port)
        with transaction():
            outgoing_mails.claim("other", 1)
        jobs.stop.set()
        assert deliver_mails() == 0
    assert states() == {"queued": 4, "claimed": 1}


def test_the_sweep_takes_back_ended_leases_and_hints(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    hints: list[str] = []
    monkeypatch.setattr("app.queue.enqueue", hints.append)
    ordered()
    with transaction():
        outgoing_mails.claim("dead", 1)
    hints.clear()
    sweep_mails()
    assert hints == []
    change(lease_until=clock.now() - timedelta(seconds=1))
    sweep_mails()
    assert hints == ["deliver_mails"]
    assert states() == {"queued": 1}


@pytest.mark.rule("R87")
def test_no_secret_gets_into_logs_or_rows(inside: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("planted").warning("The search would find %s", PASSWORD)
    assert PASSWORD in caplog.text
    caplog.clear()
    ordered(3)
    modes: list[Any] = ["refuse", "drop", "greylist", "accept"]
    for mode in modes:
        with SmtpSink(mode) as sink:
            use(inside, sink.port, 0.5)
            change(due_at=OutgoingMail.created_at)
            deliver_mails()
            ordered(2)
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    assert "mark_sent" in ours
    assert PASSWORD not in ours
    assert "u0@example.org" not in ours
    with transaction():
        rows = db.session.execute(select(*OutgoingMail.__table__.columns)).all()
    assert PASSWORD not in repr(rows)
