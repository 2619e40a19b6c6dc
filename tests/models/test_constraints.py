"""What the database itself refuses, whatever code runs (R75)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from itertools import count
from typing import Any, TypeVar

import pytest
from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import now
from app.models import (
    AccessManagerLink,
    AccessStatus,
    AuditEvent,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    ImiUser,
    Invitation,
    InvitationStatus,
    LinkedCoordinator,
    ListScope,
    MailState,
    Model,
    Module,
    ModuleAccess,
    ModuleRole,
    ModuleType,
    OutgoingMail,
    Reach,
    UserModuleRole,
    UserRole,
)

_number = count(1)
Row = TypeVar("Row", bound=Model)
Refused = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def session(db: Any) -> Session:
    """A database as the migrations make it, with its reference data."""
    session: Session = db.session()
    return session


@pytest.fixture
def refused(session: Session) -> Refused:
    """`with refused(constraint):` the block breaks this constraint, and no other."""

    @contextmanager
    def of(constraint: str) -> Iterator[None]:
        with pytest.raises(IntegrityError) as caught, session.begin_nested():  # noqa: PT012 (the block may only order)
            yield
            session.flush()
        said = str(caught.value.orig)
        # SQLite names no foreign keys, and of unique ones the columns only.
        if session.get_bind().dialect.name == "postgresql" or constraint[:2] not in ("fk", "uq"):
            assert constraint in said
        else:
            assert {"fk": "FOREIGN KEY", "uq": "UNIQUE"}[constraint[:2]] in said
        session.expire_all()

    return of


def authority(session: Session, **more: Any) -> Authority:
    number = next(_number)
    values = {
        "status": AuthorityStatus.active,
        "country_code": "DK",
        "official_name": f"Styrelse {number}",
        "official_name_key": f"styrelse {number}",
        "city": "Aarhus",
        "email": "post@example.org",
        "registered_at": now(),
    }
    return _added(session, Authority(**values | more))


def user(session: Session, of: Authority, **more: Any) -> ImiUser:
    number = next(_number)
    values = {
        "first_name": "Kim",
        "last_name": "Lund",
        "username": f"kimlund{number:03}",
        "email": f"{number}@user.invalid",
        "email_address": f"kim{number}@example.org",
        "authority_id": of.id,
        "registered_at": now(),
    }
    return _added(session, ImiUser(**values | more))


def module(session: Session, **more: Any) -> Module:
    values = {
        "code": f"SERV-{next(_number)}",
        "area_code": "SERV",
        "type": ModuleType.request,
        "names": {},
        "active_from": date(2020, 1, 1),
    }
    return _added(session, Module(**values | more))


def access(session: Session, of: Authority, to: Module, **more: Any) -> ModuleAccess:
    values = {
        "authority_id": of.id,
        "country_code": of.country_code,
        "module_id": to.id,
        "status": AccessStatus.granted,
        "role": ModuleRole.authority,
        "granted_at": now(),
    }
    return _added(session, ModuleAccess(**values | more))


def suspended(**more: Any) -> dict[str, Any]:
    return {"status": AccessStatus.suspended, "suspended_at": now(), "suspension_reason": "Flyttet", **more}


def link(dependant: ModuleAccess, coordinator: ModuleAccess, **more: Any) -> LinkedCoordinator:
    values = {
        "access_id": dependant.id,
        "coordinator_id": coordinator.id,
        "module_id": dependant.module_id,
        "country_code": dependant.country_code,
    }
    return LinkedCoordinator(**values | more)


def linked(session: Session) -> tuple[ModuleAccess, ModuleAccess]:
    """An access and the coordinator it is linked to."""
    to = module(session, offers_coordinator=True)
    dependant = access(session, authority(session), to)
    coordinator = access(session, authority(session), to, role=ModuleRole.coordinator)
    _added(session, link(dependant, coordinator))
    return dependant, coordinator


def mail(**more: Any) -> OutgoingMail:
    values = {
        "message_id": f"<{next(_number)}@example.org>",
        "kind": "M1",
        "language": "da",
        "recipient": "kim@example.org",
        "subject": "Velkommen",
        "body": b"...",
        "created_at": now(),
        "due_at": now(),
    }
    return OutgoingMail(**values | more)


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


# --- R3: an authority, its superuser and its access manager -----------------------------------------------------------


@pytest.mark.rule("R75", "R3", "R2")
@pytest.mark.parametrize("missing", [{"official_name": ""}, {"official_name_key": ""}, {"city": ""}, {"email": ""}])
def test_registered_authority_is_complete(session: Session, refused: Refused, missing: dict[str, str]) -> None:
    authority(session, **missing, status=AuthorityStatus.draft)
    with refused("ck_authority_registered_is_complete"):
        authority(session, **missing)


@pytest.mark.rule("R75", "R3")
def test_user_belongs_to_an_authority(session: Session, refused: Refused) -> None:
    body = authority(session)
    with refused("authority_id"):
        user(session, body, authority_id=None)
    with refused("fk_ab_user_authority_id"):
        user(session, body, authority_id=body.id + 1000)


@pytest.mark.rule("R75", "R3", "R62")
def test_authority_with_users_cannot_go_without_them(session: Session, refused: Refused) -> None:
    body = authority(session)
    user(session, body)
    with refused("fk_ab_user_authority_id"):
        session.execute(delete(Authority).where(Authority.id == body.id))


@pytest.mark.rule("R75", "R3", "R27")
def test_access_manager_is_another_authority_and_stays_while_it_manages(session: Session, refused: Refused) -> None:
    body, manager = authority(session), authority(session)
    with refused("ck_access_manager_link_nobody_manages_himself"):
        session.add(AccessManagerLink(authority_id=body.id, manager_id=body.id, since=now()))
    with refused("fk_access_manager_link_manager_id"):
        session.add(AccessManagerLink(authority_id=body.id, manager_id=manager.id + 1000, since=now()))
    _added(session, AccessManagerLink(authority_id=body.id, manager_id=manager.id, since=now()))
    with refused("fk_access_manager_link_manager_id"):
        session.execute(delete(Authority).where(Authority.id == manager.id))


@pytest.mark.rule("R75", "R2")
def test_text_of_an_authority_says_something(session: Session, refused: Refused) -> None:
    body = authority(session)
    with refused("ck_authority_text_says_something"):
        session.add(AuthorityText(authority_id=body.id, language="da"))


# --- R7, R9: one body, one registration, one country ------------------------------------------------------------------


@pytest.mark.rule("R75", "R9")
def test_name_is_unique_among_registered_of_a_country(session: Session, refused: Refused) -> None:
    name = {"official_name": "Toldstyrelsen", "official_name_key": "toldstyrelsen"}
    first = authority(session, **name)
    for status in AuthorityStatus:
        if status not in (AuthorityStatus.active, AuthorityStatus.deactivated):
            authority(session, **name, status=status)
    authority(session, **name, country_code="SE")
    with refused("uq_authority_name"):
        authority(session, **name)
    with refused("uq_authority_name"):
        deactivated = {"status": AuthorityStatus.deactivated, "deactivated_at": now(), "purge_on": date(2030, 1, 1)}
        authority(session, **name, **deactivated)
    with refused("uq_authority_name"):
        waiting = Authority.status == AuthorityStatus.awaiting_validation
        session.execute(update(Authority).where(waiting).values(status=AuthorityStatus.active))
    session.delete(first)
    session.flush()
    authority(session, **name)


@pytest.mark.rule("R75", "R7")
@pytest.mark.parametrize(("kind", "country"), [("commission", "DK"), ("nimic", None), ("authority", None)])
def test_only_the_commission_has_no_country(session: Session, refused: Refused, kind: str, country: str | None) -> None:
    with refused("ck_authority_country_but_for_commission"):
        authority(session, kind=AuthorityKind(kind), country_code=country)


@pytest.mark.rule("R75")
def test_unknown_country_status_and_kind_are_refused(session: Session, refused: Refused) -> None:
    body = authority(session)
    for column, value, constraint in (
        ("country_code", "XX", "fk_authority_country_code"),
        ("status", "sleeping", "ck_authority_authority_status"),
        ("kind", "ministry", "ck_authority_authority_kind"),
        ("route", "post", "ck_authority_registration_route"),
        ("identifier_scheme", "CVR", "ck_authority_identifier_is_whole"),
    ):
        with refused(constraint):
            session.execute(text(f"UPDATE authority SET {column} = :value WHERE id = {body.id}"), {"value": value})  # noqa: S608


# --- R60, R64: deactivation -------------------------------------------------------------------------------------------


@pytest.mark.rule("R75", "R60")
def test_deactivation_has_a_moment_and_a_purge_date(session: Session, refused: Refused) -> None:
    with refused("ck_authority_deactivated_has_moment"):
        authority(session, status=AuthorityStatus.deactivated, purge_on=date(2030, 1, 1))
    with refused("ck_authority_deactivated_has_purge_date"):
        authority(session, status=AuthorityStatus.deactivated, deactivated_at=now())
    with refused("ck_authority_active_is_not_purged"):
        authority(session, purge_on=date(2030, 1, 1))


@pytest.mark.rule("R75", "R64")
def test_one_national_coordinator_a_country_and_one_commission(session: Session, refused: Refused) -> None:
    authority(session, kind=AuthorityKind.nimic)
    authority(session, kind=AuthorityKind.nimic, country_code="SE")
    authority(session, kind=AuthorityKind.commission, country_code=None)
    with refused("uq_authority_nimic"):
        authority(session, kind=AuthorityKind.nimic)
    with refused("uq_authority_commission"):
        authority(session, kind=AuthorityKind.commission, country_code=None)


@pytest.mark.rule("R75", "R64")
@pytest.mark.parametrize(("kind", "country"), [("commission", None), ("nimic", "DK")])
def test_national_coordinator_and_commission_cannot_be_deactivated(
    session: Session, refused: Refused, kind: str, country: str | None
) -> None:
    body = authority(session, kind=AuthorityKind(kind), country_code=country)
    with refused("ck_authority_coordinators_are_active"):
        body.status, body.deactivated_at, body.purge_on = AuthorityStatus.deactivated, now(), date(2030, 1, 1)


# --- R33, R38, R39: access and links ----------------------------------------------------------------------------------


@pytest.mark.rule("R75", "R33")
def test_link_leads_to_a_granted_coordinator_of_the_same_module_and_country(session: Session, refused: Refused) -> None:
    to, other = module(session), module(session)
    dependant = access(session, authority(session), to)
    role = {"role": ModuleRole.coordinator}
    wrong = [
        access(session, authority(session), to),  # no coordinator
        access(session, authority(session), to, **suspended(**role)),
        access(session, authority(session), other, **role),
        access(session, authority(session, country_code="SE"), to, **role),
        dependant,  # itself
    ]
    for each in wrong:
        with refused("fk_linked_coordinator_coordinator"):
            session.add(link(dependant, each))
    right = access(session, authority(session), to, **role)
    session.add(link(dependant, right))
    session.flush()


@pytest.mark.rule("R75", "R33")
def test_link_cannot_say_what_is_not_so(session: Session, refused: Refused) -> None:
    dependant, coordinator = linked(session)
    for column, value, constraint in (
        ("access_role", "coordinator", "ck_linked_coordinator_dependant_is_authority"),
        ("coordinator_role", "authority", "ck_linked_coordinator_coordinator_is_coordinator"),
        ("coordinator_status", "suspended", "ck_linked_coordinator_coordinator_is_granted"),
    ):
        with refused(constraint):
            session.execute(text(f"UPDATE linked_coordinator SET {column} = :value"), {"value": value})  # noqa: S608
    for column, other in (("module_id", module(session).id), ("country_code", "SE"), ("access_id", coordinator.id)):
        with refused("fk_linked_coordinator_"):
            session.execute(text(f"UPDATE linked_coordinator SET {column} = :value"), {"value": other})  # noqa: S608


@pytest.mark.rule("R75", "R33")
def test_coordinator_is_linked_to_nobody(session: Session, refused: Refused) -> None:
    dependant, coordinator = linked(session)
    second = access(session, authority(session), session.get_one(Module, dependant.module_id), role="coordinator")
    with refused("fk_linked_coordinator_dependant"):
        session.add(link(coordinator, second))


@pytest.mark.rule("R75", "R38")
def test_role_changes_only_while_suspended(session: Session, refused: Refused) -> None:
    row = access(session, authority(session), module(session))
    with refused("R38"):
        row.role = ModuleRole.coordinator
    with refused("R38"):  # suspending in the same breath is no way round
        row.role, row.status, row.suspended_at = ModuleRole.coordinator, AccessStatus.suspended, now()
        row.suspension_reason = "Flyttet"
    row.status, row.suspended_at, row.suspension_reason = AccessStatus.suspended, now(), "Flyttet"
    session.flush()
    with refused("R38"):
        row.role, row.status, row.suspended_at = ModuleRole.coordinator, AccessStatus.granted, None
    row.role = ModuleRole.coordinator
    session.flush()
    row.status, row.suspended_at = AccessStatus.granted, None
    session.flush()


@pytest.mark.rule("R75", "R39")
def test_coordinator_with_dependants_cannot_be_suspended_turned_or_removed(session: Session, refused: Refused) -> None:
    dependant, coordinator = linked(session)
    with refused("fk_linked_coordinator_coordinator"):
        coordinator.status, coordinator.suspended_at = AccessStatus.suspended, now()
        coordinator.suspension_reason = "Flyttet"
    with refused("fk_linked_coordinator_coordinator"):
        session.execute(delete(ModuleAccess).where(ModuleAccess.id == coordinator.id))
    with refused("fk_linked_coordinator_coordinator"):
        session.execute(delete(Authority).where(Authority.id == coordinator.authority_id))
    session.execute(delete(LinkedCoordinator).where(LinkedCoordinator.access_id == dependant.id))
    coordinator.status, coordinator.suspended_at = AccessStatus.suspended, now()
    coordinator.suspension_reason = "Flyttet"
    session.flush()


@pytest.mark.rule("R75", "R39")
def test_dependant_cannot_become_coordinator_with_its_link(session: Session, refused: Refused) -> None:
    dependant, _ = linked(session)
    dependant.status, dependant.suspended_at, dependant.suspension_reason = AccessStatus.suspended, now(), "Flyttet"
    session.flush()
    with refused("fk_linked_coordinator_dependant"):
        dependant.role = ModuleRole.coordinator


@pytest.mark.rule("R75", "R62")
def test_removed_dependant_takes_its_links_along(session: Session) -> None:
    dependant, _ = linked(session)
    session.execute(delete(Authority).where(Authority.id == dependant.authority_id))
    assert session.scalar(select(func.count()).select_from(LinkedCoordinator)) == 0


@pytest.mark.rule("R75", "R31")
def test_one_access_for_each_authority_and_module_in_its_country(session: Session, refused: Refused) -> None:
    body, to = authority(session), module(session)
    with refused("fk_module_access_authority_id_country_code"):
        access(session, body, to, country_code="SE")
    access(session, body, to)
    with refused("uq_module_access_authority_id_module_id"):
        access(session, body, to)


@pytest.mark.rule("R75", "R32", "R36")
def test_suspension_has_a_moment_and_a_reason(session: Session, refused: Refused) -> None:
    body, to = authority(session), module(session)
    with refused("ck_module_access_suspended_has_moment"):
        access(session, body, to, **suspended(suspended_at=None))
    with refused("ck_module_access_suspended_has_reason"):
        access(session, body, to, **suspended(suspension_reason=""))
    with refused("ck_module_access_suspended_has_moment"):
        access(session, body, to, suspended_at=now())


# --- R46: roles of users ----------------------------------------------------------------------------------------------


@pytest.mark.rule("R75", "R46")
def test_user_role_is_of_a_module_of_the_users_own_authority(session: Session, refused: Refused) -> None:
    body, other, to, elsewhere = authority(session), authority(session), module(session), module(session)
    mine, foreign = access(session, body, to), access(session, other, to)
    person = user(session, body)
    right, wrong = (
        _added(session, UserRole(module_id=each.id, code="viewer", names={}, for_authority=True, for_coordinator=True))
        for each in (to, elsewhere)
    )
    values = {"user_id": person.id, "user_role_id": right.id, "authority_id": body.id, "access_id": mine.id}
    values["module_id"] = to.id
    for change, constraint in (
        ({"access_id": foreign.id}, "fk_user_module_role_access_id_authority_id_module_id"),
        ({"user_role_id": wrong.id}, "fk_user_module_role_user_role_id_module_id"),
        ({"user_role_id": wrong.id, "module_id": elsewhere.id}, "fk_user_module_role_access_id_authority_id_module_id"),
        ({"access_id": foreign.id, "authority_id": other.id}, "fk_user_module_role_user_id_authority_id"),
    ):
        with refused(constraint):
            session.add(UserModuleRole(**values | change))
    session.add(UserModuleRole(**values))
    session.flush()
    with refused("fk_user_module_role_user_id_authority_id"):  # nor can he be moved away with his roles
        session.execute(update(ImiUser).where(ImiUser.id == person.id).values(authority_id=other.id))


# --- R44, R45, R70: names and addresses of users ----------------------------------------------------------------------


@pytest.mark.rule("R75", "R44", "R45")
def test_username_is_unique_in_any_case(session: Session, refused: Refused) -> None:
    body = authority(session)
    user(session, body, username="kimlund007")
    with refused("uq_ab_user_username_lower"):
        user(session, body, username="KimLund007")


@pytest.mark.rule("R75", "R70")
def test_address_is_unique_within_an_authority_only(session: Session, refused: Refused) -> None:
    body = authority(session)
    user(session, body, email_address="post@example.org")
    user(session, authority(session), email_address="post@example.org")
    with refused("uq_ab_user_address_in_authority"):
        user(session, body, email_address="Post@Example.org")


@pytest.mark.rule("R75", "R62")
def test_user_who_did_things_can_be_removed(session: Session) -> None:
    body = authority(session)
    person = user(session, body)
    other = user(session, body, created_by_fk=person.id, changed_by_fk=person.id)
    body.registered_by_user_id = body.confirmed_by_user_id = person.id
    access(session, body, module(session), granted_by_user_id=person.id)
    session.execute(delete(ImiUser).where(ImiUser.id == person.id))
    session.expire_all()
    assert (other.created_by_fk, body.registered_by_user_id, body.confirmed_by_user_id) == (None, None, None)


# --- R13, R30, R41: invitations, delegations, modules -----------------------------------------------------------------


def invitation(inviter: Authority, **more: Any) -> Invitation:
    values = {
        "country_code": "DK",
        "inviting_authority_id": inviter.id,
        "recipient_email": "post@example.org",
        "invited_name": "Havnen",
        "token_hash": str(next(_number)),
        "status": InvitationStatus.sent,
        "sent_at": now(),
        "expires_at": now(),
    }
    return Invitation(**values | more)


@pytest.mark.rule("R75", "R13")
def test_one_invitation_registers_one_authority(session: Session, refused: Refused) -> None:
    inviter, body = authority(session), authority(session, status=AuthorityStatus.draft)
    with refused("ck_invitation_answered_has_authority"):
        session.add(invitation(inviter, status=InvitationStatus.registered))
    _added(session, invitation(inviter, authority_id=body.id, token_hash="same"))
    with refused("uq_invitation_authority_id"):
        session.add(invitation(inviter, authority_id=body.id))
    with refused("uq_invitation_token_hash"):
        session.add(invitation(inviter, token_hash="same"))


@pytest.mark.rule("R75", "R30")
def test_delegation_goes_to_a_body_of_the_country_and_ends_after_it_begins(session: Session, refused: Refused) -> None:
    values = {"all_modules": True, "reach": Reach.own, "valid_from": date(2025, 5, 2), "created_at": now()}
    values["delegate_id"] = authority(session).id
    with refused("fk_delegation_delegate_id_country_code"):
        session.add(Delegation(**values, country_code="SE"))
    with refused("ck_delegation_ends_after_it_begins"):
        session.add(Delegation(**values, country_code="DK", valid_until=date(2025, 5, 1)))
    session.add(Delegation(**values, country_code="DK", valid_until=date(2025, 5, 2)))
    session.flush()


@pytest.mark.rule("R75", "R32", "R33")
def test_module_offers_what_it_requires(session: Session, refused: Refused) -> None:
    with refused("ck_module_coordinator_is_offered"):
        module(session, requires_linked_coordinator=True)
    with refused("ck_module_settings_for_requests_only"):
        module(session, type=ModuleType.alert, has_request_settings=True)
    with refused("ck_module_retired_after_active"):
        module(session, retired_from=date(2019, 12, 31))
    with refused("ck_user_role_for_somebody"):
        to = module(session)
        session.add(UserRole(module_id=to.id, code="x", names={}, for_authority=False, for_coordinator=False))


@pytest.mark.rule("R75")
def test_parent_of_an_entry_stands_in_the_same_list(session: Session, refused: Refused) -> None:
    one, two = (
        _added(session, ClassificationList(code=code, scope=ListScope.general, names={})) for code in ("one", "two")
    )
    parent = _added(session, ClassificationEntry(list_id=one.id, code="a", names={}))
    session.add(ClassificationEntry(list_id=one.id, code="b", names={}, parent_id=parent.id))
    with refused("fk_classification_entry_parent_id_list_id"):
        session.add(ClassificationEntry(list_id=two.id, code="a", names={}, parent_id=parent.id))


# --- R68: the log -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R75", "R68")
def test_log_is_append_only(session: Session, refused: Refused) -> None:
    table = AuditEvent.__table__
    session.execute(insert(table).values(at=now(), act="log_in", subject_kind="ab_user"))
    statements = ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event"]
    if session.get_bind().dialect.name == "postgresql":
        statements += ["TRUNCATE audit_event", "TRUNCATE audit_event CASCADE"]
    else:
        statements += ["INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event"]
    for statement in statements:
        with refused("R68"):
            session.execute(text(statement))
    assert session.scalar(select(func.count()).select_from(table)) == 1


@pytest.mark.rule("R75", "R68")
def test_log_has_no_foreign_keys(session: Session) -> None:
    inspector = inspect(session.connection())
    tables = [name for name in inspector.get_table_names() if name.startswith("audit_")]
    assert len(tables) == 5
    assert not [key for name in tables for key in inspector.get_foreign_keys(name)]


# --- R87: mails -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R75", "R87")
@pytest.mark.parametrize("state", list(MailState))
def test_secret_body_is_wiped_once_the_mail_is_over(session: Session, refused: Refused, state: MailState) -> None:
    over = state in (MailState.sent, MailState.failed, MailState.given_up)
    values = {"state": state, "lease_until": now(), "sent_at": now() if state == MailState.sent else None}
    _added(session, mail(**values, holds_secret=False))
    _added(session, mail(**values, holds_secret=True, body=None))
    if over:
        with refused("ck_outgoing_mail_secret_is_wiped"):
            session.add(mail(**values, holds_secret=True))
    else:
        _added(session, mail(**values, holds_secret=True))


@pytest.mark.rule("R75", "R87")
def test_state_of_a_mail_agrees_with_its_moments(session: Session, refused: Refused) -> None:
    with refused("ck_outgoing_mail_sent_has_moment"):
        session.add(mail(state=MailState.sent))
    with refused("ck_outgoing_mail_sent_has_moment"):
        session.add(mail(sent_at=now()))
    for state in (MailState.claimed, MailState.sending):
        with refused("ck_outgoing_mail_leased_has_end"):
            session.add(mail(state=state))
    same = {"message_id": "<same@example.org>"}
    _added(session, mail(**same))
    with refused("uq_outgoing_mail_message_id"):
        session.add(mail(**same))
