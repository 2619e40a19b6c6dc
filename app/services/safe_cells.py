"""What may stand in a cell of an exported file, so that a spreadsheet shows it and never carries it out (R71)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

Cell = str | int | date | None

# What a spreadsheet takes for the beginning of a formula; also in full width and small, which some take for the same.
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
UNSEEN = "\\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"  # a formula after these is one all the same
AT_FRONT = re.compile(f'^(?=[{UNSEEN}"]*[{SIGNS}])')
# Where a file is opened with another separator than ours, a cell begins behind each one; quotes may stand between.
BEHIND_SEPARATOR = re.compile(f'([,;|][{UNSEEN}"]*)(?=[{SIGNS}])')
BREAKS = re.compile("[\\t\\n\\v\\f\\r\\x1c-\\x1e\\x85\u2028\u2029]+")
UNWRITABLE = frozenset({"Cc", "Cs"})  # control characters and halves of letters; noncharacters are named below


def one_line(text: str) -> str:
    """The text without what a file of either kind cannot hold: breaks and tabs become blanks, control characters go."""
    joined = BREAKS.sub(" ", text)
    return joined if joined.isprintable() else "".join(filter(_is_writable, joined))


def _is_writable(character: str) -> bool:
    return unicodedata.category(character) not in UNWRITABLE and (ord(character) & 0xFFFE) != 0xFFFE


def in_csv(cell: Cell) -> str:
    """A cell as it stands in a CSV file: an apostrophe stands before what would begin a formula, dates are ISO 8601.

    That is what OWASP advises ("CSV Injection"). It meets telephone numbers such as +45 … too: to tell which are
    harmless would be a guess about each spreadsheet there is.
    """
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell.isoformat() if isinstance(cell, date) else str(cell)
    return BEHIND_SEPARATOR.sub(r"\1'", AT_FRONT.sub("'", one_line(cell)))
