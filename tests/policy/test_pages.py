"""Which role opens which page. Written down from the screens and the table of rights, not read from the code."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from app.models import AuthorityKind, AuthorityStatus, Reach
from app.policy.actor import Actor, DelegationInForce
from app.policy.pages import GRANTS, Page, Verb, grants_of
from app.policy.passwords import PasswordStatus
from app.policy.roles import Role

ROLES = ("restricted", "user", "administrator", "manager", "nimic", "commission")
# r read, w write, m stands in the menu.
TABLE = {
    #                          restricted user   admin  manager nimic  commission
    "Sign in":                ("w",       "w",   "w",   "w",    "w",   "w"),  # signing out: signing in is open to all
    "Change password":        ("rw",      "rw",  "rw",  "rw",   "rw",  "rw"),
    "Password again":         ("",        "rw",  "rw",  "rw",   "rw",  "rw"),
    "My profile":             ("",        "rw",  "rw",  "rw",   "rw",  "rw"),
    "Search":                 ("",        "r",   "r",   "r",    "r",   "r"),
    "Authorities":            ("",        "m",   "m",   "m",    "m",   "m"),
    "Find authorities":       ("",        "rm",  "rm",  "rm",   "rm",  "rm"),
    "Overview":               ("",        "rm",  "rm",  "rm",   "rm",  "rm"),
    "Authority":              ("",        "r",   "rw",  "rw",   "rw",  "rw"),
    "My authority":           ("",        "rm",  "rm",  "rm",   "rm",  "rm"),
    "Administration":         ("",        "",    "",    "m",    "m",   "m"),
    "Coordinated authorities":("",        "",    "",    "rm",   "rm",  "rm"),
    "Register authority":     ("",        "",    "",    "rwm",  "rwm", ""),
    "Registration invitations":("",       "",    "",    "rwm",  "rwm", ""),
    "My tasks":               ("",        "",    "",    "m",    "m",   ""),
    "Awaiting validation":    ("",        "",    "",    "rwm",  "rwm", ""),
    "Module access":          ("",        "",    "",    "rw",   "rw",  "rw"),
    "Operations":             ("",        "",    "",    "",     "m",   "m"),
    "Mails":                  ("",        "",    "",    "",     "rwm", "rwm"),
    "Jobs and log":           ("",        "",    "",    "",     "",    "rwm"),
}  # fmt: skip
LETTERS = {Verb.read: "r", Verb.write: "w", Verb.menu: "m"}
DELEGATION = DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.country)


def actor(role: str, **values: Any) -> Actor:
    kinds = {"nimic": AuthorityKind.nimic, "commission": AuthorityKind.commission}
    defaults: dict[str, Any] = {
        "session_id": 1,
        "last_seen_at": datetime(2026, 11, 24, tzinfo=UTC),
        "user_id": 1,
        "user_public_id": uuid.UUID(int=1),
        "full_name": "Kim Larsen",
        "language": "da",
        "is_administrator": role != "user",
        "password_status": PasswordStatus.temporary if role == "restricted" else PasswordStatus.valid,
        "authority_id": 1,
        "authority_public_id": uuid.UUID(int=2),
        "authority_name": "Fyret",
        "authority_kind": kinds.get(role, AuthorityKind.authority),
        "authority_status": AuthorityStatus.active,
        "country_code": None if role == "commission" else "DK",
        "delegations": (DELEGATION,) if role in ("manager", "restricted") else (),
    }
    return Actor(**(defaults | values))


def letters(who: Actor, page: str) -> str:
    return "".join(letter for verb, letter in LETTERS.items() if (verb.value, page) in grants_of(who))


@pytest.mark.rule("R50")
@pytest.mark.rule("R54")
@pytest.mark.parametrize("page", TABLE)
def test_who_opens_which_page(page: str) -> None:
    assert tuple(letters(actor(role), page) for role in ROLES) == TABLE[page]


def test_the_table_has_every_page_and_every_role() -> None:
    assert sorted(TABLE) == sorted(page.value for page in Page)
    assert set(GRANTS) == set(Role)


@pytest.mark.rule("R59")
@pytest.mark.parametrize("role", ["administrator", "manager"])
def test_users_of_a_deactivated_authority_open_what_every_user_opens(role: str) -> None:
    assert grants_of(actor(role, authority_status=AuthorityStatus.deactivated)) == grants_of(actor("user"))


@pytest.mark.rule("R53")
@pytest.mark.parametrize("role", ROLES)
def test_an_expired_password_opens_what_a_temporary_one_opens(role: str) -> None:
    assert grants_of(actor(role, password_status=PasswordStatus.expired)) == grants_of(actor("restricted"))
