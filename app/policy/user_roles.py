"""Which user roles of a module go with an access: by the authority's role and its settings (R34, R35)."""

from __future__ import annotations

from collections.abc import Collection

from app.models import ModuleRole, Setting, UserRole


def fits(role: UserRole, module_role: ModuleRole, settings: Collection[Setting]) -> bool:
    """Whether users of an authority with this role and these settings can hold the user role."""
    for_role = role.for_coordinator if module_role is ModuleRole.coordinator else role.for_authority
    return for_role and (role.needs_setting is None or role.needs_setting in settings)
