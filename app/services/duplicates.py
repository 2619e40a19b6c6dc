"""Likely duplicates of a body that is to be registered: what is shown of each, and what to do instead (R8–R10).

Of one that is outside the actor's reach, or not active, no more is told than name, town and whom to ask.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, union_all

from app.extensions import db
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    Delegation,
    Invitation,
    InvitationStatus,
)
from app.policy import identifiers
from app.policy.actor import Actor
from app.policy.authorities import in_force, may_register, visible
from app.policy.folding import fold
from app.policy.invitations import InvitationFacts, may_handle
from app.policy.likeness import Reason, Traits, Verdict, match_keys, verdict
from app.policy.matrix import Act, InvitationAct
from app.services import duplicate_candidates
from app.services.registration_details import KEY_LENGTH, NAME_LENGTH, RegistrationDetails

SHOWN = 10


class MatchState(StrEnum):
    """What a match is, as far as the next step depends on it."""

    within_reach = "within_reach"  # active, and the actor's to act on
    deactivated = "deactivated"  # and the actor finds it
    awaiting = "awaiting"
    invited = "invited"
    outside = "outside"  # all others: nothing of their state is told


@dataclass(frozen=True)
class Contact:
    """The body to ask about a match; `is_own`: it is the actor's."""

    id: int
    name: str
    phone: str
    email: str
    is_own: bool


@dataclass(frozen=True)
class Match:
    """A likely duplicate, and no more of it than its reader may see."""

    public_id: uuid.UUID
    name: str
    city: str
    state: MatchState
    is_identical: bool
    reasons: frozenset[Reason] = frozenset()  # only of one within reach
    ask: Contact | None = None
    invited_at: datetime | None = None
    is_handled: bool = False  # an invitation or a registration that the actor handles himself (R13, R16)


@dataclass(frozen=True)
class _Found:
    """A row that looks like the one typed."""

    row: Any
    verdict: Verdict
    is_invitation: bool = False


@dataclass
class _Asked:
    """Whom to ask, by the number of an authority; the national coordinator where nobody else stands."""

    of: dict[int, list[int]] = field(default_factory=dict)
    bodies: dict[int, Contact] = field(default_factory=dict)
    nimic: Contact | None = None

    def about(self, bodies: Iterable[int], *, but: int | None = None) -> Contact | None:
        """The first of the bodies that stands; `but`: one that need not be asked."""
        return next((self.bodies[body] for body in bodies if body in self.bodies and body != but), self.nimic)


def likely(actor: Actor, details: RegistrationDetails, *, but: int | None = None) -> list[Match]:
    """Up to ten likely duplicates in the actor's country, the likeliest first; none for who registers nobody.

    Takes what is typed as it is, checked or not. `but`: the number of an authority that is no duplicate of itself.
    """
    if not may_register(actor) or actor.country_code is None:
        return []
    traits, key = _traits(actor.country_code, details)
    found = _ranked(actor.country_code, key, traits, but)
    return _shown(actor, found) if found else []


def names_them(details: RegistrationDetails) -> bool:
    """Whether enough is typed for a look."""
    typed = (details.email, details.phone, details.website, details.external_value)
    return len(fold(details.official_name[:NAME_LENGTH])) > 1 or any(text.strip() for text in typed)


def _traits(country_code: str, details: RegistrationDetails) -> tuple[Traits, str]:
    """What is compared, and the key of the name. What no column holds, the database may refuse to be asked: NUL."""
    name = _readable(details.official_name[:NAME_LENGTH])
    keys = match_keys(
        official_name=name,
        email=_readable(details.email[:254]),
        phone=_readable(details.phone[:40]),
        website=_readable(details.website[:300]),
        country_code=country_code,
    )
    value = identifiers.compact(country_code, details.external_scheme, _readable(details.external_value))
    identifier = (details.external_scheme, value) if value else ("", "")
    traits = Traits(fold(name)[:KEY_LENGTH], keys["email_key"], keys["phone_key"], keys["website_key"], identifier)
    return traits, keys["likeness_key"]


def _readable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _ranked(country_code: str, key: str, traits: Traits, but: int | None) -> list[_Found]:
    """The likeliest of all candidates, in an order that is the same at every look."""
    rows = duplicate_candidates.authorities(country_code, key, traits)
    found = [_Found(row, verdict(traits, _traits_of(row))) for row in rows if row.id != but]
    for row in duplicate_candidates.invitations(country_code, key, traits):
        theirs = Traits(fold(row.invited_name), row.email_key)
        found.append(_Found(row, verdict(traits, theirs), is_invitation=True))
    alike = [each for each in found if each.verdict.reasons]
    return sorted(alike, key=lambda each: (-each.verdict.score, each.is_invitation, each.row.id))[:SHOWN]


def _traits_of(row: Any) -> Traits:
    return Traits(
        row.official_name_key,
        row.email_key,
        row.phone_key,
        row.website_key,
        (row.identifier_scheme, row.identifier_value),
    )


# --- What is told of them ---------------------------------------------------------------------------------------------


