"""Authorities: found in the actor's scope, with what the pages show of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.errors import NotFound
from app.extensions import db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityClassification,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    ImiUser,
    LinkedCoordinator,
    Module,
    ModuleAccess,
    name_in,
)
from app.policy.actor import Actor
from app.policy.authorities import Target, is_access_manager, is_mine, visible
from app.policy.matrix import Act


def get(actor: Actor, public_id: uuid.UUID, act: Act, *, module_id: int | None = None) -> Authority:
    """The authority, if the act is allowed on it; NotFound where it is unknown and where it is not (R70)."""
    found = select(Authority).where(Authority.public_id == public_id, visible(actor, act, module_id))
    authority: Authority | None = db.session.scalar(found.options(joinedload(Authority.country)))
    if authority is None:
        raise NotFound
    return authority


def lock(actor: Actor, public_id: uuid.UUID, act: Act, *, module_id: int | None = None) -> Authority:
    """The same, locked until the end of the transaction: what is checked under it still holds when it is done."""
    found = (
        select(Authority)
        .where(Authority.public_id == public_id, visible(actor, act, module_id))
        .with_for_update(of=Authority)
        .execution_options(populate_existing=True)
    )
    authority: Authority | None = db.session.scalar(found)
    if authority is None:
        raise NotFound
    return authority


def target_of(actor: Actor, authority: Authority) -> Target:
    """The facts on which rights on this authority depend, in one statement: for a page's buttons."""
    mine, manager = db.session.execute(
        select(is_mine(actor), is_access_manager()).select_from(Authority).where(Authority.id == authority.id)
    ).one()
    return _target(authority, mine, manager)


def _target(authority: Authority, mine: object, manager: object) -> Target:
    return Target(
        id=authority.id,
        kind=authority.kind,
        status=authority.status,
        country_code=authority.country_code,
        is_mine=bool(mine),
        is_access_manager=bool(manager),
    )


def opened(actor: Actor, public_id: uuid.UUID, act: Act) -> tuple[Authority, Target]:
    """The authority with its texts and the facts on which rights depend, in one statement; NotFound as `get` (R70)."""
    found = select(Authority, is_mine(actor), is_access_manager()).where(
        Authority.public_id == public_id, visible(actor, act)
    )
    options = (joinedload(Authority.country), joinedload(Authority.texts))
    row = db.session.execute(found.options(*options)).unique().one_or_none()
    if row is None:
        raise NotFound
    return row[0], _target(*row)


def with_details(authority: Authority) -> Authority:
    """Its texts, in a statement of their own; the country with it, which reading the row anew would forget."""
    options = (selectinload(Authority.texts), joinedload(Authority.country))
    db.session.scalar(
        select(Authority)
        .where(Authority.id == authority.id)
        .options(*options)
        .execution_options(populate_existing=True)
    )
    return authority


def accesses_of(authority: Authority) -> Sequence[ModuleAccess]:
    """Its module accesses with their modules and entries, in the modules' order."""
    found = db.session.scalars(
        select(ModuleAccess)
        .where(ModuleAccess.authority_id == authority.id)
        .join(ModuleAccess.module)
        .options(contains_eager(ModuleAccess.module), joinedload(ModuleAccess.classification))
        .order_by(Module.position, Module.id)
    )
    return found.unique().all()


def coordinators_of(authority: Authority) -> dict[int, list[str]]:
    """The names of its linked coordinators, by the number of the access."""
    dependant, coordinator = ModuleAccess.__table__.alias("dependant"), ModuleAccess.__table__.alias("coordinator")
    rows = db.session.execute(
        select(LinkedCoordinator.access_id, Authority.official_name)
        .join(dependant, dependant.c.id == LinkedCoordinator.access_id)
        .join(coordinator, coordinator.c.id == LinkedCoordinator.coordinator_id)
        .join(Authority, Authority.id == coordinator.c.authority_id)
        .where(dependant.c.authority_id == authority.id)
        .order_by(Authority.sort_key, Authority.id)
    )
    names: dict[int, list[str]] = {}
    for access_id, name in rows:
        names.setdefault(access_id, []).append(name)
    return names


def users_of(authority: Authority, *, administrators_only: bool = False) -> Sequence[ImiUser]:
    """Its users by name; those with administrator rights only, where asked."""
    found = select(ImiUser).where(ImiUser.authority_id == authority.id, ImiUser.active.is_(True))
    if administrators_only:
        found = found.where(ImiUser.is_administrator.is_(True))
    return db.session.scalars(found.order_by(ImiUser.sort_key, ImiUser.id)).all()


def managers_of(authority: Authority) -> Sequence[AccessManagerLink]:
    """Its access managers with since when, by name (R29)."""
    return db.session.scalars(
        select(AccessManagerLink)
        .join(AccessManagerLink.manager)
        .where(AccessManagerLink.authority_id == authority.id)
        .options(joinedload(AccessManagerLink.manager))
        .order_by(Authority.sort_key, Authority.id)
    ).all()


def shown_status(authority: Authority) -> str:
    """The status in words' keys: *suspended* is active with module access, all of it suspended (§3.1.3)."""
    if authority.status is not AuthorityStatus.active:
        return authority.status.value
    granted, total = db.session.execute(
        select(
            func.count().filter(ModuleAccess.status == AccessStatus.granted),
            func.count(),
        ).where(ModuleAccess.authority_id == authority.id)
    ).one()
    return "suspended" if total and not granted else authority.status.value


def status_by(authority: Authority, accesses: Sequence[ModuleAccess]) -> str:
    """The same, where its accesses are read already."""
    if authority.status is not AuthorityStatus.active or not accesses:
        return authority.status.value
    granted = any(access.status is AccessStatus.granted for access in accesses)
    return authority.status.value if granted else "suspended"


def is_of(actor: Actor, authority: Authority) -> bool:
    """Whether the authority has the actor's as access manager; acts on others are marked in the log (R24)."""
    return bool(db.session.scalar(select(is_mine(actor)).select_from(Authority).where(Authority.id == authority.id)))


def entries_of(authority: Authority) -> Sequence[ClassificationEntry]:
    """The entries that describe it, with their lists, in the lists' order."""
    return db.session.scalars(
        select(ClassificationEntry)
        .join(AuthorityClassification, AuthorityClassification.entry_id == ClassificationEntry.id)
        .join(ClassificationEntry.list)
        .where(AuthorityClassification.authority_id == authority.id)
        .options(contains_eager(ClassificationEntry.list))
        .order_by(ClassificationList.position, ClassificationEntry.position)
    ).all()


def titles_of(rows: Sequence[Authority], language: str) -> dict[int, str]:
    """Of each authority the informal title in the language, else in English, else in any; one statement."""
    found: dict[int, dict[str, str]] = {}
    texts = select(AuthorityText.authority_id, AuthorityText.language, AuthorityText.title)
    for number, code, title in db.session.execute(texts.where(AuthorityText.authority_id.in_([r.id for r in rows]))):
        found.setdefault(number, {})[code] = title
    return {number: name_in(titles, language) for number, titles in found.items()}
