"""What the days do to invitations and registrations: they end, are reminded of, lapse and are deleted (R13, R19).

Each act takes one row, looks again whether it is due while it holds it, and so does nothing when run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityStatus, Invitation, InvitationStatus, LoggedAct, Registrant
from app.policy.calendar import day_of, end_of
from app.services import audit, invitation_mails, outgoing_mails, registrants
from app.services.invitation_links import OPEN, last_day_of
from app.settings import setting

_CAME_TO_NOTHING = (AuthorityStatus.rejected, AuthorityStatus.lapsed)


def over() -> Sequence[int]:
    """The invitations whose last day is past."""
    ended = Invitation.expires_at <= clock.now()
    return _ids(select(Invitation.id).where(Invitation.status.in_(OPEN), ended).order_by(Invitation.id))


def expire(invitation_id: int) -> bool:
    """Note that it has expired; what was typed is deleted, and a registration that was returned lapses."""
    invitation = _held(invitation_id)
    if invitation is None or invitation.status not in OPEN or invitation.expires_at > clock.now():
        return False
    invitation.status = InvitationStatus.expired
    invitation.typed = invitation.typed_at = None
    registrants.let_lapse(invitation)
    outgoing_mails.wipe_link(invitation.id)
    db.session.flush()
    inviter = db.session.get_one(Authority, invitation.inviting_authority_id)
    audit.record(None, LoggedAct.invitation_expired, invitation, authority=inviter)
    return True


def about_to_expire() -> Sequence[int]:
    """The invitations that end within three days, today included, and of which nobody was reminded yet."""
    last = end_of(clock.today() + timedelta(days=setting("INVITATION_REMINDER_DAYS")))
    due = select(Invitation.id).where(
        Invitation.status.in_(OPEN),
        Invitation.reminded_at.is_(None),
        Invitation.expires_at > clock.now(),
        Invitation.expires_at <= last,
    )
    return _ids(due.order_by(Invitation.id))


def remind(invitation_id: int) -> bool:
    """Remind the invited body of the last day, once for each link (M8)."""
    invitation = _held(invitation_id)
    days = timedelta(days=setting("INVITATION_REMINDER_DAYS"))
    if invitation is None or invitation.status not in OPEN or invitation.reminded_at is not None:
        return False
    if not clock.today() <= last_day_of(invitation) <= clock.today() + days:
        return False
    invitation.reminded_at = clock.now()
    invitation_mails.order_reminder(invitation)
    return True


def waiting_long() -> Sequence[int]:
    """The registrations that have awaited validation for 14 days, and of which nobody was reminded yet."""
    before = end_of(clock.today() - timedelta(days=setting("REGISTRATION_WAITS_DAYS")))
    due = select(Registrant.authority_id).join(Authority, Authority.id == Registrant.authority_id)
    waits = Authority.status == AuthorityStatus.awaiting_validation
    return _ids(due.where(waits, Registrant.waiting_told_at.is_(None), Registrant.submitted_at < before))


def tell_of_waiting(authority_id: int) -> bool:
    """Bring it to the mind of whoever handles it, and of the national coordinator, once (M17)."""
    invitation, authority = _held_of(authority_id)
    registrant = db.session.get(Registrant, authority_id, populate_existing=True)
    if invitation is None or registrant is None or registrant.waiting_told_at is not None:
        return False
    waited = clock.today() - day_of(registrant.submitted_at)
    if authority is None or authority.status is not AuthorityStatus.awaiting_validation:
        return False
    if waited < timedelta(days=setting("REGISTRATION_WAITS_DAYS")):
        return False
    registrant.waiting_told_at = clock.now()
    invitation_mails.order_waiting(invitation, authority, registrant)
    return True


def to_purge() -> Sequence[int]:
    """The registrations that came to nothing, and whose days are over."""
    due = select(Authority.id).where(Authority.status.in_(_CAME_TO_NOTHING), Authority.purge_on <= clock.today())
    return _ids(due.order_by(Authority.id))


def purge(authority_id: int) -> bool:
    """Delete it for good, with everything that was written in it (R19)."""
    invitation, authority = _held_of(authority_id)
    if invitation is None or authority is None or authority.status not in _CAME_TO_NOTHING:
        return False
    if authority.purge_on is None or authority.purge_on > clock.today():
        return False
    registrants.discard(authority, invitation)
    return True


def _ids(query: Select[Any]) -> Sequence[int]:
    return list(db.session.scalars(query))


def _held(invitation_id: int) -> Invitation | None:
    return db.session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)


def _held_of(authority_id: int) -> tuple[Invitation | None, Authority | None]:
    """Both, the invitation first, as all do who hold both."""
    number = db.session.scalar(select(Invitation.id).where(Invitation.authority_id == authority_id))
    invitation = _held(number) if number else None
    return invitation, db.session.get(Authority, authority_id, with_for_update=True, populate_existing=True)


# What the daily job does, in its order: what is due, and what is done about one of them.
DAILY: dict[str, tuple[Callable[[], Sequence[int]], Callable[[int], bool]]] = {
    "expired": (over, expire),
    "reminded": (about_to_expire, remind),
    "waiting_long": (waiting_long, tell_of_waiting),
    "purged": (to_purge, purge),
}
