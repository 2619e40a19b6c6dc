"""The pages about mails: found, sent again behind the password, noted as sent, given up; and no content anywhere."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app import clock
from app.mail import secrecy
from app.models import AuditEvent, Authority, ImiUser, OutgoingMail
from app.models.outgoing_mail import MailState
from app.services import outgoing_mails
from tests.make import PASSWORD
from tests.services.test_undelivered_mails import mail_to, new_user
from tests.standing_clock import StandingClock
from tests.views.test_operations import text_of

LIST = "/operations/mails/"
SECRET = "Planted-Word-7"
ANSWER = "550 5.1.1 no such mailbox <b>"


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 11, 24, 12, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    return standing


@pytest.fixture
def user(make: Any, time: StandingClock) -> ImiUser:
    return new_user(make, make.authority("Fyrvæsenet"))


@pytest.fixture
def mail(db: Any, user: ImiUser) -> OutgoingMail:
    """His temporary password, which the server refused."""
    body = db.session.get_one(Authority, user.authority_id)
    return mail_to(body, user=user, server_answer=ANSWER, tries=1)


@pytest.fixture
def commission(make: Any, sign_in: Any, time: StandingClock) -> Any:
    """The Commission's browser."""
    return sign_in(make.user(make.commission()))


def page_of(mail: OutgoingMail, act: str = "") -> str:
    return f"{LIST}{mail.public_id}/{act}"


