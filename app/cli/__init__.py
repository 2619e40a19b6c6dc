"""The door for a shell: `flask imi …`. A module of this folder adds its commands to the group by `register(group)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from flask_babel import force_locale

from app.errors import ImiError


class Commands(AppGroup):
    """A group of commands that end with a refusal's sentence where something is refused."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        if cmd.callback is not None:
            cmd.callback = _in_words(cmd.callback)
        super().add_command(cmd, name)


def _in_words(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except ImiError as refusal:
            raise click.ClickException(_sentences(refusal)) from refusal

    return wrapped


def _sentences(refusal: ImiError) -> str:
    """In English, as all that a shell says; there is no reader whose language could be asked."""
    with force_locale("en"):
        details = getattr(refusal, "fields", {})
        return "\n".join([str(refusal.message), *(f"{name}: {sentence}" for name, sentence in details.items())])


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    from app.cli import demo, generate, installation, invariants, log, reference

    group = Commands("imi", help="Run this installation.")
    for module in (reference, installation, invariants, log, *([demo, generate] if app.config["DEVELOPMENT"] else [])):
        module.register(group)
    app.cli.add_command(group)
