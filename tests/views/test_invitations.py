"""*Opfordringer til registrering* as a browser sees it: list, new one, one, sent again, cancelled."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import db as _db
from app.models import Invitation, InvitationStatus, Module, Reach
from app.services import invitations, self_registrations
from tests.conftest import Client
from tests.inviting import invited, mails_of, registered, text_of, token_of, validated
from tests.services.test_invitations import quiet_queue
from tests.views.test_invited_body import text_of_page
from tests.views.test_register_authority import chosen, entry_numbers, errors, values

__all__ = ["quiet_queue"]  # fixtures
NEW = "/invitations/new"
S = InvitationStatus


@pytest.fixture
def user(make: Any) -> Any:
    return make.user(make.access_manager("Styrelsen"), first_name="Bo", last_name="Dam")


@pytest.fixture
def actor(make: Any, user: Any) -> Any:
    return make.actor(user)


@pytest.fixture
def browser(sign_in: Callable[..., Client], user: Any) -> Client:
    return sign_in(user, "en")


def wished(**changed: Any) -> dict[str, Any]:
    given = {
        "invited_name": "Ålborg Kommune",
        "recipient_email": "post@aalborg.example",
        "language": "da",
        "message": "Kære Ålborg\r\n\r\nVelkommen.",
        "step": "send",
    }
    return given | changed


def send(browser: Client, **changed: Any) -> Any:
    """Fill in the form, and press the button."""
    number = values(browser.get(NEW).text)["number"]
    return browser.send(NEW, wished(number=number, **changed))


def all_of_them() -> int:
    return _db.session.scalar(select(func.count()).select_from(Invitation)) or 0


def id_in(answer: Any) -> uuid.UUID:
    return uuid.UUID(answer.headers["Location"].strip("/").rsplit("/", 1)[1])


# --- New -------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R11")
@pytest.mark.rule("R12")
def test_an_invitation_is_sent_with_all_that_was_filled_in(browser: Client) -> None:
    module = _db.session.scalars(select(Module).where(Module.retired_from.is_(None)).order_by(Module.id)).first()
    entry = entry_numbers()[0]
    done = send(browser, modules=[str(module.id)], classification=[entry])
    assert done.status_code == 303
    row = _db.session.scalars(select(Invitation)).one()
    assert id_in(done) == row.public_id
    assert (row.invited_name, row.recipient_email, row.language) == ("Ålborg Kommune", "post@aalborg.example", "da")
    assert (row.suggested_modules, row.suggested_classification) == ([module.id], [int(entry)])
    [mail] = mails_of("M5")
    assert "> Velkommen." in text_of(mail)
    page = browser.get(done.headers["Location"])
    said = text_of_page(page.text)
    assert "The invitation is on its way to post@aalborg.example." in said
    assert "Bo Dam, Styrelsen" in said
    assert module.names["en"] in said
    assert token_of(row) not in page.text


@pytest.mark.rule("R75")
def test_a_second_click_sends_no_second_invitation(browser: Client) -> None:
    number = values(browser.get(NEW).text)["number"]
    done = [browser.send(NEW, wished(number=number)) for _ in range(2)]
    assert [id_in(answer) for answer in done] == [id_in(done[0])] * 2
    assert (all_of_them(), len(mails_of("M5"))) == (1, 1)


@pytest.mark.rule("R26")
@pytest.mark.rule("R73")
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(browser: Client, user: Any) -> None:
    module = str(_db.session.scalars(select(Module.id).where(Module.retired_from.is_(None))).first())
    wrong = send(browser, invited_name="", recipient_email="ikke en adresse", modules=[module])
    assert wrong.status_code == 422
    assert set(errors(wrong.text)) == {"invited_name", "recipient_email"}
    assert values(wrong.text)["recipient_email"] == "ikke en adresse"
    assert module in chosen(wrong.text)
    named = send(browser, message=f"Dit brugernavn er {user.username}.")
    assert (named.status_code, set(errors(named.text))) == (422, {"message"})
    assert all_of_them() == 0


@pytest.mark.rule("R8")
@pytest.mark.rule("R9")
def test_likely_duplicates_are_shown_and_must_be_said_to_be_others(browser: Client, make: Any) -> None:
    make.authority("Aalborg Kommunes Tandpleje", email="tand@aalborg.example")
    number = values(browser.get(NEW).text)["number"]
    alike = wished(invited_name="Aalborg Kommunes Tandplejen", number=number)
    asked = browser.send(NEW, alike)
    assert asked.status_code == 422
    assert "Aalborg Kommunes Tandpleje" in text_of_page(asked.text)
    assert set(errors(asked.text)) == {"not_the_same"}
    seen = values(asked.text)["seen"]
    assert browser.send(NEW, {**alike, "not_the_same": "y"}).status_code == 422  # ticked without having seen any
    make.authority("Aalborg Kommunes Tandplejer", email="t2@aalborg.example")
    late = browser.send(NEW, {**alike, "seen": seen, "not_the_same": "y"})
    assert late.status_code == 422  # one has come in between
    assert "Aalborg Kommunes Tandplejer" in text_of_page(late.text)
    done = browser.send(NEW, {**alike, "seen": values(late.text)["seen"], "not_the_same": "y"})
    assert done.status_code == 303


@pytest.mark.rule("R9")
def test_who_is_registered_already_is_not_invited(browser: Client, make: Any) -> None:
    make.authority("Aalborg kommune")
    refused = send(browser)
    assert (refused.status_code, set(errors(refused.text))) == (422, {"invited_name"})


@pytest.mark.rule("R8")
def test_likely_duplicates_appear_as_one_types(browser: Client, make: Any) -> None:
    make.authority("Aalborg Kommunes Tandpleje")
    typed = {"invited_name": "Aalborg Kommunes Tandplejen", "recipient_email": "", "step": "duplicates"}
    part = browser.send(NEW, typed, headers={"HX-Request": "true"})
    assert "Aalborg Kommunes Tandpleje" in part.text
    assert "<html" not in part.text
    whole = browser.send(NEW, typed)
    assert "<html" in whole.text
    assert values(whole.text)["invited_name"] == "Aalborg Kommunes Tandplejen"


@pytest.mark.rule("R10")
def test_a_likely_duplicate_that_was_invited_leads_to_its_invitation(browser: Client, actor: Any) -> None:
    row = invited(actor)
    asked = send(browser, invited_name="Aalborg Kommun")
    assert f"/invitations/{row.public_id}/" in asked.text


@pytest.mark.rule("R85")
def test_fifty_an_hour_and_nothing_typed_is_lost(app: Any, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_INVITATIONS", 2)
    assert [send(browser, invited_name="").status_code for _ in range(3)] == [422] * 3
    answers = [send(browser, invited_name=f"Kommune {n}", recipient_email=f"post@k{n}.example") for n in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert send(browser, invited_name="").status_code == 422  # what is refused anyway is not counted
    assert "You have sent very many invitations in a short time." in answers[2].text
    assert values(answers[2].text)["invited_name"] == "Kommune 2"


# --- One -------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R13")
def test_it_is_sent_again_with_a_new_link_after_a_page_that_says_so(browser: Client, actor: Any) -> None:
    row = invited(actor)
    old, path = token_of(row), f"/invitations/{row.public_id}/"
    asked = browser.get(f"{path}resend")
    assert "The link that was sent before opens nothing any more." in text_of_page(asked.text)
    version = values(asked.text)["version"]
    done = browser.send(f"{path}resend", {"version": version})
    assert done.headers["Location"] == path
    assert token_of(_db.session.get_one(Invitation, row.id)) != old
    assert "A new link is on its way to post@aalborg.example." in browser.get(path).text
    again = browser.send(f"{path}resend", {"version": version})  # a second click
    assert again.headers["Location"] == path
    assert "The invitation has moved on in the meantime." in browser.get(path).text
    assert len(mails_of("M5")) == 2


@pytest.mark.rule("R85")
def test_after_five_times_it_cannot_be_sent_again(browser: Client, actor: Any) -> None:
    row = invited(actor)
    for _ in range(5):
        invitations.resend(actor, row.public_id, row.version)
    page = browser.get(f"/invitations/{row.public_id}/")
    assert "Send again" not in page.text
    assert browser.get(f"/invitations/{row.public_id}/resend").headers["Location"].endswith(f"{row.public_id}/")


@pytest.mark.rule("R13")
def test_it_is_cancelled_with_a_reason_that_the_body_is_told(browser: Client, actor: Any) -> None:
    row = invited(actor)
    path = f"/invitations/{row.public_id}/"
    asked = browser.get(f"{path}cancel")
    version = values(asked.text)["version"]
    empty = browser.send(f"{path}cancel", {"version": version, "reason": " "})
    assert (empty.status_code, set(errors(empty.text))) == (422, {"reason"})
    done = browser.send(f"{path}cancel", {"version": version, "reason": "Forkert adresse."})
    assert done.headers["Location"] == path
    said = text_of_page(browser.get(path).text)
    assert "Bo Dam cancelled it on" in said
    assert "Forkert adresse." in said
    [mail] = mails_of("M8-cancelled")
    assert "Forkert adresse." in text_of(mail)
    late = browser.send(f"{path}cancel", {"version": version, "reason": "Igen."})
    assert late.headers["Location"] == path
    assert len(mails_of("M8-cancelled")) == 1


@pytest.mark.rule("R13")
@pytest.mark.rule("R26")
def test_who_has_answered_meanwhile_is_not_cancelled_and_the_reason_is_kept(browser: Client, actor: Any) -> None:
    row = invited(actor)
    path = f"/invitations/{row.public_id}/"
    version = values(browser.get(f"{path}cancel").text)["version"]
    invitations.resend(actor, row.public_id, row.version)
    late = browser.send(f"{path}cancel", {"version": version, "reason": "Forkert adresse."})
    assert late.status_code == 409
    assert "Forkert adresse." in late.text
    registered(actor, _db.session.get_one(Invitation, row.id))
    led = browser.send(f"{path}cancel", {"version": version, "reason": "Forkert adresse."})
    assert led.headers["Location"] == path
    assert _db.session.get_one(Invitation, row.id).status is S.registered


@pytest.mark.rule("R13")
def test_a_colleague_handles_it_too_and_a_stranger_sees_no_such_page(
    make: Any, sign_in: Callable[..., Client], user: Any, actor: Any
) -> None:
    row = invited(actor)
    path = f"/invitations/{row.public_id}/"
    body = make.authority("Uden")
    people = {
        "colleague": (make.user(_db.session.get_one(type(body), user.authority_id)), 200),
        "national coordinator": (make.user(make.nimic()), 200),
        "another access manager": (make.user(make.access_manager("Andre")), 404),
        "another one, own authorities only": (make.user(make.access_manager("Egne", reach=Reach.own)), 404),
        "national coordinator abroad": (make.user(make.nimic("SE")), 404),
        "administrator": (make.user(body), 404),
        "Commission": (make.user(make.commission()), 404),
    }
    for name, (person, status) in people.items():
        browser = sign_in(person, "en")
        for part in ("", "resend", "cancel"):
            assert browser.get(f"{path}{part}").status_code == status, name
        if status == 404:
            for part in ("resend", "cancel"):
                sent = browser.send(f"{path}{part}", {"version": "1"} | ({"reason": "x"} if part == "cancel" else {}))
                assert sent.status_code == 404, name
    assert _db.session.get_one(Invitation, row.id).status is S.sent


# --- The list --------------------------------------------------------------------------------------------------------


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/invitations/[^"]*">([^<]*)</a>', page)


@pytest.mark.rule("R13")
def test_the_list_tells_state_age_and_last_day_and_finds_by_state_and_words(browser: Client, actor: Any) -> None:
    old = invited(actor, invited_name="Nibe Kommune", recipient_email="nibe@nibe.example")
    old.sent_at = clock.now() - timedelta(days=8)
    soon = invited(actor, invited_name="Aars Kommune", recipient_email="aars@aars.example")
    soon.expires_at = clock.now() + timedelta(hours=3)
    over = invited(actor, invited_name="Farsø Kommune", recipient_email="farsoe@farsoe.example")
    over.expires_at = clock.now() - timedelta(seconds=1)
    self_registrations.save(token_of(old), [("city", "Nibe")], "")
    page = browser.get("/invitations/").text
    said = text_of_page(page)
    assert set(names(page)) == {"Nibe Kommune", "Aars Kommune", "Farsø Kommune"}
    assert "8 days ago" in said
    assert "expires today" in said or "1 day left" in said
    assert "Saved, not sent yet" in said
    assert names(browser.get("/invitations/?state=expired").text) == ["Farsø Kommune"]
    assert set(names(browser.get("/invitations/?state=sent").text)) == {"Nibe Kommune", "Aars Kommune"}
    assert names(browser.get("/invitations/?q=farsoe").text) == ["Farsø Kommune"]
    assert names(browser.get("/invitations/?q=NIBE.example").text) == ["Nibe Kommune"]
    assert names(browser.get("/invitations/?q=100%25").text) == []
    first = "/invitations/?_oc_InvitationListView=invited_name&_od_InvitationListView=asc"
    assert names(browser.get(first).text)[0] == "Aars Kommune"
    assert set(names(browser.get("/invitations/?state=findes-ikke").text)) == set(names(page))


@pytest.mark.rule("R13")
@pytest.mark.rule("R70")
def test_each_sees_the_invitations_he_handles(make: Any, sign_in: Callable[..., Client], actor: Any) -> None:
    others = make.actor(make.user(make.access_manager("Andre")))
    invited(actor)
    invited(others, invited_name="Odense Kommune", recipient_email="post@odense.example")
    nimic = sign_in(make.user(make.nimic()), "en").get("/invitations/").text
    assert set(names(nimic)) == {"Ålborg Kommune", "Odense Kommune"}
    assert "Invited by Styrelsen" in text_of_page(nimic)
    mine = sign_in(_db.session.get_one(type(make.user(make.authority())), actor.user_id), "en").get("/invitations/")
    assert names(mine.text) == ["Ålborg Kommune"]


def test_an_empty_list_says_what_to_do(browser: Client) -> None:
    said = text_of_page(browser.get("/invitations/").text)
    assert "No authority has been invited yet" in said


@pytest.mark.rule("R18")
def test_what_came_of_it_is_one_click_away(browser: Client, actor: Any) -> None:
    row = invited(actor)
    body = registered(actor, row)
    path = f"/invitations/{row.public_id}/"
    assert f"/tasks/awaiting-validation/{body.public_id}/" in browser.get(path).text
    validated(actor, body.public_id, body.version)
    assert f"/authorities/{body.public_id}/" in browser.get(path).text


@pytest.mark.rule("R13")
def test_the_start_page_tells_of_those_that_expire_soon_and_leads_to_them(browser: Client, actor: Any) -> None:
    assert "expires soon" not in browser.get("/").text
    soon = invited(actor, invited_name="Aars Kommune", recipient_email="aars@aars.example")
    soon.expires_at = clock.now() + timedelta(hours=3)
    over = invited(actor, invited_name="Farsø Kommune", recipient_email="farsoe@farsoe.example")
    over.expires_at = clock.now() - timedelta(seconds=1)
    invited(actor, invited_name="Nibe Kommune", recipient_email="nibe@nibe.example")
    assert "1 invitation expires soon" in text_of_page(browser.get("/").text)
    assert names(browser.get("/invitations/?state=soon").text) == ["Aars Kommune"]


@pytest.mark.rule("R10")
def test_what_to_do_instead_stands_below_a_name_that_is_taken(browser: Client, make: Any) -> None:
    body = make.authority("Aalborg kommune")
    assert f"/authorities/{body.public_id}/" in send(browser).text


@pytest.mark.rule("R5")
@pytest.mark.rule("R84")
def test_no_username_goes_out_as_a_name_or_in_letters_that_look_alike(browser: Client, user: Any) -> None:
    hidden = user.username.replace("a", "а").replace("i", "ı")  # Cyrillic, and a dotless i
    for field, text in (("invited_name", f"Rådet {user.username}"), ("message", f"Navnet er {hidden}.")):
        assert set(errors(send(browser, **{field: text}).text)) == {field}
    assert all_of_them() == 0


@pytest.mark.rule("R14")
def test_what_the_body_has_saved_outlives_a_new_link(browser: Client, actor: Any) -> None:
    row = invited(actor)
    self_registrations.save(token_of(row), [("city", "Nibe")], "")
    invitations.resend(actor, row.public_id, row.version)
    assert self_registrations.typed_so_far(_db.session.get_one(Invitation, row.id)) == [("city", "Nibe")]