def acts(db: Any) -> list[str]:
    return list(db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


# --- Who sees them ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_the_commission_sees_what_needs_attention_and_why(mail: OutgoingMail, commission: Any) -> None:
    listed = commission.get(LIST)
    assert listed.status_code == 200
    assert page_of(mail) in listed.text
    for word in ("Kræver handling (1)", mail.recipient, "Fyrvæsenet", "550 5.1.1 no such mailbox"):
        assert word in text_of(listed)
    assert "&lt;b&gt;" in listed.text  # what a server says is text
    one = commission.get(page_of(mail))
    assert one.status_code == 200
    for word in (mail.recipient, "Fyrvæsenet", "550 5.1.1 no such mailbox", str(mail.id)):
        assert word in text_of(one)
    assert page_of(mail, "send-again") in one.text
    assert page_of(mail, "give-up") in one.text
    assert page_of(mail, "arrived") not in one.text


@pytest.mark.rule("R70")
def test_a_national_coordinator_sees_those_of_his_country(make: Any, sign_in: Any, mail: OutgoingMail) -> None:
    here, abroad = sign_in(make.user(make.nimic())), sign_in(make.user(make.nimic("SE")))
    assert page_of(mail) in here.get(LIST).text
    assert here.get(page_of(mail)).status_code == 200
    assert mail.recipient not in abroad.get(LIST).text
    assert "Kræver handling (0)" in text_of(abroad.get(LIST))
    assert abroad.get(page_of(mail)).status_code == 404
    for act in ("send-again", "arrived", "give-up"):
        assert abroad.send(page_of(mail, act)).status_code == 404
    assert mail.state is MailState.failed


@pytest.mark.rule("R70")
def test_for_others_the_pages_do_not_exist(make: Any, sign_in: Any, mail: OutgoingMail, user: ImiUser) -> None:
    people = {"manager": make.user(make.access_manager()), "administrator": make.user(make.authority())}
    for name, person in people.items():
        browser = sign_in(person)
        assert browser.get(LIST).status_code == 404, name
        assert browser.get(page_of(mail)).status_code == 404, name
        for act in ("send-again", "arrived", "give-up"):
            assert browser.send(page_of(mail, act)).status_code == 404, name
    assert mail.state is MailState.failed


@pytest.mark.rule("R70")
def test_an_unknown_mail_is_no_page(commission: Any) -> None:
    assert commission.get(f"{LIST}{uuid.uuid4()}/").status_code == 404
    for act in ("send-again", "arrived", "give-up"):
        assert commission.send(f"{LIST}{uuid.uuid4()}/{act}").status_code == 404


@pytest.mark.rule("R87")
def test_no_page_shows_what_a_mail_holds(db: Any, user: ImiUser, commission: Any) -> None:
    mail = outgoing_mails.order_temporary_password(user, "Fyrvæsenet", "Forvalteren", SECRET)
    sealed = (mail.body or b"").decode()
    assert SECRET in secrecy.unseal(mail.body or b"").text
    for path in (f"{LIST}?state=waiting", page_of(mail), "/operations/"):
        page = commission.get(path).text
        assert SECRET not in page
        assert sealed not in page
        assert user.username not in page
    assert mail.recipient in commission.get(f"{LIST}?state=waiting").text


# --- Groups and pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", "attention", "waiting", "sent", "given_up", "junk"])
def test_every_group_has_a_page_with_or_without_mails(
    make: Any, commission: Any, mail: OutgoingMail, state: str
) -> None:
    page = commission.get(f"{LIST}?state={state}")
    assert page.status_code == 200
    assert (page_of(mail) in page.text) == (state in ("", "attention", "junk"))
    assert page.text.count('aria-current="page"') >= 1


def test_past_the_last_page_the_last_one_is_shown(db: Any, commission: Any, user: ImiUser) -> None:
    body = db.session.get_one(Authority, user.authority_id)
    mails = [mail_to(body, user=user) for _ in range(26)]
    assert page_of(mails[-1]) in commission.get(LIST).text
    for number in (2, 99):
        page = commission.get(f"{LIST}?page={number}").text
        assert page_of(mails[0]) in page
        assert page_of(mails[-1]) not in page
    for junk in ("x", "0", "-1", "9" * 30):
        assert commission.get(f"{LIST}?page={junk}").status_code in (200, 400)


# --- What is done about them -----------------------------------------------------------------------------------------


@pytest.mark.rule("R90")
@pytest.mark.rule("R47")
def test_a_mail_is_sent_again_once_the_password_was_given(
    db: Any, mail: OutgoingMail, user: ImiUser, commission: Any, time: StandingClock
) -> None:
    before = user.password
    time.move(minutes=10)
    asked = commission.send(page_of(mail, "send-again"))
    assert asked.status_code == 403
    assert "Hvis den indeholdt et midlertidigt password, får brugeren et nyt." in text_of(asked)
    assert (user.password, acts(db)) == (before, [])
    answer = commission.send(page_of(mail, "send-again"), {"password_again": PASSWORD})
    new = db.session.scalars(select(OutgoingMail).where(OutgoingMail.id == mail.replaced_by_id)).one()
    assert (answer.status_code, answer.location) == (302, page_of(new))
    said = f"Et nyt midlertidigt password er på vej til {mail.recipient}."
    assert said in text_of(commission.get(page_of(new)))
    letter = secrecy.unseal(new.body or b"").text
    assert any(check_password_hash(user.password or "", word) for word in letter.split())
    assert user.password != before
    assert acts(db) == ["password.entered_again", "password.reset", "mail.sent_again"]
    old = commission.get(page_of(mail))
    assert not re.findall(r"send-again|give-up|arrived", old.text.split("<main", 1)[1])
    assert f'href="{page_of(new)}">Se den nye mail' in old.text
    assert page_of(mail) in commission.get(f"{LIST}?state=given_up").text


@pytest.mark.rule("R73")
def test_who_comes_too_late_is_told_in_words(db: Any, mail: OutgoingMail, commission: Any) -> None:
    assert commission.send(page_of(mail, "send-again")).status_code == 302
    answer = commission.send(page_of(mail, "send-again"))
    assert answer.status_code == 409
    assert "i mellemtiden" in text_of(answer)
    assert acts(db) == ["password.reset", "mail.sent_again"]


def test_a_mail_that_has_come_is_noted(db: Any, mail: OutgoingMail, commission: Any) -> None:
    assert commission.send(page_of(mail, "arrived")).status_code == 409  # of a refused one, everybody knows
    mail.state = MailState.unsure
    assert page_of(mail, "arrived") in commission.get(page_of(mail)).text
    answer = commission.send(page_of(mail, "arrived"))
    assert (answer.status_code, answer.location) == (302, LIST)
    assert mail.state is MailState.sent
    assert acts(db) == ["mail.marked_sent"]


@pytest.mark.rule("R87")
def test_a_mail_is_given_up(db: Any, user: ImiUser, commission: Any) -> None:
    mail = outgoing_mails.order_temporary_password(user, "Fyrvæsenet", "Forvalteren", SECRET)
    answer = commission.send(page_of(mail, "give-up"))
    assert (answer.status_code, answer.location) == (302, LIST)
    assert (mail.state, mail.body) == (MailState.given_up, None)
    assert commission.send(page_of(mail, "give-up")).status_code == 409
    assert acts(db) == ["mail.given_up"]


def test_giving_up_is_asked_about_first(db: Any, user: ImiUser, commission: Any) -> None:
    mail = outgoing_mails.order_temporary_password(user, "Fyrvæsenet", "Forvalteren", SECRET)
    asked = commission.get(page_of(mail, "give-up"))
    for words in ("Vil du opgive denne mail?", mail.recipient, "Det midlertidige password i mailen slettes."):
        assert words in text_of(asked)
    assert f'action="{page_of(mail, "give-up")}"' in asked.text
    assert f'href="{page_of(mail)}">Annuller' in asked.text
    assert (mail.state, acts(db)) == (MailState.queued, [])
    commission.send(page_of(mail, "give-up"))
    assert commission.get(page_of(mail, "give-up")).status_code == 409


def test_nothing_is_done_without_the_token_or_by_an_address(db: Any, mail: OutgoingMail, commission: Any) -> None:
    commission.token()
    for act in ("send-again", "arrived", "give-up"):
        assert commission.post(page_of(mail, act)).status_code == 400
        assert commission.get(page_of(mail, act)).status_code == (200 if act == "give-up" else 404)
    assert mail.state is MailState.failed
    assert "mail.given_up" not in acts(db)


@pytest.mark.rule("R50")
@pytest.mark.rule("R73")
def test_one_s_own_mail_is_not_sent_again(make: Any, sign_in: Any, time: StandingClock) -> None:
    nimic = make.nimic()
    person = make.user(nimic)
    mail, browser = mail_to(nimic, user=person), sign_in(person)
    answer = browser.send(page_of(mail, "send-again"))
    assert answer.status_code == 403
    assert "ikke nulstille dit eget password" in text_of(answer)
