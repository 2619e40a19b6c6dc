"""The schedule: one run a slot, taken by one, ended once, whatever the clock and the workers do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.errors import Conflict, NotFound
from app.extensions import db as _db
from app.models import AuditEvent, JobRun, RunState, Schedule
from app.policy.plans import PLANS, Job
from app.services import schedule, sessions
from app.transaction import transaction
from tests.standing_clock import StandingClock

START = datetime(2026, 11, 24, 10, 0, 30, tzinfo=UTC)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    return standing(monkeypatch)


def standing(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    stood = StandingClock(START)
    monkeypatch.setattr(clock, "now", stood)
    return stood


def plan() -> list[int]:
    with transaction():
        return schedule.plan_due()


def runs(job: Job = Job.sweep_mails) -> list[tuple[datetime, RunState]]:
    rows = select(JobRun.slot, JobRun.state).where(JobRun.name == job.value).order_by(JobRun.id)
    return [tuple(row) for row in _db.session.execute(rows)]  # type: ignore[misc]


def due() -> dict[str, datetime]:
    return {row.name: row.next_due for row in _db.session.execute(select(Schedule.name, Schedule.next_due))}


def the_run() -> Any:
    _db.session.expire_all()
    return _db.session.execute(select(JobRun)).scalar_one()


@pytest.fixture
def run_id(db: Any, time: StandingClock) -> int:
    """A run that is due: of the first slot of the mail sweep."""
    plan()
    time.move(seconds=30)
    [number] = plan()
    return number


def take(number: int, owner: str = "w1") -> Job | None:
    with transaction():
        return schedule.take(number, owner)


def test_a_new_job_has_its_first_slot_ahead(db: Any, time: StandingClock) -> None:
    assert schedule.is_plan_due()
    assert plan() == []
    assert due() == {job.value: plan.next_after(START) for job, plan in PLANS.items()}
    assert not schedule.is_plan_due()


def test_what_is_due_becomes_one_run_and_the_next_slot_follows(db: Any, time: StandingClock) -> None:
    plan()
    time.move(seconds=30)
    assert schedule.is_plan_due()
    assert len(plan()) == 1
    assert plan() == []
    assert runs() == [(datetime(2026, 11, 24, 10, 1, tzinfo=UTC), RunState.due)]
    assert due()["sweep_mails"] == datetime(2026, 11, 24, 10, 2, tzinfo=UTC)


def test_missed_slots_become_one_run(db: Any, time: StandingClock) -> None:
    plan()
    time.move(days=3)
    assert sorted(plan()) == sorted(_db.session.scalars(select(JobRun.id)))
    assert {job: len(runs(job)) for job in Job} == dict.fromkeys(Job, 1)
    assert due() == {job.value: plan.next_after(time()) for job, plan in PLANS.items()}


def test_a_clock_set_back_is_not_waited_for(db: Any, time: StandingClock) -> None:
    """Nothing runs twice for a slot it has run for, and nothing sleeps until the old time comes again."""
    plan()
    time.move(seconds=30)
    plan()
    time.move(days=-2)
    assert schedule.is_plan_due()
    assert plan() == []
    assert due()["sweep_mails"] == datetime(2026, 11, 22, 10, 2, tzinfo=UTC)
    time.move(days=2)
    assert len(runs()) == 1
    plan()
    assert runs()[1][0] == datetime(2026, 11, 22, 10, 2, tzinfo=UTC)


def test_a_slot_that_had_its_run_gets_no_second(run_id: int) -> None:
    with transaction():
        _db.session.execute(update(Schedule).values(next_due=datetime(2026, 11, 24, 10, 1, tzinfo=UTC)))
    assert run_id not in plan()
    assert len(runs()) == 1


@pytest.mark.parametrize("at_once", [8])
def test_schedulers_at_once_make_one_run(real_app: Flask, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    time = standing(monkeypatch)
    with real_app.app_context():
        plan()
    time.move(minutes=10)
    gate = threading.Barrier(at_once)

    def tick(_: int) -> list[int]:
        with real_app.app_context():
            gate.wait(timeout=20)
            return plan()

    with ThreadPoolExecutor(at_once) as pool:
        made = [number for found in pool.map(tick, range(at_once)) for number in found]
    with real_app.app_context():
        assert sorted(made) == sorted(_db.session.scalars(select(JobRun.id)))
        assert len(runs(Job.sweep_mails)) == len(runs(Job.sign_log_head)) == 1


def test_schedulers_that_begin_at_once_enter_each_job_once(real_app: Flask) -> None:
    gate = threading.Barrier(6)

    def tick(_: int) -> list[int]:
        with real_app.app_context():
            gate.wait(timeout=20)
            return plan()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(tick, range(6))) == [[]] * 6
    with real_app.app_context():
        assert set(due()) == {job.value for job in Job}


def test_workers_at_once_take_a_run_once(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    time = standing(monkeypatch)
    with real_app.app_context():
        plan()
        time.move(seconds=30)
        [number] = plan()
    gate = threading.Barrier(8)

    def worker(count: int) -> Job | None:
        with real_app.app_context():
            gate.wait(timeout=20)
            return take(number, f"w{count}")

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(worker, range(8)))
    assert sorted(taken, key=str) == [None] * 7 + [Job.sweep_mails]


def test_a_run_that_ends_says_what_came_of_it(run_id: int, time: StandingClock) -> None:
    assert schedule.waiting() == [run_id]
    assert take(run_id) is Job.sweep_mails
    assert schedule.waiting() == []
    time.move(seconds=5)
    with transaction():
        assert schedule.finish(run_id, "w1", {"recovered": 2}, [])
    run = the_run()
    assert (run.state, run.counts, run.is_idle, run.ended_at) == (RunState.done, {"recovered": 2}, False, time())
    assert (run.owner, run.lease_until, run.tries) == ("", None, 1)
    assert take(run_id, "w2") is None


def test_a_run_that_fails_keeps_the_kind_of_error(run_id: int) -> None:
    take(run_id)
    with transaction():
        assert schedule.fail(run_id, "w1", "IntegrityError")
    assert (the_run().state, the_run().error) == (RunState.failed, "IntegrityError")
    assert schedule.waiting() == []


def test_what_a_dead_worker_left_is_taken_again_when_its_lease_ends(run_id: int, time: StandingClock) -> None:
    take(run_id)
    time.move(seconds=59)
    assert schedule.waiting() == []
    assert take(run_id, "w2") is None
    time.move(seconds=2)
    assert schedule.waiting() == [run_id]
    assert take(run_id, "w2") is Job.sweep_mails
    with transaction():
        assert not schedule.finish(run_id, "w1", {}, [])  # it is somebody else's
        assert not schedule.fail(run_id, "w1", "x")
        assert not schedule.prolong(run_id, "w1")
        assert schedule.finish(run_id, "w2", {}, [])


def test_who_works_on_keeps_the_lease(run_id: int, time: StandingClock) -> None:
    take(run_id)
    for _ in range(5):
        time.move(seconds=40)
        with transaction():
            assert schedule.prolong(run_id, "w1")
    assert schedule.waiting() == []


def test_a_run_that_kills_its_workers_is_given_up(run_id: int, time: StandingClock) -> None:
    for count in range(3):
        assert take(run_id, f"w{count}") is Job.sweep_mails
        time.move(seconds=61)
    assert take(run_id, "w4") is None
    assert (the_run().state, the_run().error) == (RunState.lost, "died")
    assert schedule.waiting() == []


# --- Asked for by a person --------------------------------------------------------------------------------------------


@pytest.fixture
def commission(make: Any) -> Any:
    actor = make.actor(make.user(make.commission()))
    _db.session.commit()
    return actor


def ask(actor: Any, name: str = "verify_log") -> int:
    with transaction():
        return schedule.ask(actor, name)


@pytest.mark.rule("R67")
def test_the_commission_starts_a_job_and_it_is_logged(commission: Any) -> None:
    number = ask(commission)
    run = the_run()
    assert (run.id, run.state, run.asked_by_user_id) == (number, RunState.due, commission.user_id)
    event = _db.session.scalars(select(AuditEvent)).one()
    assert (event.act, event.data, event.actor_user_id) == (
        "job.run_asked",
        {"job": "verify_log", "run": number},
        commission.user_id,
    )


def test_a_job_that_is_under_way_is_not_started_again(commission: Any) -> None:
    number = ask(commission)
    with pytest.raises(Conflict):
        ask(commission)
    take(number)
    with pytest.raises(Conflict):
        ask(commission)
    with transaction():
        schedule.finish(number, "w1", {}, [])
    assert ask(commission) != number
    assert ask(commission, "tidy_up")  # another job is no hindrance


@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", ["nimic", "access_manager", "authority"])
def test_nobody_else_starts_jobs(make: Any, who: str) -> None:
    actor = make.actor(make.user(getattr(make, who)()))
    with pytest.raises(NotFound):
        ask(actor)
    assert _db.session.scalar(select(func.count()).select_from(JobRun)) == 0


@pytest.mark.parametrize("name", ["", "os.system", "deliver_mails", "verify_log "])
def test_only_jobs_of_the_schedule_are_started(commission: Any, name: str) -> None:
    with pytest.raises(NotFound):
        ask(commission, name)


def test_two_who_start_it_at_once_start_it_once(real_app: Flask) -> None:
    from tests.make import Maker

    with real_app.app_context():
        with transaction():
            make = Maker()
            actor = make.actor(make.user(make.commission()))
        plan()
    gate = threading.Barrier(6)

    def one(_: int) -> bool:
        with real_app.app_context():
            gate.wait(timeout=20)
            try:
                ask(actor)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [False] * 5 + [True]


# --- What is forgotten ------------------------------------------------------------------------------------------------


def ended(time: StandingClock, state: str, counts: dict[str, int]) -> None:
    plan()
    time.move(minutes=1)
    plan()
    [number] = schedule.waiting()
    take(number)
    with transaction():
        done: Callable[[], bool] = {
            "done": lambda: schedule.finish(number, "w1", counts, []),
            "found": lambda: schedule.finish(number, "w1", counts, [{"kind": "changed"}]),
            "failed": lambda: schedule.fail(number, "w1", "OSError"),
        }[state]
        assert done()


@pytest.mark.parametrize(
    ("state", "counts", "days"),
    [("done", {"recovered": 0}, 1), ("done", {"recovered": 1}, 90), ("failed", {}, 90), ("found", {}, 90)],
)
def test_runs_are_kept_as_long_as_they_tell_something(
    db: Any, time: StandingClock, state: str, counts: dict[str, int], days: int
) -> None:
    ended(time, state, counts)
    with transaction():
        time.move(days=days)
        assert schedule.forget_old() == 0
        time.move(seconds=1)
        assert schedule.forget_old() == 1


def test_a_run_that_waits_is_never_forgotten(run_id: int, time: StandingClock) -> None:
    with transaction():
        time.move(days=400)
        assert schedule.forget_old() == 0


def test_sessions_that_have_ended_are_forgotten(make: Any, time: StandingClock) -> None:
    user = make.user(make.authority())
    _db.session.commit()
    with transaction():
        sessions.begin(user)
        time.move(hours=7)
        sessions.begin(user)
        time.move(hours=1)
        assert sessions.forget_ended() == 1
    assert make.sessions_of(user) == 1


def test_runs_that_found_nothing_to_do_are_shown_for_one_job_only(db: Any, time: StandingClock) -> None:
    ended(time, "done", {"recovered": 0})
    assert schedule.latest(None, 5) == []
    assert [row.is_idle for row in schedule.latest("sweep_mails", 5)] == [True]


def test_the_overview_tells_when_each_is_due_and_its_last_run(run_id: int, time: StandingClock) -> None:
    take(run_id)
    shown = schedule.overview()
    assert set(shown) == set(Job)
    assert shown[Job.verify_log] == (datetime(2026, 11, 25, 2, 15, tzinfo=UTC), None)
    last = shown[Job.sweep_mails][1]
    assert last is not None
    assert (last.id, last.state) == (run_id, RunState.running)
    assert (
        [row.id for row in schedule.latest(None, 5)]
        == [row.id for row in schedule.latest("sweep_mails", 5)]
        == [run_id]
    )
    assert schedule.latest("verify_log", 5) == []


def test_a_job_that_there_is_no_more_holds_nobody_up(db: Any, time: StandingClock) -> None:
    """Its runs were left by a version before, or written by somebody else; even a hundred of them."""
    with transaction():
        _db.session.add_all(JobRun(name=f"gone_{count}", slot=START) for count in range(120))
    plan()
    time.move(minutes=1)
    [number] = plan()
    assert schedule.waiting() == [number]
    gone = _db.session.scalars(select(JobRun.id).where(JobRun.name == "gone_1")).one()
    assert take(gone) is None
