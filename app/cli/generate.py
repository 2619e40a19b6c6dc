"""`flask imi generate`: very many authorities for measurements; development only, not there in production (R89)."""

from __future__ import annotations

import time

import click
from flask.cli import AppGroup

from app.services import generation
from app.transaction import transaction


def register(group: AppGroup) -> None:
    """Add the command."""
    group.add_command(generate)


@click.command("generate")
@click.option("--authorities", type=click.IntRange(1, 5_000_000), required=True, help="How many to make up.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same one makes the same names up.")
@click.option("--country", default=generation.ALL, show_default=True, help="One, such as DK; else each its share.")
def generate(authorities: int, seed: int, country: str) -> None:
    """Fill an installation that has its reference data with authorities that are made up, and all that they have."""
    begun, done, known = time.monotonic(), 0, 0
    with transaction():
        countries = generation.shares(authorities, country)
        facts = generation.begin(countries, seed)
    for chunk in generation.chunks(facts, countries):
        with transaction():
            generation.store(chunk)
            done += chunk.authorities
            if done >= 2 * known:
                known = done
                generation.tell_database()
        click.echo(f"\r{done:,} of {authorities:,} authorities, {time.monotonic() - begun:.0f} s", err=True, nl=False)
    with transaction():
        generation.end(countries, seed)
        counts = generation.counts()
    click.echo(err=True)
    click.echo(", ".join(f"{name}: {number:,}" for name, number in counts.items()))
