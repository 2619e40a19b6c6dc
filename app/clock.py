"""The one place where time comes from, so that tests can move it, and the demo can play in the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_told: ContextVar[datetime | None] = ContextVar("the moment that it is said to be", default=None)


def now() -> datetime:
    """The moment, in UTC and aware."""
    return _told.get() or datetime.now(UTC)


def today() -> date:
    """The calendar day in which rules count (R74)."""
    return now().astimezone(COPENHAGEN).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be that moment for what the block does, and for nothing else: how the demo comes by its two years."""
    before = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(before)
