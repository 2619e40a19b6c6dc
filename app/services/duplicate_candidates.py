"""What may be the same body as one that is typed: narrowed by the database, by indexed keys, to two hundred (R8).

Names are narrowed by the trigrams of their telling words; PostgreSQL ranks by them itself. On SQLite the rarest ones
are asked for, as many as stand in so many names together: common words make no look slower, nor drown a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union, union_all
from sqlalchemy.sql import CompoundSelect

from app.extensions import db
from app.models import Authority, AuthorityStatus, Invitation, InvitationStatus
from app.models.trigrams import LIKENESS, Trigrams
from app.policy.likeness import Traits
from app.services.word_search import quoted

BY_NAME = 150  # with those of the other keys, no more than two hundred
BY_KEY = 12
# On PostgreSQL: the part of all trigrams of two keys that both are to have. A slip of the pen takes three, of which a
# long key has many.
SIMILARITY, SIMILARITY_OF_LONG, LONG = 0.3, 0.4, 8
SHORTEST = 3  # letters of a key that is looked for; two begin a word in half of all names
READ = 15_000  # entries of the index of trigrams that a look reads on SQLite
SHARED = 3  # one in so many of the trigrams asked for is to be in a name
COMPARED = (
    AuthorityStatus.active,
    AuthorityStatus.deactivated,
    AuthorityStatus.awaiting_validation,
    AuthorityStatus.returned,
)
OPEN = (InvitationStatus.sent, InvitationStatus.expired)

Kind = type[Authority] | type[Invitation]
Ids = Select[Any]


def authorities(country_code: str, key: str, traits: Traits) -> Sequence[Any]:
    """Registered ones and those that await validation, with what they are compared by."""
    ids = _together(
        [
            *_by_name(Authority, key, _stands(Authority, country_code)),
            *_by_keys(country_code, traits),
        ]
    )
    if ids is None:
        return []
    columns = (
        Authority.id,
        Authority.public_id,
        Authority.official_name_key,
        Authority.email_key,
        Authority.phone_key,
        Authority.website_key,
        Authority.identifier_scheme,
        Authority.identifier_value,
    )
    return db.session.execute(select(*columns).where(Authority.id.in_(ids))).all()


def invitations(country_code: str, key: str, traits: Traits) -> Sequence[Any]:
    """Invitations that nobody has answered yet."""
    stands = _stands(Invitation, country_code)
    same = select(Invitation.id).where(*stands, Invitation.email_key == traits.email_key, Invitation.email_key != "")
    ids = _together(
        [
            *_by_name(Invitation, key, stands),
            *([same.order_by(Invitation.id).limit(BY_KEY)] if traits.email_key else []),
        ]
    )
    if ids is None:
        return []
    columns = (
        Invitation.id,
        Invitation.public_id,
        Invitation.invited_name,
        Invitation.email_key,
        Invitation.sent_at,
        Invitation.inviting_authority_id,
    )
    return db.session.execute(select(*columns).where(Invitation.id.in_(ids))).all()


def _stands(kind: Kind, country_code: str) -> tuple[ColumnElement[bool], ...]:
    statuses = Authority.status.in_(COMPARED) if kind is Authority else Invitation.status.in_(OPEN)
    return kind.country_code == country_code, statuses


def _together(parts: list[Ids]) -> CompoundSelect[Any] | None:
    """One set of numbers; each part keeps its own order and limit, so each stands in brackets of its own."""
    return union(*(select(part.subquery()) for part in parts)) if parts else None


def _by_keys(country_code: str, traits: Traits) -> list[Ids]:
    """Those with the same name, e-mail, telephone, website or identifier; of thousands with one number, a few."""
    same = {
        Authority.official_name_key: traits.folded_name,
        Authority.email_key: traits.email_key,
        Authority.phone_key: traits.phone_key,
        Authority.website_key: traits.website_key,
        Authority.identifier_value: traits.identifier[1],
    }
    return [
        # That it is not empty says what the index says of itself.
        select(Authority.id)
        .where(*_stands(Authority, country_code), column == value, column != "")
        .order_by(Authority.id)
        .limit(BY_KEY)
        for column, value in same.items()
        if value
    ]


def _by_name(kind: Kind, key: str, stands: tuple[ColumnElement[bool], ...]) -> list[Ids]:
    if len(key) < SHORTEST:
        return []
    if db.session.get_bind().dialect.name == "sqlite":
        return _by_trigrams(kind, key, stands)
    least = SIMILARITY if len(key) < LONG else SIMILARITY_OF_LONG
    # For this transaction only.
    db.session.execute(select(func.set_config("pg_trgm.similarity_threshold", str(least), True)))
    alike = kind.likeness_key.bool_op("%")(key)
    nearest = func.similarity(kind.likeness_key, key).desc()
    return [select(kind.id).where(*stands, alike).order_by(nearest, kind.id).limit(BY_NAME)]


def _by_trigrams(kind: Kind, key: str, stands: tuple[ColumnElement[bool], ...]) -> list[Ids]:
    """SQLite: names that have the most of the rarest trigrams."""
    trigrams = LIKENESS[kind.__tablename__]
    index, asked = trigrams.kept, _rarest(trigrams, key)
    if not asked:
        return []
    # In quotes a trigram is letters, whatever FTS5 would take them for.
    parts = [select(index.c.rowid).where(index.c[index.name].match(quoted(gram))) for gram in asked]
    each = union_all(*parts).subquery()
    shared = func.count().label("shared")
    found = select(each.c.rowid, shared).group_by(each.c.rowid).having(shared >= -(-len(asked) // SHARED)).subquery()
    return [
        select(kind.id)
        .join(found, found.c.rowid == kind.id)
        .where(*stands)
        .order_by(found.c.shared.desc(), kind.id)
        .limit(BY_NAME)
    ]


def _rarest(trigrams: Trigrams, key: str) -> list[str]:
    """The trigrams of the key that stand in the fewest names, up to so many names together."""
    grams = list(dict.fromkeys(key[at : at + 3] for at in range(len(key) - 2)))
    counted = trigrams.counted
    query = select(counted.c.term, counted.c.doc).where(counted.c.term.in_(grams))
    asked: list[str] = []
    read = 0
    for gram, names in db.session.execute(query.order_by(counted.c.doc, counted.c.term)):
        read += names
        if asked and read > READ:
            break
        asked.append(gram)
    return asked
