"""One run over one database: every page at every site in turn, several times.

So what else the machine does meanwhile falls on all of them alike.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.side_by_side import load, weight
from bench.side_by_side.addresses import PAGES, Page
from bench.side_by_side.data import Filled
from bench.side_by_side.load import Load
from bench.side_by_side.sites import Site, all_running, asked

CLIENTS = 8
PEER, BARE = "peer", "bare"


@dataclass(frozen=True)
class Measured:
    """A page at a site.

    rate (pages a second), median and p95 (milliseconds) are those of eight clients at once, `alone` the median of one.
    `ratios`: how often the page is answered while the peer, and the bare page, answer theirs once.
    """

    rate: float
    median: float
    p95: float
    alone: float
    ratios: dict[str, float]
    html: int
    zipped: int
    statements: int | None


@dataclass(frozen=True)
class Run:
    """All of one run: by page and site, by site, and the files of a first visit to the product."""

    dialect: str
    size: int
    facts: dict[str, Any]
    pages: dict[str, dict[str, Measured]]
    memory: dict[str, dict[str, float]]
    first_visit: int


def measured(data: Filled, rounds: int, seconds: int, only: str = "") -> Run:
    """Start the sites, measure every page whose name holds what is asked for, stop them."""
    with all_running(data) as sites:
        statements = {name: site.statements(_asked(site, data.facts)) for name, site in sites.items()}
        pages = {
            page.name: _Loads(page, data.facts, sites, rounds, seconds).measured(statements)
            for page in PAGES
            if only in page.name
        }
        memory = {name: site.memory() for name, site in sites.items()}
        first_visit = weight.of_first_visit(sites["product"], PAGES[0].product)
    return Run(data.dialect, data.size, data.facts, pages, memory, first_visit)


def _asked(site: Site, facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What a site is asked for, by the name of the page: address and cookies."""
    return {
        page.name: (page.at(site.name, facts), site.cookies if page.signed_in else "")
        for page in PAGES
        if page.at(site.name, facts)
    }


class _Loads:
    """One page at all sites that have it."""

    def __init__(self, page: Page, facts: dict[str, Any], sites: Mapping[str, Site], rounds: int, seconds: int) -> None:
        sys.stderr.write(f"  {page.name}\n")
        self._page, self._sites = page, sites
        self._asked = {
            name: found for name, site in sites.items() if (found := _asked(site, facts).get(page.name)) is not None
        }
        self._full: dict[str, list[Load]] = {name: [] for name in self._asked}
        self._alone: dict[str, list[Load]] = {name: [] for name in self._asked}
        for name, (path, cookies) in self._asked.items():  # templates are compiled, and pages read from the disk
            load.asked(sites[name].address(path), cookies, clients=CLIENTS, seconds=1)
        for number in range(rounds):
            for name in sorted(self._asked, reverse=bool(number % 2)):
                path, cookies = self._asked[name]
                address = sites[name].address(path)
                self._full[name].append(load.asked(address, cookies, clients=CLIENTS, seconds=seconds))
                self._alone[name].append(load.asked(address, cookies, clients=1, seconds=1))

    def measured(self, statements: Mapping[str, Mapping[str, int]]) -> dict[str, Measured]:
        """What came of it, by site; RuntimeError where a page was refused, for then nothing was measured."""
        return {name: self._of(name, statements[name].get(self._page.name)) for name in self._asked}

    def _of(self, name: str, statements: int | None) -> Measured:
        full, alone = self._full[name], self._alone[name]
        if sum(each.failed for each in full + alone):
            raise RuntimeError(f"{name} failed at {self._page.name}: {full}")
        path, cookies = self._asked[name]
        _answer, html = asked(self._sites[name].port, "GET", path, cookies)
        return Measured(
            rate=statistics.median(each.rate for each in full),
            median=statistics.median(each.median for each in full),
            p95=statistics.median(each.p95 for each in full),
            alone=statistics.median(each.median for each in alone),
            ratios={other: self._ratio(name, other) for other in (PEER, BARE) if other in self._asked},
            html=len(html),
            zipped=weight.zipped(html),
            statements=statements,
        )

    def _ratio(self, name: str, other: str) -> float:
        """The median of the rounds', each of which is of one and the same minute."""
        pairs = zip(self._full[name], self._full[other], strict=True)
        return statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)
