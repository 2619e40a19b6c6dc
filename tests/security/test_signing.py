"""What signatures are made with."""

from __future__ import annotations

import base64
import re
from typing import Any

from flask import Flask
from itsdangerous import URLSafeSerializer


def bits(signature: str) -> int:
    return 8 * len(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))


def test_cookies_form_tokens_and_numbers_are_signed_with_sha_256(app: Flask, client: Any) -> None:
    page = client.get("/login/").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    signed = [client.get_cookie("session").value, token, URLSafeSerializer("key").dumps("x")]
    assert [bits(value.rsplit(".", 1)[1]) for value in signed] == [256, 256, 256]
