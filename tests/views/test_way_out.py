"""The way out is on every page behind sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask

from app import clock
from tests.make import Maker

WAY_OUT = 'action="/logout/"'


def test_every_page_behind_sign_in_offers_to_sign_out(app: Flask, make: Maker, sign_in: Any, client: Any) -> None:
    nimic = make.nimic()
    body = make.authority("Fyret", managed_by=nimic)
    browser, shown = sign_in(make.user(nimic)), set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments <= {"public_id"}:
            continue
        answer = browser.get(rule.rule.replace("<uuid:public_id>", str(body.public_id)))
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert WAY_OUT in answer.text, rule.rule
            shown.add(rule.endpoint)
    assert len(shown) > 10
    assert WAY_OUT not in client.get("/login/").text


def test_the_page_to_choose_a_password_offers_it_too(make: Maker, sign_in: Any) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    user = make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=tomorrow)
    assert WAY_OUT in sign_in(user).get("/password/").text
