"""A queue of the test's own, which it can stop, empty and poison."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from run import bound_to_parent, queue_binary
from tests.jobs.processes import until
from tests.servers import free_port


@pytest.fixture
def own_queue(tmp_path: Path) -> Iterator[Any]:
    """A queue of the test's own, which it may empty, end and start again: `start()`, `stop()`, `client`."""
    server = OwnQueue(tmp_path)
    server.start()
    yield server
    server.stop()


class OwnQueue:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self.client = Redis.from_url(self.url)

    def start(self) -> None:
        words = [*bound_to_parent(), queue_binary(), "--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        until(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        self.client.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
