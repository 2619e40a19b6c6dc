"""The demo installation: it builds as people would make it, and people can sign in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.models import (
    AccessManagerLink,
    AccessStatus,
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    Delegation,
    ImiUser,
    ModuleAccess,
    OutgoingMail,
    UserModuleRole,
    UserSession,
)
from app.policy.passwords import PasswordState, PasswordStatus, status_of
from app.policy.roles import Role, roles_of
from app.services import demo, installation, sessions, sign_in
from app.services.demo_accounts import USERNAMES
from app.services.sign_in import Outcome

ROLES = {
    "kommission001": Role.commission,
    "nimicdk001": Role.nimic,
    "adgang001": Role.access_manager,
    "adgang002": Role.access_manager,
    "superb001": Role.administrator,
    "nimicse001": Role.nimic,
    "superbse001": Role.administrator,
}


@pytest.fixture
def built(db: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The demo in a database that is as on its first day."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    assert not demo.exists()
    assert demo.log_ins() == []
    demo.build()
    db.session.commit()
    return db


def test_it_shows_the_main_states(built: Any) -> None:
    assert demo.exists()
    authorities = built.session.scalars(select(Authority)).all()
    kinds = Counter(authority.kind for authority in authorities)
    assert (kinds[AuthorityKind.commission], kinds[AuthorityKind.nimic]) == (1, 2)
    assert {authority.status for authority in authorities} == {AuthorityStatus.active, AuthorityStatus.deactivated}
    assert {authority.country_code for authority in authorities} == {"DK", "SE", None}

    users = built.session.scalars(select(ImiUser)).all()
    states = {
        status_of(
            PasswordState(u.password_is_temporary, u.password_set_at, u.temporary_password_expires_at, u.blocked_at),
            clock.now(),
        )
        for u in users
    }
    assert states == set(PasswordStatus)
    assert any(user.first_log_in_at is None for user in users)
    assert {access.status for access in built.session.scalars(select(ModuleAccess))} == set(AccessStatus)
    assert built.session.scalars(select(Delegation)).all()
    assert built.session.scalars(select(UserModuleRole)).all()

    managed = set(built.session.scalars(select(AccessManagerLink.authority_id)))
    administered = {user.authority_id for user in users if user.is_administrator}
    for authority in authorities:
        assert authority.id in administered
        assert (authority.id in managed) == (authority.kind is not AuthorityKind.commission)


def test_it_writes_to_nobody_and_nobody_is_signed_in(built: Any) -> None:
    addresses = list(built.session.scalars(select(ImiUser.email_address)))
    addresses += built.session.scalars(select(Authority.email))
    assert addresses
    assert [address for address in addresses if not address.endswith(".example")] == []
    assert built.session.scalars(select(OutgoingMail)).all() == []
    assert built.session.scalars(select(UserSession)).all() == []


def test_everybody_who_is_named_can_sign_in_as_what_he_is(built: Any) -> None:
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


def test_a_page_opens_for_who_signs_in(built: Any, client: Any) -> None:
    answer = client.send("/login/", {"username": "nimicdk001", "password": demo.PASSWORD})
    assert answer.status_code == 302
    for path in ("/", "/register-authority/", "/coordinated-authorities/"):
        assert client.get(path, follow_redirects=True).status_code == 200


@pytest.mark.rule("R44")
def test_the_log_of_the_demo_holds_no_username(built: Any) -> None:
    logged = "".join(repr(built.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson))
    assert "authority.registered" in logged
    usernames = list(built.session.scalars(select(ImiUser.username)))
    assert [name for name in usernames if name in logged] == []
