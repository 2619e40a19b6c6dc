"""What a registration asks for, and whether it is right (R2, R7, R9), whoever fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.errors import InvalidInput, NotAllowed
from app.extensions import db
from app.i18n import _l
from app.models import Authority, ClassificationEntry, ClassificationList, ListScope
from app.policy import identifiers
from app.policy.actor import Actor
from app.policy.authorities import REGISTERED, may_register
from app.policy.folding import fold
from app.services.entered_text import Entries
from app.settings import setting

NAME_LENGTH, TITLE_LENGTH, PERSON_LENGTH = 250, 250, 64
KEY_LENGTH = 500


@dataclass(frozen=True)
class RegistrationDetails:
    """What step 1 asks for (R2); `titles` maps a language to the informal title in it."""

    official_name: str
    titles: Mapping[str, str]
    email: str
    phone: str
    website: str
    street: str
    postal_code: str
    city: str
    entry_ids: frozenset[int]
    first_name: str
    last_name: str
    user_email: str
    user_phone: str
    user_language: str
    external_scheme: str = ""
    external_value: str = ""


# For details that tell of a body alone.
NO_PERSON = dict.fromkeys(("first_name", "last_name", "user_email", "user_phone", "user_language"), "")


def body_of(authority: Authority) -> RegistrationDetails:
    """What stands of a body, as a form takes it; of a first user, nothing."""
    return RegistrationDetails(
        official_name=authority.official_name,
        titles={text.language: text.title for text in authority.texts if text.title},
        email=authority.email,
        phone=authority.phone,
        website=authority.website,
        street=authority.street,
        postal_code=authority.postal_code,
        city=authority.city,
        entry_ids=frozenset(entry.id for entry in authority.classification),
        external_scheme=authority.identifier_scheme,
        external_value=authority.identifier_value,
        **NO_PERSON,
    )


def check(actor: Actor, details: RegistrationDetails) -> RegistrationDetails:
    """The details in the form in which they are stored; changes nothing.

    NotAllowed for who registers nobody; InvalidInput with a sentence for every field that must be corrected.
    """
    if not may_register(actor):
        raise NotAllowed(_l("You cannot register authorities. An administrator of an access manager can."))
    entries = Entries()
    checked = _checked_authority(entries, details)
    checked = _checked_user(entries, checked)
    checked = _checked_identifier(entries, actor.country_code, checked)
    _note_taken_name(entries, actor, checked.official_name)
    entries.refuse()
    refuse_unknown_entries(checked.entry_ids)
    return checked


def check_what_is_typed(details: RegistrationDetails, country_code: str) -> RegistrationDetails:
    """The same for a body of the country that registers itself. Of others it learns nothing: no name is looked up
    (R8, R9)."""
    entries = Entries()
    checked = _checked_user(entries, _checked_authority(entries, details))
    checked = _checked_identifier(entries, country_code, checked)
    _note_incomparable_name(entries, checked.official_name)
    entries.refuse()
    refuse_unknown_entries(checked.entry_ids)
    return checked


def check_body(
    entries: Entries, details: RegistrationDetails, country_code: str | None, *, but: int
) -> RegistrationDetails:
    """The same of an authority that is there already, of its own data alone; `but`: its number."""
    checked = _checked_identifier(entries, country_code, _checked_authority(entries, details))
    _note_incomparable_name(entries, checked.official_name)
    if "official_name" not in entries.problems and is_taken(country_code, checked.official_name, but=but):
        entries.note("official_name", NAME_TAKEN)
    return checked


def _checked_authority(entries: Entries, details: RegistrationDetails) -> RegistrationDetails:
    return replace(
        details,
        official_name=entries.name(
            "official_name",
            details.official_name,
            NAME_LENGTH,
            required=_l("Write the official name of the authority."),
        ),
        titles=_checked_titles(entries, details.titles),
        email=_checked_contact(entries, details),
        phone=entries.phone("phone", details.phone),
        website=entries.website("website", details.website),
        street=entries.line("street", details.street, 150),
        postal_code=entries.line("postal_code", details.postal_code, 20),
        city=entries.line("city", details.city, 100, required=_l("Write the town or city.")),
    )


def _checked_titles(entries: Entries, titles: Mapping[str, str]) -> Mapping[str, str]:
    """At least one; said at the first field where there is none."""
    checked = {language: entries.name(f"title_{language}", title, TITLE_LENGTH) for language, title in titles.items()}
    if not any(checked.values()):
        field = f"title_{next(iter(titles), 'da')}"
        entries.note(field, _l("Write an informal title in at least one language."))
    return {language: title for language, title in checked.items() if title}


def _checked_contact(entries: Entries, details: RegistrationDetails) -> str:
    """An e-mail address or a telephone number, so that the authority can be reached."""
    email = entries.email("email", details.email)
    if not email and not details.phone.strip():
        entries.note("email", _l("Write an e-mail address or a telephone number of the authority."))
    return email


def _checked_user(entries: Entries, details: RegistrationDetails) -> RegistrationDetails:
    return replace(
        details,
        first_name=entries.person(
            "first_name", details.first_name, PERSON_LENGTH, required=_l("Write the first name of the first user.")
        ),
        last_name=entries.person(
            "last_name", details.last_name, PERSON_LENGTH, required=_l("Write the last name of the first user.")
        ),
        user_email=entries.email(
            "user_email",
            details.user_email,
            required=_l("Write the e-mail address of the first user: the temporary password is sent there."),
        ),
        user_phone=entries.phone(
            "user_phone",
            details.user_phone,
            required=_l("Write the telephone number of the first user: the username is told by telephone."),
        ),
        user_language=entries.one_of(
            "user_language", details.user_language, set(setting("LANGUAGES")), _l("Choose a language from the list.")
        ),
    )


def _checked_identifier(
    entries: Entries, country_code: str | None, details: RegistrationDetails
) -> RegistrationDetails:
    """The number of another register, if one is given: stored compact, its check digits right (R8)."""
    value = entries.line("external_value", details.external_value, identifiers.LONGEST)
    if not value:
        return replace(details, external_scheme="", external_value="")
    known = {scheme.code for scheme in identifiers.schemes_of(country_code)} | {identifiers.OTHER}
    scheme = entries.one_of("external_scheme", details.external_scheme, known, _l("Choose what kind of number it is."))
    compact = identifiers.compact(country_code, scheme, value)
    if not compact and not {"external_scheme", "external_value"} & entries.problems.keys():
        entries.note("external_value", _l("This number has a wrong check digit or length. Check what you typed."))
    return replace(details, external_value=compact or value)


def _note_taken_name(entries: Entries, actor: Actor, official_name: str) -> None:
    """An authority is registered once in its country (R9). Of the other one, only that it is there is told."""
    _note_incomparable_name(entries, official_name)
    if "official_name" not in entries.problems and is_taken(actor.country_code, official_name):
        entries.note("official_name", NAME_TAKEN)


def _note_incomparable_name(entries: Entries, official_name: str) -> None:
    if "official_name" not in entries.problems and not is_comparable(fold(official_name)):
        entries.note("official_name", NOT_COMPARABLE)


def is_taken(country_code: str | None, official_name: str, *, but: int = 0) -> bool:
    """Whether an authority of that name is registered in the country (R9), other than the one of the number `but`."""
    taken = select(Authority.id).where(
        Authority.country_code == country_code,
        Authority.official_name_key == fold(official_name),
        Authority.status.in_(REGISTERED),
        Authority.id != but,
    )
    return db.session.scalar(taken) is not None


def is_comparable(key: str) -> bool:
    """Whether a folded name has letters or digits to be compared by, and no more than the column of the key holds."""
    return len(key) <= KEY_LENGTH and any(letter.isalnum() for letter in key)


NOT_COMPARABLE = _l("Write the official name with letters or digits.")
NAME_TAKEN = _l(
    "An authority with this name is already registered in your country. What you can do instead stands below, with the"
    " authority."
)


def refuse_unknown_entries(entry_ids: frozenset[int]) -> None:
    """Entries of general lists that can be chosen today."""
    if not entry_ids:
        return
    known = db.session.scalars(
        select(ClassificationEntry.id)
        .join(ClassificationList)
        .where(ClassificationEntry.active.is_(True), ClassificationList.scope == ListScope.general)
    )
    if not entry_ids <= set(known):
        raise InvalidInput(
            _l("Some fields must be corrected. Nothing has been saved yet."),
            {"classification": _l("One of the chosen entries can no longer be used. Choose again.")},
        )
