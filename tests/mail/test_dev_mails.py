"""The development page of caught mails."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.jobs.catcher import Keeper
from app.mail.post import wrap
from app.views import dev_mails
from tests.mail.test_post import PARCEL


@pytest.fixture
def caught(app: Flask, db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a caught mail."""
    monkeypatch.setitem(app.config, "APP_VAR", tmp_path)
    file = Keeper(tmp_path / "mails").keep(wrap(PARCEL))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file.stem


def test_the_list_leads_to_the_mail(client: Any, caught: str) -> None:
    page = client.get("/dev/mails/")
    assert page.status_code == 200
    assert PARCEL.subject in page.text
    assert f"/dev/mails/{caught}" in page.text


def test_a_mail_is_shown_with_its_text_and_headers_and_a_frame_without_rights(client: Any, caught: str) -> None:
    page = client.get(f"/dev/mails/{caught}")
    assert page.status_code == 200
    assert "Kære Åse" in page.text
    assert PARCEL.message_id.strip("<>") in page.text
    assert "<iframe" in page.text
    assert " sandbox " in page.text
    assert "allow-" not in page.text.split("<iframe")[1].split(">")[0]


def test_its_html_stands_under_a_policy_of_its_own(client: Any, caught: str) -> None:
    frame = client.get(f"/dev/mails/{caught}/html")
    assert frame.text.strip() == PARCEL.html.strip()
    assert frame.headers["Content-Security-Policy"] == dev_mails.MAIL_POLICY
    assert frame.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fconfig", "../imi", "20260101T000000000000-00000000", ".hidden", "a" * 300, "x%00", "²0260101"]
)
def test_only_names_of_caught_mails_are_opened(client: Any, caught: str, name: str) -> None:
    for path in (f"/dev/mails/{name}", f"/dev/mails/{name}/html"):
        assert client.get(path).status_code == 404


def test_without_mails_it_says_so(client: Any, caught: str, app: Flask) -> None:
    next((app.config["APP_VAR"] / "mails").iterdir()).unlink()
    assert client.get("/dev/mails/").status_code == 200
