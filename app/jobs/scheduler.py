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
from app.services import outgoing_mails

TICK = 2.0
LONGEST_PAUSE = 60.0
_log = logging.getLogger(__name__)


def tick() -> None:
    """Hint at what is due, or do it where the queue is out of reach."""
    for name in _due():
        try:
            queue.enqueue(name)
        except QueueUnreachable as error:
            _log.warning("%s Doing %s here.", error, name)
            jobs.run(name)


def _due() -> list[str]:
    """The jobs that have work now. The session is closed before any of them begins."""
    try:
        wanted = {"sweep_mails": outgoing_mails.needs_sweep(), "deliver_mails": outgoing_mails.is_due()}
    finally:
        db.session.remove()
    return [name for name, has_work in wanted.items() if has_work]


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
