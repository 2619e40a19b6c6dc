"""`flask imi check-invariants`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import db as _db
from app.models import ImiUser
from app.services import invariants
from app.services.invariant import SHOWN
from tests.make import Maker

NAME = "real-address-in-the-framework"


@pytest.fixture
def inside(real_demo_app: Flask) -> Iterator[Flask]:
    with real_demo_app.app_context():
        yield real_demo_app


def run(app: Flask) -> Any:
    result = app.test_cli_runner().invoke(args=["imi", "check-invariants"])
    _db.session.rollback()
    return result


def plant() -> list[ImiUser]:
    """Users whose address stands where it must not; fewer than are shown."""
    first = _db.session.query(ImiUser).order_by(ImiUser.id).limit(SHOWN - 5).all()
    _db.session.execute(
        update(ImiUser).where(ImiUser.id.in_([user.id for user in first])).values(email=ImiUser.email_address)
    )
    _db.session.commit()
    return first


@pytest.mark.rule("R75")
def test_sound_data_are_one_sentence(inside: Flask) -> None:
    result = run(inside)
    assert (result.exit_code, result.output) == (0, f"The data keep all {len(invariants.TABLE)} invariants.\n")


@pytest.mark.rule("R75")
def test_what_is_wrong_is_told_in_words_with_rule_and_rows(inside: Flask) -> None:
    users = plant()
    result = run(inside)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"R70 {NAME}: A real e-mail address stands where only made-up ones may. Rows: {len(users)}.",
        *(f"  user {user.id}, of authority {user.authority_id}" for user in users),
    ]
    assert "invariants" not in result.stdout


def test_more_rows_than_are_shown_are_counted(inside: Flask) -> None:
    make, body = Maker(), _db.session.query(ImiUser).first().authority
    for _ in range(SHOWN + 5):
        make.user(body, is_superuser=True)
    _db.session.commit()
    lines = run(inside).stderr.splitlines()
    assert len([line for line in lines if line.startswith("  user ")]) == SHOWN
    assert lines[-1] == "  … and 5 more"


def test_nobody_is_named(inside: Flask) -> None:
    plant()
    output = run(inside).output
    for user in _db.session.query(ImiUser):
        assert not [word for word in (user.username, user.last_name, user.email_address) if word in output]
