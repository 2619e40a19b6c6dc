"""Which user roles of a module go with an access."""

from __future__ import annotations

import pytest

from app.models import ModuleRole, Setting, UserRole
from app.policy.user_roles import fits

ALL = frozenset(Setting)


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("for_authority", "for_coordinator", "as_authority", "as_coordinator"),
    [(True, True, True, True), (True, False, True, False), (False, True, False, True), (False, False, False, False)],
)
def test_a_user_role_goes_with_the_role_of_the_authority(
    for_authority: bool, for_coordinator: bool, as_authority: bool, as_coordinator: bool
) -> None:
    role = UserRole(for_authority=for_authority, for_coordinator=for_coordinator)
    for settings in (frozenset[Setting](), ALL):
        assert fits(role, ModuleRole.authority, settings) is as_authority
        assert fits(role, ModuleRole.coordinator, settings) is as_coordinator


@pytest.mark.rule("R35")
@pytest.mark.parametrize("needed", Setting)
def test_a_user_role_that_needs_a_setting_goes_with_that_setting_only(needed: Setting) -> None:
    role = UserRole(for_authority=True, for_coordinator=False, needs_setting=needed)
    assert fits(role, ModuleRole.authority, {needed})
    assert not fits(role, ModuleRole.authority, ALL - {needed})
    assert not fits(role, ModuleRole.authority, ())
    assert not fits(role, ModuleRole.coordinator, ALL)  # the setting opens nothing to the other role
