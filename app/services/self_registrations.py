"""A body registers itself by its link: saves what it has typed, and sends it (§2.2, R11, R12, R14).

Nobody is signed in here. What is told of other authorities is nothing: the same statements run and the same answers are
given whether or not a name is known (R8, R9, R18).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import update

from app import clock
from app.errors import Conflict, InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import (
    Authority,
    AuthorityStatus,
    Invitation,
    InvitationStatus,
    LoggedAct,
    Registrant,
    RegistrationRoute,
)
from app.services import audit, invitation_links, invitation_mails, outgoing_mails, registrants
from app.services.invitation_links import OPEN
from app.services.registration_details import RegistrationDetails, check_what_is_typed
from app.services.registrations import logged, stored

Typed = Sequence[tuple[str, str]]
# The form's own fields, and how much of them is kept: all that may be sent, and room for what must be corrected yet.
FIELDS = re.compile(
    r"official_name|title_[a-z]{2}|external_scheme|external_value|email|phone|website|street|postal_code|city|classification"
    r"|first_name|last_name|user_email|user_phone|user_language"
)
MOST_FIELDS, MOST_LETTERS = 500, 20_000
_CHANGED = _l("Somebody else has saved something by the same link since you opened the form.")
# Why a link opens no form, by how its invitation stands; the pages say more.
CLOSED: dict[InvitationStatus, object] = {
    InvitationStatus.expired: _l("The invitation has expired. Ask the access manager to send it again."),
    InvitationStatus.cancelled: _l(
        "The invitation has been cancelled. Ask the access manager if you think it is wrong."
    ),
    InvitationStatus.registered: _l(
        "The registration has been sent already, and awaits validation. It can be changed only if it is sent back to"
        " you."
    ),
    InvitationStatus.validated: _l("The authority is registered already. Log in with your own account."),
    InvitationStatus.rejected: _l(
        "The registration has been rejected. Ask the access manager if you think it is wrong."
    ),
}


OVERTAKEN = "shown"  # the field of a Conflict where somebody else has saved something with the same link since


def save(token: str, typed: Typed, shown: str) -> Invitation:
    """Keep what has been typed so far, to go on with another day (R14). `shown` is the `mark` of what the form showed.

    NotFound and Conflict as `submit`; Conflict at the field `shown` where something else was saved meanwhile (R26).
    """
    invitation = opened_as_shown(token, shown, typed)
    if len(typed) > MOST_FIELDS or sum(len(value) for _, value in typed) > MOST_LETTERS:
        raise InvalidInput(_l("This is too much to be saved. Shorten what you have written, and save again."))
    if not all(FIELDS.fullmatch(name) for name, _ in typed):
        raise InvalidInput(_l("This cannot be saved. Open the link in the mail again."))
    if [list(pair) for pair in typed] == invitation.typed:
        return invitation  # a second click: nothing new to keep, or to log
    kept = {"typed": [[name, value] for name, value in typed], "typed_at": clock.now()}
    # Past the version, which is for those who handle the invitation: to them nothing has moved on.
    db.session.execute(update(Invitation).where(Invitation.id == invitation.id).values(**kept))
    _log(LoggedAct.registration_saved, invitation, invitation)
    return invitation


def mark(invitation: Invitation) -> str:
    """What tells one saved state from the next."""
    return invitation.typed_at.isoformat() if invitation.typed_at else ""


def opened_as_shown(token: str, shown: str, typed: Typed | None = None) -> Invitation:
    """The invitation, held, its form open and as it was shown, or with the same saved (a second click)."""
    invitation = _open(token)
    same = typed is not None and [list(pair) for pair in typed] == invitation.typed
    if mark(invitation) != shown and not same:
        raise Conflict(_CHANGED, OVERTAKEN)
    return invitation


def typed_so_far(invitation: Invitation) -> Typed:
    """What was saved and not sent, for the form; nothing where there is none."""
    return [(name, value) for name, value in invitation.typed or []]


def returned_details(invitation: Invitation) -> RegistrationDetails | None:
    """What was sent and came back to be corrected, for the form; None where nothing was."""
    if invitation_links.status_of(invitation) is not InvitationStatus.returned or invitation.authority_id is None:
        return None
    authority = db.session.get_one(Authority, invitation.authority_id)
    return registrants.details_of(authority, db.session.get_one(Registrant, authority.id))


def submit(token: str, details: RegistrationDetails) -> Authority:
    """Send the registration: it awaits validation, and whoever handles the invitation is mailed (R15, R16).

    NotFound for a link that was never sent or is replaced; Conflict with the reason where it opens no form any more:
    of two who send it at once, the second. InvalidInput with a sentence for every field that must be corrected.
    """
    invitation = _open(token)
    checked = check_what_is_typed(details, invitation.country_code)
    again = invitation.authority_id is not None
    authority = _sent_again(invitation, checked) if again else _sent(invitation, checked)
    invitation.status = InvitationStatus.registered
    invitation.typed = invitation.typed_at = None
    outgoing_mails.wipe_link(invitation.id)  # what waits to be sent would lead to no form
    db.session.flush()
    _log_sent(invitation, authority, checked, again=again)
    invitation_mails.order_news(invitation, authority, again=again)
    return authority


def _open(token: str) -> Invitation:
    opened = invitation_links.lock(token)
    if opened.status not in OPEN:
        raise Conflict(CLOSED[opened.status])
    return opened.invitation


def _sent(invitation: Invitation, details: RegistrationDetails) -> Authority:
    """The authority, which nobody finds yet, and who is to be its first user, who has no account yet (R18)."""
    authority = Authority(
        status=AuthorityStatus.awaiting_validation,
        route=RegistrationRoute.invited,
        country_code=invitation.country_code,
        registered_at=clock.now(),
        **stored(details, invitation.country_code),
    )
    db.session.add(authority)
    db.session.flush()
    registrants.add(authority, details)
    invitation.authority_id = authority.id
    return authority


def _sent_again(invitation: Invitation, details: RegistrationDetails) -> Authority:
    authority = db.session.get_one(Authority, invitation.authority_id, with_for_update=True, populate_existing=True)
    registrant = db.session.get_one(Registrant, authority.id)
    authority.status = AuthorityStatus.awaiting_validation
    registrant.submitted_at, registrant.waiting_told_at = clock.now(), None
    registrants.write(authority, registrant, details)
    return authority


def _log_sent(invitation: Invitation, authority: Authority, details: RegistrationDetails, *, again: bool) -> None:
    person = {
        "first_user": f"{details.first_name} {details.last_name}",
        "email": details.user_email,
        "phone": details.user_phone,
    }
    data = logged(details) | {"again": again}
    _log(LoggedAct.registration_submitted, invitation, authority, data, person)


def _log(
    act: LoggedAct,
    invitation: Invitation,
    subject: Authority | Invitation,
    data: dict[str, object] | None = None,
    person: dict[str, str] | None = None,
) -> None:
    """In the log of who invited: the body itself has none yet."""
    audit.record(
        None,
        act,
        subject,
        authority=db.session.get_one(Authority, invitation.inviting_authority_id),
        data={"invitation": invitation.id} | (data or {}),
        persons={name: (None, value) for name, value in (person or {}).items()},
    )
