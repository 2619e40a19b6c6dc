"""The nightly look for states that must never be."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import update

from app.jobs import Outcome
from app.jobs.invariants import check_invariants
from app.models import ImiUser
from app.services.invariants import TABLE
from tests.statements import statements


@pytest.fixture
def built(demo_db: Any) -> Any:
    return demo_db


@pytest.mark.rule("R75")
def test_sound_data_leave_no_line(built: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert check_invariants() == Outcome({"checked": len(TABLE), "broken": 0}, [])
    assert caplog.records == []


@pytest.mark.rule("R75")
def test_what_is_wrong_is_an_error_line_with_rule_name_and_number(built: Any, caplog: pytest.LogCaptureFixture) -> None:
    built.session.execute(update(ImiUser).values(email=ImiUser.email_address, phone=""))
    users = built.session.query(ImiUser).all()
    first_users = [user for user in users if user.active and user.is_superuser]
    first, second = "user-who-cannot-be-reached", "real-address-in-the-framework"
    assert check_invariants().findings == [
        {"invariant": first, "rule": "R2", "rows": len(first_users)},
        {"invariant": second, "rule": "R70", "rows": len(users)},
    ]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, f"Invariant {first} (R2) does not hold for {len(first_users)} rows."),
        (logging.ERROR, f"Invariant {second} (R70) does not hold for {len(users)} rows."),
    ]
    for user in users:
        assert not [word for word in (user.username, user.last_name, user.email_address) if word in caplog.text]


def test_it_only_reads(built: Any) -> None:
    with statements(built) as asked:
        check_invariants()
    assert [each for each in asked if not each.startswith(("SELECT", "WITH"))] == []
