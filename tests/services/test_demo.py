"""The demo installation: two years of a country, as people would have made them, and people who can sign in."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, select

from app import clock
from app.clock import COPENHAGEN
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    AuditEvent,
    AuditHead,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    Delegation,
    ImiUser,
    Invitation,
    InvitationStatus,
    LinkedCoordinator,
    LoggedAct,
    MailState,
    ModuleAccess,
    ModuleRole,
    OutgoingMail,
    UserModuleRole,
    UserSession,
)
from app.policy import confirmation
from app.policy.passwords import PasswordState, PasswordStatus, status_of
from app.policy.roles import Role, roles_of
from app.services import audit_verification, demo, demo_data, installation, invariants, sessions, sign_in
from app.services.demo_accounts import USERNAMES
from app.services.sign_in import Outcome
from app.transaction import transaction
from tests.conftest import application_over

ROLES = {
    "kommission001": Role.commission,
    "nimicdk001": Role.nimic,
    "adgang001": Role.access_manager,
    "adgang002": Role.access_manager,
    "superb001": Role.administrator,
    "nimicse001": Role.nimic,
    "superbse001": Role.administrator,
}
# What must be random, and what rests on it: it differs from one demo to the next.
# Public numbers of bodies that were said not to be the same stand in the log.
PUBLIC_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RANDOM = {
    "public_id",
    "email",
    "message_id",
    "password",
    "password_hash",
    "token_hash",
    "salt",
    "person_digests",
    "hash",
    "source",
    "request_id",
    "signed_hash",
    "signature",
    "created_on",
    "changed_on",
}
NIGHTLY = (LoggedAct.invitation_expired, LoggedAct.registration_purged)


@pytest.fixture(scope="session")
def app(demo_app: Flask) -> Flask:
    """Here `db` and `client` are those of the demo."""
    return demo_app


def each(db: Any, model: Any) -> Any:
    return db.session.scalars(select(model)).all()


def test_it_has_a_country_and_a_small_one(db: Any) -> None:
    counts = Counter(authority.country_code for authority in each(db, Authority))
    assert (counts["SE"], counts[None]) == (10, 1)
    assert 140 <= counts["DK"] <= 200
    assert len(each(db, ImiUser)) == demo.USERS
    kinds = Counter(authority.kind for authority in each(db, Authority))
    assert (kinds[AuthorityKind.commission], kinds[AuthorityKind.nimic]) == (1, 2)


def test_it_has_all_that_can_be_the_matter(db: Any) -> None:
    assert {row.status for row in each(db, Authority)} == set(AuthorityStatus) - {AuthorityStatus.draft}  # decision 11
    assert {row.status for row in each(db, Invitation)} == set(InvitationStatus)
    held = {(row.status, row.role) for row in each(db, ModuleAccess)}
    assert held >= {(status, ModuleRole.authority) for status in AccessStatus}
    assert (AccessStatus.granted, ModuleRole.coordinator) in held
    assert {row.state for row in each(db, OutgoingMail)} == {MailState.sent, MailState.failed, MailState.given_up}
    assert each(db, LinkedCoordinator)
    assert each(db, UserModuleRole)


def test_users_are_in_every_state(db: Any) -> None:
    users = each(db, ImiUser)
    states = {
        status_of(
            PasswordState(u.password_is_temporary, u.password_set_at, u.temporary_password_expires_at, u.blocked_at),
            clock.now(),
        )
        for u in users
    }
    assert states == set(PasswordStatus)
    assert {user.active for user in users} == {True, False}
    assert any(user.first_log_in_at is None and user.username_passed_on_at is None for user in users)
    assert any(user.username_passed_on_at for user in users)
    administrators = Counter(user.authority_id for user in users if user.is_administrator and user.active)
    assert set(administrators.values()) > {1, 2}


def test_delegations_are_in_force_ended_revoked_limited_and_to_come(db: Any) -> None:
    rows, day = each(db, Delegation), clock.today()
    assert any(row.valid_until and row.valid_until < day for row in rows)
    assert any(row.valid_until == day + timedelta(days=20) for row in rows)
    assert any(row.valid_from > day for row in rows)
    assert any(row.revoked_at for row in rows)
    assert {row.all_modules for row in rows} == {True, False}
    assert {row.reach for row in rows} == {each.reach for each in demo_data.delegations()}


def test_removals_are_near_and_far(db: Any) -> None:
    days = sorted((row.purge_on - clock.today()).days for row in each(db, Authority) if row.purge_on)
    assert days[0] < 30
    assert days[-1] > 150


@pytest.mark.rule("R93")
def test_data_were_confirmed_lately_long_ago_and_never_and_who_was_due_is_reminded(db: Any) -> None:
    active = [row for row in each(db, Authority) if row.status is AuthorityStatus.active]
    old = {row for row in active if confirmation.is_old(row, 12)}
    confirmed = {row for row in active if row.confirmed_at}
    assert 0.2 < len(old) / len(active) < 0.5
    assert all((old & confirmed, old - confirmed, confirmed - old))
    assert {row for row in old if not row.confirmation_reminded_at} == set()
    reminded = select(OutgoingMail.authority_id).where(OutgoingMail.kind == "M17-unconfirmed")
    assert {row.id for row in old} <= set(db.session.scalars(reminded))


def test_everybody_is_managed_and_administered(db: Any) -> None:
    managed = set(db.session.scalars(select(AccessManagerLink.authority_id)))
    administered = {user.authority_id for user in each(db, ImiUser) if user.is_administrator}
    for authority in each(db, Authority):
        registered = authority.status in (AuthorityStatus.active, AuthorityStatus.deactivated)
        assert (authority.id in administered) == registered
        assert (authority.id in managed) == (registered and authority.kind is not AuthorityKind.commission)


def test_it_writes_to_nobody_and_nobody_is_signed_in(db: Any) -> None:
    addresses = list(db.session.scalars(select(ImiUser.email_address)))
    addresses += db.session.scalars(select(Authority.email))
    addresses += db.session.scalars(select(Invitation.recipient_email))
    assert addresses
    assert [address for address in addresses if not address.endswith(".example")] == []
    assert [mail for mail in each(db, OutgoingMail) if mail.body is not None] == []
    assert each(db, UserSession) == []


@pytest.mark.rule("R75", "R68")
def test_it_keeps_all_invariants_and_its_log_is_whole(db: Any) -> None:
    assert invariants.check() == []
    report = audit_verification.verify()
    assert (report.faults, report.anchors) == ([], 1)
    assert report.entries == len(each(db, AuditEvent)) > 1_000


@pytest.mark.rule("R67")
def test_the_log_goes_through_two_years_in_order_and_in_working_hours(db: Any) -> None:
    moments = list(db.session.scalars(select(AuditEvent.at).order_by(AuditEvent.id)))
    assert moments == sorted(moments)
    assert moments[-1] < clock.now()
    assert timedelta(days=725) < clock.now() - moments[0] < timedelta(days=750)
    months = {moment.strftime("%Y-%m") for moment in moments}
    assert len(months) >= 24
    by_people = select(AuditEvent.at).where(AuditEvent.act.not_in(NIGHTLY))
    local = [moment.astimezone(COPENHAGEN) for moment in db.session.scalars(by_people)]
    assert {moment.weekday() for moment in local} == set(range(5))
    assert {moment.hour for moment in local} <= set(range(8, 17))
    acts = set(db.session.scalars(select(AuditEvent.act)))
    assert acts >= {LoggedAct.signed_in, LoggedAct.log_in_failed, LoggedAct.password_blocked, LoggedAct.right_refused}


def test_everybody_who_is_named_can_sign_in_as_what_he_is(db: Any) -> None:
    listed = demo.log_ins()
    assert [row.username for row in listed] == list(USERNAMES) == list(ROLES)
    assert all(row.person and row.authority and row.what for row in listed)
    assert installation.has_demo_accounts()
    for username, role in ROLES.items():
        attempt = sign_in.attempt(username, demo.PASSWORD)
        assert attempt.outcome is Outcome.signed_in
        actor = sessions.actor_of(attempt.token)
        assert actor is not None
        assert role in roles_of(actor)
        assert sign_in.attempt(username, demo.PASSWORD.lower()).outcome is Outcome.refused


def test_a_page_opens_for_who_signs_in(db: Any, client: Any) -> None:
    answer = client.send("/login/", {"username": "nimicdk001", "password": demo.PASSWORD})
    assert answer.status_code == 302
    for path in ("/", "/register-authority/", "/coordinated-authorities/"):
        assert client.get(path, follow_redirects=True).status_code == 200


@pytest.mark.rule("R44")
def test_the_log_of_the_demo_holds_no_username(db: Any) -> None:
    logged = "".join(repr(db.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson))
    assert "authority.registered" in logged
    usernames = list(db.session.scalars(select(ImiUser.username)))
    assert [name for name in usernames if name in logged] == []


def test_nobody_is_there_before_it_is_built(new_database: Callable[..., str], template_database: str) -> None:
    with application_over(new_database(template_database)).app_context():
        assert not demo.exists()
        assert demo.log_ins() == []
        _db.session.remove()
        _db.engine.dispose()


def test_the_same_day_and_seed_give_the_same_demo(
    demo_database: str, new_database: Callable[..., str], template_database: str
) -> None:
    first, moment = _kept(demo_database)
    assert moment is not None
    assert _built(new_database(template_database), demo.SEED, moment) == first


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize(
    "day", [date(2028, 3, 1), date(2026, 3, 29)], ids=["after a leap day", "Sunday, clocks change"]
)
def test_another_seed_gives_another_demo_on_any_day(
    day: date, demo_database: str, new_database: Callable[..., str], template_database: str
) -> None:
    this, _ = _kept(demo_database)
    other = _built(new_database(template_database), 7, datetime.combine(day, time(10), COPENHAGEN))
    assert other["ab_user"] != this["ab_user"]
    assert other["module"] == this["module"]


def _kept(url: str) -> tuple[dict[str, str], datetime | None]:
    """The digests of the demo that is there, and when it was built. Nothing stays open while another one is built."""
    with application_over(url).app_context():
        moment = _db.session.scalar(select(AuditHead.signed_at))
        found = _digests()
        _db.session.remove()
        _db.engine.dispose()
    return found, moment


def _built(url: str, seed: int, moment: datetime) -> dict[str, str]:
    """The digests of a demo that is built at a moment, and is sound."""
    application = application_over(url)
    with application.app_context(), clock.at(moment):
        with transaction():
            demo.build(seed)
        assert invariants.check() == []
        assert audit_verification.verify().faults == []
        planned = {each.name: each.status for each in demo_data.invitations()}
        assert {row.invited_name: row.status for row in each(_db, Invitation)} == planned
        found = _digests()
        _db.session.remove()
        _db.engine.dispose()
    return found


def _digests() -> dict[str, str]:
    """Of what each table holds, but for what must be random."""
    return {table.name: _digest(table) for table in _db.metadatas[None].tables.values()}


def _digest(table: Table) -> str:
    columns = [column for column in table.columns if column.name not in RANDOM]
    rows = (
        sorted(PUBLIC_ID.sub("", repr(tuple(row))) for row in _db.session.execute(select(*columns))) if columns else []
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _towns() -> Iterable[tuple[str, str]]:
    for demo_authority in demo_data.authorities():
        if demo_authority.country == "DK":
            yield demo_authority.postal_code, demo_authority.city


def test_a_postal_code_is_of_one_town() -> None:
    by_code: dict[str, set[str]] = {}
    for code, town in _towns():
        assert len(code) == 4
        by_code.setdefault(code, set()).add(town)
    assert {code: towns for code, towns in by_code.items() if len(towns) > 1} == {}


def test_nobody_has_the_name_of_another(db: Any) -> None:
    names = Counter(user.full_name for user in each(db, ImiUser))
    assert [name for name, times in names.items() if times > 1] == []
