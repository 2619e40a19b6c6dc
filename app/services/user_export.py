"""The users of coordinated authorities as a file: never with a username, a secret or a number of ours (R44, R71)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from app.i18n import _l
from app.i18n.exports import YES_OR_NO
from app.i18n.passwords import STATUS
from app.i18n.things import LOG_IN_STATUS
from app.models import Authority, Country, ImiUser, name_in
from app.policy.actor import Actor
from app.policy.calendar import day_of
from app.services import user_lists, users
from app.services.exports import Column, Export, What, batches
from app.services.keyset import Order
from app.services.user_lists import WantedUsers

Line = tuple[Any, str]  # the row, and its country in words

COLUMNS = (
    Column(_l("First name"), 20, lambda line: line[0].first_name),
    Column(_l("Last name"), 24, lambda line: line[0].last_name),
    Column(_l("E-mail"), 32, lambda line: line[0].email_address),
    Column(_l("Telephone"), 18, lambda line: line[0].phone),
    Column(_l("Authority"), 40, lambda line: line[0].authority_name),
    Column(_l("City"), 20, lambda line: line[0].city),
    Column(_l("Country"), 12, lambda line: line[1]),
    Column(_l("Administrator"), 14, lambda line: str(YES_OR_NO[line[0].is_administrator])),
    Column(_l("Log-in"), 12, lambda line: str(LOG_IN_STATUS["active" if line[0].first_log_in_at else "new"][0])),
    Column(_l("Password"), 14, lambda line: str(STATUS[users.password_status(line[0])][0])),
    Column(_l("Last log-in"), 14, lambda line: line[0].last_log_in_at and day_of(line[0].last_log_in_at)),
)


def of(wanted: WantedUsers, order: tuple[str, bool], language: str) -> Export:
    """The list as it is asked for, whole; with the words of one language."""
    return Export(
        What.users,
        _filters(wanted),
        COLUMNS,
        found=partial(user_lists.ids_to_export, wanted=wanted),
        read=partial(_read, wanted=wanted, order=order, language=language),
    )


def _filters(wanted: WantedUsers) -> dict[str, str]:
    chosen = {
        "mine": "yes" if wanted.mine else "no",
        "words": "yes" if wanted.words.strip() else "",
        "login": wanted.log_in or "",
        "password": wanted.password or "",
        "administrators": "yes" if wanted.administrators_only else "",
        "module": wanted.module,
        "country": wanted.country,
    }
    return {name: str(value) for name, value in chosen.items() if value}


def _read(actor: Actor, wanted: WantedUsers, order: tuple[str, bool], language: str) -> Iterator[Line]:
    for rows in batches(_query(actor, wanted, Order(user_lists.ORDERS[order[0]], order[1]))):
        for row in rows:
            yield row, name_in(row.country_names, language) if row.country_names else ""


def _query(actor: Actor, wanted: WantedUsers, order: Order) -> Select[Any]:
    found = user_lists.ids_to_export(actor, wanted).subquery()
    return (
        select(*user_lists.COLUMNS, Authority.city.label("city"))
        .join(found, found.c.id == ImiUser.id)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .outerjoin(Country, Country.code == Authority.country_code)
        .order_by(*order.by())
    )
