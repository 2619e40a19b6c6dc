"""Which authorities an act reaches: the same rule for one authority in hand, and for rows in the database.

The first is pure and quick to test in every cell; the second is the scope that lists, counts, pickers and every look-up
use (R70). `tests/policy/test_authorities.py` proves on a mixed population that the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, and_, exists, false, literal, or_, select, true
from sqlalchemy.orm import aliased

from app.clock import today
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    Delegation,
    Reach,
)
from app.policy.actor import Actor
from app.policy.matrix import MATRIX, ONLY_ACTIVE, REGISTERS, Act, Domain
from app.policy.roles import Role, roles_of

REGISTERED = (AuthorityStatus.active, AuthorityStatus.deactivated)


@dataclass(frozen=True, slots=True)
class Target:
    """The facts about an authority on which rights depend. `is_mine`: it has the actor's body as access manager."""

    id: int
    kind: AuthorityKind
    status: AuthorityStatus
    country_code: str | None
    is_mine: bool = False
    is_access_manager: bool = False


def may(actor: Actor, act: Act, target: Target, module_id: int | None = None) -> bool:
    """Whether the act is allowed on this authority; on a module's matters, under a delegation that has it (R31)."""
    if act in ONLY_ACTIVE and target.status is not AuthorityStatus.active:
        return False
    cells = MATRIX[act]
    return any(reaches(cells[role], actor, target, module_id) for role in roles_of(actor) & cells.keys())


def may_register(actor: Actor) -> bool:
    """Whether the actor registers bodies of his own country (R1, R7)."""
    return bool(roles_of(actor) & REGISTERS)


def administers_own(actor: Actor) -> bool:
    """Whether the actor keeps the users of his own body (R42)."""
    return Role.administrator in roles_of(actor)


def reaches(domain: Domain, actor: Actor, target: Target, module_id: int | None = None) -> bool:
    """Whether the authority is one of the domain's."""
    if target.status not in REGISTERED:
        return False
    same_country = target.country_code is not None and target.country_code == actor.country_code
    active = target.status is AuthorityStatus.active
    match domain:
        case Domain.any_active:
            return active
        case Domain.own:
            return target.id == actor.authority_id
        case Domain.reach:
            return same_country and target.id != actor.authority_id and _in_reach(actor, target, module_id)
        case Domain.country:
            return same_country and target.id != actor.authority_id
        case Domain.country_found:
            return same_country and (active or target.is_mine)
        case Domain.country_all:
            return same_country
        case Domain.nimics:
            return target.kind is AuthorityKind.nimic
        case Domain.everywhere:
            return True


def _in_reach(actor: Actor, target: Target, module_id: int | None) -> bool:
    """R78: no coordinator, no access manager. R59: a deactivated body exists for its own access managers only."""
    if target.kind is not AuthorityKind.authority or target.is_access_manager:
        return False
    if target.status is not AuthorityStatus.active and not target.is_mine:
        return False
    reach = _reach_of(actor, module_id)
    return reach is Reach.country or (reach is Reach.own and target.is_mine)


def _reach_of(actor: Actor, module_id: int | None) -> Reach | None:
    """The widest reach among the delegations that cover the module."""
    found = {delegation.reach for delegation in actor.delegations if delegation.covers(module_id)}
    return Reach.country if Reach.country in found else next(iter(found), None)


def visible(actor: Actor, act: Act, module_id: int | None = None, *, of_mine: bool = False) -> ColumnElement[bool]:
    """The rows on which the act is allowed, as a WHERE clause over `Authority`.

    `of_mine`: among those that `is_mine` holds already, so that none is looked up among them once more.
    """
    cells = MATRIX[act]
    domains = {cells[role] for role in roles_of(actor) & cells.keys()}
    mine = true() if of_mine else is_mine(actor)
    # A plain false() for nobody: SQLAlchemy leaves it out of what it stands in, and so the database finds an index.
    rows = or_(*(_rows(domain, actor, module_id, mine) for domain in sorted(domains))) if domains else false()
    return and_(Authority.status == AuthorityStatus.active, rows) if act in ONLY_ACTIVE else rows


def _rows(domain: Domain, actor: Actor, module_id: int | None, mine: ColumnElement[bool]) -> ColumnElement[bool]:
    registered = Authority.status.in_(REGISTERED)
    active = Authority.status == AuthorityStatus.active
    # The Commission has no country, and is in none.
    in_country = Authority.country_code == actor.country_code if actor.country_code else false()
    others = Authority.id != actor.authority_id
    match domain:
        case Domain.any_active:
            return active
        case Domain.own:
            return and_(registered, Authority.id == actor.authority_id)
        case Domain.reach:
            return and_(registered, in_country, others, _rows_in_reach(actor, module_id, mine))
        case Domain.country:
            return and_(registered, in_country, others)
        case Domain.country_found:
            return and_(in_country, registered, or_(active, mine))
        case Domain.country_all:
            return and_(registered, in_country)
        case Domain.nimics:
            return and_(registered, Authority.kind == AuthorityKind.nimic)
        case Domain.everywhere:
            return registered


def _rows_in_reach(actor: Actor, module_id: int | None, mine: ColumnElement[bool]) -> ColumnElement[bool]:
    reach = _reach_of(actor, module_id)
    if reach is None:
        return false()
    ordinary = and_(Authority.kind == AuthorityKind.authority, ~is_access_manager())
    if reach is Reach.own:
        return and_(ordinary, mine)
    return and_(ordinary, or_(Authority.status == AuthorityStatus.active, mine))


def is_mine(actor: Actor) -> ColumnElement[bool]:
    """The authorities that have the actor's body as access manager (R20)."""
    return exists(
        select(AccessManagerLink.authority_id).where(
            AccessManagerLink.authority_id == Authority.id, AccessManagerLink.manager_id == actor.authority_id
        )
    )


def is_access_manager() -> ColumnElement[bool]:
    """The authorities that have a delegation in force today (R30)."""
    delegation = aliased(Delegation)
    return exists(select(delegation.id).where(delegation.delegate_id == Authority.id, in_force(delegation)))


def in_force(delegation: type[Delegation], day: ColumnElement[date] | None = None) -> ColumnElement[bool]:
    """Whether a delegation counts today: computed, both days included, revoked at once (R30).

    `day`: a parameter that will hold today, for a statement that is made once.
    """
    on = literal(today(), Date) if day is None else day
    return and_(
        delegation.revoked_at.is_(None),
        delegation.valid_from <= on,
        or_(delegation.valid_until.is_(None), delegation.valid_until >= on),
    )
