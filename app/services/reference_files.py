"""The files of reference data: CSV with a line of headings, read strictly and told of by file and line."""

from __future__ import annotations

import csv
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from app.errors import InvalidInput
from app.i18n import _l

NAMES = {"name_da": "da", "name_en": "en"}
FLAGS = ("offers_coordinator", "requires_linked_coordinator", "has_request_settings")
COLUMNS = {
    "countries.csv": {"code", *NAMES, "languages", "note"},
    "areas.csv": {"code", *NAMES, "act"},
    "classification_lists.csv": {"code", "scope", "hierarchical", *NAMES},
    "classification_entries.csv": {"list", "code", "parent", *NAMES},
    "modules.csv": {
        *("code", "area", "type", *NAMES, *FLAGS, "classification_lists"),
    },
    "module_roles.csv": {"module_type", "code", *NAMES, "for_authority", "for_coordinator", "needs_setting"},
}
OPTIONAL = {"modules.csv": {"active_from", "retired_from"}}

Kind = TypeVar("Kind", bound=StrEnum)
Rows = dict[Hashable, Any]


@dataclass(frozen=True)
class Line:
    """A row of a file, and where it stands; what is wrong with a field is told with both."""

    file: str
    number: int
    position: int
    fields: Mapping[str, str]

    def wrong(self, message: object) -> InvalidInput:
        where = {"file": self.file, "line": self.number, "message": message}
        return InvalidInput(_l("%(file)s, line %(line)s: %(message)s", **where))

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def needed(self, name: str) -> str:
        if not self.text(name):
            raise self.wrong(_l("The field “%(name)s” is empty. Please fill it in.", name=name))
        return self.text(name)

    def several(self, name: str) -> list[str]:
        return [each.strip() for each in self.text(name).split(";") if each.strip()]

    def flag(self, name: str) -> bool:
        return self._one_of(name, ("true", "false")) == "true"

    def choice(self, name: str, kind: type[Kind]) -> Kind:
        return kind(self._one_of(name, tuple(kind)))

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.text(name)) if self.text(name) else None
        except ValueError as error:
            message = _l("The field “%(name)s” must be a day such as 2027-01-31.", name=name)
            raise self.wrong(message) from error

    def row_of(self, rows: Rows, code: str, *within: int) -> Any:
        """The row that a code leads to (within a list); InvalidInput where there is none."""
        if (*within, code) not in rows:
            raise self.wrong(_l("“%(value)s” is unknown. Please add it first, or correct it.", value=code))
        return rows[(*within, code)]

    def _one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        if self.text(name) not in allowed:
            choices = {"name": name, "choices": ", ".join(allowed)}
            raise self.wrong(_l("The field “%(name)s” must be one of: %(choices)s.", **choices))
        return self.text(name)


def read(path: Path) -> list[Line]:
    """The rows of a file; InvalidInput where it lacks columns or has others than those above."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(path.name, list(reader.fieldnames or ()))
            return [_line(path.name, reader.line_num, place, row) for place, row in enumerate(reader)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(_l("The file %(file)s cannot be read as CSV in UTF-8.", file=path.name)) from error


def _check_columns(file: str, found: list[str]) -> None:
    unknown = sorted(set(found) - COLUMNS[file] - OPTIONAL.get(file, set()))
    missing = sorted(COLUMNS[file] - set(found))
    if unknown:
        columns = {"file": file, "columns": ", ".join(unknown)}
        raise InvalidInput(_l("%(file)s has columns that are unknown: %(columns)s. Please remove them.", **columns))
    if missing or len(set(found)) != len(found):
        columns = {"file": file, "columns": ", ".join(sorted(COLUMNS[file]))}
        raise InvalidInput(_l("%(file)s must have each of these columns once: %(columns)s.", **columns))


def _line(file: str, number: int, position: int, row: dict[Any, Any]) -> Line:
    line = Line(file, number, position, row)
    if None in row or None in row.values():
        raise line.wrong(_l("The row has more or fewer fields than the headings. Please check commas and quotes."))
    return line
