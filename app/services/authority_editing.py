"""*Rediger myndighed* and *Bekræft oplysninger*: an authority's own data are kept (§3.1.1, R23–R26, R93)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import flag_modified

from app import clock
from app.errors import Conflict, InvalidInput, NotAllowed
from app.extensions import db
from app.i18n import _l
from app.models import Authority, AuthorityStatus, AuthorityText, ImiUser, LoggedAct
from app.policy import confirmation
from app.policy.actor import Actor
from app.policy.authorities import Target, may
from app.policy.matrix import Act
from app.services import audit, authorities, registration_details, registrations
from app.services.conflicts import refusing
from app.services.dismissed_duplicates import as_logged, said_to_be_others
from app.services.entered_text import Entries
from app.services.reference_lists import spoken_languages
from app.services.registration_details import NAME_TAKEN, RegistrationDetails, body_of
from app.settings import setting

DESCRIPTION_LENGTH = 2000
OVERTAKEN = "version"  # the field of a Conflict where somebody else has changed the authority since
CHANGED_UNSEEN = _l(
    "Somebody else has changed the authority since you opened it. Open it again, and look through its data before you"
    " confirm them."
)
CHANGED = _l("Somebody else has changed the authority since you opened it.")


@dataclass(frozen=True)
class AuthorityDetails:
    """What can be edited of an authority: what a registration asks for, and a description and languages besides."""

    body: RegistrationDetails
    descriptions: Mapping[str, str] = field(default_factory=dict)
    working_languages: tuple[str, ...] = ()


def details_of(authority: Authority) -> AuthorityDetails:
    """What stands there now, as a form takes it."""
    descriptions = {text.language: text.description for text in authority.texts if text.description}
    return AuthorityDetails(body_of(authority), descriptions, tuple(sorted(authority.working_languages)))


def may_rename(actor: Actor, target: Target) -> bool:
    """Whether the official name is the actor's to keep: its access managers', not its own administrators' (R25)."""
    return may(actor, Act.edit_official_name, target)


def edit(
    actor: Actor,
    public_id: uuid.UUID,
    version: int,
    details: AuthorityDetails,
    not_the_same: Collection[uuid.UUID] = (),
) -> Authority:
    """Write other data in place of an authority's.

    NotFound out of scope; Conflict at the field `version` where it has changed since that version was shown (R26), or
    at the name where it is taken, or like another that was not said to be another (R9); InvalidInput with a sentence
    for every field that must be corrected; NotAllowed for a name that is not the actor's to change (R25).
    """
    authority = _locked(actor, public_id)
    if authority.version != version:
        raise Conflict(CHANGED, OVERTAKEN)
    before = details_of(authority)
    checked = _checked(authority, details)
    if checked == before:
        return authority
    dismissed = _renamed(actor, authority, checked, not_the_same)
    _write(authority, checked)
    _log(actor, authority, before, checked, dismissed)
    return authority


def _locked(actor: Actor, public_id: uuid.UUID, act: Act = Act.edit_data) -> Authority:
    authority = authorities.lock(actor, public_id, act)
    if authority.status is not AuthorityStatus.active:
        raise Conflict(_l("The authority is deactivated. Reactivate it before you change its data."))
    return authority


def _checked(authority: Authority, details: AuthorityDetails) -> AuthorityDetails:
    entries = Entries()
    body = registration_details.check_body(entries, details.body, authority.country_code, but=authority.id)
    descriptions = {
        language: entries.message(f"description_{language}", said, DESCRIPTION_LENGTH)
        for language, said in details.descriptions.items()
    }
    entries.refuse()
    there = {entry.id for entry in authority.classification}  # one that is offered no more stays until it is taken away
    registration_details.refuse_unknown_entries(body.entry_ids - there)
    _refuse_unknown_languages(authority, details.working_languages)
    kept = {language: said for language, said in descriptions.items() if said}
    return AuthorityDetails(body, kept, tuple(sorted(details.working_languages)))


