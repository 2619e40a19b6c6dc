"""Two administrators edit one authority: areas are found by searching, and neither loses what he has written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from app.extensions import db
from app.models import ClassificationEntry, ClassificationList, ImiUser
from app.transaction import transaction
from tests.browser import NARROWEST, Watch, browser, comes_to, faults, too_wide
from tests.make import PASSWORD, Maker
from tests.site import served

# What a browser does depends on no database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
def address(real_demo_app: Flask) -> Iterator[str]:
    """The demo, with a colleague for the administrator, and with entries of three levels, one offered no more."""
    with real_demo_app.app_context(), transaction():
        first = db.session.scalars(select(ImiUser).where(ImiUser.username == "superb001")).one()
        Maker().user(first.authority, username="kollega001", first_name="Ida", last_name="Lund")
        areas = db.session.scalars(select(ClassificationList).where(ClassificationList.code == "policy_areas")).one()
        above: int | None = None
        for name in ("Søfart", "Havne", "Ærøs færger"):
            entry = ClassificationEntry(list_id=areas.id, code=name, names={"da": name, "en": name}, parent_id=above)
            db.session.add(entry)
            db.session.flush()
            above = entry.id
        old = ClassificationEntry(list_id=areas.id, code="old", names={"da": "Fyrtårne", "en": "Lights"}, active=False)
        first.authority.classification.append(old)
    with served(real_demo_app) as found:
        yield found


def signed_in(chromium: Browser, address: str, username: str, password: str, *, scripts: bool = True) -> Page:
    """On the page that edits his own authority, come to from the tab Classification."""
    page = chromium.new_context(locale="da-DK", java_script_enabled=scripts, reduced_motion="reduce").new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{address}/login/?next=/my-authority/")
    page.get_by_label("Brugernavn").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Log ind")
    comes_to(page, "Sikkerhedsstyrelsen")
    page.get_by_role("link", name="Klassificering").click()
    page.get_by_role("link", name="Rediger klassificering").click()
    comes_to(page, "Rediger myndighed")
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        for theme in ("light", "dark"):
            for width in (1280, 390):
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def tree(page: Page) -> Locator:
    return page.locator("#classification")


def chosen(page: Page) -> list[str]:
    """The lines on top, without what can be pressed."""
    lines = tree(page).locator(".chosen li > :first-child").all_inner_texts()
    return [" | ".join(line.split("\n")) for line in lines]


@pytest.mark.rule("R23", "R72")
def test_areas_are_found_by_searching_and_removed_on_top_by_keyboard(address: str) -> None:
    watch = Watch(address)
    with browser() as chromium:
        page = watch.over(signed_in(chromium, address, "superb001", "Demo-Adgang-2026"))
        expect(tree(page)).to_be_in_viewport()
        kept = ["Håndværk | Politikområder", "Fyrtårne | Politikområder · Kan ikke længere vælges"]
        assert [line for line in kept if line not in chosen(page)] == []
        boxes = tree(page).get_by_role("checkbox")
        expect(boxes).to_have_count(0)  # folded
        search = tree(page).get_by_label("Søg i listerne")
        search.focus()
        # Without the letters of Danes, in any order, and over what stands above: the parents are kept and unfolded.
        for words in ("aeros", "Åros", "FAERGER", "færger havne", "soefart ærøs", "politik færg"):
            search.fill(words)
            expect(tree(page).locator("[data-found]")).to_have_text("1 passer")
            assert tree(page).get_by_role("checkbox").evaluate_all("all => all.map(e => e.labels[0].textContent)") == [
                "Søfart",
                "Havne",
                "Ærøs færger",
            ]
        assert faults(page) == []
        keep_picture(page, "tree-searched")
        page.keyboard.press("Enter")  # sends nothing
        page.keyboard.press("ArrowDown")
        for _ in range(10):
            if page.evaluate("document.activeElement.labels?.[0]?.textContent") == "Ærøs færger":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(tree(page).locator(".chosen")).to_contain_text("Politikområder › Søfart › Havne")
        search.fill("findes ikke")
        expect(tree(page).locator("[data-found]")).to_contain_text("Intet i listerne passer.")
        expect(boxes).to_have_count(0)
        keep_picture(page, "tree-in-vain")
        search.fill("")
        expect(boxes).to_have_count(0)  # folded as before
        tree(page).get_by_role("button", name="Fjern Fyrtårne").focus()
        page.keyboard.press("Enter")
        expect(tree(page).locator("[data-told]")).to_have_text("Fyrtårne er fjernet")
        assert page.evaluate("document.activeElement.textContent").startswith("Fjern ")
        assert "Fyrtårne" not in " ".join(chosen(page))
        for width in (1280, 390, NARROWEST):
            assert too_wide(page, width) == []
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.evaluate("document.body.scrollHeight") < 4000
        press(page, "Gem")
        comes_to(page, "Sikkerhedsstyrelsen")
        expect(page.get_by_role("main")).to_contain_text("Ærøs færger")
        expect(page.get_by_role("main")).not_to_contain_text("Fyrtårne")
        assert watch.reports == []


@pytest.mark.rule("R23", "R72")
def test_without_scripts_the_lists_unfold_and_the_lines_on_top_lead_into_them(address: str) -> None:
    with browser() as chromium:
        page = signed_in(chromium, address, "superb001", "Demo-Adgang-2026", scripts=False)
        assert (
            tree(page).get_by_label("Søg i listerne").count() == 0
            or not tree(page).get_by_label("Søg i listerne").is_visible()
        )
        box = tree(page).get_by_label("Håndværk", exact=True)
        expect(box).not_to_be_visible()
        tree(page).locator("summary", has_text="Politikområder").click()
        expect(box).to_be_checked()
        tree(page).get_by_label("Søfart", exact=True).check()
        expect(tree(page).get_by_label("Havne", exact=True)).not_to_be_visible()
        tree(page).locator("summary", has_text="Søfart").click()
        tree(page).get_by_label("Havne", exact=True).check()
        press(page, "Gem")
        comes_to(page, "Sikkerhedsstyrelsen")
        for name in ("Håndværk", "Søfart", "Havne", "Fyrtårne"):  # what is offered no more stays
            expect(page.get_by_role("main")).to_contain_text(name)


@pytest.mark.rule("R26", "R72")
def test_two_who_edit_lose_nothing(address: str) -> None:
    with browser() as chromium:
        mine = signed_in(chromium, address, "superb001", "Demo-Adgang-2026")
        theirs = signed_in(chromium, address, "kollega001", PASSWORD)
        theirs.get_by_label("By", exact=True).fill("Varde")
        theirs.get_by_label("Gade og nummer").fill("Torvet 1")
        theirs.get_by_label("Beskrivelse (dansk)").fill("Vi fører tilsyn.")
        press(theirs, "Gem")
        comes_to(theirs, "Sikkerhedsstyrelsen")
        mine.get_by_label("By", exact=True).fill("Ribe")
        mine.get_by_label("Postnummer").fill("6760")
        press(mine, "Gem")
        expect(mine.get_by_role("alert")).to_contain_text("I har begge ændret")
        rows = mine.get_by_role("alert").get_by_role("row").all_inner_texts()
        assert [row.split() for row in rows[1:]] == [["By", "Varde", "Ribe"]]
        expect(mine.get_by_role("alert")).to_contain_text("Torvet 1")
        expect(mine.get_by_label("Gade og nummer")).to_have_value("Torvet 1")
        expect(mine.get_by_label("Beskrivelse (dansk)")).to_have_value("Vi fører tilsyn.")
        expect(mine.get_by_label("Postnummer")).to_have_value("6760")
        assert faults(mine) == []
        for width in (1280, 390, NARROWEST):
            assert too_wide(mine, width) == []
        keep_picture(mine, "overtaken")
        press(mine, "Gem")
        comes_to(mine, "Sikkerhedsstyrelsen")
        mine.get_by_role("link", name="Myndighed", exact=True).click()
        for word in ("Ribe", "6760", "Torvet 1", "Vi fører tilsyn."):
            expect(mine.get_by_role("main")).to_contain_text(word)
