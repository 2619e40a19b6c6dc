"""The demo behind a real server and a browser before it, in the reader's language and in marked words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import (
    Authority,
    ImiUser,
    Invitation,
    JobRun,
    MailState,
    OutgoingMail,
    PassedOnHow,
    RegistrationDraft,
    RunState,
)
from app.policy.plans import Job
from app.services import invitations, registrations, self_registrations, sessions, validations
from app.transaction import transaction
from tests import html_checker, inviting
from tests.browser import Watch, browser
from tests.conftest import application_over
from tests.make import Maker
from tests.marked_words import data_of, label, write_catalogue
from tests.pages.every_page import CAUGHT, PAGES, TYPED
from tests.registering import TYPED as REGISTERED
from tests.registering import contacts
from tests.site import served

# With an address as long as they come: nothing a server says makes a page scroll sideways.
LONG_ADDRESS = "sagsbehandler.med.langt.navn@myndighed.example"
REFUSED, ERROR = f"550 5.1.1 <{LONG_ADDRESS}>: Recipient address rejected", "OSError"
NOT_NOW = "450 4.2.0 Greylisted"
SUBJECT = "Post"  # of a mail that the catcher has kept
MESSAGE = "Kære kollega\n\nVi vil gerne have jer med i IMI."
REASON = "Skriv, hvilken afdeling der skal bruge adgangen."
# Bodies that nothing in the demo looks like, but for the one that is to look like another.
BODIES = {
    "invited": "Kvindelig Zoneterapi",
    "begun": "Xylofonrådet",
    "cancelled": "Quizudvalget",
    "returned": "Wienerbrødslauget",
    "waiting": "Sikkerhedstyrelsen Vest",
    "validated": "Yogatilsynet",
    "own": "Zebranævnet",
}
NEW = "Region Nordjylland"  # whose first user has not signed in yet
LOCALES = {"da": "da-DK", "en": "en-GB"}


@dataclass
class Site:
    """The demo behind a real server, and a browser before it. `marked_address` answers in marked words."""

    application: Flask
    address: str
    marked_address: str
    chromium: Browser
    ids: dict[str, str]
    data: re.Pattern[str]
    _pages: dict[tuple[str, bool], tuple[Page, Watch]] = field(default_factory=dict)

    def page(self, username: str, language: str, *, scripts: bool = True) -> tuple[Page, Watch]:
        """A page in which nobody or the user is signed in, and what it does from now on. There is one for each
        language, used again and again: a new one takes as long as a visit."""
        if (language, scripts) not in self._pages:
            options = {"locale": LOCALES[language], "java_script_enabled": scripts, "reduced_motion": "reduce"}
            context = self.chromium.new_context(**options)  # type: ignore[arg-type]
            watch = Watch(self.address)
            self._pages[language, scripts] = watch.over(context.new_page()), watch
        page, watch = self._pages[language, scripts]
        page.goto("about:blank")  # what was shown may go on asking, and would now be refused
        page.context.clear_cookies()
        if username:
            cookie = {"name": "session", "value": self._cookie(username, language), "url": self.address}
            page.context.add_cookies([cookie])  # type: ignore[list-item]
        watch.reports.clear()
        watch.foreign.clear()
        return page, watch

    def open(self, page: Page, name: str, language: str, *, in_marked_words: bool = False) -> Response:
        """Open one of PAGES, type what is to be typed there, and send its form; the last answer."""
        username, path, _, button = PAGES[name]
        if path.startswith("/invitation/") and not username:
            self._choose(page, language)

        def words(pair: str) -> Any:
            found = pair.split("|")[language == "en"]
            return label(found) if in_marked_words else found

        answer = page.goto((self.marked_address if in_marked_words else self.address) + path.format(**self.ids))
        for pair, value in TYPED.get(name, {}).items():
            page.get_by_label(words(pair), exact=True).fill(value)
        if button:
            # A form may give its place in the history another address before it is sent: that loads no page.
            with page.expect_event("load"), page.expect_response(_is_of_a_page) as found:
                page.get_by_role("main").get_by_role("button", name=words(button), exact=True).click()
            answer = found.value
        assert answer is not None
        return answer

    def _choose(self, page: Page, language: str) -> None:
        """Let who was invited choose the language: else the invitation's is shown, whatever the browser asks for."""
        cookie = {"name": "session", "value": self._signed({"locale": language}), "url": self.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]

    def _cookie(self, username: str, language: str) -> str:
        """A signed-in browser's session."""
        with self.application.app_context(), transaction():
            found = select(ImiUser).where(ImiUser.username == username)
            if username == "new":
                found = select(ImiUser).join(Authority, Authority.id == ImiUser.authority_id)
                found = found.where(ImiUser.first_log_in_at.is_(None), Authority.official_name == NEW)
            token = sessions.begin(db.session.scalars(found).one())
        return self._signed({"_user_id": token, "_fresh": True, "locale": language})

    def _signed(self, content: dict[str, Any]) -> str:
        serializer: Any = self.application.session_interface.get_signing_serializer(self.application)  # type: ignore[attr-defined]
        return str(serializer.dumps(content))


