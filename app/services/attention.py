"""What waits for a person: authorities that need somebody, told by one condition each.

The start page counts by it and *Koordinerede myndigheder* lists by it, so that a number and its list always agree.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityStatus,
    ImiUser,
    LinkedCoordinator,
    Module,
    ModuleAccess,
    ModuleRole,
)
from app.policy import confirmation
from app.policy.actor import Actor
from app.policy.authorities import is_mine, visible
from app.policy.matrix import Act
from app.settings import setting

REMOVED_WITHIN = timedelta(days=30)


class Attention(StrEnum):
    """Why an authority needs somebody, the most pressing first."""

    no_administrator = "no_administrator"
    password_problems = "password_problems"  # noqa: S105 (a reason)
    no_coordinator = "no_coordinator"
    removed_soon = "removed_soon"
    username_waits = "username_waits"
    one_administrator = "one_administrator"
    no_modules = "no_modules"
    not_confirmed = "not_confirmed"


# A reason that tells more of an authority than that it is there: who may not read it there, is not told it here (R70).
TOLD_TO = {Attention.username_waits: Act.see_username}


def condition(actor: Actor, why: Attention) -> ColumnElement[bool]:
    """Whether an authority of a query over `Authority` needs somebody for that reason, as far as the actor may know."""
    needs = CONDITIONS[why]()
    return and_(needs, visible(actor, TOLD_TO[why])) if why in TOLD_TO else needs


def counts(actor: Actor) -> dict[Attention, int]:
    """How many of the actor's own authorities need somebody, by reason; those with none are left out. One statement."""
    columns = [func.count().filter(condition(actor, why)).label(why.value) for why in Attention]
    mine = select(*columns).select_from(Authority).where(is_mine(actor), visible(actor, Act.find_authorities))
    found = db.session.execute(mine).one()._mapping
    return {why: found[why.value] for why in Attention if found[why.value]}


def of_own(actor: Actor) -> dict[Attention, int]:
    """What an administrator has to see to in his own authority: reasons, and how many users each concerns; the
    authority itself is one."""
    user = aliased(ImiUser)
    mine = select(
        func.count().filter(user.is_administrator.is_(True)), func.count().filter(_cannot_sign_in(user))
    ).where(user.authority_id == actor.authority_id, user.active.is_(True))
    old = exists().where(Authority.id == actor.authority_id, _not_confirmed())
    administrators, locked_out, unconfirmed = db.session.execute(mine.add_columns(old)).one()
    found = {
        Attention.password_problems: locked_out,
        Attention.one_administrator: int(administrators == 1),
        Attention.not_confirmed: int(unconfirmed),
    }
    return {why: count for why, count in found.items() if count}


def _administrators() -> ColumnElement[int]:
    user = aliased(ImiUser)
    of_it = (user.authority_id == Authority.id, user.active.is_(True), user.is_administrator.is_(True))
    return select(func.count(user.id)).where(*of_it).scalar_subquery()


def _no_administrator() -> ColumnElement[bool]:
    user = aliased(ImiUser)
    return and_(
        _active(),
        ~exists().where(user.authority_id == Authority.id, user.active.is_(True), user.is_administrator.is_(True)),
    )


def _one_administrator() -> ColumnElement[bool]:
    return and_(_active(), _administrators() == 1)


def _password_problems() -> ColumnElement[bool]:
    """Begun from the users, of whom few are so, and not from each authority."""
    blocked, waiting = aliased(ImiUser), aliased(ImiUser)
    locked_out = union_all(
        select(blocked.authority_id).where(blocked.active.is_(True), _is_blocked(blocked)),
        select(waiting.authority_id).where(waiting.active.is_(True), _has_run_out(waiting)),
    )
    return and_(_active(), Authority.id.in_(locked_out))


def _cannot_sign_in(user: type[ImiUser]) -> ColumnElement[bool]:
    """Blocked, or a temporary password that has run out: only a reset helps. An old one its user renews himself."""
    return or_(_is_blocked(user), _has_run_out(user))


def _is_blocked(user: type[ImiUser]) -> ColumnElement[bool]:
    return user.blocked_at.is_not(None)


def _has_run_out(user: type[ImiUser]) -> ColumnElement[bool]:
    run_out = or_(user.temporary_password_expires_at.is_(None), user.temporary_password_expires_at <= clock.now())
    return and_(user.password_is_temporary.is_(True), run_out)


def _username_waits() -> ColumnElement[bool]:
    """A first user who can have his username from the receipt only, and has not got it yet (R5)."""
    user = aliased(ImiUser)
    waits = select(user.authority_id).where(
        user.active.is_(True),
        user.is_superuser.is_(True),
        user.first_log_in_at.is_(None),
        user.username_passed_on_at.is_(None),
    )
    return and_(_active(), Authority.id.in_(waits))


def _no_modules() -> ColumnElement[bool]:
    granted = exists().where(ModuleAccess.authority_id == Authority.id, ModuleAccess.status == AccessStatus.granted)
    return and_(_active(), ~granted)


def _no_coordinator() -> ColumnElement[bool]:
    """Access to a module that requires a linked coordinator, and none is there (R33)."""
    linked = exists().where(LinkedCoordinator.access_id == ModuleAccess.id)
    requiring = select(Module.id).where(Module.requires_linked_coordinator.is_(True))
    lacking = select(ModuleAccess.authority_id).where(
        ModuleAccess.module_id.in_(requiring),
        ModuleAccess.status == AccessStatus.granted,
        ModuleAccess.role == ModuleRole.authority,
        ~linked,
    )
    return and_(_active(), Authority.id.in_(lacking))


def _removed_soon() -> ColumnElement[bool]:
    deactivated = Authority.status == AuthorityStatus.deactivated
    return and_(deactivated, Authority.purge_on <= clock.today() + REMOVED_WITHIN)


def _not_confirmed() -> ColumnElement[bool]:
    """Data that nobody has said to be right for a year (R93)."""
    return confirmation.old(setting("CONFIRMATION_MONTHS"))


def _active() -> ColumnElement[bool]:
    return Authority.status == AuthorityStatus.active


CONDITIONS: dict[Attention, Callable[[], ColumnElement[bool]]] = {
    Attention.no_administrator: _no_administrator,
    Attention.password_problems: _password_problems,
    Attention.no_coordinator: _no_coordinator,
    Attention.removed_soon: _removed_soon,
    Attention.username_waits: _username_waits,
    Attention.one_administrator: _one_administrator,
    Attention.no_modules: _no_modules,
    Attention.not_confirmed: _not_confirmed,
}
