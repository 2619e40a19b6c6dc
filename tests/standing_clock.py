"""A clock for tests that move time."""

from __future__ import annotations

from datetime import datetime, timedelta


class StandingClock:
    """A clock that stands still until it is moved; laid over `app.clock.now`."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **words: float) -> None:
        self.moment += timedelta(**words)
