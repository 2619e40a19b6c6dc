"""The mails about invitations and the registrations that come of them: M5 to M8, and M17 for those that wait."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.extensions import db
from app.models import Authority, AuthorityKind, ImiUser, Invitation, OutgoingMail, Registrant
from app.policy.actor import Actor
from app.policy.calendar import day_of
from app.policy.invitations import is_in_charge
from app.services import authorities, invitation_links, outgoing_mails


def keeper_of(invitation: Invitation) -> Authority:
    """Who handles it today: the body that sent it, or the national coordinator once that is no access manager (R13)."""
    sent_it = select(Authority).where(Authority.id == invitation.inviting_authority_id)
    keeper: Authority | None = db.session.scalar(sent_it.where(is_in_charge()))
    return keeper or _nimic_of(invitation) or db.session.scalars(sent_it).one()


def _nimic_of(invitation: Invitation) -> Authority | None:
    nimic: Authority | None = db.session.scalar(
        select(Authority).where(
            Authority.kind == AuthorityKind.nimic, Authority.country_code == invitation.country_code
        )
    )
    return nimic


def contact_of(authority: Authority) -> str:
    """Where to ask: its e-mail address and telephone number, as far as it has them."""
    return ", ".join(filter(None, (authority.email, authority.phone)))


def order_invitation(actor: Actor, invitation: Invitation, token: str) -> OutgoingMail:
    """M5: who invites, his message, the personal link and its last day (R12)."""
    facts = {"invited": invitation.invited_name, "message": invitation.message, "sender": actor.full_name}
    return _to_invited("M5", invitation, _by(actor) | facts | _link(invitation, token), sent_by=actor)


def order_return(actor: Actor, invitation: Invitation, name: str, token: str) -> OutgoingMail:
    """M7: the registration is to be corrected, why, and the new link (R19)."""
    facts = {"authority": name, "reason": invitation.return_reason, "sender": actor.full_name}
    return _to_invited("M7-returned", invitation, _by(actor) | facts | _link(invitation, token), sent_by=actor)


def order_rejection(actor: Actor, invitation: Invitation, authority: Authority) -> OutgoingMail:
    """M7: the registration was rejected, why, and when its data are deleted (R17, R19)."""
    facts = {"authority": authority.official_name, "reason": invitation.closing_reason, "sender": actor.full_name}
    return _to_invited(
        "M7-rejected", invitation, _by(actor) | facts | {"deleted_on": authority.purge_on}, sent_by=actor
    )


def order_validation(actor: Actor, invitation: Invitation, authority: Authority) -> OutgoingMail:
    """M7: the registration was validated. The password is in M1 alone, to the first user."""
    return _to_invited("M7-validated", invitation, _by(actor) | {"authority": authority.official_name}, sent_by=actor)


def order_cancellation(actor: Actor, invitation: Invitation) -> OutgoingMail:
    """M8: the invitation was cancelled, why, whom to ask, and when what was sent is deleted (R13, R19)."""
    facts = {"invited": invitation.invited_name, "reason": invitation.closing_reason, "sender": actor.full_name}
    sent = db.session.get_one(Authority, invitation.authority_id) if invitation.authority_id else None
    deleted = {"deleted_on": sent.purge_on if sent else None}
    return _to_invited("M8-cancelled", invitation, _by(actor) | facts | deleted, sent_by=actor)


def order_reminder(invitation: Invitation) -> OutgoingMail:
    """M8: the last day is near, and whom to ask. It holds no link: that is in the mail before, and nowhere else."""
    keeper = keeper_of(invitation)
    facts = {
        "invited": invitation.invited_name,
        "access_manager": keeper.official_name,
        "contact": contact_of(keeper),
        "sent_on": day_of(invitation.sent_at),
        "last_day": invitation_links.last_day_of(invitation),
    }
    return _to_invited("M8-expiring", invitation, facts, reply_to=keeper.email)


def order_news(invitation: Invitation, authority: Authority, *, again: bool) -> None:
    """M6 to each administrator of who handles the invitation (R15)."""
    keeper = keeper_of(invitation)
    facts = {"authority": authority.official_name, "access_manager": _inviter(invitation), "again": again}
    _to_administrators("M6", [keeper], facts)


def order_waiting(invitation: Invitation, authority: Authority, registrant: Registrant) -> None:
    """M17 to the administrators of who handles the invitation, and of the national coordinator (R19)."""
    facts = {
        "authority": authority.official_name,
        "access_manager": _inviter(invitation),
        "submitted_on": day_of(registrant.submitted_at),
    }
    nimic = _nimic_of(invitation)
    keepers = {keeper.id: keeper for keeper in (keeper_of(invitation), nimic) if keeper is not None}
    _to_administrators("M17-waiting", list(keepers.values()), facts)


def _inviter(invitation: Invitation) -> str:
    return db.session.get_one(Authority, invitation.inviting_authority_id).official_name


def _to_administrators(kind: str, keepers: list[Authority], facts: Mapping[str, object]) -> None:
    for keeper in keepers:
        for user in authorities.users_of(keeper, administrators_only=True):
            outgoing_mails.order(
                kind,
                to=user,
                recipient=user.email_address,
                language=user.language,
                authority_id=keeper.id,
                facts={"name": user.full_name, **facts},
            )


def _to_invited(
    kind: str, invitation: Invitation, facts: Mapping[str, object], *, sent_by: Actor | None = None, reply_to: str = ""
) -> OutgoingMail:
    return outgoing_mails.order(
        kind,
        recipient=invitation.recipient_email,
        language=invitation.language,
        authority_id=invitation.inviting_authority_id,
        invitation_id=invitation.id,
        expires_at=invitation.expires_at if "last_day" in facts else None,
        reply_to=_answers_go_to(sent_by) if sent_by else reply_to,
        facts=facts,
    )


def _by(actor: Actor) -> dict[str, object]:
    """Who writes, and whom to ask: the body of who acts, which stands for what it sends (R84)."""
    body = db.session.get_one(Authority, actor.authority_id)
    return {"access_manager": body.official_name, "contact": contact_of(body)}


def _answers_go_to(actor: Actor) -> str:
    """The registered address of the sender's body, else his own; never a typed one (R84)."""
    body = db.session.get_one(Authority, actor.authority_id)
    return body.email or db.session.get_one(ImiUser, actor.user_id).email_address


def _link(invitation: Invitation, token: str) -> dict[str, object]:
    return {"token": token, "last_day": invitation_links.last_day_of(invitation)}
