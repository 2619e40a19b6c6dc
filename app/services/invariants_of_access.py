"""What must never be so of module access, and of the master data it rests on (R75)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from app.clock import today
from app.i18n import _l
from app.models import (
    AccessStatus,
    Authority,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    LinkedCoordinator,
    ListScope,
    Module,
    ModuleAccess,
    ModuleAccessClassification,
    ModuleClassificationList,
    ModuleRole,
)
from app.policy.authorities import REGISTERED
from app.services.invariant import never, offending

_granted = ModuleAccess.status == AccessStatus.granted


def _accesses() -> Select[Any]:
    """Accesses with their modules and authorities, joined."""
    joined = offending(ModuleAccess.id, ModuleAccess.authority_id).join(Module, Module.id == ModuleAccess.module_id)
    return joined.join(Authority, Authority.id == ModuleAccess.authority_id)


@never("R33", "module_access", _l("An access lacks the linked coordinator that its module requires."))
def required_coordinator_missing() -> Select[Any]:
    """That the coordinator is granted stands in the keys; that its body is active follows from the next invariants."""
    linked = exists().where(LinkedCoordinator.access_id == ModuleAccess.id)
    required = Module.requires_linked_coordinator.is_(True)
    return _accesses().where(_granted, ModuleAccess.role == ModuleRole.authority, required, ~linked)


@never("R58", "module_access", _l("A deactivated authority has access that is not suspended."))
def access_granted_to_a_deactivated_authority() -> Select[Any]:
    """So nobody is linked to a coordinator that is deactivated, and no removal meets dependants (R39)."""
    return _accesses().where(_granted, Authority.status == AuthorityStatus.deactivated)


@never("R18", "module_access", _l("An authority has access to a module before it is registered."))
def access_before_registration() -> Select[Any]:
    return _accesses().where(Authority.status.not_in(REGISTERED))


@never("R41", "module_access", _l("An access is granted in a module before its first day, or after it was retired."))
def access_granted_in_a_module_out_of_use() -> Select[Any]:
    """On the day itself the system may still be suspending the accesses."""
    return _accesses().where(_granted, or_(Module.active_from > today(), Module.retired_from < today()))


@never("R32", "module_access", _l("An authority is coordinator in a module that has no coordinators."))
def coordinator_where_none_is_offered() -> Select[Any]:
    return _accesses().where(ModuleAccess.role == ModuleRole.coordinator, Module.offers_coordinator.is_(False))


@never("R32", "module_access", _l("An access has settings that its module does not have."))
def settings_where_none_are_offered() -> Select[Any]:
    any_set = or_(ModuleAccess.approval.is_(True), ModuleAccess.refusal.is_(True), ModuleAccess.allocation.is_(True))
    return _accesses().where(any_set, Module.has_request_settings.is_(False))


@never("R32", "module_access", _l("An access is described by an entry of a list that does not belong to its module."))
def access_with_entry_of_another_list() -> Select[Any]:
    offered = exists().where(
        ModuleClassificationList.module_id == ModuleAccess.module_id,
        ModuleClassificationList.list_id == ClassificationEntry.list_id,
    )
    chosen = _accesses().join(ModuleAccessClassification, ModuleAccessClassification.access_id == ModuleAccess.id)
    return chosen.join(ClassificationEntry, ClassificationEntry.id == ModuleAccessClassification.entry_id).where(
        ~offered
    )


@never("R32", "module", _l("A module uses a list that is meant for authorities."))
def module_with_a_general_list() -> Select[Any]:
    joined = offending(ModuleClassificationList.module_id)
    return joined.join(ClassificationList, ClassificationList.id == ModuleClassificationList.list_id).where(
        ClassificationList.scope != ListScope.module
    )


@never("R32", "classification_entry", _l("An entry stands below another in a list that has no levels."))
def entry_below_another_in_a_flat_list() -> Select[Any]:
    joined = offending(ClassificationEntry.id).join(ClassificationEntry.list)
    return joined.where(ClassificationEntry.parent_id.is_not(None), ClassificationList.hierarchical.is_(False))


@never("R32", "classification_entry", _l("An entry of a list stands below itself."))
def entry_below_itself() -> Select[Any]:
    """UNION, not UNION ALL: each pair comes once, so that a circle ends."""
    parent = aliased(ClassificationEntry)
    below = ClassificationEntry.parent_id.is_not(None)
    pairs = select(ClassificationEntry.id.label("id"), ClassificationEntry.parent_id.label("above")).where(below)
    walk = pairs.cte("ancestors", recursive=True)
    further = select(walk.c.id, parent.parent_id).join(parent, parent.id == walk.c.above)
    ancestors = walk.union(further.where(parent.parent_id.is_not(None)))
    return offending(ancestors.c.id).where(ancestors.c.id == ancestors.c.above)


ACCESS = (
    required_coordinator_missing,
    access_granted_to_a_deactivated_authority,
    access_before_registration,
    access_granted_in_a_module_out_of_use,
    coordinator_where_none_is_offered,
    settings_where_none_are_offered,
    access_with_entry_of_another_list,
    module_with_a_general_list,
    entry_below_another_in_a_flat_list,
    entry_below_itself,
)
