"""`flask imi check-invariants`: whether the stored data are as they must be."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.services import invariants
from app.services.invariant import Finding


def register(group: AppGroup) -> None:
    """Add the command."""
    group.add_command(check_invariants)


@click.command("check-invariants")
def check_invariants() -> None:
    """Say whether the stored data keep the rules (R75); end with 1 and name the rows that do not."""
    findings = invariants.check()
    with force_locale("en"):  # as all that a shell says
        for finding in findings:
            click.echo(_in_words(finding), err=True)
    if findings:
        raise SystemExit(1)
    click.echo(f"The data keep all {len(invariants.TABLE)} invariants.")


def _in_words(finding: Finding) -> str:
    """A line for the invariant, and one for each of the first rows."""
    lines = [f"{finding.rule} {finding.name}: {finding.sentence} Rows: {finding.count}."]
    for number, authority_id in zip(finding.ids, finding.authority_ids, strict=True):
        of = f", of authority {authority_id}" if authority_id is not None and finding.kind != "authority" else ""
        lines.append(f"  {finding.kind} {number}{of}")
    if finding.count > len(finding.ids):
        lines.append(f"  … and {finding.count - len(finding.ids)} more")
    return "\n".join(lines)
