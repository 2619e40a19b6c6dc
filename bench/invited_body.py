"""What the form of an invited body costs with a name that is registered and with one that is not: `python -m
bench.invited_body`, on both databases.

Nobody without an account may find out by the time of the answer which names there are (R8, R18). Each round saves,
checks and sends both, the one first in every second round; the medians and their difference are printed.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app import create_app
from app.extensions import db
from app.services import reference
from app.services.registration_details import is_taken
from app.transaction import transaction
from bench.duplicates import databases, fill, say
from tests import servers
from tests.inviting import invited, token_of
from tests.registering import typed

KNOWN, UNKNOWN = "Styrelsen for Fiskeri", "Tilsynet for Zebraer"
NAMES = {"known": KNOWN, "unknown": UNKNOWN}
STEPS = ("save", "check", "send")


def main() -> None:
    """Measure, and print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--authorities", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    words = parser.parse_args()
    servers.start_shared()
    try:
        for url in databases():
            _measure(url, words)
    finally:
        servers.stop()


def _measure(url: str, words: argparse.Namespace) -> None:
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = url, servers.valkey_url()
    limits = dict.fromkeys(("LIMIT_INVITED", "LIMIT_INVITATIONS", "LIMIT_LOG_INS"), 10_000_000)
    app = create_app({**limits, "TESTING": True})
    with app.app_context():
        upgrade("migrations")
        with transaction():
            reference.load(reference.SHIPPED)
            actor = fill(words.authorities)
        if not is_taken("DK", KNOWN) or is_taken("DK", UNKNOWN):
            sys.exit("The names are not what they should be.")
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        tokens = _invite(actor, 2 * words.rounds)
        dialect = db.engine.dialect.name
    spent: dict[tuple[str, str], list[float]] = {(step, name): [] for step in STEPS for name in NAMES}
    for number in range(words.rounds):
        order = list(NAMES) if number % 2 else list(reversed(NAMES))
        for name in order:
            for step, milliseconds in _register(app, tokens.pop(), NAMES[name]):
                spent[step, name].append(milliseconds)
    say(f"{dialect}: {words.authorities} authorities, {words.rounds} rounds")
    for step in STEPS:
        known, unknown = (statistics.median(spent[step, name]) for name in NAMES)
        say(f"  {step}: known {known:.2f} ms, unknown {unknown:.2f} ms, difference {abs(known - unknown):.2f} ms")
    with app.app_context():
        db.engine.dispose()


def _invite(actor: Any, number: int) -> list[str]:
    with transaction():
        return [
            token_of(invited(actor, invited_name=f"Opfordret {n}", recipient_email=f"post@opfordret{n}.example"))
            for n in range(number)
        ]


def _register(app: Flask, token: str, name: str) -> list[tuple[str, float]]:
    """One body registers itself; how long each step took."""
    browser, path = app.test_client(), f"/invitation/{token}/"
    page = browser.get(f"{path}registration").text
    form = {**typed(official_name=name), "shown": "", "csrf_token": _hidden(page, "csrf_token"), "step": "check"}
    done = [_timed(lambda: browser.post(f"{path}registration", data=form), 303)]
    done.append(_timed(lambda: browser.get(f"{path}check"), 200))
    form["shown"] = _hidden(browser.get(f"{path}check").text, "shown")
    done.append(_timed(lambda: browser.post(f"{path}send", data=form), 303))
    return list(zip(STEPS, done, strict=True))


def _timed(ask: Any, status: int) -> float:
    begun = time.perf_counter()
    answer = ask()
    spent = (time.perf_counter() - begun) * 1000
    if answer.status_code != status:
        sys.exit(answer.text)
    return spent


def _hidden(page: str, name: str) -> Any:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


if __name__ == "__main__":
    main()
