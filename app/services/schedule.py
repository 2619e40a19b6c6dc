"""The schedule: what is due becomes a run, which one worker takes, and which ends once, whoever dies on the way.

The database is the truth. Any number of schedulers tick: `next_due` is moved on by compare-and-set, in one transaction
with the run's row, so a slot has one run. Slots that were missed collapse into one. A queue entry is a hint to take a
run; it may be lost or doubled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.errors import Conflict, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import JobRun, LoggedAct, RunState, Schedule
from app.policy.actor import Actor
from app.policy.operations import may_run_jobs
from app.policy.plans import PLANS, Job
from app.services import audit

LEASE = timedelta(seconds=60)
MOST_TRIES = 3
KEPT = timedelta(days=90)
KEPT_WITHOUT_RESULT = timedelta(days=1)
_FREE: Mapping[str, Any] = {"owner": "", "lease_until": None}


def plan_due() -> list[int]:
    """Make a run of every job that is due, and put right what a changed clock or a new job left behind.

    Gives the numbers of the new runs. The door commits; of two schedulers at once, one gets each run.
    """
    moment = clock.now()
    found = _slots()
    made = []
    for job, plan in PLANS.items():
        following = plan.next_after(moment)
        if job.value not in found:
            _enter(job, following)
        elif found[job.value] > following:  # the clock went back: nobody is to wait until it has caught up
            _move(job, found[job.value], following)
        elif found[job.value] <= moment and _move(job, found[job.value], following):
            made.append(_add(job, found[job.value]))
    return [number for number in made if number]


def _slots() -> dict[str, datetime]:
    """When each job is due next, by name."""
    return {row.name: row.next_due for row in db.session.execute(select(Schedule.name, Schedule.next_due))}


def _enter(job: Job, following: datetime) -> None:
    """A job that is new: it has its first slot ahead. Another scheduler may be entering it too."""
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Schedule).values(name=job.value, next_due=following))
    except IntegrityError:
        return


def _move(job: Job, origin: datetime, following: datetime) -> bool:
    here = [Schedule.name == job.value, Schedule.next_due == origin]
    return _changed(update(Schedule).where(*here).values(next_due=following)) == 1


def _add(job: Job, slot: datetime, asked_by: int | None = None) -> int | None:
    """The run of a slot; None where there is one already, as after the clock was set back."""
    try:
        with db.session.begin_nested():
            values = {"name": job.value, "slot": slot, "asked_by_user_id": asked_by}
            number: int | None = db.session.scalar(insert(JobRun).values(values).returning(JobRun.id))
    except IntegrityError as error:
        if not any(name in str(error.orig) for name in ("uq_job_run_name_slot", "job_run.slot")):
            raise
        return None
    return number


def is_plan_due() -> bool:
    """Whether `plan_due` has anything to do; reads only, so that a tick in which nothing is due locks nobody."""
    moment = clock.now()
    found = _slots()
    return any(
        job.value not in found or found[job.value] <= moment or found[job.value] > plan.next_after(moment)
        for job, plan in PLANS.items()
    )


def waiting() -> list[int]:
    """The runs that want a worker: due, or left behind by one that died. A job that there is no more wants none."""
    left = and_(JobRun.state == RunState.running, JobRun.lease_until < clock.now())
    wanted = select(JobRun.id).where(JobRun.name.in_(Job), or_(JobRun.state == RunState.due, left)).order_by(JobRun.id)
    return list(db.session.scalars(wanted.limit(100)))


def take(run_id: int, owner: str) -> Job | None:
    """Lease a waiting run to owner; None where it waits no more, or has killed its workers too often."""
    moment = clock.now()
    left = and_(JobRun.state == RunState.running, JobRun.lease_until < moment)
    here = [JobRun.id == run_id, JobRun.name.in_(Job), or_(JobRun.state == RunState.due, left)]
    lost = {"state": RunState.lost, "ended_at": moment, "error": "died", **_FREE}
    if _changed(update(JobRun).where(*here, JobRun.tries >= MOST_TRIES).values(lost)):
        return None
    taken = {"state": RunState.running, "owner": owner, "lease_until": moment + LEASE, "started_at": moment}
    if not _changed(update(JobRun).where(*here).values({**taken, "tries": JobRun.tries + 1})):
        return None
    return Job(db.session.execute(select(JobRun.name).where(JobRun.id == run_id)).scalar_one())


def prolong(run_id: int, owner: str) -> bool:
    """Keep the lease while the work goes on; False where it is somebody else's."""
    return _step(run_id, owner, {"lease_until": clock.now() + LEASE})


