"""The main job in a browser without scripts: sign in, find, change the language, register, pass on, grant, sign out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser import browser, comes_to
from tests.registering import TYPED
from tests.site import served

# Scripts do not depend on the database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
def page(real_demo_app: Flask) -> Iterator[Page]:
    """The sign-in page of the demo."""
    with served(real_demo_app) as address, browser() as chromium:
        made = chromium.new_context(locale="da-DK", java_script_enabled=False).new_page()
        made.set_default_timeout(10_000)
        made.goto(address)
        yield made


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.rule("R1", "R5", "R22", "R33", "R72")
def test_the_main_job_needs_no_scripts(page: Page) -> None:
    page.get_by_label("Brugernavn").fill("adgang001")
    page.get_by_label("Password", exact=True).fill("Demo-Adgang-2026")
    press(page, "Log ind")
    _search(page)
    _register(page)
    _grant(page)
    page.locator("summary", has_text="Mette Kjærgaard").click()
    page.get_by_role("button", name="Log ud").click()
    comes_to(page, "Log ind")


def _search(page: Page) -> None:
    """The list is searched, sorted, and read in English and in Danish again."""
    page.get_by_role("main").get_by_role("link", name="Koordinerede myndigheder").click()
    page.get_by_label("Nej").check()
    page.get_by_label("Navn, titel, by eller klassificering").fill("esbjerg sikkerheds")
    press(page, "Søg")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").get_by_text("Sikkerhedsstyrelsen")).to_have_count(1)
    page.get_by_role("columnheader", name="By").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="By")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="English").click()
    comes_to(page, "Coordinated authorities")
    page.get_by_role("button", name="Dansk").click()
    expect(page.get_by_role("row")).to_have_count(2)


def _register(page: Page) -> None:
    """The form, the page on which it is checked, and the receipt with the username."""
    page.get_by_role("main").get_by_role("link", name="Registrer myndighed").click()
    press(page, "Fortsæt")
    page.get_by_role("alert").get_by_role("link").nth(3).wait_for()
    for name, value in TYPED.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    press(page, "Fortsæt")
    comes_to(page, "Kontrollér oplysningerne")
    press(page, "Registrer myndighed")
    comes_to(page, "Myndigheden er registreret")
    press(page, "Vis brugernavn")
    assert re.fullmatch(r"[a-z]+\d{3,}", page.locator("output").inner_text())


def _grant(page: Page) -> None:
    """A module with a coordinator that is searched for first."""
    page.get_by_role("link", name="Giv adgang til moduler").click()
    row = page.get_by_role("listitem").filter(has_text="Tjenesteydelser – forespørgsler")
    row.get_by_role("link").click()
    page.get_by_label("Søg koordinator").fill("sikkerheds")
    press(page, "Søg")
    page.get_by_label("Sikkerhedsstyrelsen, Esbjerg").check()
    press(page, "Giv adgang")
    expect(page.get_by_text(f"{TYPED['official_name']} har nu adgang til Tjenesteydelser")).to_have_count(1)
    page.get_by_role("link", name="Afslut").click()
    expect(page.get_by_role("row", name="Tjenesteydelser – forespørgsler")).to_have_count(1)
