"""The one place that commits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from app.extensions import db

_BEFORE, _AFTER = "before_commit", "after_commit"
_log = logging.getLogger(__name__)
Hook = TypeVar("Hook", bound=Callable[[], object])


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or nothing of it; then run the after-commit hooks.

    The block begins in a fresh transaction that holds the write lock from its first statement (`BEGIN IMMEDIATE`
    on SQLite), so that a check and the act resting on it see the same rows. A before-commit hook belongs to the
    transaction: it runs last in it, and where it fails, nothing is committed. An after-commit hook is a hint to the
    outside (a queue): the rows are stored by then, so one that fails is logged and must not make the person repeat
    the act.
    """
    session = db.session()
    session.rollback()
    session.info[_BEFORE], session.info[_AFTER] = {}, {}
    try:
        session.connection(execution_options={"write": True})
        yield
        for hook in session.info[_BEFORE].values():
            hook()
        session.commit()
    except BaseException:
        session.rollback()
        _forget(session.info)
        raise
    for hook in _forget(session.info).values():
        _run(hook)


def before_commit(name: str, make: Callable[[], Hook]) -> Hook:
    """The hook of that name that runs last in the surrounding transaction; made at the first call, one a name.

    Outside `transaction()` it is made and kept, and never runs: nothing is committed there either.
    """
    hooks: dict[str, Any] = db.session().info.setdefault(_BEFORE, {})
    if name not in hooks:
        hooks[name] = make()
    found: Hook = hooks[name]
    return found


def after_commit(name: str, hook: Callable[[], object]) -> None:
    """Run hook once the surrounding transaction has been committed, never if it is rolled back; one a name."""
    db.session().info.setdefault(_AFTER, {})[name] = hook


def _forget(info: dict[Any, Any]) -> dict[str, Callable[[], object]]:
    """Nothing of this transaction's hooks stays for the next; those that are to run after it."""
    info.pop(_BEFORE, None)
    after: dict[str, Callable[[], object]] = info.pop(_AFTER, {})
    return after


def _run(hook: Callable[[], object]) -> None:
    try:
        hook()
    except (OSError, RuntimeError, ValueError) as error:
        _log.warning("A hint after the commit failed; the sweep will repeat it: %s", type(error).__name__)
