"""htmx replaces a part of a page: the focus stays, and htmx asks no other site and runs nothing that it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template_string
from playwright.sync_api import Page

from app.security.headers import HEADERS
from tests.pages.conftest import Site
from tests.pages.swaps import focus_after

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

SETTINGS = {
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "allowScriptTags": False,
    "allowEval": False,
    "selfRequestsOnly": True,
    "includeIndicatorStyles": False,
}
HTMX = 'data-hx-get="/part" data-hx-target="#part" data-hx-select="#part" data-hx-swap="outerHTML"'
PART = """<div id="part"><p tabindex="-1" data-focus>{said}</p>{controls}</div>"""
BUTTON = f'<button type="button" id="again" {HTMX}>Again</button>'
FIELD = f'<input id="words" aria-label="Words" {HTMX} data-hx-trigger="input changed">'
ABROAD = '<button type="button" id="abroad" data-hx-get="http://127.0.0.2:9/part">Abroad</button>'
SCRIPTS = "<script>window.ran = true</script><img src='/static/favicon.svg' alt='' onload='window.ran = true'>"


class Tiny:
    """A page of ours with a part that htmx replaces, drawn by the application's own base template."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.page, self.watch = site.page("", "en")
        self.part = PART.format(said="One", controls=BUTTON + FIELD + ABROAD)
        self.asked = 0

    def open(self) -> Page:
        """Open it; what htmx asks for is answered with `part`."""
        self._answer("tiny", PART.format(said="One", controls=BUTTON + FIELD + ABROAD))
        self.page.route("**/part", lambda route: self._fulfil(route, self.part))
        self.page.goto(f"{self.site.address}/tiny")
        return self.page

    def _answer(self, path: str, part: str) -> None:
        with self.site.application.test_request_context("/"):
            words = '{% extends "appbuilder/init.html" %}{% block body %}<main><h1>Tiny</h1>'
            html = render_template_string(words + part + "</main>{% endblock %}")
        self.page.route(f"**/{path}", lambda route: self._fulfil(route, html))

    def _fulfil(self, route: Any, html: str) -> None:
        self.asked += route.request.url.endswith("/part")
        route.fulfill(status=200, headers={**HEADERS, "Content-Type": "text/html; charset=utf-8"}, body=html)


@pytest.fixture
def tiny(site: Site) -> Any:
    made = Tiny(site)
    yield made
    made.page.unroute_all()


@pytest.mark.rule("R72")
def test_the_settings_of_htmx_are_in_force(tiny: Tiny) -> None:
    found = tiny.open().evaluate("htmx.config")
    assert {name: found[name] for name in SETTINGS} == SETTINGS


def test_focus_stays_on_the_control_that_was_used(tiny: Tiny) -> None:
    page = tiny.open()
    tiny.part = PART.format(said="Two", controls=BUTTON + FIELD)
    assert focus_after(page, page.locator("#again")) == "again"
    assert page.get_by_text("Two").count() == 1
    assert focus_after(page, page.locator("#words"), "a") == "words"
    assert tiny.watch.reports == []


def test_focus_goes_to_the_new_part_where_the_control_is_gone(tiny: Tiny) -> None:
    page = tiny.open()
    tiny.part = PART.format(said="Two", controls="")
    assert focus_after(page, page.locator("#again")) == "[data-focus]"


def test_nothing_that_htmx_is_sent_is_run(tiny: Tiny) -> None:
    page = tiny.open()
    tiny.part = PART.format(said="Two", controls=BUTTON + SCRIPTS)
    focus_after(page, page.locator("#again"))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    assert page.locator("#part script").count() == 0
    assert any("script-src-attr" in report for report in tiny.watch.reports)


def test_htmx_asks_no_other_site(tiny: Tiny) -> None:
    page = tiny.open()
    page.locator("#abroad").click()
    assert tiny.watch.foreign == []
    assert any("htmx:invalidPath" in report for report in tiny.watch.reports)
