"""The list of users of the authorities that an access manager finds (R20, R56), one page at a time.

It holds the users of *Koordinerede myndigheder*, who are found by name and address and never by a username (R44).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import db
from app.models import AccessManagerLink, Authority, Country, ImiUser, Module, UserModuleRole
from app.policy.actor import Actor
from app.policy.authorities import is_mine, visible
from app.policy.matrix import Act
from app.policy.passwords import PasswordStatus, oldest_in_force
from app.services import keyset
from app.services.keyset import Found, Order, Place, Whole
from app.services.word_search import by_words, holding, words_of

BY_NAME = (ImiUser.sort_key, ImiUser.id)
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "last_name": BY_NAME,
    "authority": (Authority.sort_key, *BY_NAME),
}


class LogIn(StrEnum):
    """Whether somebody has ever signed in (§3.2.1)."""

    new = "new"
    active = "active"


@dataclass(frozen=True)
class WantedUsers:
    """What is asked for; what is left empty narrows nothing. `module` and `country` are codes."""

    words: str = ""
    mine: bool = False
    log_in: LogIn | None = None
    password: PasswordStatus | None = None
    administrators_only: bool = False
    module: str = ""
    country: str = ""


def find(actor: Actor, wanted: WantedUsers, order: tuple[str, bool], place: Place) -> Found:
    """The page that is asked for, else the first; as `authority_lists.find`."""
    by = Order(ORDERS[order[0]], order[1])
    return keyset.found_at(place, lambda at: _read(actor, wanted, by, at))


def _read(actor: Actor, wanted: WantedUsers, order: Order, place: Place) -> Found:
    found = ids(actor, wanted)
    row = _users(actor).where(ImiUser.public_id == (place.after or place.before))
    numbers, total = keyset.read(found, order, place, row, _whole(actor, wanted, found))
    shown = numbers.subquery()
    rows = db.session.execute(
        select(*COLUMNS, total.label("total"))
        .join(shown, shown.c.id == ImiUser.id)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .outerjoin(Country, Country.code == Authority.country_code)
        .order_by(*order.by(backwards=place.is_backwards))
    ).all()
    return Found(keyset.page(rows, place), rows[0].total if rows else 0)


def ids(actor: Actor, wanted: WantedUsers) -> Select[Any]:
    """The numbers of all that the list holds, in no order."""
    return _users(actor, of_mine=wanted.mine).where(*_conditions(actor, wanted))


def ids_to_export(actor: Actor, wanted: WantedUsers) -> Select[Any]:
    """Of these, the users of the authorities on which the actor acts: he may read of more than he exports (R71)."""
    return ids(actor, wanted).where(visible(actor, Act.export_users))


def leaves_out(actor: Actor, wanted: WantedUsers) -> bool:
    """Whether the list shows users whom the actor does not export."""
    others = ids(actor, wanted).where(not_(visible(actor, Act.export_users)))
    return bool(db.session.scalar(select(others.exists())))


def _whole(actor: Actor, wanted: WantedUsers, found: Select[Any]) -> Whole | None:
    if words_of(wanted.words):
        return by_words(found, wanted.words)
    if not wanted.mine:
        return None
    link = aliased(AccessManagerLink)
    mine = _users(actor, of_mine=True).join(link, link.authority_id == Authority.id)
    rest = _conditions(actor, replace(wanted, mine=False))
    return Whole(mine.where(link.manager_id == actor.authority_id, *rest))


def _users(actor: Actor, *, of_mine: bool = False) -> Select[Any]:
    """Users in the reader's scope; who is removed is in no list (R49)."""
    found = select(ImiUser.id).join(Authority, Authority.id == ImiUser.authority_id)
    reached = (visible(actor, act, of_mine=of_mine) for act in (Act.find_authorities, Act.read_users))
    active: ColumnElement[bool] = ImiUser.active.is_(True)
    if db.session.get_bind().dialect.name == "sqlite":
        active = func.unlikely(active)  # else it reads all authorities into a filter first, for 26 users
    return found.where(*reached, active)


COLUMNS = (
    ImiUser.id.label("id"),
    ImiUser.public_id.label("public_id"),
    ImiUser.first_name.label("first_name"),
    ImiUser.last_name.label("last_name"),
    ImiUser.email_address.label("email_address"),
    ImiUser.phone.label("phone"),
    ImiUser.is_administrator.label("is_administrator"),
    ImiUser.first_log_in_at.label("first_log_in_at"),
    ImiUser.last_log_in_at.label("last_log_in_at"),
    ImiUser.password_is_temporary.label("password_is_temporary"),
    ImiUser.password_set_at.label("password_set_at"),
    ImiUser.temporary_password_expires_at.label("temporary_password_expires_at"),
    ImiUser.blocked_at.label("blocked_at"),
    Authority.public_id.label("authority_public_id"),
    Authority.official_name.label("authority_name"),
    Country.names.label("country_names"),
)


def _conditions(actor: Actor, wanted: WantedUsers) -> Sequence[ColumnElement[bool]]:
    found = holding(ImiUser, wanted.words)
    if wanted.mine:
        found.append(is_mine(actor))
    if wanted.country:
        found.append(Authority.country_code == wanted.country)
    if wanted.administrators_only:
        found.append(ImiUser.is_administrator.is_(True))
    if wanted.log_in:
        new = ImiUser.first_log_in_at.is_(None)
        found.append(new if wanted.log_in is LogIn.new else not_(new))
    if wanted.password:
        found.append(has_password(wanted.password))
    if wanted.module:
        found.append(_has_role_in(wanted.module))
    return found


def has_password(status: PasswordStatus) -> ColumnElement[bool]:
    """Whose password stands so at this moment: the rows of which `policy.passwords.status_of` says it."""
    blocked, temporary = ImiUser.blocked_at.is_not(None), ImiUser.password_is_temporary.is_(True)
    until, oldest = ImiUser.temporary_password_expires_at, oldest_in_force(clock.now())
    run_out = or_(until.is_(None), until <= clock.now())
    old = or_(ImiUser.password_set_at.is_(None), ImiUser.password_set_at < oldest) if oldest else false()
    match status:
        case PasswordStatus.blocked:
            return blocked
        case PasswordStatus.temporary:
            return and_(not_(blocked), temporary, not_(run_out))
        case PasswordStatus.expired:
            return and_(not_(blocked), or_(and_(temporary, run_out), and_(not_(temporary), old)))
        case PasswordStatus.valid:
            return and_(not_(blocked), not_(temporary), not_(old))


def _has_role_in(module: str) -> ColumnElement[bool]:
    held = aliased(UserModuleRole)
    number = select(Module.id).where(Module.code == module).scalar_subquery()
    return exists().where(held.user_id == ImiUser.id, held.module_id == number)
