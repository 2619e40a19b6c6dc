"""The person who acts, as far as rights depend on him: read once a request, never changed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.models import AuthorityKind, AuthorityStatus, Reach
from app.policy.passwords import PasswordStatus


@dataclass(frozen=True, slots=True)
class DelegationInForce:
    """A delegation that counts today; `module_ids` is empty where it covers all modules."""

    all_modules: bool
    module_ids: frozenset[int]
    reach: Reach

    def covers(self, module_id: int | None) -> bool:
        """Whether it covers the module; acts on no module need any delegation in force."""
        return module_id is None or self.all_modules or module_id in self.module_ids


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user with what his rights come from; FAB and Flask-Login take it for their user.

    `is_new_here`: he has signed in once only, and is helped along. `password_entered_at`: when he last gave his
    password in this browser; None for one who comes by another door, and never does. `awaiting_validation`: how many
    registrations await him, for the menu (R16).
    """

    session_id: int
    last_seen_at: datetime
    user_id: int
    user_public_id: uuid.UUID
    full_name: str
    language: str
    is_administrator: bool
    password_status: PasswordStatus
    authority_id: int
    authority_public_id: uuid.UUID
    authority_name: str
    authority_kind: AuthorityKind
    authority_status: AuthorityStatus
    country_code: str | None
    delegations: tuple[DelegationInForce, ...] = ()
    is_new_here: bool = False
    password_entered_at: datetime | None = None
    awaiting_validation: int = 0

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def id(self) -> int:
        return self.user_id

    def get_id(self) -> str:
        return str(self.user_id)

    def get_full_name(self) -> str:
        return self.full_name
