"""M17 of data that nobody has confirmed: what it must hold, and what it must not."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.mail.test_letters import VALUES, written

KIND = "M17-unconfirmed"


@pytest.mark.rule("R92")
@pytest.mark.rule("R93")
@pytest.mark.rule("R72")
@pytest.mark.parametrize(
    ("language", "subject", "parts"),
    [
        (
            "da",
            "Bekræft venligst oplysningerne om Søfartsstyrelsen & Co i IMI",
            [
                "Kære Åse <b>Ørsted</b>",
                "blev senest bekræftet den 3. november 2025",
                "Vælg Bekræft oplysninger på fanen",
            ],
        ),
        (
            "en",
            "Please confirm the data of Søfartsstyrelsen & Co in IMI",
            ["Dear Åse", "were last confirmed on 3 November 2025", "Choose Confirm details on the tab Authority"],
        ),
    ],
)
def test_it_says_since_when_what_to_do_and_where(app: Flask, language: str, subject: str, parts: list[str]) -> None:
    letter = written(app, KIND, language)
    assert letter.subject == subject
    assert [part for part in (*parts, f"/authorities/{VALUES['public_id']}/\n") if part not in letter.text] == []


@pytest.mark.rule("R93")
def test_where_nobody_has_ever_confirmed_it_names_the_registration(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VALUES, "confirmed", False)
    for part in (written(app, KIND, "da").text, written(app, KIND, "da").html):
        assert "blev registreret i informationssystemet for det indre marked (IMI) den 3. november 2025" in part
        assert "senest bekræftet" not in part
