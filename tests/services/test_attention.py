"""What waits: each reason on rows that have it and rows that have not, and numbers that agree with the lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import AccessStatus, Authority, AuthorityStatus, ImiUser, ModuleRole
from app.policy.authorities import is_mine, visible
from app.policy.matrix import Act
from app.services import attention, sessions
from app.services.attention import Attention
from app.settings import laid_over

NOT_YET: dict[str, Any] = {"first_log_in_at": None, "password_is_temporary": True}


def actor_of(user: ImiUser) -> Any:
    return sessions.actor_of(sessions.begin(user))


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager()


@pytest.fixture
def actor(make: Any, manager: Authority) -> Any:
    return actor_of(make.user(manager))


def body(make: Any, manager: Authority, name: str, *, administrators: int = 2, modules: bool = True) -> Authority:
    """An authority that needs nobody, but for what is asked."""
    row = make.authority(name, managed_by=manager)
    for _ in range(administrators):
        make.user(row)
    make.user(row, administrator=False)
    if modules:
        make.access(row, "SOLVIT-CASE")
    return row


def of(actor: Any, why: Attention) -> list[str]:
    """The names of those of the actor's own that need somebody for that reason, as the list reads them."""
    mine = select(Authority.official_name).where(
        is_mine(actor), visible(actor, Act.find_authorities), attention.condition(actor, why)
    )
    return sorted(_db.session.scalars(mine))


def test_an_authority_that_is_well_needs_nobody(make: Any, manager: Authority, actor: Any) -> None:
    body(make, manager, "God")
    assert attention.counts(actor) == {}


@pytest.mark.rule("R48")
def test_too_few_administrators(make: Any, manager: Authority, actor: Any) -> None:
    body(make, manager, "God")
    body(make, manager, "Ingen", administrators=0)
    body(make, manager, "Een", administrators=1)
    gone = body(make, manager, "Een er gået", administrators=1)
    make.user(gone, active=False)
    assert of(actor, Attention.no_administrator) == ["Ingen"]
    assert of(actor, Attention.one_administrator) == ["Een", "Een er gået"]


@pytest.mark.rule("R55", "R54")
@pytest.mark.parametrize(
    ("values", "needs"),
    [
        ({"blocked_at": timedelta()}, True),
        ({"password_is_temporary": True, "temporary_password_expires_at": timedelta(seconds=-1)}, True),
        ({"password_is_temporary": True, "temporary_password_expires_at": None}, True),
        ({"password_is_temporary": True, "temporary_password_expires_at": timedelta(days=1)}, False),
        ({"password_set_at": timedelta(days=-400)}, False),  # he renews it himself at sign-in (R53)
        ({"blocked_at": timedelta(), "active": False}, False),
    ],
)
def test_users_who_cannot_sign_in(
    make: Any, manager: Authority, actor: Any, values: dict[str, Any], needs: bool
) -> None:
    moments = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in values.items()}
    make.user(body(make, manager, "Prøvet"), administrator=False, **moments)
    assert of(actor, Attention.password_problems) == (["Prøvet"] if needs else [])


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("values", "waits"),
    [
        ({"is_superuser": True}, True),
        ({"is_superuser": True, "username_passed_on_at": clock.now()}, False),
        ({"is_superuser": True, "first_log_in_at": clock.now()}, False),
        ({}, False),
    ],
)
def test_usernames_to_pass_on(make: Any, manager: Authority, actor: Any, values: dict[str, Any], waits: bool) -> None:
    later = clock.now() + timedelta(days=1)
    make.user(body(make, manager, "Ny"), **{**NOT_YET, "temporary_password_expires_at": later, **values})
    assert of(actor, Attention.username_waits) == (["Ny"] if waits else [])


@pytest.mark.rule("R33")
def test_modules_missing_and_modules_without_coordinator(make: Any, manager: Authority, actor: Any) -> None:
    body(make, manager, "God")
    body(make, manager, "Tom", modules=False)
    suspended = body(make, manager, "Suspenderet", modules=False)
    make.access(suspended, "SOLVIT-CASE", status=AccessStatus.suspended)
    coordinator = body(make, manager, "Koordinator")
    make.access(coordinator, "SERV-REQ", role=ModuleRole.coordinator)
    make.access(body(make, manager, "Alene"), "SERV-REQ")
    assert of(actor, Attention.no_modules) == ["Suspenderet", "Tom"]
    assert of(actor, Attention.no_coordinator) == ["Alene"]


@pytest.mark.rule("R60")
@pytest.mark.parametrize(("days", "soon"), [(0, True), (30, True), (31, False)])
def test_authorities_that_are_deleted_soon(make: Any, manager: Authority, actor: Any, days: int, soon: bool) -> None:
    make.authority(
        "Nedlagt",
        managed_by=manager,
        status=AuthorityStatus.deactivated,
        purge_on=clock.today() + timedelta(days=days),
    )
    assert of(actor, Attention.removed_soon) == (["Nedlagt"] if soon else [])


@pytest.mark.rule("R93")
@pytest.mark.parametrize(("days", "old"), [(364, False), (366, True)])
def test_data_that_nobody_has_confirmed_for_a_year(
    make: Any, manager: Authority, actor: Any, days: int, old: bool
) -> None:
    row = body(make, manager, "Gammel")
    row.registered_at = clock.now() - timedelta(days=2000)
    row.confirmed_at = clock.now() - timedelta(days=days)
    _db.session.flush()
    assert of(actor, Attention.not_confirmed) == (["Gammel"] if old else [])
    assert attention.counts(actor) == ({Attention.not_confirmed: 1} if old else {})


@pytest.mark.rule("R93")
def test_the_setting_says_after_how_many_months(make: Any, manager: Authority, actor: Any) -> None:
    row = body(make, manager, "Nylig")
    row.registered_at = clock.now() - timedelta(days=40)
    _db.session.flush()
    with laid_over(CONFIRMATION_MONTHS=1):
        assert of(actor, Attention.not_confirmed) == ["Nylig"]
    assert of(actor, Attention.not_confirmed) == []


@pytest.mark.rule("R20", "R70")
def test_only_ones_own_are_counted(make: Any, manager: Authority, actor: Any) -> None:
    other = make.access_manager("En anden")
    make.authority("Andres", managed_by=other)
    make.authority("Svensk", country_code="SE")
    make.authority("Min", managed_by=manager)
    make.authority("Min kladde", managed_by=manager, status=AuthorityStatus.draft)
    assert attention.counts(actor) == {Attention.no_administrator: 1, Attention.no_modules: 1}


@pytest.mark.rule("R48", "R55", "R93")
def test_what_waits_in_ones_own_authority(make: Any) -> None:
    home = make.authority("Hjemme")
    actor = actor_of(make.user(home))
    make.user(make.authority("Ude"), blocked_at=clock.now())
    assert attention.of_own(actor) == {Attention.one_administrator: 1}
    make.user(home, blocked_at=clock.now())
    assert attention.of_own(actor) == {Attention.password_problems: 1}
    home.registered_at = clock.now() - timedelta(days=366)
    _db.session.flush()
    assert attention.of_own(actor) == {Attention.password_problems: 1, Attention.not_confirmed: 1}


def test_every_reason_has_its_condition_and_its_words() -> None:
    from app.i18n.attention import ADVICE, FILTER, URGENT

    reasons = {why.value for why in Attention}
    assert attention.CONDITIONS.keys() == set(Attention)
    assert FILTER.keys() == ADVICE.keys() == reasons
    assert reasons >= URGENT
