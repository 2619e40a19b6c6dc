"""What runs without anybody waiting: functions by name, each deriving its work from the database.

The queue carries names and ids only. Each job may run twice, at once in many processes, or die half-way.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NoReturn

from click import ClickException
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.policy.plans import Job
from app.queue import JOBS, is_id
from app.services import installation

Function = Callable[..., object]
_functions: dict[str, Function] = {}


@dataclass(frozen=True)
class Outcome:
    """What came of a scheduled job: numbers by name, and what it found wrong, without persons' data."""

    counts: dict[str, int]
    findings: list[dict[str, Any]] = field(default_factory=list)


_scheduled: dict[Job, Callable[[], Outcome]] = {}

# Set when the process is to end: a job then finishes what it holds in its hands and leaves the rest to others.
stop = threading.Event()


class JobRefused(ValueError):
    """The queue holds something that is none of our jobs."""


def application() -> Flask:
    """The application for a process of ours, built as Flask's own commands build it; it ends where that is unfit (R89).

    Not imported: the application knows all doors, and a door knows no other.
    """
    try:
        app = ScriptInfo(app_import_path="app:create_app", set_debug_flag=False).load_app()
    except ClickException as wrong:  # a setting
        _end(wrong.format_message())
    if not app.config["DEVELOPMENT"]:
        _end_if_unfit(app)
    return app


def _end_if_unfit(app: Flask) -> None:
    with app.app_context():
        try:
            faults = installation.faults()
        except SQLAlchemyError as error:
            faults = [f"The database does not answer ({type(error).__name__}), so nothing was started."]
        finally:
            db.session.remove()
            db.engine.dispose()
    if faults:
        _end("\n".join(faults))


def _end(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(1)


def job(name: str) -> Callable[[Function], Function]:
    """Let the function be run from the queue under that name, which must be one of `app.queue.JOBS`."""
    if name not in JOBS or name in _functions:
        raise ValueError(f"{name!r} is no job, or has a function already.")

    def register(function: Function) -> Function:
        _functions[name] = function
        return function

    return register


def scheduled(name: Job) -> Callable[[Callable[[], Outcome]], Callable[[], Outcome]]:
    """Let the function do the runs of that job of the schedule."""

    def register(function: Callable[[], Outcome]) -> Callable[[], Outcome]:
        _scheduled[name] = function
        return function

    return register


def scheduled_function(name: Job) -> Callable[[], Outcome]:
    """What does the runs of a job."""
    load()
    return _scheduled[name]


def load() -> None:
    """Import the rooms in which the jobs stand."""
    for room in ("outgoing_mails", "runs", "housekeeping", "invariants", "invitations", "confirmation"):
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
