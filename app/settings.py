"""The settings of the running installation, for rooms that know no web."""

from __future__ import annotations

from typing import Any

from flask import current_app


def setting(name: str) -> Any:
    """The value of a setting of `config.py`; KeyError for a name that is none."""
    return current_app.config[name]
