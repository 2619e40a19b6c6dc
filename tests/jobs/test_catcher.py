"""The mail catcher of a development machine."""

from __future__ import annotations

import base64
import os
import secrets
import smtplib
import stat
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.jobs.processes import PROJECT, end, running, until
from tests.servers import free_port


def message(subject: str = "Prøve") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "imi@example.org", "anne@example.org", subject
    mail.set_content("Kære Anne")
    mail.add_alternative("<p>Kære Anne</p><script>alert(1)</script>", subtype="html")
    return mail


def test_it_keeps_each_mail_in_a_file_for_its_owner_only(tmp_path: Path) -> None:
    port = free_port()
    environ = os.environ | {"IMI_ENV": "development", "APP_VAR": str(tmp_path / "var"), "SMTP_PORT": str(port)}
    with running("catcher", environ, tmp_path / "log") as catcher:
        until(lambda: _sent(port))
        [file] = (tmp_path / "var" / "mails").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert file.suffix == ".eml"
        assert end(catcher) < 3


def _sent(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.send_message(message())
    except OSError:
        return False
    return True


@pytest.mark.rule("R89")
def test_it_does_not_start_in_production(tmp_path: Path) -> None:
    environ = os.environ | {
        "IMI_ENV": "production",
        "APP_VAR": str(tmp_path),
        "PUBLIC_URL": "https://imi.example.org",
        "TRUSTED_HOSTS": "imi.example.org",
        "PROXY_HOPS": "0",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'imi.db'}",
        "ALLOW_SQLITE": "1",
        "REDIS_URL": f"unix://{tmp_path / 'queue.sock'}",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(free_port()),
        "SMTP_SECURITY": "starttls",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "MAIL_KEY": Fernet.generate_key().decode(),
        "LOG_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    words = [sys.executable, "-m", "app.jobs.catcher"]
    given = subprocess.run(words, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=20)
    assert given.returncode == 2
    assert given.stderr == "The mail catcher is for development only; IMI_ENV says production.\n"
