"""Every page there is, is among the pages that are tried in a browser (`tests/pages/every_page.py`)."""

from __future__ import annotations

import uuid
from collections import defaultdict

from flask import Flask

from tests.pages.every_page import NO_PAGES, PAGES, SWAPS, TYPED


def routes(app: Flask) -> set[str]:
    """The endpoints that answer a GET."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def tried(app: Flask) -> set[str]:
    """The endpoints that PAGES lead to; an unknown address leads to none."""
    addresses = app.url_map.bind("127.0.0.1")
    ids: defaultdict[str, str] = defaultdict(lambda: str(uuid.UUID(int=1)))
    paths = {path.format_map(ids).split("?")[0] for _, path, status, _ in PAGES.values() if status != 404}
    return {str(addresses.match(path)[0]) for path in paths}


def test_every_route_that_shows_a_page_is_tried(app: Flask) -> None:
    missing = routes(app) - tried(app) - set(NO_PAGES)
    assert missing == set(), "add a line to PAGES, or a reason to NO_PAGES"


def test_what_is_no_page_is_a_route(app: Flask) -> None:
    assert set(NO_PAGES) <= routes(app)


def test_what_is_typed_belongs_to_a_page() -> None:
    assert {*TYPED, *SWAPS} <= set(PAGES)
