"""The search of the header: authorities and people by a few words, in the reader's scope (R21, R22, R70)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Authority, AuthorityText, ImiUser
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.folding import fold
from app.policy.matrix import Act

MOST = 10
LONGEST = 200
MOST_WORDS = 8


@dataclass(frozen=True)
class Found:
    """What was found, at most MOST of each; whether there is more; and which authorities open for the reader."""

    authorities: Sequence[Authority]
    more_authorities: bool
    opens: frozenset[int]
    people: Sequence[ImiUser]
    more_people: bool


NOTHING = Found((), False, frozenset(), (), False)


def words_of(text: str) -> list[str]:
    """The words to look for, as names are compared: each once, none that stands in another, eight at most.

    Each word costs a look at every row. What no name holds, the database may refuse to be asked; and a letter may fold
    into many, so that it is cut afterwards too.
    """
    readable = "".join(c if c.isprintable() else " " for c in text[:LONGEST])
    words = list(dict.fromkeys(fold(readable)[:LONGEST].split()))
    telling = [word for word in words if not any(word != other and word in other for other in words)]
    return telling[:MOST_WORDS]


def find(actor: Actor, text: str) -> Found:
    """Authorities and people in which all words stand, in any order; nothing for no words. Two statements."""
    words = words_of(text)
    if not words:
        return NOTHING
    rows = _authorities(actor, words)
    people = _people(actor, words)
    return Found(
        authorities=[row for row, _opens in rows[:MOST]],
        more_authorities=len(rows) > MOST,
        opens=frozenset(row.id for row, opens in rows if opens),
        people=people[:MOST],
        more_people=len(people) > MOST,
    )


def _authorities(actor: Actor, words: Sequence[str]) -> list[tuple[Authority, bool]]:
    """Those whose tabs open for the reader first; of all others in IMI only what everybody may see."""
    opens = or_(visible(actor, Act.read_tabs), visible(actor, Act.find_authorities))
    found = (
        select(Authority, opens.label("opens"))
        .where(or_(opens, visible(actor, Act.search_authorities)), *(_in_authority(word) for word in words))
        .options(joinedload(Authority.country))
        .order_by(opens.desc(), Authority.official_name_key, Authority.id)
        .limit(MOST + 1)
    )
    return [(row, bool(opens)) for row, opens in db.session.execute(found)]


def _in_authority(word: str) -> ColumnElement[bool]:
    titled = exists().where(AuthorityText.authority_id == Authority.id, _holds(AuthorityText.title, word))
    return or_(Authority.official_name_key.contains(word, autoescape=True), _holds(Authority.city, word), titled)


def _people(actor: Actor, words: Sequence[str]) -> Sequence[ImiUser]:
    """People by name or address, where the reader may read the tab Users; never by a username (R44)."""
    name = ImiUser.first_name + " " + ImiUser.last_name
    found = (
        select(ImiUser)
        .join(ImiUser.authority)
        .where(
            visible(actor, Act.read_users),
            ImiUser.active.is_(True),
            and_(*(or_(_holds(name, word), _in_address(word)) for word in words)),
        )
        .options(joinedload(ImiUser.authority))
        .order_by(ImiUser.last_name, ImiUser.first_name, ImiUser.id)
        .limit(MOST + 1)
    )
    return db.session.scalars(found).all()


def _holds(column: Any, word: str) -> ColumnElement[bool]:
    holds: ColumnElement[bool] = folded(column).contains(word, autoescape=True)
    return holds


def _in_address(word: str) -> ColumnElement[bool]:
    """An address has no letters to fold but capital ones."""
    holds: ColumnElement[bool] = func.lower(ImiUser.email_address).contains(word, autoescape=True)
    return holds


def folded(column: Any) -> Any:
    """The column as `fold` writes Danish letters: it has no folded one, and SQLite's lower() knows a–z only."""
    for letter, spelt in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        column = func.replace(func.replace(column, letter, spelt), letter.upper(), spelt)
    return func.lower(column)
