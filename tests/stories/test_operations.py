"""The Commission looks after the installation, on real parts: it has the log verified, and helps a new user whose mail
was refused. In Danish, in a real browser, over a real worker, scheduler, queue and mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app import clock
from app.extensions import db
from app.models import JobRun, UserSession
from app.policy.plans import Job
from app.services import outgoing_mails, passwords
from app.settings import setting
from app.transaction import transaction
from tests.browser import Watch, browser, comes_to, faults
from tests.jobs.conftest import OwnQueue
from tests.jobs.processes import environment, running, until
from tests.make import PASSWORD, Maker
from tests.pages.swaps import FOCUSED, TELL_WHEN_SETTLED
from tests.servers import SmtpSink
from tests.site import served

WAITED_FOR = 30_000  # two processes start meanwhile
NEW_PASSWORD = "Vindmølle-og-4-Kabler"


@pytest.fixture
def refused(real_app: Flask, tmp_path: Path) -> Iterator[tuple[Flask, dict[str, str]]]:
    """An installation with a queue of its own and a new user, Hanne, whose first mail waits; the usernames of both."""
    queue = OwnQueue(tmp_path)
    queue.start()
    real_app.config["REDIS_URL"] = queue.url
    with real_app.app_context(), transaction():
        make = Maker()
        commission = make.user(make.commission(), first_name="Kari")
        body = make.authority("Søfartsstyrelsen", managed_by=make.access_manager("Erhvervsstyrelsen"))
        hanne = make.user(body, first_name="Hanne", email_address="hanne@dma.example", first_log_in_at=None)
        password = passwords.give_temporary(hanne, setting("TEMPORARY_PASSWORD_DAYS"))
        outgoing_mails.order_temporary_password(hanne, "Søfartsstyrelsen", "Erhvervsstyrelsen", password)
        names = {"commission": commission.username, "hanne": hanne.username, "dead password": password}
    yield real_app, names
    queue.stop()


@contextmanager
def processes(app: Flask, sink: SmtpSink, log: Path) -> Iterator[None]:
    environ = environment(app, smtp_port=sink.port)
    with ExitStack() as stack:
        for name in ("worker", "scheduler"):
            stack.enter_context(running(name, environ, log))
        yield


def sign_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Brugernavn", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log ind").click()


def go_to(page: Page, name: str) -> None:
    """By the menu *Drift*."""
    page.get_by_role("banner").get_by_text("Drift", exact=True).click()
    page.get_by_role("banner").get_by_role("link", name=name).click()


@pytest.mark.rule("R47", "R54", "R67", "R68", "R72", "R87", "R90")
def test_the_commission_has_the_log_verified_and_helps_a_user_whose_mail_was_refused(
    refused: tuple[Flask, dict[str, str]], tmp_path: Path
) -> None:
    app, names = refused
    with SmtpSink("refuse") as sink, served(app) as address, browser() as chromium:
        watch = Watch(address)
        page = watch.over(chromium.new_context(locale="da-DK").new_page())
        sign_in(page, address, names["commission"], PASSWORD)
        _start_verification(page)
        with processes(app, sink, tmp_path / "log"):
            _see_it_done(page)
            sink.mode = "accept"
            _send_again(app, page)
            until(lambda: len(sink.messages) == 1, 30)
        password = _password_in(sink.messages[0])
        assert sink.recipients == [["hanne@dma.example"]]
        assert names["hanne"] not in sink.messages[0].as_string()
        first_user = watch.over(chromium.new_context(locale="da-DK").new_page())
        _begin(first_user, address, names, password)
    assert [report for report in watch.reports if not re.search("status of 40[13]", report)] == []
    assert watch.foreign == []


def test_the_page_that_asks_for_itself_leaves_its_reader_where_he_is(refused: tuple[Flask, dict[str, str]]) -> None:
    """Nothing takes up the job here, so that the page goes on asking."""
    app, names = refused
    with served(app) as address, browser() as chromium:
        page = Watch(address).over(chromium.new_context(locale="da-DK", reduced_motion="reduce").new_page())
        sign_in(page, address, names["commission"], PASSWORD)
        _start_verification(page)
        button = page.get_by_role("button", name="Kør nu Ryd op")
        button.focus()
        assert _after_a_round(page) == "run-tidy_up"
        page.evaluate("document.activeElement.blur(); scrollTo(0, 300)")
        where = page.evaluate("scrollY")
        assert _after_a_round(page) == ""
        assert page.evaluate("scrollY") == where > 0
        button.focus()
        with app.app_context(), transaction():  # somebody else starts it: there is no button any more
            db.session.add(JobRun(name=Job.tidy_up.value, slot=clock.now()))
        assert _after_a_round(page) == "jobs"


def _after_a_round(page: Page) -> str:
    """What has the focus once the page has asked for itself anew."""
    page.evaluate(TELL_WHEN_SETTLED)
    page.evaluate("() => window.settled")
    return str(page.evaluate(FOCUSED))


def _start_verification(page: Page) -> None:
    go_to(page, "Job og log")
    comes_to(page, "Job og log")
    page.get_by_role("button", name="Kør nu Kontrollér loggen").click()
    expect(page.get_by_text("Jobbet »Kontrollér loggen« er startet.")).to_have_count(1)
    expect(_row(page)).to_contain_text("Venter")
    expect(page.get_by_role("button", name="Kør nu Kontrollér loggen")).to_have_count(0)
    page.evaluate("window.isTheSamePage = true")
    page.get_by_role("button", name="Kør nu Ryd op").focus()


def _row(page: Page) -> Any:
    table = page.get_by_role("table", name="Job, hvornår de køres næste gang")
    return table.get_by_role("row").filter(has_text="Kontrollér loggen")


def _see_it_done(page: Page) -> None:
    """Nothing is pressed: the page asks for itself anew, and takes the focus from nobody."""
    _row(page).get_by_text("Uden afvigelser", exact=True).wait_for(timeout=WAITED_FOR)
    assert page.evaluate("window.isTheSamePage")
    assert page.evaluate(FOCUSED) == "run-tidy_up"
    expect(_row(page)).to_contain_text("Poster i loggen")
    latest = page.get_by_role("table", name="Seneste kørsler").get_by_role("row").filter(has_text="Kontrollér loggen")
    expect(latest).to_contain_text("Uden afvigelser")
    expect(latest).to_contain_text("Startet manuelt")
    page.get_by_role("button", name="Kør nu Kontrollér loggen").wait_for()
    assert faults(page) == []


def _send_again(app: Flask, page: Page) -> None:
    """The mail is found by what the server said; the password was entered long ago by now."""
    go_to(page, "Mails")
    page.get_by_role("link", name="Kræver handling (1)").wait_for(timeout=WAITED_FOR)
    expect(page.get_by_role("row").filter(has_text="hanne@dma.example")).to_contain_text("550 5.1.1 no such mailbox")
    page.get_by_role("row").filter(has_text="hanne@dma.example").get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text("550 5.1.1 no such mailbox")
    assert faults(page) == []
    with app.app_context(), transaction():
        db.session.execute(update(UserSession).values(password_entered_at=datetime(2026, 1, 1, tzinfo=UTC)))
    page.get_by_role("button", name="Send med et nyt password").click()
    comes_to(page, "Skriv dit password igen")
    page.fill('[name="password_again"]', PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Et nyt midlertidigt password er på vej til hanne@dma.example.").wait_for()
    comes_to(page, "Midlertidigt password til hanne@dma.example")
    go_to(page, "Mails")
    expect(page.get_by_role("link", name="Kræver handling (0)")).to_have_count(1)


def _password_in(message: Any) -> str:
    text = message.get_body(("plain",)).get_content()
    return re.search(r"^\s*([A-Za-z0-9]{24})\s*$", text, re.MULTILINE)[1]  # type: ignore[index]


def _begin(page: Page, address: str, names: dict[str, str], password: str) -> None:
    """The password of the mail that was refused is dead; the new one leads to the change page."""
    sign_in(page, address, names["hanne"], names["dead password"])
    page.get_by_role("alert").first.wait_for()
    sign_in(page, address, names["hanne"], password)
    comes_to(page, "Skift password")
    page.get_by_label("Midlertidigt password fra e-mailen").fill(password)
    page.get_by_label("Nyt password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Gentag det nye password").fill(NEW_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Skift password").click()
    comes_to(page, "Overblik")
