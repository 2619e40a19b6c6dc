"""Linked coordinators: found by search, and held while an access is linked to them (R33)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from app.errors import InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import AccessStatus, Authority, AuthorityStatus, Module, ModuleAccess, ModuleRole
from app.services.word_search import words_of

SHOWN = 20


def search(authority: Authority, module: Module, words: str) -> Sequence[Authority]:
    """Up to twenty coordinators of the module in the authority's country whose name holds all the words."""
    found = select(Authority).join(ModuleAccess, ModuleAccess.authority_id == Authority.id)
    return db.session.scalars(
        found.where(
            _stands(authority, module),
            *(Authority.official_name_key.contains(word, autoescape=True) for word in words_of(words)),
        )
        .order_by(Authority.sort_key, Authority.id)
        .limit(SHOWN)
    ).all()


def named(authority: Authority, module: Module, public_ids: Collection[uuid.UUID]) -> Sequence[Authority]:
    """Those of the chosen ones that can be linked to, with their names."""
    if not public_ids:
        return []
    return db.session.scalars(
        select(Authority)
        .join(ModuleAccess, ModuleAccess.authority_id == Authority.id)
        .where(_stands(authority, module), Authority.public_id.in_(public_ids))
        .order_by(Authority.sort_key, Authority.id)
    ).all()


def lock(authority: Authority, module: Module, public_ids: Collection[uuid.UUID]) -> Sequence[ModuleAccess]:
    """The accesses of the chosen coordinators, held until the end of the transaction.

    Held, so that nobody suspends one between this look and the link. InvalidInput where one cannot be linked to.
    """
    if not public_ids:
        return []
    accesses = db.session.scalars(
        select(ModuleAccess)
        .join(Authority, Authority.id == ModuleAccess.authority_id)
        .where(_stands(authority, module), Authority.public_id.in_(public_ids))
        .options(joinedload(ModuleAccess.module))
        .order_by(ModuleAccess.id)
        .with_for_update(of=ModuleAccess)
        .execution_options(populate_existing=True)
    ).all()
    if len(accesses) != len(set(public_ids)):
        raise InvalidInput(
            _l("Some fields must be corrected. Nothing has been saved yet."),
            {"coordinators": _l("One of the chosen coordinators can no longer be linked to. Choose again.")},
        )
    return accesses


def _stands(authority: Authority, module: Module) -> ColumnElement[bool]:
    """An active authority of the same country with granted access as coordinator of the module; never itself."""
    return and_(
        Authority.country_code == authority.country_code,
        Authority.status == AuthorityStatus.active,
        Authority.id != authority.id,
        ModuleAccess.module_id == module.id,
        ModuleAccess.role == ModuleRole.coordinator,
        ModuleAccess.status == AccessStatus.granted,
    )
