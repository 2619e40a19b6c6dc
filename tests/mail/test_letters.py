"""The words of mails: what each holds, in which language, and what none may hold."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from app.mail.kinds import KINDS
from app.mail.letters import Letter, compose

PASSWORD = "Qm7-planted-Zk4wTn9RbY"
VALUES: dict[str, object] = {
    "name": "Åse <b>Ørsted</b>",
    "authority": "Søfartsstyrelsen & Co",
    "password": PASSWORD,
    "last_day": date(2026, 12, 8),
    "access_manager": "Erhvervsstyrelsen",
    "invited": "Havnen <i>Nord</i>",
    "sender": "Kim & Co",
    "contact": "post@erst.example, +45 33 12 34 56",
    "message": "Kære alle <b>\n\nMange hilsner",
    "reason": "Byen mangler <b>.\nMange hilsner",
    "token": "planted-token-Zk4wTn9RbYQm7_planted-token-7",
    "again": False,
    "sent_on": date(2026, 11, 9),
    "submitted_on": date(2026, 11, 10),
    "deleted_on": date(2027, 1, 8),
    "known_on": date(2025, 11, 3),
    "confirmed": True,
    "public_id": "5f0c2d57-9f5e-4f6e-9f7a-1f1f2d0a7b11",
}
EVERY = [(kind, language) for kind in KINDS for language in ("da", "en")]


def written(app: Flask, kind: str, language: str) -> Letter:
    with app.app_context():
        return compose(kind, language, {name: VALUES[name] for name in KINDS[kind].facts})


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_both_parts_hold_the_name_of_the_installation_and_a_link_to_the_page(
    app: Flask, kind: str, language: str
) -> None:
    letter = written(app, kind, language)
    link = app.config["PUBLIC_URL"] + KINDS[kind].path.format_map(VALUES)
    for part in (letter.text, letter.html):
        assert app.config["INSTALLATION_NAME"] in part
        assert link in part
        assert "2016/679" in part or "1024/2012" in part
    assert f'lang="{language}"' in letter.html
    assert "\n" not in letter.subject


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.rule("R81")
def test_nothing_is_fetched_and_every_address_is_ours(app: Flask, kind: str, language: str) -> None:
    letter = written(app, kind, language)
    assert not re.search(r"<(img|script|link|iframe|object|form|input)\b|\bsrc=|@import|url\(", letter.html)
    for address in re.findall(r"https?://[^\s\"<]+", letter.text + letter.html):
        assert address.startswith(app.config["PUBLIC_URL"])


@pytest.mark.parametrize(("kind", "language"), EVERY)
@pytest.mark.rule("R81")
def test_the_link_does_not_come_from_the_request(app: Flask, kind: str, language: str) -> None:
    with app.test_request_context("/", base_url="https://elsewhere.example"):
        letter = compose(kind, language, {name: VALUES[name] for name in KINDS[kind].facts})
    assert "elsewhere.example" not in letter.text + letter.html


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_only_password_mails_hold_a_password_and_no_repr_shows_it(app: Flask, kind: str, language: str) -> None:
    letter = written(app, kind, language)
    expected = kind in ("M1", "M2", "M3")
    assert (PASSWORD in letter.text, PASSWORD in letter.html) == (expected, expected)
    assert PASSWORD not in letter.subject
    assert PASSWORD not in repr(letter)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.rule("R5")
def test_a_username_cannot_get_into_a_mail(app: Flask, kind: str) -> None:
    facts = {name: VALUES[name] for name in KINDS[kind].facts}
    with app.app_context(), pytest.raises(ValueError, match="is written from"):
        compose(kind, "da", {**facts, "username": "aaorsted1"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_fact_is_an_error_and_not_a_gap(app: Flask, kind: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="is written from"):
        compose(kind, "da", {})


def test_what_people_typed_is_text_in_html(app: Flask) -> None:
    letter = written(app, "M1", "en")
    assert "<b>" not in letter.html
    assert "Søfartsstyrelsen &amp; Co" in letter.html
    assert "Søfartsstyrelsen & Co" in letter.text


def test_the_first_mail_says_until_when_where_and_whom_to_ask(app: Flask) -> None:
    letter = written(app, "M1", "en")
    for part in ("8 December 2026", "/login/", "Erhvervsstyrelsen"):
        assert part in letter.text
        assert part in letter.html
    assert "8. december 2026" in written(app, "M1", "da").text


def test_an_unknown_language_is_danish(app: Flask) -> None:
    assert written(app, "M1", "fr") == written(app, "M1", "da")


def test_every_kind_has_its_three_templates_and_there_are_no_others() -> None:
    folder = Path(__file__).parents[2] / "app" / "templates" / "mail"
    found = {path.name for path in folder.iterdir() if path.stem != "base"}
    assert found == {f"{kind}.{part}" for kind in KINDS for part in ("subject", "txt", "html")}
