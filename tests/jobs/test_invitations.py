"""Invitation and registration by real mail, from the invitation to the mail that a registration waits."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq import Worker
from sqlalchemy import func, select, text

from app import jobs, queue
from app.extensions import db
from app.jobs.invitations import keep_invitations
from app.jobs.outgoing_mails import deliver_mails, sweep_mails
from app.models import Invitation, InvitationStatus, MailState, Model, OutgoingMail
from app.services import invitation_days, invitations, self_registrations, sessions
from app.transaction import transaction
from tests.inviting import LINK, sent, token_of, validated, wishes
from tests.jobs.conftest import OwnQueue
from tests.jobs.processes import environment, kill, running, until
from tests.jobs.test_outgoing_mails import use
from tests.make import Maker
from tests.registering import details
from tests.servers import SmtpSink


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Inside the application, without a queue."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    jobs.stop.clear()
    with real_app.app_context():
        yield real_app
    jobs.stop.clear()


@pytest.fixture
def token(inside: Flask) -> str:
    """An administrator of an access manager, signed in."""
    with transaction():
        make = Maker()
        make.nimic()
        return sessions.begin(make.user(make.access_manager("Udpeget Styrelse"), email_address="kim@udpeget.example"))


def actor(token: str) -> Any:
    found = sessions.actor_of(token)
    assert found is not None
    return found


def said(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.rule("R12")
@pytest.mark.rule("R15")
@pytest.mark.rule("R87")
@pytest.mark.rule("R92")
def test_by_real_mail_a_body_is_invited_registers_and_is_validated(inside: Flask, token: str) -> None:
    with SmtpSink() as sink:
        use(inside, sink.port)
        with transaction():
            sent(actor(token), wishes())
        assert deliver_mails() == 1
        [invitation] = sink.messages
        assert (invitation["To"], invitation["Reply-To"]) == ("post@aalborg.example", "post@myndighed.example")
        links = {found[1] for kind in ("plain", "html") for found in LINK.finditer(said(invitation, kind))}
        [link] = links
        with transaction():
            everything = "\n".join(repr(db.session.execute(select(t)).all()) for t in Model.metadata.sorted_tables)
            mail = db.session.scalars(select(OutgoingMail)).one()
            assert (mail.state, mail.body, mail.holds_secret) == (MailState.sent, None, True)
        assert link not in everything

        with transaction():
            body = self_registrations.submit(link, details())
            number, version = body.public_id, body.version
        # As after a worker that was killed with the queue: nothing but the rows is left, and the sweep takes it up.
        assert sweep_mails().counts == {"recovered": 0, "given_up": 0}
        assert deliver_mails() == 1
        assert sink.messages[1]["To"] == "kim@udpeget.example"
        assert "/tasks/awaiting-validation/" in said(sink.messages[1])

        with transaction():
            username = validated(actor(token), number, version).user.username
        assert deliver_mails() == 2
        assert {message["To"] for message in sink.messages[2:]} == {"sorine@aalborg.example", "post@aalborg.example"}
        assert not [message for message in sink.messages if username in message.as_string()]
        assert not [message for message in sink.messages[1:] if link in message.as_string()]


@pytest.mark.rule("R87")
def test_a_mail_whose_link_was_replaced_before_it_went_out_is_never_sent(inside: Flask, token: str) -> None:
    with transaction():
        row = sent(actor(token), wishes())
        number, version = row.public_id, row.version
    with transaction():
        invitations.resend(actor(token), number, version)
    with SmtpSink() as sink:
        use(inside, sink.port)
        assert deliver_mails() == 1
    [message] = sink.messages
    found = LINK.search(said(message))
    assert found is not None
    with transaction():
        assert self_registrations.submit(found[1], details()).official_name == "Ålborg Kommune"


@pytest.mark.rule("R13")
def test_one_that_cannot_be_done_does_not_undo_the_others(
    inside: Flask, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        for number in range(3):
            sent(actor(token), wishes(invited_name=f"Kommune {number}"))
        db.session.execute(text("UPDATE invitation SET expires_at = sent_at"))
    original, done = invitation_days.expire, []

    def fails_at_the_last(number: int) -> bool:
        done.append(number)
        if len(done) == 3:
            raise RuntimeError("the database is gone")
        return original(number)

    step = (invitation_days.over, fails_at_the_last)
    monkeypatch.setitem(invitation_days.DAILY, "expired", step)
    with pytest.raises(RuntimeError):
        keep_invitations()
    expired = select(func.count()).select_from(Invitation).where(Invitation.status == InvitationStatus.expired)
    with transaction():
        assert db.session.scalar(expired) == 2
    monkeypatch.undo()
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    assert keep_invitations().counts["expired"] == 1


def test_a_process_that_is_to_end_leaves_the_rest_to_others(inside: Flask, token: str) -> None:
    with transaction():
        sent(actor(token), wishes())
        db.session.execute(text("UPDATE invitation SET expires_at = sent_at"))
    jobs.stop.set()
    assert keep_invitations().counts["expired"] == 0
    jobs.stop.clear()
    assert keep_invitations().counts["expired"] == 1


def state_of(kind: str) -> MailState:
    with transaction():
        return db.session.scalars(select(OutgoingMail.state).where(OutgoingMail.kind == kind)).one()


@pytest.mark.rule("R15")
def test_the_inviter_is_mailed_though_the_queue_is_emptied_and_the_worker_killed(
    real_app: Flask, own_queue: OwnQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail is a row, committed with the registration: the sweep finds it, and it is sent once."""
    monkeypatch.setitem(real_app.config, "REDIS_URL", own_queue.url)
    queue.breaker.reset()
    with SmtpSink() as sink, real_app.app_context(), ExitStack() as stack:
        environ = environment(real_app, smtp_port=sink.port, REDIS_URL=own_queue.url)
        started = stack.enter_context(running("worker", environ, tmp_path / "log", "tests.jobs.hurried"))
        until(lambda: bool(Worker.count(connection=own_queue.client)))
        started.send_signal(signal.SIGSTOP)  # it lives, and takes nothing any more
        with transaction():
            make = Maker()
            kim = make.user(make.access_manager("Udpeget Styrelse"), email_address="kim@udpeget.example")
            link = token_of(sent(make.actor(kim), wishes()))
        with transaction():
            self_registrations.submit(link, details())
        assert own_queue.client.keys("rq:queue:*")  # the hint is there, and nobody takes it
        own_queue.client.flushall()
        kill(started)
        for name in ("scheduler", "worker"):
            stack.enter_context(running(name, environ, tmp_path / "log", "tests.jobs.hurried"))
        until(lambda: ["kim@udpeget.example"] in sink.recipients)
        until(lambda: state_of("M6") is MailState.sent)
    assert sink.recipients.count(["kim@udpeget.example"]) == 1
