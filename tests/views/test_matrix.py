"""Every route, asked for by everybody about every kind of authority: what is answered, printed into `matrix.txt`.

`make matrices` writes the file; the test here holds it against the application.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.routing import Rule

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityKind, AuthorityStatus, ImiUser, MailState, OutgoingMail, Reach
from app.services import sessions
from tests.conftest import DIALECTS
from tests.matrices import HOW, compare, table
from tests.services.test_undelivered_mails import mail_to, new_user
from tests.views.test_gate import LINK, address, beside

# Some 1,400 requests: on both databases in CI, else on one. tests/policy/test_authorities.py proves for every role that
# both let the same rows through.
pytestmark = pytest.mark.parametrize(
    "dialect", DIALECTS if os.environ.get("CI") else ["sqlite"], indirect=True, scope="session"
)

MATRIX_FILE = Path(__file__).with_name("matrix.txt")
HEADING = f"""What each page answers to whom, about which authority: real requests, each form sent empty with its token.
{HOW}

200 shown   302 done, led on   login: led to sign-in   change: led to the change of password   401 not signed in
403 the password is asked for   404 there is no such page   409 refused with a reason   422 the empty form is refused
.   the person's own authority stands in this column: there is one coordinator a country, and one Commission

The columns are those of tests/policy/matrix.txt. A route about a module is asked for PQ-REQ. Managers have a delegation
for the country; for what is mine only; for the country and PQ-REQ only ("this") or SERV-REQ only ("that"). "restricted"
has a temporary password, "blocked" a blocked one, and the own authority of "gone" is deactivated: managers otherwise.
A route about a mail is asked for one of the authority, to a new user, of which nobody knows whether it came; one about
a draft for one that the authority has kept; one about an invitation for one that it has sent, and one about a task for
a registration that it has invited. A link is that of an invitation that nobody has answered.
"""
NOBODY = "nobody"
COLUMNS = (
    "own", "mine", "other", "manager", "nimic", "comm", "gone", "gone-o", "await", "draft", "abroad", "nimic-ab",
)  # fmt: skip


class Person(NamedTuple):
    """Somebody who asks, and what the columns are for him."""

    user: ImiUser | None
    targets: dict[str, uuid.UUID]


@pytest.fixture
def people(make: Any) -> dict[str, Person]:
    """One of each role, and of each kind of authority one that is nobody's; first users who have not signed in."""
    nimic, commission = make.nimic(), make.authority("Kommissionen", kind=AuthorityKind.commission)
    manager = make.access_manager("En adgangsforvalter")
    shared = {
        "other": make.authority("En anden", managed_by=manager),
        "manager": manager,
        "nimic": nimic,
        "comm": commission,
        "gone-o": make.authority("En andens nedlagte", status=AuthorityStatus.deactivated, managed_by=manager),
        "abroad": make.authority("Grannen", country_code="SE"),
        "nimic-ab": make.nimic("SE"),
    }
    bodies = {
        NOBODY: make.authority(),
        "restricted": make.access_manager(),
        "user": make.authority(),
        "administrator": make.authority(),
        "manager country": make.access_manager(),
        "manager own": make.access_manager(reach=Reach.own),
        "manager this": make.access_manager(modules=[make.module("PQ-REQ")]),
        "manager that": make.access_manager(modules=[make.module("SERV-REQ")]),
        "manager blocked": make.access_manager(),
        "manager gone": make.authority(status=AuthorityStatus.deactivated),
        "nimic": nimic,
        "commission": commission,
    }
    make.delegation(bodies["manager gone"])
    targets = {name: shared | _own(make, body) for name, body in bodies.items()}
    for body in {body.id: body for found in targets.values() for body in found.values()}.values():
        make.draft(make.user(body, is_superuser=True, first_log_in_at=None), public_id=body.public_id)
        mail_to(body, MailState.unsure, user=new_user(make, body), public_id=body.public_id)
        if body.country_code:
            make.invitation(body, public_id=body.public_id)
            make.waiting(body, public_id=beside(body.public_id))
    make.invitation(manager, token_hash=sessions.hash_of(LINK))
    return {
        name: Person(_user(make, name, body), {column: target.public_id for column, target in targets[name].items()})
        for name, body in bodies.items()
    }


