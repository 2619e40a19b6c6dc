"""What must never be so of the keys by which authorities and people are found and placed in lists (R75)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.i18n import _l
from app.models import Authority, ImiUser
from app.policy.finding import person_keys
from app.services import finding_keys
from app.services.invariant import Offender, in_batches, never_in_python


@never_in_python("R22", "authority", _l("An authority is found, or placed in lists, by words that are not its own."))
def authority_found_by_other_words() -> Iterator[Offender]:
    """In Python, which alone knows how words are folded, and the order in which Danes put them."""
    names = ("sort_key", "city_sort_key", "search_key")
    for rows in in_batches(Authority.id, select(Authority.id, *(getattr(Authority, name) for name in names))):
        made = finding_keys.keys_of_authorities([row.id for row in rows]) if rows else {}
        yield from ((row.id, row.id) for row in rows if any(getattr(row, n) != made[row.id][n] for n in names))


@never_in_python("R22", "user", _l("A user is found, or placed in lists, by words that are not his own."))
def user_found_by_other_words() -> Iterator[Offender]:
    """In Python, as above."""
    typed = (ImiUser.first_name, ImiUser.last_name, ImiUser.email_address)
    query = select(ImiUser.id, ImiUser.authority_id, *typed, ImiUser.sort_key, ImiUser.search_key)
    for rows in in_batches(ImiUser.id, query):
        for row in rows:
            made = person_keys(row.first_name, row.last_name, row.email_address)
            if (row.sort_key, row.search_key) != (made["sort_key"], made["search_key"]):
                yield row.id, row.authority_id


FINDING = (authority_found_by_other_words, user_found_by_other_words)
