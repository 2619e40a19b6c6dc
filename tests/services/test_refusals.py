"""Refusals in the log: in a transaction of their own, one entry a minute and source, counted (R67)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, AuditRepeat, LoggedAct
from app.services import refusals
from app.services.audit_verification import verify
from app.transaction import transaction

MOMENT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def refuse(source: str = "user 1", **data: Any) -> None:
    with transaction():
        refusals.record(LoggedAct.right_refused, None, source=source, data=data)


def entries() -> list[tuple[str, int]]:
    """Each entry's act and how often it was repeated."""
    rows = select(AuditEvent.act, AuditRepeat.times).join(AuditRepeat, AuditRepeat.event_id == AuditEvent.id)
    return [tuple(row) for row in _db.session.execute(rows.order_by(AuditEvent.id))]


@pytest.mark.rule("R67")
def test_repeats_within_a_minute_are_one_entry_with_a_count(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (0, 1, 59):
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: MOMENT + timedelta(seconds=seconds))
        refuse()
    assert entries() == [("right.refused", 3)]
    monkeypatch.setattr(clock, "now", lambda: MOMENT + timedelta(seconds=60))
    refuse()
    assert entries() == [("right.refused", 3), ("right.refused", 1)]
    assert verify().is_whole  # to count changes no entry


@pytest.mark.rule("R67")
def test_other_sources_and_other_things_are_entries_of_their_own(db: Any) -> None:
    refuse("user 1", route="/a")
    refuse("user 2", route="/a")
    refuse("user 1", route="/b")
    refuse("user 1", route="/a")
    assert [times for _, times in entries()] == [2, 1, 1]


@pytest.mark.rule("R67")
def test_an_address_stands_nowhere_in_the_log(db: Any) -> None:
    refuse("address 192.0.2.77")
    tables = ("audit_event", "audit_person", "audit_repeat", "audit_link")
    everything = repr([_db.session.execute(text(f"SELECT * FROM {table}")).all() for table in tables])  # noqa: S608
    assert "right.refused" in everything
    assert "192.0.2.77" not in everything


@pytest.mark.rule("R67")
def test_many_at_once_are_one_entry_and_none_is_lost(real_app: Flask) -> None:
    gate = threading.Barrier(8)

    def one(_: int) -> None:
        with real_app.app_context():
            gate.wait(timeout=20)
            refuse()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    with real_app.app_context():
        assert entries() == [("right.refused", 8)]
        assert verify().is_whole
