"""`flask imi load-reference`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, session
from flask_babel import Babel
from sqlalchemy import func, select

from app import cli
from app.database import prepare
from app.extensions import db
from app.models import Model, Module


@pytest.fixture
def app(empty_database: Callable[[], str]) -> Iterator[Flask]:
    """The commands and a database that keeps what they commit."""
    app = Flask("app")
    app.config.from_mapping(SQLALCHEMY_DATABASE_URI=empty_database(), DEVELOPMENT=False)
    with app.app_context():
        db.init_app(app)
        Babel(app, locale_selector=lambda: session["locale"])  # as with FAB: there is none in a shell
        prepare(db.engine)
        cli.register(app)
        with db.engine.begin() as connection:
            Model.metadata.create_all(connection)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_loads_and_says_how_much(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    first, second = run(args=["imi", "load-reference"]), run(args=["imi", "load-reference"])
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output == (
        "Loaded 30 countries, 20 areas, 42 modules with 160 user roles and 10 lists with 138 entries:"
        " 400 rows added, 0 changed.\n"
    )
    assert second.output.endswith(": 0 rows added, 0 changed.\n")
    assert db.session.scalar(select(func.count()).select_from(Module)) == 42


def test_says_what_is_wrong_and_loads_nothing(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(args=["imi", "load-reference", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output == "Error: The file countries.csv cannot be read as CSV in UTF-8.\n"
    assert db.session.scalar(select(func.count()).select_from(Module)) == 0
