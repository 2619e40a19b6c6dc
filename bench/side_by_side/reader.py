"""Makes the reader of a run, in a database that is filled: `python -m bench.side_by_side.reader`, which prints him.

The worst case: half of the country's authorities have the reader's as access manager, and so stand in his lists.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select, update

from app import create_app
from app.extensions import db
from app.models import AccessManagerLink, Authority, AuthorityKind, ImiUser
from app.transaction import transaction
from tests.make import PASSWORD, Maker

USERNAME = "reader00000001"
COUNTRY = "DK"
SHORTEST = 5  # letters of a word that is searched for


def main() -> None:
    """Make him, and print what the pages are asked for."""
    with create_app().app_context():
        with transaction():
            manager = _manager()
        sys.stdout.write(json.dumps(_facts(manager)))


def _manager() -> int:
    make = Maker()
    manager = make.access_manager("Adgangsforvaltningen i Danmark")
    make.user(manager, username=USERNAME)
    generated = select(Authority.id).where(Authority.kind == AuthorityKind.authority, Authority.country_code == COUNTRY)
    db.session.execute(
        update(AccessManagerLink)
        .where(AccessManagerLink.authority_id % 2 == 0, AccessManagerLink.authority_id.in_(generated))
        .values(manager_id=manager.id),
        execution_options={"synchronize_session": False},
    )
    return manager.id


def _facts(manager: int) -> dict[str, Any]:
    found = db.session.execute(_mine(manager, Authority.official_name_key, Authority.id, Authority.official_name))
    rows = sorted(tuple(row) for row in found)
    people = select(ImiUser.first_name, ImiUser.last_name).join(
        AccessManagerLink, AccessManagerLink.authority_id == ImiUser.authority_id
    )
    names = [tuple(row) for row in db.session.execute(people.where(AccessManagerLink.manager_id == manager))]
    shown = db.session.get_one(Authority, rows[len(rows) // 2][1])
    words = _words(name for _key, _number, name in rows)
    return {
        "username": USERNAME,
        "password": PASSWORD,
        "user": db.session.scalar(select(ImiUser.id).where(ImiUser.username == USERNAME)),
        "manager": manager,
        "authorities": len(rows),
        "people": len(names),
        "shown": shown.id,
        "shown_public_id": str(shown.public_id),
        "rare": min(words, key=lambda word: (words[word], word)),
        "frequent": max(words, key=lambda word: (words[word], word)),
        "person": " ".join(min(Counter(names).items(), key=lambda counted: (counted[1], counted[0]))[0]),
    }


def _mine(manager: int, *columns: Any) -> Select[Any]:
    link = AccessManagerLink.authority_id == Authority.id
    return select(*columns).join(AccessManagerLink, link).where(AccessManagerLink.manager_id == manager)


def _words(names: Iterable[str]) -> Counter[str]:
    """In how many names each word stands, of those that need no folding, which the peer does not do."""
    return Counter(
        word
        for name in names
        for word in set(name.lower().split())
        if len(word) >= SHORTEST and word.isascii() and word.isalpha()
    )


if __name__ == "__main__":
    main()
