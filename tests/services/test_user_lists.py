"""The list of users: who stands in it, by what they are found, and how their passwords stand (R20, R44, R49, R56)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import clock
from app.extensions import db as _db
from app.models import Authority, AuthorityStatus, UserModuleRole
from app.policy.actor import Actor
from app.policy.passwords import PasswordStatus, oldest_in_force
from app.services import keyset, user_lists, users, word_search
from app.services.keyset import Place
from app.services.user_lists import LogIn, WantedUsers
from tests.make import Maker
from tests.statements import statements

BY_NAME = ("last_name", False)


@pytest.fixture
def actor(make: Maker) -> Actor:
    return make.actor(make.user(make.access_manager("Erhvervsstyrelsen", reach="own"), last_name="Leder"))


def found(actor: Actor, wanted: WantedUsers, order: tuple[str, bool] = BY_NAME) -> list[str]:
    page = user_lists.find(actor, wanted, order, keyset.FIRST).page
    return [f"{row.first_name} {row.last_name}" for row in page.rows]


@pytest.mark.rule("R20", "R49", "R70")
def test_users_stand_in_it_whose_authority_the_reader_finds(make: Maker, actor: Actor) -> None:
    manager = _db.session.get_one(Authority, actor.authority_id)
    mine = make.authority("Min", managed_by=manager)
    make.user(mine, first_name="Ida", last_name="Min")
    make.user(mine, first_name="Ib", last_name="Fjernet", active=False)
    make.user(make.authority("Anden"), first_name="Ole", last_name="Anden")
    gone = make.authority("Nedlagt", status=AuthorityStatus.deactivated)
    make.user(gone, first_name="Eva", last_name="Nedlagt")
    make.user(make.authority("Svensk", country_code="SE"), first_name="Åsa", last_name="Svensk")
    assert found(actor, WantedUsers(mine=True)) == ["Ida Min"]
    assert found(actor, WantedUsers()) == ["Ole Anden", "Kim Leder", "Ida Min"]
    assert found(actor, WantedUsers(country="SE")) == []
    assert found(actor, WantedUsers(words="svensk")) == []
    commission = make.actor(make.user(make.commission(), last_name="Zeta"))
    assert "Åsa Svensk" in found(commission, WantedUsers(country="SE"))


@pytest.mark.rule("R22", "R44")
def test_they_are_found_by_name_and_address_and_never_by_username(make: Maker, actor: Actor) -> None:
    body = make.authority("Fyr")
    user = make.user(body, first_name="Sørine", last_name="Ågård", email_address="sa@fyr.example", username="qqqwww123")
    for words in ("sørine", "SOERINE", "sorine agard", "aagaard s", "sa@fyr", "fyr.example ågård"):
        assert found(actor, WantedUsers(words=words)) == ["Sørine Ågård"], words
    for words in ("qqqwww123", "qqq", user.email, "user.invalid", str(user.public_id), user.password[:12]):
        assert found(actor, WantedUsers(words=words)) == [], words


@pytest.mark.rule("R20")
def test_they_stand_by_last_name_in_danish_order_or_by_authority(make: Maker, actor: Actor) -> None:
    first, second = make.authority("Aabenraa"), make.authority("Vejle")
    make.user(first, first_name="Bo", last_name="Zimmer")
    make.user(first, first_name="Bo", last_name="Østergaard")
    make.user(second, first_name="Al", last_name="Zimmer")
    make.user(second, first_name="Al", last_name="Aagaard")
    rows = ["Al Zimmer", "Bo Zimmer", "Bo Østergaard", "Al Aagaard"]
    assert found(actor, WantedUsers())[1:] == rows
    assert found(actor, WantedUsers(), ("last_name", True)) == [*reversed(rows), "Kim Leder"]
    by_authority = ["Kim Leder", "Al Zimmer", "Al Aagaard", "Bo Zimmer", "Bo Østergaard"]
    assert found(actor, WantedUsers(), ("authority", False)) == by_authority


NOW = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)
PASSWORDS: dict[str, dict[str, Any]] = {
    "gyldigt": {"password_set_at": NOW},
    "fra 1. marts": {"password_set_at": datetime(2026, 2, 28, 23, 0, tzinfo=UTC)},  # in Copenhagen
    "fra 28. februar": {"password_set_at": datetime(2026, 2, 28, 22, 59, tzinfo=UTC)},
    "uden dag": {"password_set_at": None},
    "midlertidigt": {"password_is_temporary": True, "temporary_password_expires_at": NOW + timedelta(seconds=1)},
    "løbet ud": {"password_is_temporary": True, "temporary_password_expires_at": NOW},
    "uden ende": {"password_is_temporary": True, "temporary_password_expires_at": None},
    "blokeret": {"blocked_at": NOW},
    "blokeret og gammelt": {"blocked_at": NOW, "password_set_at": datetime(2025, 1, 1, tzinfo=UTC)},
    "blokeret og midlertidigt": {
        "blocked_at": NOW,
        "password_is_temporary": True,
        "temporary_password_expires_at": NOW + timedelta(days=1),
    },
}


@pytest.mark.rule("R56")
def test_the_states_of_passwords_are_those_that_one_is_told(
    make: Maker, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database says of each row what the policy says of it."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    body = make.authority("Fyr")
    made = {name: make.user(body, last_name=name, **values) for name, values in PASSWORDS.items()}
    told = {
        status: {n for n, user in made.items() if users.password_status(user) is status} for status in PasswordStatus
    }
    asked = {
        status: {
            row.last_name
            for row in user_lists.find(actor, WantedUsers(password=status), BY_NAME, keyset.FIRST).page.rows
        }
        - {"Leder"}
        for status in PasswordStatus
    }
    assert asked == told
    assert all(told.values())


@pytest.mark.rule("R53", "R74")
@pytest.mark.parametrize(
    "day", [(2026, 2, 28), (2024, 2, 29), (2026, 8, 31), (2026, 3, 29), (2026, 10, 25), (2026, 12, 31)]
)
def test_the_oldest_password_in_force_is_found_by_the_calendar(day: tuple[int, int, int]) -> None:
    from app.policy.passwords import PasswordState, status_of

    now = datetime(*day, 10, 0, tzinfo=UTC)
    oldest = oldest_in_force(now)
    assert oldest is not None
    for moment, status in ((oldest, PasswordStatus.valid), (oldest - timedelta(seconds=1), PasswordStatus.expired)):
        assert status_of(PasswordState(False, moment, None, None), now) is status


@pytest.mark.rule("R56")
def test_log_in_administrators_and_roles_narrow(make: Maker, actor: Actor) -> None:
    body = make.authority("Fyr")
    new = make.user(body, first_name="Ny", last_name="Bruger", first_log_in_at=None, administrator=False)
    access = make.access(body, "PQ-REG")
    role = access.module.user_roles[0]
    held = {"access_id": access.id, "authority_id": body.id, "module_id": role.module_id, "user_role_id": role.id}
    _db.session.add(UserModuleRole(user_id=new.id, **held))
    _db.session.flush()
    assert found(actor, WantedUsers(log_in=LogIn.new)) == ["Ny Bruger"]
    assert found(actor, WantedUsers(log_in=LogIn.active)) == ["Kim Leder"]
    assert found(actor, WantedUsers(administrators_only=True)) == ["Kim Leder"]
    assert found(actor, WantedUsers(module="PQ-REG")) == ["Ny Bruger"]
    assert found(actor, WantedUsers(module="PQ-ALERT")) == []


@pytest.mark.rule("R20")
def test_pages_go_on_and_back_in_one_statement_each(make: Maker, actor: Actor) -> None:
    body = make.authority("Fyr")
    for number in range(30):
        make.user(body, last_name=f"Nr {number:02}")
    with statements(_db) as asked:
        first = user_lists.find(actor, WantedUsers(words="nr"), BY_NAME, keyset.FIRST)
    assert (len(asked), first.count, len(first.page.rows)) == (1, 30, 25)
    second = user_lists.find(actor, WantedUsers(words="nr"), BY_NAME, Place(after=first.page.next))
    assert [row.last_name for row in second.page.rows] == [f"Nr {number:02}" for number in range(25, 30)]
    back = user_lists.find(actor, WantedUsers(words="nr"), BY_NAME, Place(before=second.page.previous))
    assert [row.id for row in back.page.rows] == [row.id for row in first.page.rows]
    last = user_lists.find(actor, WantedUsers(words="nr"), BY_NAME, Place(last=True))
    assert [row.last_name for row in last.page.rows] == [f"Nr {number:02}" for number in range(5, 30)]


@pytest.mark.rule("R22")
@pytest.mark.parametrize("order", [("last_name", False), ("last_name", True), ("authority", False)])
@pytest.mark.parametrize("most_sorted", [1, 100])
def test_a_whole_name_is_found_page_by_page_whether_few_or_many_have_it(
    make: Maker, actor: Actor, monkeypatch: pytest.MonkeyPatch, order: tuple[str, bool], most_sorted: int
) -> None:
    """PostgreSQL reads few whole, and many along the order: the pages are the same."""
    monkeypatch.setattr(word_search, "MOST_SORTED", most_sorted)
    one, other = make.authority("Fyr"), make.authority("Havn")
    for number in range(60):
        make.user((one, other)[number % 2], first_name="Mette", last_name=f"Jensen {number:02}")
        make.user(one, first_name="Mette", last_name=f"Hansen {number:02}")
    names = [f"Jensen {number:02}" for number in range(60)]
    wanted = WantedUsers(words="jensen mette")
    if order[0] == "authority":
        names = names[::2] + names[1::2]
    names = names[::-1] if order[1] else names

    def shown(place: Place) -> tuple[keyset.Page, list[str]]:
        found = user_lists.find(actor, wanted, order, place)
        assert min(found.count, 2) == 2
        return found.page, [row.last_name for row in found.page.rows]

    first, there = shown(keyset.FIRST)
    second, further = shown(Place(after=first.next))
    _third, end = shown(Place(after=second.next))
    assert [there, further, end] == [names[:25], names[25:50], names[50:]]
    assert shown(Place(last=True))[1] == names[-25:]
    assert shown(Place(before=second.previous))[1] == names[:25]
