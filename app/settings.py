"""The settings of the running installation, for rooms that know no web."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from flask import current_app

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_laid_over: ContextVar[Mapping[str, Any]] = ContextVar("settings laid over", default=_NOTHING)


def setting(name: str) -> Any:
    """The value of a setting of `config.py`; KeyError for a name that is none."""
    over = _laid_over.get()
    return over[name] if name in over else current_app.config[name]


@contextmanager
def laid_over(**settings: Any) -> Iterator[None]:
    """Other values for what the block does, and for nothing else."""
    before = _laid_over.set({**_laid_over.get(), **settings})
    try:
        yield
    finally:
        _laid_over.reset(before)
