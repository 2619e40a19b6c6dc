"""Granting access to a module: who may, what is chosen, what follows (R31–R34); and that nobody gets in between."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.errors import Conflict, ImiError, InvalidInput, NotFound
from app.extensions import db as _db
from app.models import (
    AccessStatus,
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    ImiUser,
    LinkedCoordinator,
    Module,
    ModuleAccess,
    ModuleRole,
    ModuleType,
    Reach,
    Setting,
    UserModuleRole,
    UserRole,
)
from app.services import authorities, module_access, sessions
from app.services.module_access import GrantChoices
from app.transaction import transaction
from tests.make import Maker

ALL_SETTINGS = frozenset(Setting)
COORDINATOR = ModuleRole.coordinator


@pytest.fixture
def manager(make: Any) -> Authority:
    """An access manager whose delegation covers all modules and the whole country."""
    return make.access_manager("Erhvervsstyrelsen")


@pytest.fixture
def actor(make: Any, manager: Authority) -> ImiUser:
    """An administrator of the access manager."""
    return make.user(manager)


@pytest.fixture
def body(make: Any, manager: Authority) -> Authority:
    """An authority that has the access manager as its own."""
    return make.authority("Arbejdstilsynet", managed_by=manager)


def grant(user: ImiUser, authority: Authority, code: str, **choices: Any) -> ModuleAccess:
    """The act as a door does it: one transaction, with the actor read in it."""
    token = sessions.begin(user)
    public_id = authority.public_id
    _db.session.commit()
    with transaction():
        actor = sessions.actor_of(token)
        assert actor is not None
        return module_access.grant(actor, public_id, code, GrantChoices(**choices))


@contextmanager
def refused(kind: type[ImiError], *fields: str) -> Iterator[None]:
    """The block is refused so, at exactly these fields, and stores nothing."""
    before = stored()
    with pytest.raises(kind) as caught:
        yield
    assert type(caught.value) is kind
    if isinstance(caught.value, InvalidInput):
        assert set(caught.value.fields) == set(fields)
        assert all(str(sentence) for sentence in caught.value.fields.values())
    elif isinstance(caught.value, Conflict):
        assert str(caught.value.message)
    _db.session.rollback()
    assert stored() == before


def stored() -> list[int | None]:
    """How many rows there are of all that a grant makes."""
    tables = (ModuleAccess, LinkedCoordinator, UserModuleRole, AuditEvent)
    return [_db.session.scalar(select(func.count()).select_from(table)) for table in tables]


def entries(code: str, number: int = 2) -> frozenset[int]:
    """Some entries of a list."""
    found = select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.code == code)
    return frozenset(_db.session.scalars(found.order_by(ClassificationEntry.id).limit(number)))


def coordinator_of(make: Any, code: str, name: str = "", **values: Any) -> Authority:
    """An authority with granted access as coordinator of the module."""
    row = make.authority(name)
    make.access(row, code, COORDINATOR, **values)
    return row


def roles_of(user: ImiUser) -> list[str]:
    """The codes of the user's roles, in the module's order."""
    found = select(UserRole.code).join(UserModuleRole, UserModuleRole.user_role_id == UserRole.id)
    return list(_db.session.scalars(found.where(UserModuleRole.user_id == user.id).order_by(UserRole.position)))


def links_of(access: ModuleAccess) -> set[int]:
    """The authorities to which the access is linked."""
    found = select(ModuleAccess.authority_id).join(
        LinkedCoordinator, LinkedCoordinator.coordinator_id == ModuleAccess.id
    )
    return set(_db.session.scalars(found.where(LinkedCoordinator.access_id == access.id)))


# --- What is granted ------------------------------------------------------------------------------------------------


@pytest.mark.rule("R32")
@pytest.mark.parametrize(
    ("code", "kind", "entry_list", "roles"),
    [
        ("PQ-REQ", ModuleType.request, "professions", ["viewer", "request_handler", "allocator"]),
        ("PW-REQ", ModuleType.request, None, ["viewer", "request_handler", "allocator"]),
        ("PQ-NOT", ModuleType.notification, "sectoral_professions", ["viewer", "notification_handler"]),
        ("PQ-ALERT", ModuleType.alert, "professions", ["viewer", "alert_handler"]),
        ("PQ-REG", ModuleType.repository, "professions", ["viewer", "repository_editor"]),
        ("EPC-CASE", ModuleType.case, "epc_professions", ["viewer", "case_handler"]),
        ("SOLVIT-CASE", ModuleType.case, "solvit_problem_areas", ["viewer", "case_handler"]),
        ("RTPD-DECL", ModuleType.public_interface, None, ["viewer", "case_handler"]),
    ],
)
def test_a_module_of_every_type_is_granted_with_all_it_offers(
    make: Any, actor: ImiUser, body: Authority, code: str, kind: ModuleType, entry_list: str | None, roles: list[str]
) -> None:
    module, anne = make.module(code), make.user(body)
    coordinators = [coordinator_of(make, code) for _ in range(2)] if module.offers_coordinator else []
    chosen = entries(entry_list) if entry_list else frozenset()
    settings = ALL_SETTINGS if module.has_request_settings else frozenset()
    access = grant(
        actor,
        body,
        code,
        entry_ids=chosen,
        settings=settings,
        coordinator_ids=frozenset(row.public_id for row in coordinators),
        reason="Ny opgave",
    )
    _db.session.expire_all()
    assert module.type is kind
    assert (access.authority_id, access.module_id, access.country_code) == (body.id, module.id, "DK")
    assert (access.status, access.role) == (AccessStatus.granted, ModuleRole.authority)
    assert {entry.id for entry in access.classification} == chosen
    assert {s for s in Setting if getattr(access, s.value)} == settings
    assert links_of(access) == {row.id for row in coordinators}
    assert (access.granted_by_user_id, access.grant_reason) == (actor.id, "Ny opgave")
    assert roles_of(anne) == roles


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("role", "settings", "expected"),
    [
        (ModuleRole.authority, "", ["viewer", "request_handler"]),
        (ModuleRole.authority, "allocation", ["viewer", "request_handler", "allocator"]),
        (ModuleRole.authority, "approval refusal", ["viewer", "request_handler"]),
        (COORDINATOR, "", ["viewer", "request_handler"]),
        (COORDINATOR, "approval", ["viewer", "request_handler", "approver"]),
        (COORDINATOR, "refusal", ["viewer", "request_handler", "refusal_handler"]),
        (
            COORDINATOR,
            "approval refusal allocation",
            ["viewer", "request_handler", "allocator", "approver", "refusal_handler"],
        ),
    ],
)
def test_every_administrator_gets_exactly_the_roles_that_fit_and_nobody_else_any(
    make: Any, actor: ImiUser, body: Authority, role: ModuleRole, settings: str, expected: list[str]
) -> None:
    first, second = make.user(body), make.user(body)
    others = [
        make.user(body, administrator=False),
        make.user(make.authority()),
        actor,
    ]
    removed = make.user(body)
    removed.active = False
    linked = {coordinator_of(make, "PQ-REQ").public_id} if role is ModuleRole.authority else set()
    grant(
        actor,
        body,
        "PQ-REQ",
        role=role,
        settings=frozenset(Setting(word) for word in settings.split()),
        coordinator_ids=frozenset(linked),
    )
    assert [roles_of(user) for user in (first, second)] == [expected, expected]
    assert [roles_of(user) for user in (*others, removed)] == [[]] * 4


@pytest.mark.rule("R34")
def test_an_authority_without_administrators_is_granted_all_the_same(
    make: Any, actor: ImiUser, body: Authority
) -> None:
    grant(actor, body, "PQ-REG")
    assert stored()[2] == 0


# --- Whose delegation covers it (R31) -------------------------------------------------------------------------------


@pytest.mark.rule("R31")
def test_each_module_is_granted_under_the_delegation_that_has_it(make: Any) -> None:
    manager = make.access_manager(modules=[make.module("PQ-REG")])
    make.delegation(manager, reach=Reach.own, modules=[make.module("SOLVIT-CASE")])
    user, own, other = make.user(manager), make.authority(managed_by=manager), make.authority()
    grantable = {
        row.id: {module.code for module in module_access.grantable(who, row, authorities.target_of(who, row))}
        for who in [make.actor(user)]
        for row in (own, other)
    }
    assert grantable == {own.id: {"PQ-REG", "SOLVIT-CASE"}, other.id: {"PQ-REG"}}
    for row, code in ((own, "PQ-REG"), (own, "SOLVIT-CASE"), (other, "PQ-REG")):
        assert grant(user, row, code).status is AccessStatus.granted
    for row, code in ((other, "SOLVIT-CASE"), (own, "CASH-REP"), (other, "CASH-REP")):
        with refused(NotFound):
            grant(user, row, code)


@pytest.mark.rule("R31")
@pytest.mark.parametrize(
    "ended",
    [
        {"valid_until": -1},
        {"valid_from": 1},
        {"revoked_at": 0},
    ],
    ids=["ended", "not yet begun", "revoked"],
)
def test_a_delegation_that_is_not_in_force_gives_no_module(make: Any, ended: dict[str, int]) -> None:
    """Another delegation is in force, so that the person is an access manager all the same."""
    manager = make.access_manager(modules=[make.module("PQ-REG")])
    days = {key: clock.today() + timedelta(days=number) for key, number in ended.items() if key != "revoked_at"}
    moments = {"revoked_at": clock.now()} if "revoked_at" in ended else {}
    make.delegation(manager, modules=[make.module("SOLVIT-CASE")], **days, **moments)
    user, body = make.user(manager), make.authority(managed_by=manager)
    with refused(NotFound):
        grant(user, body, "SOLVIT-CASE")
    assert grant(user, body, "PQ-REG")


@pytest.mark.rule("R30")
def test_a_delegation_counts_on_its_first_and_on_its_last_day(make: Any) -> None:
    manager, today = make.authority(), clock.today()
    make.delegation(manager, modules=[make.module("PQ-REG")], valid_from=today, valid_until=today)
    assert grant(make.user(manager), make.authority(), "PQ-REG")


@pytest.mark.rule("R31")
def test_who_is_no_administrator_of_an_access_manager_grants_nothing(
    make: Any, manager: Authority, body: Authority
) -> None:
    for user in (make.user(manager, administrator=False), make.user(body), make.user(make.authority())):
        with refused(NotFound):
            grant(user, make.authority(), "PQ-REG")


@pytest.mark.rule("R31")
def test_an_unknown_module_and_an_unknown_authority_are_answered_alike(
    make: Any, actor: ImiUser, body: Authority
) -> None:
    for code in ("NO-SUCH", "pq-reg", "", "PQ-REG\x00", "x" * 5000):
        with refused(NotFound):
            grant(actor, body, code)
    with refused(NotFound):
        grant(actor, Authority(public_id=uuid.uuid4()), "PQ-REG")


# --- On whom it is never granted ------------------------------------------------------------------------------------


@pytest.mark.rule("R50")
def test_nobody_grants_his_own_authority(make: Any, manager: Authority, actor: ImiUser) -> None:
    nimic = make.nimic()
    for user, own in ((actor, manager), (make.user(nimic), nimic)):
        with refused(NotFound):
            grant(user, own, "PQ-REG")


@pytest.mark.rule("R78")
def test_an_access_manager_grants_no_nimic_no_delegate_and_not_the_commission(make: Any, actor: ImiUser) -> None:
    manager = _db.session.get_one(Authority, actor.authority_id)
    nimic, delegate = make.nimic(), make.access_manager()
    commission = make.authority(kind=AuthorityKind.commission)
    for row in (nimic, delegate, commission):
        make.link(row, manager)  # even where it is his
        with refused(NotFound):
            grant(actor, row, "PQ-REG")
    assert grant(make.user(nimic), delegate, "PQ-REG")
    assert grant(make.user(commission), nimic, "PQ-REG")


@pytest.mark.rule("R78")
def test_once_the_delegation_of_the_other_has_ended_it_is_an_authority_like_others(make: Any, actor: ImiUser) -> None:
    former = make.authority()
    make.delegation(former, valid_until=clock.today() - timedelta(days=1))
    assert grant(actor, former, "PQ-REG")


@pytest.mark.rule("R31")
def test_no_country_is_reached_but_ones_own_and_the_commission_grants_nimics_only(make: Any, actor: ImiUser) -> None:
    swedish, swedish_nimic = make.authority(country_code="SE"), make.nimic("SE")
    commission = make.user(make.authority(kind=AuthorityKind.commission))
    nimic = make.user(make.nimic())
    for user, row in ((actor, swedish), (nimic, swedish), (nimic, swedish_nimic), (commission, swedish)):
        with refused(NotFound):
            grant(user, row, "PQ-REG")


@pytest.mark.rule("R59")
def test_a_deactivated_authority_is_refused_with_words(make: Any, manager: Authority, actor: ImiUser) -> None:
    body = make.authority(managed_by=manager, status=AuthorityStatus.deactivated)
    with refused(Conflict):
        grant(actor, body, "PQ-REG")


@pytest.mark.rule("R18")
@pytest.mark.parametrize("status", ["draft", "awaiting_validation", "returned", "rejected", "lapsed"])
def test_who_is_not_registered_yet_does_not_exist(make: Any, manager: Authority, actor: ImiUser, status: str) -> None:
    body = make.authority(managed_by=manager, status=AuthorityStatus(status))
    with refused(NotFound):
        grant(actor, body, "PQ-REG")


@pytest.mark.rule("R41")
@pytest.mark.parametrize(
    ("dates", "granted"),
    [
        ({"retired_from": 0}, False),
        ({"retired_from": -5}, False),
        ({"active_from": 1}, False),
        ({"retired_from": 1}, True),
        ({"active_from": 0}, True),
    ],
)
def test_a_module_that_is_retired_or_not_yet_active_takes_no_grants(
    make: Any, actor: ImiUser, body: Authority, dates: dict[str, int], granted: bool
) -> None:
    module = make.module("PQ-REG")
    for name, number in dates.items():
        setattr(module, name, clock.today() + timedelta(days=number))
    _db.session.flush()
    who = make.actor(actor)
    offered = {row.code for row in module_access.grantable(who, body, authorities.target_of(who, body))}
    assert ("PQ-REG" in offered) is granted
    if granted:
        assert grant(actor, body, "PQ-REG")
    else:
        with refused(Conflict):
            grant(actor, body, "PQ-REG")


@pytest.mark.rule("R75")
@pytest.mark.parametrize("status", AccessStatus)
def test_access_is_granted_once(make: Any, actor: ImiUser, body: Authority, status: AccessStatus) -> None:
    make.access(body, "PQ-REG", status=status)
    who = make.actor(actor)
    offered = module_access.grantable(who, body, authorities.target_of(who, body))
    assert "PQ-REG" not in {row.code for row in offered}
    with refused(Conflict):
        grant(actor, body, "PQ-REG")


# --- What the module does not offer (R32) ---------------------------------------------------------------------------


@pytest.mark.rule("R32")
@pytest.mark.parametrize(
    ("code", "choices", "field"),
    [
        ("RTPD-DECL", {"role": COORDINATOR}, "role"),
        ("PQ-REG", {"role": COORDINATOR}, "role"),
        ("PQ-NOT", {"settings": frozenset({Setting.approval})}, "settings_approval"),
        ("GDPR-61", {"settings": frozenset({Setting.allocation})}, "settings_approval"),
        ("PQ-REG", {"reason": "x" * 1001}, "reason"),
        ("PQ-REG", {"reason": "<b>fed</b>"}, "reason"),
        ("PQ-REG", {"reason": "skjult\u202etekst"}, "reason"),
        ("PQ-REG", {"reason": "a\x00b"}, "reason"),
    ],
)
def test_what_the_module_does_not_offer_is_refused_at_its_field(
    actor: ImiUser, body: Authority, code: str, choices: dict[str, Any], field: str
) -> None:
    with refused(InvalidInput, field):
        grant(actor, body, code, **choices)


@pytest.mark.rule("R32")
def test_entries_are_those_of_the_modules_own_lists_and_in_use(make: Any, actor: ImiUser, body: Authority) -> None:
    own = entries("professions")
    retired = make_retired(own)
    foreign = [entries("policy_areas", 1), entries("service_keywords", 1), frozenset({-1}), frozenset({2**62})]
    for chosen in [retired, *(own - retired | wrong for wrong in foreign)]:
        with refused(InvalidInput, "classification"):
            grant(actor, body, "PQ-REG", entry_ids=frozenset(chosen))
    with refused(InvalidInput, "classification"):
        grant(actor, body, "RTPD-DECL", entry_ids=entries("professions", 1))
    assert grant(actor, body, "PQ-REG", entry_ids=own - retired)


def make_retired(chosen: frozenset[int]) -> frozenset[int]:
    """Take one entry out of use."""
    entry = _db.session.get_one(ClassificationEntry, min(chosen))
    entry.active = False
    _db.session.flush()
    return frozenset({entry.id})


@pytest.mark.rule("R32")
def test_linked_coordinators_are_for_who_is_not_coordinator_and_where_there_are_any(
    make: Any, actor: ImiUser, body: Authority
) -> None:
    linked = frozenset({coordinator_of(make, "PQ-REQ").public_id})
    with refused(InvalidInput, "coordinators"):
        grant(actor, body, "PQ-REQ", role=COORDINATOR, coordinator_ids=linked)
    with refused(InvalidInput, "coordinators"):
        grant(actor, body, "PQ-REG", coordinator_ids=linked)


# --- The required coordinator (R33) ---------------------------------------------------------------------------------


def _deactivated(make: Any, _body: Authority) -> Authority:
    row = make.authority(status=AuthorityStatus.deactivated)
    make.access(row, "PQ-REQ", COORDINATOR)
    return row


def _foreign(make: Any, _body: Authority) -> Authority:
    row = make.authority(country_code="SE")
    make.access(row, "PQ-REQ", COORDINATOR)
    return row


def _itself(make: Any, body: Authority) -> Authority:
    make.access(body, "PQ-REQ", COORDINATOR)
    return body


UNFIT: dict[str, Callable[[Any, Authority], Authority]] = {
    "not active": _deactivated,
    "of another country": _foreign,
    "suspended": lambda make, _: coordinator_of(make, "PQ-REQ", status=AccessStatus.suspended),
    "not coordinator": lambda make, _: coordinator_with(make, "PQ-REQ", ModuleRole.authority),
    "of another module": lambda make, _: coordinator_of(make, "PW-REQ"),
    "without access": lambda make, _: make.authority(),
    "itself": _itself,
    "unknown": lambda _make, _: Authority(public_id=uuid.uuid4()),
}


def coordinator_with(make: Any, code: str, role: ModuleRole) -> Authority:
    """An authority with granted access in a role of the test's own."""
    row = make.authority()
    make.access(row, code, role)
    return row


