"""What runs without anybody waiting: functions by name, each deriving its work from the database.

The queue carries names and ids only. Each job may run twice, at once in many processes, or die half-way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module

from flask import Flask
from flask.cli import ScriptInfo

from app.queue import JOBS, is_id

Job = Callable[..., object]
_functions: dict[str, Job] = {}

# Set when the process is to end: a job then finishes what it holds in its hands and leaves the rest to others.
stop = threading.Event()


class JobRefused(ValueError):
    """The queue holds something that is none of our jobs."""


def application() -> Flask:
    """The application for a process of ours, built as Flask's own commands build it.

    Not imported: the application knows all doors, and a door knows no other.
    """
    return ScriptInfo(app_import_path="app:create_app", set_debug_flag=False).load_app()


def job(name: str) -> Callable[[Job], Job]:
    """Let the function be run from the queue under that name, which must be one of `app.queue.JOBS`."""
    if name not in JOBS or name in _functions:
        raise ValueError(f"{name!r} is no job, or has a function already.")

    def register(function: Job) -> Job:
        _functions[name] = function
        return function

    return register


def load() -> None:
    """Import the rooms in which the jobs stand."""
    for room in ("outgoing_mails",):
        import_module(f"app.jobs.{room}")


def registered() -> frozenset[str]:
    """The names that have a function."""
    load()
    return frozenset(_functions)


def run(name: object, *ids: object) -> object:
    """The one entry from the queue; raises JobRefused for all that is not a registered name and ids."""
    load()
    if not isinstance(name, str) or name not in _functions or not all(is_id(value) for value in ids):
        raise JobRefused("The queue holds something that is none of our jobs.")
    return _functions[name](*ids)
