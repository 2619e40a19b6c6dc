"""The worker as a process: what it refuses, and what is left when it is killed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from flask import Flask
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from app import clock, queue
from app.extensions import db
from app.jobs.outgoing_mails import sweep_mails
from app.models import OutgoingMail
from app.models.outgoing_mail import MailState
from app.services import outgoing_mails
from app.transaction import transaction
from tests.jobs.conftest import OwnQueue
from tests.jobs.processes import end, environment, kill, running, until
from tests.servers import SmtpSink, free_port

FACTS = {
    "name": "Anne Jensen",
    "authority": "Søfartsstyrelsen",
    "password": "Qm7-planted-Zk4wTn9RbY",
    "last_day": date(2026, 12, 8),
    "access_manager": "Erhvervsstyrelsen",
}


@pytest.fixture
def inside(real_app: Flask, own_queue: OwnQueue) -> Iterator[Flask]:
    real_app.config["REDIS_URL"] = own_queue.url
    queue.breaker.reset()
    with real_app.app_context():
        yield real_app
    queue.breaker.reset()


def ordered(number: int) -> None:
    with transaction():
        for i in range(number):
            outgoing_mails.order("M1", recipient=f"u{i}@example.org", language="da", authority_id=None, facts=FACTS)


def states() -> Counter[str]:
    with transaction():
        return Counter(state.value for state in db.session.scalars(select(OutgoingMail.state)))


def test_mails_go_out_within_moments(inside: Flask, tmp_path: Path) -> None:
    with SmtpSink() as sink, running("worker", environment(inside, smtp_port=sink.port), tmp_path / "log") as worker:
        ordered(3)
        until(lambda: len(sink.messages) == 3)
        until(lambda: states() == {"sent": 3})
        assert end(worker) < 5
    assert "planted" not in (tmp_path / "log").read_text()


def test_only_our_jobs_run(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    """A queue that an intruder can write to runs nothing of his: no function, no callback, no other entry."""
    touched = tmp_path / "touched"
    jobs = Queue(queue.NAME, connection=own_queue.client, serializer=JSONSerializer)
    command = f"touch {touched}"
    jobs.enqueue("os.system", command)
    jobs.enqueue("subprocess.getoutput", command)
    jobs.enqueue(queue.ENTRY, "os.system", command)
    jobs.enqueue(queue.ENTRY, args=("deliver_mails",), kwargs={"command": command})
    good = jobs.enqueue(queue.ENTRY, "deliver_mails")
    own_queue.client.hset(good.key, "success_callback_name", "os.mkdir")
    own_queue.client.hset(good.key, "failure_callback_name", "os.mkdir")
    with running("worker", environment(inside, smtp_port=free_port()), tmp_path / "log"):
        until(lambda: jobs.count == 0 and not own_queue.client.exists(good.key) or _finished(jobs, good.id))
        until(lambda: jobs.failed_job_registry.count == 4)
    assert not touched.exists()
    said = (tmp_path / "log").read_text()
    assert "Refused a job that is none of ours: 'os.system'" in said
    assert "Refused a job that is none of ours: 'subprocess.getoutput'" in said


def _finished(jobs: Queue, job_id: str) -> bool:
    return job_id in jobs.finished_job_registry.get_job_ids()


def test_a_pickle_is_not_unpacked(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    jobs = Queue(queue.NAME, connection=own_queue.client)  # RQ's default: pickle
    jobs.enqueue(os.system, f"touch {touched}")
    with running("worker", environment(inside, smtp_port=free_port()), tmp_path / "log"):
        until(lambda: jobs.count == 0 and jobs.failed_job_registry.count == 1)
    assert not touched.exists()


def test_the_worker_outlives_its_queue(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    with SmtpSink() as sink, running("worker", environment(inside, smtp_port=sink.port), tmp_path / "log") as worker:
        ordered(1)
        until(lambda: len(sink.messages) == 1)
        own_queue.stop()
        own_queue.start()
        queue.breaker.reset()
        ordered(1)
        until(lambda: len(sink.messages) == 2, 30)
        assert worker.poll() is None


def test_an_emptied_queue_loses_nothing(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    ordered(3)
    own_queue.client.flushall()
    with SmtpSink() as sink:
        environ = environment(inside, smtp_port=sink.port)
        with running("worker", environ, tmp_path / "log"), running("scheduler", environ, tmp_path / "log") as scheduler:
            until(lambda: len(sink.messages) == 3)
            until(lambda: states() == {"sent": 3})
            assert end(scheduler) < 3


def test_without_a_queue_the_scheduler_sends(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    own_queue.stop()
    ordered(3)
    with (
        SmtpSink() as sink,
        running("scheduler", environment(inside, smtp_port=sink.port), tmp_path / "log") as process,
    ):
        until(lambda: states() == {"sent": 3})
        assert end(process) < 5
    assert len(sink.messages) == 3


@pytest.mark.parametrize("whole", [True, False])
def test_killed_half_way_no_mail_is_lost(inside: Flask, tmp_path: Path, whole: bool) -> None:
    """kill -9 of the worker with its child, or of the worker alone; every mail has an outcome in the end."""
    ordered(120)
    with SmtpSink() as sink:
        environ = environment(inside, smtp_port=sink.port)
        with running("worker", environ, tmp_path / "log") as worker:
            until(lambda: len(sink.messages) >= 10)
            child = psutil.Process(worker.pid).children()[0]
            if whole:
                kill(worker)
            else:
                worker.kill()
                worker.wait(10)
            until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        left = states()
        assert left["queued"] + left["claimed"] + left["sending"] + left["sent"] == 120
        assert left["queued"] > 0
        if not whole:
            assert left["claimed"] + left["sending"] == 0  # the child saw it, finished its mail and gave back the rest
        with transaction():
            leased = OutgoingMail.state.in_((MailState.claimed, MailState.sending))
            past = clock.now() - timedelta(seconds=1)
            db.session.execute(update(OutgoingMail).where(leased).values(lease_until=past))
        with running("worker", environ, tmp_path / "log"), running("scheduler", environ, tmp_path / "log"):
            sweep_mails()
            until(lambda: states() == {"sent": 120})
    copies = Counter(message["Message-ID"] for message in sink.messages)
    assert len(copies) == 120
    assert sum(copies.values()) <= 121  # a password that was on the wire at that moment went out twice


def test_told_to_end_it_finishes_the_mail_in_hand(inside: Flask, tmp_path: Path) -> None:
    ordered(200)
    with SmtpSink() as sink, running("worker", environment(inside, smtp_port=sink.port), tmp_path / "log") as worker:
        until(lambda: len(sink.messages) >= 5)
        assert end(worker) < 5
        left = states()
        assert set(left) == {"queued", "sent"}
        assert left["sent"] == len(sink.messages)


def test_nobody_lays_the_workers_to_rest_through_the_queue(inside: Flask, own_queue: OwnQueue, tmp_path: Path) -> None:
    own_queue.client.set("rq:suspended", 1)
    with SmtpSink() as sink, running("worker", environment(inside, smtp_port=sink.port), tmp_path / "log"):
        ordered(1)
        until(lambda: len(sink.messages) == 1)
