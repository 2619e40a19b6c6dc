"""Exporting a list (R71): an act that is logged before a row is read, then rows by the hundred.

The rows are read by one statement, so that they are those of one moment; what stands beside them (modules, access
managers) is read for each hundred.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from sqlalchemy import Select, func, select

from app.errors import Conflict
from app.extensions import db
from app.i18n.exports import SHEETS, too_many
from app.models import Authority, LoggedAct
from app.policy.actor import Actor
from app.services import audit
from app.services.export_files import FileKind, csv_lines, write_xlsx
from app.services.safe_cells import Cell
from app.settings import setting

BATCH = 500
FOLDER = "export-"  # parts of a file for Excel, until it is whole
LEFT_BEHIND = 3600  # seconds; none takes so long


class What(StrEnum):
    """The lists that are exported."""

    authorities = "authorities"
    users = "users"
    invitations = "invitations"


ACTS = {
    What.authorities: LoggedAct.authorities_exported,
    What.users: LoggedAct.users_exported,
    What.invitations: LoggedAct.invitations_exported,
}
MOST = {FileKind.csv: "MOST_ROWS_IN_CSV", FileKind.xlsx: "MOST_ROWS_IN_XLSX"}


@dataclass(frozen=True)
class Column:
    """A heading, how wide its column is in letters, and what of a row stands in it."""

    heading: object
    width: int
    of: Callable[[Any], Cell]


@dataclass(frozen=True)
class Export:
    """A list to be exported: `found` selects the numbers of an actor's rows, `read` the rows themselves.

    `filters` is what narrows the list, as the log keeps it: chosen values, and of what was typed only that it was.
    """

    what: What
    filters: Mapping[str, str]
    columns: Sequence[Column]
    found: Callable[[Actor], Select[Any]]
    read: Callable[[Actor], Iterable[Any]]


def count_of(actor: Actor, export: Export, most: int) -> int:
    """How many rows it has, counted up to one more than `most`."""
    some = export.found(actor).order_by(None).limit(most + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def begin(actor: Actor, export: Export, kind: FileKind) -> None:
    """Note in the log who exports what, by which filters, and how many rows; Conflict where they are too many."""
    most = setting(MOST[kind])
    rows = count_of(actor, export, most)
    if rows > most:
        raise Conflict(too_many(kind.value, most))
    data = {"count": rows, "kind": kind.value.upper(), "filters": dict(export.filters)}
    audit.record(actor, ACTS[export.what], db.session.get(Authority, actor.authority_id), data=data)


def write(actor: Actor, export: Export, kind: FileKind, file: IO[bytes]) -> None:
    """Write the file, with the rows that the actor may have."""
    rows = _rows(actor, export)
    columns = [(str(column.heading), column.width) for column in export.columns]
    if kind is FileKind.csv:
        file.writelines(csv_lines([heading for heading, _width in columns], rows))
        return
    _clear_left_behind()
    with TemporaryDirectory(prefix=FOLDER, dir=setting("APP_VAR")) as folder:
        write_xlsx(file, Path(folder), str(SHEETS[export.what]), columns, rows)


def _clear_left_behind() -> None:
    """A process that was killed cannot take away the parts of its file, in which people stand."""
    for folder in Path(setting("APP_VAR")).glob(f"{FOLDER}*"):
        with suppress(FileNotFoundError):  # another has just taken it away
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)


def _rows(actor: Actor, export: Export) -> Iterator[list[Cell]]:
    for row in export.read(actor):
        yield [column.of(row) for column in export.columns]


def batches(query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows by the hundred: on PostgreSQL by a cursor of the server, so that neither end ever holds all of them."""
    with db.session.execute(query.execution_options(yield_per=BATCH)) as found:
        yield from found.partitions()
