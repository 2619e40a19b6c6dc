"""What a list of authorities can be narrowed by (R20–R22), and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, literal, select, union_all
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityClassification,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Country,
    ListScope,
    Module,
    ModuleAccess,
    ModuleRole,
    name_in,
)
from app.policy.actor import Actor
from app.policy.authorities import is_mine
from app.policy.finding import as_found, sort_key
from app.services.attention import Attention, condition
from app.services.word_search import holding, words_of


class ShownStatus(StrEnum):
    """The status as it is shown: *suspended* is active with module access, all of it suspended (§3.1.3)."""

    active = "active"
    suspended = "suspended"
    deactivated = "deactivated"


@dataclass(frozen=True)
class Wanted:
    """What is asked for; what is left empty narrows nothing. `module` and `country` are codes."""

    words: str = ""
    mine: bool = False
    why: Attention | None = None
    status: ShownStatus | None = None
    module: str = ""
    role: ModuleRole | None = None
    manager: str = ""
    country: str = ""
    entry_ids: frozenset[int] | None = None
    granted_only: bool = False


@dataclass(frozen=True)
class Choices:
    """Modules and countries by code, in their order; names by language; the entries whose names hold some words."""

    modules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    countries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entry_ids: frozenset[int] | None = None


def choices(classification: str = "") -> Choices:
    """What the filters offer, in one statement; the entries only where words are to be looked for in their names."""
    parts = [
        select(literal("module"), Module.id, Module.code, Module.names, Module.position),
        select(literal("country"), literal(0), Country.code, Country.names, literal(0)),
    ]
    if words_of(classification):
        entry, of = ClassificationEntry, ClassificationList
        general = select(literal("entry"), entry.id, entry.code, entry.names, entry.position).join(of)
        parts.append(general.where(of.scope == ListScope.general))
    found: dict[str, list[tuple[int, str, dict[str, str]]]] = {"module": [], "country": [], "entry": []}
    for kind, number, code, names, _position in sorted(db.session.execute(union_all(*parts)), key=lambda row: row[4]):
        found[kind].append((number, code, names))
    return Choices(
        modules={code: names for _, code, names in found["module"]},
        countries={code: names for _, code, names in found["country"]},
        entry_ids=_entries(found["entry"], classification),
    )


def _entries(found: Iterable[tuple[int, str, Mapping[str, str]]], text: str) -> frozenset[int] | None:
    """The entries whose names hold all the words, in whichever language; None where there are no words."""
    words = words_of(text)
    if not words:
        return None
    folded = ((number, " ".join(as_found(name) for name in names.values())) for number, _, names in found)
    return frozenset(number for number, name in folded if all(word in name for word in words))


def in_language(names: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    """Choices as a list shows them: by code, in the language."""
    return {code: name_in(dict(each), language) for code, each in names.items()}


def in_order(names: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    """The same, in the order of their names: for what has no order of its own, as countries."""
    return dict(sorted(in_language(names, language).items(), key=lambda each: sort_key(each[1])))


def conditions(actor: Actor, wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    """What a row must be like, besides being in the reader's scope."""
    found = [*holding(Authority, wanted.words), *_of_access(wanted)]
    if wanted.mine:
        found.append(is_mine(actor))
    if wanted.why:
        found.append(condition(actor, wanted.why))
    if wanted.status:
        found.append(_stands_as(wanted.status))
    if wanted.country:
        found.append(Authority.country_code == wanted.country)
    if words_of(wanted.manager):
        found.append(_managed_by(wanted.manager))
    if wanted.entry_ids is not None:
        found.append(_described_by(wanted.entry_ids))
    return found


def granted() -> ColumnElement[bool]:
    """Whether an authority has access to any module today."""
    return exists().where(ModuleAccess.authority_id == Authority.id, ModuleAccess.status == AccessStatus.granted)


def _stands_as(status: ShownStatus) -> ColumnElement[bool]:
    if status is ShownStatus.deactivated:
        return Authority.status == AuthorityStatus.deactivated
    some = exists().where(ModuleAccess.authority_id == Authority.id)
    suspended = and_(some, ~granted())
    return and_(
        Authority.status == AuthorityStatus.active, suspended if status is ShownStatus.suspended else ~suspended
    )


def _of_access(wanted: Wanted) -> list[ColumnElement[bool]]:
    """One access that fits in all that is asked of it: module, role, and whether it is granted."""
    if not wanted.module and not wanted.role:
        return []
    access = aliased(ModuleAccess)
    fits = [access.authority_id == Authority.id]
    if wanted.module:
        fits.append(access.module_id == select(Module.id).where(Module.code == wanted.module).scalar_subquery())
    if wanted.role:
        fits.append(access.role == wanted.role)
    if wanted.granted_only:
        fits.append(access.status == AccessStatus.granted)
    return [exists().where(*fits)]


def _managed_by(words: str) -> ColumnElement[bool]:
    """By an access manager whose name, title or town holds the words."""
    manager = aliased(Authority)
    return exists().where(
        AccessManagerLink.authority_id == Authority.id,
        AccessManagerLink.manager_id == manager.id,
        *(manager.search_key.contains(word, autoescape=True) for word in words_of(words)),
    )


def _described_by(entry_ids: frozenset[int]) -> ColumnElement[bool]:
    if not entry_ids:
        return false()
    described = select(AuthorityClassification.authority_id).where(AuthorityClassification.entry_id.in_(entry_ids))
    return Authority.id.in_(described)
