"""Searching by words: all of them, in any order, wherever they stand, case and accents ignored (R22)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.extensions import db
from app.models import Authority, ImiUser
from app.models.trigrams import SEARCH
from app.policy.folding import fold
from app.services.keyset import Whole

LONGEST = 200
MOST_WORDS = 8
MOST_GRAMS = 24  # of all words together: they narrow enough, and each is a look into the index

MOST_SORTED = 5_000

Kind = type[Authority] | type[ImiUser]


def words_of(text: str) -> list[str]:
    """The words to look for, as names are compared: each once, none that stands in another, eight at most.

    What no name holds, the database may refuse to be asked; and a letter may fold into many, so that it is cut
    afterwards too.
    """
    readable = "".join(c if c.isprintable() else " " for c in text[:LONGEST])
    words = list(dict.fromkeys(fold(readable)[:LONGEST].split()))
    telling = [word for word in words if not any(word != other and word in other for other in words)]
    return telling[:MOST_WORDS]


def holding(kind: Kind, text: str) -> list[ColumnElement[bool]]:
    """The conditions under which a row holds all the words of the text; none for no words.

    PostgreSQL finds a part of a text by its index of trigrams itself. SQLite is asked for the rows that have the
    trigrams first, in any order, so that the words are compared in these only.
    """
    words = words_of(text)
    found: list[ColumnElement[bool]] = [kind.search_key.contains(word, autoescape=True) for word in words]
    grams = [word[at : at + 3] for word in words for at in range(len(word) - 2)][:MOST_GRAMS]
    if grams and db.session.get_bind().dialect.name == "sqlite":
        kept = SEARCH[kind.__tablename__].kept
        asked = kept.c[kept.name].match(" ".join(map(quoted, dict.fromkeys(grams))))
        found.append(kind.id.in_(select(kept.c.rowid).where(asked)))
    return found


def folded(column: Any) -> Any:
    """A column that has no key of its own, as `fold` writes Danish letters; SQLite's lower() knows a–z only."""
    for letter, spelt in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        column = func.replace(func.replace(column, letter, spelt), letter.upper(), spelt)
    return func.lower(column)


def by_words(found: Select[Any], text: str) -> Whole | None:
    """PostgreSQL sorts what has several words, as a whole name has: people of one name stand together in their order,
    and it expects them everywhere. SQLite finds words by its index and sorts them by itself."""
    several = len(words_of(text)) > 1
    return Whole(found, MOST_SORTED) if several and db.session.get_bind().dialect.name == "postgresql" else None


def quoted(trigram: str) -> str:
    """A trigram as FTS5 is asked for it: in quotes it is letters, whatever FTS5 would take them for."""
    return '"{}"'.format(trigram.replace('"', '""'))
