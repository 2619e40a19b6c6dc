"""`python -m tests.jobs.hurried scheduler|worker`: the real processes, with a schedule of seconds."""

from __future__ import annotations

import sys
from datetime import timedelta

from app.jobs import runs, scheduler, worker
from app.policy import plans
from app.policy.plans import Job, Plan
from app.services import schedule


def main() -> None:
    plans.PLANS.clear()
    plans.PLANS.update({Job.sweep_mails: Plan(timedelta(seconds=1)), Job.sign_log_head: Plan(timedelta(seconds=2))})
    schedule.LEASE, schedule.MOST_TRIES, runs.BEAT, scheduler.TICK = timedelta(seconds=3), 1000, 0.7, 0.2
    {"scheduler": scheduler.main, "worker": worker.main}[sys.argv[1]]()


if __name__ == "__main__":
    main()