def _is_of_a_page(response: Response) -> bool:
    return response.request.is_navigation_request() and not 300 <= response.status < 400


@pytest.fixture(scope="session")
def site(
    new_database: Callable[..., str], demo_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    html_checker.port()
    url, folder = new_database(demo_database), tmp_path_factory.mktemp("pages")
    application = application_over(url, APP_VAR=folder, PROPAGATE_EXCEPTIONS=False)
    application.view_functions["HealthView.alive"] = _fail
    in_marked_words = _in_marked_words(application, url, folder)
    _keep_mail(folder)
    ids = _build(application)
    typed = [
        SUBJECT,
        REFUSED,
        NOT_NOW,
        ERROR,
        *REGISTERED.values(),
        *BODIES.values(),
        MESSAGE,
        REASON,
        *(value for values in TYPED.values() for value in values.values()),
    ]
    typed += [rule.rule for rule in application.url_map.iter_rules()]  # refusals of other tests name them in the log
    with served(application) as address, served(in_marked_words) as marked, browser() as chromium:
        yield Site(application, address, marked, chromium, ids, data_of(application, typed))
    for each in (application, in_marked_words):
        with each.app_context():
            db.session.remove()
            db.engine.dispose()


def _in_marked_words(application: Flask, url: str, folder: Path) -> Flask:
    words = write_catalogue(folder / "translations")
    more = {**dict(application.config), "BABEL_TRANSLATION_DIRECTORIES": str(words)}
    other = application_over(url, **more)
    other.view_functions["HealthView.alive"] = _fail
    return other


def _fail() -> None:
    raise ZeroDivisionError


def _keep_mail(folder: Path) -> None:
    (folder / "mails").mkdir()
    file = folder / "mails" / f"{CAUGHT}.eml"
    file.write_text(
        f"To: hanne@dma.example\nSubject: {SUBJECT}\nContent-Type: text/html\n\n<!DOCTYPE html><p>Hej\n", "utf-8"
    )


def _build(application: Flask) -> dict[str, str]:
    """Add what the demo does not have; the ids of authorities by the names they have in PAGES."""
    names = {"authority": "Sikkerhedsstyrelsen", "new": NEW}
    with application.app_context(), transaction():
        found = {key: select(Authority.public_id).where(Authority.official_name == name) for key, name in names.items()}
        found |= _undelivered() | _draft()
        fixed = _invitations()
        _pass_on(found["authority"])
        _runs()
        return {key: str(db.session.scalars(rows).one()) for key, rows in found.items()} | fixed


def _draft() -> dict[str, Any]:
    """A draft that the NIMIC has kept, and one that a coordinator of it has not finished; the address of the first."""
    nimic = db.session.scalars(select(ImiUser).where(ImiUser.username == "nimicdk001")).one()
    kept = Maker().draft(nimic, public_id=uuid.UUID(int=7))
    Maker().draft(nimic, kept=False, typed={"last_name": REGISTERED["last_name"]})
    return {"draft": select(RegistrationDraft.public_id).where(RegistrationDraft.id == kept.id)}


def _invitations() -> dict[str, str]:
    """An invitation in each state that has a page of its own: public numbers, and the links of invited bodies."""
    nimic = db.session.scalars(select(ImiUser).where(ImiUser.username == "nimicdk001")).one()
    actor = Maker().actor(nimic)
    rows = {
        name: _invite(actor, name) for name in ("invited", "begun", "cancelled", "returned", "waiting", "validated")
    }
    rows["own"] = _invite(actor, "own", recipient_email=nimic.email_address)
    links = {name: inviting.token_of(row) for name, row in rows.items()}
    sent = {name: _answered(actor, rows[name]) for name in ("returned", "waiting", "validated", "own")}
    self_registrations.save(links["begun"], list(inviting.typed_of(BODIES["begun"])), "")
    invitations.cancel(actor, rows["cancelled"].public_id, rows["cancelled"].version, REASON)
    validations.send_back(actor, sent["returned"].public_id, sent["returned"].version, REASON)
    inviting.validated(actor, sent["validated"].public_id, sent["validated"].version)
    return {
        **{name: str(rows[name].public_id) for name in ("invited", "cancelled", "returned")},
        **{name: str(sent[name].public_id) for name in ("waiting", "validated", "own")},
        "link": links["invited"],
        "begun": links["begun"],
        "link_back": inviting.token_of(rows["returned"]),
        "link_sent": links["waiting"],
        "link_cancelled": links["cancelled"],
    }


def _invite(actor: Any, name: str, **more: Any) -> Invitation:
    given = {"recipient_email": f"post@{name}.example", "message": MESSAGE}
    return inviting.invited(actor, invited_name=BODIES[name], **(given | more))


def _answered(actor: Any, row: Invitation) -> Authority:
    """What the body has sent; another name than it was invited by, and another mail domain."""
    return inviting.registered(actor, row, official_name=f"{row.invited_name} Kommune", **contacts(row.id))


def _pass_on(number: Any) -> None:
    """The first user of the authority has been told the username, before signing in."""
    authority = db.session.scalars(select(Authority).where(Authority.public_id.in_(number))).one()
    user = registrations.first_user_of(authority)
    user.username_passed_on_at, user.username_passed_on_how = user.registered_at, PassedOnHow.telephone.value


def _undelivered() -> dict[str, Any]:
    """A mail that the server refused, one of which nobody knows, and one that waits too long; their addresses."""
    user = db.session.scalars(select(ImiUser).where(ImiUser.username == "superb001")).one()
    moment = clock.now()
    same = {"kind": "M1", "language": "da", "authority_id": user.authority_id, "recipient": user.email_address}
    same |= {"subject": "Din adgang", "due_at": moment + timedelta(days=1), "user_id": user.id}
    values: dict[str, dict[str, Any]] = {
        "refused": {"state": MailState.failed, "server_answer": REFUSED, "created_at": moment},
        "mail": {"state": MailState.unsure, "server_answer": "no_answer", "created_at": moment},
        "late": {"state": MailState.queued, "server_answer": NOT_NOW, "created_at": moment - timedelta(hours=1)},
    }
    db.session.add_all(OutgoingMail(**same, **more, message_id=f"<{name}@x>") for name, more in values.items())
    return {name: select(OutgoingMail.public_id).where(OutgoingMail.message_id == f"<{name}@x>") for name in values}


def _runs() -> None:
    """A run of each outcome."""
    moment = clock.now()
    ended = {"started_at": moment, "ended_at": moment}
    faults = [{"kind": "changed", "position": number, "event": number} for number in range(4, 12)]
    broken = {"invariant": "user-who-cannot-be-reached", "rule": "R2", "rows": 3}
    runs: dict[Job, dict[str, Any]] = {
        Job.sweep_mails: {"state": RunState.done, "counts": {"recovered": 2}, **ended},
        Job.verify_log: {"state": RunState.done, "counts": {"entries": 12}, "findings": faults, **ended},
        Job.check_invariants: {"state": RunState.done, "counts": {"broken": 1}, "findings": [broken], **ended},
        Job.sign_log_head: {"state": RunState.failed, "error": ERROR, **ended},
        Job.tidy_up: {"state": RunState.running, "lease_until": moment + timedelta(days=1), "started_at": moment},
    }
    db.session.add_all(JobRun(name=job.value, slot=moment, **values) for job, values in runs.items())
