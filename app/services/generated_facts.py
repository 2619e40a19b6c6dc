"""What generated rows rest on, read once from the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.models import (
    Authority,
    AuthorityKind,
    ClassificationEntry,
    ClassificationList,
    Country,
    ImiUser,
    ListScope,
    ModuleRole,
)
from app.policy.user_roles import fits
from app.services import module_access

MODULES = ("SERV-REQ", "PQ-REQ", "PW-REQ", "PQ-ALERT", "PAT-REQ", "RTO-REQ", "PUBD-REQ", "CPC-REQ", "PQ-REG", "SDG-REP")


@dataclass(frozen=True)
class OfModule:
    """A module: whether it has coordinators, the entries of its lists, and its user roles for each module role."""

    id: int
    has_coordinators: bool
    entries: tuple[int, ...]
    user_roles: Mapping[ModuleRole, tuple[int, ...]]


@dataclass(frozen=True)
class Facts:
    """What rows rest on; `nimics` are the numbers of the coordinators and of their first users, by country."""

    seed: int
    password_hash: str
    modules: tuple[OfModule, ...]
    policy_areas: tuple[int, ...]
    local: int
    entry_names: Mapping[int, Mapping[str, str]]  # of the general lists, by language
    nimics: Mapping[str, tuple[int, int]]
    languages: Mapping[str, str]
    now: datetime


def read(seed: int, password_hash: str) -> Facts:
    """The facts as they are now."""
    general = _general_entries()
    return Facts(
        seed=seed,
        password_hash=password_hash,
        modules=tuple(_module(code) for code in MODULES),
        policy_areas=tuple(number for number, code, of, _names in general if of == "policy_areas"),
        entry_names={number: names for number, _code, _of, names in general},
        local=next(number for number, code, of, _names in general if code == "local"),
        nimics=_nimics(),
        languages={country.code: country.languages[0] for country in db.session.scalars(select(Country))},
        now=clock.now(),
    )


def _general_entries() -> list[tuple[int, str, str, Mapping[str, str]]]:
    entry, of = ClassificationEntry, ClassificationList
    entries = select(entry.id, entry.code, of.code, entry.names).join(of)
    general = entries.where(ClassificationList.scope == ListScope.general).order_by(ClassificationEntry.id)
    return [(number, code, of, names) for number, code, of, names in db.session.execute(general)]


def _nimics() -> dict[str, tuple[int, int]]:
    rows = select(Authority.country_code, Authority.id, func.min(ImiUser.id)).join(
        ImiUser, ImiUser.authority_id == Authority.id
    )
    of_nimics = rows.where(Authority.kind == AuthorityKind.nimic).group_by(Authority.country_code, Authority.id)
    return {code: (number, user) for code, number, user in db.session.execute(of_nimics)}


def _module(code: str) -> OfModule:
    module = module_access.module_by_code(code)
    return OfModule(
        id=module.id,
        has_coordinators=module.offers_coordinator,
        entries=tuple(entry.id for entry in module_access.entries_for(module)),
        user_roles={
            role: tuple(each.id for each in module.user_roles if fits(each, role, ()))[:2] for role in ModuleRole
        },
    )
