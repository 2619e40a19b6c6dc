"""What changes something is sent by our own pages: another site's is refused even with a right token."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.views.test_gate import address, changed, rules

ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "localhost"},
    {"Origin": ""},
]
HERE = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # as a browser says it, where pages send no referrer
    {"Origin": "null"},
    {"Origin": "http://localhost"},
    {"Origin": "HTTP://LOCALHOST"},
    {"Origin": "http://127.0.0.1:8080"},  # PUBLIC_URL
]


@pytest.mark.rule("R81")
@pytest.mark.parametrize("headers", ELSEWHERE)
def test_what_another_site_sends_is_refused_by_every_page_with_a_right_token(
    app: Flask, world: SimpleNamespace, sign_in: Any, stored: Callable[[], Any], headers: dict[str, str]
) -> None:
    browser = sign_in(world.people["national coordinator"], "en")
    token, before = browser.token(), stored()
    for rule in rules(app, "POST"):
        answer = browser.post(address(rule, world.body.public_id), data={"csrf_token": token}, headers=headers)
        assert answer.status_code == 403, rule.rule
        assert "Nothing has been changed" in answer.text
    for method in ("PUT", "PATCH", "DELETE"):
        assert browser.open("/profile/", method=method, headers=headers).status_code == 403
    assert changed(before, stored()) == []
    assert browser.get("/profile/", headers=headers).status_code == 200  # a link from another site leads here


@pytest.mark.rule("R81")
@pytest.mark.parametrize("headers", HERE)
def test_what_our_own_pages_send_is_taken(make: Any, sign_in: Any, headers: dict[str, str]) -> None:
    browser = sign_in(make.user(make.authority()))
    assert browser.send("/language/", {"language": "en"}, headers=headers).status_code == 302


@pytest.mark.rule("R81")
def test_over_https_a_page_over_http_is_another_site(app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://localhost")
    for origin, status in (("http://localhost", 403), ("https://localhost", 302)):
        assert client.send("/language/", {"language": "en"}, headers={"Origin": origin}).status_code == status
