"""The scope in SQL and the rule in Python say the same of every authority, for everybody, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.models import Authority, AuthorityKind, AuthorityStatus, Reach
from app.policy.actor import Actor
from app.policy.authorities import Target, is_access_manager, is_mine, may, visible
from app.policy.matrix import Act
from app.policy.roles import Role, roles_of

TODAY = date(2026, 7, 15)
DAY = timedelta(days=1)
ONE, TWO, NEITHER = "PQ-REQ", "SERV-REQ", "EPC-CASE"
# How each delegate of the population was entrusted: reach, modules (None is all), first and last day, revoked.
DELEGATIONS: dict[str, list[dict[str, Any]]] = {
    "country": [{}],
    "own": [{"reach": Reach.own}],
    "country one module": [{"modules": [ONE]}],
    "own one module": [{"reach": Reach.own, "modules": [ONE]}],
    "two, disjoint": [{"modules": [ONE]}, {"reach": Reach.own, "modules": [TWO]}],
    "two, over each other": [{"reach": Reach.own}, {"modules": [ONE, TWO]}],
    "ends today": [{"valid_until": TODAY}],
    "begins today": [{"valid_from": TODAY}],
    "one over, one in force": [{"valid_until": TODAY - DAY}, {"reach": Reach.own, "modules": [TWO]}],
    "no module at all": [{"modules": []}],
    "ended yesterday": [{"valid_until": TODAY - DAY}],
    "begins tomorrow": [{"valid_from": TODAY + DAY}],
    "revoked": [{"revoked_at": datetime(2026, 7, 15, 5, tzinfo=UTC)}],
}
NOT_IN_FORCE = {"ended yesterday", "begins tomorrow", "revoked"}


class Clock:
    """Noon of a summer's day in Copenhagen, until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 7, 15, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def population(make: Any, time: Clock) -> SimpleNamespace:
    """A country with every kind of body, managed by each other crosswise, and a neighbour."""
    nimic, abroad = make.nimic(), make.nimic("SE")
    commission = make.authority("Kommissionen", kind=AuthorityKind.commission)
    bodies = {"nimic": nimic, "nimic abroad": abroad, "commission": commission, "plain": make.authority()}
    for name, words in DELEGATIONS.items():
        bodies[name] = make.authority(name)
        for one in words:
            values = {"valid_from": TODAY - 30 * DAY} | one
            values["modules"] = None if one.get("modules") is None else [make.module(code) for code in one["modules"]]
            make.delegation(bodies[name], **values)
    managers: dict[int, set[int]] = {nimic.id: {commission.id}, abroad.id: {commission.id}}
    make.link(nimic, commission)
    make.link(abroad, commission)
    for name, manager in list(bodies.items()):
        country = manager.country_code or "DK"
        for status in AuthorityStatus:
            row = make.authority(f"{status} of {name}", managed_by=manager, status=status, country_code=country)
            managers[row.id] = {manager.id}
    for name in ("country", "own", "revoked"):  # bodies that are mine and delegates at once
        make.link(bodies[name], bodies["two, disjoint"])
        managers.setdefault(bodies[name].id, set()).add(bodies["two, disjoint"].id)
    shared = make.authority("Of two", managed_by=bodies["own"])
    make.link(shared, bodies["own one module"])
    managers[shared.id] = {bodies["own"].id, bodies["own one module"].id}
    make.authority("Of nobody")
    delegates = {bodies[name].id for name in DELEGATIONS.keys() - NOT_IN_FORCE}
    return SimpleNamespace(bodies=bodies, managers=managers, delegates=delegates)


def targets_for(actor: Actor, population: SimpleNamespace, rows: list[Authority]) -> Iterator[Target]:
    """What the test itself knows of each body, asked from no query of ours."""
    for row in rows:
        yield Target(
            id=row.id,
            kind=row.kind,
            status=row.status,
            country_code=row.country_code,
            is_mine=actor.authority_id in population.managers.get(row.id, ()),
            is_access_manager=row.id in population.delegates,
        )


def everyone(make: Any, population: SimpleNamespace) -> Iterator[Actor]:
    """An administrator of every body, of a deactivated one, and an ordinary user of some."""
    for name, body in population.bodies.items():
        yield make.actor(make.user(body))
        if name in ("plain", "country", "nimic", "commission"):
            yield make.actor(make.user(body, administrator=False))
            yield make.actor(make.user(body, password_is_temporary=True))
    gone = make.authority("Nedlagt adgangsforvalter", status=AuthorityStatus.deactivated)
    make.delegation(gone, valid_from=TODAY)
    population.delegates.add(gone.id)
    yield make.actor(make.user(gone))


