"""Every cell of the table of rights: act × role × kind of target. Written down from the rules, not read from the code.

Columns: the actor's own body | an ordinary one that has it as access manager | an ordinary one that has not | another
body with a delegation in force | the country's national coordinator | the Commission || a deactivated one, mine and not
mine | one that awaits validation | a draft || an ordinary one and a national coordinator of another country.

+ yes, - no, . the actor's own body stands in this column (there is one coordinator a country, and one Commission).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.models import AuthorityKind, AuthorityStatus, Reach
from app.policy.actor import Actor, DelegationInForce
from app.policy.authorities import Target, may, may_register
from app.policy.matrix import Act
from app.policy.passwords import PasswordStatus

COLUMNS = (
    "own", "mine", "other", "manager", "nimic", "commission",
    "gone_mine", "gone_other", "awaiting", "draft",
    "abroad", "nimic_abroad",
)  # fmt: skip

# "manager" is the administrator of an access manager: under a delegation for the whole country, or for its own only.
TABLE: dict[tuple[str, ...], dict[str, str]] = {
    # own | mine other | manager nimic commission || gone: mine other | awaiting draft || abroad: ordinary nimic
    ("search_authorities", "read_public_page"): {
        # R21, R59: active authorities of all countries, for everybody.
        "user           ": "+ ++ +++  -- --  ++",
        "administrator  ": "+ ++ +++  -- --  ++",
        "manager country": "+ ++ +++  -- --  ++",
        "manager own    ": "+ ++ +++  -- --  ++",
        "nimic          ": "+ ++ +.+  -- --  ++",
        "commission     ": "+ ++ ++.  -- --  ++",
    },
    ("find_authorities",): {
        # R20, R59: a deactivated one is found by its access managers, the NIMIC and the Commission.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "- -- ---  -- --  --",
        "manager country": "+ ++ ++-  +- --  --",
        "manager own    ": "+ ++ ++-  +- --  --",
        "nimic          ": "+ ++ +.-  ++ --  --",
        "commission     ": "+ ++ ++.  ++ --  ++",
    },
    ("read_tabs",): {
        "user           ": "+ -- ---  -- --  --",
        "administrator  ": "+ -- ---  -- --  --",
        "manager country": "+ ++ ++-  +- --  --",
        "manager own    ": "+ ++ ++-  +- --  --",
        "nimic          ": "+ ++ +.-  ++ --  --",
        "commission     ": "+ ++ ++.  ++ --  ++",
    },
    ("read_users",): {
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "+ -- ---  -- --  --",
        "manager country": "+ ++ ++-  +- --  --",
        "manager own    ": "+ ++ ++-  +- --  --",
        "nimic          ": "+ ++ +.-  ++ --  --",
        "commission     ": "+ ++ ++.  ++ --  ++",
    },
    ("read_log", "see_undelivered_mail"): {
        # R78: those who delegate, and other delegates, are out of a delegate's reach.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "+ -- ---  -- --  --",
        "manager country": "+ ++ ---  +- --  --",
        "manager own    ": "+ +- ---  +- --  --",
        "nimic          ": "+ ++ +.-  ++ --  --",
        "commission     ": "+ ++ ++.  ++ --  ++",
    },
    (
        "edit_data",
        "manage_users",
        "give_module_roles",
        "give_administrator_rights",
        "edit_access_classification",
        "confirm_data",
        "see_username",
    ): {
        # R25, R42: one's own as its administrator; others as far as reach, country or "NIMICs" go.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "+ -- ---  -- --  --",
        "manager country": "+ ++ ---  +- --  --",
        "manager own    ": "+ +- ---  +- --  --",
        "nimic          ": "+ ++ +.-  ++ --  --",
        "commission     ": "+ -- -+.  -- --  -+",
    },
    ("edit_official_name", "grant_modules"): {
        # R25, R50: never on one's own body.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "- -- ---  -- --  --",
        "manager country": "- ++ ---  +- --  --",
        "manager own    ": "- +- ---  +- --  --",
        "nimic          ": "- ++ +.-  ++ --  --",
        "commission     ": "- -- -+.  -- --  -+",
    },
    ("change_status", "change_access_managers"): {
        # R64, R27: the Commission has no part in it.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "- -- ---  -- --  --",
        "manager country": "- ++ ---  +- --  --",
        "manager own    ": "- +- ---  +- --  --",
        "nimic          ": "- ++ +.-  ++ --  --",
        "commission     ": "- -- --.  -- --  --",
    },
    ("delegate",): {
        # R30: only a NIMIC, only in its country, no sub-delegation.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "- -- ---  -- --  --",
        "manager country": "- -- ---  -- --  --",
        "manager own    ": "- -- ---  -- --  --",
        "nimic          ": "- ++ +.-  ++ --  --",
        "commission     ": "- -- --.  -- --  --",
    },
    ("send_mail",): {
        # R65, R59: a deactivated one gets no mail.
        "user           ": "- -- ---  -- --  --",
        "administrator  ": "- -- ---  -- --  --",
        "manager country": "- ++ ---  -- --  --",
        "manager own    ": "- +- ---  -- --  --",
        "nimic          ": "- ++ +.-  -- --  --",
        "commission     ": "+ ++ ++.  -- --  ++",
    },
}  # fmt: skip

OWN = 1
ALL = (DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.country),)
ONLY_OWN = (DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.own),)
KINDS = {"nimic": AuthorityKind.nimic, "commission": AuthorityKind.commission}
ROLES = ("user", "administrator", "manager country", "manager own", "nimic", "commission")


def actor(role: str, **values: Any) -> Actor:
    kind = KINDS.get(role, AuthorityKind.authority)
    defaults: dict[str, Any] = {
        "session_id": 1,
        "last_seen_at": datetime(2026, 11, 24, tzinfo=UTC),
        "user_id": 1,
        "user_public_id": uuid.UUID(int=1),
        "full_name": "Kim Larsen",
        "language": "da",
        "is_administrator": role != "user",
        "password_status": PasswordStatus.valid,
        "authority_id": OWN,
        "authority_public_id": uuid.UUID(int=2),
        "authority_name": "Fyret",
        "authority_kind": kind,
        "authority_status": AuthorityStatus.active,
        "country_code": None if kind is AuthorityKind.commission else "DK",
        "delegations": {"manager country": ALL, "manager own": ONLY_OWN}.get(role, ()),
    }
    return Actor(**(defaults | values))


def target(column: str, of: Actor, **values: Any) -> Target:
    """A body as the column says; the actor's own is what he is an administrator of."""
    ordinary: dict[str, Any] = {"id": 2, "kind": AuthorityKind.authority, "status": AuthorityStatus.active}
    gone = {"status": AuthorityStatus.deactivated}
    nimic = {"kind": AuthorityKind.nimic}
    facts: dict[str, dict[str, Any]] = {
        "own": {
            "id": OWN,
            "kind": of.authority_kind,
            "country_code": of.country_code,
            "is_access_manager": bool(of.delegations),
        },
        "mine": {"is_mine": True},
        "other": {},
        "manager": {"is_access_manager": True},
        "nimic": nimic | {"is_mine": of.authority_kind is AuthorityKind.commission},
        "commission": {"kind": AuthorityKind.commission, "country_code": None},
        "gone_mine": gone | {"is_mine": True},
        "gone_other": gone,
        # What is not registered yet has access managers all the same: the inviting body is meant to be one.
        "awaiting": {"status": AuthorityStatus.awaiting_validation, "is_mine": True},
        "draft": {"status": AuthorityStatus.draft, "is_mine": True},
        "abroad": {"country_code": "SE"},
        "nimic_abroad": nimic | {"country_code": "SE"},
    }
    return Target(**(ordinary | {"country_code": "DK"} | facts[column] | values))


