"""The main job, on real parts: an authority is registered, and its first user comes to his start page (journeys 1, 11).

`python run.py` runs as on a fresh machine: supervisor, queue, worker, scheduler, mail catcher, web server.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import servers
from tests.browser import Watch, browser, comes_to

PROJECT = Path(__file__).parent.parent.parent
NAME = "Styrelsen for Forsyningssikkerhed"


@pytest.fixture
def system(tmp_path: Path, new_database: Callable[..., str]) -> Iterator[str]:
    """The whole system on an empty database, and its address."""
    port = servers.free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("TEST_", "REDIS_", "SMTP_"))},
        "IMI_ENV": "development",
        "APP_VAR": str(tmp_path / "var"),
        "PORT": str(port),
        "SMTP_PORT": str(servers.free_port()),
        "DATABASE_URL": new_database(),
    }
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen([sys.executable, "run.py"], cwd=PROJECT, env=environment, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", process, tmp_path / "out")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], out: Path) -> None:
    last = time.monotonic() + 120  # tables, a demo and six processes: half a minute where others use the machine too
    while time.monotonic() < last:
        assert process.poll() is None, out.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 (our own server)
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(out.read_text())


def sign_in(page: Page, username: str, password: str) -> None:
    """Fill in the log-in page, and send it."""
    page.get_by_label("Brugernavn", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log ind").click()


@pytest.mark.rule("R1", "R3", "R4", "R5", "R34", "R45", "R54", "R72", "R92")
def test_an_authority_is_registered_and_its_first_user_sees_it(system: str) -> None:
    watch = Watch(system)
    with browser() as chromium:
        manager = watch.over(chromium.new_context(locale="da-DK").new_page())
        username = _register(manager, system)
        _grant(manager)
        first_user = watch.over(chromium.new_context(locale="da-DK").new_page())
        password = _read_mail(first_user, system)
        assert username not in first_user.content()
        _begin(first_user, system, username, password)
    assert watch.reports == []
    assert watch.foreign == []


def _register(page: Page, address: str) -> str:
    """From the start page to the receipt; gives the username that is told by telephone."""
    page.goto(address)
    sign_in(page, "adgang001", "Demo-Adgang-2026")
    page.get_by_role("main").get_by_role("link", name="Registrer myndighed").click()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")  # letters of another width move things
    page.get_by_label("Officielt navn").fill(NAME)
    page.get_by_label("Uformel titel (dansk)").fill("Beredskab for el og gas")
    page.get_by_label("E-mail", exact=True).fill("post@sfos.example")
    page.get_by_label("By", exact=True).fill("Esbjerg")
    page.locator("summary", has_text="Politikområder").click()
    page.get_by_label("Miljø").check()
    page.get_by_label("Fornavn").fill("Gudrun")
    page.get_by_label("Efternavn").fill("Ågård")
    page.get_by_label("Den første brugers e-mail").fill("gudrun@sfos.example")
    page.get_by_role("button", name="Fortsæt").click()
    page.get_by_role("alert").get_by_text("telefonnummer").wait_for()
    page.get_by_label("Den første brugers telefon").fill("+45 75 12 34 56")
    page.get_by_role("button", name="Fortsæt").click()
    comes_to(page, "Kontrollér oplysningerne")
    page.get_by_role("button", name="Registrer myndighed").click()
    comes_to(page, "Myndigheden er registreret")
    page.get_by_text("+45 75 12 34 56").wait_for()
    page.get_by_role("button", name="Vis brugernavn").click()
    username = page.locator("output").inner_text()
    assert re.fullmatch(r"[a-z]+\d{3,}", username)
    assert username not in page.url
    return username


def _grant(page: Page) -> None:
    """Two modules: one with a linked coordinator, one without anything to choose."""
    page.get_by_role("link", name="Giv adgang til moduler").click()
    _module(page, "Tjenesteydelser – forespørgsler").click()
    page.get_by_role("button", name="Giv adgang").click()
    page.get_by_role("alert").get_by_text("kræver en tilknyttet koordinator").wait_for()
    page.get_by_label("Søg koordinator").fill("sikkerheds")
    page.get_by_role("button", name="Søg").click()
    page.get_by_label("Sikkerhedsstyrelsen, Esbjerg").check()
    page.get_by_label("Fordeling").check()
    page.get_by_role("button", name="Giv adgang").click()
    page.get_by_text(f"{NAME} har nu adgang til Tjenesteydelser – forespørgsler").wait_for()
    _module(page, "SOLVIT – sager").click()
    page.get_by_role("button", name="Giv adgang").click()
    page.get_by_text(f"{NAME} har nu adgang til SOLVIT – sager").wait_for()
    page.get_by_role("link", name="Afslut").click()
    expect(
        page.get_by_role("row", name="Tjenesteydelser – forespørgsler").get_by_text("Sikkerhedsstyrelsen")
    ).to_have_count(1)


def _module(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name).get_by_role("link")


def _read_mail(page: Page, address: str) -> str:
    """The temporary password, read from the catcher."""
    for _ in range(60):
        page.goto(f"{address}/dev/mails/")
        if page.get_by_text("gudrun@sfos.example").count():
            break
        time.sleep(0.25)
    page.get_by_role("main").get_by_role("link").filter(
        has_text=re.compile("IMI|password", re.IGNORECASE)
    ).first.click()
    text = page.locator("pre").first.inner_text()
    return re.search(r"^\s*([A-Za-z0-9]{24})\s*$", text, re.MULTILINE)[1]  # type: ignore[index]


def _begin(page: Page, address: str, username: str, password: str) -> None:
    """Log-in leads to the change page and nowhere else; then to the start page, and on to the authority."""
    page.goto(f"{address}/my-authority/")
    sign_in(page, username, password)
    comes_to(page, "Skift password")
    page.goto(f"{address}/my-authority/")
    comes_to(page, "Skift password")
    page.get_by_label("Midlertidigt password fra e-mailen").fill(password)
    page.get_by_label("Nyt password", exact=True).fill("Vindmølle-og-4-Kabler")
    page.get_by_label("Gentag det nye password").fill("Vindmølle-og-4-Kabler")
    page.get_by_role("main").get_by_role("button", name="Skift password").click()
    comes_to(page, "Overblik")
    page.get_by_text("Velkommen").wait_for()
    page.get_by_role("main").get_by_role("link", name="Min myndighed").click()
    comes_to(page, NAME)
    page.get_by_role("link", name="Brugere").click()
    expect(page.get_by_role("row", name="Gudrun Ågård")).to_contain_text("Fordeler")
    assert username not in page.content()
