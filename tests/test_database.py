"""How long PostgreSQL lets one session hold up the others; the real one, asked through the application's own engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.extensions import db as _db
from config import POSTGRESQL_OPTIONS
from tests.conftest import application_over

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True, scope="session")

LOCK = text("SELECT head.id FROM audit_head AS head FOR UPDATE")


def engine_of(application: Flask) -> Engine:
    with application.app_context():
        return _db.engine


@pytest.fixture
def url(new_database: Callable[..., str], template_database: str) -> str:
    return new_database(template_database)


@pytest.fixture
def impatient(url: str) -> Iterator[Engine]:
    """The engine as it is configured, with less patience, for a test's sake."""
    short = POSTGRESQL_OPTIONS.replace("=10s", "=300ms").replace("=60s", "=1s")
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": {"options": short}}
    engine = engine_of(application_over(url, SQLALCHEMY_ENGINE_OPTIONS=options))
    yield engine
    engine.dispose()


@pytest.mark.rule("R89")
def test_the_application_s_sessions_are_patient_for_a_while_only(url: str) -> None:
    engine = engine_of(application_over(url))
    with engine.connect() as connection:
        names = ("lock_timeout", "idle_in_transaction_session_timeout")
        shown = [connection.scalar(text(f"SHOW {name}")) for name in names]
    engine.dispose()
    assert shown == ["10s", "1min"]


@pytest.mark.rule("R89")
def test_who_waits_for_a_lock_gives_up(impatient: Engine) -> None:
    with impatient.connect() as holder, impatient.connect() as waiter:
        assert holder.execute(LOCK).all()
        began = time.monotonic()
        with pytest.raises(OperationalError) as refusal:
            waiter.execute(LOCK)
        assert isinstance(refusal.value.orig, psycopg.errors.LockNotAvailable)
        assert 0.2 < time.monotonic() - began < 5


@pytest.mark.rule("R89")
def test_who_is_idle_in_a_transaction_is_ended_and_lets_go(impatient: Engine) -> None:
    with impatient.connect() as holder, impatient.connect() as waiter:
        assert holder.execute(LOCK).all()
        time.sleep(2)
        assert waiter.execute(LOCK).all()
        with pytest.raises(DBAPIError):
            holder.execute(LOCK)
        holder.invalidate()
