"""Does the scheduled jobs: takes a run, does its work while the lease is kept alive, and notes what came of it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_tb

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import Outcome, job, scheduled_function
from app.policy.plans import Job
from app.services import schedule
from app.transaction import transaction

BEAT = schedule.LEASE.total_seconds() / 4
_log = logging.getLogger(__name__)


@job("do_run")
def do_run(run_id: int) -> None:
    """Take the run of that number, if it still waits, and do it. One that fails is noted, and the next goes on."""
    owner = uuid.uuid4().hex
    with transaction():
        name = schedule.take(run_id, owner)
    if name is None:
        return
    with _heartbeat(run_id, owner):
        outcome = _outcome(name)
    with transaction():
        if isinstance(outcome, Outcome):
            schedule.finish(run_id, owner, outcome.counts, outcome.findings)
        else:
            schedule.fail(run_id, owner, outcome)
    _log.info("Run %s of %s: %s", run_id, name, outcome.counts if isinstance(outcome, Outcome) else outcome)


def _outcome(name: Job) -> Outcome | str:
    """What came of the work, or the kind of error that ended it."""
    try:
        return scheduled_function(name)()
    except Exception as error:  # noqa: BLE001 (the edge of a job: what is not noted here is noted nowhere)
        # Without its words, into which a database puts whole rows.
        _log.error("%s failed: %s\n%s", name, type(error).__name__, "".join(format_tb(error.__traceback__)))
        return type(error).__name__


@contextmanager
def _heartbeat(run_id: int, owner: str) -> Iterator[None]:
    """Keep the lease alive meanwhile: who is killed lets go of it within a minute, however long the work is."""
    over = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = threading.Thread(target=_beat, args=(app, run_id, owner, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(app: Flask, run_id: int, owner: str, over: threading.Event) -> None:
    while not over.wait(BEAT):
        with app.app_context():
            try:
                with transaction():
                    schedule.prolong(run_id, owner)
            except SQLAlchemyError as error:  # the next beat may get through; else somebody else takes the run
                _log.warning("The lease of run %s was not prolonged: %s", run_id, type(error).__name__)
