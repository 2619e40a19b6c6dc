"""Workers and schedulers as the processes they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from flask import Flask

PROJECT = Path(__file__).parents[2]


def environment(app: Flask, *, smtp_port: int, **more: str) -> dict[str, str]:
    """What a process needs to work on the same database, queue and mail server as the application."""
    return os.environ | {
        "IMI_ENV": "development",
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "REDIS_URL": app.config["REDIS_URL"],
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "SMTP_TIMEOUT": "5",
        **more,
    }


@contextmanager
def running(name: str, environ: dict[str, str], log: Path, through: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """`python -m app.jobs.<name>`, ended in the end with all that it started; its words go to the log.

    `through` is a module that starts it otherwise than it would start itself.
    """
    words = [sys.executable, "-m", *([through, name] if through else [f"app.jobs.{name}"])]
    with log.open("ab") as output:
        process = subprocess.Popen(words, cwd=PROJECT, env=environ, stdout=output, stderr=output)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process and of its children."""
    if process.poll() is None:
        for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # a child that has just done its job
                one.kill()
    process.wait(10)


def end(process: subprocess.Popen[bytes]) -> float:
    """SIGTERM; the seconds until the process was gone."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    return time.monotonic() - begun


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to become true; fails after that many seconds."""
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, "It did not happen in time."
        time.sleep(0.05)
