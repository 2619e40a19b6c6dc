"""Every page in a real browser: no fault that axe finds, nothing said to the console, nothing asked of others, one
heading, its own language throughout, no sideways scrolling.

Each page is tried in two of its eight states (language × theme × width), others each day; in CI in all eight.
SCREENSHOTS=folder keeps a picture of each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.extensions import db
from app.models import Authority, ImiUser
from app.services import demo, sessions
from app.transaction import transaction
from tests.browser import Watch, browser, faults
from tests.conftest import application_over
from tests.site import served

# How a page looks does not depend on the database: this list is the table of what is tried on one of them only.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

STATES = list(product(("da", "en"), ("light", "dark"), (1280, 390)))
CATALOGUE = Path(__file__).parent.parent.parent / "translations" / "app" / "da" / "LC_MESSAGES" / "messages.po"

# name: (username, or "" for nobody; path with {authority} and {module}; status; a form sent in it, by its button)
PAGES: dict[str, tuple[str, str, int, str]] = {
    "log-in": ("", "/login/", 200, ""),
    "log-in refused": ("", "/login/", 422, "Log ind|Sign in"),
    "log-in with a wrong password": ("", "/login/", 401, "Log ind|Sign in"),
    "change of a temporary password": ("new", "/password/", 200, ""),
    "change of a password refused": ("superb001", "/password/", 422, "Skift password|Change password"),
    "password again": ("superb001", "/password-again/?next=/profile/", 200, ""),
    "password again refused": ("superb001", "/password-again/", 403, "Fortsæt|Continue"),
    "overview": ("nimicdk001", "/", 200, ""),
    "overview of a user": ("superb001", "/", 200, ""),
    "profile": ("superb001", "/profile/", 200, ""),
    "profile with username": ("superb001", "/profile/", 200, "Vis brugernavn|Show username"),
    "list": ("nimicdk001", "/coordinated-authorities/?mine=no", 200, ""),
    "empty list": ("nimicdk001", "/coordinated-authorities/?q=findes-ikke", 200, ""),
    "registration": ("adgang001", "/register-authority/", 200, ""),
    "registration refused": ("adgang001", "/register-authority/", 422, "Fortsæt|Continue"),
    "registration to be checked": ("adgang001", "/register-authority/", 200, "Fortsæt|Continue"),
    "receipt": ("nimicdk001", "/register-authority/{new}/receipt", 200, ""),
    "receipt with username": ("nimicdk001", "/register-authority/{new}/receipt", 200, "Vis brugernavn|Show username"),
    "tab authority": ("nimicdk001", "/authorities/{authority}/", 200, ""),
    "tab classification": ("nimicdk001", "/authorities/{authority}/classification", 200, ""),
    "tab modules": ("nimicdk001", "/authorities/{authority}/modules", 200, ""),
    "tab modules, empty": ("nimicdk001", "/authorities/{new}/modules", 200, ""),
    "tab users": ("nimicdk001", "/authorities/{authority}/users", 200, ""),
    "tab management": ("nimicdk001", "/authorities/{authority}/management", 200, ""),
    "own authority": ("superb001", "/my-authority/", 200, ""),
    "choose a module": ("nimicdk001", "/authorities/{authority}/grant/", 200, ""),
    "grant": ("nimicdk001", "/authorities/{new}/grant/SERV-REQ", 200, ""),
    "grant refused": ("nimicdk001", "/authorities/{new}/grant/SERV-REQ", 422, "Giv adgang|Grant access"),
    "unknown page": ("nimicdk001", "/findes-ikke", 404, ""),
    "caught mails": ("", "/dev/mails/", 200, ""),
}


# What is typed before the form is sent, by label in either language.
TYPED = {
    "log-in with a wrong password": {"Brugernavn|Username": "nobody123", "Password|Password": "Forkert-1"},
    "registration to be checked": {
        "Officielt navn|Official name": "Søfartsstyrelsen",
        "Uformel titel (dansk)|Informal title (Danish)": "Beviser for søfarende",
        "E-mail|E-mail": "sfs@dma.example",
        "By|Town or city": "Korsør",
        "Fornavn|First name": "Hanne",
        "Efternavn|Last name": "Bork",
        "Den første brugers e-mail|First user's e-mail": "hanne@dma.example",
        "Den første brugers telefon|First user's telephone": "+45 72 19 60 00",
    },
}


@dataclass
class Site:
    """The demo behind a real server, and a browser before it."""

    application: Flask
    address: str
    chromium: Browser
    ids: dict[str, str]

    def cookie(self, username: str, language: str) -> str:
        """A signed-in browser's session."""
        with self.application.app_context(), transaction():
            found = select(ImiUser).where(ImiUser.username == username)
            if username == "new":
                found = select(ImiUser).where(ImiUser.first_log_in_at.is_(None)).limit(1)
            token = sessions.begin(db.session.scalars(found).one())
        content = {"_user_id": token, "_fresh": True, "locale": language}
        serializer: Any = self.application.session_interface.get_signing_serializer(self.application)  # type: ignore[attr-defined]
        return str(serializer.dumps(content))

    def page(self, username: str, state: tuple[str, str, int]) -> Page:
        """A new page in that state, with nobody or the user signed in."""
        language, theme, width = state
        context = self.chromium.new_context(
            locale={"da": "da-DK", "en": "en-GB"}[language],
            color_scheme=theme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
        )
        if username:
            context.add_cookies([{"name": "session", "value": self.cookie(username, language), "url": self.address}])
        return context.new_page()


