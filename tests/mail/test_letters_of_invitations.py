"""M5 to M8, and M17 of what waits: what each must hold, and what it must not."""

from __future__ import annotations

import pytest
from flask import Flask

from app.mail.kinds import KINDS, OnUnsure
from tests.mail.test_letters import VALUES, written

TOKEN = str(VALUES["token"])
OURS = [kind for kind in KINDS if kind.startswith(("M5", "M6", "M7", "M8", "M17-waiting"))]
# Subject, and parts of the text, in both languages.
HOLDS: dict[str, dict[str, tuple[str, list[str]]]] = {
    "M5": {
        "da": (
            "Erhvervsstyrelsen opfordrer Havnen <i>Nord</i> til at registrere sig i IMI",
            [
                "Kim & Co, Erhvervsstyrelsen, skriver:\n\n> Kære alle <b>\n> \n> Mange hilsner\n",
                f"/invitation/{TOKEN}/\n",
                "til og med den 8. december 2026, og kun linket i den seneste mail virker",
                "kontakte Erhvervsstyrelsen: post@erst.example, +45 33 12 34 56.",
                "Du kan svare på denne mail. Dit svar går til Erhvervsstyrelsen.",
            ],
        ),
        "en": (
            "Erhvervsstyrelsen invites Havnen <i>Nord</i> to register in IMI",
            ["Kim & Co, Erhvervsstyrelsen, writes:", "up to and including 8 December 2026", "Your answer goes to"],
        ),
    },
    "M6": {
        "da": (
            "Søfartsstyrelsen & Co har registreret sig og afventer validering",
            ["Kære Åse <b>Ørsted</b>", "efter opfordring fra Erhvervsstyrelsen", "/tasks/awaiting-validation/"],
        ),
        "en": ("Søfartsstyrelsen & Co has registered itself and awaits validation", ["on invitation from"]),
    },
    "M7-validated": {
        "da": (
            "Registreringen af Søfartsstyrelsen & Co er valideret",
            ["Brugernavnet sendes aldrig pr. e-mail: Erhvervsstyrelsen meddeler det", "/login/"],
        ),
        "en": (
            "The registration of Søfartsstyrelsen & Co has been validated",
            ["The username is never sent by e-mail"],
        ),
    },
    "M7-returned": {
        "da": (
            "Registreringen af Søfartsstyrelsen & Co skal rettes",
            [
                "> Byen mangler <b>.\n> Mange hilsner",
                f"/invitation/{TOKEN}/\n",
                "8. december 2026",
                "Det tidligere link virker ikke længere",
                "kontakte Erhvervsstyrelsen: post@erst.example",
            ],
        ),
        "en": ("Please correct the registration of Søfartsstyrelsen & Co", ["The earlier link no longer works"]),
    },
    "M7-rejected": {
        "da": (
            "Registreringen af Søfartsstyrelsen & Co er afvist",
            ["> Byen mangler <b>.\n> Mange hilsner", "slettes den 8. januar 2027", "kontakte Erhvervsstyrelsen"],
        ),
        "en": ("The registration of Søfartsstyrelsen & Co has been rejected", ["is deleted on 8 January 2027"]),
    },
    "M8-cancelled": {
        "da": (
            "Opfordringen til at registrere Havnen <i>Nord</i> er tilbagekaldt",
            ["> Byen mangler <b>.", "Linket i opfordringen virker ikke længere", "kontakte Erhvervsstyrelsen"],
        ),
        "en": ("The invitation to register Havnen <i>Nord</i> has been cancelled", ["no longer works"]),
    },
    "M8-expiring": {
        "da": (
            "Opfordringen til at registrere Havnen <i>Nord</i> udløber den 8. december 2026",
            ["den 8. december 2026 er sidste dag", "den mail, du fik den 9. november 2026", "bede Erhvervsstyrelsen"],
        ),
        "en": ("The invitation to register Havnen <i>Nord</i> expires on 8 December 2026", ["9 November 2026"]),
    },
    "M17-waiting": {
        "da": (
            "Registreringen af Søfartsstyrelsen & Co venter stadig på validering",
            ["sendte sin registrering den 10. november 2026", "Erhvervsstyrelsen", "/tasks/awaiting-validation/"],
        ),
        "en": ("The registration of Søfartsstyrelsen & Co is still waiting to be validated", ["10 November 2026"]),
    },
}


@pytest.mark.rule("R92")
@pytest.mark.rule("R72")
@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", OURS)
def test_each_holds_what_it_must_in_the_recipients_language(app: Flask, kind: str, language: str) -> None:
    letter = written(app, kind, language)
    subject, parts = HOLDS[kind][language]
    assert letter.subject == subject
    assert [part for part in parts if part not in letter.text] == []


def test_a_registration_sent_again_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VALUES, "again", True)
    letter = written(app, "M6", "en")
    assert letter.subject == "Søfartsstyrelsen & Co has corrected its registration and sent it again"
    assert "which was invited by Erhvervsstyrelsen, has corrected its registration" in letter.text


@pytest.mark.rule("R84")
def test_an_invitation_without_a_message_quotes_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VALUES, "message", "")
    letter = written(app, "M5", "da")
    assert "skriver:" not in letter.text + letter.html
    assert "blockquote>" not in letter.html
    assert "\n> " not in letter.text


@pytest.mark.rule("R84")
@pytest.mark.parametrize(("kind", "fact"), [("M5", "message"), ("M7-returned", "reason"), ("M7-rejected", "reason")])
def test_free_text_is_text_in_a_quotation(app: Flask, kind: str, fact: str) -> None:
    html = written(app, kind, "da").html
    quoted = str(VALUES[fact]).replace("<", "&lt;").replace(">", "&gt;")
    assert f"<blockquote>{quoted}</blockquote>" in html
    assert html.count("<blockquote>") == 1
    assert "Kim &amp; Co, Erhvervsstyrelsen, skriver:" in html


@pytest.mark.rule("R87")
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_opens_something_is_in_mails_that_are_wiped_alone(app: Flask, kind: str) -> None:
    letter = written(app, kind, "en")
    holds = TOKEN in letter.text + letter.html
    assert holds is (kind in ("M5", "M7-returned"))
    assert not holds or KINDS[kind].holds_secret
    assert TOKEN not in letter.subject
    assert TOKEN not in repr(letter)


def test_links_and_news_that_somebody_waits_for_are_sent_again_when_unsure() -> None:
    held = {kind for kind in KINDS if KINDS[kind].on_unsure is OnUnsure.hold}
    assert held == {"M8-cancelled", "M8-expiring", "M17-waiting", "M17-unconfirmed"}
