"""Days and months as rules count them: in Europe/Copenhagen, the last day included (R60, R74)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

from app.clock import COPENHAGEN


def day_of(moment: datetime) -> date:
    """The calendar day of a moment."""
    return moment.astimezone(COPENHAGEN).date()


def add_months(day: date, months: int) -> date:
    """The same day some months later; where the month is too short, its last day (31 August → 28/29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_day_before(day: date, months: int) -> date:
    """The last day that is so many months ago on a day: that and all before have had their months, by `add_months`."""
    last = add_months(day, -months)
    while add_months(last + timedelta(days=1), months) <= day:  # a shorter month ends for several days at once
        last += timedelta(days=1)
    return last


def end_of(day: date) -> datetime:
    """The moment at which the day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), COPENHAGEN).astimezone(UTC)