@pytest.mark.rule("R33")
@pytest.mark.parametrize("why", UNFIT)
def test_each_condition_of_a_coordinator_counts_alone(make: Any, actor: ImiUser, body: Authority, why: str) -> None:
    unfit = UNFIT[why](make, body).public_id
    fit = coordinator_of(make, "PQ-REQ").public_id
    with refused(InvalidInput, "coordinators"):
        grant(actor, body, "PQ-REQ", coordinator_ids=frozenset({unfit}))
    with refused(InvalidInput, "coordinators"):  # a fit one beside it does not mend it
        grant(actor, body, "PQ-REQ", coordinator_ids=frozenset({unfit, fit}))
    if why != "itself":
        assert grant(actor, body, "PQ-REQ", coordinator_ids=frozenset({fit}))


@pytest.mark.rule("R33")
def test_where_the_module_requires_a_coordinator_one_must_be_chosen(make: Any, actor: ImiUser, body: Authority) -> None:
    with refused(InvalidInput, "coordinators"):
        grant(actor, body, "PQ-REQ")
    assert grant(actor, body, "PQ-REQ", role=COORDINATOR)  # who is coordinator needs none
    assert grant(actor, body, "PQ-NOT")  # this module offers coordinators and requires none


# --- The log (R24, R67) ---------------------------------------------------------------------------------------------


