"""Administrators are reminded to confirm their data: once a year, and late where a day was missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db as _db
from app.jobs import stop
from app.jobs.confirmation import remind_of_confirmation
from app.models import Authority, AuthorityStatus, OutgoingMail
from app.services import authority_editing, confirmation_reminders
from app.services.confirmation_reminders import KIND
from app.settings import laid_over
from app.transaction import transaction
from tests.at_once import at_once
from tests.inviting import mails_of, text_of
from tests.make import Maker
from tests.services.test_invitations import quiet_queue, time
from tests.standing_clock import StandingClock

__all__ = ["quiet_queue", "time"]  # fixtures
YEAR_AGO = datetime(2025, 3, 1, 9, tzinfo=UTC)  # the clock stands at 1 March 2026


def run() -> int:
    """The daily job, twice: the second time finds nothing to do. How many authorities the first one wrote to."""
    _db.session.commit()
    reminded = remind_of_confirmation().counts["authorities_reminded"]
    assert remind_of_confirmation().counts == {"authorities_reminded": 0}
    return reminded


@pytest.fixture
def body(make: Any, time: StandingClock) -> Authority:
    """Registered a year ago to the day, with an administrator who reads Danish."""
    row = make.authority("Aalborg Kommune", registered_at=YEAR_AGO)
    make.user(row, first_name="Bo", last_name="Dam", email_address="bo@aalborg.example", language="da")
    return row


@pytest.mark.rule("R92")
@pytest.mark.rule("R93")
def test_each_administrator_is_written_to_in_his_language_once(make: Any, body: Authority, time: StandingClock) -> None:
    make.user(body, email_address="ann@aalborg.example", language="en")
    make.user(body, administrator=False)
    make.user(body, active=False)
    assert run() == 1
    mails = mails_of(KIND)
    assert {(mail.recipient, mail.language) for mail in mails} == {
        ("bo@aalborg.example", "da"),
        ("ann@aalborg.example", "en"),
    }
    assert [mail.authority_id for mail in mails] == [body.id] * 2
    assert f"/authorities/{body.public_id}/" in text_of(mails[0])
    time.move(days=100)
    assert run() == 0


@pytest.mark.rule("R5")
def test_no_username_is_in_it(make: Any, body: Authority) -> None:
    names = [make.user(body).username for _ in range(2)]
    assert run() == 1
    said = [part for mail in mails_of(KIND) for part in (mail.subject, text_of(mail))]
    assert not [name for name in names for part in said if name in part]


@pytest.mark.rule("R93")
def test_a_day_before_nobody_is_and_after_missed_days_all_are(body: Authority, time: StandingClock) -> None:
    time.move(days=-1)
    assert run() == 0
    time.move(days=40)
    assert run() == 1


@pytest.mark.rule("R93")
def test_who_does_not_answer_is_reminded_after_another_year(body: Authority, time: StandingClock) -> None:
    assert run() == 1
    time.moment = datetime(2027, 2, 28, 11, tzinfo=UTC)
    assert run() == 0
    time.moment = datetime(2027, 3, 1, 11, tzinfo=UTC)
    assert run() == 1
    assert len(mails_of(KIND)) == 2


@pytest.mark.rule("R93")
def test_who_confirms_late_has_a_year_from_then_on(make: Any, body: Authority, time: StandingClock) -> None:
    assert run() == 1
    time.move(days=60)
    authority_editing.confirm(make.actor(make.user(body)), body.public_id, body.version)
    time.moment = datetime(2027, 4, 29, 11, tzinfo=UTC)
    assert run() == 0
    time.moment = datetime(2027, 4, 30, 11, tzinfo=UTC)
    assert run() == 1
    assert "blev senest bekræftet den 30. april 2026" in text_of(mails_of(KIND)[-1])


@pytest.mark.rule("R93")
def test_the_setting_says_after_how_many_months(body: Authority, time: StandingClock) -> None:
    with laid_over(CONFIRMATION_MONTHS=13):
        assert run() == 0
    with laid_over(CONFIRMATION_MONTHS=6):
        assert run() == 1


@pytest.mark.rule("R59")
@pytest.mark.rule("R93")
def test_of_active_authorities_alone(make: Any, time: StandingClock) -> None:
    for status in set(AuthorityStatus) - {AuthorityStatus.active}:
        make.user(make.authority(registered_at=YEAR_AGO, status=status))
    assert run() == 0


@pytest.mark.rule("R93")
def test_one_without_administrators_is_written_to_once_it_has_one(make: Any, time: StandingClock) -> None:
    row = make.authority(registered_at=YEAR_AGO)
    make.user(row, administrator=False)
    assert run() == 0
    make.user(row)
    assert run() == 1


@pytest.mark.rule("R26")
def test_nobodys_form_is_overtaken_by_a_reminder(body: Authority) -> None:
    version = body.version
    assert run() == 1
    assert _db.session.scalar(select(Authority.version)) == version


# --- With real commits -----------------------------------------------------------------------------------------------


@pytest.fixture
def many(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Seven authorities that are due, in batches of two."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    monkeypatch.setattr(confirmation_reminders, "BATCH", 2)
    stop.clear()
    with real_app.app_context():
        with transaction():
            make = Maker()
            for _ in range(7):
                make.user(make.authority(registered_at=datetime(2020, 1, 1, tzinfo=UTC)))
        yield real_app
    stop.clear()


def written_to() -> list[int]:
    _db.session.rollback()
    found = select(OutgoingMail.authority_id).where(OutgoingMail.kind == KIND)
    return sorted(number or 0 for number in _db.session.scalars(found))


@pytest.mark.rule("R93")
def test_what_was_done_before_a_failure_stays_and_is_not_done_again(
    many: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, done = confirmation_reminders._write_to, []

    def fails_at_the_fourth(authority: Authority) -> None:
        done.append(authority.id)
        if len(done) == 4:
            raise RuntimeError("the database is gone")
        original(authority)

    monkeypatch.setattr(confirmation_reminders, "_write_to", fails_at_the_fourth)
    with pytest.raises(RuntimeError):
        remind_of_confirmation()
    assert len(written_to()) == 2
    monkeypatch.setattr(confirmation_reminders, "_write_to", original)
    assert remind_of_confirmation().counts == {"authorities_reminded": 5}
    assert len(written_to()) == len(set(written_to())) == 7


@pytest.mark.rule("R93")
def test_two_schedulers_at_once_write_once(many: Flask) -> None:
    reminded = sum(
        outcome.counts["authorities_reminded"]
        for outcome in at_once(many, remind_of_confirmation, remind_of_confirmation, remind_of_confirmation)
    )
    assert reminded == 7
    assert len(written_to()) == len(set(written_to())) == 7


def test_a_process_that_is_to_end_leaves_the_rest_to_others(many: Flask) -> None:
    stop.set()
    assert remind_of_confirmation().counts == {"authorities_reminded": 0}
    stop.clear()
    assert remind_of_confirmation().counts == {"authorities_reminded": 7}
