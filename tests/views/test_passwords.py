"""The page on which one changes one's password, as a browser meets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.models import AuthorityStatus, ImiUser
from app.services import sign_in as signing_in
from app.services.sign_in import Outcome
from tests.make import PASSWORD

NEW = "Skovens-dybe-ro-3"


def change(client: Any, current: str = PASSWORD, new: str = NEW, repeated: str | None = None) -> Any:
    return client.send(
        "/password/",
        {"current_password": current, "new_password": new, "repeat_password": new if repeated is None else repeated},
    )


def opens(user: ImiUser, password: str) -> bool:
    return signing_in.attempt(user.username, password).outcome is Outcome.signed_in


@pytest.mark.rule("R51")
@pytest.mark.rule("R47")
def test_a_new_password_is_chosen_and_all_other_sessions_end(app: Flask, make: Any, sign_in: Any) -> None:
    user = make.user(make.authority())
    client, other = sign_in(user), sign_in(user)
    copied = app.test_client()
    copied.set_cookie("session", client.get_cookie("session").value)
    assert copied.get("/profile/").status_code == 200
    answer = change(client)
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/profile/").status_code == 200
    for ended in (other, copied):  # the cookie this browser had before is dead as well
        assert ended.get("/profile/").location.startswith("/login/")
    assert opens(user, NEW)
    assert not opens(user, PASSWORD)


@pytest.mark.rule("R54")
@pytest.mark.rule("R53")
@pytest.mark.parametrize("state", ["temporary", "expired"])
def test_choosing_one_opens_all_other_pages(make: Any, sign_in: Any, state: str) -> None:
    values: dict[str, Any] = {
        "temporary": {
            "password_is_temporary": True,
            "temporary_password_expires_at": clock.now() + timedelta(days=1),
        },
        "expired": {"password_set_at": clock.now() - timedelta(days=200)},
    }[state]
    client = sign_in(make.user(make.nimic(), **values))
    assert client.get("/").location == "/password/"
    assert change(client).location == "/"
    for address in ("/", "/profile/", "/coordinated-authorities/", "/register-authority/"):
        assert client.get(address).status_code == 200


@pytest.mark.rule("R52")
@pytest.mark.rule("R73")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"current": "Forkert-Kodeord-7"}, "This is not your current password."),
        ({"current": ""}, "Write the password that you signed in with."),
        ({"repeated": NEW + " "}, "The two new passwords are not the same."),
        ({"repeated": ""}, "The two new passwords are not the same."),
        ({"new": "kort"}, "Use at least 8 characters."),
        ({"new": "Password1"}, "among the most common ones"),
        ({"new": "Larsen-2026"}, "must not be a name of yours"),
        ({"new": PASSWORD}, "You have used this password before."),
    ],
)
def test_a_refusal_says_why_and_shows_no_password(
    make: Any, sign_in: Any, words: dict[str, str], sentence: str
) -> None:
    user = make.user(make.authority(), language="en")
    client = sign_in(user, "en")
    answer = change(client, **words)
    assert answer.status_code == 422
    assert sentence in answer.text
    for password in {PASSWORD, NEW, *words.values()} - {"", "kort"}:
        assert password not in answer.text
    assert client.get("/profile/").status_code == 200  # a refusal ends no session
    assert opens(user, PASSWORD)


@pytest.mark.rule("R51")
@pytest.mark.parametrize("new", ["  Skov og hav 12  ", "Skov\thav-12\t", "Cafe\u0301-Noir-12", "Skov\U0001f511hav-12"])
def test_a_password_goes_through_the_pages_exactly_as_typed(make: Any, sign_in: Any, client: Any, new: str) -> None:
    user = make.user(make.authority())
    assert change(sign_in(user), new=new).status_code == 302
    assert client.send("/login/", {"username": user.username, "password": new.strip() + "x"}).status_code == 401
    assert client.send("/login/", {"username": user.username, "password": new}).status_code == 302


@pytest.mark.rule("R59")
def test_users_of_a_deactivated_authority_change_their_password(make: Any, sign_in: Any) -> None:
    user = make.user(make.authority(status=AuthorityStatus.deactivated))
    assert change(sign_in(user)).status_code == 302
    assert opens(user, NEW)


@pytest.mark.rule("R47")
def test_who_was_reset_meanwhile_changes_nothing(db: Any, make: Any, sign_in: Any) -> None:
    """The page was open; the sessions have ended since."""
    from app.services import passwords, sessions

    user = make.user(make.authority())
    client = sign_in(user)
    token = client.token("/password/")
    temporary = passwords.give_temporary(user, 7)
    sessions.end_all_of(user.id)
    db.session.commit()
    words = {"current_password": PASSWORD, "new_password": NEW, "repeat_password": NEW, "csrf_token": token}
    assert client.post("/password/", data=words).status_code == 401
    assert db.session.scalar(select(ImiUser.password_is_temporary).where(ImiUser.id == user.id))
    assert opens(user, temporary)


def test_fields_allow_pasting_and_password_managers(make: Any, sign_in: Any) -> None:
    page = sign_in(make.user(make.authority())).get("/password/").text.split("<main", 1)[1]
    assert page.count('type="password"') == 3
    assert 'autocomplete="current-password"' in page
    assert page.count('autocomplete="new-password"') == 2
    assert "onpaste" not in page
    assert "maxlength" not in page