def _shown(actor: Actor, found: Sequence[_Found]) -> list[Match]:
    ids = [each.row.id for each in found if not each.is_invitation]
    rows = {row.id: row for row in _described(actor, ids)} if ids else {}
    asked = _whom_to_ask(actor, ids, [each.row.inviting_authority_id for each in found if each.is_invitation])
    return [
        _invited(actor, each, asked) if each.is_invitation else _registered(actor, each, rows[each.row.id], asked)
        for each in found
        if each.is_invitation or each.row.id in rows
    ]


def _described(actor: Actor, ids: list[int]) -> Sequence[Any]:
    """Names and towns, and what the actor may do: the same rules as everywhere (R70)."""
    return db.session.execute(
        select(
            Authority.id,
            Authority.official_name,
            Authority.city,
            Authority.status,
            visible(actor, Act.grant_modules).label("in_reach"),
            visible(actor, Act.read_tabs).label("is_found"),
        ).where(Authority.id.in_(ids))
    ).all()


def _registered(actor: Actor, found: _Found, row: Any, asked: _Asked) -> Match:
    match = Match(
        public_id=found.row.public_id,
        name=row.official_name,
        city=row.city,
        state=_state(row),
        is_identical=_is_taken(found, row.status),
    )
    if match.state is MatchState.within_reach:
        return replace(match, reasons=found.verdict.reasons)
    bodies = asked.of.get(row.id, [])
    if match.state is MatchState.awaiting:
        handled = any(_handles(actor, inviter, InvitationAct.validate_registration) for inviter in bodies)
        # One that was sent back is no task: its invitation is.
        return replace(
            match, ask=asked.about(bodies), is_handled=handled and row.status is AuthorityStatus.awaiting_validation
        )
    own = actor.authority_id if match.state is MatchState.outside else None
    return replace(match, ask=asked.about(bodies, but=own))


def _state(row: Any) -> MatchState:
    if row.status in (AuthorityStatus.awaiting_validation, AuthorityStatus.returned):
        return MatchState.awaiting
    if row.status is AuthorityStatus.deactivated:
        return MatchState.deactivated if row.is_found else MatchState.outside
    return MatchState.within_reach if row.in_reach else MatchState.outside


def _is_taken(found: _Found, status: AuthorityStatus) -> bool:
    """R9: the very same name, of one that is registered."""
    registered = status in (AuthorityStatus.active, AuthorityStatus.deactivated)
    return registered and Reason.identical_name in found.verdict.reasons


def _invited(actor: Actor, found: _Found, asked: _Asked) -> Match:
    """Since when, only who sees the invitation is told: the inviting body, and the national coordinator."""
    inviter = found.row.inviting_authority_id
    handled = _handles(actor, inviter, InvitationAct.handle_invitation)
    return Match(
        public_id=found.row.public_id,
        name=found.row.invited_name,
        city="",
        state=MatchState.invited,
        is_identical=False,
        ask=asked.about([inviter]),
        invited_at=found.row.sent_at if handled else None,
        is_handled=handled,
    )


def _handles(actor: Actor, inviter: int, act: InvitationAct) -> bool:
    return may_handle(actor, InvitationFacts(inviter, actor.country_code or ""), act)


# --- Whom to ask ------------------------------------------------------------------------------------------------------


def _whom_to_ask(actor: Actor, ids: list[int], inviters: list[int]) -> _Asked:
    """The access managers of each, or who has invited it, as far as they are that today (R13, R30)."""
    asked = _Asked()
    if ids:
        managers = select(AccessManagerLink.authority_id, AccessManagerLink.manager_id).where(
            AccessManagerLink.authority_id.in_(ids)
        )
        inviting = select(Invitation.authority_id, Invitation.inviting_authority_id).where(
            Invitation.authority_id.in_(ids),
            Invitation.status.in_((InvitationStatus.registered, InvitationStatus.returned)),
        )
        rows: Sequence[Any] = db.session.execute(union_all(managers, inviting)).all()
        for number, body in rows:
            asked.of.setdefault(number, []).append(body)
    _add_bodies(actor, asked, {body for bodies in asked.of.values() for body in bodies} | set(inviters))
    return asked


def _add_bodies(actor: Actor, asked: _Asked, numbers: set[int]) -> None:
    nimic = and_(Authority.kind == AuthorityKind.nimic, Authority.country_code == actor.country_code)
    columns = (Authority.id, Authority.kind, Authority.official_name, Authority.phone, Authority.email)
    found = select(*columns).where(or_(nimic, and_(Authority.id.in_(numbers), _manages_today())))
    for row in db.session.execute(found.order_by(Authority.sort_key, Authority.id)):
        contact = Contact(row.id, row.official_name, row.phone, row.email, is_own=row.id == actor.authority_id)
        asked.bodies[row.id] = contact
        if row.kind is AuthorityKind.nimic:
            asked.nimic = contact


def _manages_today() -> ColumnElement[bool]:
    """Whether a body has a delegation in force, or needs none (R30)."""
    delegated = exists(select(Delegation.id).where(Delegation.delegate_id == Authority.id, in_force(Delegation)))
    return and_(Authority.status == AuthorityStatus.active, or_(Authority.kind != AuthorityKind.authority, delegated))
