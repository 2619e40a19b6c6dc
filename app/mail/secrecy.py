"""Keeps the bodies of waiting mails unreadable to whoever reads the database (R87)."""

from __future__ import annotations

import json
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.mail.letters import Letter
from app.settings import setting


class Unreadable(ValueError):
    """The body was encrypted with a key that MAIL_KEY no longer holds, or is no body of ours."""


class Body(NamedTuple):
    """A mail's two alternatives, readable. Never logged: its repr tells nothing."""

    text: str
    html: str

    def __repr__(self) -> str:
        return "Body(…)"


def seal(letter: Letter) -> bytes:
    """The letter's text and HTML, encrypted with the first key of MAIL_KEY."""
    return _keys().encrypt(json.dumps({"text": letter.text, "html": letter.html}).encode())


def unseal(sealed: bytes) -> Body:
    """The body, with whichever key of MAIL_KEY fits; raises Unreadable."""
    try:
        content = json.loads(_keys().decrypt(sealed))
        return Body(content["text"], content["html"])
    except (InvalidToken, ValueError, KeyError, TypeError) as error:
        raise Unreadable("A mail's body cannot be read: MAIL_KEY lacks its key.") from error


def _keys() -> MultiFernet:
    """From a tuple of keys, as config gives it, or from keys separated by commas."""
    given = setting("MAIL_KEY")
    keys = given.split(",") if isinstance(given, str) else given
    return MultiFernet([Fernet(key.strip()) for key in keys])
