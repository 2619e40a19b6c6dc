"""Access to modules and its management in the demo: granted, suspended, delegated, revoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import (
    AccessStatus,
    Authority,
    Delegation,
    DelegationModule,
    ImiUser,
    Module,
    ModuleAccess,
    ModuleRole,
    Setting,
)
from app.services import module_access
from app.services.demo_data import DemoAccess, DemoAuthority, DemoDelegation
from app.services.demo_people import People
from app.services.demo_timeline import Timeline
from app.services.module_access import GrantChoices
from app.services.seeded import Seeded

SUSPENDED = ("Opgaven er flyttet til en anden myndighed.", "Myndigheden bruger ikke modulet for tiden.")
Bodies = dict[str, tuple[Authority, ImiUser]]  # by name, each with its first user


class Accesses:
    """Who may use which modules, and who decides that."""

    def __init__(
        self, timeline: Timeline, random: Seeded, people: People, demos: Sequence[DemoAuthority], bodies: Bodies
    ) -> None:
        self._timeline, self._random, self._people, self._bodies = timeline, random, people, bodies
        self._coordinators = _coordinators(demos)
        self._nimics = {demo.country: demo.name for demo in demos if demo.is_nimic}
        self._covered: dict[str, frozenset[str]] = {}
        self._modules = {module.code: module.id for module in db.session.scalars(select(Module))}

    def module_ids(self, codes: Iterable[str]) -> frozenset[int]:
        """Modules by their codes."""
        return frozenset(self._modules[code] for code in codes)

    def plan(self, demo: DemoAuthority) -> None:
        """Plan the body's accesses, which has just been registered."""
        for place, access in enumerate(demo.accesses):
            self._plan_grant(self._day_of_grant(demo, access, place), demo, access)

    def _plan_grant(self, moment: datetime | None, demo: DemoAuthority, access: DemoAccess) -> None:
        self._timeline.plan(moment, lambda: self._grant(demo, access))

    def _day_of_grant(self, demo: DemoAuthority, access: DemoAccess, place: int) -> datetime | None:
        """In the second step of registering, or some days later; an early body that needs a coordinator, later."""
        if demo.is_early and access.role is ModuleRole.authority:
            return self._timeline.ago(self._random.randint(625, 645))
        if place == 0 and self._random.random() < 0.7:
            return self._timeline.soon() + timedelta(minutes=5)
        return self._timeline.later(1, 3 if demo.is_early else 30)

    def _grant(self, demo: DemoAuthority, access: DemoAccess) -> None:
        authority, _ = self._bodies[demo.name]
        granting = demo.by if access.code in self._covered.get(demo.by, ()) else self._nimics[demo.country]
        actor = self._people.acting(self._bodies[granting][1])
        row = module_access.grant(actor, authority.public_id, access.code, self._choices(demo, access))
        if access.suspended:
            reason = self._random.choice(SUSPENDED)
            self._timeline.plan(self._timeline.later(20, 90), lambda: suspend(row, reason, actor.user_id))

    def _choices(self, demo: DemoAuthority, access: DemoAccess) -> GrantChoices:
        module = module_access.module_by_code(access.code)
        entries = module_access.entries_for(module)
        some = self._random.sample(entries, min(len(entries), self._random.randint(1, 4)))
        coordinator = self._coordinators.get((demo.country, access.code), "")
        is_linked = access.role is ModuleRole.authority and coordinator
        return GrantChoices(
            role=access.role,
            entry_ids=frozenset(entry.id for entry in some),
            settings=self._settings(module, access.role),
            coordinator_ids=frozenset({self._bodies[coordinator][0].public_id} if is_linked else ()),
        )

    def _settings(self, module: Module, role: ModuleRole) -> frozenset[Setting]:
        """More often for coordinators, which have more to distribute and approve."""
        share = 0.6 if role is ModuleRole.coordinator else 0.15
        chosen = [each for each in Setting if self._random.random() < share]
        return frozenset(chosen if module.has_request_settings else ())

    def delegate(self, demo: DemoDelegation) -> None:
        """Delegating is the NIMIC's act, on a page of a later day: here the rows are made as it will."""
        authority, _ = self._bodies[demo.delegate]
        _, nimic = self._bodies[self._nimics[authority.country_code or ""]]
        self._people.acting(nimic)
        row = Delegation(
            country_code=authority.country_code,
            delegate_id=authority.id,
            all_modules=not demo.codes,
            reach=demo.reach,
            valid_from=self._timeline.day(demo.begins),
            valid_until=None if demo.ends is None else self._timeline.day(demo.ends),
            created_at=clock.now(),
            created_by_user_id=nimic.id,
        )
        db.session.add(row)
        db.session.flush()
        modules = sorted(self.module_ids(demo.codes))
        db.session.add_all(DelegationModule(delegation_id=row.id, module_id=number) for number in modules)
        self._covered[demo.delegate] = frozenset(demo.codes or self._modules)
        if demo.revoked is not None:
            self._timeline.plan(self._timeline.ago(demo.revoked), lambda: _revoke(row, nimic))


def suspend(access: ModuleAccess, reason: str, user_id: int | None) -> None:
    """Suspending is an act of a later day: here the row is changed as it will be."""
    access.status = AccessStatus.suspended
    access.suspended_at, access.suspended_by_user_id, access.suspension_reason = clock.now(), user_id, reason


def _revoke(delegation: Delegation, nimic: ImiUser) -> None:
    delegation.revoked_at, delegation.revoked_by_user_id = clock.now(), nimic.id


def _coordinators(demos: Sequence[DemoAuthority]) -> Mapping[tuple[str, str], str]:
    """Who coordinates a module in a country."""
    return {
        (demo.country, access.code): demo.name
        for demo in demos
        for access in demo.accesses
        if access.role is ModuleRole.coordinator
    }
