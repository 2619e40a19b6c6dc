"""Who is to be the first user of a body that registers itself, and the registration as one whole (R14, R18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm.attributes import flag_modified

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityStatus, Invitation, LoggedAct, Registrant
from app.services import audit
from app.services.registration_details import RegistrationDetails, body_of
from app.services.registrations import stored
from app.settings import setting


def add(authority: Authority, details: RegistrationDetails) -> Registrant:
    """Note who is to be the first user; he gets no account yet (R18)."""
    registrant = Registrant(authority_id=authority.id, submitted_at=clock.now(), **_columns(details))
    db.session.add(registrant)
    db.session.flush()
    return registrant


def write(authority: Authority, registrant: Registrant, details: RegistrationDetails) -> None:
    """Put other details in place of what a registration holds; its version grows, whatever changed (R17)."""
    for name, value in stored(details, authority.country_code).items():
        setattr(authority, name, value)
    for name, value in _columns(details).items():
        setattr(registrant, name, value)
    flag_modified(authority, "official_name")
    db.session.flush()


def _columns(details: RegistrationDetails) -> dict[str, str]:
    return {
        "first_name": details.first_name,
        "last_name": details.last_name,
        "email_address": details.user_email,
        "phone": details.user_phone,
        "language": details.user_language,
    }


def details_of(authority: Authority, registrant: Registrant) -> RegistrationDetails:
    """What a registration holds, as a form takes it."""
    return replace(
        body_of(authority),
        first_name=registrant.first_name,
        last_name=registrant.last_name,
        user_email=registrant.email_address,
        user_phone=registrant.phone,
        user_language=registrant.language,
    )


def let_lapse(invitation: Invitation) -> None:
    """A registration that was returned, and not sent again while its link was good, lapses (R19)."""
    authority = db.session.get(Authority, invitation.authority_id) if invitation.authority_id else None
    if authority is not None and authority.status is AuthorityStatus.returned:
        authority.status = AuthorityStatus.lapsed
        set_purge_day(authority)


def set_purge_day(authority: Authority) -> None:
    """From this day on, the daily job deletes it for good (R19)."""
    authority.purge_on = clock.today() + timedelta(days=setting("REGISTRATION_PURGE_DAYS"))
    db.session.flush()


def discard(authority: Authority, invitation: Invitation) -> None:
    """Delete a registration that came to nothing, with everything that was written in it (R19).

    The invitation stays listed (R13), and so does what was logged.
    """
    audit.record(None, LoggedAct.registration_purged, authority, data={"status": authority.status.value})
    invitation.authority_id = None
    db.session.flush()
    db.session.delete(authority)
    db.session.flush()