def cells() -> Iterator[Any]:
    for acts, rows in TABLE.items():
        for act in acts:
            for role, marks in rows.items():
                yield pytest.param(act, role.strip(), marks.replace(" ", ""), id=f"{act}-{role.strip()}")


@pytest.mark.rule("R7")
@pytest.mark.rule("R30")
@pytest.mark.rule("R50")
@pytest.mark.rule("R59")
@pytest.mark.rule("R78")
@pytest.mark.parametrize(("act", "role", "marks"), list(cells()))
def test_who_may_do_what_to_whom(act: str, role: str, marks: str) -> None:
    who = actor(role)
    found = "".join(
        "." if mark == "." else "-+"[may(who, Act(act), target(column, who))]
        for column, mark in zip(COLUMNS, marks, strict=True)
    )
    assert found == marks


def test_the_table_has_every_act_and_every_role() -> None:
    tried = sorted(act for acts in TABLE for act in acts)
    assert tried == sorted(Act)  # each once
    assert {tuple(role.strip() for role in rows) for rows in TABLE.values()} == {ROLES}


@pytest.mark.rule("R18")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", Act)
def test_what_is_not_registered_exists_for_nobody(role: str, act: Act) -> None:
    """Neither as one's own body nor as one that has oneself as access manager."""
    who = actor(role)
    for status in set(AuthorityStatus) - {AuthorityStatus.active, AuthorityStatus.deactivated}:
        assert not may(who, act, target("mine", who, status=status))
        assert not may(who, act, target("own", who, status=status))


