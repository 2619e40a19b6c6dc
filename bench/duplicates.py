"""What a look for likely duplicates costs: `python -m bench.duplicates`, on both databases.

So many authorities with real-looking names in one country, half of them in the reach of who asks; then the same queries
over and over: names that are there with a slip of the pen, names that are not, common words, hostile text.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("IMI_ENV", "development")
os.environ.setdefault("APP_VAR", tempfile.mkdtemp(prefix="imi-bench-"))

from flask_migrate import upgrade
from sqlalchemy import insert, text

from app import clock, create_app
from app.extensions import db
from app.models import AccessManagerLink, Authority, AuthorityKind, AuthorityStatus
from app.policy.folding import fold
from app.policy.likeness import match_keys
from app.services import duplicates, reference
from app.transaction import transaction
from bench.danish_names import names
from tests import servers
from tests.make import Maker
from tests.registering import details

ASKED = {
    "a name that is there, with a slip of the pen": {"official_name": "Styrelsen for Fødevarer og Fiskerri"},
    "one of many numbered units": {"official_name": "Aarhus Kommune, Borgerservice 4"},
    "a municipality": {"official_name": "Ålborg kom."},
    "a name that is nowhere": {"official_name": "Nordatlantisk Zoologisk Samarbejde"},
    "a common word": {"official_name": "Kommune"},
    "common words": {"official_name": "Sekretariat for Byggesager, Digitalisering og Borgerservice"},
    "two letters": {"official_name": "St"},
    "250 letters": {"official_name": "Styrelsen for Borgerservice og Skatteforvaltning " * 5},
    "a telephone number of a thousand": {"official_name": "", "phone": "+45 70 00 00 01"},
    "metacharacters": {"official_name": '%_\\"*() NEAR AND OR NOT kommune*'},
}


def main() -> None:
    """Measure, and print a line for each query."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--authorities", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--dialect", choices=("sqlite", "postgresql"), help="on this database only")
    words = parser.parse_args()
    servers.start_shared()
    try:
        for url in databases():
            if url.startswith(words.dialect or ""):
                _measure(url, words)
    finally:
        servers.stop()


def databases() -> Iterator[str]:
    """The addresses of an empty database of each kind, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"
    name = f"bench_{os.getpid()}"
    url = servers.create_database(servers.postgres_url(), name, "template1")
    yield url.replace("postgresql://", "postgresql+psycopg://", 1)
    servers.drop_database(servers.postgres_url(), name)


def _measure(url: str, words: argparse.Namespace) -> None:
    os.environ["DATABASE_URL"] = url
    app = create_app()
    with app.app_context():
        upgrade("migrations")
        begun = time.perf_counter()
        with transaction():
            reference.load(reference.SHIPPED)
            actor = fill(words.authorities)
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        say(f"{db.engine.dialect.name}: {words.authorities} authorities, made in {time.perf_counter() - begun:.0f} s")
        for what, typed in ASKED.items():
            _time(actor, what, details(**{"email": "", "phone": "", "website": "", **typed}), words)
        db.session.remove()
        db.engine.dispose()


def fill(number: int) -> Any:
    """The authorities, a thousand at a time, every second one managed by who asks."""
    make = Maker()
    manager, other = make.access_manager("Udpeget"), make.nimic()
    values = {"kind": AuthorityKind.authority, "status": AuthorityStatus.active, "country_code": "DK", "city": "Odense"}
    rows = [
        {**values, "public_id": uuid.uuid4(), "official_name": name, "official_name_key": fold(name)}
        | {"registered_at": clock.now(), **_contacts(count)}
        | match_keys(official_name=name, country_code="DK", **_contacts(count))
        for count, name in enumerate(names(number))
    ]
    for start in range(0, number, 1000):
        ids = db.session.scalars(insert(Authority).returning(Authority.id), rows[start : start + 1000]).all()
        links = [{"authority_id": row, "manager_id": (manager, other)[row % 2].id, "since": clock.now()} for row in ids]
        db.session.execute(insert(AccessManagerLink), links)
    return make.actor(make.user(manager))


def _contacts(count: int) -> dict[str, str]:
    return {
        "email": f"post{count}@myndighed.example",
        "phone": f"+45 70 00 00 0{count % 10}" if count % 10 == 1 and count < 10_000 else f"+45 8{count:07}",
        "website": f"https://www.myndighed.example/{count}",
    }


def _time(actor: Any, what: str, asked: Any, words: argparse.Namespace) -> None:
    spent = []
    duplicates.likely(actor, asked)  # what a process and a database read once
    for _ in range(words.times):
        begun = time.perf_counter()
        found = duplicates.likely(actor, asked)
        spent.append((time.perf_counter() - begun) * 1000)
        db.session.rollback()
    spent.sort()
    first = f", first: {found[0].name}" if found else ""
    say(
        f"  {what}: median {statistics.median(spent):.1f} ms, p95 {spent[int(len(spent) * 0.95)]:.1f} ms,"
        f" {len(found)} shown{first}"
    )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
