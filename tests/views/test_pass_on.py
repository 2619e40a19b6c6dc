"""*Markér som meddelt* on the receipt, as a browser sees it (R5)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, ImiUser
from app.views.pass_on_form import PassOnForm, moment_of
from tests.conftest import Client
from tests.standing_clock import StandingClock
from tests.views.test_register_authority import PATH, chosen, errors, register, user_of, values

NOW = datetime(2026, 11, 24, 13, 5, 30, tzinfo=UTC)  # five past two in Copenhagen


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(NOW)
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def nimic(make: Any, time: StandingClock) -> ImiUser:
    found: ImiUser = make.user(make.nimic(), first_name="Åse", last_name="Bork")
    return found


@pytest.fixture
def browser(sign_in: Callable[..., Client], nimic: ImiUser) -> Client:
    return sign_in(nimic, "en")


def receipt(public_id: uuid.UUID) -> str:
    return f"{PATH}{public_id}/receipt"


def mark(browser: Client, public_id: uuid.UUID, **changed: str) -> Any:
    return browser.send(f"{PATH}{public_id}/passed-on", {"how": "telephone", "at": "2026-11-24T14:05", **changed})


@pytest.mark.rule("R5")
@pytest.mark.parametrize("language", ["da", "en"])
def test_shown_passed_on_and_marked(sign_in: Callable[..., Client], nimic: ImiUser, language: str) -> None:
    browser = sign_in(nimic, language)
    public_id = register(browser)
    button = {"da": "Markér som meddelt", "en": "Mark as passed on"}[language]
    assert button not in browser.get(receipt(public_id)).text  # nobody has seen it yet
    shown = browser.send(f"{PATH}{public_id}/username")
    for page in (shown.text, browser.get(receipt(public_id)).text):
        assert button in page
        assert values(page)["at"] == "2026-11-24T14:05"
        assert "telephone" in chosen(page)
    assert {"da": "Derefter vises det ikke her igen", "en": "It is not shown here again"}[language] in shown.text
    done = mark(browser, public_id, how="in_person", at="2026-11-24T14:05")
    assert (done.status_code, done.headers["Location"]) == (303, receipt(public_id))
    page = unescape(browser.get(receipt(public_id)).text)
    assert {"da": "Personligt, 24. nov. 2026 14.05, Åse Bork", "en": "In person, 24 Nov 2026 14:05, Åse Bork"}[
        language
    ] in page
    assert button not in page
    assert f"{PATH}{public_id}/username" not in page
    user = user_of(public_id)
    assert (user.username_passed_on_how, user.username_passed_on_at) == (
        "in_person",
        datetime(2026, 11, 24, 13, 5, tzinfo=UTC),
    )
    assert user.username not in page
    assert browser.send(f"{PATH}{public_id}/username").status_code == 302  # it is not shown again
    assert "Pass on the username" not in browser.get(f"/authorities/{public_id}/users").text
    acts = list(_db.session.scalars(select(AuditEvent.act)))
    assert acts.count("username.passed_on") == 1


BAD_MOMENTS = [
    *("", "x", "2026-11-24", "24-11-2026 14:05", "2026-11-24T14:05:00Z", "2026-13-01T00:00", "2026-11-24T25:00"),
    *(
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "2026-03-29T02:30",
        "２026-11-24T14:05",
        "x" * 10_000,
        "2026-02-30T10:00",
    ),
]


@pytest.mark.rule("R5")
@pytest.mark.rule("R84")
@pytest.mark.parametrize("at", [*BAD_MOMENTS, "2026-11-24T14:06", "2027-11-24T14:05", "2026-11-24T14:04"])
def test_a_moment_that_cannot_be_is_told_at_the_field(browser: Client, at: str) -> None:
    public_id = register(browser)
    browser.send(f"{PATH}{public_id}/username")
    answer = mark(browser, public_id, at=at, how="by_letter")
    assert answer.status_code == 422
    assert list(errors(answer.text)) == ["at"]
    assert values(answer.text)["at"] == at
    assert "by_letter" in chosen(answer.text)
    assert user_of(public_id).username_passed_on_at is None


@pytest.mark.rule("R5")
@pytest.mark.parametrize("how", ["", "mail", "x" * 10_000])
def test_a_way_that_is_none_is_told_at_the_field(browser: Client, how: str) -> None:
    public_id = register(browser)
    browser.send(f"{PATH}{public_id}/username")
    answer = mark(browser, public_id, how=how)
    assert (answer.status_code, list(errors(answer.text))) == (422, ["how"])
    assert user_of(public_id).username_passed_on_at is None


@pytest.mark.rule("R5")
@pytest.mark.parametrize("sent", [{}, {"how": "telephone"}, {"at": "2026-11-24T14:05"}])
def test_nothing_is_marked_by_a_form_that_says_not_both(browser: Client, sent: dict[str, str]) -> None:
    public_id = register(browser)
    browser.send(f"{PATH}{public_id}/username")
    assert browser.send(f"{PATH}{public_id}/passed-on", sent).status_code == 422
    assert user_of(public_id).username_passed_on_at is None


@pytest.mark.rule("R5")
def test_before_it_was_shown_and_after_it_was_marked_one_is_told_why(
    browser: Client, make: Any, nimic: ImiUser, sign_in: Callable[..., Client]
) -> None:
    public_id = register(browser)
    assert mark(browser, public_id).headers["Location"] == receipt(public_id)
    assert "Nobody has looked at the username yet" in browser.get(receipt(public_id)).text
    browser.send(f"{PATH}{public_id}/username")
    colleague = sign_in(make.user(nimic.authority), "en")
    mark(colleague, public_id)
    mark(browser, public_id, how="in_person")
    assert "A colleague has already marked" in browser.get(receipt(public_id)).text
    assert user_of(public_id).username_passed_on_how == "telephone"


@pytest.mark.rule("R5")
def test_who_marked_it_may_have_left(browser: Client) -> None:
    public_id = register(browser)
    now = clock.now()
    _db.session.execute(
        update(ImiUser)
        .where(ImiUser.id == user_of(public_id).id)
        .values(username_passed_on_at=now, username_passed_on_how="telephone")
    )
    assert re.search(r"By telephone, 24 Nov 2026 14:05\s*<", browser.get(receipt(public_id)).text)


@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2026-07-01T12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-12-01T12:00", datetime(2026, 12, 1, 11, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of the two
        ("2026-03-29T02:30", None),  # left out
    ],
)
def test_what_is_written_is_the_clock_of_the_wall(app: Any, local: str, moment: datetime | None) -> None:
    with app.test_request_context("/", method="POST", data={"at": local}):
        assert moment_of(PassOnForm(meta={"csrf": False})) == moment