@pytest.mark.rule("R78")
@pytest.mark.parametrize("act", Act)
def test_who_is_mine_and_a_delegate_too_is_out_of_reach(act: Act) -> None:
    """An access-manager link to a body with a delegation gives no more than to one without the link."""
    who = actor("manager country")
    linked = may(who, act, target("manager", who, is_mine=True))
    assert linked == may(who, act, target("manager", who))


@pytest.mark.rule("R54")
@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_allowed_before_a_password_is_chosen(role: str, act: Act) -> None:
    for status in (PasswordStatus.temporary, PasswordStatus.expired):
        who = actor(role, password_status=status)
        assert not [column for column in COLUMNS if may(who, act, target(column, who))]


READS = {Act.search_authorities, Act.read_public_page, Act.read_tabs}


@pytest.mark.rule("R59")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", Act)
def test_users_of_a_deactivated_authority_read_what_every_user_reads(role: str, act: Act) -> None:
    who = actor(role, authority_status=AuthorityStatus.deactivated)
    own = target("own", who, status=AuthorityStatus.deactivated)
    assert may(who, act, own) is (act is Act.read_tabs)
    assert may(who, act, target("mine", who)) is (act in READS - {Act.read_tabs})


@pytest.mark.rule("R31")
@pytest.mark.parametrize(
    ("delegations", "module_id", "mine", "other"),
    [
        # Modules 7 and 8 for the country, 8 and 9 for one's own: the widest that has the module counts.
        ([((7, 8), Reach.country), ((8, 9), Reach.own)], 7, True, True),
        ([((7, 8), Reach.country), ((8, 9), Reach.own)], 8, True, True),
        ([((7, 8), Reach.country), ((8, 9), Reach.own)], 9, True, False),
        ([((7, 8), Reach.country), ((8, 9), Reach.own)], 10, False, False),
        ([((7, 8), Reach.country), ((8, 9), Reach.own)], None, True, True),
        ([((7,), Reach.own)], 7, True, False),
        ([((7,), Reach.own)], 8, False, False),
        ([((7,), Reach.own)], None, True, False),
        ([], None, False, False),
    ],
)
def test_acts_on_a_module_need_that_module_in_a_delegation(
    delegations: Any, module_id: int | None, mine: bool, other: bool
) -> None:
    who = actor(
        "administrator",
        delegations=tuple(DelegationInForce(False, frozenset(modules), reach) for modules, reach in delegations),
    )
    assert may(who, Act.grant_modules, target("mine", who), module_id) is mine
    assert may(who, Act.grant_modules, target("other", who), module_id) is other


@pytest.mark.rule("R1")
@pytest.mark.rule("R7")
@pytest.mark.parametrize(
    ("role", "registers"),
    [
        ("user", False),
        ("administrator", False),
        ("manager country", True),
        ("manager own", True),
        ("nimic", True),
        ("commission", False),  # it registers national coordinators only
    ],
)
def test_access_managers_and_national_coordinators_register(role: str, registers: bool) -> None:
    assert may_register(actor(role)) is registers
    assert not may_register(actor(role, password_status=PasswordStatus.temporary))
    assert not may_register(actor(role, authority_status=AuthorityStatus.deactivated))
    assert not may_register(actor(role, is_administrator=False))
