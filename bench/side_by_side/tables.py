"""What a run prints: a table of the pages, and one of the goals."""

from __future__ import annotations

from collections.abc import Iterable

from bench.side_by_side.judging import Judged
from bench.side_by_side.measuring import Measured, Run

PAGES = ("", "pages/s", "of peer", "of bare", "p50 ms", "p95 ms", "alone ms", "HTML KB", "zipped KB", "statements")


def of_pages(run: Run) -> str:
    """Each page at each site, in the manner of Markdown."""
    rows = [_page(page, name, each) for page, sites in run.pages.items() for name, each in sites.items()]
    memory = ", ".join(f"{name} {each['rss']:.0f} ({each['uss']:.0f})" for name, each in run.memory.items())
    shown = f"{run.facts['authorities']:,} and {run.facts['people']:,} people shown"
    heading = f"{run.dialect}, {run.size:,} authorities, {shown}"
    about = f"MB of a worker (shared with nobody): {memory}; files of a first visit: {run.first_visit / 1000:.0f} KB"
    return f"\n{heading}\n\n{_table(PAGES, rows)}\n\n{about}\n"


def _page(page: str, name: str, found: Measured) -> tuple[str, ...]:
    ratios = (f"{found.ratios[other]:.2f}" if other in found.ratios else "" for other in ("peer", "bare"))
    times = (f"{value:.1f}" for value in (found.median, found.p95, found.alone))
    weights = (f"{size / 1000:.1f}" for size in (found.html, found.zipped))
    return (f"{page}: {name}", f"{found.rate:.0f}", *ratios, *times, *weights, f"{found.statements}")


def of_goals(judged: Iterable[Judged]) -> str:
    """Each number with its goal, its bound, and how far it is."""
    return _table(("", "", "bound", "goal", "to the goal"), [_goal(each) for each in judged]) + "\n"


def _goal(each: Judged) -> tuple[str, ...]:
    bound = "" if each.bound is None else f"{each.bound:g}"
    distance = "reached" if each.distance <= 1 else f"{each.distance:.1f} times"
    return (each.what, f"{each.value:.2f}", bound, f"{each.goal:g}", "BEYOND ITS BOUND" if each.fails else distance)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
