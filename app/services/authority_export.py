"""*Koordinerede myndigheder* as a file (R71)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from app.extensions import db
from app.i18n import _, _l
from app.i18n.things import AUTHORITY_STATUS, MODULE_ROLE
from app.models import AccessManagerLink, Authority, Country, name_in
from app.policy.actor import Actor
from app.policy.calendar import day_of
from app.policy.identifiers import OTHER, scheme_of
from app.policy.matrix import Act
from app.services import authority_lists
from app.services.authority_filters import Wanted
from app.services.exports import Column, Export, What, batches
from app.services.keyset import Order


@dataclass(frozen=True)
class Line:
    """An authority, with what stands beside it in words."""

    row: Any
    country: str
    modules: str
    managers: str


def _identifier(line: Line) -> str:
    row = line.row
    scheme = scheme_of(row.country_code, row.identifier_scheme)
    name = scheme.name if scheme else _("Another number") if row.identifier_scheme == OTHER else row.identifier_scheme
    return f"{name} {row.identifier_value}" if row.identifier_value else ""


COLUMNS = (
    Column(_l("Official name"), 40, lambda line: line.row.official_name),
    Column(_l("Informal title"), 40, lambda line: line.row.title),
    Column(_l("Country"), 12, lambda line: line.country),
    Column(_l("City"), 20, lambda line: line.row.city),
    Column(_l("Postal code"), 12, lambda line: line.row.postal_code),
    Column(_l("Street and number"), 28, lambda line: line.row.street),
    Column(_l("Telephone"), 18, lambda line: line.row.phone),
    Column(_l("E-mail"), 32, lambda line: line.row.email),
    Column(_l("Website"), 32, lambda line: line.row.website),
    Column(_l("Identifier"), 24, _identifier),
    Column(_l("Status"), 14, lambda line: str(AUTHORITY_STATUS[authority_lists.shown_status(line.row)][0])),
    Column(_l("Modules"), 50, lambda line: line.modules),
    Column(_l("Access managers"), 40, lambda line: line.managers),
    Column(_l("Data confirmed"), 14, lambda line: line.row.confirmed_at and day_of(line.row.confirmed_at)),
    Column(_l("Registered"), 14, lambda line: day_of(line.row.registered_at)),
)


def of(wanted: Wanted, order: tuple[str, bool], language: str) -> Export:
    """The list as it is asked for, whole; with the words of one language."""
    return Export(
        What.authorities,
        _filters(wanted),
        COLUMNS,
        found=partial(authority_lists.ids, act=Act.find_authorities, wanted=wanted),
        read=partial(_read, wanted=wanted, order=order, language=language),
    )


def _filters(wanted: Wanted) -> dict[str, str]:
    chosen = {
        "mine": "yes" if wanted.mine else "no",
        "words": "yes" if wanted.words.strip() or wanted.manager.strip() or wanted.entry_ids is not None else "",
        "show": wanted.why or "",
        "status": wanted.status or "",
        "module": wanted.module,
        "role": wanted.role or "",
        "country": wanted.country,
    }
    return {name: str(value) for name, value in chosen.items() if value}


def _read(actor: Actor, wanted: Wanted, order: tuple[str, bool], language: str) -> Iterator[Line]:
    for rows in batches(_query(actor, wanted, Order(authority_lists.ORDERS[order[0]], order[1]), language)):
        modules, managers = authority_lists.modules_of(rows), _managers_of(rows)
        for row in rows:
            yield Line(
                row,
                country=name_in(row.country_names, language) if row.country_names else "",
                modules="; ".join(
                    f"{name_in(names, language)} ({MODULE_ROLE[role]})" for names, role in modules.get(row.id, ())
                ),
                managers="; ".join(managers.get(row.id, ())),
            )


def _query(actor: Actor, wanted: Wanted, order: Order, language: str) -> Select[Any]:
    found = authority_lists.ids(actor, Act.find_authorities, wanted).subquery()
    more = (
        *(Authority.country_code, Authority.street, Authority.postal_code, Authority.phone, Authority.email),
        *(Authority.website, Authority.identifier_scheme, Authority.identifier_value),
    )
    return (
        select(*authority_lists.columns(language), *more)
        .join(found, found.c.id == Authority.id)
        .outerjoin(Country, Country.code == Authority.country_code)
        .order_by(*order.by())
    )


def _managers_of(rows: Sequence[Any]) -> dict[int, list[str]]:
    """The names of the access managers, by the authority's number."""
    managers = (
        select(AccessManagerLink.authority_id, Authority.official_name)
        .join(Authority, Authority.id == AccessManagerLink.manager_id)
        .where(AccessManagerLink.authority_id.in_([row.id for row in rows]))
        .order_by(Authority.sort_key, Authority.id)
    )
    found: dict[int, list[str]] = {}
    for number, name in db.session.execute(managers):
        found.setdefault(number, []).append(name)
    return found
