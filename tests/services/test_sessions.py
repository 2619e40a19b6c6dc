"""Signed-in browsers: what is stored of them, how long they last, and how soon rights follow the state of things."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app import clock
from app.models import AuthorityStatus, ImiUser, UserSession
from app.policy.passwords import PasswordStatus
from app.policy.roles import Role, roles_of
from app.services import sessions
from tests.make import DEACTIVATED
from tests.standing_clock import StandingClock
from tests.statements import statements

ADDRESS = "/profile/"


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 7, 15, 10, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    return standing


def last_seen(db: Any, user: ImiUser) -> datetime:
    found: datetime = db.session.scalars(select(UserSession.last_seen_at).where(UserSession.user_id == user.id)).one()
    return found


@pytest.mark.rule("R87")
def test_of_a_token_only_the_hash_is_stored(db: Any, make: Any) -> None:
    tokens = {sessions.begin(make.user(make.authority())) for _ in range(3)}
    stored = db.session.execute(text("SELECT * FROM user_session")).all()
    assert len(tokens) == len(stored) == 3
    for token in tokens:
        assert len(token) >= 43  # 256 bits
        assert token not in repr(stored)
        assert hashlib.sha256(token.encode()).hexdigest() in repr(stored)  # and the search would have found it


@pytest.mark.rule("R87")
@pytest.mark.parametrize("change", [lambda t: "", lambda t: t[:-1], lambda t: t + "A", sessions.hash_of, str.swapcase])
def test_no_other_text_opens_a_session(make: Any, change: Any) -> None:
    """Not even what the database holds of it."""
    token = sessions.begin(make.user(make.authority()))
    assert sessions.actor_of(token)
    assert sessions.actor_of(change(token)) is None


@pytest.mark.rule("R50")
def test_a_person_with_all_his_rights_depend_on_is_read_in_one_statement(db: Any, make: Any) -> None:
    body = make.authority()
    for code in ("PQ-REQ", "SERV-REQ"):
        make.delegation(body, modules=[make.module(code), make.module("EPC-CASE")])
    token = sessions.begin(make.user(body, first_name="Ane", last_name="Bo"))
    with statements(db) as heard:
        actor = sessions.actor_of(token)
    assert len(heard) == 1
    assert actor is not None
    assert (actor.full_name, actor.authority_id, len(actor.delegations)) == ("Ane Bo", body.id, 2)


@pytest.mark.rule("R50")
def test_a_page_asks_who_it_is_once(db: Any, make: Any, sign_in: Any) -> None:
    client = sign_in(make.user(make.access_manager()))
    client.get("/")
    with statements(db) as heard:
        assert client.get("/").status_code == 200
    assert len([statement for statement in heard if "user_session" in statement]) == 1


def test_a_session_is_over_after_half_an_hour_without_use(make: Any, sign_in: Any, time: StandingClock) -> None:
    user = make.user(make.authority())
    used, idle = sign_in(user), sign_in(user)
    for _ in range(3):
        time.move(minutes=29)
        assert used.get(ADDRESS).status_code == 200
    assert idle.get(ADDRESS).location.startswith("/login/")
    time.move(minutes=30)
    assert used.get(ADDRESS).location.startswith("/login/")


def test_a_session_is_over_after_eight_hours_of_use(make: Any, sign_in: Any, time: StandingClock) -> None:
    client = sign_in(make.user(make.authority()))
    for _ in range(23):
        time.move(minutes=20)
        assert client.get(ADDRESS).status_code == 200
    time.move(minutes=19, seconds=59)
    assert client.get(ADDRESS).status_code == 200
    time.move(seconds=1)
    assert client.get(ADDRESS).location.startswith("/login/")


def test_that_a_session_is_in_use_is_written_once_a_minute(
    db: Any, make: Any, sign_in: Any, time: StandingClock
) -> None:
    user = make.user(make.authority())
    client, began = sign_in(user), time.moment

    def writes() -> int:
        with statements(db) as heard:
            assert client.get(ADDRESS).status_code == 200
        return len([statement for statement in heard if statement.startswith("UPDATE")])

    time.move(seconds=59)
    assert (writes(), last_seen(db, user)) == (0, began)
    time.move(seconds=1)
    assert (writes(), last_seen(db, user)) == (1, time.moment)
    assert writes() == 0
    time.move(seconds=59)
    assert writes() == 0
    time.move(minutes=5)
    assert (writes(), last_seen(db, user)) == (1, time.moment)


def test_pages_that_are_refused_do_not_keep_a_session_alive(
    db: Any, make: Any, sign_in: Any, time: StandingClock
) -> None:
    user = make.user(make.authority())
    client, began = sign_in(user), time.moment
    time.move(minutes=10)
    assert client.get("/register-authority/").status_code == 404
    assert client.get("/login/").status_code == 200
    assert last_seen(db, user) == began


def test_a_session_ends_on_the_server(db: Any, make: Any, sign_in: Any) -> None:
    """The cookie that the browser still has, or that somebody copied, opens nothing any more."""
    user = make.user(make.authority())
    one, other = sessions.begin(user), sessions.begin(user)
    sessions.end(one)
    assert sessions.actor_of(one) is None
    assert sessions.actor_of(other)


@pytest.mark.rule("R47")
def test_all_sessions_of_a_user_end_and_nobody_elses(make: Any) -> None:
    body = make.authority()
    user, colleague = make.user(body), make.user(body)
    mine, others = [sessions.begin(user) for _ in range(3)], sessions.begin(colleague)
    assert make.sessions_of(user) == 3
    sessions.end_all_of(user.id)
    assert [sessions.actor_of(token) for token in mine] == [None, None, None]
    assert sessions.actor_of(others)
    assert (make.sessions_of(user), make.sessions_of(colleague)) == (0, 1)


@pytest.mark.rule("R30")
@pytest.mark.rule("R50")
def test_a_revoked_delegation_is_gone_at_the_next_request(db: Any, make: Any, sign_in: Any) -> None:
    body = make.authority()
    delegation = make.delegation(body)
    client = sign_in(make.user(body))
    assert client.get("/register-authority/").status_code == 200
    delegation.revoked_at = clock.now()
    db.session.commit()
    assert client.get("/register-authority/").status_code == 404


@pytest.mark.rule("R50")
@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"is_administrator": False}, {Role.administrator, Role.access_manager}),
        ({"blocked_at": datetime(2026, 1, 1, tzinfo=UTC)}, {Role.administrator, Role.access_manager}),
        ({"password_is_temporary": True}, {Role.user, Role.administrator, Role.access_manager}),
    ],
)
def test_what_is_taken_from_a_person_is_gone_at_the_next_request(
    db: Any, make: Any, values: dict[str, Any], gone: set[Role]
) -> None:
    user = make.user(make.access_manager())
    token = sessions.begin(user)
    before = sessions.actor_of(token)
    assert before is not None
    assert gone <= roles_of(before)
    db.session.execute(update(ImiUser).where(ImiUser.id == user.id).values(**values))
    after = sessions.actor_of(token)
    assert after is not None
    assert not gone & roles_of(after)


@pytest.mark.rule("R49")
def test_a_removed_user_is_out_at_the_next_request(db: Any, make: Any, sign_in: Any) -> None:
    user = make.user(make.authority())
    client = sign_in(user)
    assert client.get(ADDRESS).status_code == 200
    user.active = False
    db.session.commit()
    assert client.get(ADDRESS).location.startswith("/login/")


@pytest.mark.rule("R59")
def test_users_of_a_deactivated_authority_read_and_no_more(db: Any, make: Any, sign_in: Any) -> None:
    body = make.access_manager()
    managed = make.authority(managed_by=body)
    client = sign_in(make.user(body))
    allowed = [f"/authorities/{body.public_id}/", "/profile/", "/password/", "/"]
    refused = [
        f"/authorities/{body.public_id}/users",
        f"/authorities/{managed.public_id}/",
        f"/authorities/{managed.public_id}/grant/",
        "/coordinated-authorities/",
        "/register-authority/",
    ]
    assert {client.get(address).status_code for address in allowed + refused} == {200}
    body.status = AuthorityStatus.deactivated
    body.deactivated_at, body.purge_on = DEACTIVATED["deactivated_at"], DEACTIVATED["purge_on"]
    db.session.commit()
    assert {client.get(address).status_code for address in allowed} == {200}
    assert {client.get(address).status_code for address in refused} == {404}


@pytest.mark.rule("R18")
@pytest.mark.parametrize("status", sorted(set(AuthorityStatus) - {AuthorityStatus.active, AuthorityStatus.deactivated}))
def test_nobody_is_signed_in_for_a_body_that_is_not_registered(make: Any, status: AuthorityStatus) -> None:
    assert sessions.actor_of(sessions.begin(make.user(make.authority(status=status)))) is None


@pytest.mark.rule("R56")
def test_the_state_of_the_password_is_as_it_is_at_the_moment(make: Any, time: StandingClock) -> None:
    """No job has to have run: what was valid at noon can be over at night."""
    until = time.moment + timedelta(minutes=10)
    token = sessions.begin(make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=until))
    states = []
    for _ in range(2):
        actor = sessions.actor_of(token)
        assert actor is not None
        states.append(actor.password_status)
        time.move(minutes=10)
    assert states == [PasswordStatus.temporary, PasswordStatus.expired]
