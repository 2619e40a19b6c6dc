"""`flask imi verify-log`: proving that nobody touched the log (R68)."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.i18n.log import FAULTS
from app.services import audit_anchor, audit_verification
from app.services.audit_anchor import Anchor
from app.services.audit_verification import Fault

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(group: AppGroup) -> None:
    """Add the command."""
    group.add_command(verify_log)


@click.command("verify-log")
@click.option("--anchor", type=FILE, help="A file of the structured log, kept elsewhere: each log-head in it is tried.")
def verify_log(anchor: Path | None) -> None:
    """Compute the chain of the log anew; end with 1 and name the first broken entries, if there are any."""
    report = audit_verification.verify(_anchors(anchor))
    for fault in report.faults:
        click.echo(in_words(fault), err=True)
    if not report.is_whole:
        raise SystemExit(1)
    click.echo(f"The log is whole: {report.entries} entries, {report.anchors} signed heads.")


def _anchors(path: Path | None) -> list[Anchor]:
    if path is None:
        return []
    with path.open(encoding="utf-8", errors="replace") as lines:
        return audit_anchor.anchors_in(lines)


def in_words(fault: Fault) -> str:
    """In English, as all that a shell says."""
    with force_locale("en"):
        return str(FAULTS[fault.kind.value]) % {"position": fault.position, "event": fault.event_id}
