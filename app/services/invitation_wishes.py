"""What an invitation is made of, and whether it is right (R9, R11, R41)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.errors import InvalidInput, NotAllowed
from app.extensions import db
from app.i18n import _l
from app.models import Module
from app.policy.actor import Actor
from app.policy.folding import fold
from app.policy.invitations import may_invite
from app.services import free_text
from app.services.entered_text import Entries
from app.services.reference_lists import is_open_today
from app.services.registration_details import (
    NAME_LENGTH,
    NAME_TAKEN,
    NO_PERSON,
    NOT_COMPARABLE,
    RegistrationDetails,
    is_comparable,
    is_taken,
    refuse_unknown_entries,
)
from app.settings import setting

MESSAGE_LENGTH = 2000


@dataclass(frozen=True)
class Wishes:
    """What an invitation is made of; modules and classification are suggestions, which bind nobody."""

    invited_name: str
    recipient_email: str
    language: str
    message: str = ""
    module_ids: frozenset[int] = frozenset()
    entry_ids: frozenset[int] = frozenset()


def check(actor: Actor, wishes: Wishes) -> Wishes:
    """The wishes in the form in which they are stored; changes nothing.

    NotAllowed for who invites nobody; InvalidInput with a sentence for every field that must be corrected.
    """
    entries = _begun(actor)
    checked = _checked_shared(entries, _checked_recipient(entries, wishes))
    _note_unfit_name(entries, actor, checked.invited_name)
    return _without_unknown(entries, actor, checked)


def check_shared(actor: Actor, wishes: Wishes) -> Wishes:
    """The same of what many invitations have in common: language, message and suggestions."""
    entries = _begun(actor)
    return _without_unknown(entries, actor, _checked_shared(entries, wishes))


def check_recipient(actor: Actor, wishes: Wishes) -> Wishes:
    """The same of what each of them has for itself: name, e-mail address and language."""
    entries = _begun(actor)
    checked = _checked_shared(entries, _checked_recipient(entries, wishes))
    _note_unfit_name(entries, actor, checked.invited_name)
    entries.refuse()
    free_text.refuse_usernames(actor, "invited_name", checked.invited_name)
    return checked


def _begun(actor: Actor) -> Entries:
    if not may_invite(actor):
        raise NotAllowed(_l("You cannot invite authorities. An administrator of an access manager can."))
    return Entries()


def _without_unknown(entries: Entries, actor: Actor, checked: Wishes) -> Wishes:
    entries.refuse()
    refuse_unknown_entries(checked.entry_ids)
    _refuse_unknown_modules(checked.module_ids)
    free_text.refuse_usernames(actor, "message", checked.message)
    free_text.refuse_usernames(actor, "invited_name", checked.invited_name)
    return checked


def _checked_recipient(entries: Entries, wishes: Wishes) -> Wishes:
    return replace(
        wishes,
        invited_name=entries.name(
            "invited_name",
            wishes.invited_name,
            NAME_LENGTH,
            required=_l("Write the name of the authority that you invite."),
        ),
        recipient_email=entries.email(
            "recipient_email",
            wishes.recipient_email,
            required=_l("Write the e-mail address to which the invitation is sent."),
        ),
    )


def _checked_shared(entries: Entries, wishes: Wishes) -> Wishes:
    return replace(
        wishes,
        language=entries.one_of(
            "language", wishes.language, set(setting("LANGUAGES")), _l("Choose a language from the list.")
        ),
        message=entries.message("message", wishes.message, MESSAGE_LENGTH),
    )


def _note_unfit_name(entries: Entries, actor: Actor, name: str) -> None:
    """Who is registered already is not invited: he could only be rejected (R9)."""
    if "invited_name" in entries.problems:
        return
    if not is_comparable(fold(name)):
        entries.note("invited_name", NOT_COMPARABLE)
    elif is_taken(actor.country_code, name):
        entries.note("invited_name", NAME_TAKEN)


def _refuse_unknown_modules(module_ids: frozenset[int]) -> None:
    """Modules that take authorities today (R41). Which of them are granted is decided after validation (R31)."""
    if not module_ids:
        return
    if not module_ids <= set(db.session.scalars(select(Module.id).where(is_open_today()))):
        raise InvalidInput(
            _l("Some fields must be corrected. Nothing has been saved yet."),
            {"modules": _l("One of the chosen modules can no longer be used. Choose again.")},
        )


def looked_for(wishes: Wishes) -> RegistrationDetails:
    """What likely duplicates are looked for by, of what an invitation tells of a body (R8)."""
    unknown = dict.fromkeys(("phone", "website", "street", "postal_code", "city"), "")
    known = {"official_name": wishes.invited_name, "email": wishes.recipient_email}
    return RegistrationDetails(titles={}, entry_ids=frozenset(), **known, **unknown, **NO_PERSON)
