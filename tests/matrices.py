"""Printed matrices: text files beside the tests, which people review and tests hold against the code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import unified_diff
from pathlib import Path

HOW = "`make matrices` writes it anew: each line that differs is a change of rights, to be read against the rules."


def compare(path: Path, text: str) -> None:
    """Fail where the file is not what the code says; write it where `make matrices` asks for that."""
    if os.environ.get("WRITE_MATRICES"):
        path.write_text(text, encoding="utf-8")
    written = path.read_text("utf-8").splitlines() if path.exists() else []
    found = text.splitlines()
    difference = unified_diff(written, found, "reviewed", "found", n=9, lineterm="")
    assert written == found, "\n".join([f"{path.name} is not what the code says. {HOW}", *difference])


def table(columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], *, first: int, width: int) -> str:
    """Lines of cells under their columns."""
    lines = [("", columns), *rows]
    return "\n".join(
        (name.ljust(first) + "".join(cell.ljust(width) for cell in cells)).rstrip() for name, cells in lines
    )
