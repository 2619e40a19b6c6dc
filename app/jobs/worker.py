"""The worker: `python -m app.jobs.worker`. Any number may run, on any number of machines.

What stands in the queue is not trusted: whoever can write there could name any function of Python's. So nothing is
imported by name: a job is run only through `app.jobs.run`, with a registered name and ids; callbacks, web hooks and
remote commands, which RQ would also obey, are ignored.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app import jobs, queue
from app.extensions import db

WORKER_TTL = 20
MAINTENANCE_INTERVAL = 5
PAUSE = 2.0
PR_SET_PDEATHSIG = 1
_log = logging.getLogger(__name__)


class HintedJob(Job):
    """A job as we take it from the queue: a hint that names one of our functions, and nothing else of RQ's."""

    app: Flask

    def _execute(self) -> object:
        """Run the named function in the application's context; raises JobRefused, before anything is imported."""
        if self.func_name != queue.ENTRY or self.instance is not None or self.kwargs:
            _log.error("Refused a job that is none of ours: %.80r", self.func_name)
            raise jobs.JobRefused("The queue holds something that is none of our jobs.")
        with self.app.app_context():
            jobs.run(*self.args)
        return None

    @property
    def func(self) -> NoReturn:
        raise jobs.JobRefused("Nothing is imported by a name from the queue.")

    def restore(self, raw_data: Any) -> None:
        """Read the job, but none of what else it asks to be called, or called up, afterwards."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        self.repeats_left = self.retries_left = None
        self.timeout = queue.JOB_SECONDS


class ImiWorker(Worker):
    """RQ's worker; its child ends with it, and finishes the mail it is at before it ends."""

    job_class = HintedJob
    max_connection_wait_time = 5.0
    app: Flask

    @property
    def is_stopping(self) -> bool:
        """Whether it ended because it was told to, and not because the queue went away."""
        return self._shutdown_requested_date is not None

    def subscribe(self) -> None:
        """Take no commands through the queue (they could only end what runs)."""

    def check_for_suspension(self, burst: bool) -> None:
        """Nor be laid to rest by it: whoever can write there would stop all mails and jobs, and nobody would see it."""

    def setup_work_horse_signals(self) -> None:
        """In the child: end after the piece of work in hand when told so, also when the parent was killed -9."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _finish)
        _end_with_parent(self.pid)
        with self.app.app_context():
            db.engine.dispose(close=False)  # the parent's connections stay the parent's

    def handle_warm_shutdown_request(self) -> None:
        """Pass the wish to end on to the child."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)


def _finish(_signal: int, _frame: FrameType | None) -> None:
    jobs.stop.set()


def _end_with_parent(parent: int | None) -> None:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it is gone already
        jobs.stop.set()


def make_worker(app: Flask) -> ImiWorker:
    """A worker of our queue for that application; raises RedisError where there is no queue."""
    HintedJob.app = ImiWorker.app = app
    connection = Redis.from_url(app.config["REDIS_URL"], socket_connect_timeout=queue.TIMEOUT)
    options: dict[str, Any] = {"connection": connection, "serializer": JSONSerializer}
    hints = Queue(queue.NAME, job_class=HintedJob, **options)
    return ImiWorker(
        [hints], worker_ttl=WORKER_TTL, maintenance_interval=MAINTENANCE_INTERVAL, log_job_description=False, **options
    )


def main() -> None:
    """Work until told to end; when the queue goes away, wait for it."""
    app = jobs.application()
    jobs.load()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the worker has its own
    while not _work(app):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        jobs.stop.wait(PAUSE)


def _work(app: Flask) -> bool:
    """Work until the end or until the queue is gone; True when it is the end."""
    worker: ImiWorker | None = None
    try:
        worker = make_worker(app)
        worker.work(logging_level="WARNING")
    except (RedisError, OSError) as error:
        _log.warning("The queue cannot be reached, trying again: %s", type(error).__name__)
    return worker is not None and worker.is_stopping


if __name__ == "__main__":
    main()