@pytest.mark.rule("R67")
def test_the_log_says_what_was_chosen_and_by_whom(make: Any, actor: ImiUser, body: Authority) -> None:
    anne, coordinator, chosen = make.user(body), coordinator_of(make, "PQ-REQ"), entries("professions")
    access = grant(
        actor,
        body,
        "PQ-REQ",
        entry_ids=chosen,
        settings=frozenset({Setting.allocation}),
        coordinator_ids=frozenset({coordinator.public_id}),
        reason="Ny lov",
    )
    event = _db.session.scalars(select(AuditEvent)).one()
    assert (event.act, event.subject_kind, event.subject_id) == ("module_access.granted", "module_access", access.id)
    assert (event.authority_id, event.country_code, event.reason) == (body.id, "DK", "Ny lov")
    assert (event.actor_user_id, event.actor_authority_id, event.actor_authority_name) == (
        actor.id,
        actor.authority_id,
        "Erhvervsstyrelsen",
    )
    assert event.data == {
        "authority": body.official_name,
        "module": "PQ-REQ",
        "role": "authority",
        "settings": ["allocation"],
        "entries": sorted(chosen),
        "coordinators": [coordinator.id],
        "user_roles": {str(anne.id): ["viewer", "request_handler", "allocator"]},
    }
    person = _db.session.scalars(select(AuditPerson).where(AuditPerson.event_id == event.id)).one()
    assert (person.field, person.person_id, person.value) == ("actor.name", actor.id, actor.full_name)


