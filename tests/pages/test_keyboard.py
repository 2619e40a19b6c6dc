"""The main journey by keyboard alone, with a focus that is seen at every stop; and colours that the system chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from app.extensions import db
from app.models import ImiUser
from app.transaction import transaction
from tests.browser import Watch, browser, comes_to
from tests.conftest import application_over
from tests.inviting import invited, token_of
from tests.make import Maker
from tests.pages.conftest import Site
from tests.pages.every_page import PAGES
from tests.site import served

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

# How the control that has the focus is called, and whether one sees that it has it.
FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const label = e.labels?.[0]?.textContent ?? e.getAttribute("aria-label") ?? e.textContent;
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const from = Math.max(box.top, 0), to = Math.min(box.bottom, innerHeight);
  const top = document.elementFromPoint(box.left + box.width / 2, (from + to) / 2);  // nothing lies over it
  const seen = outlined && to - from > 12 && (e.contains(top) || top?.contains(e));
  return {label: label.replace(/\\s+/g, " ").trim(), seen};
}"""
TYPED = {
    "Brugernavn": "adgang001",
    "Password": "Demo-Adgang-2026",
    "Officielt navn": "Nordsøens Målestation",
    "Uformel titel (dansk)": "Måling af bølger",
    "E-mail": "post@malestation.example",
    "By": "Aalborg",
    "Fornavn": "Ida",
    "Efternavn": "Krogh",
    "Den første brugers e-mail": "ida@malestation.example",
    "Den første brugers telefon": "+45 72 54 50 00",
}


def tab_to(page: Page, label: str, *, most: int = 120) -> None:
    """Press Tab until the control of that name has the focus, and fill in on the way what is to be typed."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["seen"], focused
        if focused["label"] == label:
            return
        if focused["label"] in TYPED:
            page.keyboard.insert_text(TYPED[focused["label"]])
    raise AssertionError(f"Tab does not come to {label}")


@pytest.fixture
def demo(new_database: Callable[..., str], demo_database: str, tmp_path: Path) -> Iterator[Flask]:
    """A demo of its own, for here something is registered."""
    application = application_over(new_database(demo_database), APP_VAR=tmp_path)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def fresh(demo: Flask) -> Iterator[tuple[str, Page, Watch]]:
    """The address of the demo, and a browser's page."""
    with served(demo) as address, browser() as chromium:
        watch = Watch(address)
        context = chromium.new_context(locale="da-DK", reduced_motion="reduce")
        yield address, watch.over(context.new_page()), watch


@pytest.fixture
def link(demo: Flask) -> str:
    """Where the personal link of a body leads that was invited."""
    with demo.app_context(), transaction():
        inviter = db.session.scalars(select(ImiUser).where(ImiUser.username == "adgang001")).one()
        return f"/invitation/{token_of(invited(Maker().actor(inviter), invited_name='Xylofonrådet'))}/"


@pytest.mark.rule("R1", "R31", "R72")
@pytest.mark.parametrize("width", [1280, 390])
def test_an_authority_is_registered_and_given_access_by_keyboard_alone(
    fresh: tuple[str, Page, Watch], width: int
) -> None:
    address, page, watch = fresh
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/login/?next=/register-authority/")
    tab_to(page, "Gå til indholdet", most=1)
    press(page, "Log ind", "Registrer myndighed")
    press(page, "Fortsæt", "Kontrollér oplysningerne")
    assert "Nordsøens Målestation" in page.get_by_role("main").inner_text()
    press(page, "Registrer myndighed", "Myndigheden er registreret")
    press(page, "Vis brugernavn", "Myndigheden er registreret")
    page.get_by_text("idkro", exact=False).wait_for()
    press(page, "Giv adgang til moduler", "Giv adgang til moduler")
    press(page, "Giv adgang: SOLVIT – sager", "Giv adgang til SOLVIT – sager")
    press(page, "Giv adgang", "Giv adgang til moduler")
    assert "Nordsøens Målestation har nu adgang til SOLVIT – sager" in page.get_by_role("main").inner_text()
    assert watch.reports == []


@pytest.mark.rule("R12", "R14", "R72")
@pytest.mark.parametrize("width", [1280, 390])
def test_an_invited_body_registers_itself_by_keyboard_alone(
    fresh: tuple[str, Page, Watch], link: str, width: int
) -> None:
    address, page, watch = fresh
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}{link}")
    press(page, "Begynd registreringen", "Registrer myndigheden")
    press(page, "Gem kladde", "Registrer myndigheden")
    assert "Det, du har skrevet, er gemt." in page.get_by_role("main").inner_text()
    press(page, "Fortsæt", "Kontrollér oplysningerne")
    assert "Nordsøens Målestation" in page.get_by_role("main").inner_text()
    press(page, "Send registreringen", "Registreringen er sendt")
    tab_to(page, "imi@ufs.example")
    assert watch.reports == []


def press(page: Page, label: str, heading: str) -> None:
    """Come to the control with Tab, press Enter, and wait for the page of that heading."""
    tab_to(page, label)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    comes_to(page, heading)


@pytest.mark.rule("R72")
def test_menus_open_and_close_by_keyboard(site: Site) -> None:
    page, _ = site.page("nimicdk001", "da")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(site.address)
    tab_to(page, "Administration")
    page.keyboard.press("Enter")
    tab_to(page, "Registrer myndighed", most=3)
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED)["label"] == "Administration"
    assert page.locator("details.dd[open]").count() == 0


@pytest.mark.rule("R72")
@pytest.mark.parametrize("name", ["list", "registration", "tab users"])
def test_what_is_current_and_pressed_is_seen_in_the_systems_own_colours(site: Site, name: str) -> None:
    """In forced colours grounds are gone: lines and words must say what they said."""
    page, _ = site.page(PAGES[name][0], "da")
    page.set_viewport_size({"width": 1280, "height": 900})
    site.open(page, name, "da")
    page.emulate_media(forced_colors="active")
    try:
        bare = page.evaluate(
            """() => [...document.querySelectorAll("main .btn, main .state:not(.ok), main .panel, main .input")]
              .filter((e) => e.checkVisibility() && getComputedStyle(e).borderTopStyle === "none")
              .map((e) => e.outerHTML.slice(0, 90))"""
        )
        assert bare == []
        current = page.locator(".nav li.current").evaluate("e => getComputedStyle(e, '::after').height")
        assert float(current.removesuffix("px")) >= 2
    finally:
        page.emulate_media(forced_colors="none")
