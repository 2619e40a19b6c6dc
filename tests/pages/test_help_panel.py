"""Help opens beside the page: what is typed stays, and who uses the keyboard comes back to where he was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import faults
from tests.pages.conftest import Site

# Scripts do not depend on the database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

NAME = "Styrelsen for Prøver"


@pytest.fixture
def form(site: Site) -> Page:
    """A registration that is half typed, with help about to be asked for."""
    page, _ = site.page("adgang001", "da")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.address}/register-authority/")
    page.get_by_label("Officielt navn", exact=True).fill(NAME)
    return page


def test_help_stands_beside_what_is_typed(form: Page) -> None:
    form.get_by_role("banner").get_by_role("link", name="Hjælp").press("Enter")
    beside = form.get_by_role("complementary", name="Registrer myndighed")
    expect(beside.get_by_role("heading", name="Sådan gør du")).to_be_visible()
    expect(beside.get_by_role("heading", name="Registrer myndighed")).to_be_focused()
    assert faults(form) == []
    beside.get_by_role("link", name="Meddel brugernavnet").click()
    expect(form.get_by_role("complementary", name="Meddel brugernavnet")).to_be_visible()
    form.get_by_label("By", exact=True).fill("Esbjerg")  # the page goes on being used
    form.keyboard.press("Escape")
    expect(form.get_by_role("complementary")).to_have_count(0)
    expect(form.get_by_role("banner").get_by_role("link", name="Hjælp")).to_be_focused()
    expect(form.get_by_label("Officielt navn", exact=True)).to_have_value(NAME)


def test_on_a_narrow_screen_help_covers_the_page_until_it_is_closed(form: Page) -> None:
    form.set_viewport_size({"width": 390, "height": 800})
    form.get_by_role("button", name="Menu").click()
    form.get_by_role("banner").get_by_role("link", name="Hjælp").click()
    expect(form.get_by_role("complementary", name="Registrer myndighed")).to_be_visible()
    expect(form.locator("main")).to_have_attribute("inert", "")
    assert faults(form) == []
    form.get_by_role("button", name="Luk").click()
    expect(form.locator("main")).not_to_have_attribute("inert", "")
    expect(form.get_by_label("Officielt navn", exact=True)).to_have_value(NAME)


def test_without_scripts_help_opens_in_a_tab_of_its_own(site: Site) -> None:
    page, _ = site.page("adgang001", "da", scripts=False)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.address}/register-authority/")
    page.get_by_label("Officielt navn", exact=True).fill(NAME)
    with page.context.expect_page() as opened:
        page.get_by_role("banner").get_by_role("link", name=re.compile("^Hjælp")).click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Registrer myndighed")
    opened.value.close()
    expect(page.get_by_label("Officielt navn", exact=True)).to_have_value(NAME)
