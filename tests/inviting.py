"""Invitations and what comes of them, as tests make them: through the services, with the link from the mail."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.mail import secrecy
from app.models import Authority, Invitation, OutgoingMail
from app.services import invitations, self_registrations
from app.services.invitations import Wishes
from tests.registering import details

LINK = re.compile(r"/invitation/([A-Za-z0-9_-]{43})")


def wishes(**changed: Any) -> Wishes:
    """What an access manager fills in who invites a municipality."""
    given: dict[str, Any] = {
        "invited_name": "Ålborg Kommune",
        "recipient_email": "post@aalborg.example",
        "language": "da",
        "message": "Kære Ålborg\n\nVi glæder os til at se jer.",
    }
    return Wishes(**(given | changed))


def mails_of(kind: str) -> list[OutgoingMail]:
    """All of a kind, in the order in which they were ordered."""
    return list(db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind).order_by(OutgoingMail.id)))


def text_of(mail: OutgoingMail) -> str:
    assert mail.body is not None
    return secrecy.unseal(mail.body).text


def token_in(mail: OutgoingMail) -> str:
    found = LINK.search(text_of(mail))
    assert found is not None
    return found[1]


def token_of(invitation: Invitation) -> str:
    """The link that opens it now: from the last mail that carried one."""
    carriers = select(OutgoingMail).where(OutgoingMail.invitation_id == invitation.id, OutgoingMail.holds_secret)
    return token_in(db.session.scalars(carriers.order_by(OutgoingMail.id.desc()).limit(1)).one())


def invited(actor: Any, **changed: Any) -> Invitation:
    return invitations.invite(actor, wishes(**changed))


def registered(actor: Any, invitation: Invitation | None = None, **changed: Any) -> Authority:
    """A body that was invited and has sent its registration."""
    return self_registrations.submit(token_of(invitation or invited(actor)), details(**changed))
