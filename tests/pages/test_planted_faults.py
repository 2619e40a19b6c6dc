"""A fault of each kind that the page tests look for, planted once a run: it is found, so the tests look at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.browser import NARROWEST, Watch, dead_without_scripts, faults, too_wide
from tests.html_checker import html_faults
from tests.marked_words import TEXTS, unmarked
from tests.pages.conftest import Site

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

# What is looked at; what is found in a page that is whole is not here, for test_pages finds it empty.
Look = Callable[[Site, Page, Watch, Response], list[Any]]
LOOKS: dict[str, Look] = {
    "axe": lambda site, page, watch, answer: [fault["rule"] for fault in faults(page)],
    "html": lambda site, page, watch, answer: html_faults(answer.text()),
    "words": lambda site, page, watch, answer: unmarked(page.evaluate(TEXTS), site.data),
    "console": lambda site, page, watch, answer: watch.reports,
    "foreign": lambda site, page, watch, answer: watch.foreign,
    "width": lambda site, page, watch, answer: too_wide(page, NARROWEST),
    "headings": lambda site, page, watch, answer: page.locator("h1").all_inner_texts()[1:],
    "dead": lambda site, page, watch, answer: dead_without_scripts(page),
}
# What is put before </main>; where it is looked for; a word of what is found.
PLANTED = {
    "picture without a text": ("<img src='/static/favicon.svg'>", "axe", "image-alt"),
    "faint text": ("<p style='color: #888; background: #999'>⟦Pale⟧</p>", "axe", "color-contrast"),
    "paragraph in a list": ("<ul><p>⟦One⟧</p></ul>", "html", "not allowed as child of element"),
    "id used twice": ("<p id='main'>⟦One⟧</p>", "html", "Duplicate ID"),
    "word in a template": ("<p>Hello there</p>", "words", "Hello there"),
    "word beside a message": ("<p>⟦Welcome, ⟧dear⟦ reader⟧</p>", "words", "dear"),
    "word in an attribute": ("<input class='input' aria-label='Postbox'>", "words", "Postbox"),
    "script within the page": ("<script>document.title = 'x'</script>", "console", "script-src"),
    "style within the page": ("<p style='position: fixed'>⟦One⟧</p>", "console", "style-src"),
    "script that fails": ("<script src='/static/no-such.js'></script>", "console", "404"),
    "picture of another site": ("<img src='http://127.0.0.2:9/x.png' alt=''>", "foreign", "127.0.0.2"),
    "wide table": ("<table><tr><td>" + "W" * 60 + "</td></tr></table>", "width", "WWW"),
    "second main heading": ("<h1>⟦Again⟧</h1>", "headings", "Again"),
    "button that only scripts know": ("<button type='button'>⟦Go⟧</button>", "dead", "Go"),
    "form that nothing sends": ("<form><input name='a'><input name='b'></form>", "dead", "<form>"),
}
WITHOUT_POLICY = {"faint text"}  # a style that the policy would stop


@pytest.fixture
def planted(site: Site) -> Callable[[str], tuple[Page, Watch, Response]]:
    """Serve the log-in page with a fault in it."""

    def visit(fault: str) -> tuple[Page, Watch, Response]:
        page, watch = site.page("", "en")
        html = PLANTED[fault][0]

        def answer(route: Any) -> None:
            real = route.fetch()
            headers = {name: value for name, value in real.headers.items() if name != "content-length"}
            if fault in WITHOUT_POLICY:
                del headers["content-security-policy"]
            route.fulfill(status=200, headers=headers, body=real.text().replace("</main>", f"{html}</main>"))

        page.route("**/login/", answer, times=1)
        received = page.goto(f"{site.marked_address}/login/")
        assert received is not None
        return page, watch, received

    return visit


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(site: Site, planted: Any, fault: str) -> None:
    _, look, word = PLANTED[fault]
    page, watch, answer = planted(fault)
    found = LOOKS[look](site, page, watch, answer)
    assert any(word in str(each) for each in found), found
