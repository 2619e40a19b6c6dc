"""`flask imi demo`: development only, not there in production (R89)."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.services import demo, reference
from app.transaction import transaction


def register(group: AppGroup) -> None:
    """Add the command."""
    group.add_command(build_demo)


@click.command("demo")
def build_demo() -> None:
    """Fill an empty installation with a small demo, and print who can sign in."""
    with transaction():
        if demo.exists():
            raise click.ClickException("There are authorities already: the demo is for an empty installation.")
        reference.load(reference.SHIPPED)
        demo.build()
    print_log_ins()


def print_log_ins() -> None:
    """The demo's accounts, where there are any."""
    rows = demo.log_ins()
    if rows:
        click.echo(f"Sign in with one of these usernames and the password {demo.PASSWORD}")
    for row in rows:
        click.echo(f"  {row.username:<14} {row.what:<24} {row.person}, {row.authority}")
