"""The bodies of waiting mails at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.mail.letters import Letter
from app.mail.secrecy import Unreadable, seal, unseal

LETTER = Letter("Subject", "planted-secret-text", "<p>planted-secret-text</p>")


@pytest.mark.rule("R87")
def test_a_sealed_body_tells_nothing_and_is_read_back(app: Flask) -> None:
    with app.app_context():
        sealed = seal(LETTER)
        assert b"planted" not in sealed
        assert tuple(unseal(sealed)) == (LETTER.text, LETTER.html)
        assert "planted" not in repr(unseal(sealed))


@pytest.mark.rule("R87")
def test_keys_rotate(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    with app.app_context():
        monkeypatch.setitem(app.config, "MAIL_KEY", (old,))
        sealed = seal(LETTER)
        monkeypatch.setitem(app.config, "MAIL_KEY", f"{new}, {old}")
        assert unseal(sealed).text == LETTER.text
        renewed = seal(LETTER)
        monkeypatch.setitem(app.config, "MAIL_KEY", (new,))
        assert unseal(renewed).text == LETTER.text
        with pytest.raises(Unreadable):
            unseal(sealed)


@pytest.mark.rule("R87")
def test_a_body_that_somebody_changed_is_not_read(app: Flask) -> None:
    with app.app_context():
        sealed = seal(LETTER)
        for place in (20, len(sealed) // 2, len(sealed) - 5):
            other = b"A" if sealed[place : place + 1] != b"A" else b"B"
            with pytest.raises(Unreadable):
                unseal(sealed[:place] + other + sealed[place + 1 :])
