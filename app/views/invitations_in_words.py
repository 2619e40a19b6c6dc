"""Invitations as pages show them: state, dates, who did what, and the step list (journey 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for

from app import clock
from app.i18n import _, ngettext
from app.i18n.invitations import MAIL, MEANING, STATUS
from app.i18n.things import language, language_name
from app.models import Invitation, InvitationStatus, name_in
from app.policy.calendar import day_of
from app.services import invitation_links
from app.services.invitation_links import OPEN
from app.services.invitation_reading import InvitationRead
from app.views.readers_form import day, moment, number

SOON = timedelta(days=3)
# Which step of journey 2 is under way; four where all are done.
STEP_OF = {
    InvitationStatus.sent: 1,
    InvitationStatus.returned: 1,
    InvitationStatus.registered: 2,
    InvitationStatus.rejected: 2,
    InvitationStatus.validated: 3,
}


def step_items() -> list[str]:
    """The step list of journey 2, in the guide's words."""
    return [
        _("Invite the authority to register itself"),
        _("The authority registers itself"),
        _("Validate the registration"),
        _("Grant access to modules"),
    ]


def step_index(status: InvitationStatus) -> int:
    """The step that is under way."""
    return STEP_OF.get(status, 1)


def state_of(invitation: Invitation) -> tuple[object, str]:
    """How it stands today, with its tone."""
    return STATUS[invitation_links.status_of(invitation).value]


def age(since: Any) -> str:
    """How many days ago, as a list says it."""
    days = (clock.today() - day_of(since)).days
    if days == 0:
        return _("today")
    return ngettext("%(count)s day ago", "%(count)s days ago", days, count=number(days))


def last_day(invitation: Invitation) -> tuple[str, str]:
    """The last day of the link, and how soon that is, where it is soon; nothing where the link opens no form."""
    if invitation_links.status_of(invitation) not in OPEN:
        return "", ""
    last = invitation_links.last_day_of(invitation)
    left = (last - clock.today()).days
    if left > SOON.days:
        return day(last), ""
    if left == 0:
        return day(last), _("expires today")
    return day(last), ngettext("%(count)s day left", "%(count)s days left", left, count=number(left))


def closing(read: InvitationRead) -> str:
    """Who brought it to its end, and when; that it expired."""
    row = read.invitation
    status = invitation_links.status_of(row)
    if status is InvitationStatus.expired:
        return _("It expired on %(day)s.", day=day(invitation_links.last_day_of(row)))
    if row.closed_at is None:
        return ""
    told = {"name": read.closed_by or _("a former user"), "moment": moment(row.closed_at)}
    match status:
        case InvitationStatus.cancelled:
            return _("%(name)s cancelled it on %(moment)s.", **told)
        case InvitationStatus.validated:
            return _("%(name)s validated the registration on %(moment)s.", **told)
        case InvitationStatus.rejected:
            return _("%(name)s rejected the registration on %(moment)s.", **told)
    return ""


def meaning(invitation: Invitation) -> str:
    """What its state means, and what comes next."""
    return str(MEANING[invitation_links.status_of(invitation).value])


def mail(read: InvitationRead) -> tuple[object, str] | None:
    """Where the last mail with the link stands, as long as the link matters."""
    matters = invitation_links.status_of(read.invitation) in OPEN
    return MAIL[read.mail.value] if read.mail is not None and matters else None


def facts(read: InvitationRead) -> list[tuple[str, str]]:
    """What was sent, to whom, by whom: label and value."""
    row, reads = read.invitation, language()
    last, _soon = last_day(row)
    sent_by = ", ".join(filter(None, (read.invited_by or _("a former user"), read.inviter)))
    saved = moment(row.typed_at) if row.typed_at else ""
    modules = ", ".join(name_in(module.names, reads) for module in read.modules)
    entries = ", ".join(name_in(entry.names, reads) for entry in read.entries)
    return [
        (_("E-mail address"), row.recipient_email),
        (_("Language"), language_name(row.language)),
        (_("Invited by"), sent_by),
        (_("Last sent"), moment(row.sent_at)),
        (_("Times sent again"), number(row.times_sent - 1)),
        *([(_("Last day"), last)] if last else []),
        *([(_("Saved by the authority, not sent yet"), saved)] if saved else []),
        *([(_("Suggested modules"), modules)] if modules else []),
        *([(_("Suggested areas of responsibility"), entries)] if entries else []),
    ]


def ways_on(read: InvitationRead) -> list[tuple[str, str]]:
    """Where what came of it is gone on with: label and address."""
    if read.authority is None:
        return []
    status, address = invitation_links.status_of(read.invitation), read.authority.public_id
    if status is InvitationStatus.registered:
        return [(_("See and validate the registration"), url_for("AwaitingValidationView.show", public_id=address))]
    if status is InvitationStatus.validated:
        return [(_("See the authority"), url_for("AuthorityView.authority", public_id=address))]
    return []
