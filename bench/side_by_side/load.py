"""Asks for one page over and over, with wrk: so many clients at once, for so long."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FEWEST = 4  # answers, below which their times say little
SCRIPT = Path(__file__).parent / "percentiles.lua"


@dataclass(frozen=True)
class Load:
    """What came of it: pages a second; milliseconds that half of them, and 95 of 100, took at most; and what failed."""

    rate: float
    median: float
    p95: float
    failed: int


def need_wrk() -> None:
    """End with a sentence that helps where wrk is not there."""
    if shutil.which("wrk") is None:
        sys.exit("The measurements need wrk, which was not found; on Debian: apt-get install wrk")


def asked(address: str, cookies: str, *, clients: int, seconds: int) -> Load:
    """Ask for the page, longer where it is slow; answers other than 2xx and 3xx count as failed."""
    for patience in (1, 4, 16):
        found = _asked(address, cookies, clients, patience * seconds)
        if found.rate * patience * seconds >= FEWEST or found.failed:
            break
    return found


def _asked(address: str, cookies: str, clients: int, seconds: int) -> Load:
    words = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT)]
    sent = ["-H", f"Cookie: {cookies}"] if cookies else []
    output = subprocess.run([*words, *sent, address], check=True, capture_output=True, text=True).stdout
    [line] = [each for each in output.splitlines() if each.startswith("DONE ")]
    requests, spent, median, p95, failed = (int(word) for word in line.split()[1:])
    return Load(requests / (spent / 1e6), median / 1000, p95 / 1000, failed)
