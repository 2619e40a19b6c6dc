"""The lists of authorities: *Koordinerede myndigheder* (R20) and *Myndigheder › Søg* (R21), one page at a time.

What a list may hold at all is an act of the table of rights; what is asked for narrows it (`authority_filters`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityText,
    Country,
    Module,
    ModuleAccess,
    ModuleRole,
)
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.matrix import Act
from app.services import keyset
from app.services.authority_filters import ShownStatus, Wanted, conditions, granted
from app.services.keyset import Found, Order, Place, Whole
from app.services.word_search import by_words, words_of

BY_NAME = (Authority.sort_key, Authority.id)
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "official_name": BY_NAME,
    "city": (Authority.city_sort_key, *BY_NAME),
}


def find(actor: Actor, act: Act, wanted: Wanted, order: tuple[str, bool], place: Place, language: str) -> Found:
    """The page that is asked for, else the first: where the row it begins after is gone, or nothing comes before it.

    `order` names a column of ORDERS, and says whether it is turned round. One statement, seldom two.
    """
    by = Order(ORDERS[order[0]], order[1])
    return keyset.found_at(place, lambda at: _read(actor, act, wanted, by, at, language))


def _read(actor: Actor, act: Act, wanted: Wanted, order: Order, place: Place, language: str) -> Found:
    found = ids(actor, act, wanted)
    row = select(Authority.id).where(Authority.public_id == (place.after or place.before), visible(actor, act))
    numbers, total = keyset.read(found, order, place, row, _whole(actor, act, wanted, found))
    shown = numbers.subquery()
    rows = db.session.execute(
        select(*columns(language), total.label("total"))
        .join(shown, shown.c.id == Authority.id)
        .outerjoin(Country, Country.code == Authority.country_code)
        .order_by(*order.by(backwards=place.is_backwards))
    ).all()
    return Found(keyset.page(rows, place), rows[0].total if rows else 0)


def ids(actor: Actor, act: Act, wanted: Wanted) -> Select[Any]:
    """The numbers of all that the list holds, in no order."""
    return select(Authority.id).where(visible(actor, act, of_mine=wanted.mine), *conditions(actor, wanted))


def _whole(actor: Actor, act: Act, wanted: Wanted, found: Select[Any]) -> Whole | None:
    if words_of(wanted.words):
        return by_words(found, wanted.words)
    if not wanted.mine:
        return None
    link = aliased(AccessManagerLink)
    rest = (visible(actor, act, of_mine=True), *conditions(actor, replace(wanted, mine=False)))
    mine = select(Authority.id).join(link, link.authority_id == Authority.id)
    return Whole(mine.where(link.manager_id == actor.authority_id, *rest))


def columns(language: str) -> tuple[ColumnElement[Any], ...]:
    """What a row of a list shows, in the reader's language where that can be."""
    some = exists().where(ModuleAccess.authority_id == Authority.id)
    return (
        Authority.id.label("id"),
        Authority.public_id.label("public_id"),
        Authority.official_name.label("official_name"),
        Authority.city.label("city"),
        Authority.status.label("status"),
        Authority.confirmed_at.label("confirmed_at"),
        Authority.registered_at.label("registered_at"),
        Country.names.label("country_names"),
        title_in(language).label("title"),
        some.label("has_access"),
        granted().label("has_granted"),
    )


def title_in(language: str) -> ColumnElement[str]:
    """The informal title in the language, else in English, else in any."""
    nearest = case((AuthorityText.language == language, 0), (AuthorityText.language == "en", 1), else_=2)
    title = (
        select(AuthorityText.title)
        .where(AuthorityText.authority_id == Authority.id, AuthorityText.title != "")
        .order_by(nearest, AuthorityText.language)
        .limit(1)
    )
    return func.coalesce(title.correlate(Authority).scalar_subquery(), literal(""))


def shown_status(row: Any) -> ShownStatus:
    """The status as it is shown: suspended is active with access, all of it suspended (§3.1.3)."""
    suspended = row.status == "active" and row.has_access and not row.has_granted
    return ShownStatus.suspended if suspended else ShownStatus(row.status)


def modules_of(rows: Sequence[Any]) -> dict[int, list[tuple[dict[str, str], ModuleRole]]]:
    """The modules to which these authorities have access today, with their role, by the authority's number."""
    found: dict[int, list[tuple[dict[str, str], ModuleRole]]] = {}
    accesses = (
        select(ModuleAccess.authority_id, Module.names, ModuleAccess.role)
        .join(Module, Module.id == ModuleAccess.module_id)
        .where(ModuleAccess.authority_id.in_([row.id for row in rows]), ModuleAccess.status == AccessStatus.granted)
        .order_by(Module.position, Module.id)
    )
    for number, names, role in db.session.execute(accesses):
        found.setdefault(number, []).append((names, role))
    return found
