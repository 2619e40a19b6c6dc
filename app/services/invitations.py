"""Inviting a body to register itself: the invitation is sent, sent again, cancelled (§2.2, R11–R13)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, select

from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import Authority, Invitation, InvitationStatus, LoggedAct, OutgoingMail
from app.models.base import new_public_id
from app.policy.actor import Actor
from app.policy.invitations import visible
from app.policy.likeness import email_key, name_key
from app.policy.matrix import InvitationAct
from app.services import audit, free_text, invitation_links, invitation_mails, outgoing_mails, registrants
from app.services.conflicts import refusing
from app.services.dismissed_duplicates import as_logged, said_to_be_others
from app.services.entered_text import Entries
from app.services.invitation_wishes import Wishes, check, looked_for
from app.services.registrations import wait_for_turn
from app.settings import setting

REASON_LENGTH = 1000
MOVED_ON = _l("The invitation has moved on in the meantime. Look at it again before you do anything about it.")
# In which states what can be done; the rest of the states' table is in self_registrations, validations and the job.
ACTS: Mapping[str, tuple[InvitationStatus, ...]] = {
    "resend": (InvitationStatus.sent, InvitationStatus.expired, InvitationStatus.returned),
    "cancel": (InvitationStatus.sent, InvitationStatus.expired, InvitationStatus.returned),
}


def invite(
    actor: Actor,
    wishes: Wishes,
    number: uuid.UUID | None = None,
    not_the_same: Collection[uuid.UUID] = (),
) -> Invitation:
    """Send an invitation with a personal link (R12). `number` is the public number its form chose: what is sent twice
    is invited once, and answered alike. Conflict where a body is like it that was not said to be another (R9)."""
    wait_for_turn(actor)
    done = sent_before(actor, number)
    if done:
        return done
    checked, dismissed = ready(actor, wishes, not_the_same)
    invitation = _new(actor, checked, number or new_public_id())
    token = invitation_links.give(invitation)
    again = Conflict(_l("This invitation has been sent already. Open the form again to invite another authority."))
    with refusing({"uq_invitation_public_id": again, "invitation.public_id": again}):
        db.session.add(invitation)
    invitation_mails.order_invitation(actor, invitation, token)
    _log(actor, LoggedAct.invitation_sent, invitation, more=as_logged(dismissed))
    return invitation


def sent_before(actor: Actor, number: uuid.UUID | None) -> Invitation | None:
    """What this person has sent under the number, if he did."""
    mine = select(Invitation).where(Invitation.public_id == number, Invitation.invited_by_user_id == actor.user_id)
    return db.session.scalar(mine) if number else None


def ready(actor: Actor, wishes: Wishes, not_the_same: Collection[uuid.UUID] = ()) -> tuple[Wishes, list[uuid.UUID]]:
    """The wishes as they are stored, and the likely duplicates that were said to be others; refuses as `invite` does.

    Changes nothing: a door asks it first, so that what is refused is not counted as sent (R85).
    """
    checked = check(actor, wishes)
    return checked, said_to_be_others(actor, looked_for(checked), not_the_same)


def _new(actor: Actor, wishes: Wishes, number: uuid.UUID) -> Invitation:
    return Invitation(
        public_id=number,
        country_code=actor.country_code,
        inviting_authority_id=actor.authority_id,
        invited_by_user_id=actor.user_id,
        recipient_email=wishes.recipient_email,
        invited_name=wishes.invited_name,
        language=wishes.language,
        message=wishes.message,
        suggested_modules=sorted(wishes.module_ids),
        suggested_classification=sorted(wishes.entry_ids),
        likeness_key=name_key(wishes.invited_name),
        email_key=email_key(wishes.recipient_email),
        status=InvitationStatus.sent,
    )


def get(actor: Actor, public_id: uuid.UUID) -> Invitation:
    """One invitation for its page; NotFound where it is unknown and where it is not the actor's to handle (R70)."""
    return _found(actor, Invitation.public_id == public_id, held=False)


def acts_on(invitation: Invitation) -> tuple[str, ...]:
    """What can be done about it as it stands: `resend`, `cancel`."""
    status = invitation_links.status_of(invitation)
    spent = invitation.times_sent > setting("MOST_RESENDS")
    return tuple(act for act, states in ACTS.items() if status in states and not (act == "resend" and spent))


def resend(actor: Actor, public_id: uuid.UUID, version: int) -> OutgoingMail:
    """Send it again with a new link, good for as many days as the first; the old link is dead (R13).

    Conflict where it has moved on since the page with that version was shown, or was sent as often as may be (R85).
    """
    invitation = _found(actor, Invitation.public_id == public_id, held=True)
    _refuse_stale(invitation, version)
    return _send_again(actor, invitation)


