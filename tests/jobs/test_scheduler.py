"""The scheduler's rounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import jobs
from app.jobs import scheduler
from app.queue import QueueUnreachable
from app.services import outgoing_mails


@pytest.fixture
def done(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was hinted at or done in the rounds of a scheduler with mails due."""
    seen: list[str] = []
    monkeypatch.setattr(outgoing_mails, "is_due", lambda: True)
    monkeypatch.setattr(outgoing_mails, "needs_sweep", lambda: True)
    monkeypatch.setattr("app.queue.enqueue", lambda name: seen.append(f"hint {name}"))
    monkeypatch.setattr(jobs, "run", lambda name: seen.append(f"run {name}"))
    with real_app.app_context():
        yield seen


def test_it_hints_at_what_is_due(done: list[str]) -> None:
    scheduler.tick()
    assert done == ["hint sweep_mails", "hint deliver_mails"]


def test_nothing_due_nothing_hinted(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_mails, "is_due", lambda: False)
    monkeypatch.setattr(outgoing_mails, "needs_sweep", lambda: False)
    scheduler.tick()
    assert done == []


def test_without_a_queue_it_does_the_work(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_name: str) -> None:
        raise QueueUnreachable("It is gone.")

    monkeypatch.setattr("app.queue.enqueue", fails)
    scheduler.tick()
    assert done == ["run sweep_mails", "run deliver_mails"]


def test_without_a_database_it_waits_longer_each_time(
    done: list[str], real_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    class Stop:
        def wait(self, seconds: float) -> bool:
            pauses.append(seconds)
            return len(pauses) > 7

    def fails() -> bool:
        raise OperationalError("SELECT", {}, OSError("gone"))

    monkeypatch.setattr(outgoing_mails, "is_due", fails)
    monkeypatch.setattr(jobs, "stop", Stop())
    scheduler.run(real_app)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
