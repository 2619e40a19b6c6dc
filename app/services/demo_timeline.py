"""The two years of the demo: acts are planned at moments, and played in the order of these with the clock set to them,
so that the log has them in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count

from app import clock
from app.clock import COPENHAGEN
from app.policy.plans import Plan
from app.services.seeded import Seeded

OPENS, CLOSES = time(8, 5), time(15, 50)
SATURDAY = 5


class Timeline:
    """Acts by moment, all of them before today; the same for the same day and seed."""

    def __init__(self, today: date, random: Seeded) -> None:
        self._today, self._random = today, random
        self._planned: list[tuple[datetime, int, Callable[[], object]]] = []
        self._number = count()
        self._played: datetime | None = None

    def day(self, days_ago: int) -> date:
        """So many days ago; negative: to come."""
        return self._today - timedelta(days=days_ago)

    def ago(self, days: int) -> datetime:
        """Within working hours so many days ago, or on the Friday before."""
        day = self.day(max(1, days))
        return self._at_work(day - timedelta(days=max(0, day.weekday() - SATURDAY + 1)))

    def later(self, least: int, most: int) -> datetime | None:
        """Within working hours so many days after the moment that is played; None where that is not past."""
        day = clock.today() + timedelta(days=self._random.randint(least, most))
        if day.weekday() >= SATURDAY:
            day += timedelta(days=7 - day.weekday())
        return max(self._at_work(day), self.soon()) if day < self._today else None

    def soon(self) -> datetime:
        """Some minutes after the moment that is played."""
        return clock.now() + timedelta(minutes=self._random.randint(2, 25), seconds=self._random.randint(0, 59))

    def plan(self, moment: datetime | None, act: Callable[[], object]) -> None:
        """Have an act played at a moment; not at all where there is none. ValueError where it is too late for it."""
        if moment is not None:
            if self._played and moment < self._played:
                raise ValueError(f"It is {self._played}: too late to plan something for {moment}.")
            heappush(self._planned, (moment, next(self._number), act))

    def plan_each(self, slots: Plan, since: datetime, act: Callable[[], object]) -> None:
        """Have an act played at each slot of a plan after a moment, until yesterday."""
        moment = slots.next_after(since)
        while moment.astimezone(COPENHAGEN).date() < self._today:
            self.plan(moment, act)
            moment = slots.next_after(moment)

    def play(self) -> None:
        """Play all acts, those that acts have planned too, none before the one that was played last."""
        while self._planned:
            self._played, _, act = heappop(self._planned)
            with clock.at(self._played):
                act()

    def _at_work(self, day: date) -> datetime:
        first = datetime.combine(day, OPENS, COPENHAGEN)
        span = datetime.combine(day, CLOSES) - datetime.combine(day, OPENS)
        return (first + timedelta(seconds=self._random.randint(0, int(span.total_seconds())))).astimezone(UTC)
