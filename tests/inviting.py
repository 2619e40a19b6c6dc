"""Invitations and what comes of them, as tests make them: through the services, with the link from the mail."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.mail import secrecy
from app.models import Authority, Invitation, OutgoingMail, Registrant
from app.services import duplicates, invitations, registrants, self_registrations, validations
from app.services.invitation_wishes import Wishes, looked_for
from app.services.registration_details import RegistrationDetails
from app.services.registrations import Registration
from tests.registering import details, typed

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


def alike(actor: Any, given: RegistrationDetails, but: int | None = None) -> list[uuid.UUID]:
    """The likely duplicates, said to be others: what the form sends of those it shows (R9)."""
    return [match.public_id for match in duplicates.likely(actor, given, but=but)]


def invited(actor: Any, **changed: Any) -> Invitation:
    return sent(actor, wishes(**changed))


def sent(actor: Any, wished: Wishes, number: uuid.UUID | None = None) -> Invitation:
    """An invitation by who has seen what is like it, and says that it is another."""
    return invitations.invite(actor, wished, number, alike(actor, looked_for(wished)))


def validated(actor: Any, public_id: uuid.UUID, version: int) -> Registration:
    """Validated by who has seen what is like it, and says that it is another."""
    found = _waiting(public_id)
    details_of_it = registrants.details_of(*found) if found else None
    said = alike(actor, details_of_it, found[0].id) if found and details_of_it else []
    return validations.validate(actor, public_id, version, said)


def _waiting(public_id: uuid.UUID) -> tuple[Authority, Registrant] | None:
    both = select(Authority, Registrant).join(Registrant, Registrant.authority_id == Authority.id)
    row = db.session.execute(both.where(Authority.public_id == public_id)).first()
    return (row[0], row[1]) if row else None


def registered(actor: Any, invitation: Invitation | None = None, **changed: Any) -> Authority:
    """A body that was invited and has sent its registration."""
    return self_registrations.submit(token_of(invitation or invited(actor)), details(**changed))


def typed_of(name: str) -> Iterator[tuple[str, str]]:
    """What a body of that name saves with its form."""
    yield from typed(official_name=name).items()
