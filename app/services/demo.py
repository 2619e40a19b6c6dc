"""A small demo installation for development: people who can sign in, and authorities in the main states.

Authorities and accesses come into being through the services, as people would make them, so that the log reads as in
life; then known passwords are set, and the mails that would have gone out are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from sqlalchemy import delete, select

from app import clock
from app.extensions import db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ClassificationEntry,
    Delegation,
    DelegationModule,
    ImiUser,
    Module,
    OutgoingMail,
    UserSession,
)
from app.policy.actor import Actor
from app.policy.calendar import add_months, day_of
from app.services import duplicates, installation, module_access, passwords, registrations, sessions
from app.services.demo_accounts import COMMISSION_USERNAME, USERNAMES
from app.services.demo_data import (
    COMMISSION,
    DANISH,
    NIMICS,
    SWEDISH,
    DemoAccess,
    DemoAuthority,
    DemoDelegation,
    UserState,
)
from app.services.module_access import GrantChoices
from app.services.registration_details import RegistrationDetails

PASSWORD = "Demo-Adgang-2026"  # noqa: S105 (the demo's own; it exists in development only)


@dataclass(frozen=True)
class LogIn:
    """Who can be signed in as."""

    username: str
    person: str
    authority: str
    what: str


def exists() -> bool:
    """Whether anything is registered already."""
    return db.session.scalar(select(Authority.id).limit(1)) is not None


def build() -> None:
    """Fill an empty installation that has its reference data."""
    user = installation.create_commission(COMMISSION)
    user.username = COMMISSION_USERNAME
    _set_state(user, UserState.active)
    for country_code, nimic in NIMICS.items():
        _nimic(country_code, nimic)
    for country_code, authorities in (("DK", DANISH), ("SE", SWEDISH)):
        for authority in authorities:
            _register(NIMICS[country_code].name, authority)
        for authority in authorities:
            _finish(NIMICS[country_code].name, authority)
    db.session.execute(delete(OutgoingMail))
    db.session.execute(delete(UserSession))


def log_ins() -> list[LogIn]:
    """The accounts of the demo, as they are printed at start; empty where there is none."""
    rows = db.session.execute(
        select(ImiUser, Authority.official_name)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .where(ImiUser.username.in_(USERNAMES))
    )
    found = {user.username: LogIn(user.username, user.full_name, name, USERNAMES[user.username]) for user, name in rows}
    return [found[username] for username in USERNAMES if username in found]


def _nimic(country_code: str, demo: DemoAuthority) -> None:
    """Registering a NIMIC is the Commission's act, on a page of a later day: here the rows are made as it will."""
    authority = Authority(
        kind=AuthorityKind.nimic,
        status=AuthorityStatus.active,
        country_code=country_code,
        registered_at=clock.now(),
        **registrations.stored(_details(demo), country_code),
    )
    db.session.add(authority)
    db.session.flush()
    user = registrations.add_first_user(authority, _details(demo))
    registrations.link(authority, _named("Europa-Kommissionen"), None)
    user.username = demo.username
    _set_state(user, demo.state)


def _register(nimic: str, demo: DemoAuthority) -> None:
    actor, details = _actor_of(demo.by or nimic), _details(demo)
    alike = [match.public_id for match in duplicates.likely(actor, details)]
    registration = registrations.register(actor, details, not_the_same=alike)
    if demo.username:
        registration.user.username = demo.username
    if demo.delegation is not None:
        _delegate(registration.authority, demo.delegation)
    db.session.flush()
    _set_state(registration.user, UserState.active)


def _finish(nimic: str, demo: DemoAuthority) -> None:
    """Accesses, once all coordinators are there, and the state in which the authority is found."""
    authority = _named(demo.name)
    for access in demo.accesses:
        _grant(_actor_of(nimic), authority, access)
    user = registrations.first_user_of(authority)
    _set_state(user, demo.state)
    if demo.deactivated:
        moment = clock.now() - timedelta(days=40)
        authority.status = AuthorityStatus.deactivated
        authority.deactivated_at = moment
        authority.purge_on = add_months(day_of(moment), 6)
    db.session.flush()


def _grant(actor: Actor, authority: Authority, demo: DemoAccess) -> None:
    linked = frozenset({_named(demo.linked).public_id} if demo.linked else ())
    access = module_access.grant(
        actor, authority.public_id, demo.code, GrantChoices(role=demo.role, coordinator_ids=linked)
    )
    if demo.suspended:
        access.status = AccessStatus.suspended
        access.suspended_at = clock.now()
        access.suspension_reason = "Opgaven er flyttet til en anden myndighed."
        db.session.flush()


def _delegate(authority: Authority, demo: DemoDelegation) -> None:
    row = Delegation(
        country_code=authority.country_code,
        delegate_id=authority.id,
        all_modules=not demo.codes,
        reach=demo.reach,
        valid_from=clock.today() - timedelta(days=90),
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    for module_id in db.session.scalars(select(Module.id).where(Module.code.in_(demo.codes))):
        db.session.add(DelegationModule(delegation_id=row.id, module_id=module_id))


def _set_state(user: ImiUser, state: UserState) -> None:
    """A known password for all but those who have never signed in."""
    moment = clock.now()
    if state is UserState.new:
        passwords.give_temporary(user, 14)
        user.first_log_in_at = user.last_log_in_at = None
        db.session.flush()
        return
    user.password = passwords.hashed(PASSWORD)
    user.password_is_temporary = False
    user.temporary_password_expires_at = None
    user.password_set_at = moment - timedelta(days=220 if state is UserState.expired else 20)
    user.first_log_in_at = user.last_log_in_at = moment - timedelta(days=3)
    user.blocked_at = moment if state is UserState.blocked else None
    db.session.flush()


def _details(demo: DemoAuthority) -> RegistrationDetails:
    entries = select(ClassificationEntry.id).where(ClassificationEntry.code.in_(demo.entries))
    return RegistrationDetails(
        official_name=demo.name,
        titles={"sv" if demo in SWEDISH or demo is NIMICS["SE"] else "da": demo.title},
        email=f"imi@{demo.domain}",
        phone=f"+45 33 55 {crc32(demo.name.encode()) % 10_000:04}",
        website=f"https://www.{demo.domain}",
        street=demo.street,
        postal_code=demo.postal_code,
        city=demo.city,
        entry_ids=frozenset(db.session.scalars(entries)),
        first_name=demo.first_name,
        last_name=demo.last_name,
        user_email=f"{demo.first_name[0].lower()}.imi@{demo.domain}",
        user_phone="+45 33 55 01 23",
        user_language="da",
    )


def _named(name: str) -> Authority:
    return db.session.scalars(select(Authority).where(Authority.official_name == name)).one()


def _actor_of(name: str) -> Actor:
    """The first user of an authority as one who acts."""
    actor = sessions.actor_of(sessions.begin(registrations.first_user_of(_named(name))))
    if actor is None:
        raise ValueError(f"{name} has nobody who can act.")
    return actor
