"""What the nightly checks of log and data found when they were last done, whatever has been started since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import JobRun, RunState
from app.policy.plans import Job

CHECKS = (Job.verify_log, Job.check_invariants)


@dataclass(frozen=True)
class Verdict:
    """When a check was last done, and how many deviations it found."""

    at: datetime
    deviations: int


def verdicts() -> Mapping[Job, Verdict]:
    """The last verdict of each check that was ever done; a run that waits, failed or died says nothing (R68, R75)."""
    done = select(func.max(JobRun.id)).where(JobRun.state == RunState.done, JobRun.name.in_(CHECKS))
    rows = select(JobRun.name, JobRun.ended_at, JobRun.findings).where(JobRun.id.in_(done.group_by(JobRun.name)))
    return {Job(row.name): Verdict(row.ended_at, len(row.findings)) for row in db.session.execute(rows)}
