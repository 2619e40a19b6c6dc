"""A person's own profile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select

from app.extensions import db
from app.models import AccessStatus, ImiUser, LoggedAct, Module, ModuleAccess, UserModuleRole, UserRole
from app.policy.actor import Actor
from app.services import audit


def own(actor: Actor) -> ImiUser:
    """The actor's own account."""
    return db.session.scalars(select(ImiUser).where(ImiUser.id == actor.user_id)).one()


def choose_language(actor: Actor, language: str) -> None:
    """Keep the language in which the person reads pages and mails (R72)."""
    user = db.session.get(ImiUser, actor.user_id, with_for_update=True, populate_existing=True)
    if user is None or user.language == language:
        return
    old, user.language = user.language, language
    db.session.flush()
    audit.record(actor, LoggedAct.language_chosen, user, data={"old": old, "new": language})


def roles_of(actor: Actor) -> Sequence[Row[Module, UserRole]]:
    """The user roles the actor holds in modules to which access is granted, in the modules' order."""
    return db.session.execute(
        select(Module, UserRole)
        .join(UserRole, UserRole.module_id == Module.id)
        .join(UserModuleRole, UserModuleRole.user_role_id == UserRole.id)
        .join(ModuleAccess, ModuleAccess.id == UserModuleRole.access_id)
        .where(UserModuleRole.user_id == actor.user_id, ModuleAccess.status == AccessStatus.granted)
        .order_by(Module.position, UserRole.position)
    ).all()
