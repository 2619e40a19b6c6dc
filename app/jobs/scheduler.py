"""The scheduler: `python -m app.jobs.scheduler`. Looks every two seconds whether mails are due and hints at the work.

Any number may run: hints of one moment are one, and every job is harmless when run twice. While the queue cannot be
reached, the scheduler does the work itself, so that mails go out without a queue and without workers, if more slowly.
"""

from __future__ import annotations

import logging
import signal

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import jobs, queue
from app.extensions import db
from app.queue import QueueUnreachable
from app.services import outgoing_mails, schedule
from app.transaction import transaction

TICK = 2.0
LONGEST_PAUSE = 60.0
_log = logging.getLogger(__name__)


def tick() -> None:
    """Make runs of what the schedule wants; hint at all that waits, or do it where the queue is out of reach."""
    if schedule.is_plan_due():
        with transaction():
            schedule.plan_due()
    for hint in _due():
        try:
            queue.enqueue(*hint)
        except QueueUnreachable as error:
            _log.warning("%s Doing %s here.", error, hint[0])
            jobs.run(*hint)


def _due() -> list[tuple[str, *tuple[int, ...]]]:
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
