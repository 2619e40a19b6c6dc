"""Mails in words: whose they are, what their state means, and what a server's answer does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.models import Authority, ImiUser, OutgoingMail
from app.models.outgoing_mail import MailState
from tests.standing_clock import StandingClock
from tests.views.test_mails import LIST, commission, mail, page_of, time, user
from tests.views.test_operations import text_of

__all__ = ["commission", "mail", "time", "user"]  # fixtures


def test_a_mail_names_its_user_and_how_to_reach_him(
    db: Any, mail: OutgoingMail, user: ImiUser, commission: Any
) -> None:
    user.first_name, user.last_name, user.phone = "Hanne", "Bork", "+45 72 19 60 00"
    page = commission.get(page_of(mail))
    body = db.session.get_one(Authority, user.authority_id)
    assert f"<h1>Midlertidigt password til {mail.recipient}</h1>" in page.text
    assert f'<a href="/authorities/{body.public_id}/">Fyrvæsenet</a>' in page.text
    assert f'<a href="/authorities/{body.public_id}/users">Hanne Bork</a>' in page.text
    assert "+45 72 19 60 00" in text_of(page)
    assert f"Mailnummer {mail.id}" in text_of(page)


WRONG, LATER = "kender ikke adressen. Den er sandsynligvis forkert.", "bad os prøve igen senere. Det sker automatisk."


@pytest.mark.parametrize(
    ("state", "answer", "said"),
    [
        (MailState.failed, "550 5.1.1 <a@b.example>: no such user", WRONG),
        (MailState.failed, "550 5.1.10 null MX", WRONG),
        (MailState.failed, "550 5.1.8 sender address refused", None),  # it is ours that is wrong
        (MailState.failed, "550 5.7.1 spam", None),
        (MailState.failed, "550 no enhanced code", None),
        (MailState.queued, "450 4.2.0 greylisted", LATER),
        (MailState.given_up, "450 4.2.0 greylisted", None),  # nothing happens by itself any more
        (MailState.sent, "250 2.1.5 thanks 5.1.1", None),
    ],
)
def test_what_a_server_says_is_told_in_plain_words(
    mail: OutgoingMail, commission: Any, state: MailState, answer: str, said: str | None
) -> None:
    mail.state, mail.server_answer = state, answer
    mail.sent_at = clock.now() if state is MailState.sent else None
    page = text_of(commission.get(page_of(mail)))
    assert [words for words in (WRONG, LATER) if words in page] == ([said] if said else [])
    assert answer.split(" ", 1)[0] in page


def test_a_mail_that_waits_too_long_says_when_it_is_tried_again(
    mail: OutgoingMail, commission: Any, time: StandingClock
) -> None:
    mail.state, mail.due_at = MailState.queued, clock.now() + timedelta(minutes=30)
    assert "Forsinket" not in text_of(commission.get(page_of(mail)))
    time.move(minutes=11)
    for path in (page_of(mail), LIST):
        assert "Forsinket" in text_of(commission.get(path))
        assert "Systemet prøver igen 24.11.2026 13.30." in text_of(commission.get(path))
    time.move(minutes=20)
    assert "Systemet prøver igen, så snart det kan." in text_of(commission.get(LIST))


def test_of_an_unsure_mail_nobody_knows_whether_it_was_sent(mail: OutgoingMail, commission: Any) -> None:
    mail.state = MailState.unsure
    assert "Sendt Uvist" in text_of(commission.get(page_of(mail)))


def test_a_sent_mail_shows_when_it_was_sent_and_not_what_the_server_said(
    mail: OutgoingMail, commission: Any, time: StandingClock
) -> None:
    mail.state, mail.server_answer, mail.sent_at = MailState.sent, "250 2.0.0 queued", clock.now() + timedelta(hours=3)
    page = text_of(commission.get(f"{LIST}?state=sent"))
    assert "250 2.0.0" not in page
    assert "24.11.2026 16.00" in page
    assert "Oprettet" not in page


def test_a_mail_that_was_sent_again_is_closed(mail: OutgoingMail, commission: Any) -> None:
    commission.send(page_of(mail, "send-again"))
    page = text_of(commission.get(f"{LIST}?state=given_up"))
    assert "Afsluttet (1)" in page
    assert "Sendt igen" in page
    assert "Ikke leveret" not in page


def test_a_mail_of_a_kind_that_is_not_known_breaks_no_page(mail: OutgoingMail, commission: Any) -> None:
    mail.kind = "M99"
    for path in (LIST, page_of(mail), page_of(mail, "give-up")):
        assert "M99" in text_of(commission.get(path))
