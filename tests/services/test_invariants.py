"""What must never be so is found: each invariant by a state planted past the services, and nothing in sound data."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from app import clock
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityClassification,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    DelegationModule,
    ImiUser,
    Invitation,
    InvitationStatus,
    LinkedCoordinator,
    ListScope,
    MailState,
    Model,
    Module,
    ModuleAccess,
    ModuleAccessClassification,
    ModuleClassificationList,
    ModuleRole,
    OutgoingMail,
    Registrant,
    RegistrationRoute,
    RemovalRecord,
    RetiredUsername,
    UserModuleRole,
    UserRole,
    UserSession,
)
from app.policy.finding import authority_keys, person_keys
from app.policy.likeness import match_keys
from app.services import finding_keys, invariants, sessions, usernames
from app.services.invariant import BATCH, SHOWN
from app.settings import setting
from tests.make import Maker
from tests.statements import statements

AWAITING = {"status": AuthorityStatus.awaiting_validation, "route": RegistrationRoute.invited}


@dataclass
class World:
    """A sound installation with one of everything that the invariants look at."""

    make: Maker
    commission: Authority
    nimic: Authority
    manager: Authority
    delegation: Delegation
    coordinator: Authority
    coordinator_access: ModuleAccess
    body: Authority
    access: ModuleAccess
    user: ImiUser
    deactivated: Authority
    awaiting: Authority
    invitation: Invitation
    swedish: Authority


@pytest.fixture
def world(make: Maker) -> World:
    commission = _body(make, kind=AuthorityKind.commission)
    nimic = _body(make, commission, kind=AuthorityKind.nimic)
    manager = _body(make, nimic)
    coordinator, body = _body(make, manager), _body(make, manager, registered_by_authority_id=manager.id)
    standing = make.access(coordinator, "PQ-REQ", ModuleRole.coordinator, approval=True)
    access = make.access(body, "PQ-REQ", linked=standing)
    user = make.user(body, administrator=False)
    make.access(body, "CULT-NOT", status=AccessStatus.suspended)
    change(make.user(body), active=False)
    retired = RetiredUsername(username_hash=usernames.hash_of("brugt000001"), retired_at=clock.now())
    deactivated = _body(make, nimic, status=AuthorityStatus.deactivated)
    awaiting = make.authority(**AWAITING)
    invitation = _invitation(nimic, awaiting, InvitationStatus.registered)
    _db.session.add(_registrant(awaiting))
    _db.session.add_all([retired, invitation, _invitation(nimic, None, InvitationStatus.sent)])
    swedish = _body(make, _body(make, commission, kind=AuthorityKind.nimic, country_code="SE"), country_code="SE")
    role(access, user, "viewer"), role(standing, _administrator(coordinator), "approver")
    make.delegation(deactivated, valid_until=clock.today() - timedelta(days=1))
    make.delegation(deactivated, revoked_at=clock.now())
    delegation = make.delegation(manager, modules=[make.module("PQ-REQ")])
    sessions.begin(user)
    _db.session.flush()
    return World(
        make, commission, nimic, manager, delegation, coordinator, standing, body, access, user, deactivated,
        awaiting, invitation, swedish,
    )  # fmt: skip


def _body(make: Maker, managed_by: Authority | None = None, **values: Any) -> Authority:
    """An authority with its first user."""
    row = make.authority(managed_by=managed_by, **values)
    make.user(row, is_superuser=True)
    return row


def _administrator(body: Authority) -> ImiUser:
    return _db.session.scalars(select(ImiUser).where(ImiUser.authority_id == body.id, ImiUser.is_administrator)).one()


def _registrant(body: Authority) -> Registrant:
    names = {
        "first_name": "Åse",
        "last_name": "Bork",
        "email_address": "aase@odense.example",
        "phone": "+45 66 13 13 72",
    }
    return Registrant(authority_id=body.id, submitted_at=clock.now(), **names)


def _invitation(inviter: Authority, body: Authority | None, status: InvitationStatus) -> Invitation:
    return Invitation(
        country_code="DK",
        inviting_authority_id=inviter.id,
        recipient_email="post@odense.example",
        invited_name="Odense Kommune",
        token_hash=uuid.uuid4().hex,
        status=status,
        sent_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
        authority_id=body.id if body else None,
    )


def role(access: ModuleAccess, user: ImiUser, code: str) -> None:
    """Let the user hold the role in the module of the access."""
    found = select(UserRole.id).where(UserRole.module_id == access.module_id, UserRole.code == code)
    held = {"user_id": user.id, "user_role_id": _db.session.scalars(found).one(), "access_id": access.id}
    _db.session.execute(
        insert(UserModuleRole).values(**held, authority_id=access.authority_id, module_id=access.module_id)
    )


def change(row: Any, **values: Any) -> None:
    """Past the services and the ORM, as a hand in the database would."""
    statement = update(type(row)).where(type(row).id == row.id).values(**values)
    _db.session.execute(statement, execution_options={"synchronize_session": False})
    _db.session.expire_all()


def called_so(row: Authority) -> None:
    """Let it be found by what it is called now: what was done to it is wrong for another reason."""
    change(row, **finding_keys.keys_of_authorities([row.id])[row.id])


def plant(model: Any, **values: Any) -> None:
    _db.session.execute(insert(model).values(**values))


def entry_of(scope: ListScope, *, other_than: Module | None = None) -> ClassificationEntry:
    """An entry of a list of the scope, which the module does not use."""
    lists = [each.id for each in other_than.classification_lists] if other_than else []
    query = select(ClassificationEntry).join(ClassificationEntry.list)
    return _db.session.scalars(
        query.where(ClassificationList.scope == scope, ClassificationList.id.not_in(lists)).order_by(
            ClassificationEntry.id
        )
    ).first()  # type: ignore[return-value]


# --- The planted states: each gives the numbers of the rows that must be found ----------------------------------------

Plant = Callable[[World], list[int]]
PLANTED: list[tuple[str, Plant]] = []


def planted(name: str) -> Callable[[Plant], Plant]:
    """Note what a function plants: a state against the invariant of that name, and no other."""

    def note(function: Plant) -> Plant:
        PLANTED.append((name, function))
        return function

    return note


@planted("authority-without-access-manager")
def nobody_manages_it(world: World) -> list[int]:
    _db.session.execute(delete(AccessManagerLink).where(AccessManagerLink.authority_id == world.body.id))
    return [world.body.id]


@planted("authority-without-access-manager")
def nobody_manages_two_coordinators_and_a_deactivated(world: World) -> list[int]:
    ids = sorted([world.nimic.id, world.deactivated.id])
    _db.session.execute(delete(AccessManagerLink).where(AccessManagerLink.authority_id.in_(ids)))
    return ids


@planted("access-manager-of-the-wrong-kind")
def the_commission_is_managed(world: World) -> list[int]:
    world.make.link(world.commission, world.nimic)
    return [world.commission.id]


@planted("access-manager-of-the-wrong-kind")
def a_nimic_is_managed_by_a_delegate(world: World) -> list[int]:
    world.make.link(world.nimic, world.manager)
    return [world.nimic.id]


@planted("access-manager-of-the-wrong-kind")
def the_commission_manages_an_ordinary_one(world: World) -> list[int]:
    world.make.link(world.body, world.commission)
    return [world.body.id]


@planted("access-manager-of-the-wrong-kind")
def a_swede_manages_a_dane(world: World) -> list[int]:
    world.make.link(world.body, world.swedish)
    return [world.body.id]


@planted("access-manager-of-the-wrong-kind")
def an_awaiting_one_manages(world: World) -> list[int]:
    world.make.link(world.body, world.awaiting)
    world.make.link(world.body, world.make.authority(status=AuthorityStatus.draft))
    return [world.body.id]  # once


@planted("authority-without-administrator")
def the_last_administrator_is_demoted(world: World) -> list[int]:
    change(_administrator(world.coordinator), is_administrator=False)
    return [world.coordinator.id]


@planted("authority-without-administrator")
def the_last_administrator_is_removed(world: World) -> list[int]:
    ids = [world.commission.id, world.nimic.id, world.deactivated.id]
    for body in (world.commission, world.nimic, world.deactivated):
        change(_administrator(body), active=False)
    return ids


@planted("country-without-nimic")
def nobody_coordinates_finland(world: World) -> list[int]:
    first, second = _body(world.make, country_code="FI"), _body(world.make, country_code="FI")
    world.make.link(first, second)
    world.make.link(second, first)
    world.make.authority(country_code="IS", status=AuthorityStatus.draft)  # nothing is wrong yet
    return [first.id, second.id]


@planted("registered-from-another-country")
def a_swede_registered_a_dane(world: World) -> list[int]:
    change(world.body, registered_by_authority_id=world.swedish.id)
    return [world.body.id]


@planted("authority-without-title")
def its_titles_are_gone(world: World) -> list[int]:
    _db.session.execute(delete(AuthorityText).where(AuthorityText.authority_id == world.body.id))
    mute = update(AuthorityText).where(AuthorityText.authority_id == world.deactivated.id)
    _db.session.execute(mute.values(title="", description="Only a description"))
    called_so(world.body)
    called_so(world.deactivated)
    return sorted([world.body.id, world.deactivated.id])


@planted("authority-with-entry-of-a-module")
def an_entry_for_modules_describes_it(world: World) -> list[int]:
    plant(AuthorityClassification, authority_id=world.body.id, entry_id=entry_of(ListScope.module).id)
    called_so(world.body)
    return [world.body.id]


@planted("validation-that-does-not-fit")
def an_invited_one_is_active_unseen(world: World) -> list[int]:
    change(world.body, route=RegistrationRoute.invited)
    return [world.body.id]


@planted("validation-that-does-not-fit")
def an_awaiting_one_counts_as_validated(world: World) -> list[int]:
    change(world.awaiting, validated_at=clock.now())
    return [world.awaiting.id]


@planted("direct-registration-in-a-state-of-invited-ones")
def a_direct_one_is_returned(world: World) -> list[int]:
    return [world.make.authority(status=AuthorityStatus.returned).id]


@planted("self-registration-without-invitation")
def nobody_invited_it(world: World) -> list[int]:
    _db.session.execute(delete(Invitation).where(Invitation.id == world.invitation.id))
    return [world.awaiting.id]


@planted("invitation-that-does-not-fit-its-authority")
def a_returned_invitation_of_an_awaiting_one(world: World) -> list[int]:
    change(world.invitation, status=InvitationStatus.returned)
    return [world.invitation.id]


@planted("invitation-that-does-not-fit-its-authority")
def an_invitation_to_who_came_directly(world: World) -> list[int]:
    row = _invitation(world.nimic, world.body, InvitationStatus.validated)
    _db.session.add(row)
    _db.session.flush()
    return [row.id]


@planted("invitation-of-another-country")
def a_danish_invitation_led_to_a_swede(world: World) -> list[int]:
    change(world.awaiting, country_code="SE")
    return [world.invitation.id]


@planted("invitation-from-another-country")
def a_swede_invited_a_dane(world: World) -> list[int]:
    change(world.invitation, inviting_authority_id=world.swedish.id)
    return [world.invitation.id]


@planted("cancelled-at-no-time")
def it_was_cancelled_at_no_time(world: World) -> list[int]:
    row = _invitation(world.nimic, None, InvitationStatus.cancelled)
    _db.session.add(row)
    _db.session.flush()
    return [row.id]


@planted("registrant-that-does-not-fit")
def nobody_is_to_be_its_first_user(world: World) -> list[int]:
    _db.session.execute(delete(Registrant))
    return [world.awaiting.id]


@planted("registrant-that-does-not-fit")
def a_registered_one_still_has_a_registrant(world: World) -> list[int]:
    _db.session.add(_registrant(world.body))
    _db.session.flush()
    return [world.body.id]


@planted("came-to-nothing-and-stays")
def a_rejected_one_is_kept_for_ever(world: World) -> list[int]:
    change(world.awaiting, status=AuthorityStatus.rejected)
    change(world.invitation, status=InvitationStatus.rejected)
    return [world.awaiting.id]


@planted("link-left-in-a-mail")
def a_link_that_is_used_still_waits(world: World) -> list[int]:
    values = {"kind": "M5", "holds_secret": True, "body": b"sealed", "invitation_id": world.invitation.id}
    values["expires_at"] = clock.now() + timedelta(days=9)
    return [_mail(world, **values)]


@planted("delegation-to-a-body-that-cannot-have-it")
def a_delegation_to_a_deactivated_body(world: World) -> list[int]:
    return [world.make.delegation(world.deactivated, valid_from=clock.today() + timedelta(days=9)).id]


@planted("delegation-to-a-body-that-cannot-have-it")
def a_delegation_to_a_body_that_awaits(world: World) -> list[int]:
    return [world.make.delegation(world.awaiting, valid_until=clock.today()).id]


@planted("delegation-to-a-body-that-cannot-have-it")
def a_delegation_to_the_national_coordinator(world: World) -> list[int]:
    return [world.make.delegation(world.nimic).id]


@planted("delegation-of-unclear-modules")
def a_delegation_of_nothing(world: World) -> list[int]:
    return [world.make.delegation(world.manager, modules=[]).id]


@planted("delegation-of-unclear-modules")
def a_delegation_of_all_and_some(world: World) -> list[int]:
    row = world.make.delegation(world.manager)
    plant(DelegationModule, delegation_id=row.id, module_id=world.access.module_id)
    return [row.id]


@planted("removed-and-still-there")
def it_is_noted_as_removed(world: World) -> list[int]:
    moments = {"registered_at": clock.now(), "removed_at": clock.now()}
    plant(RemovalRecord, public_id=world.body.public_id, country_code="DK", counts={}, **moments)
    return [world.body.id]


@planted("removal-on-the-wrong-day")
def it_is_removed_a_day_early(world: World) -> list[int]:
    change(world.deactivated, purge_on=date(2026, 7, 1))
    return [world.deactivated.id]


@planted("name-under-a-wrong-key")
def it_was_renamed_by_hand(world: World) -> list[int]:
    change(world.body, official_name_key="et andet navn")
    return [world.body.id]


@planted("sought-under-wrong-keys")
def its_telephone_was_changed_by_hand(world: World) -> list[int]:
    change(world.body, phone="+45 11 22 33 44")
    return [world.body.id]


@planted("authority-found-by-other-words")
def its_titles_were_changed_by_hand(world: World) -> list[int]:
    _db.session.execute(update(AuthorityText).where(AuthorityText.authority_id == world.body.id).values(title="Andet"))
    return [world.body.id]


@planted("user-found-by-other-words")
def he_was_renamed_by_hand(world: World) -> list[int]:
    user = _db.session.scalars(select(ImiUser).where(ImiUser.authority_id == world.body.id).limit(1)).one()
    change(user, last_name="Andersen")
    return [user.id]


@planted("required-coordinator-missing")
def its_link_is_gone(world: World) -> list[int]:
    _db.session.execute(delete(LinkedCoordinator).where(LinkedCoordinator.access_id == world.access.id))
    return [world.access.id]


@planted("required-coordinator-missing")
def its_module_requires_one_now(world: World) -> list[int]:
    row = world.make.access(world.coordinator, "PQ-NOT")
    change(world.make.module("PQ-NOT"), requires_linked_coordinator=True)
    return [row.id]


@planted("access-granted-to-a-deactivated-authority")
def a_coordinator_was_deactivated_alone(world: World) -> list[int]:
    values = {"deactivated_at": datetime(2026, 1, 2, tzinfo=UTC), "purge_on": date(2026, 7, 2)}
    change(world.coordinator, status=AuthorityStatus.deactivated, **values)
    return [world.coordinator_access.id]


@planted("access-before-registration")
def access_is_given_too_early(world: World) -> list[int]:
    draft = world.make.authority(status=AuthorityStatus.draft)
    suspended = world.make.access(draft, "CULT-NOT", status=AccessStatus.suspended)
    return sorted([world.make.access(world.awaiting, "CULT-NOT").id, suspended.id])


@planted("access-granted-in-a-module-out-of-use")
def its_module_was_retired_yesterday(world: World) -> list[int]:
    row = world.make.access(world.coordinator, "PQ-NOT")
    change(world.make.module("PQ-NOT"), retired_from=clock.today() - timedelta(days=1))
    world.make.access(world.coordinator, "PQ-REG")
    change(world.make.module("PQ-REG"), retired_from=clock.today())  # the system may still be at it
    return [row.id]


@planted("access-granted-in-a-module-out-of-use")
def its_module_begins_tomorrow(world: World) -> list[int]:
    row = world.make.access(world.coordinator, "PQ-NOT")
    change(world.make.module("PQ-NOT"), active_from=clock.today() + timedelta(days=1))
    return [row.id]


@planted("coordinator-where-none-is-offered")
def a_coordinator_in_a_module_without(world: World) -> list[int]:
    return [world.make.access(world.body, "GDPR-56", ModuleRole.coordinator).id]


@planted("settings-where-none-are-offered")
def settings_in_a_module_without(world: World) -> list[int]:
    rows = [
        world.make.access(world.body, "PQ-NOT", approval=True),
        world.make.access(world.body, "PQ-REG", refusal=True),
        world.make.access(world.coordinator, "PQ-NOT", allocation=True),
    ]
    return [row.id for row in rows]


@planted("access-with-entry-of-another-list")
def an_entry_of_a_foreign_list(world: World) -> list[int]:
    entry = entry_of(ListScope.module, other_than=world.access.module)
    plant(ModuleAccessClassification, access_id=world.access.id, entry_id=entry.id)
    return [world.access.id]


@planted("module-with-a-general-list")
def a_general_list_describes_a_module(world: World) -> list[int]:
    module = world.make.module("CULT-NOT")
    plant(ModuleClassificationList, module_id=module.id, list_id=entry_of(ListScope.general).list_id)
    return [module.id]


@planted("entry-below-another-in-a-flat-list")
def an_entry_below_another(world: World) -> list[int]:
    listed = ClassificationList(code="flad", scope=ListScope.general, names={})
    _db.session.add(listed)
    _db.session.flush()
    return [_chain(listed, 2)[1].id]


@planted("entry-below-itself")
def an_entry_below_itself(world: World) -> list[int]:
    listed = ClassificationList(code="rund", scope=ListScope.general, names={}, hierarchical=True)
    _db.session.add(listed)
    _db.session.flush()
    first, second, third, *rest = _chain(listed, 5)
    change(first, parent_id=third.id)
    assert rest
    return sorted([first.id, second.id, third.id])


def _chain(listed: ClassificationList, number: int) -> list[ClassificationEntry]:
    """Entries, each below the one before."""
    rows: list[ClassificationEntry] = []
    for place in range(number):
        above = rows[-1].id if rows else None
        rows.append(ClassificationEntry(list_id=listed.id, code=f"led{place}", names={}, parent_id=above))
        _db.session.add(rows[-1])
        _db.session.flush()
    return rows


@planted("account-before-registration")
def an_awaiting_one_has_a_user(world: World) -> list[int]:
    return [world.make.user(world.awaiting).id]


@planted("second-superuser")
def a_second_first_user(world: World) -> list[int]:
    return [world.make.user(world.body, is_superuser=True).id]


@planted("user-who-cannot-be-reached")
def names_and_addresses_are_blank(world: World) -> list[int]:
    blank = [world.make.user(world.body, **{name: " "}).id for name in ("first_name", "last_name", "email_address")]
    superuser = _administrator(world.coordinator)
    change(superuser, phone="")
    change(world.user, phone="")
    return sorted([*blank, superuser.id])


@planted("real-address-in-the-framework")
def a_real_address_in_the_framework(world: World) -> list[int]:
    change(world.user, email="kim@myndighed.example")
    return [world.user.id]


@planted("stored-role")
def a_role_of_the_framework(world: World) -> list[int]:
    return [_in_framework(world.user, "ab_role", "ab_user_role", "role_id")]


@planted("stored-role")
def a_group_of_the_framework(world: World) -> list[int]:
    return [_in_framework(world.user, "ab_group", "ab_user_group", "group_id")]


def _in_framework(user: ImiUser, table: str, link: str, column: str) -> int:
    tables = Model.metadata.tables
    added = _db.session.execute(insert(tables[table]).values(name="Planted").returning(tables[table].c.id))
    _db.session.execute(insert(tables[link]).values(**{"user_id": user.id, column: added.scalar_one()}))
    return user.id


@planted("user-role-of-another-module-role")
def a_role_for_coordinators_only(world: World) -> list[int]:
    access = world.make.access(world.body, "PQ-NOT")
    role(access, world.user, "notification_approver")
    suspended = world.make.access(world.coordinator, "PQ-NOT", status=AccessStatus.suspended)
    role(suspended, _administrator(world.coordinator), "notification_approver")  # may wait there (R36)
    return [world.user.id]


@planted("user-role-of-another-module-role")
def a_role_for_authorities_only(world: World) -> list[int]:
    role(world.coordinator_access, _administrator(world.coordinator), "viewer")
    viewer = UserRole.module_id == world.access.module_id, UserRole.code == "viewer"
    _db.session.execute(update(UserRole).where(*viewer).values(for_coordinator=False))
    return [_administrator(world.coordinator).id]


@planted("user-role-without-its-setting")
def the_setting_was_withdrawn_alone(world: World) -> list[int]:
    change(world.coordinator_access, approval=False)
    return [_administrator(world.coordinator).id]


@planted("user-role-without-its-setting")
def the_setting_was_never_given(world: World) -> list[int]:
    role(world.access, world.user, "allocator")
    role(world.coordinator_access, _administrator(world.coordinator), "refusal_handler")
    return sorted([world.user.id, _administrator(world.coordinator).id])


@planted("removed-user-with-roles-or-sessions")
def a_removed_user_holds_a_role(world: World) -> list[int]:
    _db.session.execute(delete(UserSession))
    change(world.user, active=False)
    return [world.user.id]


@planted("removed-user-with-roles-or-sessions")
def a_removed_user_is_signed_in(world: World) -> list[int]:
    _db.session.execute(delete(UserModuleRole).where(UserModuleRole.user_id == world.user.id))
    change(world.user, active=False)
    return [world.user.id]


@planted("password-state-that-contradicts-itself")
def passwords_in_no_state(world: World) -> list[int]:
    wrong: list[dict[str, Any]] = [
        {"password": ""},
        {"password": None},
        {"password_set_at": None},
        {"password_is_temporary": True},
        {"temporary_password_expires_at": clock.now()},
    ]
    return sorted(world.make.user(world.body, **values).id for values in wrong)


@planted("password-that-should-be-blocked")
def five_failures_and_no_block(world: World) -> list[int]:
    change(world.user, failed_log_ins=setting("FAILED_LOG_INS_BEFORE_BLOCK"))
    world.make.user(world.body, failed_log_ins=setting("FAILED_LOG_INS_BEFORE_BLOCK") - 1)
    world.make.user(world.body, failed_log_ins=setting("FAILED_LOG_INS_BEFORE_BLOCK"), blocked_at=clock.now())
    world.make.user(world.body, blocked_at=clock.now())  # stopped by hand (R79)
    return [world.user.id]


@planted("signed-in-but-new")
def signed_in_at_no_first_time(world: World) -> list[int]:
    change(world.user, first_log_in_at=None, last_log_in_at=clock.now())
    return [world.user.id]


@planted("secret-past-its-life")
def secrets_that_outlived_themselves(world: World) -> list[int]:
    old, young = clock.now() - timedelta(days=2), clock.now() - timedelta(hours=1)
    wrong = [_mail(world, expires_at=None), _mail(world, expires_at=old)]
    _mail(world, expires_at=young)  # the sweep may still come
    _mail(world, expires_at=old, holds_secret=False)
    _mail(world, expires_at=old, body=None)
    return sorted(wrong)


def _mail(world: World, **values: Any) -> int:
    usual: dict[str, Any] = {
        "message_id": f"<{uuid.uuid4()}@example.org>",
        "kind": "M1",
        "language": "da",
        "authority_id": world.body.id,
        "recipient": "kim@example.org",
        "subject": "Velkommen",
        "body": b"...",
        "holds_secret": True,
        "state": MailState.unsure,
        "created_at": clock.now(),
        "due_at": clock.now(),
    }
    row = OutgoingMail(**(usual | values))
    _db.session.add(row)
    _db.session.flush()
    return row.id


@planted("username-that-was-retired")
def a_username_came_back(world: World) -> list[int]:
    change(world.user, username="Brugt000001")
    return [world.user.id]


# --- The tests --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R75")
def test_sound_data_keep_all_invariants(world: World) -> None:
    assert invariants.check() == []


@pytest.mark.rule("R75")
def test_the_first_day_keeps_all_invariants(db: Any) -> None:
    assert invariants.check() == []


@pytest.mark.rule("R75")
def test_the_demo_keeps_all_invariants(demo_db: Any) -> None:
    assert invariants.check() == []


@pytest.mark.rule("R75")
@pytest.mark.parametrize(("name", "function"), PLANTED, ids=[f"{name}:{each.__name__}" for name, each in PLANTED])
def test_each_planted_state_is_found_and_nothing_else(world: World, name: str, function: Plant) -> None:
    wrong = function(world)
    _db.session.flush()
    found = invariants.check()
    assert [finding.name for finding in found] == [name]
    assert found[0].ids == tuple(wrong)
    assert found[0].count == len(wrong)


@pytest.mark.rule("R75")
def test_every_invariant_of_the_table_is_planted() -> None:
    assert {name for name, _ in PLANTED} == {each.name for each in invariants.TABLE}


def test_the_table_names_each_invariant_once_with_a_rule_and_a_sentence() -> None:
    assert len({each.name for each in invariants.TABLE}) == len(invariants.TABLE)
    assert [each.name for each in invariants.TABLE if not each.rule.startswith("R")] == []
    assert [each.name for each in invariants.TABLE if not str(each.sentence).endswith(".")] == []


def test_every_invariant_that_is_written_stands_in_the_table() -> None:
    from app.services import invariants_of_access, invariants_of_authorities, invariants_of_finding, invariants_of_users
    from app.services.invariant import Invariant

    rooms = (invariants_of_access, invariants_of_authorities, invariants_of_users, invariants_of_finding)
    written = {value.name for room in rooms for value in vars(room).values() if isinstance(value, Invariant)}
    assert written == {each.name for each in invariants.TABLE}


@pytest.mark.rule("R75", "R60")
@pytest.mark.parametrize(
    ("moment", "purge_on"),
    [
        (datetime(2026, 8, 31, 21, 59, tzinfo=UTC), date(2027, 2, 28)),  # the last minute of 31 August in Copenhagen
        (datetime(2026, 8, 31, 22, 0, tzinfo=UTC), date(2027, 3, 1)),  # the first of September
        (datetime(2027, 8, 31, 12, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_six_months_are_counted_by_the_calendar_of_copenhagen(world: World, moment: datetime, purge_on: date) -> None:
    change(world.deactivated, deactivated_at=moment, purge_on=purge_on)
    assert invariants.check() == []
    change(world.deactivated, purge_on=purge_on + timedelta(days=1))
    assert [finding.name for finding in invariants.check()] == ["removal-on-the-wrong-day"]


def test_a_finding_counts_all_and_names_the_first_with_their_authorities(world: World) -> None:
    users = [world.make.user(world.body) for _ in range(SHOWN + 5)]
    for place, user in enumerate(users):
        change(user, email=f"{place}@example.org")
    finding = invariants.check()[0]
    assert (finding.name, finding.rule, finding.kind) == ("real-address-in-the-framework", "R70", "user")
    assert (finding.count, finding.ids) == (SHOWN + 5, tuple(user.id for user in users[:SHOWN]))
    assert finding.authority_ids == (world.body.id,) * SHOWN


def test_what_python_counts_is_counted_to_the_end(world: World) -> None:
    bodies = [world.make.authority(managed_by=world.nimic) for _ in range(SHOWN + 5)]
    for body in bodies:
        world.make.user(body)
    renamed = update(Authority).where(Authority.id.in_([body.id for body in bodies]))
    _db.session.execute(renamed.values(official_name="Et andet navn"))
    finding = invariants.check()[0]
    assert (finding.name, finding.count) == ("name-under-a-wrong-key", SHOWN + 5)
    assert finding.ids == tuple(body.id for body in bodies[:SHOWN])


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=[10, 1_000])
def full(request: pytest.FixtureRequest, world: World) -> int:
    """So many authorities more, each with three users and three accesses; gives how many there are in all."""
    fill(world, request.param)
    return len(_db.session.scalars(select(Authority.id)).all())


def fill(world: World, number: int) -> None:
    ids = _authorities(number, world.nimic)
    _users(ids, world.user)
    for code in ("PQ-REQ", "PQ-NOT", "CULT-NOT"):
        _accesses(ids, world.make.module(code), world.coordinator_access if code == "PQ-REQ" else None)
    # As the database does by itself where commits are commits; here it would plan for tables that it believes empty.
    _db.session.execute(text("ANALYZE"))


def _authorities(number: int, manager: Authority) -> list[int]:
    names = [f"myndighed nummer {place:04}" for place in range(number)]
    usual: dict[str, Any] = {"kind": "authority", "status": "active", "country_code": "DK", "city": "Odense"}
    usual["email"] = "a@b.example"
    usual["registered_at"] = clock.now()
    rows = [
        {
            **usual,
            **match_keys(official_name=name, email="a@b.example"),
            **authority_keys(name, "Odense", [("T", "")], []),
            "official_name": name,
            "official_name_key": name,
        }
        for name in names
    ]
    ids = list(_db.session.scalars(insert(Authority).returning(Authority.id), rows))
    _db.session.execute(insert(AuthorityText), [{"authority_id": row, "language": "da", "title": "T"} for row in ids])
    links = [{"authority_id": row, "manager_id": manager.id, "since": clock.now()} for row in ids]
    _db.session.execute(insert(AccessManagerLink), links)
    return ids


def _users(ids: list[int], model: ImiUser) -> None:
    copied = ("password", "password_is_temporary", "password_set_at", "registered_at", "active", "first_name", "phone")
    same = {name: getattr(model, name) for name in copied} | {"is_administrator": True, "last_name": "Larsen"}
    rows = [
        {
            **same,
            **person_keys(model.first_name, "Larsen", name),
            "authority_id": row,
            "username": name,
            "email": f"{name}@user.invalid",
            "email_address": name,
        }
        for row in ids
        for place in range(3)
        for name in [f"mange{row:05}{place}"]
    ]
    _db.session.execute(insert(ImiUser), rows)


def _accesses(ids: list[int], module: Module, coordinator: ModuleAccess | None) -> None:
    usual = {"module_id": module.id, "country_code": "DK", "status": "granted", "role": "authority"}
    rows = [{**usual, "authority_id": row, "granted_at": clock.now()} for row in ids]
    accesses = _db.session.execute(insert(ModuleAccess).returning(ModuleAccess.id, ModuleAccess.authority_id), rows)
    held = {each.authority_id: each.id for each in accesses}
    if coordinator is not None:
        same = {"coordinator_id": coordinator.id, "module_id": module.id, "country_code": "DK"}
        _db.session.execute(insert(LinkedCoordinator), [{**same, "access_id": number} for number in held.values()])
    viewer = next(each for each in module.user_roles if each.code == "viewer")
    users = _db.session.execute(select(ImiUser.id, ImiUser.authority_id).where(ImiUser.authority_id.in_(ids)))
    roles = [
        {"user_id": user, "authority_id": body, "access_id": held[body], "module_id": module.id} for user, body in users
    ]
    _db.session.execute(insert(UserModuleRole), [{**each, "user_role_id": viewer.id} for each in roles])


@pytest.mark.rule("R75")
def test_it_costs_a_statement_an_invariant_and_is_done_in_a_second(full: int) -> None:
    users = len(_db.session.scalars(select(ImiUser.id)).all())
    with statements(_db) as asked:
        assert invariants.check() == []
    assert min(_seconds() for _ in range(3)) < 1  # the best of three: other tests run beside this one
    # Three more for each further thousand names, and one for users; for the words of a thousand authorities three more,
    # and for the usernames two a thousand, because some have been retired.
    more = 3 * (full // BATCH) + users // BATCH + 3 * (full // BATCH + 1) + 2 * (users // BATCH + 1)
    assert len(asked) == len(invariants.TABLE) + more
    assert [statement for statement in asked if not statement.startswith(("SELECT", "WITH"))] == []


def _seconds() -> float:
    begin = perf_counter()
    invariants.check()
    return perf_counter() - begin


def test_without_retired_usernames_nobody_is_asked_for_his(world: World) -> None:
    _db.session.execute(delete(RetiredUsername))
    with statements(_db) as asked:
        invariants.check()
    assert len(asked) == len(invariants.TABLE) + 3  # what the authorities are found by stands in three tables more


def test_batches_reach_the_last_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.invariant.BATCH", 2)
    last = world.make.authority(managed_by=world.nimic)
    world.make.user(last)
    change(last, official_name_key="et andet navn")
    assert [finding.ids for finding in invariants.check()] == [(last.id,)]