def _user(make: Any, name: str, body: Authority) -> ImiUser | None:
    temporary = {
        "password_is_temporary": True,
        "temporary_password_expires_at": clock.now() + timedelta(days=1),
    }
    values: dict[str, dict[str, Any]] = {
        "restricted": temporary,
        "user": {"administrator": False},
        "manager blocked": {"blocked_at": datetime(2026, 1, 1, tzinfo=UTC)},
    }
    user: ImiUser = make.user(body, **values.get(name, {}))
    return None if name == NOBODY else user


def _own(make: Any, body: Authority) -> dict[str, Authority]:
    """The person's own authority, and those that have it as access manager."""
    statuses = {
        "mine": AuthorityStatus.active,
        "gone": AuthorityStatus.deactivated,
        "await": AuthorityStatus.awaiting_validation,
        "draft": AuthorityStatus.draft,
    }
    mine = {name: make.authority(managed_by=body, status=status) for name, status in statuses.items()}
    return {"own": body, **mine}


class Browsers:
    """A browser for each person; signed in anew where he has signed out."""

    def __init__(self, app: Flask, people: dict[str, Person], sign_in: Any) -> None:
        self._people, self._sign_in = people, sign_in
        self._open: dict[str, tuple[Any, str]] = {}
        self._nobody: Any = app.test_client()

    def ask(self, name: str, method: str, rule: Rule, column: str) -> str:
        client, token = self._of(name)
        path = address(rule, self._people[name].targets[column])
        if rule.endpoint.startswith("MailsView."):
            _as_nobody_knows(self._people[name].targets[column])
        answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        answer.close()
        if rule.endpoint == "SignInView.sign_out":
            self._open.pop(name)
        if answer.status_code in (302, 303):
            return {"/login/": "login", "/password/": "change"}.get(urlsplit(answer.location).path, "302")
        return str(answer.status_code)

    def _of(self, name: str) -> tuple[Any, str]:
        if name not in self._open:
            user = self._people[name].user
            client = self._nobody if user is None else self._sign_in(user)
            self._open[name] = client, client.token()
        return self._open[name]


def _as_nobody_knows(public_id: uuid.UUID) -> None:
    """Make the mail again what it was before the last one who was asked about it did something."""
    unsure = {"state": MailState.unsure, "sent_at": None, "replaced_by_id": None}
    db.session.execute(update(OutgoingMail).where(OutgoingMail.public_id == public_id).values(unsure))


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every method of every route, in the order of addresses."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


def matrix(app: Flask, people: dict[str, Person], browsers: Browsers) -> str:
    """The file: pages about no authority first, then a table for each page about one."""
    rows = [
        (f"{method} {rule.rule}", [browsers.ask(name, method, rule, "own") for name in people])
        for method, rule in routes(app)
        if "public_id" not in rule.arguments
    ]
    parts = [HEADING, _upright(list(people)) + "\n" + table([], rows, first=40, width=8).removeprefix("\n") + "\n"]
    for method, rule in routes(app):
        if "public_id" in rule.arguments:
            cells = [(name, _cells(browsers, name, method, rule)) for name in people]
            parts.append(f"{method} {rule.rule}\n{table(COLUMNS, cells, first=18, width=8)}\n")
    return "\n".join(parts)


def _upright(names: list[str]) -> str:
    """Two lines of headings: names of two words stand over each other."""
    words = [name.split() if " " in name else ["", name] for name in names]
    return "\n".join(("".ljust(40) + "".join(word[line][:7].ljust(8) for word in words)).rstrip() for line in (0, 1))


def _cells(browsers: Browsers, name: str, method: str, rule: Rule) -> list[str]:
    standing = {("nimic", "nimic"), ("commission", "comm")}
    return ["." if (name, column) in standing else browsers.ask(name, method, rule, column) for column in COLUMNS]


@pytest.mark.rule("R7", "R20", "R30", "R31", "R50", "R53", "R54", "R59", "R70", "R78")
def test_every_page_answers_everybody_as_reviewed(app: Flask, people: dict[str, Person], sign_in: Any) -> None:
    compare(MATRIX_FILE, matrix(app, people, Browsers(app, people, sign_in)))


def test_the_matrix_has_every_route(app: Flask) -> None:
    lines = MATRIX_FILE.read_text("utf-8")
    for method, rule in routes(app):
        assert len(re.findall(rf"^{re.escape(f'{method} {rule.rule}')}(\s|$)", lines, re.MULTILINE)) == 1, rule.rule
