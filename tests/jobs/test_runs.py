"""A run is done, noted, and kept alive while it is under way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import clock, jobs
from app.extensions import db
from app.jobs import Outcome, runs
from app.jobs.runs import do_run
from app.models import AuditHead, JobRun, LoggedAct, RunState, UserSession
from app.policy.plans import Job
from app.services import audit, schedule, sessions
from app.transaction import transaction
from tests.make import Maker


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


def due(job: Job) -> int:
    """A run of that job, asked for by the Commission."""
    with transaction():
        make = Maker()
        return schedule.ask(make.actor(make.user(make.commission())), job.value)


def run(number: int) -> Any:
    with transaction():
        return db.session.execute(select(JobRun.__table__).where(JobRun.id == number)).one()


def doing(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Outcome]) -> None:
    monkeypatch.setattr(runs, "scheduled_function", lambda _: work)


def test_every_job_of_the_schedule_has_its_function() -> None:
    assert {job for job in Job if jobs.scheduled_function(job)} == set(Job)


@pytest.mark.parametrize("job", Job)
def test_each_job_is_done_on_an_installation_that_is_well(inside: Flask, job: Job) -> None:
    number = due(job)
    do_run(number)
    assert (run(number).state, run(number).error, run(number).findings) == (RunState.done, "", [])


@pytest.mark.rule("R68")
def test_the_head_is_signed_by_the_clock(inside: Flask) -> None:
    do_run(due(Job.sign_log_head))
    with transaction():
        head = db.session.execute(select(AuditHead)).scalar_one()
        assert head.signed_position == 1  # the entry that says who asked for it
        assert head.signature


@pytest.mark.rule("R68")
def test_what_is_wrong_with_the_log_stands_in_the_run_and_in_the_structured_log(
    inside: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    number = due(Job.verify_log)
    sqlite = db.engine.dialect.name == "sqlite"
    with transaction():
        audit.record(None, LoggedAct.signed_in, None)
    with transaction():
        off = "DROP TRIGGER audit_link_no_update" if sqlite else "ALTER TABLE audit_link DISABLE TRIGGER USER"
        db.session.execute(text(off))
        db.session.execute(text("UPDATE audit_link SET hash = 'x' WHERE position = 1"))
    do_run(number)
    found = run(number)
    assert (found.state, found.counts["entries"]) == (RunState.done, 2)
    assert [(each["kind"], each["position"]) for each in found.findings] == [("changed", 1), ("changed", 2)]
    assert "The log is not whole: changed at place 1" in caplog.text


def test_a_run_that_fails_is_noted_without_the_words_of_the_error(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = f"Key (username)=({'kimlar'}{123}) already exists."  # as no line of this file has it

    def fails() -> Outcome:
        raise ValueError(words)

    doing(monkeypatch, fails)
    number = due(Job.tidy_up)
    do_run(number)
    assert (run(number).state, run(number).error) == (RunState.failed, "ValueError")
    assert "tidy_up failed: ValueError" in caplog.text
    assert "kimlar123" not in caplog.text


def test_a_run_that_is_over_is_not_done_again(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    doing(monkeypatch, lambda: done.append(1) or Outcome({}))  # type: ignore[func-returns-value]
    number = due(Job.tidy_up)
    for _ in range(3):
        do_run(number)
    do_run(10**6)  # and one that was never there is none
    assert done == [1]


def test_long_work_keeps_its_lease(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(runs, "BEAT", 0.2)
    seen: list[list[int]] = []

    def works() -> Outcome:
        for _ in range(5):
            time.sleep(0.5)
            with transaction():
                seen.append(schedule.waiting())
        return Outcome({"slept": 5})

    doing(monkeypatch, works)
    number = due(Job.tidy_up)
    do_run(number)
    assert seen == [[]] * 5
    assert run(number).counts == {"slept": 5}


def test_the_outcome_is_written_down(inside: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="app.jobs.runs")
    number = due(Job.sweep_mails)
    do_run(number)
    assert f"Run {number} of sweep_mails: {{'recovered': 0, 'given_up': 0}}" in caplog.text
    assert run(number).is_idle


def test_sessions_that_have_ended_by_time_are_deleted_each_day(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        user = Maker().user(Maker().authority())
        sessions.begin(user)
    later = clock.now() + timedelta(hours=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    with transaction():
        sessions.begin(user)
    number = due(Job.tidy_up)
    do_run(number)
    assert run(number).counts == {"runs": 0, "sessions": 1, "drafts": 0}
    with transaction():
        kept = db.session.execute(select(UserSession.user_id, UserSession.created_at)).all()
    assert (user.id, later) in [tuple(row) for row in kept]
    assert {row.created_at for row in kept} == {later}
