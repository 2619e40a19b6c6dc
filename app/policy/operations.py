"""Who runs the installation: jobs and the log are the Commission's (table of rights)."""

from __future__ import annotations

from app.policy.actor import Actor
from app.policy.matrix import RUNS_JOBS
from app.policy.roles import roles_of


def may_run_jobs(actor: Actor) -> bool:
    """Whether the actor sees jobs and their runs, starts them, and has the log verified."""
    return bool(roles_of(actor) & RUNS_JOBS)
