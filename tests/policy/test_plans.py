"""When jobs are due: on a grid that all schedulers share, and by Copenhagen's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from app.policy.plans import PLANS, Job, Plan


def test_every_job_has_a_plan() -> None:
    assert set(PLANS) == set(Job)


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        (datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC), datetime(2026, 11, 24, 10, 10, tzinfo=UTC)),
        (datetime(2026, 11, 24, 10, 9, 59, 999999, tzinfo=UTC), datetime(2026, 11, 24, 10, 10, tzinfo=UTC)),
        (datetime(2025, 12, 31, 23, 55, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),  # before the grid's beginning
    ],
)
def test_an_interval_stands_on_a_grid(moment: datetime, following: datetime) -> None:
    assert Plan(every=timedelta(minutes=10)).next_after(moment) == following


@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("moment", "following"),
    [
        (datetime(2026, 11, 24, 2, 14, tzinfo=UTC), datetime(2026, 11, 24, 2, 15, tzinfo=UTC)),  # winter: UTC+1
        (datetime(2026, 11, 24, 2, 15, tzinfo=UTC), datetime(2026, 11, 25, 2, 15, tzinfo=UTC)),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 7, 2, 1, 15, tzinfo=UTC)),  # summer: UTC+2
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC)),  # the clock goes forward
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 15, tzinfo=UTC)),  # and back
    ],
)
def test_a_time_of_day_is_copenhagens(moment: datetime, following: datetime) -> None:
    assert Plan(at=time(3, 15)).next_after(moment) == following


@pytest.mark.rule("R74")
def test_no_daily_job_stands_in_the_hour_that_a_change_of_the_clock_leaves_out_or_repeats() -> None:
    assert [job for job, plan in PLANS.items() if plan.at is not None and 2 <= plan.at.hour < 3] == []
