"""Passing on the username of a first user: shown to who may, told by another channel than mail, marked as told (R5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.errors import Conflict, InvalidInput, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import AuditEvent, Authority, ImiUser, LoggedAct, PassedOnHow
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.matrix import Act
from app.services import audit, authorities


@dataclass(frozen=True)
class PassedOn:
    """That the username has been told: how, when, and by whom, where he is still there."""

    how: str
    at: datetime
    by: str


def reveal(actor: Actor, authority: Authority) -> ImiUser:
    """The first user of an authority with his username, for the receipt; the look is logged, the username is not.

    NotFound where the actor may not see it; Conflict once the user has logged in or it is marked as passed on (R5).
    """
    user = _first_user(actor, authority)
    if has_it(user):
        raise Conflict(
            _l("The username is no longer shown here, because the user has it already. If it is lost, change it.")
        )
    audit.record(
        actor, LoggedAct.username_shown, user, authority=authority, outside_own=_is_outside_own(actor, authority)
    )
    return user


def mark(actor: Actor, authority: Authority, how: str, at: datetime) -> ImiUser:
    """Note that the user has been told his username; from then on it is shown to nobody.

    NotFound where the actor may not see it; Conflict where a colleague has noted it, where the user has signed in, and
    where nobody has looked at it yet: marked by mistake, it would be out of reach. InvalidInput for a way or a
    moment that cannot be.
    """
    user = _first_user(actor, authority)
    _refuse_where_done(user)
    if not was_shown(user):
        raise Conflict(_l("Nobody has looked at the username yet, so it cannot have been passed on. Show it first."))
    _refuse_impossible(user, how, at)
    user.username_passed_on_at, user.username_passed_on_how = at, how
    db.session.flush()
    data = {"how": how, "when": at.isoformat()}
    outside_own = _is_outside_own(actor, authority)
    audit.record(actor, LoggedAct.username_passed_on, user, authority=authority, data=data, outside_own=outside_own)
    return user


def _first_user(actor: Actor, authority: Authority) -> ImiUser:
    """The superuser, locked: a log-in or a colleague at the same moment comes before or after."""
    user: ImiUser | None = db.session.scalar(
        select(ImiUser)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .where(
            ImiUser.authority_id == authority.id,
            ImiUser.is_superuser,
            ImiUser.active.is_(True),
            visible(actor, Act.see_username),
        )
        .order_by(ImiUser.id)
        .limit(1)
        .with_for_update(of=ImiUser)
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFound
    return user


def has_it(user: ImiUser) -> bool:
    """Whether the user has his username, so that it is no longer shown."""
    return user.first_log_in_at is not None or user.username_passed_on_at is not None


def _refuse_where_done(user: ImiUser) -> None:
    if user.username_passed_on_at is not None:
        raise Conflict(_l("A colleague has already marked the username as passed on."))
    if user.first_log_in_at is not None:
        raise Conflict(_l("The user has already signed in, so there is nothing left to mark."))


def was_shown(user: ImiUser) -> bool:
    """Whether anybody has looked at the username on a receipt."""
    looks = select(AuditEvent.id).where(
        AuditEvent.act == LoggedAct.username_shown,
        AuditEvent.subject_kind == ImiUser.__tablename__,
        AuditEvent.subject_id == user.id,
    )
    return db.session.scalar(looks.limit(1)) is not None


def _refuse_impossible(user: ImiUser, how: str, at: datetime) -> None:
    problems: dict[str, object] = {}
    if how not in set(PassedOnHow):
        problems["how"] = _l("Choose how you passed on the username.")
    if at > clock.now():
        problems["at"] = _l("This moment is in the future. Write when you passed on the username.")
    if at < user.registered_at.replace(second=0, microsecond=0):
        problems["at"] = _l("This is before the user was registered. Write when you passed on the username.")
    if problems:
        raise InvalidInput(_l("Some fields must be corrected. Nothing has been saved yet."), problems)


def _is_outside_own(actor: Actor, authority: Authority) -> bool:
    return authority.id != actor.authority_id and not authorities.is_of(actor, authority)


def passed_on(user: ImiUser) -> PassedOn | None:
    """How and when it was told, and by whom as the log says; None where nobody has noted it."""
    if user.username_passed_on_at is None:
        return None
    who = db.session.scalar(
        select(ImiUser)
        .join(AuditEvent, AuditEvent.actor_user_id == ImiUser.id)
        .where(
            AuditEvent.act == LoggedAct.username_passed_on,
            AuditEvent.subject_kind == ImiUser.__tablename__,
            AuditEvent.subject_id == user.id,
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return PassedOn(user.username_passed_on_how, user.username_passed_on_at, who.full_name if who else "")
