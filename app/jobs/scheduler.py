"""The scheduler: `python -m app.jobs.scheduler`. Looks every two seconds what is due, and hints at the work.

Any number may run: hints of one moment are one, and every job is harmless when run twice. Where the queue is out of
reach, or no worker comes, it does the work itself: mails go out without a queue and without workers, if more slowly.
"""

from __future__ import annotations

import logging
import signal
import time

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import jobs, queue
from app.extensions import db
from app.queue import QueueUnreachable
from app.services import outgoing_mails, schedule
from app.transaction import transaction

TICK = 2.0
LONGEST_PAUSE = 60.0
PATIENCE = 60.0  # seconds in which a worker is to come
Hint = tuple[str, *tuple[int, ...]]
_wanted_since: dict[Hint, float] = {}
_log = logging.getLogger(__name__)


def tick() -> None:
    """Make runs of what the schedule wants; hint at all that waits, or do it where nobody else does."""
    if schedule.is_plan_due():
        with transaction():
            schedule.plan_due()
    due = _due()
    for gone in _wanted_since.keys() - set(due):
        del _wanted_since[gone]
    for hint in due:
        _see_to(hint)


def _see_to(hint: Hint) -> None:
    """Hint at it; do it here where the queue is out of reach, or where no worker has come in a minute of hints."""
    why = "No worker comes."
    if time.monotonic() - _wanted_since.setdefault(hint, time.monotonic()) < PATIENCE:
        try:
            queue.enqueue(*hint)
            return
        except QueueUnreachable as error:
            why = str(error)
    _log.warning("%s Doing %s here.", why, hint[0])
    jobs.run(*hint)
    _wanted_since.pop(hint, None)


def _due() -> list[Hint]:
    """The jobs that have work now, each with what it is to work on. The session is closed before any of them begins."""
    try:
        runs, mails = schedule.waiting(), outgoing_mails.is_due()
    finally:
        db.session.remove()
    return [*(("do_run", number) for number in runs), *([("deliver_mails",)] if mails else [])]


def run(app: Flask) -> None:
    """Tick until told to end; wait longer, up to a minute, while the database is down."""
    pause = TICK
    while not jobs.stop.wait(pause):
        with app.app_context():
            pause = TICK if _ticked() else min(2 * pause, LONGEST_PAUSE)


def _ticked() -> bool:
    try:
        tick()
    except (SQLAlchemyError, OSError) as error:
        _log.warning("A round failed, trying again: %s", type(error).__name__)
        return False
    return True


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: jobs.stop.set())
    run(jobs.application())


if __name__ == "__main__":
    main()
