"""Somebody is about to register what is registered already: with scripts and without, in Danish (R8–R10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch, browser, comes_to
from tests.registering import TYPED
from tests.site import served

# What a person sees does not depend on the database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
NEAR = "Sikkerhedstyrelsen (Danmark)"


@pytest.fixture
def site(real_demo_app: Flask) -> Iterator[tuple[str, Browser]]:
    """The demo, and a browser."""
    with served(real_demo_app) as address, browser() as chromium:
        yield address, chromium


def open_form(page: Page, address: str) -> None:
    """Sign in as an access manager, and open the form."""
    page.set_default_timeout(10_000)
    page.goto(address)
    page.get_by_label("Brugernavn", exact=True).fill("adgang001")
    page.get_by_label("Password", exact=True).fill("Demo-Adgang-2026")
    page.get_by_role("main").get_by_role("button", name="Log ind").click()
    comes_to(page, "Overblik")
    page.goto(f"{address}/register-authority/")
    comes_to(page, "Registrer myndighed")


def fill(page: Page, name: str) -> None:
    page.get_by_label("Officielt navn").fill(name)
    page.get_by_label("Uformel titel (dansk)").fill(TYPED["title_da"])
    page.get_by_label("E-mail", exact=True).fill("post@ny.example")
    page.get_by_label("By", exact=True).fill("Esbjerg")
    page.get_by_label("Fornavn").fill("Gudrun")
    page.get_by_label("Efternavn").fill("Ågård")
    page.get_by_label("Den første brugers e-mail").fill("gudrun@ny.example")
    page.get_by_label("Den første brugers telefon").fill("+45 75 12 34 56")


@pytest.mark.rule("R8", "R10")
def test_as_one_types_the_other_one_is_seen_and_one_goes_to_its_modules(site: tuple[str, Browser]) -> None:
    address, chromium = site
    watch = Watch(address)
    page = watch.over(chromium.new_context(locale="da-DK").new_page())
    open_form(page, address)
    page.get_by_label("Officielt navn").press_sequentially("Sikkerhedstyrelsen")
    shown = page.locator("#duplicates")
    expect(shown).to_contain_text("Sikkerhedsstyrelsen, Esbjerg")
    expect(page.get_by_role("status").filter(has_text="ligner")).to_have_text("Én myndighed ligner denne")
    expect(page.get_by_label("Officielt navn")).to_be_focused()
    expect(page.get_by_label("Officielt navn")).to_have_value("Sikkerhedstyrelsen")
    with page.expect_popup() as opened:
        shown.get_by_role("link", name="Giv adgang til endnu et modul").click()
    comes_to(opened.value, "Giv adgang til moduler")
    expect(page.get_by_label("Officielt navn")).to_have_value("Sikkerhedstyrelsen")
    page.get_by_label("Officielt navn").fill("sikkerhedsSTYRELSEN")
    expect(shown).to_contain_text("allerede registreret")
    page.get_by_label("Officielt navn").fill("Zoologisk Samarbejde")
    expect(shown).to_be_empty()
    assert watch.reports == []
    assert watch.foreign == []


# A name that is there: what is told of it, and the way on, with the heading of where that leads.
NEXT_STEPS: list[tuple[str, str, str, str]] = [
    ("Aarhus Kommune", "Navnet er det samme.", "Giv adgang til endnu et modul", "Giv adgang til moduler"),
    ("Aarhus Kommune", "Navnet er det samme.", "Se brugerne", "Aarhus Kommune"),
    ("Energitilsynet", "Den er deaktiveret.", "Se myndigheden", "Energitilsynet"),
    ("Skive Kommune", "afventer, at din myndighed validerer", "Se og valider registreringen", "Skive Kommune"),
    ("Vordingborg Kommune", "Din myndighed opfordrede den", "Se opfordringen", "Vordingborg Kommune"),
    ("Styrelsen for Patientsikkerhed", "Spørg dens adgangsforvalter Erhvervsstyrelsen: +45", "", ""),
]


@pytest.mark.rule("R8", "R10")
def test_each_likely_duplicate_has_its_next_step(site: tuple[str, Browser]) -> None:
    address, chromium = site
    page = chromium.new_context(locale="da-DK").new_page()
    open_form(page, address)
    shown = page.locator("#duplicates")
    for name, told, way, heading in NEXT_STEPS:
        page.get_by_label("Officielt navn").fill(name)
        expect(shown.get_by_role("listitem").filter(has_text=name).first).to_contain_text(told)
        if not way:
            expect(shown.get_by_role("link")).to_have_count(0)
            continue
        with page.expect_popup() as opened:
            shown.get_by_role("link", name=way).first.click()
        comes_to(opened.value, heading)
        opened.value.close()


@pytest.mark.rule("R8")
def test_who_has_gone_on_to_the_links_is_left_there(site: tuple[str, Browser]) -> None:
    """The same answer again replaces nothing."""
    address, chromium = site
    page = chromium.new_context(locale="da-DK").new_page()
    open_form(page, address)
    page.get_by_label("Officielt navn").fill("Sikkerhedstyrelsen")
    link = page.get_by_role("link", name="Se brugerne")
    link.focus()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.evaluate(
            """() => {
              const field = document.getElementById("official_name");
              field.value = "Sikkerhedstyrelsen ";
              field.dispatchEvent(new Event("input", {bubbles: true}));
            }"""
        )
    page.wait_for_load_state("networkidle")
    expect(link).to_be_focused()


@pytest.mark.rule("R8", "R9", "R10")
@pytest.mark.parametrize("scripts", [True, False])
def test_one_that_is_another_is_registered_once_that_is_said(site: tuple[str, Browser], scripts: bool) -> None:
    address, chromium = site
    page = chromium.new_context(locale="da-DK", java_script_enabled=scripts).new_page()
    open_form(page, address)
    fill(page, "sikkerhedsstyrelsen")
    page.get_by_role("button", name="Fortsæt").click()
    expect(page.locator("#official_name-error")).to_contain_text("allerede registreret")
    expect(page.locator("#duplicates")).to_contain_text("Sikkerhedsstyrelsen, Esbjerg")
    page.get_by_label("Officielt navn").fill(NEAR)
    page.get_by_role("button", name="Fortsæt").click()
    comes_to(page, "Kontrollér oplysningerne")
    expect(page.get_by_role("main")).to_contain_text("Én myndighed ligner denne")
    page.get_by_role("button", name="Registrer myndighed").click()
    expect(page.get_by_role("alert")).to_contain_text("sæt hak ved det")
    page.get_by_label("Ingen af de viste myndigheder er den, jeg registrerer").check()
    page.get_by_role("button", name="Registrer myndighed").click()
    comes_to(page, "Myndigheden er registreret")
