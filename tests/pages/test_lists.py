"""The lists as somebody uses them in a browser: narrowed, turned over, opened, and found again as they were left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Site

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")


def names(page: Page) -> list[str]:
    return page.locator("main tbody th a").all_inner_texts()


@pytest.mark.rule("R20", "R71")
def test_an_authority_is_found_and_the_list_is_there_as_it_was_left(site: Site) -> None:
    page, watch = site.page("nimicdk001", "da")
    page.goto(f"{site.address}/coordinated-authorities/")
    page.get_by_label("Nej", exact=True).check()
    page.get_by_role("button", name="Søg", exact=True).last.click()
    page.get_by_role("link", name="By", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("By")
    page.get_by_role("link", name="Næste", exact=True).click()
    expect(page.get_by_role("link", name="Forrige", exact=True)).to_be_visible()
    left, address = names(page), page.url
    assert len(left) == 25
    page.locator("main tbody th a").nth(3).click()
    page.get_by_role("link", name="Moduler", exact=True).click()
    page.get_by_role("link", name="Koordinerede myndigheder", exact=True).last.click()
    page.wait_for_url(address)
    assert names(page) == left
    assert watch.reports == []


@pytest.mark.rule("R20", "R22", "R56")
def test_users_are_found_beside_their_authorities(site: Site) -> None:
    page, watch = site.page("nimicdk001", "da")
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
    expect(page.get_by_text("1 er i brug")).to_be_visible()
    assert set(names(page)) <= set(found)
    page.locator("main tbody th a").first.click()
    expect(page.get_by_role("link", name="Brugere", exact=True)).to_have_attribute("aria-current", "page")
    assert watch.reports == []
