"""Files of exports: rows in, bytes out, a row at a time, so that memory does not grow with them (R71)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import IO, Any

from xlsxwriter import Workbook

from app.services.safe_cells import Cell, in_csv, one_line


class FileKind(StrEnum):
    """The kinds of files a list is exported as."""

    csv = "csv"
    xlsx = "xlsx"


MIME = {
    FileKind.csv: "text/csv",
    FileKind.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MARK = "\ufeff"  # by which Excel knows that it is UTF-8
SEPARATOR = ";"  # what Excel takes for one where a comma stands in numbers, as in Denmark
# A cell is text, whatever it looks like: no formula, no link, no number is made of it.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The lines of a CSV file: UTF-8 with its mark, semicolons, each cell in quotes."""
    line = StringIO()
    writer = csv.writer(line, delimiter=SEPARATOR, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield MARK.encode()
    for row in chain([headings], rows):
        writer.writerow([in_csv(cell) for cell in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def write_xlsx(
    file: IO[bytes], folder: Path, sheet: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]
) -> None:
    """Write a file for Excel, by way of the folder; `columns` are headings with the width of their columns."""
    book = Workbook(file, {"constant_memory": True, "tmpdir": str(folder), **AS_TYPED})
    page = book.add_worksheet(sheet[:31])
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    page.freeze_panes(1, 0)
    for at, (_heading, width) in enumerate(columns):
        page.set_column(at, at, width)
    for at, (heading, _width) in enumerate(columns):
        page.write_string(0, at, heading, bold)
    for line, row in enumerate(rows, start=1):
        for at, cell in enumerate(row):
            _write(page, line, at, cell, day)
    book.close()


def _write(page: Any, line: int, at: int, cell: Cell, day: Any) -> None:
    """By the cell's own kind; never by what the text looks like. Empty cells are none."""
    if isinstance(cell, str):
        if text := one_line(cell):
            page.write_string(line, at, text)
    elif isinstance(cell, date):
        page.write_datetime(line, at, cell, day)
    elif cell is not None:
        page.write_number(line, at, cell)
