"""Three schedulers and two workers, killed -9 again and again, over a queue that is emptied again and again."""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import JobRun, RunState
from app.services.audit_verification import verify
from app.transaction import transaction
from tests.jobs.conftest import OwnQueue
from tests.jobs.processes import environment, kill, running, until
from tests.servers import free_port

SECONDS = 60 if os.environ.get("CI") else 12
PROCESSES = ["scheduler"] * 3 + ["worker"] * 2


def runs() -> list[JobRun]:
    with transaction():
        return [*db.session.execute(select(JobRun.__table__).order_by(JobRun.id))]  # type: ignore[list-item]


def test_each_run_is_done_once(real_app: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    """Nothing is lost, nothing is done twice but what a kill interrupted, and it goes on to the end."""
    environ, log, dice = (
        environment(real_app, smtp_port=free_port(), REDIS_URL=own_queue.url),
        tmp_path / "log",
        random.Random(7),
    )
    kills = flushes = 0
    with real_app.app_context(), ExitStack() as stack:
        started = [stack.enter_context(running(name, environ, log, "tests.jobs.hurried")) for name in PROCESSES]
        until(lambda: len(runs()) > 2, 30)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(dice.uniform(0.3, 1.5))
            place = dice.randrange(len(PROCESSES))
            kill(started[place])
            kills += 1
            own_queue.client.flushall()
            flushes += 1
            started[place] = stack.enter_context(running(PROCESSES[place], environ, log, "tests.jobs.hurried"))
        last = runs()[-1].id
        until(lambda: all(run.state is RunState.done for run in runs() if run.id <= last), 30)
        found = [run for run in runs() if run.id <= last]
        assert verify().is_whole
    ended = Counter(re.findall(r"Run (\d+) of", log.read_text("utf-8", "replace")))
    assert len({(run.name, run.slot) for run in found}) == len(found) >= SECONDS * 3 // 4
    assert {run.error for run in found} == {""}
    assert max(ended.values()) == 1
    assert sum(run.tries - 1 for run in found) <= kills
    assert kills == flushes > SECONDS // 3
