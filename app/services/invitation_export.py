"""The list of invitations as a file (R13, R71): never with a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from app.i18n import _l
from app.i18n.exports import YES_OR_NO
from app.i18n.invitations import STATUS
from app.models import Authority, Country, Invitation, name_in
from app.policy.actor import Actor
from app.policy.calendar import day_of
from app.policy.invitations import visible
from app.policy.matrix import InvitationAct
from app.services import invitation_links, invitation_reading
from app.services.exports import Column, Export, What, batches

Line = tuple[Any, str]  # the row, and its country in words


@dataclass(frozen=True)
class WantedInvitations:
    """What is asked for; what is left empty narrows nothing."""

    words: str = ""
    state: str = ""


COLUMNS = (
    Column(_l("Authority"), 40, lambda line: line[0].invited_name),
    Column(_l("E-mail address"), 32, lambda line: line[0].recipient_email),
    Column(_l("Country"), 12, lambda line: line[1]),
    Column(_l("Status"), 16, lambda line: str(STATUS[invitation_links.status_of(line[0]).value][0])),
    Column(_l("Saved, not sent yet"), 18, lambda line: str(YES_OR_NO[line[0].typed_at is not None])),
    Column(_l("Sent"), 14, lambda line: day_of(line[0].sent_at)),
    Column(_l("Last day"), 14, lambda line: _last_day(line[0])),
    Column(_l("Times sent again"), 16, lambda line: line[0].times_sent - 1),
    Column(_l("Invited by"), 40, lambda line: line[0].inviter),
)


def _last_day(row: Any) -> Any:
    """Of a link that opens its form still; as the list says it."""
    is_open = invitation_links.status_of(row) in invitation_links.OPEN
    return invitation_links.last_day_of(row) if is_open else None


def of(wanted: WantedInvitations, order: tuple[str, bool], language: str) -> Export:
    """The list as it is asked for, whole; with the words of one language."""
    chosen = {"words": "yes" if wanted.words.strip() else "", "state": wanted.state}
    return Export(
        What.invitations,
        {name: value for name, value in chosen.items() if value},
        COLUMNS,
        found=partial(_ids, wanted=wanted),
        read=partial(_read, wanted=wanted, order=order, language=language),
    )


def _ids(actor: Actor, wanted: WantedInvitations) -> Select[Any]:
    handled = select(Invitation.id).where(visible(actor, InvitationAct.handle_invitation))
    return handled.where(*invitation_reading.conditions(wanted.words, wanted.state))


def _read(actor: Actor, wanted: WantedInvitations, order: tuple[str, bool], language: str) -> Iterator[Line]:
    for rows in batches(_query(actor, wanted, order)):
        for row in rows:
            yield row, name_in(row.country_names, language)


def _query(actor: Actor, wanted: WantedInvitations, order: tuple[str, bool]) -> Select[Any]:
    found = _ids(actor, wanted).subquery()
    by = getattr(Invitation, order[0])
    columns = ("invited_name", "recipient_email", "status", "sent_at", "expires_at", "times_sent", "typed_at")
    return (
        select(
            *(getattr(Invitation, name) for name in columns),
            Country.names.label("country_names"),
            Authority.official_name.label("inviter"),
        )
        .join(found, found.c.id == Invitation.id)
        .join(Country, Country.code == Invitation.country_code)
        .join(Authority, Authority.id == Invitation.inviting_authority_id)
        .order_by(by.desc() if order[1] else by.asc(), Invitation.id)
    )
