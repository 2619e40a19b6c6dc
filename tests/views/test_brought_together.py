"""What a form began with is read back as a form of ours carries it, or not at all (R26)."""

from __future__ import annotations

import json

import pytest

from app.views.brought_together import LONGEST, begun_with, kept


@pytest.mark.rule("R26")
def test_what_a_form_carries_is_read_back() -> None:
    pairs = [["city", "Ærø"], ["classification", "1"], ["classification", "2"]]
    assert begun_with(kept(pairs)) == pairs


@pytest.mark.rule("R26", "R85")
@pytest.mark.parametrize(
    "text", ["", "x", "{}", "1", "[[]]", '[["a"]]', '[["a", 1]]', "[" * 100_000, json.dumps([["a", "b"]] * 200_000)]
)
def test_what_no_form_carries_is_read_as_nothing(text: str) -> None:
    assert begun_with(text) is None


def test_the_longest_is_more_than_a_form_can_hold() -> None:
    assert begun_with(kept([["description_da", "x" * (LONGEST - 50)]])) is not None
