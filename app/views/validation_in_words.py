"""A registration that awaits validation, beside the invitation and beside bodies that look like it (R17)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for

from app.i18n import _
from app.i18n.things import language, language_name
from app.models import Authority, InvitationStatus, name_in
from app.policy.actor import Actor
from app.security.acting import reader
from app.services import validation_tasks
from app.services.duplicates import Match, MatchState
from app.services.validation_tasks import Task
from app.views.identifiers_in_words import identifier_text

MOST_COMPARED = 3  # the likeliest
Difference = tuple[str, str, str]


@dataclass(frozen=True)
class Compared:
    """A body that is there already, beside the registration: what differs, and what is the same."""

    name: str
    url: str
    differences: list[Difference]
    same: str


def decided_already(public_id: uuid.UUID) -> Any:
    """It awaits no longer: to who comes after a colleague, or twice, what became of it (R17)."""
    done = validation_tasks.decided(reader(), public_id)
    status = done.invitation.status
    if status is InvitationStatus.validated and done.invitation.closed_by_user_id == reader().user_id:
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id), 303)  # his own second click
    by = done.by or _("a former user")
    said = {
        InvitationStatus.validated: _("The registration has been validated already, by %(name)s.", name=by),
        InvitationStatus.rejected: _("The registration has been rejected already, by %(name)s.", name=by),
        InvitationStatus.returned: _(
            "The registration has been sent back to be corrected, and no longer awaits validation."
        ),
    }.get(status, _("The registration no longer awaits validation."))
    flash(said, "info")
    return redirect(url_for("InvitationsView.show", public_id=done.invitation.public_id), 303)


def beside_invitation(task: Task) -> list[Difference]:
    """Where the registration differs from the invitation: what it is, as invited, as registered."""
    pairs = [
        (_("Name"), task.invitation.invited_name, task.authority.official_name),
        (
            _("E-mail address, of the invitation and of the first user"),
            task.invitation.recipient_email,
            task.registrant.email_address,
        ),
    ]
    return [(label, invited, sent) for label, invited, sent in pairs if invited.casefold() != sent.casefold()]


def beside_others(actor: Actor, task: Task, matches: list[Match]) -> list[Compared]:
    """The likely duplicates of which the reader may see all, each beside the registration."""
    mine = dict(known(task.authority))
    open_to_reader = (MatchState.within_reach, MatchState.deactivated)
    numbers = [match.public_id for match in matches if match.state in open_to_reader]
    return [_compared(mine, other) for other in validation_tasks.beside(actor, numbers[:MOST_COMPARED])]


def _compared(mine: dict[str, str], other: Authority) -> Compared:
    theirs = dict(known(other))
    labels = list(dict.fromkeys([*mine, *theirs]))
    pairs = [(label, mine.get(label, ""), theirs.get(label, "")) for label in labels]
    same = [label for label, one, two in pairs if one and one.casefold() == two.casefold()]
    return Compared(
        name=other.official_name,
        url=url_for("AuthorityView.authority", public_id=other.public_id),
        differences=[(label, one, two) for label, one, two in pairs if one.casefold() != two.casefold()],
        same=", ".join(same),
    )


def known(authority: Authority) -> list[tuple[str, str]]:
    """What is known of a body and can be compared: label and value."""
    reads = language()
    number = identifier_text(authority.country_code, authority.identifier_scheme, authority.identifier_value)
    titles = [
        (_("Informal title (%(language)s)", language=language_name(text.language)), text.title)
        for text in authority.texts
    ]
    return [
        (_("Official name"), authority.official_name),
        *titles,
        (_("Number in another register"), number),
        (_("Telephone"), authority.phone),
        (_("E-mail"), authority.email),
        (_("Website"), authority.website),
        (_("Street and number"), authority.street),
        (_("Postal code"), authority.postal_code),
        (_("Town or city"), authority.city),
        (_("Areas of responsibility"), ", ".join(name_in(entry.names, reads) for entry in authority.classification)),
    ]


def row_of(task: Task, inviters: dict[int, str], age: str) -> dict[str, Any]:
    """A task as the list shows it."""
    return {
        "name": task.authority.official_name,
        "city": task.authority.city,
        "url": url_for("AwaitingValidationView.show", public_id=task.authority.public_id),
        "first_user": task.registrant.full_name,
        "invited_by": inviters.get(task.invitation.inviting_authority_id, ""),
        "sent_at": task.registrant.submitted_at,
        "age": age,
    }
