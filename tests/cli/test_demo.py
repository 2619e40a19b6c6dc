"""`flask imi demo`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db as _db
from app.models import Authority
from app.services import demo
from app.services.demo_accounts import USERNAMES
from tests.conftest import application_over


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


def test_it_fills_an_empty_installation_and_says_who_can_sign_in(inside: Flask) -> None:
    run = inside.test_cli_runner().invoke
    result = run(args=["imi", "demo"])
    assert result.exit_code == 0, result.output
    assert demo.PASSWORD in result.output
    assert [name for name in USERNAMES if name not in result.output] == []
    _db.session.rollback()
    before = _db.session.scalar(select(func.count()).select_from(Authority))

    again = run(args=["imi", "demo"])
    assert again.exit_code == 1
    assert "already" in again.output
    _db.session.rollback()
    assert _db.session.scalar(select(func.count()).select_from(Authority)) == before


@pytest.mark.rule("R89")
def test_it_is_not_there_in_production(real_app: Flask) -> None:
    url = real_app.config["SQLALCHEMY_DATABASE_URI"]
    production = application_over(url, DEVELOPMENT=False, IMI_ENV="production")
    result = production.test_cli_runner().invoke(args=["imi", "demo"])
    assert result.exit_code == 2
    assert "No such command 'demo'" in result.output
    assert "demo" not in production.test_cli_runner().invoke(args=["imi", "--help"]).output
    with production.app_context():
        assert _db.session.scalar(select(func.count()).select_from(Authority)) == 0
        _db.session.remove()
        _db.engine.dispose()
    listed = real_app.test_cli_runner().invoke(args=["imi", "--help"])
    assert "demo" in listed.output  # and the search would have found it
