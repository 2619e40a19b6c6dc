"""Refusals and failures as pages, and what the log may say of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.views import long_lists, overview

SECRET = "kimlar123456"
WORDS = f"Key (username)=({SECRET}) already exists."


@pytest.fixture
def failing(app: Flask, make: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A browser whose start page fails with an error that holds a person's data, as a database words it."""

    def fail(*_: Any) -> None:
        raise IntegrityError("INSERT", {}, ValueError(WORDS))

    monkeypatch.setattr(overview, "_ways", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    return sign_in(make.user(make.authority()))


@pytest.mark.rule("R73")
def test_a_failure_is_a_page_with_the_number_that_stands_in_the_log(
    failing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing.get("/")
    number = re.search(r'<span class="mono">([0-9a-f]{32})</span>', answer.text)
    assert answer.status_code == 500
    assert number is not None
    assert f"Request {number[1]} failed: IntegrityError" in caplog.text


@pytest.mark.rule("R44")
def test_the_log_of_a_failure_holds_no_data(failing: Any, caplog: pytest.LogCaptureFixture) -> None:
    failing.get("/")
    assert "_ways" in caplog.text  # where it failed
    assert SECRET not in caplog.text


@pytest.mark.rule("R44")
def test_the_log_of_a_failure_holds_no_address(
    app: Flask, make: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(long_lists, "ImiListWidget", None)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = sign_in(make.user(make.nimic())).get("/coordinated-authorities/?q=geheim")
    assert answer.status_code == 500
    assert "widget_of" in caplog.text  # where it failed
    assert "geheim" not in caplog.text


def test_a_refused_form_has_a_number_too(client: Any) -> None:
    answer = client.post("/login/", data={"username": "x", "password": "y"})
    assert answer.status_code == 400
    assert re.search(r'<span class="mono">[0-9a-f]{32}</span>', answer.text)


@pytest.mark.rule("R73")
def test_an_address_with_an_addition_leads_to_the_page_without_it(make: Any, sign_in: Any) -> None:
    answer = sign_in(make.user(make.authority()), "da").get("/profile/?utm_source=x&junk=%22%3E")
    assert answer.status_code == 400
    assert "Adressen blev ikke forstået" in answer.text
    assert 'href="/profile/">Åbn siden uden tilføjelsen' in answer.text
    assert "utm_source" not in answer.text


@pytest.mark.rule("R81")
def test_that_link_leads_to_no_other_site(make: Any, sign_in: Any) -> None:
    browser = sign_in(make.user(make.authority()), "da")
    for path in ("//elsewhere.example/?x=1", "/%5celsewhere.example/?x=1", "/\\elsewhere.example/?x=1"):
        assert "elsewhere.example" not in browser.get(path).text, path


def test_a_form_with_an_addition_is_told_so(make: Any, sign_in: Any) -> None:
    answer = sign_in(make.user(make.authority()), "da").send("/profile/username", {"junk": "1"})
    assert answer.status_code == 400
    assert "Anmodningen kunne ikke forstås" in answer.text
    assert 'href="/">' in answer.text


@pytest.mark.rule("R73")
def test_who_is_not_signed_in_any_more_is_led_to_sign_in(client: Any) -> None:
    answer = client.send("/logout/", {})
    assert answer.status_code == 401
    assert 'href="/login/">Log ind</a>' in answer.text
    assert "Der er ikke ændret noget." in answer.text


@pytest.mark.rule("R73")
def test_what_is_too_large_is_told_so(make: Any, sign_in: Any, app: Any) -> None:
    browser = sign_in(make.user(make.authority()), "da")
    answer = browser.send("/profile/username", {"x": "y" * (app.config["MAX_CONTENT_LENGTH"] + 1)})
    assert answer.status_code == 413
    assert "Gå tilbage, forkort teksten" in answer.text
