"""docs/permissions.md says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.i18n import rights
from tools import permissions
from tools.rules import RULE

PROJECT = Path(__file__).parents[2]


@pytest.mark.rule("R72")
def test_the_page_of_rights_is_what_the_tables_say() -> None:
    """In both languages, the Danish part first."""
    page = permissions.FILE.read_text("utf-8")
    assert page == permissions.page(), "Write it anew with `make permissions`, and read what differs."
    assert page.index("# Hvem må hvad") < page.index("# Who may do what")


def test_every_note_names_a_rule_that_is_written_down() -> None:
    written = set(RULE.findall((PROJECT / "docs" / "rules.md").read_text("utf-8")))
    assert set(permissions.rules()) <= written
    assert set(permissions.rules()) == set(rights.RULES)
