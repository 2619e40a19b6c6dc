"""Signatures of cookies, form tokens and numbers: HMAC with SHA-256, where libraries would take SHA-1 by themselves."""

from __future__ import annotations

import hashlib

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer


class Sessions(SecureCookieSessionInterface):
    """Flask's cookie, which names its own method."""

    digest_method = staticmethod(hashlib.sha256)


def init_app(app: Flask) -> None:
    """Sign with SHA-256 from now on; Flask-WTF leaves no other way than the signer's own default."""
    Signer.default_digest_method = staticmethod(hashlib.sha256)
    app.session_interface = Sessions()