def _refuse_unknown_languages(authority: Authority, languages: Collection[str]) -> None:
    if not set(languages) <= {*spoken_languages(), *authority.working_languages}:
        told = {"working_languages": _l("Choose languages from the list.")}
        raise InvalidInput(_l("Some fields must be corrected. Nothing has been saved yet."), told)


def _renamed(
    actor: Actor, authority: Authority, details: AuthorityDetails, not_the_same: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """The likely duplicates of a new name, said to be others; nothing where the name is what it was (R9, R25)."""
    if details.body.official_name == authority.official_name:
        return []
    if not may_rename(actor, authorities.target_of(actor, authority)):
        raise NotAllowed(_l("The official name is changed by the authority's access manager. Ask there."))
    return said_to_be_others(actor, details.body, not_the_same, but=authority.id)


def _write(authority: Authority, details: AuthorityDetails) -> None:
    values = registrations.stored(details.body, authority.country_code)
    del values["texts"]  # they hold more than titles
    values["working_languages"] = list(details.working_languages)
    taken = Conflict(NAME_TAKEN, "official_name")
    with refusing({"uq_authority_name": taken, "authority.official_name_key": taken}):
        for name, value in values.items():
            setattr(authority, name, value)
        _write_texts(authority, details)
        flag_modified(authority, "official_name")  # what stands in other tables is part of it: the version grows


def _write_texts(authority: Authority, details: AuthorityDetails) -> None:
    """Each language has its row, changed in place: one that is replaced would be there twice for a moment."""
    there = {text.language: text for text in authority.texts}
    for language in {*details.body.titles, *details.descriptions}:
        text = there.pop(language, None) or AuthorityText(language=language)
        text.title = details.body.titles.get(language, "")
        text.description = details.descriptions.get(language, "")
        if text not in authority.texts:
            authority.texts.append(text)
    for text in there.values():
        authority.texts.remove(text)


def _log(
    actor: Actor,
    authority: Authority,
    before: AuthorityDetails,
    after: AuthorityDetails,
    dismissed: list[uuid.UUID],
) -> None:
    """What it was and what it is, of what was changed (R67)."""
    old, new = _logged(before), _logged(after)
    data: dict[str, Any] = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    if dismissed:
        data |= as_logged(dismissed)
    audit.record(actor, LoggedAct.authority_edited, authority, data=data, outside_own=_is_of_others(actor, authority))


def _logged(details: AuthorityDetails) -> dict[str, Any]:
    more = {"descriptions": dict(details.descriptions), "working_languages": list(details.working_languages)}
    return registrations.logged(details.body) | more


def _is_of_others(actor: Actor, authority: Authority) -> bool:
    """R24: an act on an authority that is neither the actor's own nor managed by it is marked."""
    target = authorities.target_of(actor, authority)
    return not target.is_mine and target.id != actor.authority_id


def confirm(actor: Actor, public_id: uuid.UUID, version: int) -> Authority:
    """Note that the data are right today, and who says so (R93). It moves no version: nobody's form is overtaken.

    Conflict where they have changed since that version was shown: nobody stands for what he has not seen (R26).
    """
    authority = _locked(actor, public_id, Act.confirm_data)
    if authority.version != version:
        raise Conflict(CHANGED_UNSEEN)
    said = {"confirmed_at": clock.now(), "confirmed_by_user_id": actor.user_id}
    db.session.execute(update(Authority).where(Authority.id == authority.id).values(**said))
    audit.record(actor, LoggedAct.authority_confirmed, authority, outside_own=_is_of_others(actor, authority))
    return authority


def unconfirmed_for(authority: Authority) -> int | None:
    """So many months, where nobody has said for as long that the data are right; else None (R93)."""
    months: int = setting("CONFIRMATION_MONTHS")
    return months if confirmation.is_old(authority, months) else None


def confirmed_by(authority: Authority) -> str:
    """Who has confirmed the data last; nothing where he is gone."""
    user = db.session.get(ImiUser, authority.confirmed_by_user_id) if authority.confirmed_by_user_id else None
    return user.full_name if user else ""
