"""Journeys 2 and 3 in English, by real mail: invited, registered, sent back, corrected, validated, signed in.

`python run.py` runs as on a fresh machine; what a browser does with it depends on no database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch, browser, comes_to
from tests.stories.test_invitation import ADDRESS, FIRST_USER, LINK, NAME, PASSWORD, mail_to, new_page
from tests.stories.test_registration import system

__all__ = ["system"]  # fixtures
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
REASON = "Please write the town in full."


@dataclass
class Story:
    """The system, a browser, and the page of who invites and validates."""

    address: str
    chromium: Browser
    watch: Watch
    inviter: Page

    def page(self) -> Page:
        """A browser of its own, whose reader reads English."""
        return new_page(self.chromium, self.watch, "en-GB")

    def link(self, about: str, quoted: str) -> str:
        """The link in the newest mail to the body about something, which quotes the inviter."""
        text = mail_to(self.page(), self.address, ADDRESS, about)
        assert f"> {quoted}" in text
        return f"{self.address}{LINK.search(text)[0]}"  # type: ignore[index]


@pytest.mark.rule("R5", "R11", "R12", "R14", "R15", "R17", "R18", "R19", "R54", "R72", "R87")
def test_in_english_from_the_invitation_over_a_return_to_the_first_log_in(system: str) -> None:
    watch = Watch(system)
    with browser() as chromium:
        story = Story(system, chromium, watch, new_page(chromium, watch, "en-GB"))
        _invite(story)
        first = story.link("invites", "We look forward to seeing you.")
        _register(story, first)
        _send_back(story)
        second = story.link("correct", REASON)
        _correct(story, first, second)
        username = _validate(story)
        _begin(story, username)
        _the_link_says_that_it_is_done(story, second)
    # A link that was replaced is answered 404, which Chromium reports as a failure.
    assert [report for report in watch.reports if "status of 404" not in report] == []
    assert watch.foreign == []


def _sign_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(address)
    page.get_by_label("Username", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def _invite(story: Story) -> None:
    page = story.inviter
    _sign_in(page, story.address, "adgang001", "Demo-Adgang-2026")
    comes_to(page, "Overblik")  # the account reads Danish until another language is chosen
    page.get_by_role("button", name="English").click()
    comes_to(page, "Overview")
    page.locator("summary", has_text="Administration").click()
    page.get_by_role("link", name="Registration invitations").first.click()
    page.get_by_role("link", name="New invitation").click()
    comes_to(page, "New invitation")
    page.get_by_label("Name of the authority").fill(NAME)
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Language of the mail and the form").select_option(label="English")
    page.get_by_label("Message").fill("We look forward to seeing you.")
    page.get_by_role("button", name="Send invitation").click()
    comes_to(page, NAME)
    expect(page.get_by_text(f"The invitation is on its way to {ADDRESS}.")).to_be_visible()


def _register(story: Story, link: str) -> None:
    page = story.page()
    page.goto(link)
    comes_to(page, f"Register {NAME} in IMI")
    page.get_by_role("link", name="Begin the registration").click()
    comes_to(page, "Register the authority")
    for label, value in {
        "Informal title (Danish)": "Beredskab for el og gas",
        "E-mail": ADDRESS,
        "Town or city": "Esb.",
        "First name": "Gudrun",
        "Last name": "Ågård",
        "First user's e-mail": FIRST_USER,
        "First user's telephone": "+45 75 12 34 56",
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("What you have typed is saved.")).to_be_visible()
    page.context.close()
    page = story.page()
    page.goto(link)
    page.get_by_role("link", name="Go on with the registration").click()
    expect(page.get_by_label("First name")).to_have_value("Gudrun")
    _check_and_send(page)
    page.context.close()


def _check_and_send(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()
    comes_to(page, "Check the details")
    page.get_by_role("button", name="Send registration").click()
    comes_to(page, "The registration is sent")


def _open_task(story: Story, about: str) -> Page:
    """By the mail to who invited, which is in the language of his account: in it, the way to what awaits him."""
    page = story.inviter
    text = mail_to(story.page(), story.address, "@", about)
    page.goto(story.address + re.search(r"/tasks/awaiting-validation/", text)[0])  # type: ignore[index]
    comes_to(page, "Awaiting validation")
    page.get_by_role("link", name=NAME).click()
    comes_to(page, NAME)
    return page


def _send_back(story: Story) -> None:
    page = _open_task(story, "registreret sig")
    page.get_by_role("link", name="Send back to be corrected").click()
    comes_to(page, "Send the registration back to be corrected?")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Send back to be corrected").click()
    comes_to(page, NAME)
    expect(page.get_by_text("The registration is sent back, and the authority")).to_be_visible()


def _correct(story: Story, old: str, link: str) -> None:
    page = story.page()
    page.goto(old)
    comes_to(page, "This link opens nothing")
    page.goto(link)
    comes_to(page, f"Correct the registration of {NAME}")
    expect(page.get_by_text(REASON)).to_be_visible()
    page.get_by_role("link", name="Go on with the registration").click()
    comes_to(page, "Correct the registration")
    expect(page.get_by_text(REASON)).to_be_visible()
    expect(page.get_by_label("Last name")).to_have_value("Ågård")
    page.get_by_label("Town or city").fill("Esbjerg")
    _check_and_send(page)


def _validate(story: Story) -> str:
    page = _open_task(story, "rettet")
    expect(page.get_by_role("main")).to_contain_text("Esbjerg")
    page.get_by_role("button", name="Validate the registration").click()
    comes_to(page, "The registration is validated")
    page.get_by_role("button", name="Show username").click()
    return page.locator("output").inner_text()


def _begin(story: Story, username: str) -> None:
    """The first user chose English by the language of the invitation."""
    page = story.page()
    text = mail_to(page, story.address, FIRST_USER, "temporary password")
    password = re.search(r"^\s*([A-Za-z0-9]{24})\s*$", text, re.MULTILINE)[1]  # type: ignore[index]
    assert username not in text
    _sign_in(page, story.address, username, password)
    comes_to(page, "Change password")
    page.get_by_label("Temporary password from the e-mail").fill(password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat the new password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Change password").click()
    comes_to(page, "Overview")
    page.get_by_role("main").get_by_role("link", name="My authority").click()
    comes_to(page, NAME)


def _the_link_says_that_it_is_done(story: Story, link: str) -> None:
    page = story.page()
    page.goto(link)
    comes_to(page, "The authority is registered")
    expect(page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