def finish(run_id: int, owner: str, counts: Mapping[str, int], findings: list[dict[str, Any]]) -> bool:
    """The run is done, with what came of it; False where it is somebody else's by now."""
    done = {"state": RunState.done, "ended_at": clock.now(), "counts": dict(counts), "findings": findings}
    done["is_idle"] = not findings and not any(counts.values())
    return _step(run_id, owner, {**done, "error": "", **_FREE})


def fail(run_id: int, owner: str, kind: str) -> bool:
    """The run failed, by this kind of error; its words may hold persons' data and are kept nowhere."""
    return _step(run_id, owner, {"state": RunState.failed, "ended_at": clock.now(), "error": kind[:120], **_FREE})


def _step(run_id: int, owner: str, values: Mapping[str, Any]) -> bool:
    here = [JobRun.id == run_id, JobRun.owner == owner, JobRun.state == RunState.running]
    return _changed(update(JobRun).where(*here).values(values)) == 1


def ask(actor: Actor, name: str) -> int:
    """Run a job now, because a person wants it; logged. Gives the run's number.

    NotFound where there is no such job or no right to it; Conflict while one of its runs waits or is under way.
    """
    if not may_run_jobs(actor) or name not in set(Job):
        raise NotFound
    job = Job(name)
    # The row of the schedule is the lock: two who ask at once are asked one after the other.
    db.session.execute(select(Schedule).where(Schedule.name == job.value).with_for_update())
    open_states = (RunState.due, RunState.running)
    under_way = select(JobRun.id).where(JobRun.name == job.value, JobRun.state.in_(open_states))
    number = None if db.session.scalar(under_way.limit(1)) else _add(job, clock.now(), actor.user_id)
    if number is None:
        raise Conflict(_l("This job is under way already. Wait until it is done, and look at what came of it."))
    audit.record(actor, LoggedAct.run_asked, None, data={"job": job.value, "run": number})
    return number


def forget_old() -> int:
    """Delete old runs: after a day those that found nothing to do, after 90 days all. Gives their number."""
    moment = clock.now()
    ended = JobRun.state.in_((RunState.done, RunState.failed, RunState.lost))
    idle = and_(JobRun.state == RunState.done, JobRun.is_idle, JobRun.ended_at < moment - KEPT_WITHOUT_RESULT)
    return _changed(delete(JobRun).where(or_(idle, and_(ended, JobRun.ended_at < moment - KEPT))))


def _changed(statement: Executable) -> int:
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return done.rowcount if isinstance(done, CursorResult) else 0


def overview() -> dict[Job, tuple[datetime | None, Row[Any] | None]]:
    """For each job when it is due next, and its last run."""
    due = _slots()
    newest = select(func.max(JobRun.id)).group_by(JobRun.name)
    last = {row.name: row for row in db.session.execute(_runs(None).where(JobRun.id.in_(newest)))}
    return {job: (due.get(job.value), last.get(job.value)) for job in Job}


def latest(name: str | None, most: int) -> list[Row[Any]]:
    """The latest runs of one job; or of all, but for those that found nothing to do, which would hide the others."""
    runs = _runs(name) if name else _runs(None).where(JobRun.is_idle.is_(False))
    return list(db.session.execute(runs.limit(most)))


def _runs(name: str | None) -> Any:
    columns = [column for column in JobRun.__table__.columns if column.name not in ("owner", "lease_until")]
    query = select(*columns).order_by(JobRun.id.desc())
    return query.where(JobRun.name == name) if name else query
