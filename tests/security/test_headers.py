"""The headers of every answer: pages, refusals, failures, files."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.extensions import db as _db
from app.security.headers import FOR_EVER, HEADERS, HSTS
from app.views import overview
from tests.conftest import Client, application_over

WITHOUT_CHARSET = ("font/", "image/x-icon")


def read(client: Any, path: str, **words: Any) -> Any:
    """The answer, read to its end: a file is open until then."""
    return client.open(path, buffered=True, **words)


@pytest.fixture
def answers(app: Flask, make: Any, sign_in: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One answer of every kind, by what it is."""
    body = make.access_manager()
    browser = sign_in(make.user(body))
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    words = {"csrf_token": client.token(), "username": "nobody123", "password": "Whatever-1"}
    found = {
        "page": browser.get("/"),
        "list": browser.get("/coordinated-authorities/"),
        "fragment": browser.get("/coordinated-authorities/", headers={"HX-Request": "true"}),
        "sign-in": client.get("/login/"),
        "refused sign-in": client.post("/login/", data=words),
        "led to sign-in": client.get("/profile/"),
        "not signed in": client.get("/coordinated-authorities/", headers={"HX-Request": "true"}),
        "no token": client.post("/login/"),
        "too large": client.post("/login/", data={"username": "x" * 2_000_000}),
        "not there": browser.get(f"/authorities/{uuid.uuid4()}/"),
        "other method": browser.put("/"),
        "other host": client.get("/login/", headers={"Host": "evil.example"}),
        "mails": client.get("/dev/mails/"),
        "alive": client.get("/healthz"),
        "style": read(client, "/static/ui.css"),
        "script": read(client, "/static/ui.js"),
        "picture": read(client, "/static/favicon.svg"),
        "font": read(client, "/static/vendor/inter-latin-wght-normal.woff2"),
        "file that is not there": read(client, "/static/missing.css"),
        "folder": read(client, "/static/vendor/"),
        "signed out": browser.send("/logout/"),
    }
    monkeypatch.setattr(overview, "_ways", lambda *_: 1 / 0)
    found["failure"] = sign_in(make.user(body)).get("/")
    return found


@pytest.mark.parametrize("name", HEADERS)
def test_every_answer_has_it_just_as_the_table_says(answers: dict[str, Any], name: str) -> None:
    assert {kind: answer.headers.getlist(name) for kind, answer in answers.items()} == {
        kind: [HEADERS[name]] for kind in answers
    }


def test_the_answers_are_of_every_kind(answers: dict[str, Any]) -> None:
    """Else the tests here would prove little."""
    expected = {200, 302, 400, 401, 404, 413, 500}
    assert {answer.status_code for answer in answers.values()} == expected


def test_the_policy_lets_in_nothing_but_this_site() -> None:
    parts = {part.split()[0]: part.split()[1:] for part in HEADERS["Content-Security-Policy"].split(";")}
    assert parts["default-src"] == parts["form-action"] == ["'self'"]
    assert parts["base-uri"] == parts["object-src"] == parts["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.rule("R89")
def test_browsers_are_held_to_https_where_the_site_is_https(
    app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Strict-Transport-Security" not in client.get("/login/").headers
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://imi.example.dk")
    for path in ("/login/", "/static/ui.css", "/findes-ikke", "/profile/"):
        assert read(client, path).headers.getlist("Strict-Transport-Security") == [HSTS]
    age, below = HSTS.split("; ")
    assert int(age.removeprefix("max-age=")) >= 365 * 24 * 3600
    assert below == "includeSubDomains"


def test_other_sites_may_read_nothing(app: Flask, client: Any) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for path in ("/", "/login/", "/static/ui.css", "/healthz"):
        for method in ("GET", "OPTIONS"):
            answer = read(client, path, method=method, headers=asked)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_every_text_says_how_it_is_written(answers: dict[str, Any]) -> None:
    for kind, answer in answers.items():
        assert answer.mimetype, kind
        if not answer.mimetype.startswith(WITHOUT_CHARSET):
            assert answer.headers["Content-Type"].endswith("; charset=utf-8"), kind


def test_only_files_are_kept_by_browsers(answers: dict[str, Any], client: Any) -> None:
    """And for ever only where the address names the content."""
    files = {"style", "script", "picture", "font"}
    for kind, answer in answers.items():
        assert (answer.headers.get("Cache-Control") == "no-store") == (kind not in files), kind
        assert FOR_EVER not in answer.headers.getlist("Cache-Control"), kind
    assert read(client, "/static/ui.css?v=0123456789ab").headers["Cache-Control"] == FOR_EVER
    assert read(client, "/static/missing.css?v=0123456789ab").headers.get("Cache-Control") != FOR_EVER


def test_files_do_not_depend_on_the_cookie(answers: dict[str, Any]) -> None:
    """Else browsers would ask for every file again whenever the cookie changes; pages do depend on it."""
    depends = {name for name, answer in answers.items() if "Cookie" in answer.headers.get("Vary", "")}
    assert depends & {"style", "script", "picture", "font"} == set()
    assert {"page", "list", "sign-in", "file that is not there"} <= depends


def test_a_request_is_not_sent_back_and_no_folder_is_listed(app: Flask, answers: dict[str, Any], client: Any) -> None:
    assert answers["folder"].status_code == 404
    for path in ("/login/", "/static/ui.css", "/healthz"):
        assert read(client, path, method="TRACE", headers={"X-Secret": "planted"}).status_code == 404


def test_a_line_of_the_log_names_the_route_and_nothing_that_was_sent(
    client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="imi.requests")
    client.get("/dev/mails/planted%0Aline", headers={"User-Agent": "planted", "X-Request-Id": "planted"})
    client.get("/planted%0D%0Aline")
    lines = [record.getMessage() for record in caplog.records if record.name == "imi.requests"]
    assert len(lines) == 2
    assert "/dev/mails/<name>" in lines[0]
    assert not [line for line in lines if "planted" in line or "\n" in line]


@pytest.mark.rule("R81", "R55")
@pytest.mark.parametrize("hops", [0, 1])
def test_the_address_of_who_asks_is_what_our_own_proxy_says(
    new_database: Callable[..., str], template_database: str, hops: int
) -> None:
    """Without a proxy nobody's word counts; behind one only what it has added, and nothing that was sent to it."""
    limited = application_over(new_database(template_database), LIMIT_LOG_INS="1", PROXY_HOPS=hops)
    limited.test_client_class = Client
    browser: Any = limited.test_client()
    word = {"csrf_token": browser.token(), "username": "nobody123", "password": "Whatever-1"}
    first, other = (f"192.0.2.{secrets.randbelow(256)}, 2001:db8:{uuid.uuid4().hex[:4]}::1" for _ in range(2))
    direct = {"REMOTE_ADDR": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}

    def status(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        answer = browser.post("/login/", data=word, headers=headers, environ_overrides=direct)
        return int(answer.status_code)

    seen = [status(first), status(first), status(f"203.0.113.9, {first}"), status(other)]
    assert seen == [401, 429, 429, 401 if hops else 429]
    with limited.app_context():
        _db.engine.dispose()