def resend_undelivered(actor: Actor, invitation_id: int) -> OutgoingMail:
    """The same, for who sees that its mail did not arrive: a dead link is not sent twice (R87)."""
    try:
        return _send_again(actor, _found(actor, Invitation.id == invitation_id, held=True))
    except NotFound as hidden:
        told = _l("Only the access manager that invited the authority can send the link again.")
        raise NotAllowed(told) from hidden


def _send_again(actor: Actor, invitation: Invitation) -> OutgoingMail:
    if invitation_links.status_of(invitation) not in ACTS["resend"]:
        raise Conflict(MOVED_ON)
    if invitation.times_sent > setting("MOST_RESENDS"):
        raise Conflict(
            _l(
                "The invitation has been sent again as often as it can be. Cancel it, check the e-mail address by"
                " telephone, and send a new one."
            )
        )
    name = _open_again(invitation)
    token = invitation_links.give(invitation)
    invitation.times_sent += 1
    db.session.flush()
    _log(actor, LoggedAct.invitation_sent_again, invitation)
    if name is not None:
        return invitation_mails.order_return(actor, invitation, name, token)
    return invitation_mails.order_invitation(actor, invitation, token)


def _open_again(invitation: Invitation) -> str | None:
    """The name of the registration that waits to be corrected; one that lapsed makes room for a new one (R19)."""
    authority = db.session.get(Authority, invitation.authority_id) if invitation.authority_id else None
    if invitation_links.status_of(invitation) is InvitationStatus.returned and authority:
        return authority.official_name
    if invitation_links.status_of(invitation) is not InvitationStatus.sent:  # else the body goes on with what it saved
        invitation.typed = invitation.typed_at = None
    invitation.status = InvitationStatus.sent
    invitation.return_reason = ""
    if authority:
        registrants.discard(authority, invitation)
    return None


def cancel(actor: Actor, public_id: uuid.UUID, version: int, reason: str) -> None:
    """Cancel it, with a reason that the invited body is told (R13); what it had typed is deleted.

    Conflict where it has moved on since that version was shown: who has sent his registration is answered instead.
    """
    invitation = _found(actor, Invitation.public_id == public_id, held=True)
    _refuse_stale(invitation, version)
    if invitation_links.status_of(invitation) not in ACTS["cancel"]:
        raise Conflict(MOVED_ON)
    invitation.closing_reason = checked_reason(actor, reason)
    invitation.status = InvitationStatus.cancelled
    close(actor, invitation)
    registrants.let_lapse(invitation)
    outgoing_mails.wipe_link(invitation.id)
    invitation_mails.order_cancellation(actor, invitation)
    _log(actor, LoggedAct.invitation_cancelled, invitation, reason=invitation.closing_reason)


def checked_reason(actor: Actor, reason: str) -> str:
    """A reason that goes out in a mail; InvalidInput where there is none, or where it holds a username (R84)."""
    entries = Entries()
    checked = entries.message(
        "reason", reason, REASON_LENGTH, required=_l("Write a reason. It stands in the mail to the authority.")
    )
    entries.refuse()
    free_text.refuse_usernames(actor, "reason", checked)
    return checked


def close(actor: Actor | None, invitation: Invitation) -> None:
    """Note who brought it to its end and when, and forget what was typed."""
    invitation.typed = invitation.typed_at = None
    invitation.closed_at = clock.now()
    invitation.closed_by_user_id = actor.user_id if actor else None
    db.session.flush()


def _found(actor: Actor, which: ColumnElement[bool], *, held: bool) -> Invitation:
    found = select(Invitation).where(which, visible(actor, InvitationAct.handle_invitation))
    if held:
        found = found.with_for_update(of=Invitation).execution_options(populate_existing=True)
    invitation: Invitation | None = db.session.scalar(found)
    if invitation is None:
        raise NotFound
    return invitation


def _refuse_stale(invitation: Invitation, version: int) -> None:
    if invitation.version != version:
        raise Conflict(MOVED_ON)


def _log(
    actor: Actor, act: LoggedAct, invitation: Invitation, *, reason: str = "", more: Mapping[str, object] | None = None
) -> None:
    audit.record(
        actor,
        act,
        invitation,
        authority=db.session.get_one(Authority, invitation.inviting_authority_id),
        data={"language": invitation.language, "times_sent": invitation.times_sent, **(more or {})},
        persons={"recipient": (None, invitation.recipient_email)},
        reason=reason,
        outside_own=invitation.inviting_authority_id != actor.authority_id,
    )
