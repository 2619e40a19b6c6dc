"""A list is taken away as a file, in a real browser: the page stays, and so do its filters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Download, Page, expect
from sqlalchemy import select

from app.extensions import db as _db
from app.models import AuditEvent
from tests.browser import browser, comes_to
from tests.exported import xlsx_cells
from tests.site import served

# What a browser does depends on no database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
PASSWORD = "Demo-Adgang-2026"


@pytest.fixture(params=["with scripts", "without scripts"])
def page(request: Any, real_demo_app: Flask) -> Iterator[Page]:
    """The access manager of the demo, signed in."""
    with served(real_demo_app) as address, browser() as chromium:
        scripts = request.param == "with scripts"
        context = chromium.new_context(locale="da-DK", java_script_enabled=scripts, base_url=address)
        made = context.new_page()
        made.set_default_timeout(10_000)
        made.goto("/login/")
        made.get_by_label("Brugernavn").fill("adgang001")
        made.get_by_label("Password", exact=True).fill(PASSWORD)
        made.get_by_role("main").get_by_role("button", name="Log ind").click()
        comes_to(made, "Overblik")
        yield made
        made.goto("about:blank")


def taken(page: Page, button: str) -> Download:
    """The file that comes when the button is pressed."""
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return found.value


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


@pytest.mark.rule("R71")
def test_authorities_as_both_kinds_of_files_and_the_list_stays(page: Page, real_demo_app: Flask) -> None:
    order = "_oc_CoordinatedAuthorityView=city&_od_CoordinatedAuthorityView=desc"
    address = f"/coordinated-authorities/?q=styrelsen&mine=no&{order}"
    page.goto(address)
    first = page.get_by_role("rowheader").first.get_by_role("link").inner_text()
    page.locator("summary", has_text="Eksportér").click()
    csv = taken(page, "Tekstfil (CSV)")
    assert csv.suggested_filename.startswith("myndigheder-")
    lines = content(csv).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Officielt navn";"Uformel titel";')
    assert lines[1].startswith(f'"{first}"')
    page.wait_for_timeout(2100)  # what keeps a double click from being two exports is over
    xlsx = taken(page, "Excel-fil (XLSX)")
    assert len(xlsx_cells(content(xlsx))) == len(lines) > 3
    assert page.url.endswith(address)
    expect(page.get_by_label("Navn, titel, by eller klassificering")).to_have_value("styrelsen")


@pytest.mark.rule("R90")
@pytest.mark.rule("R71")
def test_users_after_a_page_that_says_what_is_taken(page: Page, real_demo_app: Flask) -> None:
    page.goto("/coordinated-users/?mine=yes&password=valid")
    page.get_by_role("link", name="Eksportér").click()
    comes_to(page, "Eksportér brugere")
    assert "Kun mine myndigheder: Ja, Password: Gyldigt" in page.get_by_role("main").inner_text()
    lines = content(taken(page, "Tekstfil (CSV)")).decode("utf-8-sig").splitlines()
    assert len(lines) > 2
    assert "adgang001" not in "".join(lines)
    with real_demo_app.app_context():
        event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "users.exported")).one()
        assert event.data == {
            "count": len(lines) - 1,
            "kind": "CSV",
            "filters": {"mine": "yes", "password": "valid"},
        }
    page.get_by_role("link", name="Tilbage til listen").first.click()
    comes_to(page, "Brugere hos koordinerede myndigheder")
    assert page.url.endswith("/coordinated-users/?mine=yes&password=valid")


@pytest.mark.rule("R71")
@pytest.mark.parametrize("page", ["with scripts"], indirect=True)
def test_a_double_click_is_one_export(page: Page, real_demo_app: Flask) -> None:
    page.goto("/invitations/")
    page.locator("summary", has_text="Eksportér").click()
    with page.expect_download():
        page.get_by_role("button", name="Tekstfil (CSV)").dblclick()
    with real_demo_app.app_context():
        assert len(_db.session.scalars(select(AuditEvent).where(AuditEvent.act == "invitations.exported")).all()) == 1
