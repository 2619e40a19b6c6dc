"""Every page in a real browser: valid HTML, no fault that axe finds, nothing said to the console or stopped by the
policy, nothing asked of others, one heading, its own language throughout, no sideways scrolling; and the same without
scripts, with no word that cannot be translated. `docs/pages.md` tells more.

Each page is looked at in two of its eight states (language × theme × width), others each day; in CI in all eight.
SCREENSHOTS=folder keeps a picture of each.
"""

from __future__ import annotations

import os
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser import NARROWEST, dead_without_scripts, faults, too_wide
from tests.html_checker import html_faults
from tests.marked_words import TEXTS, TRANSLATIONS, unmarked
from tests.pages.conftest import Site
from tests.pages.every_page import PAGES, SWAPS
from tests.pages.swaps import SWAPPING, focus_after

# How a page looks does not depend on the database: this list is the table of what is tried on one of them only.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

LOOKS = list(product(("light", "dark"), (1280, 390)))
Words = tuple[frozenset[str], frozenset[str]]


def looks_of(name: str, language: str) -> list[tuple[str, int]]:
    """One of the four in each language, others each day, so that all are tried in four days; all of them in CI."""
    if os.environ.get("CI"):
        return LOOKS
    first = (date.today().toordinal() + sorted(PAGES).index(name)) % 4  # noqa: DTZ011 (any day will do)
    return [LOOKS[first if language == "da" else 3 - first]]


@pytest.fixture(scope="module")
def words() -> Words:
    """Sentences that betray the other language: English ones on a Danish page, Danish ones on an English page."""
    with (TRANSLATIONS / "app" / "da" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        pairs = [(str(m.id), str(m.string)) for m in read_po(file, locale="da") if m.id and isinstance(m.id, str)]
    telling = [(english, danish) for english, danish in pairs if len(english) > 11 and "%(" not in english]
    return frozenset(e for e, d in telling if e != d), frozenset(d for e, d in telling if e != d and len(d) > 11)


@pytest.mark.rule("R72", "R73")
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_in_every_state(site: Site, words: Words, name: str) -> None:
    username, _, status, _ = PAGES[name]
    for language in ("da", "en"):
        page, watch = site.page(username, language)
        _look(page, *looks_of(name, language)[0])
        answer = site.open(page, name, language)
        assert answer.status == status, language
        assert html_faults(answer.text()) == [], language
        _check_words(page, words, language)
        for look in looks_of(name, language):
            _look(page, *look)
            _keep_picture(page, f"{name} {language} {look[0]} {look[1]}")
            assert (look, faults(page)) == (look, [])
            assert (look, too_wide(page, look[1])) == (look, [])
        assert too_wide(page, NARROWEST) == [], language
        _check_swaps(page, name)
        assert [report for report in watch.reports if f"status of {status} " not in report] == [], language
        assert watch.foreign == [], language


def _look(page: Page, theme: str, width: int) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})


def _keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-').replace(',', '')}.png", full_page=True)


def _check_words(page: Page, words: Words, language: str) -> None:
    text = page.locator("body").inner_text()
    assert page.locator("h1").count() == 1, language
    assert page.title().endswith(" – Adgangsforvaltning i IMI"), language
    assert page.locator("html").get_attribute("lang") == language
    assert sorted(word for word in words[language == "en"] if word in text) == [], language


def _check_swaps(page: Page, name: str) -> None:
    assert (page.locator(SWAPPING).count() > 0) == (name in SWAPS), "SWAPS says which pages htmx replaces a part of"
    if name in SWAPS:
        control, typed = SWAPS[name]
        assert focus_after(page, page.locator(f"#{control}"), typed) == control


@pytest.mark.rule("R72")
@pytest.mark.parametrize("name", PAGES)
def test_page_needs_no_scripts_and_has_no_word_that_cannot_be_translated(site: Site, name: str) -> None:
    username, _, status, _ = PAGES[name]
    page, _ = site.page(username, "en", scripts=False)
    page.set_viewport_size({"width": 390, "height": 900})
    answer = site.open(page, name, "en", in_marked_words=True)
    assert answer.status == status
    assert dead_without_scripts(page) == []
    assert unmarked(page.evaluate(TEXTS), site.data) == []


@pytest.mark.rule("R72")
@pytest.mark.parametrize(
    ("path", "field", "status"),
    [
        ("/register-authority/", "Officielt navn", 422),
        ("/authorities/{new}/grant/PQ-REQ", "Søg koordinator", 200),
    ],
)
def test_enter_in_a_field_sends_the_form_on_and_switches_no_language(
    site: Site, path: str, field: str, status: int
) -> None:
    """The switch belongs to the form, and stands before the form's own buttons; browsers press the first one."""
    page, _ = site.page("adgang001", "da")
    page.goto(site.address + path.format(**site.ids))
    page.get_by_label(field, exact=True).fill("Et navn")
    with page.expect_navigation() as navigation:
        page.keyboard.press("Enter")
    assert navigation.value is not None
    assert navigation.value.status == status
    assert page.locator("html").get_attribute("lang") == "da"
    assert page.get_by_label(field, exact=True).input_value() == "Et navn"
