"""What must never be so of users, their roles, passwords and sessions, and of mails that hold secrets (R75)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import db
from app.i18n import _l
from app.models import (
    AccessStatus,
    Authority,
    ImiUser,
    Model,
    ModuleAccess,
    ModuleRole,
    OutgoingMail,
    RetiredUsername,
    Setting,
    UserModuleRole,
    UserRole,
    UserSession,
)
from app.policy.authorities import REGISTERED
from app.services.invariant import Offender, in_batches, never, never_in_python, offending
from app.services.usernames import hash_of
from app.settings import setting

SWEPT_WITHIN = timedelta(days=1)  # the sweep comes every few seconds; a day without one is a fault
_FRAMEWORK = Model.metadata.tables
_roles_of_users, _groups_of_users = _FRAMEWORK["ab_user_role"], _FRAMEWORK["ab_user_group"]


def _users() -> Select[Any]:
    return offending(ImiUser.id, ImiUser.authority_id)


def _roles_held() -> Select[Any]:
    """Users with the roles they hold, and the accesses that these rest on."""
    joined = _users().join(UserModuleRole, UserModuleRole.user_id == ImiUser.id)
    joined = joined.join(UserRole, UserRole.id == UserModuleRole.user_role_id)
    return joined.join(ModuleAccess, ModuleAccess.id == UserModuleRole.access_id)


@never("R18", "user", _l("There is a user of an authority that is not registered."))
def account_before_registration() -> Select[Any]:
    joined = _users().join(Authority, Authority.id == ImiUser.authority_id)
    return joined.where(Authority.status.not_in(REGISTERED))


@never("R3", "user", _l("An authority has a second first user."))
def second_superuser() -> Select[Any]:
    earlier = aliased(ImiUser)
    before = exists().where(
        earlier.authority_id == ImiUser.authority_id,
        earlier.is_superuser.is_(True),
        earlier.active.is_(True),
        earlier.id < ImiUser.id,
    )
    return _users().where(ImiUser.is_superuser.is_(True), ImiUser.active.is_(True), before)


@never("R2", "user", _l("A user lacks a name or an e-mail address, or a first user the telephone number."))
def user_who_cannot_be_reached() -> Select[Any]:
    blank = or_(*(func.trim(column) == "" for column in (ImiUser.first_name, ImiUser.last_name, ImiUser.email_address)))
    silent = and_(ImiUser.is_superuser.is_(True), func.trim(ImiUser.phone) == "")
    return _users().where(ImiUser.active.is_(True), or_(blank, silent))


@never("R70", "user", _l("A real e-mail address stands where only made-up ones may."))
def real_address_in_the_framework() -> Select[Any]:
    return _users().where(ImiUser.email.not_like("%@user.invalid"))


@never("R50", "user", _l("A user has a stored role of the framework: here, roles are computed."))
def stored_role() -> Select[Any]:
    role = exists().where(_roles_of_users.c.user_id == ImiUser.id)
    return _users().where(or_(role, exists().where(_groups_of_users.c.user_id == ImiUser.id)))


@never("R34", "user", _l("A user holds a role that does not go with the role of his authority in the module."))
def user_role_of_another_module_role() -> Select[Any]:
    """Of granted access only: suspended access keeps what users had, and may change its role meanwhile (R36, R38)."""
    misfit = or_(
        and_(ModuleAccess.role == ModuleRole.authority, UserRole.for_authority.is_(False)),
        and_(ModuleAccess.role == ModuleRole.coordinator, UserRole.for_coordinator.is_(False)),
    )
    return _roles_held().where(ModuleAccess.status == AccessStatus.granted, misfit)


@never("R35", "user", _l("A user holds a role that needs a setting which the access does not have."))
def user_role_without_its_setting() -> Select[Any]:
    lacking = (and_(UserRole.needs_setting == one, getattr(ModuleAccess, one.value).is_(False)) for one in Setting)
    return _roles_held().where(or_(*lacking))


@never("R49", "user", _l("A removed user still holds roles in modules, or is signed in."))
def removed_user_with_roles_or_sessions() -> Select[Any]:
    role = exists().where(UserModuleRole.user_id == ImiUser.id)
    return _users().where(ImiUser.active.is_(False), or_(role, exists().where(UserSession.user_id == ImiUser.id)))


@never("R54", "user", _l("A user has no password, a temporary one without an end, or a chosen one with one."))
def password_state_that_contradicts_itself() -> Select[Any]:
    none = or_(func.coalesce(ImiUser.password, "") == "", ImiUser.password_set_at.is_(None))
    temporary, ends = ImiUser.password_is_temporary.is_(True), ImiUser.temporary_password_expires_at.is_not(None)
    return _users().where(ImiUser.active.is_(True), or_(none, and_(temporary, ~ends), and_(~temporary, ends)))


@never("R55", "user", _l("A password is not blocked although it was given wrongly too often."))
def password_that_should_be_blocked() -> Select[Any]:
    """Not the reverse: a password is also blocked without failures (R79). Lowering the setting finds those above it."""
    most = setting("FAILED_LOG_INS_BEFORE_BLOCK")
    return _users().where(ImiUser.active.is_(True), ImiUser.failed_log_ins >= most, ImiUser.blocked_at.is_(None))


@never("R56", "user", _l("A user has signed in and still counts as one who never did."))
def signed_in_but_new() -> Select[Any]:
    return _users().where(ImiUser.first_log_in_at.is_(None), ImiUser.last_log_in_at.is_not(None))


@never("R87", "outgoing_mail", _l("A mail holds a secret that is past its life, or that has no end."))
def secret_past_its_life() -> Select[Any]:
    over = or_(OutgoingMail.expires_at.is_(None), OutgoingMail.expires_at < clock.now() - SWEPT_WITHIN)
    return offending(OutgoingMail.id, OutgoingMail.authority_id).where(
        OutgoingMail.holds_secret.is_(True), OutgoingMail.body.is_not(None), over
    )


@never_in_python("R44", "user", _l("A username is in use that was in use before and must not come back."))
def username_that_was_retired() -> Iterator[Offender]:
    """In Python: retired usernames are remembered as keyed hashes, and the key is in no database."""
    if db.session.scalar(select(RetiredUsername.username_hash).limit(1)) is None:
        return
    for rows in in_batches(ImiUser.id, select(ImiUser.id, ImiUser.authority_id, ImiUser.username)):
        hashes = [hash_of(row.username) for row in rows]
        retired = select(RetiredUsername.username_hash).where(RetiredUsername.username_hash.in_(hashes))
        found = frozenset(db.session.scalars(retired))
        yield from ((row.id, row.authority_id) for row, hashed in zip(rows, hashes, strict=True) if hashed in found)


USERS = (
    account_before_registration,
    second_superuser,
    user_who_cannot_be_reached,
    real_address_in_the_framework,
    stored_role,
    user_role_of_another_module_role,
    user_role_without_its_setting,
    removed_user_with_roles_or_sessions,
    password_state_that_contradicts_itself,
    password_that_should_be_blocked,
    signed_in_but_new,
    secret_past_its_life,
    username_that_was_retired,
)
