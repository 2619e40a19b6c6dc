"""`flask imi create-commission`, `first-start`, `check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db as _db
from app.models import Authority, ImiUser, Module, OutgoingMail
from app.services.demo_accounts import USERNAMES
from tests.conftest import application_over
from tests.make import Maker

WORDS = [
    *("create-commission", "--first-name", "Elena", "--last-name", "Marchetti"),
    *("--email", "elena@commission.example", "--phone", "+32 2 555 01 00"),
]


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


def run(app: Flask, *words: str) -> Any:
    result = app.test_cli_runner().invoke(args=["imi", *words])
    _db.session.rollback()
    return result


def number_of(model: type[Any]) -> int:
    return _db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.rule("R5")
def test_the_commission_is_registered_and_the_username_told_once(inside: Flask) -> None:
    result = run(inside, *WORDS)
    assert result.exit_code == 0, result.output
    user = _db.session.scalars(select(ImiUser)).one()
    assert f"is {user.username}." in result.output
    assert "never by e-mail" in result.output
    mail = _db.session.scalars(select(OutgoingMail)).one()
    assert mail.recipient == "elena@commission.example"
    assert user.username not in mail.subject

    again = run(inside, *WORDS)
    assert again.exit_code == 1
    assert again.output.startswith("Error: The Commission is registered already.")
    assert (number_of(Authority), number_of(ImiUser), number_of(OutgoingMail)) == (1, 1, 1)


def test_what_is_wrong_is_told_in_sentences_and_nothing_is_stored(inside: Flask) -> None:
    words = [word.replace("elena@commission.example", "nobody").replace("Elena", " ") for word in WORDS]
    result = run(inside, *words)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "Error: Some fields must be corrected. Nothing has been saved yet.",
        "first_name: This cannot be left out.",
        "email: Write a valid e-mail address, for instance name@authority.eu.",
    ]
    assert number_of(Authority) == 0


def test_without_an_option_nothing_happens(inside: Flask) -> None:
    assert run(inside, "create-commission").exit_code == 2
    assert number_of(Authority) == 0


@pytest.mark.rule("R89")
def test_check_says_that_it_is_fit(inside: Flask) -> None:
    result = run(inside, "check")
    assert (result.exit_code, result.output) == (0, "The installation is fit to run.\n")


@pytest.mark.rule("R89")
def test_check_names_missing_migrations(empty_database: Callable[[], str]) -> None:
    bare = application_over(empty_database())
    with bare.app_context():
        result = run(bare, "check")
        _db.session.remove()
        _db.engine.dispose()
    assert result.exit_code == 1
    assert "run flask db upgrade" in result.output
    assert "fit to run" not in result.output


@pytest.mark.rule("R89")
def test_check_names_demo_accounts_in_production(inside: Flask) -> None:
    make = Maker()
    make.user(make.authority(), username="nimicdk001")
    _db.session.commit()
    assert run(inside, "check").exit_code == 0
    inside.config["DEVELOPMENT"] = False
    result = run(inside, "check")
    assert result.exit_code == 1
    assert "demo accounts" in result.output


def test_the_first_start_fills_an_empty_installation_once(inside: Flask) -> None:
    first = run(inside, "first-start")
    assert first.exit_code == 0, first.output
    assert [name for name in USERNAMES if name not in first.output] == []
    before = number_of(Authority), number_of(ImiUser), number_of(Module)
    second = run(inside, "first-start")
    assert (second.exit_code, second.output) == (0, first.output)
    assert (number_of(Authority), number_of(ImiUser), number_of(Module)) == before


@pytest.mark.rule("R89")
def test_the_first_start_of_production_makes_nobody(inside: Flask) -> None:
    inside.config["DEVELOPMENT"] = False
    result = run(inside, "first-start")
    assert (result.exit_code, result.output) == (0, "")
    assert number_of(Authority) == 0
    assert number_of(Module) > 0
