"""Authorities as pages read them: in the actor's scope only, and with what is shown of them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.errors import NotFound
from app.extensions import db as _db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    ModuleRole,
)
from app.policy.matrix import MATRIX, Act
from app.services import authorities


@pytest.mark.rule("R70")
@pytest.mark.parametrize("look", [authorities.get, authorities.lock])
def test_who_is_out_of_scope_does_not_exist(make: Any, look: Any) -> None:
    manager = make.access_manager()
    actor = make.actor(make.user(manager))
    mine, other = make.authority(managed_by=manager), make.authority()
    gone = make.authority(status=AuthorityStatus.deactivated)
    my_gone = make.authority(status=AuthorityStatus.deactivated, managed_by=manager)
    swedish, awaiting = make.authority(country_code="SE"), make.authority(status=AuthorityStatus.awaiting_validation)
    for row in (mine, other, my_gone, manager):
        assert look(actor, row.public_id, Act.read_tabs) is row
    for public_id in (gone.public_id, swedish.public_id, awaiting.public_id, uuid.uuid4(), uuid.UUID(int=0)):
        with pytest.raises(NotFound) as caught:
            look(actor, public_id, Act.read_tabs)
        assert str(caught.value.message) == ""


@pytest.mark.rule("R70")
@pytest.mark.parametrize("act", MATRIX)
def test_an_ordinary_user_reaches_his_own_authority_at_most(make: Any, act: Act) -> None:
    own, other = make.authority(), make.authority()
    actor = make.actor(make.user(own, administrator=False))
    public = act in (Act.search_authorities, Act.read_public_page)
    for row, seen in ((own, public or act is Act.read_tabs), (other, public)):
        if seen:
            assert authorities.get(actor, row.public_id, act) is row
        else:
            with pytest.raises(NotFound):
                authorities.get(actor, row.public_id, act)


@pytest.mark.rule("R31")
@pytest.mark.parametrize("look", [authorities.get, authorities.lock])
def test_an_act_on_a_module_needs_the_module_in_the_delegation(make: Any, look: Any) -> None:
    actor = make.actor(make.user(make.access_manager(modules=[make.module("PQ-REG")])))
    row = make.authority()
    assert look(actor, row.public_id, Act.grant_modules, module_id=make.module("PQ-REG").id) is row
    with pytest.raises(NotFound):
        look(actor, row.public_id, Act.grant_modules, module_id=make.module("PQ-NOT").id)


def test_a_lock_reads_the_row_anew(make: Any) -> None:
    actor, row = make.actor(make.user(make.nimic())), make.authority(city="Odense")
    table = Authority.__table__
    _db.session.execute(table.update().where(table.c.id == row.id).values(city="Aarhus"))
    assert row.city == "Odense"
    assert authorities.lock(actor, row.public_id, Act.edit_data).city == "Aarhus"


@pytest.mark.rule("R24")
def test_facts_on_which_rights_depend(make: Any) -> None:
    manager = make.access_manager()
    actor = make.actor(make.user(manager))
    mine, other, delegate = make.authority(managed_by=manager), make.authority(), make.access_manager()
    former = make.authority()
    make.delegation(former, valid_until=clock.today() - timedelta(days=1))
    facts = [authorities.target_of(actor, row) for row in (mine, other, delegate, former, manager)]
    assert [(fact.is_mine, fact.is_access_manager) for fact in facts] == [
        (True, False),
        (False, False),
        (False, True),
        (False, False),
        (False, True),
    ]
    assert facts[0].kind is AuthorityKind.authority
    assert (facts[0].id, facts[0].status, facts[0].country_code) == (mine.id, AuthorityStatus.active, "DK")
    assert [authorities.is_of(actor, row) for row in (mine, other)] == [True, False]


@pytest.mark.rule("R29")
@pytest.mark.parametrize(
    ("accesses", "shown"),
    [([], "active"), (["granted"], "active"), (["suspended"], "suspended"), (["suspended", "granted"], "active")],
)
def test_suspended_is_active_with_module_access_all_of_it_suspended(make: Any, accesses: list[str], shown: str) -> None:
    row, other = make.authority(), make.authority()
    make.access(other, "PQ-REG")
    for code, status in zip(("PQ-REG", "PQ-NOT"), accesses, strict=False):
        make.access(row, code, status=AccessStatus(status))
    assert authorities.shown_status(row) == shown


@pytest.mark.rule("R29")
def test_a_deactivated_authority_is_shown_so_whatever_its_access(make: Any) -> None:
    row = make.authority(status=AuthorityStatus.deactivated)
    make.access(row, "PQ-REG", status=AccessStatus.suspended)
    assert authorities.shown_status(row) == "deactivated"


@pytest.mark.rule("R72")
def test_titles_are_in_the_readers_language_else_in_english_else_in_any(make: Any) -> None:
    both, english, greek, none = (make.authority() for _ in range(4))
    both.texts = [AuthorityText(language="da", title="Tilsyn"), AuthorityText(language="en", title="Inspectorate")]
    english.texts = [AuthorityText(language="en", title="Board"), AuthorityText(language="el", title="Συμβούλιο")]
    greek.texts = [AuthorityText(language="el", title="Αρχή")]
    none.texts = []
    _db.session.flush()
    rows = [both, english, greek, none]
    assert authorities.titles_of(rows, "da") == {both.id: "Tilsyn", english.id: "Board", greek.id: "Αρχή"}
    assert authorities.titles_of(rows, "en") == {both.id: "Inspectorate", english.id: "Board", greek.id: "Αρχή"}
    assert authorities.titles_of([], "da") == {}


def test_users_are_those_of_the_authority_who_are_there_by_name(make: Any) -> None:
    row = make.authority()
    anne = make.user(row, first_name="Anne", last_name="Aagaard")  # aa is å, and stands last
    bo = make.user(row, administrator=False, first_name="Bo", last_name="Jensen")
    gone = make.user(row)
    gone.active = False
    make.user(make.authority())
    _db.session.flush()
    assert authorities.users_of(row) == [bo, anne]
    assert authorities.users_of(row, administrators_only=True) == [anne]


@pytest.mark.rule("R29")
def test_access_managers_are_told_by_name(make: Any) -> None:
    second, first = make.access_manager("Aalborg"), make.access_manager("Ribe")  # aa is å, and stands last
    row = make.authority(managed_by=second)
    make.link(row, first)
    make.authority(managed_by=second)
    assert [link.manager for link in authorities.managers_of(row)] == [first, second]


def test_accesses_stand_in_the_order_of_modules_with_their_coordinators(make: Any) -> None:
    coordinator, other = make.authority("Aalborg"), make.authority("Ribe")
    linked, linked_too = (make.access(body, "PQ-REQ", ModuleRole.coordinator) for body in (coordinator, other))
    row = make.authority()
    make.access(row, "SOLVIT-CASE")
    access = make.access(row, "PQ-REQ", linked=linked)
    from app.models import LinkedCoordinator

    _db.session.add(
        LinkedCoordinator(
            access_id=access.id, coordinator_id=linked_too.id, module_id=access.module_id, country_code="DK"
        )
    )
    make.module("SOLVIT-CASE").position = -1  # the Commission may move a module up
    _db.session.flush()
    assert [found.module.code for found in authorities.accesses_of(row)] == ["SOLVIT-CASE", "PQ-REQ"]
    assert authorities.coordinators_of(row) == {access.id: ["Ribe", "Aalborg"]}
    assert authorities.coordinators_of(coordinator) == {}


def test_classification_stands_in_the_order_of_lists_and_entries(make: Any) -> None:
    row = make.authority()
    found = [
        _db.session.query(ClassificationEntry)
        .join(ClassificationList)
        .filter(ClassificationList.code == code)
        .order_by(ClassificationEntry.position)
        .limit(2)
        .all()
        for code in ("policy_areas", "economic_activities")
    ]
    row.classification = [*reversed(found[1]), *reversed(found[0])]
    _db.session.flush()
    assert authorities.entries_of(row) == [*found[0], *found[1]]
    details = authorities.with_details(row)
    assert [text.title for text in details.texts] == [f"Om {row.official_name}"]
