"""Coordinators to link to: found by their names, those that stand and no others (R33)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.errors import InvalidInput
from app.extensions import db as _db
from app.models import AccessStatus, Authority, AuthorityStatus, Module, ModuleRole
from app.services import coordinators

COORDINATOR = ModuleRole.coordinator


@pytest.fixture
def module(make: Any) -> Module:
    return make.module("PQ-REQ")


@pytest.fixture
def body(make: Any) -> Authority:
    """The authority for which a coordinator is looked for."""
    return make.authority("Arbejdstilsynet")


def standing(make: Any, name: str = "", code: str = "PQ-REQ", **values: Any) -> Authority:
    """A coordinator of the module, with granted access."""
    row = make.authority(name, **values)
    make.access(row, code, COORDINATOR)
    return row


def names(body: Authority, module: Module, words: str) -> list[str]:
    return [row.official_name for row in coordinators.search(body, module, words)]


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("styrelsen", ["Søfartsstyrelsen", "Trafikstyrelsen"]),
        ("SØFART", ["Søfartsstyrelsen"]),
        ("soefart", ["Søfartsstyrelsen"]),
        ("ålborg kommune", ["Aalborg Kommune"]),
        ("kommune aalb", ["Aalborg Kommune"]),
        ("kommune søfart", []),
        ("energie", ["Énergie-Nævn 100 %"]),
        ("", ["Énergie-Nævn 100 %", "Søfartsstyrelsen", "Trafikstyrelsen", "Aalborg Kommune"]),
        ("   ", ["Énergie-Nævn 100 %", "Søfartsstyrelsen", "Trafikstyrelsen", "Aalborg Kommune"]),
    ],
)
def test_all_the_words_in_any_order_without_case_and_accents(
    make: Any, body: Authority, module: Module, words: str, found: list[str]
) -> None:
    for name in ("Søfartsstyrelsen", "Trafikstyrelsen", "Aalborg Kommune", "Énergie-Nævn 100 %"):
        standing(make, name)
    assert names(body, module, words) == found


@pytest.mark.rule("R22")
@pytest.mark.parametrize("sign", ["%", "_", "\\", "/"])
def test_signs_that_mean_something_to_the_database_are_letters_here(
    make: Any, body: Authority, module: Module, sign: str
) -> None:
    plain, marked = standing(make, "Nævn uden tegn"), standing(make, f"Nævn med {sign} tegn")
    assert names(body, module, sign) == [marked.official_name]
    assert names(body, module, f"n{sign}vn") == []
    assert names(body, module, "tegn") == [marked.official_name, plain.official_name]


@pytest.mark.parametrize(
    "words", ["\x00", "nævn\x00", "'; DROP TABLE authority; --", "x" * 10_000, "a " * 200, "\ud800"]
)
def test_junk_is_looked_for_and_not_found(make: Any, body: Authority, module: Module, words: str) -> None:
    standing(make, "Byret")
    assert coordinators.search(body, module, words) is not None


@pytest.mark.rule("R33")
def test_at_most_twenty_are_shown_in_the_order_of_their_names(make: Any, body: Authority, module: Module) -> None:
    wanted = sorted(standing(make, f"Kommune {number:02}").official_name for number in range(23, 0, -1))
    assert names(body, module, "kommune") == wanted[:20]
    assert names(body, module, "kommune 23") == ["Kommune 23"]


@pytest.mark.rule("R33")
def test_only_those_that_stand_are_found_named_and_locked(make: Any, body: Authority, module: Module) -> None:
    fit = standing(make, "Nævn A")
    unfit = [
        standing(make, "Nævn B", status=AuthorityStatus.deactivated),
        standing(make, "Nævn C", country_code="SE"),
        standing(make, "Nævn D", code="PW-REQ"),
        make.authority("Nævn E"),
    ]
    suspended, plain = make.authority("Nævn F"), make.authority("Nævn G")
    make.access(suspended, "PQ-REQ", COORDINATOR, status=AccessStatus.suspended)
    make.access(plain, "PQ-REQ", ModuleRole.authority)
    make.access(body, "PQ-REQ", COORDINATOR)  # never itself
    unfit += [suspended, plain, body]
    assert names(body, module, "") == ["Nævn A"]
    assert coordinators.named(body, module, {row.public_id for row in (fit, *unfit)}) == [fit]
    assert [access.authority_id for access in coordinators.lock(body, module, {fit.public_id})] == [fit.id]
    for row in unfit:
        with pytest.raises(InvalidInput) as caught:
            coordinators.lock(body, module, {row.public_id})
        assert list(caught.value.fields) == ["coordinators"]


@pytest.mark.rule("R33")
def test_one_that_cannot_be_linked_to_refuses_all(make: Any, body: Authority, module: Module) -> None:
    fit = standing(make)
    with pytest.raises(InvalidInput):
        coordinators.lock(body, module, {fit.public_id, uuid.uuid4()})
    assert coordinators.lock(body, module, []) == []
    assert coordinators.named(body, module, []) == []
    assert len(coordinators.lock(body, module, [fit.public_id, fit.public_id])) == 1


@pytest.mark.rule("R33")
def test_a_lock_reads_the_row_anew(make: Any, body: Authority, module: Module) -> None:
    """A row that this session has read already is looked at again: else an old answer would count."""
    fit = standing(make)
    access = coordinators.lock(body, module, {fit.public_id})[0]
    table = type(access).__table__
    _db.session.execute(table.update().where(table.c.id == access.id).values(grant_reason="nyt"))
    assert access.grant_reason == ""
    assert coordinators.lock(body, module, {fit.public_id})[0].grant_reason == "nyt"