@pytest.mark.rule("R24")
def test_a_grant_to_an_authority_that_is_not_ones_own_is_marked(make: Any, actor: ImiUser, body: Authority) -> None:
    nimic = make.user(make.nimic())
    other = make.authority()
    for user, row, outside in ((actor, body, False), (actor, other, True), (nimic, body, True)):
        access = grant(user, row, "PQ-REG" if user is actor else "PQ-NOT")
        event = _db.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == access.id)).one()
        assert event.outside_own is outside


# --- Races: real commits on both databases ---------------------------------------------------------------------------


class Field:
    """What the racers share: an access manager with administrators, a body to grant, a coordinator to link to."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        make = Maker()
        manager = make.access_manager()
        self.tokens = [sessions.begin(make.user(manager)) for _ in range(2)]
        self.bodies = [make.authority(managed_by=manager).public_id for _ in range(20)]
        coordinator = make.authority()
        self.coordinator = coordinator.public_id
        self.coordinator_access = make.access(coordinator, "PQ-REQ", COORDINATOR).id
        _db.session.commit()
        _db.session.remove()

    def grant(self, token: str, body: uuid.UUID, code: str, *linked: uuid.UUID) -> str:
        """The act in a transaction of its own; how it ended."""
        with self.app.app_context():
            try:
                with transaction():
                    actor = sessions.actor_of(token)
                    assert actor is not None
                    module_access.grant(actor, body, code, GrantChoices(coordinator_ids=frozenset(linked)))
            except ImiError as refusal:
                return type(refusal).__name__
            finally:
                _db.session.remove()
        return "granted"

    def suspend_coordinator(self) -> str:
        """What a suspension will do: lock the access, look who is linked, suspend if nobody is."""
        with self.app.app_context():
            with transaction():
                access = _db.session.get_one(
                    ModuleAccess, self.coordinator_access, with_for_update=True, populate_existing=True
                )
                linked = select(LinkedCoordinator.access_id).where(LinkedCoordinator.coordinator_id == access.id)
                free = _db.session.scalar(linked) is None
                if free:
                    access.status, access.suspended_at = AccessStatus.suspended, clock.now()
                    access.suspension_reason = "Prøve"
            _db.session.remove()
        return "suspended" if free else "kept"

    def stand_again(self) -> None:
        """The coordinator with granted access and without dependants, for the next round."""
        with self.app.app_context(), transaction():
            _db.session.execute(LinkedCoordinator.__table__.delete())
            _db.session.execute(
                update(ModuleAccess)
                .where(ModuleAccess.id == self.coordinator_access)
                .values(status=AccessStatus.granted, suspended_at=None, suspension_reason="")
            )


@pytest.fixture
def field(real_app: Flask) -> Field:
    with real_app.app_context():
        return Field(real_app)


def at_once(*works: Callable[[], str]) -> list[str]:
    """Do the works in threads that start together; how each ended. One that dies fails the test, as its error."""
    gate, ended = threading.Barrier(len(works)), ["died"] * len(works)

    def run(number: int, work: Callable[[], str]) -> None:
        gate.wait(10)
        ended[number] = work()

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ended


@pytest.mark.rule("R75")
def test_of_two_who_grant_the_same_module_at_once_one_wins_and_the_other_is_told(field: Field) -> None:
    for body in field.bodies[:10]:
        ended = at_once(
            lambda body=body: field.grant(field.tokens[0], body, "PQ-REG"),
            lambda body=body: field.grant(field.tokens[1], body, "PQ-REG"),
        )
        assert sorted(ended) == ["Conflict", "granted"]
    with field.app.app_context():
        granted = select(func.count()).select_from(ModuleAccess).join(Module).where(Module.code == "PQ-REG")
        assert _db.session.scalar(granted) == 10


@pytest.mark.rule("R33")
def test_nobody_is_ever_linked_to_a_coordinator_that_is_being_suspended(field: Field) -> None:
    seen = set()
    for body in field.bodies:
        granted, suspended = at_once(
            lambda body=body: field.grant(field.tokens[0], body, "PQ-REQ", field.coordinator), field.suspend_coordinator
        )
        # The one who comes second is refused with words; a broken constraint would be an error of ours.
        assert (granted, suspended) in {("granted", "kept"), ("InvalidInput", "suspended")}
        with field.app.app_context():
            coordinator = _db.session.get_one(ModuleAccess, field.coordinator_access)
            links = _db.session.scalar(select(func.count()).select_from(LinkedCoordinator))
            assert (coordinator.status is AccessStatus.granted, links) == (granted == "granted", granted == "granted")
        field.stand_again()
        seen.add(granted)
    assert seen  # both orders are right; which one comes is the machine's choice


@pytest.mark.rule("R33")
def test_who_waits_for_a_suspension_sees_it(field: Field) -> None:
    """The second of the two orders, made certain: the grant looks while the suspension is not yet committed."""
    ended: list[str] = []
    waiting = threading.Thread(
        target=lambda: ended.append(field.grant(field.tokens[0], field.bodies[0], "PQ-REQ", field.coordinator))
    )
    with field.app.app_context():
        with transaction():
            access = _db.session.get_one(ModuleAccess, field.coordinator_access, with_for_update=True)
            access.status, access.suspended_at, access.suspension_reason = AccessStatus.suspended, clock.now(), "Prøve"
            _db.session.flush()
            waiting.start()
            waiting.join(0.4)
            assert ended == []
        _db.session.remove()
    waiting.join(20)
    assert ended == ["InvalidInput"]


@pytest.mark.rule("R82")
def test_a_delegation_revoked_before_the_act_no_longer_counts(field: Field) -> None:
    assert field.grant(field.tokens[0], field.bodies[0], "PQ-REG") == "granted"
    with field.app.app_context(), transaction():
        _db.session.execute(update(Delegation).values(revoked_at=clock.now()))
    assert field.grant(field.tokens[0], field.bodies[1], "PQ-REG") == "NotFound"
