"""Access of authorities to modules: what can be granted, and granting it (§2.1.2, R31–R34)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.errors import Conflict, InvalidInput, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import (
    AccessStatus,
    Authority,
    AuthorityStatus,
    ClassificationEntry,
    ImiUser,
    LinkedCoordinator,
    LoggedAct,
    Module,
    ModuleAccess,
    ModuleRole,
    Setting,
    UserModuleRole,
)
from app.policy.actor import Actor
from app.policy.authorities import Target, may
from app.policy.matrix import Act
from app.policy.user_roles import fits
from app.services import audit, authorities, coordinators
from app.services.conflicts import refusing
from app.services.entered_text import Entries
from app.services.reference_lists import is_open_today


@dataclass(frozen=True)
class GrantChoices:
    """What is chosen at a grant, as the module offers it (R32)."""

    role: ModuleRole = ModuleRole.authority
    entry_ids: frozenset[int] = frozenset()
    settings: frozenset[Setting] = frozenset()
    coordinator_ids: frozenset[uuid.UUID] = field(default_factory=frozenset)
    reason: str = ""


def grantable(actor: Actor, authority: Authority, target: Target) -> Sequence[Module]:
    """The modules that the actor can grant the authority today and that it has no access to yet (R31)."""
    had = select(ModuleAccess.module_id).where(ModuleAccess.authority_id == authority.id)
    modules = db.session.scalars(
        select(Module)
        .where(is_open_today(), Module.id.not_in(had))
        .options(joinedload(Module.area))
        .order_by(Module.position)
    ).all()
    return [module for module in modules if may(actor, Act.grant_modules, target, module.id)]


def has_access(authority: Authority, module: Module) -> bool:
    """Whether the authority has or had access to the module."""
    mine = select(ModuleAccess.id).where(ModuleAccess.authority_id == authority.id, ModuleAccess.module_id == module.id)
    return db.session.scalar(mine) is not None


def module_by_code(code: str) -> Module:
    """The module with its lists and user roles; NotFound for an unknown code."""
    if not code.isprintable():  # PostgreSQL takes no NUL, and no code has one
        raise NotFound
    module: Module | None = db.session.scalar(
        select(Module)
        .where(Module.code == code)
        .options(selectinload(Module.classification_lists), selectinload(Module.user_roles))
    )
    if module is None:
        raise NotFound
    return module


def entries_for(module: Module) -> Sequence[ClassificationEntry]:
    """The entries of the module's lists that can be chosen today."""
    lists = [classification_list.id for classification_list in module.classification_lists]
    return db.session.scalars(
        select(ClassificationEntry)
        .where(ClassificationEntry.list_id.in_(lists), ClassificationEntry.active.is_(True))
        .order_by(ClassificationEntry.list_id, ClassificationEntry.position)
    ).all()


def grant(actor: Actor, public_id: uuid.UUID, code: str, choices: GrantChoices) -> ModuleAccess:
    """Give an authority access to a module, and its administrators all user roles that fit (R31–R34).

    NotFound outside the actor's delegation; InvalidInput at the field that must be corrected; Conflict where the state
    of things no longer allows it.
    """
    module = module_by_code(code)
    authority = authorities.lock(actor, public_id, Act.grant_modules, module_id=module.id)
    _refuse_untimely(authority, module)
    reason = _checked(module, choices)
    linked = coordinators.lock(authority, module, choices.coordinator_ids)
    _refuse_missing_coordinator(module, choices, len(linked))
    access = _add(actor, authority, module, choices, reason)
    _link(access, linked)
    given = give_fitting_roles(access, module, authority)
    _log(actor, authority, access, module, linked, given)
    return access


def _refuse_untimely(authority: Authority, module: Module) -> None:
    if authority.status is not AuthorityStatus.active:
        raise Conflict(_l("The authority is deactivated. Reactivate it before you give it access to modules."))
    day = clock.today()
    if module.active_from > day or (module.retired_from is not None and module.retired_from <= day):
        raise Conflict(_l("This module takes no new authorities today. Choose another module."))


