"""The headers of every answer, as one table: pages, refusals, failures, files, redirects."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.security import limits
from tests.views.test_gate import MAIL, address

TABLE = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
OVER_HTTPS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
# A caught mail is shown in a frame of ours, and may use the styles it brings.
MAIL_TABLE = TABLE | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


def has(answer: Any, table: dict[str, str] = TABLE) -> None:
    """The answer has just what the table says, and tells nothing of what answers, nor lets other sites read it."""
    found = {name: answer.headers.get(name) for name in table}
    assert found == table
    assert {part.strip() for part in answer.headers["Vary"].split(",")} >= {"HX-Request"}
    foreign = [name for name in dict(answer.headers) if name.startswith("Access-Control-") or name == "X-Powered-By"]
    assert foreign == []
    assert "Strict-Transport-Security" in table or "Strict-Transport-Security" not in answer.headers
    assert all(len(answer.headers.getlist(name)) == 1 for name in table)
    answer.close()


@pytest.fixture
def mail(app: Flask) -> Iterator[Path]:
    folder = app.config["APP_VAR"] / "mails"
    folder.mkdir(exist_ok=True)
    file = folder / f"{MAIL}.eml"
    file.write_bytes(b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n")
    yield file
    file.unlink()


def test_every_route_answers_with_the_headers_of_the_table(
    app: Flask, world: SimpleNamespace, sign_in: Any, client: Any, mail: Any
) -> None:
    browsers = {"nobody": client, "national coordinator": sign_in(world.people["national coordinator"])}
    for rule in app.url_map.iter_rules():
        for browser in browsers.values():
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                answer = browser.open(address(rule, world.body.public_id), method=method)
                has(answer, table_of(rule.endpoint, method))


def table_of(endpoint: str, method: str) -> dict[str, str]:
    if endpoint == "static":
        table = {name: value for name, value in TABLE.items() if name != "Cache-Control"}
        return table | {"Cache-Control": "no-cache"} if method in ("GET", "HEAD") else table
    return MAIL_TABLE if endpoint == "DevMailsView.html" and method in ("GET", "HEAD") else TABLE


def test_over_https_the_browser_is_told_to_stay_there(app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://imi.example.dk")
    for path in ("/login/", "/", "/findes-ikke", "/healthz", "/profile"):
        has(client.get(path), TABLE | OVER_HTTPS)
    has(client.get("/", headers={"Host": "evil.example"}), TABLE | OVER_HTTPS)
    has(client.get("/static/ui.css"), TABLE | OVER_HTTPS | {"Cache-Control": "no-cache"})


def test_refusals_and_failures_have_them_too(
    app: Flask, make: Any, sign_in: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is counted here counts for nobody in the tests after this one, whose people have the same numbers.
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", secrets.token_hex(8))
    browser = sign_in(make.user(make.nimic()))
    token = browser.token()
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answers = {
        "another host": (400, client.get("/", headers={"Host": "evil.example"})),
        "no token": (400, client.post("/login/", data={"username": "x"})),
        "junk": (400, browser.get("/?junk=1")),
        "broken letters": (400, browser.get("/", environ_overrides={"QUERY_STRING": "\xff"})),
        "not signed in": (401, client.post("/logout/", data={"csrf_token": client.token()})),
        "a fragment": (401, client.get("/", headers={"HX-Request": "true"})),
        "led to sign-in": (302, client.get("/")),
        "another site": (403, browser.post("/logout/", headers={"Origin": "https://evil.example"})),
        "no such page": (404, browser.get("/findes-ikke")),
        "no such method": (404, browser.delete("/profile/")),
        "too large": (413, browser.post("/login/", data={"csrf_token": token, "username": "x" * 2**21})),
        "a slash too few": (308, browser.get("/profile")),
        "not filled in": (422, browser.send("/login/", {"username": ""})),
        "signed out": (302, sign_in(make.user(make.authority())).send("/logout/")),
    }
    monkeypatch.setattr("app.views.overview._ways", lambda actor: limits.count("LIMIT_SEARCHES", 10**6))
    answers["too often"] = (429, browser.get("/"))
    monkeypatch.setattr("app.views.overview._ways", None)
    answers["a failure"] = (500, browser.get("/"))
    assert {name: answer.status_code for name, (_, answer) in answers.items()} == {
        name: status for name, (status, _) in answers.items()
    }
    for _, answer in answers.values():
        has(answer)
    assert answers["signed out"][1].headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answers["a fragment"][1].headers["HX-Refresh"] == "true"
    assert int(answers["too often"][1].headers["Retry-After"]) > 0


def test_files_are_kept_by_their_hash_and_asked_for_again_without(client: Any) -> None:
    for_ever = "public, max-age=31536000, immutable"
    with client.get("/static/ui.css?v=0123456789ab") as answer:
        has(answer, TABLE | {"Cache-Control": for_ever})
        etag = answer.headers["ETag"]
    again = client.get("/static/ui.css", headers={"If-None-Match": etag})
    assert again.status_code == 304
    has(again, TABLE | {"Cache-Control": "no-cache"})
    missing = client.get("/static/findes-ikke.css?v=1")
    assert missing.status_code == 404
    assert missing.headers["Content-Security-Policy"] == TABLE["Content-Security-Policy"]
    assert "immutable" not in missing.headers.get("Cache-Control", "")


def test_a_redirect_is_a_path_whatever_host_was_asked(client: Any) -> None:
    """Where a slash is missing, too: the framework would write the host that the sender named."""
    for path, to in (("/profile", "/profile/"), ("/login?next=/a", "/login/?next=/a")):
        answer = client.get(path, headers={"Host": "127.0.0.1"})
        assert (answer.status_code, answer.headers["Location"]) == (308, to)
        assert "127.0.0.1" not in answer.text
