"""A body is invited, registers itself, is validated, and its first user comes to his start page (journeys 2, 3, 11).

The first story runs `python run.py` as on a fresh machine, with real mail; the others a real server over the demo.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import Authority, ImiUser, Invitation
from app.services import invitations, validations
from app.transaction import transaction
from tests.browser import Watch, browser, comes_to
from tests.inviting import invited, registered, token_of, validated
from tests.make import Maker
from tests.registering import contacts
from tests.site import served
from tests.stories.test_registration import sign_in, system

__all__ = ["system"]  # fixtures
NAME = "Styrelsen for Forsyningssikkerhed"
ADDRESS, FIRST_USER = "post@sfos.example", "gudrun@sfos.example"
LINK = re.compile(r"/invitation/[A-Za-z0-9_-]{43}/")
INVITER = "Uddannelses- og Forskningsstyrelsen"
PASSWORD = "Vindmølle-og-4-Kabler"

on_one_database = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")


# --- The way through, by real mail, on both databases ----------------------------------------------------------------


@pytest.mark.rule("R5", "R11", "R12", "R14", "R15", "R16", "R18", "R54", "R87", "R92")
def test_a_body_is_invited_registers_itself_and_its_first_user_signs_in(system: str, tmp_path: Path) -> None:
    watch = Watch(system)
    with browser() as chromium:
        inviter = new_page(chromium, watch)
        _invite(inviter, system)
        link = _link_in_mail(inviter, system, ADDRESS)
        _register(chromium, watch, system + link)
        username = _validate(inviter, system)
        first_user = new_page(chromium, watch)
        password = _password_in_mail(first_user, system)
        assert username not in first_user.content()
        _begin(first_user, system, username, password)
    assert watch.reports == []
    assert watch.foreign == []
    said = (tmp_path / "out").read_text()  # gunicorn, worker, scheduler, and the application's own lines
    assert "POST /invitation/<token>/send 303" in said
    assert link.split("/")[2] not in said


def new_page(chromium: Browser, watch: Watch, locale: str = "da-DK") -> Page:
    """A browser of its own, in which nobody is signed in."""
    return watch.over(chromium.new_context(locale=locale).new_page())


def _invite(page: Page, address: str) -> None:
    """By the menu, with a message and suggestions."""
    page.goto(address)
    sign_in(page, "adgang001", "Demo-Adgang-2026")
    page.locator("summary", has_text="Administration").click()
    page.get_by_role("link", name="Opfordringer til registrering").first.click()
    comes_to(page, "Opfordringer til registrering")
    page.get_by_role("link", name="Ny opfordring").click()
    comes_to(page, "Ny opfordring")
    page.get_by_label("Myndighedens navn").fill(NAME)
    page.get_by_label("E-mailadresse").fill(ADDRESS)
    page.get_by_label("Besked").fill("Kære Gudrun\n\nVi glæder os til at se jer i IMI.")
    page.locator("summary", has_text="Foreslåede moduler").click()
    page.get_by_label("SOLVIT – sager").check()
    page.get_by_role("button", name="Send opfordring").click()
    comes_to(page, NAME)
    expect(page.get_by_text(f"Opfordringen er på vej til {ADDRESS}.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("SOLVIT – sager")


def mail_to(page: Page, address: str, recipient: str, about: str) -> str:
    """The newest mail to somebody about something, as text, read from the catcher once it is there."""
    found = page.get_by_role("row").filter(has_text=recipient).filter(has_text=about)
    for _ in range(80):
        page.goto(f"{address}/dev/mails/")
        if found.count():
            break
        time.sleep(0.25)
    found.first.get_by_role("link").click()
    return page.locator("pre").first.inner_text()


def _link_in_mail(page: Page, address: str, recipient: str) -> str:
    text = mail_to(page, address, recipient, "opfordrer")
    assert "> Vi glæder os til at se jer i IMI." in text
    return LINK.search(text)[0]  # type: ignore[index]


def _register(chromium: Browser, watch: Watch, link: str) -> None:
    """Without an account: begun, saved, left; gone on with in another browser, checked and sent."""
    first = new_page(chromium, watch)
    first.goto(link)
    comes_to(first, f"Registrer {NAME} i IMI")
    expect(first.get_by_text("Vi glæder os til at se jer i IMI.")).to_be_visible()
    first.get_by_role("link", name="Begynd registreringen").click()
    comes_to(first, "Registrer myndigheden")
    expect(first.get_by_label("Officielt navn")).to_have_value(NAME)
    first.get_by_label("Uformel titel (dansk)").fill("Beredskab for el og gas")
    first.get_by_label("By", exact=True).fill("Esbjerg")
    first.get_by_role("button", name="Gem kladde").click()
    expect(first.get_by_text("Det, du har skrevet, er gemt.")).to_be_visible()
    first.context.close()
    other = new_page(chromium, watch)
    other.goto(link)
    other.get_by_role("link", name="Fortsæt registreringen").click()
    expect(other.get_by_label("By", exact=True)).to_have_value("Esbjerg")
    other.get_by_role("button", name="Fortsæt").click()
    expect(other.get_by_role("alert")).to_contain_text("Skriv den første brugers telefonnummer.")
    other.get_by_label("E-mail", exact=True).fill(ADDRESS)
    other.get_by_label("Fornavn").fill("Gudrun")
    other.get_by_label("Efternavn").fill("Ågård")
    other.get_by_label("Den første brugers e-mail").fill(FIRST_USER)
    other.get_by_label("Den første brugers telefon").fill("+45 75 12 34 56")
    other.get_by_role("button", name="Fortsæt").click()
    comes_to(other, "Kontrollér oplysningerne")
    expect(other.get_by_role("main")).to_contain_text("Gudrun")
    other.get_by_role("button", name="Send registreringen").click()
    comes_to(other, "Registreringen er sendt")
    assert "Gudrun" not in other.content()


def _validate(page: Page, address: str) -> str:
    """From the mail to the task, and on to the username on the receipt; gives it."""
    text = mail_to(page, address, "@", "registreret sig")
    path = re.search(r"/tasks/awaiting-validation/", text)
    assert path is not None
    page.goto(address + path[0])
    comes_to(page, "Afventer validering")
    page.get_by_role("link", name=NAME).click()
    comes_to(page, NAME)
    expect(page.get_by_role("main")).to_contain_text("+45 75 12 34 56")
    page.get_by_role("button", name="Valider registreringen").click()
    comes_to(page, "Registreringen er valideret")
    page.get_by_role("button", name="Vis brugernavn").click()
    username = page.locator("output").inner_text()
    assert re.fullmatch(r"[a-z]+\d{3,}", username)
    page.get_by_role("link", name="Giv adgang til moduler").click()
    comes_to(page, "Giv adgang til moduler")
    expect(page.get_by_role("listitem").filter(has_text="SOLVIT – sager")).to_have_count(1)
    expect(page.get_by_role("heading", name="Foreslået i opfordringen")).to_be_visible()
    return username


def _password_in_mail(page: Page, address: str) -> str:
    text = mail_to(page, address, FIRST_USER, "")
    return re.search(r"^\s*([A-Za-z0-9]{24})\s*$", text, re.MULTILINE)[1]  # type: ignore[index]


def _begin(page: Page, address: str, username: str, password: str) -> None:
    page.goto(address)
    sign_in(page, username, password)
    comes_to(page, "Skift password")
    page.get_by_label("Midlertidigt password fra e-mailen").fill(password)
    page.get_by_label("Nyt password", exact=True).fill(PASSWORD)
    page.get_by_label("Gentag det nye password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Skift password").click()
    comes_to(page, "Overblik")
    page.get_by_role("main").get_by_role("link", name="Min myndighed").click()
    comes_to(page, NAME)


# --- Over the demo ---------------------------------------------------------------------------------------------------


@dataclass
class Country:
    """The demo behind a real server, who invites in it, and a browser."""

    application: Flask
    address: str
    chromium: Browser
    watch: Watch

    def page(self, **options: Any) -> Page:
        """A browser of its own, in which nobody is signed in."""
        return self.watch.over(self.chromium.new_context(locale="da-DK", **options).new_page())

    def signed_in(self, username: str, **options: Any) -> Page:
        page = self.page(**options)
        page.goto(self.address)
        sign_in(page, username, "Demo-Adgang-2026")
        comes_to(page, "Overblik")
        return page

    def invite(self, **changed: Any) -> str:
        """The link of a new invitation by adgang001."""
        with self.application.app_context(), transaction():
            given = {"invited_name": NAME, "recipient_email": ADDRESS, "language": "da"}
            return f"{self.address}/invitation/{token_of(invited(self._actor(), **(given | changed)))}/"

    def send(self, **changed: Any) -> None:
        """The body answers the last invitation."""
        with self.application.app_context(), transaction():
            registered(self._actor(), self._last(), **({"official_name": NAME, **contacts(7)} | changed))

    def act(self, what: str) -> None:
        """Somebody does this about the last invitation."""
        with self.application.app_context(), transaction():
            row, actor = self._last(), self._actor()
            body = db.session.get(Authority, row.authority_id) if row.authority_id else None
            if what == "expire":
                row.expires_at = clock.now() - timedelta(minutes=1)
            elif what == "cancel":
                invitations.cancel(actor, row.public_id, row.version, "Vi har skrevet forkert.")
            elif what == "resend":
                invitations.resend(actor, row.public_id, row.version)
            elif body is not None and what == "validate":
                validated(actor, body.public_id, body.version)
            elif body is not None:
                validations.reject(actor, body.public_id, body.version, "I er ikke en myndighed.")

    def link(self) -> str:
        """The link that the last mail carried."""
        with self.application.app_context():
            return f"{self.address}/invitation/{token_of(self._last())}/"

    def _last(self) -> Invitation:
        return db.session.scalars(select(Invitation).order_by(Invitation.id.desc()).limit(1)).one()

    def _actor(self) -> Any:
        return Maker().actor(db.session.scalars(select(ImiUser).where(ImiUser.username == "adgang001")).one())


@pytest.fixture
def country(real_demo_app: Flask) -> Iterator[Country]:
    with served(real_demo_app) as address, browser() as chromium:
        yield Country(real_demo_app, address, chromium, Watch(address))


@on_one_database
@pytest.mark.rule("R17", "R19", "R72")
def test_a_registration_is_sent_back_corrected_and_validated(country: Country) -> None:
    old = country.invite()
    country.send()
    validator = country.signed_in("adgang001")
    _open_task(validator, country.address)
    validator.get_by_role("link", name="Send tilbage til rettelse").click()
    comes_to(validator, "Vil du sende registreringen tilbage til rettelse?")
    validator.get_by_role("button", name="Send tilbage til rettelse").click()
    expect(validator.get_by_role("alert")).to_contain_text("Skriv en begrundelse.")
    validator.get_by_label("Begrundelse").fill("Skriv byens fulde navn.")
    validator.get_by_role("button", name="Send tilbage til rettelse").click()
    comes_to(validator, NAME)
    expect(validator.get_by_text("Registreringen er sendt tilbage, og myndigheden")).to_be_visible()
    body = country.page()
    body.goto(old)
    comes_to(body, "Linket virker ikke")
    body.goto(country.link())
    comes_to(body, f"Ret registreringen af {NAME}")
    expect(body.get_by_text("Skriv byens fulde navn.")).to_be_visible()
    body.get_by_role("link", name="Fortsæt registreringen").click()
    comes_to(body, "Ret registreringen")
    expect(body.get_by_text("Skriv byens fulde navn.")).to_be_visible()
    expect(body.get_by_label("Fornavn")).to_have_value("Sørine")
    body.get_by_label("By", exact=True).fill("Aalborg Øst")
    body.get_by_role("button", name="Fortsæt").click()
    comes_to(body, "Kontrollér oplysningerne")
    body.get_by_role("button", name="Send registreringen").click()
    comes_to(body, "Registreringen er sendt")
    _open_task(validator, country.address)
    expect(validator.get_by_role("main")).to_contain_text("Aalborg Øst")
    validator.get_by_role("button", name="Valider registreringen").click()
    comes_to(validator, "Registreringen er valideret")
    # What is gone, who was signed out and what was refused are answers that Chromium reports as failures.
    assert [report for report in country.watch.reports if "status of 404" not in report] == []


def _open_task(page: Page, address: str) -> None:
    page.goto(f"{address}/tasks/awaiting-validation/")
    page.get_by_role("link", name=NAME).click()
    comes_to(page, NAME)


ASK, SIGN_IN, TRY = "Her kan du spørge", "Log ind", "Det kan du gøre"
# What happened, whether it was sent before, the heading, what is said, and the way on.
DEAD_ENDS = {
    "expired": ("expire", "", "Opfordringen er udløbet", "Bed om en ny opfordring", ASK),
    "cancelled": ("cancel", "", "Opfordringen er tilbagekaldt", f"{INVITER} har tilbagekaldt opfordringen", ASK),
    "registered": ("", "send", "Registreringen er sendt", "Du skal ikke gøre noget nu.", ASK),
    "validated": ("validate", "send", "Myndigheden er registreret", "Brugernavnet meddeles pr. telefon.", SIGN_IN),
    "rejected": ("reject", "send", "Registreringen er afvist", "Spørg, hvis du mener", ASK),
    "replaced": ("resend", "", "Linket virker ikke", "den nyeste mail", TRY),
}


@on_one_database
@pytest.mark.rule("R12", "R13", "R73")
@pytest.mark.parametrize("end", DEAD_ENDS)
def test_every_dead_end_says_in_plain_words_why_and_what_to_do(country: Country, end: str) -> None:
    act, sent, heading, says, way_on = DEAD_ENDS[end]
    link = country.invite()
    if sent:
        country.send()
    if act:
        country.act(act)
    page = country.page()
    for path in ("", "registration", "check"):  # wherever one has come to by the link
        page.goto(f"{link}{path}")
        comes_to(page, heading)
    expect(page.get_by_role("main")).to_contain_text(says)
    assert "Sørine" not in page.content()  # whatever was sent is shown to nobody by the link
    _leads_on(page, way_on)


def _leads_on(page: Page, way_on: str) -> None:
    """Nobody is left alone: whom to ask by mail, where to sign in, or what to try."""
    main = page.get_by_role("main")
    if way_on == SIGN_IN:
        main.get_by_role("link", name=SIGN_IN).click()
        comes_to(page, SIGN_IN)
        return
    expect(main.get_by_role("heading", name=way_on)).to_be_visible()
    if way_on == ASK:
        expect(main).to_contain_text(INVITER)
        expect(main.locator("a[href^='mailto:']")).to_have_count(1)


@on_one_database
@pytest.mark.rule("R12", "R73")
def test_a_link_that_is_cut_or_unknown_and_one_who_is_signed_in_are_told_what_to_do(country: Country) -> None:
    link, page = country.invite(), country.page()
    for wrong in (f"{link[:-5]}/", link[:-5], f"{country.address}/invitation/{'A' * 43}/"):
        page.goto(wrong)
        comes_to(page, "Linket virker ikke")
        _leads_on(page, TRY)
    somebody = country.signed_in("superb001")
    somebody.goto(link)
    comes_to(somebody, "Du er logget ind som Lone Damgaard")
    somebody.get_by_role("main").get_by_role("button", name="Log ud").click()
    comes_to(somebody, "Log ind")
    somebody.goto(link)
    comes_to(somebody, f"Registrer {NAME} i IMI")


@pytest.mark.rule("R13")
def test_two_who_send_one_invitation_register_one_authority(country: Country) -> None:
    link = country.invite()
    pages = [country.page(), country.page()]
    _fill(pages[0], link)
    for page in pages:
        page.goto(f"{link}check")
        comes_to(page, "Kontrollér oplysningerne")
    for page in pages:  # neither waits for the other
        page.get_by_role("button", name="Send registreringen").click(no_wait_after=True)
    for page in pages:
        comes_to(page, "Registreringen er sendt")
    with country.application.app_context():
        assert len(db.session.scalars(select(Authority.id).where(Authority.official_name == NAME)).all()) == 1


def _fill(page: Page, link: str) -> None:
    """All that must be filled in, and on to the check page."""
    page.goto(f"{link}registration")
    for label, value in {
        "Uformel titel (dansk)": "Beredskab for el og gas",
        "E-mail": ADDRESS,
        "By": "Esbjerg",
        "Fornavn": "Gudrun",
        "Efternavn": "Ågård",
        "Den første brugers e-mail": FIRST_USER,
        "Den første brugers telefon": "+45 75 12 34 56",
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Fortsæt").click()
    comes_to(page, "Kontrollér oplysningerne")


@on_one_database
@pytest.mark.rule("R8", "R9", "R10")
def test_who_invites_is_shown_what_looks_like_it_and_says_that_it_is_another(country: Country) -> None:
    page = country.signed_in("adgang001")
    page.goto(f"{country.address}/invitations/new")
    page.get_by_label("Myndighedens navn").press_sequentially("Sikkerhedstyrelsen (Danmark)")
    expect(page.locator("#duplicates")).to_contain_text("Sikkerhedsstyrelsen, Esbjerg")
    page.get_by_label("E-mailadresse").fill("post@sikker.example")
    page.get_by_role("button", name="Send opfordring").click()
    expect(page.get_by_role("alert")).to_contain_text("sæt hak")
    page.get_by_label("Ingen af de viste myndigheder er den, jeg vil opfordre").check()
    page.get_by_role("button", name="Send opfordring").click()
    comes_to(page, "Sikkerhedstyrelsen (Danmark)")
    page.goto(f"{country.address}/invitations/new")
    page.get_by_label("Myndighedens navn").press_sequentially("Sikkerhedstyrelsen Danmark")
    invitation = page.locator("#duplicates").get_by_role("link", name="Se opfordringen")
    expect(invitation).to_be_visible()
    assert country.watch.reports == []


@on_one_database
@pytest.mark.rule("R12", "R14", "R17", "R18")
def test_the_whole_way_needs_no_scripts(country: Country) -> None:
    inviter = country.signed_in("adgang001", java_script_enabled=False)
    inviter.goto(f"{country.address}/invitations/new")
    inviter.get_by_label("Myndighedens navn").fill(NAME)
    inviter.get_by_label("E-mailadresse").fill(ADDRESS)
    inviter.get_by_role("button", name="Send opfordring").click()
    comes_to(inviter, NAME)
    body = country.page(java_script_enabled=False)
    _fill(body, country.link())
    body.get_by_role("button", name="Send registreringen").click()
    comes_to(body, "Registreringen er sendt")
    inviter.locator("summary", has_text="Mine opgaver").click()
    inviter.get_by_role("link", name="Afventer validering").click()
    inviter.get_by_role("link", name=NAME).click()
    comes_to(inviter, NAME)
    inviter.get_by_role("button", name="Valider registreringen").click()
    comes_to(inviter, "Registreringen er valideret")
