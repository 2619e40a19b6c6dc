"""The pages about mails, where a mail carries the link of an invitation: a link is spoken of, and never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db as _db
from app.i18n.operations import MAIL_KINDS
from app.mail.kinds import KINDS
from app.models import InvitationStatus, MailState, OutgoingMail
from app.services import invitation_links
from tests.conftest import Client
from tests.inviting import invited, mails_of, registered, token_in, token_of
from tests.registering import contacts
from tests.views.test_mails import LIST, page_of, time
from tests.views.test_operations import text_of

__all__ = ["time"]  # a fixture


@pytest.mark.rule("R72")
def test_every_kind_of_mail_has_its_words() -> None:
    assert KINDS.keys() <= MAIL_KINDS.keys()


@pytest.mark.rule("R87")
def test_an_invitation_that_was_not_delivered_is_sent_again_with_a_new_link(make: Any, sign_in: Any, time: Any) -> None:
    nimic = make.user(make.nimic())
    row = invited(make.actor(nimic))
    old, [mail] = token_of(row), mails_of("M5")
    mail.state, mail.body = MailState.failed, None
    browser = sign_in(nimic)
    page = browser.get(page_of(mail))
    assert page.status_code == 200
    assert "Opfordring til post@aalborg.example" in text_of(page)
    assert "Den opfordrede myndighed får et nyt link i en ny mail." in text_of(page)
    assert "password" not in text_of(page).split("Send mailen igen", 1)[1].split("Opgiv", 1)[0]
    answer = browser.send(page_of(mail, "send-again"))
    assert answer.status_code == 302
    assert "Et nyt link er på vej til post@aalborg.example." in text_of(browser.get(answer.headers["Location"]))
    new = mails_of("M5")[-1]
    assert token_in(new) != old
    assert invitation_links.find(token_in(new)).status is InvitationStatus.sent
    assert token_in(new) not in browser.get(page_of(new)).text + browser.get(LIST).text


@pytest.mark.rule("R87")
def test_giving_up_a_mail_with_a_link_says_that_the_link_goes(make: Any, sign_in: Any, time: Any) -> None:
    nimic = make.user(make.nimic())
    invited(make.actor(nimic))
    [mail] = mails_of("M5")
    browser = sign_in(nimic)
    assert "Linket i mailen slettes." in text_of(browser.get(page_of(mail, "give-up")))
    browser.send(page_of(mail, "give-up"))
    assert (mail.state, mail.body) == (MailState.given_up, None)


@pytest.mark.rule("R70")
def test_the_commission_sees_no_mail_of_invitations_and_kills_no_link(
    make: Any, sign_in: Callable[..., Client]
) -> None:
    inviter = make.actor(make.user(make.access_manager("Styrelsen")))
    row = invited(inviter)
    mail = _db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "M5")).one()
    registered(inviter, invited(inviter, invited_name="Zebranævnet", recipient_email="z@zebra.example"), **contacts(3))
    commission, nimic = sign_in(make.user(make.commission()), "en"), sign_in(make.user(make.nimic()), "en")
    for state in ("waiting", "attention"):
        assert row.recipient_email not in commission.get(f"/operations/mails/?state={state}").text
    assert "awaits validation" not in commission.get("/operations/mails/?state=waiting").text
    assert row.recipient_email in nimic.get("/operations/mails/?state=waiting").text
    assert commission.get(f"/operations/mails/{mail.public_id}/").status_code == 404
    assert commission.send(f"/operations/mails/{mail.public_id}/give-up").status_code == 404
