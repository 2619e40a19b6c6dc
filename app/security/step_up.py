"""The password entered again before far-reaching acts (R90): whether it was lately, and entering it."""

from __future__ import annotations

from datetime import timedelta

from flask import session

from app import clock
from app.policy.passwords import was_entered_lately
from app.security.acting import TOKEN, acting, reader
from app.services import sign_in
from app.services.sign_in import Entered
from app.settings import setting

# The names under which the page that asks sends the password, and its change of language: no other form has them.
PASSWORD, LANGUAGE = "password_again", "password_again_language"


def is_entered() -> bool:
    """Whether the person of this request gave his password in this browser lately enough; no statement."""
    within = timedelta(minutes=setting("PASSWORD_AGAIN_MINUTES"))
    return was_entered_lately(reader().password_entered_at, clock.now(), within)


def enter(password: str) -> Entered:
    """Try a password; with the right one the browser goes on under a new token.

    Nothing else of its session changes, its form token neither: what is open in other tabs can still be sent.
    """
    token = str(session.get(TOKEN, ""))
    with acting() as actor:
        entry = sign_in.enter_again(actor, token, password)
    if entry.outcome is Entered.right:
        session[TOKEN] = entry.token
    return entry.outcome
