"""Roles, computed from the state of things and never stored (R50): revoked at the next request."""

from __future__ import annotations

from enum import StrEnum

from app.models import AuthorityKind, AuthorityStatus
from app.policy.actor import Actor
from app.policy.passwords import PasswordStatus


class Role(StrEnum):
    """The columns of the table of rights, and one for those who must first choose a password."""

    restricted = "restricted"
    user = "user"
    administrator = "administrator"
    access_manager = "access_manager"
    nimic = "nimic"
    commission = "commission"


def roles_of(actor: Actor) -> frozenset[Role]:
    """All roles that fit the person at this moment."""
    if actor.password_status in (PasswordStatus.temporary, PasswordStatus.expired):
        return frozenset({Role.restricted})
    if not _counts_as_administrator(actor):
        return frozenset({Role.user})
    return frozenset({Role.user, Role.administrator}) | _from_authority(actor)


def _counts_as_administrator(actor: Actor) -> bool:
    """Administrator rights count only while the body is active and the password valid."""
    return (
        actor.is_administrator
        and actor.authority_status is AuthorityStatus.active
        and actor.password_status is PasswordStatus.valid
    )


def _from_authority(actor: Actor) -> frozenset[Role]:
    if actor.authority_kind is AuthorityKind.commission:
        return frozenset({Role.commission})
    if actor.authority_kind is AuthorityKind.nimic:
        return frozenset({Role.nimic})
    return frozenset({Role.access_manager}) if actor.delegations else frozenset()
