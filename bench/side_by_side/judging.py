"""Holds a run against `bench/bounds.toml`: what is beyond its bound, and how far it is to each goal."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.side_by_side.measuring import Run

FILE = Path(__file__).parent.parent / "bounds.toml"
JUDGED_AT = 100_000  # authorities; the bounds are of this size
AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Judged:
    """A number, the goal it is to reach, and the bound it must keep where there is one."""

    what: str
    value: float
    goal: float
    bound: float | None
    way: str

    @property
    def fails(self) -> bool:
        return self.bound is not None and self._behind(self.bound) > 1

    @property
    def distance(self) -> float:
        """By how much the number must be multiplied, or divided, to reach the goal; 1 or less where it has."""
        return self._behind(self.goal)

    def _behind(self, mark: float) -> float:
        return mark / self.value if self.way == AT_LEAST else self.value / mark


def judged(run: Run, small: Run | None) -> list[Judged]:
    """Every number that has a goal; `small` is a run over 10,000, where this one is larger."""
    marks = tomllib.loads(FILE.read_text("utf-8"))
    found = [
        _judge(f"{page}, of the {other}", run, ratio, marks[run.dialect][other][page], AT_LEAST)
        for page, sites in run.pages.items()
        for other, ratio in sites["product"].ratios.items()
        if page in marks[run.dialect].get(other, {})
    ]
    return found + [_judge(what, run, value, marks["most"][what], AT_MOST) for what, value in _amounts(run, small)]


def _judge(what: str, run: Run, value: float, mark: dict[str, Any], way: str) -> Judged:
    bound = mark.get("bound") if run.size == JUDGED_AT else None
    return Judged(what, value, mark["goal"], bound, way)


def _amounts(run: Run, small: Run | None) -> Iterator[tuple[str, float]]:
    pages = {name: sites["product"] for name, sites in run.pages.items()}
    lists = [page for name, page in pages.items() if name.startswith("list")]
    yield "HTML of a list, KB", max((page.html for page in lists), default=0) / 1000
    yield "a list over the wire, KB", max((page.zipped for page in lists), default=0) / 1000
    yield "files of a first visit, KB", run.first_visit / 1000
    yield "memory of a worker, MB", run.memory["product"]["rss"]
    yield "p95 of the slowest page, ms", max(page.p95 for page in pages.values())
    if small is not None:
        before = {name: sites["product"].alone for name, sites in small.pages.items()}
        yield "median against that of 10,000, times", max(page.alone / before[name] for name, page in pages.items())
