"""The scheduler's rounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import jobs
from app.jobs import scheduler
from app.queue import QueueUnreachable
from app.services import outgoing_mails, schedule


@pytest.fixture
def done(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was hinted at or done in the rounds of a scheduler with mails due."""
    seen: list[str] = []
    monkeypatch.setattr(outgoing_mails, "is_due", lambda: True)
    monkeypatch.setattr(schedule, "waiting", lambda: [7])
    monkeypatch.setattr(scheduler, "_wanted_since", {})
    monkeypatch.setattr("app.queue.enqueue", lambda *hint: seen.append(f"hint {hint}"))
    monkeypatch.setattr(jobs, "run", lambda *hint: seen.append(f"run {hint}"))
    with real_app.app_context():
        yield seen


def test_it_hints_at_what_is_due(done: list[str]) -> None:
    scheduler.tick()
    assert done == ["hint ('do_run', 7)", "hint ('deliver_mails',)"]


def test_nothing_due_nothing_hinted(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_mails, "is_due", lambda: False)
    monkeypatch.setattr(schedule, "waiting", list)
    scheduler.tick()
    assert done == []


def test_without_a_queue_it_does_the_work(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise QueueUnreachable("It is gone.")

    monkeypatch.setattr("app.queue.enqueue", fails)
    scheduler.tick()
    assert done == ["run ('do_run', 7)", "run ('deliver_mails',)"]


def test_where_no_worker_comes_it_does_the_work_after_a_minute(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(scheduler.time, "monotonic", lambda: moment[0])
    for seconds in (0, 30, 59.9, 60, 62):
        moment[0] = 1000 + seconds
        scheduler.tick()
    hinted, run = [f"{word} ('do_run', 7)" for word in ("hint", "run")]
    assert [each for each in done if "do_run" in each] == [hinted, hinted, hinted, run, hinted]


def test_what_is_done_in_time_is_not_waited_for(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(scheduler.time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(outgoing_mails, "is_due", lambda: False)
    for number in (1, 2, 3):
        monkeypatch.setattr(schedule, "waiting", lambda number=number: [number])
        moment[0] += 59
        scheduler.tick()
    assert [each.split()[0] for each in done] == ["hint"] * 3


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
