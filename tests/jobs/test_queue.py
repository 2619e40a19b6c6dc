"""Hints to the queue: what may be said, and that a dead queue holds nobody up."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from app import jobs, queue
from app.transaction import after_commit, transaction
from tests.jobs.conftest import OwnQueue
from tests.servers import free_port


@pytest.fixture
def inside(real_app: Flask, own_queue: OwnQueue) -> Iterator[Redis]:
    """Inside the application, with an empty queue of the test's own; gives a connection to look into it."""
    real_app.config["REDIS_URL"] = own_queue.url
    queue.breaker.reset()
    with real_app.app_context():
        yield own_queue.client
    queue.breaker.reset()


def waiting(client: Redis) -> int:
    return int(client.llen(f"rq:queue:{queue.NAME}"))


def test_every_job_has_a_function_and_every_function_is_a_job() -> None:
    assert jobs.registered() == queue.JOBS


@pytest.mark.parametrize("name", ["os.system", "app.jobs.run", "", "deliver_mails "])
def test_only_registered_names(inside: Redis, name: str) -> None:
    with pytest.raises(ValueError, match="is no job"):
        queue.enqueue(name)


@pytest.mark.parametrize("value", ["a b", "x" * 65, "../x", "é", True, None, 1.5, {}, []])
def test_only_ids_and_numbers(inside: Redis, value: Any) -> None:
    with pytest.raises(ValueError, match="ids and numbers only"):
        queue.enqueue("do_run", value)
    with pytest.raises(jobs.JobRefused):
        jobs.run("do_run", value)


def test_the_entry_refuses_what_is_not_registered() -> None:
    with pytest.raises(jobs.JobRefused):
        jobs.run("os.system")


def test_hints_of_a_moment_are_one_and_are_json(inside: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "SLOT", 10**6)
    for _ in range(5):
        queue.enqueue("deliver_mails")
    assert waiting(inside) == 1
    [key] = inside.keys("rq:job:*")
    assert 0 < inside.ttl(key) <= queue.KEPT_SECONDS


def test_hints_do_not_pile_up(inside: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 3)
    for number in range(9):
        queue.enqueue("deliver_mails", number)
    assert waiting(inside) == 3


def test_a_dead_queue_is_told_at_once_and_left_alone(inside: Redis, real_app: Flask) -> None:
    real_app.config["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    begun = time.monotonic()
    for _ in range(50):
        with pytest.raises(queue.QueueUnreachable):
            queue.enqueue("deliver_mails")
    assert time.monotonic() - begun < 2


def test_a_silent_queue_holds_a_page_for_a_second_once(inside: Redis, real_app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        real_app.config["REDIS_URL"] = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        begun = time.monotonic()
        for _ in range(5):
            with transaction():
                after_commit("deliver_mails", lambda: queue.enqueue("deliver_mails"))
        assert time.monotonic() - begun < 3
