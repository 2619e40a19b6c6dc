"""A registration that two colleagues share, with Back and reload, in Danish: with scripts and without (journey 1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import ImiUser
from app.transaction import transaction
from tests.browser import Watch, browser, comes_to
from tests.make import PASSWORD, Maker
from tests.registering import TYPED
from tests.site import served

# What a browser does depends on no database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
NAME = "Ørsted Kommune"


@pytest.fixture
def address(real_demo_app: Flask) -> Iterator[str]:
    """The demo, in which one access manager has a second administrator."""
    with real_demo_app.app_context(), transaction():
        first = db.session.scalars(select(ImiUser).where(ImiUser.username == "adgang001")).one()
        Maker().user(first.authority, username="kollega001", first_name="Ida", last_name="Lund")
    with served(real_demo_app) as found:
        yield found


def signed_in(chromium: Browser, address: str, username: str, password: str, *, scripts: bool) -> Page:
    page = chromium.new_context(locale="da-DK", java_script_enabled=scripts).new_page()
    page.set_default_timeout(10_000)
    page.goto(address)
    page.get_by_label("Brugernavn").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Log ind")
    page.get_by_role("main").get_by_role("link", name="Registrer myndighed").click()
    comes_to(page, "Registrer myndighed")
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def field(page: Page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value()


@pytest.mark.rule("R5", "R6", "R26", "R72")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_one_begins_a_colleague_goes_on_registers_and_passes_on(address: str, scripts: bool) -> None:
    watch = Watch(address)
    with browser() as chromium:
        first = signed_in(chromium, address, "adgang001", "Demo-Adgang-2026", scripts=scripts)
        second = signed_in(chromium, address, "kollega001", PASSWORD, scripts=scripts)
        for page in (first, second):
            watch.over(page)
        _begin(first)
        _go_on(second)
        _check_back_and_reload(second)
        _register_and_pass_on(second)
        _too_late(first)
    assert watch.reports == []
    assert watch.foreign == []


@pytest.mark.rule("R6")
def test_back_from_the_first_check_page_leads_to_what_was_typed(address: str) -> None:
    """Without scripts to an empty form, above which it stands as not finished."""
    for scripts in (True, False):
        with browser() as chromium:
            page = signed_in(chromium, address, "adgang001", "Demo-Adgang-2026", scripts=scripts)
            for name, value in TYPED.items():
                if name != "user_language":
                    page.locator(f"[name={name}]").fill(value)
            press(page, "Fortsæt")
            comes_to(page, "Kontrollér oplysningerne")
            page.go_back()
            comes_to(page, "Registrer myndighed")
            if not scripts:
                page.get_by_role("main").get_by_role("link", name=f"Fortsæt {TYPED['official_name']}").first.click()
            expect(page.locator("[name=last_name]")).to_have_value(TYPED["last_name"])
            press(page, "Fortsæt")
            comes_to(page, "Kontrollér oplysningerne")


def _begin(page: Page) -> None:
    """Half of it, some of it wrong."""
    page.get_by_label("Officielt navn").fill(NAME)
    page.get_by_label("E-mail", exact=True).fill("kommer senere")
    press(page, "Gem kladde")
    expect(page.get_by_text("Kladden er gemt.")).to_have_count(1)
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("kommer senere")


def _go_on(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("heading", name="Kladder")).to_have_count(1)
    page.get_by_role("main").get_by_role("link", name=f"Fortsæt {NAME}").click()
    expect(page.get_by_label("Officielt navn")).to_have_value(NAME)
    press(page, "Fortsæt")
    expect(page.get_by_role("alert")).to_contain_text("E-mail")
    for name, value in TYPED.items():
        if name not in ("official_name", "user_language"):
            page.locator(f"[name={name}]").fill(value)
    press(page, "Fortsæt")
    comes_to(page, "Kontrollér oplysningerne")


def _check_back_and_reload(page: Page) -> None:
    """Neither is a question of the browser's, and nothing is lost by them."""
    page.go_back()
    comes_to(page, "Registrer myndighed")
    expect(page.locator("[name=last_name]")).to_have_value(TYPED["last_name"])
    page.reload()
    expect(page.locator("[name=last_name]")).to_have_value(TYPED["last_name"])
    page.locator("[name=city]").fill("Fredericia")
    press(page, "Fortsæt")
    comes_to(page, "Kontrollér oplysningerne")
    page.reload()
    expect(page.get_by_text("Fredericia")).to_have_count(1)
    page.get_by_role("link", name="Ret Myndigheden", exact=True).click()
    expect(page.locator("[name=city]")).to_have_value("Fredericia")
    press(page, "Fortsæt")
    comes_to(page, "Kontrollér oplysningerne")


def _register_and_pass_on(page: Page) -> None:
    press(page, "Registrer myndighed")
    comes_to(page, "Myndigheden er registreret")
    page.go_back()
    comes_to(page, "Myndigheden er registreret")
    expect(page.get_by_role("button", name="Markér som meddelt")).to_have_count(0)
    _leave_and_reopen(page)
    press(page, "Vis brugernavn")
    expect(page.locator("output")).to_have_count(1)
    page.get_by_label("Personligt").check()
    press(page, "Markér som meddelt")
    expect(page.get_by_text("Brugernavnet er markeret som meddelt.")).to_have_count(1)
    expect(page.get_by_text("Personligt")).to_contain_text("Ida Lund")
    expect(page.get_by_role("button", name="Vis brugernavn")).to_have_count(0)


def _leave_and_reopen(page: Page) -> None:
    """The receipt is found again on the tab Brugere, until the username has been passed on (R5)."""
    page.get_by_role("link", name="Vent med moduler, og gå til myndigheden").click()
    comes_to(page, NAME)
    page.get_by_role("link", name="Brugere", exact=True).click()
    page.get_by_role("link", name="Meddel brugernavnet").click()
    comes_to(page, "Myndigheden er registreret")


def _too_late(page: Page) -> None:
    """Who began it comes back to his form, and is led to what has become of it."""
    page.get_by_label("By", exact=True).fill("Odense")
    press(page, "Gem kladde")
    comes_to(page, "Myndigheden er registreret")
    expect(page.get_by_text("Myndigheden er allerede registreret.")).to_have_count(1)
