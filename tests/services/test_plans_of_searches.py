"""Searches and long lists go by their indexes on both databases, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from app import clock
from app.extensions import db as _db
from app.models import Authority, AuthorityKind, AuthorityStatus, ImiUser
from app.policy.actor import Actor
from app.policy.matrix import Act
from app.services import authority_lists, keyset, search, user_lists
from app.services.authority_filters import Wanted
from app.services.user_lists import WantedUsers

MANY = 2_000
RARE = "zebrafinke"
BY_NAME, BY_CITY, LAST = ("official_name", False), ("city", True), keyset.Place(last=True)


@pytest.fixture
def reader(make: Any) -> Actor:
    """A national coordinator among many authorities of two countries, each with a user."""
    nimic = make.nimic()
    same = {"kind": AuthorityKind.authority, "status": AuthorityStatus.active, "registered_at": clock.now()}
    same |= {"city": "By", "email": "post@body.example"}
    keys = ("official_name", "official_name_key", "sort_key", "city_sort_key")
    rows = [
        {**same, **dict.fromkeys(keys, f"nr {number:05} ord"), "country_code": "DK" if number % 2 else "SE"}
        | {"search_key": words_of(number)}
        for number in range(MANY)
    ]
    ids = _db.session.scalars(insert(Authority).returning(Authority.id), rows).all()
    model = make.user(nimic)
    copied = ("password", "password_is_temporary", "password_set_at", "registered_at", "active", "is_administrator")
    person = {name: getattr(model, name) for name in copied} | {"first_name": "Mange", "last_name": "Ord"}
    people = [
        {**person, "authority_id": body, "username": f"ord{body:08}", "email": f"{body}@ord.invalid"}
        | {"email_address": f"{body}@ord.example", "sort_key": f"nr {number:05}", "search_key": words_of(number)}
        for number, body in enumerate(ids)
    ]
    _db.session.execute(insert(ImiUser), people)
    if _db.engine.dialect.name == "postgresql":  # as it does by itself between commits: new rows wait in a heap
        for index in ("ix_authority_search_key", "ix_ab_user_search_key"):
            _db.session.execute(text(f"SELECT gin_clean_pending_list('{index}')"))
    _db.session.execute(text("ANALYZE"))
    actor: Actor = make.actor(model)
    return actor


def words_of(number: int) -> str:
    """As much as describes an authority; one row has the rare word."""
    described = " ".join(f"beskrivelse {number * each}" for each in range(30))
    return f"{described} {RARE}" if number == 7 else described


def plan_of(work: Callable[[], object]) -> str:
    """How the database goes about the statements of the work; PostgreSQL as where reading all rows costs much."""
    heard: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        heard.append((statement, values))

    engine = _db.engine.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    connection, is_sqlite = _db.session.connection(), engine.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    return "\n".join(
        row[-1] for statement, values in heard for row in connection.exec_driver_sql(explain + statement, values)
    )


def reads_all(plan: str) -> list[str]:
    """Where a plan goes through a table row by row, and not by an index."""
    whole = ("SCAN authority", "SCAN ab_user", "Seq Scan on authority", "Seq Scan on ab_user")
    return [
        line
        for line in plan.splitlines()
        if any(each in line for each in whole) and " USING " not in line and "VIRTUAL TABLE" not in line
    ]


@pytest.mark.rule("R22")
def test_words_are_looked_for_in_the_index_of_their_trigrams(reader: Actor, dialect: str) -> None:
    plan = plan_of(lambda: search.find(reader, RARE))
    for index in {
        "sqlite": ("authority_search VIRTUAL TABLE", "user_search VIRTUAL TABLE"),
        "postgresql": ("ix_authority_search_key", "ix_ab_user_search_key"),
    }[dialect]:
        assert index in plan, plan
    assert reads_all(plan) == []


@pytest.mark.rule("R20", "R21")
@pytest.mark.parametrize("act", [Act.search_authorities, Act.find_authorities])
@pytest.mark.parametrize(
    ("order", "place", "index"),
    [
        (BY_NAME, keyset.FIRST, "ix_authority_order"),
        (BY_NAME, LAST, "ix_authority_order"),
        (BY_CITY, keyset.FIRST, "ix_authority_city_order"),
    ],
)
def test_a_page_of_authorities_is_read_in_its_order(
    reader: Actor, act: Act, order: tuple[str, bool], place: keyset.Place, index: str
) -> None:
    plan = plan_of(lambda: authority_lists.find(reader, act, Wanted(granted_only=True), order, place, "da"))
    assert index in plan, plan
    assert reads_all(plan) == []


@pytest.mark.rule("R20")
@pytest.mark.parametrize("place", [keyset.FIRST, LAST])
def test_a_page_of_users_is_read_in_its_order(reader: Actor, place: keyset.Place) -> None:
    plan = plan_of(lambda: user_lists.find(reader, WantedUsers(), ("last_name", False), place))
    assert "ix_ab_user_order" in plan, plan
    assert reads_all(plan) in ([], ["SCAN ab_user"])  # the count, which ends a row behind the thousandth
