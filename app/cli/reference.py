"""`flask imi load-reference`: master data from files."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.services import reference
from app.transaction import transaction

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def register(group: AppGroup) -> None:
    group.command("load-reference")(load_reference)


@click.option("--folder", type=FOLDER, default=reference.SHIPPED, help="Folder of the files, if not the shipped ones.")
def load_reference(folder: Path) -> None:
    """Load countries, areas, modules, user roles and lists; may be repeated, deletes nothing."""
    with transaction():
        counts = reference.load(folder)
    click.echo(
        f"Loaded {counts.countries} countries, {counts.areas} areas, {counts.modules} modules"
        f" with {counts.user_roles} user roles and {counts.lists} lists with {counts.entries} entries:"
        f" {counts.added} rows added, {counts.changed} changed."
    )
