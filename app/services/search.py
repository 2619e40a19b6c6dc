"""The search of the header: authorities and people by a few words, in the reader's scope (R21, R22, R70)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, literal, not_, or_, select, union_all
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Authority, ImiUser
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.matrix import Act
from app.services.word_search import holding, words_of

MOST = 10
BY_NAME = (Authority.sort_key, Authority.id)


@dataclass(frozen=True)
class Found:
    """What was found, at most MOST of each; whether there is more; and which authorities open for the reader."""

    authorities: Sequence[Authority]
    more_authorities: bool
    opens: frozenset[int]
    people: Sequence[ImiUser]
    more_people: bool


NOTHING = Found((), False, frozenset(), (), False)


def find(actor: Actor, text: str) -> Found:
    """Authorities and people in which all words stand, in any order; nothing for no words. Two statements."""
    if not words_of(text):
        return NOTHING
    rows = _authorities(actor, text)
    people = _people(actor, text)
    return Found(
        authorities=[row for row, _opens in rows[:MOST]],
        more_authorities=len(rows) > MOST,
        opens=frozenset(row.id for row, opens in rows if opens),
        people=people[:MOST],
        more_people=len(people) > MOST,
    )


def _authorities(actor: Actor, text: str) -> list[tuple[Authority, bool]]:
    """Those whose tabs open for the reader first; of all others in IMI only what everybody may see.

    Each part is read in its order and no further than is shown, and the second only where the first does not fill the
    page: to go through all that holds a common word takes long.
    """
    opens = or_(visible(actor, Act.read_tabs), visible(actor, Act.find_authorities))
    mine = _first(text, 1, opens).cte("mine")
    are_few = select(func.count()).select_from(mine).scalar_subquery() <= MOST
    others = _first(text, 0, are_few, visible(actor, Act.search_authorities), not_(opens)).subquery()
    found = union_all(select(mine), select(others)).subquery()
    rows = (
        select(Authority, found.c.opens)
        .join(found, found.c.id == Authority.id)
        .options(joinedload(Authority.country))
        .order_by(found.c.opens.desc(), *BY_NAME)
        .limit(MOST + 1)
    )
    return [(row, bool(opens)) for row, opens in db.session.execute(rows)]


def _first(text: str, opens: int, *scope: ColumnElement[bool]) -> Select[int, int]:
    found = select(Authority.id, literal(opens).label("opens")).where(*scope, *holding(Authority, text))
    return found.order_by(*BY_NAME).limit(MOST + 1)


def _people(actor: Actor, text: str) -> Sequence[ImiUser]:
    """People by name or address, where the reader may read the tab Users; never by a username (R44)."""
    found = (
        select(ImiUser)
        .join(ImiUser.authority)
        .where(visible(actor, Act.read_users), ImiUser.active.is_(True), *holding(ImiUser, text))
        .options(joinedload(ImiUser.authority))
        .order_by(ImiUser.sort_key, ImiUser.id)
        .limit(MOST + 1)
    )
    return db.session.scalars(found).all()
