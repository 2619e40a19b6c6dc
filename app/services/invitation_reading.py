"""Invitations as they are read: how each stands, and what belongs to one (R13)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select

from app import clock
from app.extensions import db
from app.models import (
    Authority,
    ClassificationEntry,
    ImiUser,
    Invitation,
    InvitationStatus,
    MailState,
    Module,
    OutgoingMail,
    Registrant,
)
from app.policy.actor import Actor
from app.policy.calendar import end_of
from app.policy.invitations import visible
from app.policy.matrix import InvitationAct
from app.services import invitations
from app.services.invitation_links import OPEN
from app.services.word_search import folded, words_of
from app.settings import setting

SOON = "soon"  # no state, but what one looks for among those that are sent


@dataclass(frozen=True)
class InvitationRead:
    """One invitation with the names that its page shows; `mail` is where the last mail with its link stands."""

    invitation: Invitation
    inviter: str
    invited_by: str
    closed_by: str
    authority: Authority | None
    modules: Sequence[Module]
    entries: Sequence[ClassificationEntry]
    mail: MailState | None


@dataclass(frozen=True)
class WhatWaits:
    """How many invitations end soon, and since when the oldest registration awaits validation."""

    ending: int
    oldest: datetime | None


def stands_as(status: InvitationStatus) -> ColumnElement[bool]:
    """Whether an invitation stands so today: past its last day it has expired, though nobody has noted it yet."""
    over = Invitation.status.in_(OPEN) & (Invitation.expires_at <= clock.now())
    return case((over, InvitationStatus.expired.value), else_=Invitation.status) == status.value


def ends_soon() -> ColumnElement[bool]:
    """Whether its link opens the form still, and no longer than the days before which the body is reminded (M8)."""
    last = end_of(clock.today() + timedelta(days=setting("INVITATION_REMINDER_DAYS")))
    return and_(Invitation.status.in_(OPEN), Invitation.expires_at > clock.now(), Invitation.expires_at <= last)


def conditions(text: str, state: str) -> list[ColumnElement[bool]]:
    """What a row of the list must be like: all the words in its name or address, and the state it stands in today."""
    name = folded(Invitation.invited_name)
    found = [
        name.contains(word, autoescape=True) | Invitation.email_key.contains(word, autoescape=True)
        for word in words_of(text)
    ]
    if state == SOON:
        return [*found, ends_soon()]
    return [*found, stands_as(InvitationStatus(state))] if state else found


def what_waits(actor: Actor) -> WhatWaits:
    """What the start page tells of the actor's invitations: one statement."""
    answered = and_(
        Registrant.authority_id == Invitation.authority_id, Invitation.status == InvitationStatus.registered
    )
    counted = select(func.count().filter(ends_soon()), func.min(Registrant.submitted_at))
    found = counted.select_from(Invitation).outerjoin(Registrant, answered)
    row = db.session.execute(found.where(visible(actor, InvitationAct.handle_invitation))).one()
    return WhatWaits(*row)


def read(actor: Actor, public_id: uuid.UUID) -> InvitationRead:
    """One for its page; NotFound where it is not the actor's to handle (R70)."""
    row = invitations.get(actor, public_id)
    people = _people([row.invited_by_user_id, row.closed_by_user_id])
    return InvitationRead(
        invitation=row,
        inviter=inviters([row.inviting_authority_id])[row.inviting_authority_id],
        invited_by=people.get(row.invited_by_user_id or 0, ""),
        closed_by=people.get(row.closed_by_user_id or 0, ""),
        authority=db.session.get(Authority, row.authority_id) if row.authority_id else None,
        modules=modules_of(row),
        entries=_entries_of(row),
        mail=_mail_of(row),
    )


def inviters(numbers: Collection[int]) -> dict[int, str]:
    """The names of the bodies that have invited."""
    found = select(Authority.id, Authority.official_name).where(Authority.id.in_(set(numbers)))
    return {row.id: row.official_name for row in db.session.execute(found)}


def modules_of(invitation: Invitation) -> Sequence[Module]:
    """The modules that it suggests."""
    found = select(Module).where(Module.id.in_(invitation.suggested_modules)).order_by(Module.position)
    return db.session.scalars(found).all() if invitation.suggested_modules else []


def suggested_for(authority: Authority) -> frozenset[int]:
    """The numbers of the modules that the invitation of an authority suggested; none where nobody invited it."""
    found = db.session.scalar(select(Invitation.suggested_modules).where(Invitation.authority_id == authority.id))
    return frozenset(found or ())


def _entries_of(invitation: Invitation) -> Sequence[ClassificationEntry]:
    if not invitation.suggested_classification:
        return []
    found = select(ClassificationEntry).where(ClassificationEntry.id.in_(invitation.suggested_classification))
    return db.session.scalars(found.order_by(ClassificationEntry.list_id, ClassificationEntry.position)).all()


def _people(numbers: Collection[int | None]) -> dict[int, str]:
    known = {number for number in numbers if number}
    found = select(ImiUser.id, ImiUser.first_name, ImiUser.last_name).where(ImiUser.id.in_(known))
    return {number: f"{first} {last}" for number, first, last in db.session.execute(found)} if known else {}


def _mail_of(invitation: Invitation) -> MailState | None:
    state: MailState | None = db.session.scalar(
        select(OutgoingMail.state)
        .where(OutgoingMail.invitation_id == invitation.id, OutgoingMail.holds_secret.is_(True))
        .order_by(OutgoingMail.id.desc())
        .limit(1)
    )
    return state
