"""The keys by which lists find and order authorities and people are kept with whatever changes their names (R22).

They follow every change that goes through the session, so that no act can forget them. What is put in past it (very
many rows at once) brings its own, and reference data say which entries got other names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, event, inspect, select, update
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Authority, AuthorityClassification, AuthorityText, ClassificationEntry, ImiUser
from app.policy.finding import authority_keys, person_keys

OF_AUTHORITY = ("official_name", "city", "texts", "classification")
OF_PERSON = ("first_name", "last_name", "email_address")
BATCH = 500


@event.listens_for(Session, "before_flush")
def follow(session: Session, _context: Any, _some: Any) -> None:
    """Give every row that is to be written the keys of what it is called by now."""
    changed = [row for row in (*session.new, *session.dirty) if row not in session.deleted]
    for authority in _authorities(session, [*changed, *session.deleted]):
        texts = [(text.title or "", text.description or "") for text in authority.texts]
        entries = [entry.names for entry in authority.classification]
        _give(authority, authority_keys(authority.official_name or "", authority.city or "", texts, entries))
    for user in changed:
        if isinstance(user, ImiUser) and _has_changed(user, OF_PERSON):
            _give(user, person_keys(user.first_name, user.last_name, user.email_address))


def _authorities(session: Session, changed: Iterable[object]) -> Iterator[Authority]:
    """Those whose words have changed, by themselves or by a text of theirs."""
    found: dict[int, Authority] = {}
    for row in changed:
        if isinstance(row, Authority) and _has_changed(row, OF_AUTHORITY):
            found[id(row)] = row
        elif isinstance(row, AuthorityText) and row.authority_id:
            authority = session.get(Authority, row.authority_id)
            found |= {id(authority): authority} if authority else {}
    yield from (authority for authority in found.values() if authority not in session.deleted)


def _has_changed(row: object, names: tuple[str, ...]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


def _give(row: Authority | ImiUser, keys: dict[str, str]) -> None:
    for name, key in keys.items():
        setattr(row, name, key)


def renew_described_by(entry_ids: Collection[int]) -> None:
    """Make the keys anew of all authorities that the entries describe: their names have changed.

    Past the versions: nobody's form is overtaken by it.
    """
    described = select(AuthorityClassification.authority_id).where(AuthorityClassification.entry_id.in_(entry_ids))
    ids = list(db.session.scalars(described.distinct().order_by(AuthorityClassification.authority_id)))
    table = Authority.__table__
    told = update(table).where(table.c.id == bindparam("number")).values(search_key=bindparam("key"))
    for start in range(0, len(ids), BATCH):
        made = keys_of_authorities(ids[start : start + BATCH])
        rows = [{"number": number, "key": keys["search_key"]} for number, keys in made.items()]
        db.session.connection().execute(told, rows)


def keys_of_authorities(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """What should stand in the columns of so many authorities, in four statements."""
    text, link = AuthorityText, AuthorityClassification
    titles: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for number, *said in db.session.execute(
        select(text.authority_id, text.title, text.description)
        .where(text.authority_id.in_(ids))
        .order_by(text.language)
    ):
        titles[number].append((said[0], said[1]))
    entries: dict[int, list[dict[str, str]]] = defaultdict(list)
    for number, names in db.session.execute(
        select(link.authority_id, ClassificationEntry.names)
        .join(ClassificationEntry, ClassificationEntry.id == link.entry_id)
        .where(link.authority_id.in_(ids))
    ):
        entries[number].append(names)
    called = select(Authority.id, Authority.official_name, Authority.city).where(Authority.id.in_(ids))
    return {
        number: authority_keys(name, city, titles[number], entries[number])
        for number, name, city in db.session.execute(called)
    }
