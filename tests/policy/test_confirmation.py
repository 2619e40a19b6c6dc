"""When data have become old: the same for one authority in hand and for rows, by Copenhagen's calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import Authority, AuthorityStatus
from app.policy import confirmation
from app.policy.calendar import add_months, last_day_before


@pytest.mark.rule("R93")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("known", "now", "old"),
    [
        # Confirmed on 25 November: old once the 25 November after has begun in Copenhagen, whatever the hour was.
        (datetime(2025, 11, 25, 8, tzinfo=UTC), datetime(2026, 11, 24, 22, 59, tzinfo=UTC), False),
        (datetime(2025, 11, 25, 8, tzinfo=UTC), datetime(2026, 11, 24, 23, 0, tzinfo=UTC), True),
        (datetime(2025, 11, 25, 22, 59, tzinfo=UTC), datetime(2026, 11, 24, 23, 0, tzinfo=UTC), True),
        (datetime(2025, 11, 25, 23, 0, tzinfo=UTC), datetime(2026, 11, 25, 12, 0, tzinfo=UTC), False),
        # On a leap day, and before the end of a summer time.
        (datetime(2028, 2, 29, 8, tzinfo=UTC), datetime(2029, 2, 28, 8, tzinfo=UTC), True),
        (datetime(2028, 2, 29, 8, tzinfo=UTC), datetime(2029, 2, 27, 8, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), datetime(2027, 6, 30, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), datetime(2027, 6, 30, 22, 0, tzinfo=UTC), False),
    ],
)
def test_data_are_old_on_the_same_day_a_year_later(
    make: Any, monkeypatch: pytest.MonkeyPatch, known: datetime, now: datetime, old: bool
) -> None:
    row = make.authority(registered_at=datetime(2020, 1, 1, tzinfo=UTC), confirmed_at=known)
    new = make.authority(registered_at=known)
    monkeypatch.setattr(clock, "now", lambda: now)
    found = set(_db.session.scalars(select(Authority).where(confirmation.old(12))))
    assert {row: confirmation.is_old(row, 12), new: confirmation.is_old(new, 12)} == {row: old, new: old}
    assert found == ({row, new} if old else set())


@pytest.mark.rule("R93")
def test_registration_validation_and_confirmation_count_and_active_ones_alone(make: Any) -> None:
    long_ago, lately = datetime(2020, 1, 1, tzinfo=UTC), clock.now()
    rows = {
        make.authority(registered_at=long_ago): True,
        make.authority(registered_at=long_ago, confirmed_at=long_ago, validated_at=long_ago): True,
        make.authority(registered_at=long_ago, confirmed_at=lately): False,
        make.authority(registered_at=long_ago, validated_at=lately): False,
        make.authority(registered_at=lately, confirmed_at=long_ago): False,
        make.authority(registered_at=long_ago, status=AuthorityStatus.deactivated): False,
        make.authority(registered_at=long_ago, status=AuthorityStatus.awaiting_validation): False,
    }
    found = set(_db.session.scalars(select(Authority).where(confirmation.old(12))))
    assert {row: row in found for row in rows} == rows
    assert {row: confirmation.is_old(row, 12) for row in rows} == rows


@pytest.mark.rule("R93")
def test_the_last_day_before_is_the_last_whose_months_are_over() -> None:
    day = datetime(2027, 1, 1, tzinfo=UTC).date()
    while day.year < 2029:
        for months in (1, 6, 12):
            last = last_day_before(day, months)
            assert add_months(last, months) <= day < add_months(last.fromordinal(last.toordinal() + 1), months)
        day = day.fromordinal(day.toordinal() + 1)
