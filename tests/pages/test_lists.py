"""The lists as somebody uses them in a browser: narrowed, turned over, opened, and found again as they were left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Watch
from tests.pages.conftest import Site

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")


def wide(site: Site, username: str) -> tuple[Page, Watch]:
    """A page as wide as a desk's, whatever a test before has made of it."""
    page, watch = site.page(username, "da")
    page.set_viewport_size({"width": 1280, "height": 900})
    return page, watch


def names(page: Page) -> list[str]:
    return page.locator("main tbody th a").all_inner_texts()


@pytest.mark.rule("R20", "R71")
def test_an_authority_is_found_and_the_list_is_there_as_it_was_left(site: Site) -> None:
    page, watch = wide(site, "nimicdk001")
    page.goto(f"{site.address}/coordinated-authorities/")
    page.get_by_label("Nej", exact=True).check()
    page.get_by_role("button", name="Søg", exact=True).last.click()
    page.get_by_role("link", name="By", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("By")
    page.get_by_role("link", name="Næste", exact=True).click()
    expect(page.get_by_role("link", name="Forrige", exact=True)).to_be_visible()
    left = names(page)
    assert len(left) == 25
    page.locator("main tbody th a").nth(3).click()
    page.get_by_role("link", name="Moduler", exact=True).click()
    page.get_by_role("link", name="Koordinerede myndigheder", exact=True).last.click()
    page.wait_for_url("**/coordinated-authorities/?*after=*")
    assert names(page) == left
    assert watch.reports == []


@pytest.mark.rule("R20", "R22", "R56")
def test_users_are_found_beside_their_authorities(site: Site) -> None:
    page, watch = wide(site, "nimicdk001")
    page.goto(f"{site.address}/coordinated-authorities/?mine=no")
    page.get_by_role("navigation", name="Lister").get_by_role("link", name="Brugere").click()
    page.get_by_label("Password", exact=True).select_option("Blokeret")
    page.get_by_role("button", name="Søg", exact=True).last.click()
    expect(page.get_by_text("Blokeret", exact=True).last).to_be_visible()
    assert page.get_by_label("Nej", exact=True).is_checked()
    found = names(page)
    assert found
    page.get_by_text("Flere filtre").click()
    page.get_by_label("Administratorrettigheder").select_option("Kun administratorer")
    page.get_by_role("button", name="Søg", exact=True).last.click()
    expect(page.get_by_text("1 valgt")).to_be_visible()
    assert set(names(page)) <= set(found)
    page.locator("main tbody th a").first.click()
    expect(page.get_by_role("link", name="Brugere", exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Brugere hos koordinerede myndigheder").click()
    expect(page.get_by_text("1 valgt")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_value("blocked")
    assert watch.reports == []


@pytest.mark.rule("R21", "R22")
def test_a_user_finds_whom_to_ask_and_comes_back_to_what_was_found(site: Site) -> None:
    page, watch = wide(site, "superb001")
    page.goto(f"{site.address}/search/?q=styrelse")
    page.get_by_role("link", name="Vis alle aktive myndigheder, der passer").click()
    page.wait_for_url("**/find-authorities/?q=styrelse")
    page.get_by_label("Land", exact=True).select_option("Danmark")
    page.get_by_label("Modul", exact=True).select_option(index=1)
    page.get_by_text("Flere filtre").click()
    page.get_by_label("Rolle i et modul").select_option("Koordinator")
    page.get_by_role("button", name="Søg", exact=True).last.click()
    expect(page.get_by_text("1 valgt")).to_be_visible()
    page.get_by_role("link", name="Nulstil", exact=True).first.click()
    page.wait_for_url("**/find-authorities/")
    page.get_by_label("Navn, titel, by eller klassificering").fill("håndværk sikkerhed")
    page.get_by_role("button", name="Søg", exact=True).last.click()
    expect(page.locator(".total")).to_have_text("1 myndighed")
    page.get_by_role("link", name="Sikkerhedsstyrelsen", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sikkerhedsstyrelsen")
    telephone = page.get_by_role("link", name="+45")
    assert telephone.get_attribute("href") == "tel:" + telephone.inner_text().replace(" ", "")
    page.get_by_role("link", name="Søg efter myndigheder", exact=True).click()
    page.wait_for_url("**/find-authorities/?q=*")
    assert names(page) == ["Sikkerhedsstyrelsen"]
    assert watch.reports == []


@pytest.mark.rule("R21")
def test_search_stands_in_everybodys_menu(site: Site) -> None:
    for username in ("superb001", "adgang001", "nimicdk001", "kommission001"):
        page, watch = wide(site, username)
        page.goto(f"{site.address}/")
        entry = page.locator("nav .dd").filter(has=page.get_by_text("Myndigheder", exact=True))
        entry.get_by_text("Myndigheder", exact=True).click()
        entry.get_by_role("link", name="Søg", exact=True).click()
        page.wait_for_url("**/find-authorities/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Søg efter myndigheder")
        assert watch.reports == []
