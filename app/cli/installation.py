"""`flask imi …` for the life of an installation: its first start, its Commission, whether it is fit to run."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.cli.demo import print_log_ins
from app.services import demo, installation, reference
from app.services.installation import CommissionDetails
from app.transaction import transaction


def register(group: AppGroup) -> None:
    """Add the commands."""
    for command in (create_commission, first_start, check):
        group.add_command(command)


@click.command("create-commission")
@click.option("--name", default="European Commission", show_default=True, help="Its official name.")
@click.option("--city", default="Bruxelles", show_default=True)
@click.option("--first-name", required=True, help="Of the first administrator.")
@click.option("--last-name", required=True)
@click.option("--email", required=True, help="The temporary password is sent here.")
@click.option("--phone", required=True)
@click.option("--language", default="en", show_default=True)
def create_commission(**details: str) -> None:
    """Register the Commission and its first administrator."""
    with transaction():
        user = installation.create_commission(CommissionDetails(**details))
        username, email = user.username, user.email_address
    click.echo(f"The Commission is registered. The username of its first administrator is {username}.")
    click.echo(f"Pass it on by telephone, never by e-mail. The temporary password is on its way to {email}.")


@click.command("first-start")
def first_start() -> None:
    """Load reference data where there are none; in development also the demo, where nothing is registered."""
    with transaction():
        if reference.is_missing():
            reference.load(reference.SHIPPED)
        if current_app.config["DEVELOPMENT"] and not demo.exists():
            demo.build()
    if current_app.config["DEVELOPMENT"]:
        print_log_ins()


@click.command("check")
def check() -> None:
    """Say whether the installation is fit to run; end with 1 and name what is not."""
    faults = installation.faults()
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo("The installation is fit to run.")