def _checked(module: Module, choices: GrantChoices) -> str:
    """Choices that the module does not offer are refused at their field; gives the reason as it is stored."""
    entries = Entries()
    if choices.role is ModuleRole.coordinator and not module.offers_coordinator:
        entries.note("role", _l("This module has no coordinators. Choose the role authority."))
    if choices.settings and not module.has_request_settings:
        entries.note("settings_approval", _l("This module has no settings. Leave them out."))
    if choices.coordinator_ids and (choices.role is ModuleRole.coordinator or not module.offers_coordinator):
        entries.note(
            "coordinators",
            _l("A coordinator has no linked coordinator itself. Untick it, or choose the role authority."),
        )
    if not choices.entry_ids <= {entry.id for entry in entries_for(module)}:
        entries.note("classification", _l("One of the chosen entries can no longer be used. Choose again."))
    reason = entries.line("reason", choices.reason, 1000)
    entries.refuse()
    return reason


def _refuse_missing_coordinator(module: Module, choices: GrantChoices, linked: int) -> None:
    """R33: where the module requires it, an authority that is not coordinator has at least one."""
    if module.requires_linked_coordinator and choices.role is ModuleRole.authority and not linked:
        raise InvalidInput(
            _l("Some fields must be corrected. Nothing has been saved yet."),
            {
                "coordinators": _l(
                    "This module requires a linked coordinator. Choose one, or give the authority the role coordinator."
                )
            },
        )


def _add(actor: Actor, authority: Authority, module: Module, choices: GrantChoices, reason: str) -> ModuleAccess:
    access = ModuleAccess(
        authority_id=authority.id,
        module=module,
        country_code=authority.country_code,
        status=AccessStatus.granted,
        role=choices.role,
        granted_at=clock.now(),
        granted_by_user_id=actor.user_id,
        grant_reason=reason,
        classification=[entry for entry in entries_for(module) if entry.id in choices.entry_ids],
        **{setting.value: setting in choices.settings for setting in Setting},
    )
    already = Conflict(_l("The authority already has access to this module. You find it on the tab Modules."))
    with refusing({"uq_module_access_authority_id_module_id": already, "module_access.authority_id": already}):
        db.session.add(access)
    return access


def _link(access: ModuleAccess, linked: Sequence[ModuleAccess]) -> None:
    db.session.add_all(
        LinkedCoordinator(
            access_id=access.id,
            coordinator_id=coordinator.id,
            module_id=access.module_id,
            country_code=access.country_code,
        )
        for coordinator in linked
    )
    db.session.flush()


def give_fitting_roles(access: ModuleAccess, module: Module, authority: Authority) -> dict[int, list[str]]:
    """Every administrator of the authority gets all user roles that fit (R34); what each got, by his number."""
    settings = {setting for setting in Setting if getattr(access, setting.value)}
    roles = [role for role in module.user_roles if fits(role, access.role, settings)]
    administrators = db.session.scalars(
        select(ImiUser.id)
        .where(ImiUser.authority_id == authority.id, ImiUser.is_administrator.is_(True), ImiUser.active.is_(True))
        .order_by(ImiUser.id)
    ).all()
    db.session.add_all(
        UserModuleRole(
            user_id=user_id,
            user_role_id=role.id,
            authority_id=authority.id,
            access_id=access.id,
            module_id=module.id,
        )
        for user_id in administrators
        for role in roles
    )
    db.session.flush()
    return {user_id: [role.code for role in roles] for user_id in administrators}


def _log(
    actor: Actor,
    authority: Authority,
    access: ModuleAccess,
    module: Module,
    linked: Sequence[ModuleAccess],
    given: dict[int, list[str]],
) -> None:
    audit.record(
        actor,
        LoggedAct.module_access_granted,
        access,
        authority=authority,
        reason=access.grant_reason,
        outside_own=not authorities.is_of(actor, authority),
        data={
            "authority": authority.official_name,
            "module": module.code,
            "role": access.role.value,
            "settings": [setting.value for setting in Setting if getattr(access, setting.value)],
            "entries": sorted(entry.id for entry in access.classification),
            "coordinators": sorted(coordinator.authority_id for coordinator in linked),
            "user_roles": {str(user_id): roles for user_id, roles in given.items()},
        },
    )
