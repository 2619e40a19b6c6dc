"""Usernames: drawn by the system, and unique for ever (R44)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import func, select

from app.errors import Conflict
from app.extensions import db
from app.i18n import _l
from app.models import ImiUser, RetiredUsername
from app.policy.folding import ascii_letters
from app.settings import setting

LETTERS = 5
DIGITS = 6
TRIES = 50


def draw(first_name: str, last_name: str) -> str:
    """A username that nobody has or had: a few letters of the name and random digits."""
    letters = (ascii_letters(first_name)[:2] + ascii_letters(last_name)[:3]) or "imi"
    for _ in range(TRIES):
        candidate = letters[:LETTERS] + "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        if is_free(candidate):
            return candidate
    raise Conflict(_l("No unused username could be found for this name. Please try again."))


def is_free(username: str) -> bool:
    """Whether nobody has the username, in any case of letters, and nobody had it."""
    taken = select(ImiUser.id).where(func.lower(ImiUser.username) == username.lower())
    retired = select(RetiredUsername.username_hash).where(RetiredUsername.username_hash == hash_of(username))
    return db.session.scalar(taken) is None and db.session.scalar(retired) is None


def hash_of(username: str) -> str:
    """The keyed hash under which a username once in use is remembered."""
    key = hashlib.sha256(b"retired usernames" + setting("LOG_KEY")).digest()
    return hmac.new(key, username.lower().encode(), hashlib.sha256).hexdigest()