@pytest.mark.rule("R20")
@pytest.mark.rule("R70")
@pytest.mark.rule("R78")
def test_the_scope_of_a_query_holds_just_the_rows_on_which_the_act_is_allowed(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    modules = [None, *(make.module(code).id for code in (ONE, TWO, NEITHER))]
    actors = list(everyone(make, population))
    rows = list(db.session.scalars(select(Authority)))
    differences, allowed, refused = [], 0, 0
    for actor in actors:
        targets = list(targets_for(actor, population, rows))
        for act in Act:
            for module_id in modules if actor.delegations else [None]:  # others have no modules in their rights
                expected = {target.id for target in targets if may(actor, act, target, module_id)}
                found = set(db.session.scalars(select(Authority.id).where(visible(actor, act, module_id))))
                allowed, refused = allowed + len(expected), refused + len(rows) - len(expected)
                if found != expected:
                    names = [row.official_name for row in rows if row.id in found ^ expected]
                    differences.append((actor.authority_name, act.value, module_id, names))
    assert not differences
    assert allowed > 1000  # a population in which nobody may do anything would prove nothing
    assert refused > 1000


@pytest.mark.rule("R70")
def test_the_scope_among_ones_own_authorities_is_the_scope_narrowed_to_them(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    """A list of one's own looks no row up twice, and holds the same rows for that."""
    differences, some = [], 0
    for actor in everyone(make, population):
        mine = select(Authority.id).where(is_mine(actor))
        for act in Act:
            narrowed = set(db.session.scalars(mine.where(visible(actor, act))))
            found = set(db.session.scalars(mine.where(visible(actor, act, of_mine=True))))
            some += len(found)
            if found != narrowed:
                differences.append((actor.authority_name, act.value))
    assert not differences
    assert some > 100


@pytest.mark.rule("R30")
def test_a_delegation_counts_from_its_first_to_its_last_day_until_revoked(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    """For the delegate himself and for others, who then cannot reach him."""
    for name in DELEGATIONS:
        actor = make.actor(make.user(population.bodies[name]))
        assert (Role.access_manager in roles_of(actor)) is (name not in NOT_IN_FORCE), name
    found = set(db.session.scalars(select(Authority.id).where(is_access_manager())))
    assert found == population.delegates


@pytest.mark.rule("R30")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        (datetime(2026, 7, 13, 21, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 13, 22, 0, 0, tzinfo=UTC), True),  # the 14th begins in Copenhagen
        (datetime(2026, 7, 15, 21, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 15, 22, 0, 0, tzinfo=UTC), False),  # the 16th
    ],
)
def test_the_days_of_a_delegation_are_copenhagens(make: Any, time: Clock, moment: datetime, counts: bool) -> None:
    body = make.authority()
    make.delegation(body, valid_from=TODAY - DAY, valid_until=TODAY)
    time.moment = moment
    assert bool(make.actor(make.user(body)).delegations) is counts


@pytest.mark.rule("R30")
def test_reach_and_modules_of_each_delegation_are_kept_apart(make: Any, time: Clock) -> None:
    body = make.authority()
    one, two = make.module(ONE), make.module(TWO)
    make.delegation(body, modules=[one, two], valid_from=TODAY)
    make.delegation(body, reach=Reach.own, valid_from=TODAY)
    make.delegation(body, modules=[two], reach=Reach.own, valid_until=TODAY - DAY, valid_from=TODAY - 9 * DAY)
    actor = make.actor(make.user(body))
    facts = {(d.all_modules, d.module_ids, d.reach) for d in actor.delegations}
    assert facts == {
        (False, frozenset({one.id, two.id}), Reach.country),
        (True, frozenset(), Reach.own),
    }


@pytest.mark.rule("R20")
def test_mine_are_those_that_have_my_authority_as_access_manager(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    """Whether or not a delegation is in force: a link alone gives no right, but it is remembered."""
    for name in ("own", "revoked", "nimic", "plain"):
        actor = make.actor(make.user(population.bodies[name]))
        expected = {row for row, managers in population.managers.items() if actor.authority_id in managers}
        assert set(db.session.scalars(select(Authority.id).where(is_mine(actor)))) == expected


@pytest.mark.rule("R31")
def test_a_module_outside_the_delegation_is_out_of_reach_where_the_authority_is_in_it(
    db: Any, make: Any, population: SimpleNamespace
) -> None:
    """Two delegations: one module for the country, another for one's own."""
    actor = make.actor(make.user(population.bodies["two, disjoint"]))
    active = select(Authority.official_name).where(Authority.status == AuthorityStatus.active)

    def names(code: str | None) -> set[str]:
        module_id = make.module(code).id if code else None
        return set(db.session.scalars(active.where(visible(actor, Act.grant_modules, module_id))))

    mine = {"active of two, disjoint", "revoked"}
    assert names(TWO) == mine
    assert names(NEITHER) == set()
    assert mine | {"active of nimic", "Of nobody", "active of own"} <= names(ONE)
    assert names(None) == names(ONE)
