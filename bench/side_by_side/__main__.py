"""Measures product, peer and bare page, prints tables, and fails where a bound is not kept: `make bench`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict

from bench.side_by_side import judging, load, tables
from bench.side_by_side.data import filled
from bench.side_by_side.measuring import Run, measured
from bench.side_by_side.places import RESULTS
from tests import servers

SMALL = 10_000  # against which the medians of more are held


def main() -> None:
    """Measure, print, keep; end with 1 where something is beyond its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="authorities")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each load")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    words = parser.parse_args()
    load.need_wrk()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends as well
    dialects = ("sqlite", "postgresql") if words.database == "both" else (words.database,)
    try:
        kept = [_measure(dialect, words) for dialect in dialects]
    finally:
        servers.stop()
    sys.exit(0 if all(kept) else 1)


def _measure(dialect: str, words: argparse.Namespace) -> bool:
    """Whether all bounds are kept on this database."""
    small = _run(dialect, SMALL, words) if words.size > judging.JUDGED_AT else None
    run = _run(dialect, words.size, words)
    found = judging.judged(run, small)
    sys.stdout.write(tables.of_pages(run) + "\n" + tables.of_goals(found))
    sys.stdout.flush()
    return not any(each.fails for each in found)


def _run(dialect: str, size: int, words: argparse.Namespace) -> Run:
    sys.stderr.write(f"{dialect}, {size:,} authorities\n")
    run = measured(filled(dialect, size), words.rounds, words.seconds, words.only)
    RESULTS.mkdir(parents=True, exist_ok=True)
    if not words.only:
        (RESULTS / f"{dialect}-{size}.json").write_text(json.dumps(asdict(run), indent=1), "utf-8")
    return run


if __name__ == "__main__":
    main()
