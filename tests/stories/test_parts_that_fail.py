"""The mail server is down, the queue is dead, no worker lives: a registration succeeds all the same, its page says that
the mail waits, and the mail is sent once the server is back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, queue
from app.extensions import db
from app.jobs import scheduler
from app.models import ImiUser, MailState, OutgoingMail
from app.services import sessions
from app.transaction import transaction
from tests import servers
from tests.conftest import Client
from tests.registering import checked

TYPED = {
    "official_name": "Søfartsstyrelsen",
    "title_da": "Beviser for søfarende",
    "email": "sfs@dma.example",
    "city": "Korsør",
    "first_name": "Hanne",
    "last_name": "Bork",
    "user_email": "hanne@dma.example",
    "user_phone": "+45 72 19 60 00",
    "user_language": "da",
}
WAITS = "mailserveren"


@pytest.fixture
def broken(real_demo_app: Flask) -> Flask:
    """Nobody answers where the mail server and the queue should be."""
    real_demo_app.test_client_class = Client
    real_demo_app.config["REDIS_URL"] = "unix:///nowhere/at/all.sock"
    real_demo_app.extensions["mail"].port = servers.free_port()
    queue.breaker.reset()
    return real_demo_app


@pytest.mark.rule("R4", "R87", "R92")
def test_the_mail_waits_and_is_sent_when_its_server_is_back(broken: Flask) -> None:
    browser = _signed_in(broken, "adgang001")
    receipt = _register(browser)
    assert browser.get(receipt).status_code == 200
    with broken.app_context():
        scheduler.tick()
        _half_a_minute_later()
    assert WAITS in browser.get(receipt).text
    with servers.SmtpSink() as sink:
        broken.extensions["mail"].port = sink.port
        with broken.app_context():
            scheduler.tick()
            to_hanne = OutgoingMail.recipient == "hanne@dma.example"
            mail = db.session.scalars(select(OutgoingMail).where(to_hanne)).one()
            assert (mail.state, mail.body) == (MailState.sent, None)
            db.session.remove()
        assert sink.recipients == [["hanne@dma.example"]]
    assert WAITS not in browser.get(receipt).text


def _signed_in(application: Flask, username: str) -> Any:
    with application.app_context(), transaction():
        user = db.session.scalars(select(ImiUser).where(ImiUser.username == username)).one()
        token = sessions.begin(user)
    browser: Any = application.test_client()
    with browser.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True, locale="da")
    return browser


def _register(browser: Any) -> str:
    answer = browser.send(*checked(browser, TYPED))
    assert answer.status_code == 303
    return str(answer.location)


def _half_a_minute_later() -> None:
    """As if the mail had been ordered half a minute ago."""
    with transaction():
        db.session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.state == MailState.queued)
            .values(created_at=clock.now() - timedelta(seconds=30), due_at=clock.now())
        )
