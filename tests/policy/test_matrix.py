"""Every cell of the table of rights: act × role × kind of target, printed into `matrix.txt`, which people review.

`make matrices` writes the file; the test here holds it against the code. What no cell shows is tried below it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.models import AuthorityKind, AuthorityStatus, Reach
from app.policy.actor import Actor, DelegationInForce
from app.policy.authorities import Target, may, may_register
from app.policy.invitations import InvitationFacts, may_handle, may_invite
from app.policy.matrix import MATRIX, Act, InvitationAct, limits_of
from app.policy.passwords import PasswordStatus
from app.policy.roles import Role, roles_of
from tests.matrices import HOW, compare, table

MATRIX_FILE = Path(__file__).with_name("matrix.txt")
HEADING = f"""Who may do what to which authority, by the pages. A person has the union of the rows that fit him.
{HOW}

+ yes   - no   . the actor's own authority stands in this column: there is one coordinator a country, and one Commission

own       the actor's own authority             gone      deactivated, and mine
mine      an ordinary one that has the actor's  gone-o    deactivated, and somebody else's
          as access manager                     await     awaits validation, and would be mine
other     an ordinary one that has not          draft     a draft, and would be mine
manager   another with a delegation in force    abroad    an ordinary one of another country
nimic     the country's national coordinator    nimic-ab  the national coordinator of another country
comm      the Commission

A manager is an administrator of a body with a delegation: for the country, or for what is mine only; for all modules,
or for some. Acts on a module are tried with one of those and with another. "blocked" and "in a gone authority" are
managers for the country that have a blocked password, and whose own authority is deactivated.
"""
COLUMNS = {
    "own": "own", "mine": "mine", "other": "other", "manager": "manager", "nimic": "nimic", "commission": "comm",
    "gone_mine": "gone", "gone_other": "gone-o", "awaiting": "await", "draft": "draft",
    "abroad": "abroad", "nimic_abroad": "nimic-ab",
}  # fmt: skip
# Acts on a module need that module in a delegation (R31).
ON_MODULE = {Act.give_module_roles, Act.grant_modules, Act.edit_access_classification}
MODULE, ANOTHER = 7, 9

OWN = 1
ALL = (DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.country),)
ONLY_OWN = (DelegationInForce(all_modules=True, module_ids=frozenset(), reach=Reach.own),)
KINDS = {"nimic": AuthorityKind.nimic, "commission": AuthorityKind.commission}
ROLES = ("user", "administrator", "manager country", "manager own", "nimic", "commission")
SOME = (DelegationInForce(all_modules=False, module_ids=frozenset({MODULE, 8}), reach=Reach.country),)
GONE = "manager in a gone authority"


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


ACTORS: dict[str, Callable[[], Actor]] = {
    "restricted": lambda: actor("manager country", password_status=PasswordStatus.temporary),
    "user": lambda: actor("user"),
    "administrator": lambda: actor("administrator"),
    "manager country": lambda: actor("manager country"),
    "manager own": lambda: actor("manager own"),
    "manager some modules": lambda: actor("administrator", delegations=SOME),
    "manager blocked": lambda: actor("manager country", password_status=PasswordStatus.blocked),
    GONE: lambda: actor("manager country", authority_status=AuthorityStatus.deactivated),
    "nimic": lambda: actor("nimic"),
    "commission": lambda: actor("commission"),
}
ROWS = tuple(ACTORS)


def column_of(who: Actor, role: str, column: str, act: Act, module_id: int | None) -> str:
    if (role, column) in (("nimic", "nimic"), ("commission", "commission")):
        return "."
    gone = {"status": AuthorityStatus.deactivated} if role == GONE and column == "own" else {}
    return "-+"[may(who, act, target(column, who, **gone), module_id)]


def rows_of(act: Act) -> Iterator[tuple[str, list[str]]]:
    for role in ROWS:
        who = ACTORS[role]()
        tried: dict[str, int | None] = {role: MODULE if act in ON_MODULE else None}
        if role == "manager some modules" and act in ON_MODULE:
            tried = {f"{role}: of these": MODULE, f"{role}: another": ANOTHER}
        for name, module_id in tried.items():
            yield name, [column_of(who, role, column, act, module_id) for column in COLUMNS]


INVITING = """
invite  bodies of one's own country to register themselves (R7, R11)
own     an invitation that the actor's own authority sent
other   one that another authority of the country sent, in charge of it or not (R13)
abroad  one of another country
"""
INVITATIONS = {
    "own": InvitationFacts(OWN, "DK"),
    "other": InvitationFacts(2, "DK"),
    "abroad": InvitationFacts(3, "SE"),
}


def invited_row(role: str, act: InvitationAct) -> list[str]:
    who = ACTORS[role]()
    return ["-+"[may_invite(who)], *("-+"[may_handle(who, each, act)] for each in INVITATIONS.values())]


def invitations() -> str:
    """The part about invitations: acts with the same cells stand together."""
    blocks: dict[str, list[InvitationAct]] = {}
    for act in InvitationAct:
        rows = [(role, invited_row(role, act)) for role in ROWS]
        blocks.setdefault(table(["invite", *INVITATIONS], rows, first=32, width=8), []).append(act)
    return INVITING + "".join(f"\n{', '.join(acts)}\n{cells}\n" for cells, acts in blocks.items())


def matrix() -> str:
    """The file: acts with the same cells stand together."""
    blocks: dict[str, list[Act]] = {}
    for act in Act:
        blocks.setdefault(table(list(COLUMNS.values()), rows_of(act), first=32, width=8), []).append(act)
    parts = [HEADING]
    for cells, acts in blocks.items():
        rules = sorted({rule for act in acts for rule in limits_of(act)}, key=lambda rule: int(rule[1:]))
        parts.append(f"{', '.join(acts)}\n({', '.join(rules) or 'everybody'})\n{cells}\n")
    return "\n".join([*parts, invitations().lstrip("\n")])


@pytest.mark.rule("R7", "R30", "R31", "R50", "R54", "R59", "R78")
def test_the_matrix_of_rights_is_as_reviewed() -> None:
    compare(MATRIX_FILE, matrix())


def test_the_matrix_has_every_act_every_role_and_every_kind_of_target() -> None:
    text = MATRIX_FILE.read_text("utf-8")
    for act in Act:
        assert len(re.findall(rf"^(.*, )?{act}(,.*)?$", text, re.MULTILINE)) == 1, act
    assert set(MATRIX) == set(Act)
    assert {role for who in ACTORS.values() for role in roles_of(who())} == set(Role)
    assert {target(column, actor("nimic")).kind for column in COLUMNS} == set(AuthorityKind)


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
