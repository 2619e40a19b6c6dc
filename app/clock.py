"""The one place where time comes from, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def now() -> datetime:
    """The moment, in UTC and aware."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in which rules count (R74)."""
    return now().astimezone(COPENHAGEN).date()
