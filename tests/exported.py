"""Reading exported files again, as a spreadsheet would."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_rows(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV file, by their headings."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True))


def xlsx_cells(data: bytes) -> list[list[tuple[str, str]]]:
    """The cells of a file for Excel, by row: kind ("s" text, "n" number, "" none) and content."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        page = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (we have just written it)
    assert not list(page.iter(f"{SHEET}f"))  # a formula
    assert not list(page.iter(f"{SHEET}hyperlink"))
    return [_cells(row) for row in page.iter(f"{SHEET}row")]


def _cells(row: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for cell in row:
        column = _number(cell.get("r"))
        found += [("", "")] * (column - len(found))
        text = "".join(part.text or "" for part in cell.iter(f"{SHEET}t"))
        number = cell.find(f"{SHEET}v")
        found.append(("s", text) if cell.get("t") == "inlineStr" else ("n", number.text))
    return found


def _number(place: str) -> int:
    number = 0
    for letter in filter(str.isalpha, place):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def xlsx_rows(answer: Any) -> list[dict[str, tuple[str, str]]]:
    """The rows of a file for Excel, by their headings."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == XLSX
    headings, *rows = xlsx_cells(answer.data)
    names = [text for _kind, text in headings]
    return [dict(zip(names, row + [("", "")] * (len(names) - len(row)), strict=True)) for row in rows]
