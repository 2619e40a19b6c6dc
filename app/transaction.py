"""The one place that commits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.extensions import db

_HOOKS = "after_commit"
_log = logging.getLogger(__name__)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or nothing of it; then run the after-commit hooks.

    The block begins in a fresh transaction that holds the write lock from its first statement (`BEGIN IMMEDIATE`
    on SQLite), so that a check and the act resting on it see the same rows. A hook is a hint to the outside (a queue):
    the rows are stored by then, so a hook that fails is logged and must not make the person repeat the act.
    """
    session = db.session()
    session.rollback()
    session.info[_HOOKS] = {}
    try:
        session.connection(execution_options={"write": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop(_HOOKS, None)
        raise
    for hook in session.info.pop(_HOOKS, {}).values():
        _run(hook)


def after_commit(name: str, hook: Callable[[], object]) -> None:
    """Run hook once the surrounding transaction has been committed, never if it is rolled back; one a name."""
    db.session().info.setdefault(_HOOKS, {})[name] = hook


def _run(hook: Callable[[], object]) -> None:
    try:
        hook()
    except (OSError, RuntimeError, ValueError) as error:
        _log.warning("A hint after the commit failed; the sweep will repeat it: %s", type(error).__name__)