@pytest.fixture(scope="module")
def site(new_database: Callable[..., str], template_database: str) -> Iterator[Site]:
    application = application_over(new_database(template_database))
    with application.app_context(), transaction():
        demo.build()
        names = {"authority": "Sikkerhedsstyrelsen", "new": "Region Nordjylland"}
        rows = {
            key: str(db.session.scalars(select(Authority.public_id).where(Authority.official_name == name)).one())
            for key, name in names.items()
        }
    with served(application) as address, browser() as chromium:
        yield Site(application, address, chromium, rows)
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def states_of(name: str) -> list[tuple[str, str, int]]:
    """Two of the eight, others each day, so that all are tried in four days; all of them in CI."""
    if os.environ.get("CI"):
        return STATES
    first = (date.today().toordinal() + sorted(PAGES).index(name)) % 4  # noqa: DTZ011 (any day will do)
    return [STATES[first], STATES[7 - first]]


@pytest.fixture(scope="module")
def words() -> tuple[frozenset[str], frozenset[str]]:
    """Sentences that betray the other language: English ones on a Danish page, Danish ones on an English page."""
    with CATALOGUE.open("rb") as file:
        pairs = [(str(m.id), str(m.string)) for m in read_po(file, locale="da") if m.id and isinstance(m.id, str)]
    telling = [(english, danish) for english, danish in pairs if len(english) > 11 and "%(" not in english]
    return frozenset(e for e, d in telling if e != d), frozenset(d for e, d in telling if e != d and len(d) > 11)


@pytest.mark.rule("R72", "R73")
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_in_every_state(site: Site, words: tuple[frozenset[str], frozenset[str]], name: str) -> None:
    username, path, status, button = PAGES[name]
    for state in states_of(name):
        watch = Watch(site.address)
        page = watch.over(site.page(username, state))
        answer = page.goto(site.address + path.format(**site.ids))
        assert answer is not None
        for label, value in TYPED.get(name, {}).items():
            page.get_by_label(label.split("|")[state[0] == "en"], exact=True).fill(value)
        if button:
            label = button.split("|")[state[0] == "en"]
            with page.expect_navigation() as navigation:
                page.get_by_role("main").get_by_role("button", name=label, exact=True).click()
            answer = navigation.value
        assert answer is not None
        assert answer.status == status, state
        _keep_picture(page, name, state)
        _check(page, watch, words, state)
        page.context.close()


def _keep_picture(page: Page, name: str, state: tuple[str, str, int]) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        file = f"{name} {state[0]} {state[1]} {state[2]}.png".replace(" ", "-").replace(",", "")
        page.screenshot(path=Path(folder) / file, full_page=True)


def _check(page: Page, watch: Watch, words: tuple[frozenset[str], frozenset[str]], state: tuple[str, str, int]) -> None:
    text = page.locator("body").inner_text()
    foreign_words = sorted(word for word in words[state[0] == "en"] if word in text)
    assert page.locator("h1").count() == 1, state
    assert page.title().endswith(" – Adgangsforvaltning i IMI"), state
    assert page.locator("html").get_attribute("lang") == state[0], state
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), state
    assert foreign_words == [], state
    assert faults(page) == [], state
    assert [report for report in watch.reports if "status of 40" not in report] == [], state
    assert watch.foreign == [], state


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
    page = site.page("adgang001", STATES[0])
    page.goto(site.address + path.format(**site.ids))
    page.get_by_label(field, exact=True).fill("Et navn")
    with page.expect_navigation() as navigation:
        page.keyboard.press("Enter")
    assert navigation.value is not None
    assert navigation.value.status == status
    assert page.locator("html").get_attribute("lang") == "da"
    assert page.get_by_label(field, exact=True).input_value() == "Et navn"
    page.context.close()


def test_a_planted_fault_is_found(site: Site) -> None:
    page = site.page("", STATES[0])
    page.goto(f"{site.address}/login/")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert [fault["rule"] for fault in faults(page)] == ["image-alt"]
    page.context.close()
