"""Roles: computed from body, delegation, administrator rights and the state of the password."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from app.models import AuthorityKind, AuthorityStatus, Reach
from app.policy.actor import Actor, DelegationInForce
from app.policy.passwords import PasswordStatus
from app.policy.roles import Role, roles_of

DELEGATION = DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.own)
RESTRICTED, USER = {Role.restricted}, {Role.user}
ADMINISTRATOR = {Role.user, Role.administrator}


def actor(**values: Any) -> Actor:
    """An administrator of an ordinary Danish authority with a valid password, unless the test says otherwise."""
    defaults: dict[str, Any] = {
        "session_id": 1,
        "last_seen_at": datetime(2026, 11, 24, tzinfo=UTC),
        "user_id": 1,
        "user_public_id": uuid.UUID(int=1),
        "full_name": "Kim Larsen",
        "language": "da",
        "is_administrator": True,
        "password_status": PasswordStatus.valid,
        "authority_id": 1,
        "authority_public_id": uuid.UUID(int=2),
        "authority_name": "Fyret",
        "authority_kind": AuthorityKind.authority,
        "authority_status": AuthorityStatus.active,
        "country_code": "DK",
    }
    return Actor(**(defaults | values))


@pytest.mark.rule("R50")
@pytest.mark.parametrize(
    ("kind", "delegations", "expected"),
    [
        (AuthorityKind.authority, (), ADMINISTRATOR),
        (AuthorityKind.authority, (DELEGATION,), ADMINISTRATOR | {Role.access_manager}),
        (AuthorityKind.authority, (DELEGATION, DELEGATION), ADMINISTRATOR | {Role.access_manager}),
        (AuthorityKind.nimic, (), ADMINISTRATOR | {Role.nimic}),
        # A delegation says nothing beyond what a coordinator has by itself.
        (AuthorityKind.nimic, (DELEGATION,), ADMINISTRATOR | {Role.nimic}),
        (AuthorityKind.commission, (), ADMINISTRATOR | {Role.commission}),
    ],
)
def test_an_administrator_has_what_his_body_and_a_delegation_in_force_give(
    kind: AuthorityKind, delegations: Any, expected: set[Role]
) -> None:
    assert roles_of(actor(authority_kind=kind, delegations=delegations)) == expected


@pytest.mark.rule("R50")
@pytest.mark.parametrize("kind", AuthorityKind)
def test_without_administrator_rights_everybody_is_a_user_and_no_more(kind: AuthorityKind) -> None:
    assert roles_of(actor(authority_kind=kind, delegations=(DELEGATION,), is_administrator=False)) == USER


@pytest.mark.rule("R54")
@pytest.mark.rule("R53")
@pytest.mark.parametrize(
    ("status", "kind", "is_administrator"),
    list(product((PasswordStatus.temporary, PasswordStatus.expired), AuthorityKind, (True, False))),
)
def test_a_temporary_or_expired_password_leaves_no_right_but_to_change_it(
    status: PasswordStatus, kind: AuthorityKind, is_administrator: bool
) -> None:
    who = actor(
        password_status=status, authority_kind=kind, is_administrator=is_administrator, delegations=(DELEGATION,)
    )
    assert roles_of(who) == RESTRICTED


@pytest.mark.rule("R55")
@pytest.mark.parametrize("kind", AuthorityKind)
def test_administrator_rights_do_not_count_while_the_password_is_blocked(kind: AuthorityKind) -> None:
    who = actor(password_status=PasswordStatus.blocked, authority_kind=kind, delegations=(DELEGATION,))
    assert roles_of(who) == USER


@pytest.mark.rule("R59")
def test_administrators_of_a_deactivated_authority_only_read() -> None:
    assert roles_of(actor(authority_status=AuthorityStatus.deactivated, delegations=(DELEGATION,))) == USER


@pytest.mark.rule("R31")
@pytest.mark.parametrize(
    ("delegation", "module_id", "covered"),
    [
        (DelegationInForce(True, frozenset(), Reach.own), 7, True),
        (DelegationInForce(True, frozenset(), Reach.own), None, True),
        (DelegationInForce(False, frozenset({7, 8}), Reach.own), 7, True),
        (DelegationInForce(False, frozenset({7, 8}), Reach.own), 9, False),
        (DelegationInForce(False, frozenset({7, 8}), Reach.own), None, True),  # no module's matter: any will do
        (DelegationInForce(False, frozenset(), Reach.own), 7, False),
    ],
)
def test_a_delegation_covers_its_modules_and_what_is_no_modules_matter(
    delegation: DelegationInForce, module_id: int | None, covered: bool
) -> None:
    assert delegation.covers(module_id) is covered
