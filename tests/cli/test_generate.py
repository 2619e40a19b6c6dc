"""`flask imi generate`: what it makes up is sound, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db as _db
from app.models import (
    AuditEvent,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ImiUser,
    LinkedCoordinator,
    LoggedAct,
    ModuleAccess,
    UserModuleRole,
)
from app.services import audit_verification, authorities, generation, invariants, registrations
from app.transaction import transaction
from tests.conftest import application_over
from tests.make import Maker

FEW = 1_000


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


def generate(app: Flask, *words: str) -> Any:
    result = app.test_cli_runner().invoke(args=["imi", "generate", *words])
    _db.session.rollback()
    return result


def count(model: Any) -> int:
    return _db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.rule("R75", "R68", "R9", "R33")
def test_what_it_makes_up_keeps_all_invariants_and_the_log_is_whole(inside: Flask) -> None:
    result = generate(inside, "--authorities", str(FEW))
    assert result.exit_code == 0, result.output
    assert f"{FEW:,} of {FEW:,} authorities" in result.stderr
    assert invariants.check() == []
    assert audit_verification.verify().faults == []
    kinds = Counter(_db.session.scalars(select(Authority.kind)))
    assert kinds[AuthorityKind.authority] == FEW
    assert kinds[AuthorityKind.nimic] == 28  # Liechtenstein and Iceland are too small to have one of so few
    assert 3.3 < count(ImiUser) / count(Authority) < 3.7
    assert min(count(LinkedCoordinator), count(ModuleAccess), count(UserModuleRole)) > FEW


def test_the_log_says_once_that_they_were_made_up(inside: Flask) -> None:
    generate(inside, "--authorities", "30", "--seed", "5", "--country", "DK")
    made_up = select(AuditEvent).where(AuditEvent.act == LoggedAct.authority_generated)
    entry = _db.session.scalars(made_up).one()
    assert entry.data == {"count": 30, "countries": 1, "seed": 5}


def test_one_country_gets_all_and_another_time_adds_to_it(inside: Flask) -> None:
    for _ in range(2):
        assert generate(inside, "--authorities", "200", "--country", "DK").exit_code == 0
    ordinary = select(Authority).where(Authority.kind == AuthorityKind.authority)
    rows = _db.session.scalars(ordinary).all()
    assert {row.country_code for row in rows} == {"DK"}
    assert len({row.official_name_key for row in rows}) == len(rows) == 400
    assert {row.status for row in rows} == {AuthorityStatus.active, AuthorityStatus.deactivated}
    assert invariants.check() == []


def test_it_adds_to_a_demo(real_demo_app: Flask) -> None:
    with real_demo_app.app_context():
        before = count(Authority)
        assert generate(real_demo_app, "--authorities", "300").exit_code == 0
        assert count(Authority) > before + 300
        assert invariants.check() == []
        assert audit_verification.verify().faults == []


def test_people_go_on_registering_behind_it(inside: Flask) -> None:
    """The database's own numbers go on behind those that were made up."""
    generate(inside, "--authorities", "40", "--country", "DK")
    with transaction():
        maker = Maker()
        body = maker.authority("Søfartsstyrelsen")
        maker.access(body, "GDPR-56")
        assert registrations.first_user_of(maker.user(body, is_superuser=True).authority).authority_id == body.id
        assert authorities.users_of(body)


def test_the_same_seed_makes_the_same_up(inside: Flask) -> None:
    """The numbers that the world sees are drawn from the seed too; only the rows before them may differ."""
    with transaction():
        facts = generation.begin({"SE": 20}, 3)
    once, again, other = (list(generation.chunks(replace(facts, seed=seed), {"SE": 20}))[0].rows for seed in (3, 3, 4))
    assert once == again
    assert once["ab_user"] != other["ab_user"]
    names = [row[once["authority"][0].index("official_name")] for row in once["authority"][1]]
    assert len(set(names)) == 20


def test_a_country_that_is_none_is_refused(inside: Flask) -> None:
    result = generate(inside, "--authorities", "10", "--country", "XX")
    assert result.exit_code == 1
    assert "no such country" in result.output
    assert count(Authority) == 0


@pytest.mark.rule("R89")
def test_it_is_not_there_in_production(real_app: Flask) -> None:
    url = real_app.config["SQLALCHEMY_DATABASE_URI"]
    production = application_over(url, DEVELOPMENT=False, IMI_ENV="production")
    result = production.test_cli_runner().invoke(args=["imi", "generate", "--authorities", "10"])
    assert result.exit_code == 2
    assert "No such command 'generate'" in result.output
    with production.app_context():
        assert count(Authority) == 0
        _db.session.remove()
        _db.engine.dispose()
