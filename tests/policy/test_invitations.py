"""Who handles which invitations: the rule in Python and the scope in SQL say the same, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.models import Authority, AuthorityKind, AuthorityStatus, Invitation, InvitationStatus, Reach
from app.policy.actor import Actor
from app.policy.invitations import (
    InvitationFacts,
    is_in_charge,
    is_same_address,
    is_same_domain,
    may_handle,
    may_invite,
    visible,
)
from app.policy.matrix import InvitationAct

DAY = timedelta(days=1)


def sent_by(db: Any, body: Authority, **values: Any) -> Invitation:
    row = Invitation(
        country_code=body.country_code,
        inviting_authority_id=body.id,
        recipient_email="post@odense.example",
        invited_name="Odense Kommune",
        token_hash=f"{body.id}-{values.get('status', 'sent')}",
        status=values.pop("status", InvitationStatus.sent),
        sent_at=clock.now(),
        expires_at=clock.now() + 30 * DAY,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row


@pytest.fixture
def population(db: Any, make: Any) -> SimpleNamespace:
    """Bodies with and without a delegation in force, each with invitations, and a neighbouring country."""
    today = clock.today()
    bodies = {
        "nimic": make.nimic(),
        "nimic abroad": make.nimic("SE"),
        "country": make.access_manager("Landet"),
        "own": make.access_manager("Egne", reach=Reach.own),
        "one module": make.access_manager("Et modul", modules=[make.module("PQ-REQ")]),
        "plain": make.authority("Uden"),
        "over": make.authority("Forbi"),
        "to come": make.authority("Kommende"),
        "revoked": make.authority("Tilbagekaldt"),
        "abroad": make.authority("Utlandet", country_code="SE"),
    }
    make.delegation(bodies["over"], valid_until=today - DAY)
    make.delegation(bodies["to come"], valid_from=today + DAY)
    make.delegation(bodies["revoked"], revoked_at=clock.now())
    make.delegation(bodies["abroad"])
    gone = make.authority("Nedlagt", status=AuthorityStatus.deactivated)
    make.delegation(gone)
    bodies["gone"] = gone
    for body in bodies.values():
        for status in (InvitationStatus.sent, InvitationStatus.expired, InvitationStatus.cancelled):
            sent_by(db, body, status=status)
    commission = make.authority("Kommissionen", kind=AuthorityKind.commission)
    return SimpleNamespace(bodies=bodies, commission=commission)


def everyone(make: Any, population: SimpleNamespace) -> Iterator[Actor]:
    for body in (*population.bodies.values(), population.commission):
        yield make.actor(make.user(body))
        yield make.actor(make.user(body, administrator=False))
        yield make.actor(make.user(body, blocked_at=clock.now()))
        yield make.actor(make.user(body, password_is_temporary=True))


@pytest.mark.rule("R13")
@pytest.mark.rule("R70")
def test_the_scope_of_a_query_holds_just_the_invitations_on_which_the_act_is_allowed(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    rows = list(db.session.scalars(select(Invitation)))
    allowed = refused = 0
    for actor in everyone(make, population):
        for act in InvitationAct:
            expected = {row.id for row in rows if may_handle(actor, row, act)}
            facts = [(row, InvitationFacts(row.inviting_authority_id, row.country_code)) for row in rows]
            assert {row.id for row, fact in facts if may_handle(actor, fact, act)} == expected
            found = set(db.session.scalars(select(Invitation.id).where(visible(actor, act))))
            assert found == expected, (actor.authority_name, act)
            allowed, refused = allowed + len(expected), refused + len(rows) - len(expected)
    assert allowed > 50
    assert refused > 50


@pytest.mark.rule("R13")
@pytest.mark.rule("R30")
@pytest.mark.parametrize(
    ("who", "handles"),
    [
        ("nimic", {"nimic", "country", "own", "one module", "plain", "over", "to come", "revoked", "gone"}),
        ("country", {"country"}),
        ("own", {"own"}),
        ("one module", {"one module"}),
        ("plain", set()),
        ("over", set()),
        ("to come", set()),
        ("revoked", set()),
        ("gone", set()),
        ("abroad", {"abroad"}),
        ("nimic abroad", {"nimic abroad", "abroad"}),
    ],
)
def test_who_loses_his_delegation_leaves_his_invitations_to_the_national_coordinator(
    db: Any, make: Any, population: SimpleNamespace, who: str, handles: set[str]
) -> None:
    actor = make.actor(make.user(population.bodies[who]))
    names = {body.id: name for name, body in population.bodies.items()}
    for act in InvitationAct:
        found = db.session.scalars(select(Invitation.inviting_authority_id).where(visible(actor, act)))
        assert {names[number] for number in found} == handles
    assert may_invite(actor) is (who in handles)
    in_charge = db.session.scalar(select(Authority.id).where(Authority.id == actor.authority_id, is_in_charge()))
    assert (in_charge is not None) is (who in handles)


@pytest.mark.rule("R16")
def test_the_number_in_the_menu_is_that_of_the_tasks_that_are_visible(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    """It is read with the person, by a condition of its own."""
    for name, body in population.bodies.items():
        for _ in range(1 + len(name) % 3):
            make.waiting(body)
    told = 0
    for actor in everyone(make, population):
        tasks = visible(actor, InvitationAct.validate_registration), Invitation.status == InvitationStatus.registered
        seen = db.session.scalar(select(func.count()).select_from(Invitation).where(*tasks))
        if may_invite(actor):
            assert actor.awaiting_validation == seen > 0, actor.authority_name
            told += 1
        else:
            assert seen == 0
    assert told > 4


@pytest.mark.rule("R7")
@pytest.mark.rule("R11")
def test_the_commission_invites_nobody_yet(make: Any, population: SimpleNamespace) -> None:
    actor = make.actor(make.user(population.commission))
    assert not may_invite(actor)


@pytest.mark.rule("R17")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("kim@odense.example", "KIM@Odense.Example", True),
        ("kim@odense.example", " kim@odense.example", True),
        ("soren@odense.example", "sоren@odense.example", True),  # a Cyrillic letter
        ("kim@odense.example", "kim+imi@odense.example", True),
        ("kim@københavn.example", "kim@xn--kbenhavn-54a.example", True),
        ("kim@odense.example", "+imi@odense.example", False),
        ("kim@odense.example", "kim@odense.exampl", False),
        ("kim@odense.example", "jim@odense.example", False),
    ],
)
def test_addresses_are_compared_as_they_are_read(one: str, other: str, same: bool) -> None:
    assert is_same_address(one, other) is same


@pytest.mark.rule("R17")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("kim@odense.example", "Sofie@Odense.Example", True),
        ("kim@københavn.example", "kim@xn--kbenhavn-54a.example", True),
        ("kim@odense.example", "kim@оdense.example", False),  # a Cyrillic letter
        ("kim@aarhus.example", "kim@århus.example", False),
        ("kim@soer.example", "kim@sør.example", False),
        ("kim@strasse.example", "kim@straße.example", False),
        ("kim@odense.example", "kim@imi.odense.example", False),
    ],
)
def test_a_domain_that_looks_alike_is_another(one: str, other: str, same: bool) -> None:
    assert is_same_domain(one, other) is same
