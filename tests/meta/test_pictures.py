"""The pictures of the documentation: each is there, is shown, and is light enough."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
PICTURES = PROJECT / "docs" / "pictures"
SHOWN = re.compile(r"!\[[^\]]+\]\((?:docs/)?pictures/([a-z-]+\.png)\)")
LARGEST = 150 * 1024


def test_every_picture_is_shown_and_light() -> None:
    pages = (PROJECT / "README.md", PROJECT / "docs" / "interface.md")
    shown = {name for page in pages for name in SHOWN.findall(page.read_text("utf-8"))}
    assert shown == {file.name for file in PICTURES.iterdir()}
    assert [file.name for file in PICTURES.iterdir() if file.stat().st_size > LARGEST] == []
