"""*Opfordr flere på én gang* as a browser without scripts sees it: form, preview, result."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.extensions import db as _db
from app.models import Authority, Delegation, ImiUser, Invitation, OutgoingMail
from app.services import invitation_batches
from app.views.registration_pages import LONGEST_FORM
from tests.conftest import Client
from tests.views.test_register_authority import chosen, entry_numbers, errors, values

PATH = "/invitations/many/"
TWO = "Ålborg Kommune;post@aalborg.example\nSvendborg Museum;mus@svendborg.example;en"
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def manager(make: Any) -> Authority:
    make.nimic()
    return make.access_manager("Erhvervsstyrelsen")


@pytest.fixture
def user(make: Any, manager: Authority) -> ImiUser:
    return make.user(manager)


@pytest.fixture
def browser(sign_in: SignIn, user: ImiUser) -> Client:
    """The access manager's administrator, reading English."""
    return sign_in(user, "en")


@pytest.fixture
def three_an_hour(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_INVITATIONS", 3)
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", secrets.token_hex(8))


def preview(browser: Client, rows: str, **more: Any) -> Any:
    return browser.send(PATH, {"rows": rows, "language": "da", "message": "", **more, "step": "preview"})


def send(browser: Client, page: str, anyway: Any = (), **more: Any) -> Any:
    """Send the form of a page as it stands there."""
    form = {"rows": pasted(page), "language": "da", "message": "", "previewed": values(page)["previewed"]}
    return browser.send(PATH, {**form, "anyway": list(anyway), "step": "send", **more})


def pasted(page: str) -> str:
    """What stands in the box."""
    found = re.search(r'<textarea[^>]*name="rows"[^>]*>\r?\n?(.*?)</textarea>', page, re.DOTALL)
    return unescape(found[1]) if found else ""


def told(page: str) -> list[str]:
    """What stands in the last cell of each row."""
    cells = re.findall(r"<tr><td.*?<td[^>]*>[^\n]*</td>\s*<td[^>]*>(.*?)</td></tr>", page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", said)).split()) for said in cells]


def ticks(page: str) -> list[str]:
    return re.findall(r'name="anyway" value="(\d+)"', page)


def names() -> list[str]:
    return list(_db.session.scalars(select(Invitation.invited_name).order_by(Invitation.id)))


# --- The form and the preview -----------------------------------------------------------------------------------------


def test_the_form_says_how_rows_get_into_it(browser: Client) -> None:
    page = browser.get(PATH).text
    assert "Copy the rows from a spreadsheet" in page
    assert "At most 200 rows" in page
    assert 'type="file"' not in page
    assert "da" in chosen(page)


@pytest.mark.rule("R11")
def test_a_preview_tells_of_each_row_and_sends_nothing(make: Any, browser: Client, manager: Authority) -> None:
    make.authority("Svendborg Museer", managed_by=manager)
    answer = preview(browser, f"{TWO}\nHjem;ingen adresse")
    assert answer.status_code == 200
    will, maybe, wrong = told(answer.text)
    assert will == "Will be sent"
    assert maybe.startswith("May be there already Svendborg Museer , København The name is similar.")
    assert wrong == "Must be corrected Write a valid e-mail address, for instance name@authority.eu."
    assert ticks(answer.text) == ["2"]
    assert "1 invitation will be sent." in answer.text
    assert pasted(answer.text).splitlines() == [*TWO.splitlines(), "Hjem;ingen adresse"]
    assert _db.session.scalar(select(func.count()).select_from(Invitation)) == 0
    assert _db.session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


HOSTILE = {
    "": "rows",
    "Navn;E-mail": "rows",
    "x" * 100_001: "rows",
    "å" * 300_000: "rows",
    "\n".join(f"Hjem {number};h{number}@x.example" for number in range(201)): "rows",
    'A;a@x.example\n"B;b@x.example': "rows",
}


@pytest.mark.rule("R84")
@pytest.mark.parametrize("rows", HOSTILE, ids=range(len(HOSTILE)))
def test_a_text_that_cannot_be_read_is_told_at_its_field_and_kept(browser: Client, rows: str) -> None:
    answer = preview(browser, rows, message="Kære alle", classification=entry_numbers())
    assert answer.status_code == 422
    assert list(errors(answer.text)) == [HOSTILE[rows]]
    assert pasted(answer.text) == rows
    assert "Kære alle" in answer.text
    assert set(entry_numbers()) <= chosen(answer.text)


@pytest.mark.rule("R84")
def test_hostile_rows_are_told_one_by_one(browser: Client) -> None:
    rows = [
        "<script>x</script>;s@x.example",
        "Klokke\x07;k@x.example",
        "Om\u202evendt;o@x.example",
        f"{'x' * 99_000};l@x.dk",
    ]
    answer = preview(browser, "\n".join(rows))
    assert answer.status_code == 200
    assert [said.split(" ")[0] for said in told(answer.text)] == ["Must"] * 4
    assert "<script>x" not in answer.text
    assert 'value="send"' not in answer.text
    assert [part.count("x" * 300) > 0 for part in answer.text.split("<textarea")[:2]] == [False, True]


@pytest.mark.rule("R5")
def test_a_message_with_a_username_is_refused(make: Any, browser: Client, manager: Authority) -> None:
    make.user(manager, username="kimlar987")
    answer = preview(browser, TWO, message="Jeres navn er kimlar 987")
    assert answer.status_code == 422
    assert list(errors(answer.text)) == ["message"]
    assert pasted(answer.text).splitlines() == TWO.splitlines()


def test_more_than_a_form_can_be_and_nul_are_refused_with_a_page(browser: Client) -> None:
    assert preview(browser, "x" * (LONGEST_FORM + 1)).status_code == 413
    assert preview(browser, "A\0B;a@x.example").status_code == 400


def test_others_keep_the_small_limit_and_do_not_find_the_page(make: Any, sign_in: SignIn, client: Client) -> None:
    other = sign_in(make.user(make.authority()), "en")
    assert preview(client, "x" * 2_000_000).status_code == preview(other, "x" * 2_000_000).status_code == 413
    assert preview(other, TWO).status_code == other.get(PATH).status_code == 404


@pytest.mark.rule("R72")
def test_the_language_is_switched_and_nothing_is_lost(browser: Client) -> None:
    page = preview(browser, TWO).text
    form = {"rows": TWO, "language": "en", "message": "Kære", "previewed": values(page)["previewed"]}
    answer = browser.send(PATH, {**form, "switch_language": "da"})
    assert "Opfordr flere myndigheder på én gang" in answer.text
    assert pasted(answer.text).splitlines() == TWO.splitlines()
    assert "Kære" in answer.text
    assert names() == []


def test_an_old_token_loses_nothing(browser: Client) -> None:
    answer = browser.post(PATH, data={"rows": TWO, "csrf_token": "old", "step": "send"})
    assert answer.status_code == 400
    assert pasted(answer.text).splitlines() == TWO.splitlines()
    assert names() == []


@pytest.mark.rule("R85")
def test_looking_up_rows_counts_as_searching(app: Flask, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SEARCHES", 3)
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", secrets.token_hex(8))
    rows = "\n".join(f"Hjem {number};h{number}@x.example" for number in range(25))
    assert preview(browser, rows).status_code == 200
    answer = preview(browser, TWO)
    assert answer.status_code == 429
    assert "You may try again in" in answer.text
    assert pasted(answer.text).splitlines() == TWO.splitlines()


@pytest.mark.rule("R85")
def test_rows_that_take_too_long_to_compare_are_refused_and_kept(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.invitation_batches.LONGEST_LOOK", -1.0)
    answer = preview(browser, TWO)
    assert answer.status_code == 422
    assert "Check fewer of them at a time" in answer.text
    assert pasted(answer.text).splitlines() == TWO.splitlines()
    assert names() == []


# --- Sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R11")
def test_rows_are_sent_and_the_result_tells_of_each(make: Any, browser: Client, manager: Authority) -> None:
    make.authority("Svendborg Museer", managed_by=manager)
    page = preview(browser, f"Navn;E-mail;Sprog\n{TWO}\nHjem;ingen adresse;").text
    answer = send(browser, page)
    assert answer.status_code == 200
    assert "<h1>1 invitation has been sent</h1>" in answer.text
    sent, held, wrong = told(answer.text)
    assert sent == "Sent"
    assert held == "Not sent It may be there already, and you did not tick that it is another."
    assert wrong.startswith("Not sent Write a valid e-mail address")
    assert pasted(answer.text).splitlines() == ["Navn;E-mail;Sprog", TWO.splitlines()[1], "Hjem;ingen adresse;"]
    assert names() == ["Ålborg Kommune"]
    assert 'href="/invitations/"' in answer.text
    again = preview(browser, pasted(answer.text), previewed=values(answer.text)["previewed"])
    assert send(browser, again.text, ["2"]).status_code == 200
    assert names() == ["Ålborg Kommune", "Svendborg Museum"]


@pytest.mark.rule("R11")
def test_a_result_in_which_all_were_sent_asks_for_nothing_more(browser: Client) -> None:
    entries = entry_numbers()
    page = preview(browser, TWO, message="Kære alle", language="en", classification=entries).text
    answer = send(browser, page, message="Kære alle", language="en", classification=entries)
    assert "<h1>2 invitations have been sent</h1>" in answer.text
    assert "<textarea" not in answer.text
    first, second = _db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert (first.message, first.language, second.language) == ("Kære alle", "en", "en")
    assert [str(number) for number in first.suggested_classification] == sorted(entries, key=int)


@pytest.mark.rule("R11")
def test_a_double_click_and_a_reload_send_nothing_twice(browser: Client) -> None:
    page = preview(browser, TWO).text
    assert told(send(browser, page).text) == ["Sent", "Sent"]
    again = send(browser, page)
    assert told(again.text) == ["Sent already", "Sent already"]
    assert again.status_code == 200
    assert told(preview(browser, TWO, previewed=values(page)["previewed"]).text) == ["Sent already", "Sent already"]
    assert len(names()) == 2


@pytest.mark.rule("R9")
def test_what_looks_like_another_is_sent_only_with_its_tick(make: Any, browser: Client, manager: Authority) -> None:
    make.authority("Svendborg Museer", managed_by=manager)
    page = preview(browser, f"{TWO}\nÅlborg Komune;anden@aalborg.example").text
    assert ticks(page) == ["2", "3"]
    assert "It looks like line 1: Ålborg Kommune" in told(page)[2]
    assert told(send(browser, page, ["3"]).text)[1:] == [
        "Not sent It may be there already, and you did not tick that it is another.",
        "Sent",
    ]
    assert names() == ["Ålborg Kommune", "Ålborg Komune"]


@pytest.mark.rule("R9")
def test_a_tick_counts_for_what_was_shown_then(make: Any, browser: Client, manager: Authority) -> None:
    make.authority("Svendborg Museer", managed_by=manager)
    page = preview(browser, TWO).text
    make.authority("Svendborg Museerne", managed_by=manager)
    answer = send(browser, page, ["2"])
    assert told(answer.text)[1].startswith("Not sent Meanwhile an authority has come in that looks like this one.")
    assert names() == ["Ålborg Kommune"]


@pytest.mark.rule("R9")
@pytest.mark.parametrize("carried", ["", "forged", "another's", "another form's"])
def test_what_was_not_shown_to_this_person_is_shown_before_it_is_sent(
    make: Any, browser: Client, manager: Authority, sign_in: SignIn, carried: str
) -> None:
    page = preview(browser, TWO).text
    mine = values(page)["previewed"]
    others = values(preview(sign_in(make.user(manager), "en"), TWO).text)["previewed"]
    sent = {"": "", "forged": mine[:-2] + "xx", "another's": others, "another form's": mine}[carried]
    rows = "Et andet;andet@x.example" if carried == "another form's" else TWO
    answer = send(browser, page, ["1", "2"], previewed=sent, rows=rows)
    assert answer.status_code == 200
    assert "You changed something after the rows were checked." in answer.text
    assert names() == []
    assert pasted(answer.text).splitlines() == rows.splitlines()


@pytest.mark.parametrize("changed", [{"message": "Nyt"}, {"language": "en"}, {"rows": f"{TWO}\nHjem;h@x.example"}])
def test_what_was_changed_after_the_preview_is_shown_first(browser: Client, changed: dict[str, str]) -> None:
    answer = send(browser, preview(browser, TWO).text, **changed)
    assert "You changed something after the rows were checked." in answer.text
    assert names() == []


@pytest.mark.rule("R85")
def test_a_limit_reached_midway_keeps_what_is_left(
    browser: Client, three_an_hour: None, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{name};{name}@x.example" for name in ("Fyret", "Havnen", "Skoven", "Heden", "Mosen")]
    page = preview(browser, "\n".join(rows)).text
    answer = send(browser, page)
    assert answer.status_code == 200
    said = told(answer.text)
    assert said[:3] == ["Sent"] * 3
    for each in said[3:]:
        assert re.fullmatch(
            r"Not sent yet You have sent very many invitations in a short time\. You may try again in \d+ minutes?\.",
            each,
        )
    assert pasted(answer.text).splitlines() == rows[3:]
    later = preview(browser, pasted(answer.text), previewed=values(answer.text)["previewed"])
    refused = send(browser, later.text)
    assert refused.status_code == 429
    assert "<h1>No invitation has been sent</h1>" in refused.text
    monkeypatch.setitem(app.config, "LIMIT_INVITATIONS", 10)
    assert told(send(browser, later.text).text) == ["Sent", "Sent"]
    assert len(names()) == 5


@pytest.mark.rule("R85")
def test_only_what_is_sent_counts(browser: Client, three_an_hour: None) -> None:
    page = preview(browser, f"{TWO}\nHjem;ingen adresse").text
    send(browser, page)
    send(browser, page)
    more = preview(browser, "Fyret;f@x.example").text
    assert told(send(browser, more).text) == ["Sent"]


@pytest.mark.rule("R82")
def test_rights_are_read_again_for_each_row(
    browser: Client, manager: Authority, user: ImiUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = preview(browser, TWO).text
    really, delegate = invitation_batches.send, manager.id

    def send_and_lose(*args: Any) -> Any:
        done = really(*args)
        _db.session.execute(update(Delegation).where(Delegation.delegate_id == delegate).values(revoked_at=func.now()))
        return done

    monkeypatch.setattr(invitation_batches, "send", send_and_lose)
    first, second = told(send(browser, page).text)
    assert first == "Sent"
    assert second.startswith("Not sent You cannot invite authorities.")
    assert names() == ["Ålborg Kommune"]


@pytest.mark.rule("R82")
def test_a_row_that_fails_takes_no_other_with_it(browser: Client, make: Any, manager: Authority) -> None:
    page = preview(browser, f"Søfartsstyrelsen;s@x.example\n{TWO}").text
    make.authority("Søfartsstyrelsen", managed_by=manager)
    said = told(send(browser, page).text)
    assert said[0].startswith("Not sent An authority with this name is already registered")
    assert said[1:] == ["Sent", "Sent"]
