"""National coordinators, as rows: to register them is the Commission's act, on a page of a later day."""

from __future__ import annotations

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityKind, AuthorityStatus, ImiUser
from app.services import passwords, registrations
from app.services.registration_details import RegistrationDetails
from app.settings import setting


def add(commission: Authority, country_code: str, details: RegistrationDetails) -> tuple[Authority, ImiUser]:
    """A country's coordinator with its first user, whose access manager is the Commission; no mail, no log yet."""
    authority = Authority(
        kind=AuthorityKind.nimic,
        status=AuthorityStatus.active,
        country_code=country_code,
        registered_at=clock.now(),
        **registrations.stored(details, country_code),
    )
    db.session.add(authority)
    db.session.flush()
    user = registrations.add_first_user(authority, details)
    passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS"))
    registrations.link(authority, commission, None)
    return authority, user
