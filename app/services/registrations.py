"""Registering an authority with its first user, by an access manager (§2.1, R1–R5, R7, R9)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app import clock
from app.errors import Conflict, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    Country,
    ImiUser,
    LoggedAct,
)
from app.models.base import new_public_id
from app.policy.actor import Actor
from app.policy.folding import fold
from app.policy.likeness import match_keys
from app.services import audit, outgoing_mails, passwords, usernames
from app.services.conflicts import refusing
from app.services.dismissed_duplicates import as_logged, said_to_be_others
from app.services.registration_details import NAME_TAKEN, RegistrationDetails, check
from app.settings import setting


@dataclass(frozen=True)
class Registration:
    """What came into being."""

    authority: Authority
    user: ImiUser


def register(
    actor: Actor,
    details: RegistrationDetails,
    number: uuid.UUID | None = None,
    not_the_same: Collection[uuid.UUID] = (),
) -> Registration:
    """Bring the authority, its first user and its access manager into being together, or not at all (R3).

    The first user gets his temporary password by mail (R4); his username is for the receipt alone (R5).
    Conflict where somebody registered the same name in the meantime, or one that is like it (R9): `not_the_same` are
    the likely duplicates that the person has seen and said to be others. `number` is the public number the check page
    chose: what is sent twice, by a double click or a reload, is registered once and answered alike.
    """
    wait_for_turn(actor)
    done = _registered_before(actor, number)
    if done is not None:
        return done
    checked = check(actor, details)
    dismissed = said_to_be_others(actor, checked, not_the_same)
    authority = _add_authority(actor, checked, number)
    user = add_first_user(authority, checked)
    password = passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS"))
    link(authority, db.session.get_one(Authority, actor.authority_id), actor.user_id)
    _log(actor, authority, user, checked, dismissed)
    outgoing_mails.order_temporary_password(user, authority.official_name, actor.authority_name, password)
    return Registration(authority, user)


def wait_for_turn(actor: Actor) -> None:
    """One registration of a country after the other: what is sent twice at once finds what the first one did, and so
    do two people who register bodies that are alike."""
    mine = select(Country.code).where(Country.code == actor.country_code)
    db.session.execute(mine.with_for_update(key_share=True))


def _registered_before(actor: Actor, number: uuid.UUID | None) -> Registration | None:
    """What this person registered under the number, if he did."""
    authority = db.session.scalar(
        select(Authority).where(Authority.public_id == number, Authority.registered_by_user_id == actor.user_id)
    )
    return Registration(authority, first_user_of(authority)) if number and authority else None


def first_user_of(authority: Authority) -> ImiUser:
    """The superuser; NotFound where he has been removed since."""
    user: ImiUser | None = db.session.scalar(
        select(ImiUser)
        .where(ImiUser.authority_id == authority.id, ImiUser.is_superuser.is_(True), ImiUser.active.is_(True))
        .order_by(ImiUser.id)
        .limit(1)
    )
    if user is None:
        raise NotFound
    return user


def _add_authority(actor: Actor, details: RegistrationDetails, number: uuid.UUID | None) -> Authority:
    authority = Authority(
        public_id=number or new_public_id(),
        status=AuthorityStatus.active,
        country_code=actor.country_code,
        registered_at=clock.now(),
        registered_by_user_id=actor.user_id,
        registered_by_authority_id=actor.authority_id,
        **stored(details, actor.country_code),
    )
    taken = Conflict(NAME_TAKEN, "official_name")
    again = Conflict(_l("This registration has been sent already. Open the form again to register another authority."))
    refusals = {
        "uq_authority_name": taken,
        "authority.official_name_key": taken,
        "uq_authority_public_id": again,
        "authority.public_id": again,
    }
    with refusing(refusals):
        db.session.add(authority)
    return authority


def stored(details: RegistrationDetails, country_code: str | None) -> dict[str, Any]:
    """The details as columns and rows of an authority of the country."""
    entries = select(ClassificationEntry).where(ClassificationEntry.id.in_(details.entry_ids))
    return {
        "official_name": details.official_name,
        "official_name_key": fold(details.official_name),
        "email": details.email,
        "phone": details.phone,
        "website": details.website,
        "street": details.street,
        "postal_code": details.postal_code,
        "city": details.city,
        "identifier_scheme": details.external_scheme,
        "identifier_value": details.external_value,
        **match_keys(
            official_name=details.official_name,
            email=details.email,
            phone=details.phone,
            website=details.website,
            country_code=country_code,
        ),
        "texts": [AuthorityText(language=language, title=title) for language, title in details.titles.items()],
        "classification": list(db.session.scalars(entries)),
    }


def link(authority: Authority, manager: Authority, added_by_user_id: int | None) -> None:
    """Make a body the access manager of another (§3)."""
    db.session.add(
        AccessManagerLink(
            authority_id=authority.id, manager_id=manager.id, since=clock.now(), added_by_user_id=added_by_user_id
        )
    )
    db.session.flush()


def add_first_user(authority: Authority, details: RegistrationDetails) -> ImiUser:
    """The superuser: an administrator of the new authority (R3, §2.1.1)."""
    user = new_user(
        authority,
        first_name=details.first_name,
        last_name=details.last_name,
        email_address=details.user_email,
        phone=details.user_phone,
        language=details.user_language,
    )
    user.is_superuser = True
    user.is_administrator = True
    again = Conflict(_l("The username that was drawn has just been given to somebody else. Please try again."))
    with refusing({"uq_ab_user_username": again, "ab_user.username": again}):
        db.session.add(user)
    return user


def new_user(authority: Authority, *, first_name: str, last_name: str, **details: str) -> ImiUser:
    """A user with a drawn username and a made-up address in FAB's own column (R44, R70); not yet in the session."""
    user = ImiUser(
        authority_id=authority.id,
        username=usernames.draw(first_name, last_name),
        first_name=first_name,
        last_name=last_name,
        active=True,
        registered_at=clock.now(),
        **details,
    )
    user.public_id = new_public_id()
    user.email = f"{user.public_id}@user.invalid"
    return user


def _log(
    actor: Actor, authority: Authority, user: ImiUser, details: RegistrationDetails, dismissed: list[uuid.UUID]
) -> None:
    data = logged(details) | as_logged(dismissed)
    audit.record(actor, LoggedAct.authority_registered, authority, data=data)
    log_first_user(actor, authority, user)


def logged(details: RegistrationDetails) -> dict[str, Any]:
    """What the log tells of a body; of its first user, nothing."""
    return {
        "official_name": details.official_name,
        "titles": dict(details.titles),
        "email": details.email,
        "phone": details.phone,
        "website": details.website,
        "street": details.street,
        "postal_code": details.postal_code,
        "city": details.city,
        "entries": sorted(details.entry_ids),
        "identifier": f"{details.external_scheme} {details.external_value}".strip(),
    }


def log_first_user(actor: Actor, authority: Authority, user: ImiUser, *, outside_own: bool = False) -> None:
    """Log that the superuser has an account from now on, his data apart (R68)."""
    audit.record(
        actor,
        LoggedAct.user_registered,
        user,
        authority=authority,
        data={"superuser": True, "administrator": True},
        persons={"email": (user.id, user.email_address), "phone": (user.id, user.phone)},
        outside_own=outside_own,
    )
