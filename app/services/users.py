"""Users of an authority, as its pages show them."""

from __future__ import annotations

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import AccessStatus, Authority, ImiUser, Module, ModuleAccess, UserModuleRole, UserRole, name_in
from app.policy.passwords import PasswordState, PasswordStatus, status_of


def password_status(user: ImiUser) -> PasswordStatus:
    """The state of the password at this moment (R56)."""
    state = PasswordState(
        user.password_is_temporary, user.password_set_at, user.temporary_password_expires_at, user.blocked_at
    )
    return status_of(state, clock.now())


def roles_in_words(authority: Authority, language: str) -> dict[int, str]:
    """By user: "module: role, role; …" for the modules to which access is granted, in one statement."""
    rows = db.session.execute(
        select(UserModuleRole.user_id, Module.names, UserRole.names)
        .join(UserRole, UserRole.id == UserModuleRole.user_role_id)
        .join(Module, Module.id == UserModuleRole.module_id)
        .join(ModuleAccess, ModuleAccess.id == UserModuleRole.access_id)
        # By the accesses of the authority: no index begins with the authority of a role.
        .where(UserModuleRole.authority_id == ModuleAccess.authority_id)
        .where(ModuleAccess.authority_id == authority.id, ModuleAccess.status == AccessStatus.granted)
        .order_by(UserModuleRole.user_id, Module.position, UserRole.position)
    )
    found: dict[int, dict[str, list[str]]] = {}
    for user_id, module, role in rows:
        found.setdefault(user_id, {}).setdefault(name_in(module, language), []).append(name_in(role, language))
    return {
        user_id: "; ".join(f"{module}: {', '.join(roles)}" for module, roles in modules.items())
        for user_id, modules in found.items()
    }
