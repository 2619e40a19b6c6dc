"""The one enqueue. A queue entry is a hint that there is work; the work itself stands in the database.

So an entry may be lost or doubled, and a queue that is down holds nobody up: it is asked at most for a second, and not
again for a while after it failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from app import clock
from app.settings import setting

NAME = "imi"
# What a worker may run, and all of it. `app.jobs` has a function for each; anything else in the queue is refused.
JOBS = frozenset({"deliver_mails", "do_run"})
ENTRY = "app.jobs.run"

TIMEOUT = 1.0  # seconds that a page may wait for the queue
PAUSE = 5.0  # seconds in which a queue that failed is left alone
SLOT = 2  # seconds in which the same hint counts once
MOST_WAITING = 1000  # more hints than this help nobody: the scheduler repeats them
JOB_SECONDS = 900
KEPT_SECONDS = 60  # a hint not taken up by then, or one that failed, is forgotten


class QueueUnreachable(RuntimeError):
    """The queue did not answer. The work is stored; the scheduler sees to it."""


class _Breaker:
    """Remembers that the queue failed, so that not every page waits for it anew."""

    def __init__(self) -> None:
        self._open_until = 0.0

    def guard(self, call: Callable[[], Any]) -> Any:
        """The call's result; raises QueueUnreachable, at once while the queue is left alone."""
        if time.monotonic() < self._open_until:
            raise QueueUnreachable("The queue failed a moment ago.")
        try:
            return call()
        except (RedisError, OSError) as error:
            self._open_until = time.monotonic() + PAUSE
            raise QueueUnreachable(f"The queue cannot be reached: {type(error).__name__}.") from error

    def reset(self) -> None:
        self._open_until = 0.0


breaker = _Breaker()


def connection() -> Redis:
    """The connection of this process, made at its first use."""
    return _connection(str(setting("REDIS_URL")))


@lru_cache(maxsize=8)
def _connection(url: str) -> Redis:
    once = Retry(NoBackoff(), 0)
    connected: Redis = Redis.from_url(url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, retry=once)
    return connected


def enqueue(name: str, *ids: int | str) -> None:
    """Hint that the job of that name has work; ids say on which rows. Repeated hints of one moment are one.

    Raises QueueUnreachable; ValueError for a name that is not in JOBS or an argument that is no id.
    """
    if name not in JOBS:
        raise ValueError(f"{name!r} is no job.")
    if not all(is_id(value) for value in ids):
        raise ValueError("A job takes ids and numbers only.")
    breaker.guard(lambda: _put(name, ids))


def is_id(value: object) -> bool:
    """Whether a value may stand in the queue: a number, or a short word without anything that needs escaping."""
    if isinstance(value, str):
        return len(value) <= 64 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()
    return isinstance(value, int) and not isinstance(value, bool)


def _put(name: str, ids: tuple[int | str, ...]) -> None:
    jobs = Queue(NAME, connection=connection(), serializer=JSONSerializer)
    if jobs.count >= MOST_WAITING:
        return
    slot = int(clock.now().timestamp()) // SLOT
    job_id = "-".join(str(part) for part in (name, *ids, slot))
    try:
        jobs.enqueue(
            ENTRY,
            args=(name, *ids),
            job_id=job_id,
            unique=True,
            description=name,
            job_timeout=JOB_SECONDS,
            ttl=KEPT_SECONDS,
            result_ttl=0,
            failure_ttl=KEPT_SECONDS,
        )
    except DuplicateJobError:
        return


def ping() -> None:
    """Ask the queue whether it lives; raises QueueUnreachable."""
    breaker.guard(lambda: connection().ping())
