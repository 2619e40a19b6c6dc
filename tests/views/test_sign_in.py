"""The sign-in page, signing out, and the language of the page, as a browser meets them."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, ImiUser, UserSession
from app.services import sessions
from tests.conftest import Client, application_over
from tests.make import PASSWORD

WRONG = "Forkert-Kodeord-7"


def log_in(client: Any, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.send("/login/", {"username": username, "password": password, **more})


def cookie_of(client: Any) -> str:
    return str(client.get_cookie("session").value)


def another_with(app: Flask, cookie: str) -> Any:
    """A browser into which somebody has copied the cookie."""
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client


def is_signed_in(client: Any) -> bool:
    return bool(client.get("/profile/").status_code == 200)


def bare(page: str, *typed: str) -> str:
    """The page without what differs each time: tokens, and what was typed."""
    page = re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", page)
    for word in typed:
        page = page.replace(word, "TYPED")
    return page


@pytest.mark.rule("R45")
def test_the_right_password_leads_to_the_start_page(make: Any, client: Any) -> None:
    user = make.user(make.authority(), language="en")
    answer = log_in(client, user.username)
    assert (answer.status_code, answer.location) == (302, "/")
    page = client.get("/")
    assert page.status_code == 200
    assert 'lang="en"' in page.text
    with client.session_transaction() as cookie:
        assert cookie["locale"] == "en"


@pytest.mark.rule("R45")
@pytest.mark.rule("R55")
@pytest.mark.rule("R70")
def test_unknown_wrong_blocked_and_e_mail_address_are_answered_alike(make: Any, client: Any) -> None:
    user, blocked = make.user(make.authority()), make.user(make.authority(), blocked_at=clock.now())
    removed = make.user(make.authority())
    removed.active = False
    answers = []
    for name, password in (
        ("findesikke12", PASSWORD),
        (user.username, WRONG),
        (blocked.username, PASSWORD),
        (removed.username, PASSWORD),
        (user.email_address, PASSWORD),
    ):
        answer = log_in(client, name, password)
        headers = {key: value for key, value in answer.headers if key not in ("Set-Cookie", "Content-Length")}
        answers.append((answer.status_code, bare(answer.text, name), headers))
        assert password not in answer.text
    assert answers[0][0] == 401
    assert answers == [answers[0]] * len(answers)
    assert not is_signed_in(client)


@pytest.mark.rule("R55")
def test_a_failed_try_counts_though_nothing_else_happens(db: Any, make: Any, client: Any) -> None:
    user = make.user(make.authority())
    for _ in range(5):
        assert log_in(client, user.username, WRONG).status_code == 401
    assert log_in(client, user.username).status_code == 401
    assert db.session.scalar(select(ImiUser.blocked_at).where(ImiUser.id == user.id)) is not None
    assert db.session.scalar(select(func.count()).where(AuditEvent.act == "password.blocked")) == 1


@pytest.mark.rule("R54")
def test_who_knew_the_expired_temporary_password_is_told_what_to_do(make: Any, client: Any) -> None:
    user = make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=clock.now())
    told, refused = log_in(client, user.username), log_in(client, user.username, WRONG)
    assert (told.status_code, refused.status_code) == (401, 401)
    assert bare(told.text, user.username) != bare(refused.text, user.username)
    assert not is_signed_in(client)


@pytest.mark.rule("R53")
@pytest.mark.rule("R54")
@pytest.mark.parametrize("state", ["temporary", "expired"])
def test_a_temporary_or_expired_password_leads_to_the_change_page(make: Any, client: Any, state: str) -> None:
    values: dict[str, Any] = {
        "temporary": {
            "password_is_temporary": True,
            "temporary_password_expires_at": clock.now() + timedelta(days=1),
        },
        "expired": {"password_set_at": clock.now() - timedelta(days=200)},
    }[state]
    user = make.user(make.nimic(), **values)
    answer = log_in(client, user.username, next="/profile/")
    assert client.get(answer.location).location == "/password/"
    assert client.get("/password/").status_code == 200


@pytest.mark.rule("R81")
def test_one_comes_back_to_the_page_one_wanted(make: Any, client: Any) -> None:
    user = make.user(make.access_manager())
    wanted = "/coordinated-authorities/?mine=no&q=s%C3%B8"
    sent_to = client.get(wanted).location
    page = client.get(sent_to).text
    *_, hidden = re.findall(r'name="next" value="([^"]*)"', page)  # the ones before are of the language switch
    answer = log_in(client, user.username, next=html.unescape(hidden))
    assert answer.location == wanted


def test_what_the_browser_had_before_does_not_survive_signing_in(app: Flask, make: Any, client: Any) -> None:
    """Session fixation: who planted a cookie gains nothing by it."""
    user = make.user(make.authority())
    before = client.token()
    with client.session_transaction() as cookie:
        cookie["planted"] = "x"
    planted = cookie_of(client)
    assert log_in(client, user.username).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(another_with(app, planted))
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    assert client.post("/profile/username", data={"csrf_token": before}).status_code == 400
    assert client.send("/profile/username").status_code == 200


def test_signing_in_again_ends_the_session_before(app: Flask, make: Any, client: Any) -> None:
    one, other = make.user(make.authority()), make.user(make.authority())
    assert log_in(client, one.username).status_code == 302
    before = cookie_of(client)
    assert log_in(client, one.username, WRONG).status_code == 401
    assert is_signed_in(another_with(app, before))  # a failed try ends nothing
    assert log_in(client, other.username).status_code == 302
    assert not is_signed_in(another_with(app, before))
    assert other.email_address in client.get("/profile/").text


def test_signing_in_elsewhere_leaves_other_browsers_alone(app: Flask, make: Any, sign_in: Any, client: Any) -> None:
    user = make.user(make.authority())
    elsewhere = sign_in(user)
    assert log_in(client, user.username).status_code == 302
    assert is_signed_in(elsewhere)


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_holds_a_token_only(
    app: Flask, make: Any, client: Any
) -> None:
    user = make.user(make.authority())
    answer = log_in(client, user.username)
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    with client.session_transaction() as held:
        assert set(held) <= {"_permanent", "_user_id", "_fresh", "locale", "csrf_token", "_flashes"}
        actor = sessions.actor_of(held["_user_id"])
    assert actor is not None
    assert actor.user_id == user.id


def test_signing_out_ends_the_session_on_the_server(app: Flask, db: Any, make: Any, client: Any) -> None:
    user = make.user(make.authority(), language="en")
    log_in(client, user.username)
    copied = cookie_of(client)
    assert is_signed_in(another_with(app, copied))
    answer = client.send("/logout/")
    assert (answer.status_code, answer.location) == (302, "/login/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(client)
    assert not is_signed_in(another_with(app, copied))
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert 'lang="en"' in client.get("/login/").text  # the language stays


@pytest.mark.rule("R54")
def test_who_has_only_a_temporary_password_can_sign_out_too(make: Any, client: Any) -> None:
    user = make.user(
        make.authority(), password_is_temporary=True, temporary_password_expires_at=clock.now() + timedelta(days=1)
    )
    log_in(client, user.username)
    assert client.send("/logout/").location == "/login/"
    assert client.get("/password/").location.startswith("/login/")


def test_an_address_signs_nobody_out(make: Any, sign_in: Any) -> None:
    """An image on another site could ask for it."""
    client = sign_in(make.user(make.authority()))
    for method in (client.get, client.head):
        assert method("/logout/").status_code == 404
    assert client.post("/logout/").status_code == 400
    assert is_signed_in(client)


@pytest.mark.rule("R72")
def test_the_language_is_chosen_by_a_form_and_kept(db: Any, make: Any, sign_in: Any) -> None:
    user = make.user(make.authority(), language="da")
    client = sign_in(user)
    answer = client.send("/language/", {"language": "en", "next": "/profile/"})
    assert answer.location == "/profile/"
    assert 'lang="en"' in client.get("/profile/").text
    assert db.session.scalar(select(ImiUser.language).where(ImiUser.id == user.id)) == "en"
    event = db.session.scalars(select(AuditEvent)).one()
    assert (event.act, event.data) == ("user.language_chosen", {"old": "da", "new": "en"})
    client.send("/language/", {"language": "en"})
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 1  # nothing changed, nothing logged


@pytest.mark.rule("R72")
@pytest.mark.parametrize("language", ["", "de", "da-DK", "../en", "x" * 10_000])
def test_a_language_there_is_not_changes_nothing(db: Any, make: Any, sign_in: Any, language: str) -> None:
    user = make.user(make.authority(), language="da")
    client = sign_in(user)
    assert client.send("/language/", {"language": language}).location == "/"
    assert 'lang="da"' in client.get("/").text
    assert db.session.scalar(select(ImiUser.language).where(ImiUser.id == user.id)) == "da"


@pytest.mark.rule("R72")
def test_who_is_not_signed_in_chooses_a_language_for_the_browser(db: Any, client: Any) -> None:
    assert 'lang="da"' in client.get("/login/").text
    assert client.send("/language/", {"language": "en", "next": "/login/"}).location == "/login/"
    assert 'lang="en"' in client.get("/login/").text
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 0


@pytest.mark.rule("R44")
def test_ones_own_username_is_shown_by_a_form_only_and_kept_in_no_cache(make: Any, sign_in: Any) -> None:
    user = make.user(make.authority())
    client = sign_in(user)
    assert user.username not in client.get("/profile/").text
    assert client.get("/profile/username").status_code == 404
    answer = client.send("/profile/username")
    assert user.username in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.rule("R55")
@pytest.mark.parametrize("store", ["up", "down"])
def test_tries_are_limited_by_address(new_database: Callable[..., str], template_database: str, store: str) -> None:
    """Whoever is tried; with the queue's store, and with each process's own count where it is down."""
    place = {} if store == "up" else {"RATELIMIT_STORAGE_URI": "redis+unix:///nowhere/at/all.sock"}
    limited = application_over(new_database(template_database), LIMIT_LOG_INS=3, **place)
    limited.test_client_class = Client
    browser: Any = limited.test_client()
    address = {"REMOTE_ADDR": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}
    token = {"csrf_token": browser.token(), "username": "nobody123", "password": "Whatever-1"}
    answers = [browser.post("/login/", data=token, environ_overrides=address) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    elsewhere = browser.post("/login/", data=token, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert elsewhere.status_code == 401
    assert browser.get("/login/", environ_overrides=address).status_code == 200
    with limited.app_context():
        _db.engine.dispose()
