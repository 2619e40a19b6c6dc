"""What an export costs: `python -m bench.exports`, on both databases.

All authorities of a country, and their users, as both kinds of files: how long it takes, how large the file is, and by
how much the process's peak of memory has grown over a small export made before (R71).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import select

from app import create_app
from app.extensions import db
from app.models import Authority, AuthorityKind, ImiUser
from app.services import authority_export, exports, generation, reference, user_export
from app.services.authority_filters import Wanted
from app.services.export_files import FileKind
from app.services.exports import Export
from app.services.user_lists import WantedUsers
from app.transaction import transaction
from bench.duplicates import databases, say
from tests import servers
from tests.make import Maker


def main() -> None:
    """Measure, and print a line for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--authorities", type=int, default=100_000)
    words = parser.parse_args()
    servers.start_shared()
    try:
        for url in databases():
            _measure(url, words.authorities)
    finally:
        servers.stop()


def _measure(url: str, authorities: int) -> None:
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = url, servers.valkey_url()
    with create_app().app_context():
        upgrade("migrations")
        user_id = _fill(authorities)
        say(f"{db.engine.dialect.name}: {authorities} authorities")
        db.session.remove()
        db.engine.dispose()
    for what in ("authorities", "users"):
        for kind in FileKind:  # in a process of its own, which has held nothing before
            alone = multiprocessing.get_context("spawn").Process(target=_measure_one, args=(what, kind, user_id))
            alone.start()
            alone.join()


def _measure_one(what: str, kind: FileKind, user_id: int) -> None:
    app = create_app()
    with app.app_context(), app.test_request_context():
        actor = Maker().actor(db.session.get_one(ImiUser, user_id))
        _write(actor, _export(what, "havn"), kind, f"some {what}")
        _write(actor, _export(what, ""), kind, f"all {what}")


def _export(what: str, searched: str) -> Export:
    if what == "users":
        return user_export.of(WantedUsers(words=searched), ("last_name", False), "da")
    return authority_export.of(Wanted(words=searched), ("official_name", False), "da")


def _fill(authorities: int) -> int:
    """Gives the number of a person who may export all of it."""
    with transaction():
        reference.load(reference.SHIPPED)
    with transaction():
        countries = generation.shares(authorities, "DK")
        facts = generation.begin(countries, 1)
    for chunk in generation.chunks(facts, countries):
        with transaction():
            generation.store(chunk)
    with transaction():
        generation.end(countries, 1)
        generation.tell_database()
        nimic = db.session.scalars(select(Authority).where(Authority.kind == AuthorityKind.nimic)).one()
        return Maker().user(nimic).id


def _write(actor: Any, export: Export, kind: FileKind, what: str) -> None:
    before, begun = _peak(), time.perf_counter()
    with tempfile.TemporaryFile() as file:
        exports.write(actor, export, kind, file)
        took, size = time.perf_counter() - begun, file.tell()
    db.session.rollback()
    rows = exports.count_of(actor, export, 10_000_000)
    say(f"  {what} as {kind}: {rows} rows, {took:.1f} s, {size / 2**20:.1f} MB, memory +{_peak() - before:.1f} MB")


def _peak() -> float:
    """The most memory that this process has had, in MB; what `getrusage` tells is its parent's too."""
    [line] = [line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
