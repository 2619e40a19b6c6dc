"""What a browser prints: the content and nothing to press, on paper's width, and no secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import too_wide
from tests.pages.conftest import Site
from tests.pages.every_page import PAGES

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

PAPER = 680  # the width in pixels between the margins of an A4 sheet
NOT_ON_PAPER = ".nav, .tools, .foot, .tabs, .devbar, .skip, .secret, button, .btn"


@contextmanager
def printed(site: Site, name: str) -> Iterator[Page]:
    """One of PAGES, as it goes to the printer."""
    page, _ = site.page(PAGES[name][0], "da")
    page.set_viewport_size({"width": 1280, "height": 900})
    site.open(page, name, "da")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 900})
    try:
        yield page
    finally:
        page.emulate_media(media="screen")


@pytest.mark.rule("R72")
@pytest.mark.parametrize(
    "name",
    [
        "print sheet",
        "public page for who reads more",
        "list",
        "tab users",
        "registration to be checked",
        "jobs and log",
    ],
)
def test_a_page_prints_its_content_and_nothing_to_press(site: Site, name: str) -> None:
    with printed(site, name) as page:
        assert page.locator("h1").is_visible()
        assert page.locator("main").locator("tbody, dl").first.is_visible()
        assert [each.inner_text() for each in page.locator(NOT_ON_PAPER).all() if each.is_visible()] == []
        assert too_wide(page, PAPER) == []
        _keep(page, name)


@pytest.mark.rule("R44")
def test_a_username_that_is_shown_is_not_printed(site: Site) -> None:
    with printed(site, "receipt with username") as page:
        username = page.locator(".secret output")
        assert username.text_content()
        assert not username.is_visible()


def _keep(page: Page, name: str) -> None:
    """The sheet itself, where pictures are kept."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.pdf(path=Path(folder) / f"{name.replace(' ', '-')}.pdf", prefer_css_page_size=True)
