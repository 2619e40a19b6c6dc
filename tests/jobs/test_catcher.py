"""The mail catcher of a development machine."""

from __future__ import annotations

import os
import smtplib
import stat
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

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
    environ = {name: value for name, value in os.environ.items() if name != "IMI_ENV"}
    given = subprocess.run(
        [sys.executable, "-m", "app.jobs.catcher"],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert given.returncode != 0
