"""Rows that were pasted: lines, or the text of a CSV file, taken apart into name, e-mail address and language (R11)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from app.errors import InvalidInput
from app.i18n import _l

MOST_ROWS = 200
MOST_CHARACTERS = 100_000
FIELD = "rows"  # where a form says what is wrong with the text as a whole
SEPARATORS = ("\t", ";", ",")
COLUMNS = ("name", "email", "language")
# What stands above a column, in small letters without hyphens and blanks.
HEADINGS: Mapping[str, frozenset[str]] = {
    "name": frozenset(
        ("navn", "name", "officieltnavn", "officialname", "myndighed", "authority", "myndighedensnavn", "organisation")
    ),
    "email": frozenset(("email", "mail", "epost", "emailadresse", "mailadresse", "emailaddress", "mailaddress")),
    "language": frozenset(("sprog", "language")),
}
REFUSED = _l("Some fields must be corrected. Nothing has been saved yet.")


@dataclass(frozen=True)
class PastedRow:
    """A row as it was pasted: where it begins, its own text, and its cells; nothing in it has been checked."""

    line: int
    text: str
    name: str
    email: str
    language: str
    has_too_much: bool = False  # more cells than there are columns


@dataclass(frozen=True)
class Pasted:
    """All rows, and the line of headings above them, where there is one."""

    headings: str
    rows: tuple[PastedRow, ...]


def in_lines(text: str) -> str:
    """The text without what a browser or a spreadsheet adds: the mark of Unicode at its beginning, two-letter ends of
    lines."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> Pasted:
    """The rows in the text; InvalidInput where it is too long, has too many rows, or none, or cannot be read."""
    pasted = in_lines(text)
    if len(pasted) > MOST_CHARACTERS:
        _refuse(_l("Write at most %(most)s characters. There are now %(now)s.", most=MOST_CHARACTERS, now=len(pasted)))
    found = list(_records(pasted.split("\n")))
    order = _order(found[0][2]) if found else None
    rows = tuple(_row(record, order) for record in found[1 if order else 0 :])
    if not rows:
        _refuse(_l("Paste at least one row with the name and the e-mail address of an authority."))
    if len(rows) > MOST_ROWS:
        _refuse(
            _l(
                "There are %(now)s rows. At most %(most)s can be sent at once: send them in parts.",
                most=MOST_ROWS,
                now=len(rows),
            )
        )
    return Pasted(found[0][1] if order else "", rows)


Record = tuple[int, str, list[str]]  # the line on which it begins, its text, its cells


def _records(lines: Sequence[str]) -> Iterator[Record]:
    """All that is not empty. A cell in quotation marks may go over several lines, as CSV has it."""
    reader = csv.reader(
        (f"{line}\n" for line in lines), delimiter=_separator(lines), strict=True, skipinitialspace=True
    )
    begin = 0
    try:
        for cells in reader:
            text = "\n".join(lines[begin : reader.line_num])
            kept = [cell.strip() for cell in cells]
            if any(kept):
                yield begin + 1, text, kept
            begin = reader.line_num
    except csv.Error:
        _refuse(
            _l(
                "The quotation marks in the row on line %(line)s do not fit together. Put the whole name in quotation"
                " marks and write those inside it twice, or leave them out.",
                line=begin + 1,
            )
        )


def _separator(lines: Sequence[str]) -> str:
    """What divides most lines so that an e-mail address stands by itself; else what stands there most often."""
    return max(
        SEPARATORS,
        key=lambda mark: (sum(_is_divided(line, mark) for line in lines), sum(line.count(mark) for line in lines)),
    )


def _is_divided(line: str, mark: str) -> bool:
    cells = [cell.strip().strip('"') for cell in line.split(mark)]
    return len(cells) > 1 and any("@" in cell and not {" ", *SEPARATORS} & set(cell) for cell in cells)


def _order(cells: Sequence[str]) -> list[str] | None:
    """Which column each cell stands in, where these are headings: those of name and e-mail address at least."""
    known = [_heading(cell) for cell in cells]
    return known if {"name", "email"} <= set(known) else None


def _heading(cell: str) -> str:
    said = "".join(letter for letter in cell.casefold() if letter.isalnum())
    return next((column for column, names in HEADINGS.items() if said in names), "")


def _row(record: Record, order: Sequence[str] | None) -> PastedRow:
    """Under headings, other columns are left out; without them, there are three."""
    line, text, cells = record
    columns = order or COLUMNS
    held = {column: cell for column, cell in reversed(list(zip(columns, cells, strict=False))) if column}
    rest = any(cells[len(columns) :])
    return PastedRow(line, text, **{column: held.get(column, "") for column in COLUMNS}, has_too_much=rest)


def _refuse(sentence: object) -> NoReturn:
    raise InvalidInput(REFUSED, {FIELD: sentence})
