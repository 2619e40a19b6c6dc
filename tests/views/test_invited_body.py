"""The pages of an invited body, by its link alone: form, check, sent, and every dead end."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import db as _db
from app.models import (
    AuditEvent,
    Authority,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    ImiUser,
    Invitation,
    InvitationStatus,
    ListScope,
    OutgoingMail,
)
from app.services import invitation_links, invitations, registrants, self_registrations, validations
from tests.conftest import Client
from tests.inviting import invited, mails_of, registered, token_of, validated
from tests.registering import TYPED, typed
from tests.services.test_invitations import quiet_queue
from tests.statements import statements
from tests.views.test_register_authority import chosen, errors, values

__all__ = ["quiet_queue"]  # fixtures
S = InvitationStatus
REASON = "Skriv byens fulde navn.\nTak."


@pytest.fixture
def inviter(make: Any) -> Any:
    """An administrator of an access manager who invites."""
    body = make.access_manager("Styrelsen for Patientsikkerhed")
    body.phone = "+45 72 28 66 00"
    return make.actor(make.user(body, first_name="Bo", last_name="Dam"))


@pytest.fixture
def english(client: Client) -> Client:
    """A browser in which nobody is signed in, and whose reader has chosen English."""
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    return client


def path_of(invitation: Invitation, part: str = "") -> str:
    return f"/invitation/{token_of(invitation)}/{part}"


def save(browser: Client, path: str, step: str = "check", **changed: Any) -> Any:
    """Fill in the form as it is shown, and press a button."""
    page = browser.get(f"{path}registration").text
    shown = values(page)["shown"]
    return browser.send(f"{path}registration", {**typed(**changed), "shown": shown, "step": step})


def send(browser: Client, path: str) -> Any:
    """Press the button of the check page."""
    page = browser.get(f"{path}check").text
    form = page.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    return browser.post(f"{path}send", data={**values(form), "step": "create"})


def text_of_page(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.split("<main", 1)[1])))


def rows() -> list[int]:
    """How many there are of what any act here could make or change."""
    tables = (Authority, ImiUser, OutgoingMail, AuditEvent)
    counts = [_db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    return [*counts, _db.session.scalar(select(func.sum(Invitation.version))) or 0]


# --- The way through -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R12")
@pytest.mark.rule("R14")
def test_a_body_registers_itself_by_its_link_and_is_told_what_happens_now(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    start = text_of_page(english.get(path).text)
    assert "Styrelsen for Patientsikkerhed has invited you to register your authority" in start
    assert "Vi glæder os til at se jer." in start
    assert "+45 72 28 66 00" in start
    assert save(english, path).headers["Location"] == f"{path}check"
    assert "Boulevarden 13, 1. sal" in text_of_page(english.get(f"{path}check").text)
    done = send(english, path)
    assert (done.status_code, done.headers["Location"]) == (303, path)
    sent = english.get(path)
    assert sent.status_code == 200
    assert "It awaits validation by Styrelsen for Patientsikkerhed." in text_of_page(sent.text)
    assert not any(word in sent.text for word in ("Boulevarden", "Sørine", "sorine@"))
    body = _db.session.get_one(Authority, _db.session.get_one(Invitation, row.id).authority_id)
    assert (body.official_name, body.status) == ("Ålborg Kommune", AuthorityStatus.awaiting_validation)
    assert len(mails_of("M6")) == 1


@pytest.mark.rule("R14")
def test_the_pages_are_in_the_language_of_the_invitation_until_another_is_chosen(client: Client, inviter: Any) -> None:
    danish, english = invited(inviter), invited(inviter, invited_name="Odense", language="en")
    plain = {"Accept-Language": "en"}
    assert '<html lang="da">' in client.get(path_of(danish), headers=plain).text
    assert '<html lang="en">' in client.get(path_of(english), headers={"Accept-Language": "da"}).text
    page = client.get(path_of(danish, "registration"), headers=plain).text
    assert "Officielt navn" in page
    again = client.send(
        path_of(danish, "registration"), {**typed(city="Nibe"), "shown": "", "switch_language": "en"}, headers=plain
    ).text
    assert "Official name" in again
    assert values(again)["city"] == "Nibe"


@pytest.mark.rule("R12")
@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(client: Client, inviter: Any, method: str) -> None:
    """Mail scanners open links, and all they lead to."""
    row = invited(inviter)
    token = token_of(row)
    _db.session.commit()
    before = rows()
    for part in ("", "registration", "check", "registration?problems=yes"):
        answer = getattr(client, method)(f"/invitation/{token}/{part}")
        assert answer.status_code in (200, 302, 422)
    assert client.get(f"/invitation/{token}/send").headers["Location"] == f"/invitation/{token}/"
    _db.session.expire_all()
    assert rows() == before
    assert _db.session.get_one(Invitation, row.id).typed is None


@pytest.mark.rule("R14")
def test_what_is_typed_is_kept_and_gone_on_with_on_another_day(english: Client, client: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    half = {"official_name": "Ålborg K", "city": "", "user_email": "ikke en adresse"}
    saved = english.send(f"{path}registration", {**typed(**half), "shown": "", "step": "draft"})
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{path}registration")
    page = english.get(f"{path}registration").text
    assert "What you have typed is saved." in page
    assert {name: values(page)[name] for name in half} == half
    # Another browser on another day: what is not right is told when it is to be sent.
    other = client.application.test_client()
    led = save(other, path, **half)
    wrong = other.get(led.headers["Location"], follow_redirects=True)
    assert wrong.status_code == 422
    assert set(errors(wrong.text)) == {"city", "user_email"}
    assert values(wrong.text)["official_name"] == "Ålborg K"


@pytest.mark.rule("R14")
def test_the_form_begins_with_what_the_invitation_suggests(english: Client, inviter: Any) -> None:
    general = (
        select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    )
    entry = _db.session.scalars(general.order_by(ClassificationEntry.id).limit(1)).one()
    row = invited(inviter, invited_name="Nibe Kommune", entry_ids=frozenset({entry}), language="en")
    page = english.get(path_of(row, "registration")).text
    assert values(page)["official_name"] == "Nibe Kommune"
    assert {str(entry), "en"} <= chosen(page)


@pytest.mark.rule("R26")
def test_of_two_at_one_link_the_second_is_shown_what_the_first_has_saved(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    assert save(english, path, "draft", city="Nibe").status_code == 303
    late = english.send(f"{path}registration", {**typed(city="Aalborg"), "shown": "", "step": "draft"})
    assert late.status_code == 409
    assert "Somebody else has saved something by the same link" in late.text
    assert "Nibe" in text_of_page(late.text)
    assert values(late.text)["city"] == "Aalborg"
    mine = {**typed(city="Aalborg"), "shown": values(late.text)["shown"], "step": "draft"}
    assert english.send(f"{path}registration", mine).status_code == 303
    again = english.send(f"{path}registration", {**mine, "step": "check"})  # a second click sends the same once more
    assert again.status_code == 303
    assert values(english.get(f"{path}registration").text)["city"] == "Aalborg"


@pytest.mark.rule("R26")
def test_what_is_sent_is_what_the_check_page_showed(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    save(english, path, city="Nibe")
    form = english.get(f"{path}check").text.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    save(english, path, city="Aars")  # a colleague, by the same link
    late = english.post(f"{path}send", data=values(form))
    assert late.status_code == 409
    assert "Somebody else has changed this since you saw it." in late.text
    assert "Aars" in text_of_page(late.text)
    assert _db.session.get_one(Invitation, row.id).status is S.sent
    assert send(english, path).status_code == 303
    assert _db.session.scalars(select(Authority.city).where(Authority.official_name == "Ålborg Kommune")).all() == [
        "Aars"
    ]


@pytest.mark.rule("R13")
@pytest.mark.parametrize("lost", [False, True])
def test_the_check_page_names_who_validates(make: Any, english: Client, inviter: Any, lost: bool) -> None:
    manager = _db.session.get_one(Authority, inviter.authority_id)
    nimic = make.nimic()
    path = path_of(invited(inviter))
    save(english, path)
    if lost:
        _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
        _db.session.flush()
    said = text_of_page(english.get(f"{path}check").text)
    assert f"{(nimic if lost else manager).official_name} sees what you have written" in said
    assert f"{(manager if lost else nimic).official_name} sees what you have written" not in said


@pytest.mark.rule("R13")
def test_sent_twice_it_is_registered_once_and_both_see_that_it_is_sent(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    save(english, path)
    form = english.get(f"{path}check").text.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    answers = [english.post(f"{path}send", data=values(form)) for _ in range(2)]
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, path)] * 2
    assert _db.session.scalar(select(func.count()).where(Authority.official_name == "Ålborg Kommune")) == 1
    assert len(mails_of("M6")) == 1


@pytest.mark.rule("R17")
@pytest.mark.rule("R19")
def test_a_returned_registration_opens_by_its_new_link_with_the_reason_on_top(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    old = path_of(row)
    body = registered(inviter, row)
    validations.send_back(inviter, body.public_id, body.version, REASON)
    path = path_of(row)
    assert english.get(old).status_code == 404
    for part in ("", "registration"):
        assert "Skriv byens fulde navn. Tak." in text_of_page(english.get(f"{path}{part}").text)
    page = english.get(f"{path}registration").text
    assert {name: values(page)[name] for name in TYPED if name in values(page)} == {
        name: value for name, value in TYPED.items() if name in values(page)
    }
    assert save(english, path, city="Aalborg Øst").status_code == 303
    assert send(english, path).status_code == 303
    assert _db.session.get_one(Authority, body.id).city == "Aalborg Øst"
    assert len(mails_of("M6")) == 2


# --- Dead ends -------------------------------------------------------------------------------------------------------


def expired(inviter: Any) -> Invitation:
    row = invited(inviter)
    row.expires_at = clock.now() - timedelta(seconds=1)
    return row


def cancelled(inviter: Any) -> Invitation:
    row = invited(inviter)
    token = token_of(row)
    invitations.cancel(inviter, row.public_id, row.version, "Den var sendt til en forkert adresse.")
    row.__dict__["token"] = token
    return row


def rejected(inviter: Any) -> Invitation:
    row = invited(inviter)
    token = token_of(row)
    body = registered(inviter, row)
    validations.reject(inviter, body.public_id, body.version, REASON)
    row.__dict__["token"] = token
    return row


def already_registered(inviter: Any) -> Invitation:
    row = invited(inviter)
    row.__dict__["token"] = token_of(row)
    registered(inviter, row)
    return row


def already_validated(inviter: Any) -> Invitation:
    row = already_registered(inviter)
    body = _db.session.get_one(Authority, row.authority_id)
    validated(inviter, body.public_id, body.version)
    return row


DEAD_ENDS = {
    "expired": (expired, 410, "The invitation has expired", "The last day was"),
    "cancelled": (cancelled, 410, "The invitation is cancelled", "Styrelsen for Patientsikkerhed has cancelled"),
    "rejected": (rejected, 410, "The registration was rejected", "Ask if you think that it is wrong."),
    "registered": (already_registered, 200, "The registration is sent", "You need not do anything now."),
    "validated": (already_validated, 200, "The authority is registered", "this link is not needed any more"),
}


@pytest.mark.rule("R13")
@pytest.mark.rule("R73")
@pytest.mark.parametrize("state", DEAD_ENDS)
def test_a_dead_link_says_why_it_is_dead_and_whom_to_ask_and_no_more(english: Client, inviter: Any, state: str) -> None:
    make, status, title, why = DEAD_ENDS[state]
    row = make(inviter)
    path = f"/invitation/{row.__dict__.get('token') or token_of(row)}/"
    page = english.get(path)
    said = text_of_page(page.text)
    assert page.status_code == status
    assert f"<h1>{title}</h1>" in page.text
    assert why in said
    assert "+45 72 28 66 00" in said
    assert not any(word in page.text for word in ("Boulevarden", "Sørine", "sorine@", "post@aalborg", REASON[:10]))
    for part in ("registration", "check"):
        assert english.get(f"{path}{part}").headers["Location"] == path
    kept = rows()
    for part in ("registration", "send"):
        led = english.send(f"{path}{part}", {**typed(), "shown": "", "step": "check"})
        assert led.headers["Location"] == path
    assert rows() == kept


def broken(token: str) -> dict[str, str]:
    """What is made of a link by who guesses, copies badly, or plays an old one again."""
    return {
        "cut": token[:-1],
        "longer": f"{token}A",
        "another case": token.swapcase(),
        "forged": "A" * 43,
        "its hash": invitation_links.hash_of(token),
        "letters of another script": f"{token[:-1]}а",
        "percent": f"{token[:-1]}%25",
        "quote": f"{token[:-1]}'",
        "very long": token * 100,
        "a path": "../../login",
    }


@pytest.mark.rule("R12")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("how", broken("x" * 43))
def test_a_wrong_link_is_answered_alike_whatever_is_wrong_with_it(english: Client, inviter: Any, how: str) -> None:
    token = token_of(invited(inviter))
    for part in ("", "registration", "check"):
        page = english.get(f"/invitation/{broken(token)[how]}/{part}")
        assert page.status_code == 404
        if how != "a path":
            assert "<h1>This link opens nothing</h1>" in page.text
            assert "Styrelsen" not in page.text
    sent = english.send(f"/invitation/{broken(token)[how]}/send", {**typed(), "shown": ""})
    assert sent.status_code in (404, 405)


@pytest.mark.rule("R87")
def test_a_link_that_was_replaced_opens_nothing(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    old = path_of(row)
    invitations.resend(inviter, row.public_id, row.version)
    assert english.get(old).status_code == 404
    assert english.send(f"{old}send", {**typed(), "shown": ""}).status_code == 404
    assert english.get(path_of(row)).status_code == 200


@pytest.mark.rule("R13")
def test_who_is_signed_in_is_told_to_sign_out_and_sees_nothing(
    make: Any, sign_in: Callable[..., Client], inviter: Any
) -> None:
    row = invited(inviter)
    path = path_of(row)
    browser = sign_in(make.user(make.authority("Andre"), first_name="Ida", last_name="Vang"), "en")
    for part in ("", "registration", "check"):
        page = browser.get(f"{path}{part}")
        assert page.status_code == 403
        assert "<h1>You are signed in as Ida Vang</h1>" in page.text
        assert "Ålborg" not in page.text
    assert browser.send(f"{path}send", {**typed(), "shown": ""}).status_code == 403
    assert _db.session.get_one(Invitation, row.id).status is S.sent


# --- Limits, secrecy, hostile input -----------------------------------------------------------------------------------


@pytest.mark.rule("R85")
def test_twenty_wrong_links_an_hour_and_the_right_one_still_opens(
    app: Any, english: Client, inviter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_WRONG_LINKS", 20)
    path = path_of(invited(inviter))
    answers = [english.get(f"/invitation/{'A' * 43}/").status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]
    assert english.get(path).status_code == 200


@pytest.mark.rule("R85")
def test_who_sends_too_much_loses_nothing_that_he_typed(
    app: Any, english: Client, inviter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_INVITED", 1)
    path = path_of(invited(inviter))
    assert save(english, path, "draft", city="Nibe").status_code == 303
    late = save(english, path, "draft", city="Aars")
    assert late.status_code == 429
    assert "Very much has been sent from your network in a short time." in late.text
    assert values(late.text)["city"] == "Aars"


@pytest.mark.rule("R87")
def test_no_page_is_kept_and_none_tells_others_its_address(english: Client, inviter: Any) -> None:
    path = path_of(invited(inviter))
    save(english, path)
    for part in ("", "registration", "check"):
        page = english.get(f"{path}{part}")
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.text


@pytest.mark.rule("R87")
def test_no_log_names_the_token(english: Client, inviter: Any, caplog: pytest.LogCaptureFixture) -> None:
    path = path_of(invited(inviter))
    token = path.split("/")[2]
    with caplog.at_level(logging.DEBUG):
        english.get(path)
        save(english, path, "draft")
        save(english, path)
        english.get(f"{path}registration?unknown=1")
        english.get(f"/invitation/{token[:-1]}/")
        send(english, path)
    said = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("imi"))
    assert "/invitation/<token>/" in said
    assert token[:-1] not in said


@pytest.mark.rule("R8")
@pytest.mark.rule("R9")
@pytest.mark.rule("R18")
@pytest.mark.parametrize("status", ["active", "deactivated", "awaiting_validation"])
def test_a_known_name_runs_the_same_statements_and_is_answered_by_the_same_bytes(
    app: Any, db: Any, make: Any, inviter: Any, status: str
) -> None:
    make.authority("Ålborg Kommune", status=AuthorityStatus(status), email="post@aalborg.example")
    heard: list[list[str]] = []
    answered: list[list[bytes]] = []
    for name in ("Ålborg Kommune", "Ukendt Kommune"):
        path, browser = path_of(invited(inviter, invited_name="Kommunen")), app.test_client()
        with statements(db) as said:
            answers = [save(browser, path, official_name=name), browser.get(f"{path}check"), send(browser, path)]
            answers.append(browser.get(path))
        heard.append(list(said))
        answered.append([_plain(answer, name, path) for answer in answers])
    assert heard[0] == heard[1]
    assert answered[0] == answered[1]


def _plain(answer: Any, name: str, path: str) -> bytes:
    """The answer without what differs between any two: name, token, marks."""
    text = answer.text.replace(name, "NAME").replace(path, "PATH/")
    return re.sub(r'(name="(csrf_token|shown)" value=")[^"]*|Error number.*', r"\1", text).encode()


@pytest.mark.rule("R84")
def test_hostile_input_is_refused_kindly_and_nothing_is_lost(english: Client, inviter: Any) -> None:
    path = path_of(invited(inviter))
    for wrong in ("<script>alert(1)</script>" * 900, "A" * 30_000):
        page = save(english, path, street=wrong)
        assert page.status_code == 422
        assert values(page.text)["street"] == wrong
        assert "<script>alert" not in page.text
    led = save(english, path, first_name="Bo\u202eliv", website="javascript:alert(1)")
    refused = english.get(led.headers["Location"], follow_redirects=True)
    assert set(errors(refused.text)) == {"first_name", "website"}
    assert english.send(f"{path}send", {**typed(), "shown": "", "status": "active"}).status_code == 400
    assert english.post(f"{path}send", data=typed()).status_code == 400  # without the form's token


@pytest.mark.rule("R18")
def test_an_expired_form_is_drawn_again_with_all_that_was_typed(english: Client, inviter: Any) -> None:
    path = path_of(invited(inviter))
    english.get(path)
    page = english.post(f"{path}registration", data={**typed(city="Nibe"), "shown": "", "csrf_token": "gammelt"})
    assert page.status_code == 400
    assert values(page.text)["city"] == "Nibe"


@pytest.mark.rule("R82")
def test_what_is_cancelled_meanwhile_is_not_saved_or_sent(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    save(english, path)
    form = english.get(f"{path}check").text.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    row = _db.session.get_one(Invitation, row.id)
    invitations.cancel(inviter, row.public_id, row.version, "Forkert.")
    assert english.post(f"{path}send", data=values(form)).headers["Location"] == path
    assert english.get(path).status_code == 410
    assert _db.session.scalar(select(func.count()).where(Authority.official_name == "Ålborg Kommune")) == 0
    assert self_registrations.typed_so_far(_db.session.get_one(Invitation, row.id)) == []


def test_what_is_filled_in_again_is_what_was_sent(english: Client, inviter: Any) -> None:
    """A registration that comes back holds every field, the number of the other register and the entries too."""
    general = (
        select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    )
    entries = frozenset(_db.session.scalars(general.order_by(ClassificationEntry.id).limit(2)))
    given = {"external_scheme": "CVR", "external_value": "13585628", "entry_ids": entries}
    row = invited(inviter)
    body = registered(inviter, row, **given)
    validations.send_back(inviter, body.public_id, body.version, REASON)
    page = english.get(path_of(row, "registration")).text
    details = self_registrations.returned_details(row)
    assert details == registrants.details_of(body, _db.session.get_one(registrants.Registrant, body.id))
    assert values(page)["external_value"] == "13585628"
    assert {str(entry) for entry in entries} <= chosen(page)


@pytest.mark.rule("R26")
def test_who_saves_after_it_was_sent_is_told_that_his_words_were_not_kept(english: Client, inviter: Any) -> None:
    row = invited(inviter)
    path = path_of(row)
    shown = values(english.get(f"{path}registration").text)["shown"]
    registered(inviter, _db.session.get_one(Invitation, row.id))
    late = english.send(f"{path}registration", {**typed(city="Nibe"), "shown": shown, "step": "draft"})
    assert late.headers["Location"] == path
    assert "What you typed last was not saved" in english.get(path).text


@pytest.mark.rule("R26")
def test_what_was_typed_is_kept_though_somebody_signs_in_by_another_tab(
    make: Any, sign_in: Callable[..., Client], inviter: Any
) -> None:
    path = path_of(invited(inviter))
    browser = sign_in(make.user(make.authority("Andre"), first_name="Ida", last_name="Vang"), "en")
    for token in (browser.token("/"), "gammelt"):  # the form's token is that of the session before
        page = browser.post(f"{path}registration", data={**typed(city="Nibe"), "shown": "", "csrf_token": token})
        assert page.status_code in (400, 403)
        assert "You are signed in as Ida Vang" in page.text
        assert values(page.text)["city"] == "Nibe"
        assert "open for too long" not in page.text
    assert _db.session.scalars(select(Invitation.typed)).all() == [None]


@pytest.mark.rule("R14")
def test_the_check_page_is_drawn_again_where_the_browser_has_lost_its_session(english: Client, inviter: Any) -> None:
    path = path_of(invited(inviter))
    save(english, path)
    form = values(english.get(f"{path}check").text.split('<form id="check"', 1)[1].split("</form>", 1)[0])
    english.delete_cookie("session")
    lost = english.post(f"{path}send", data=form, headers={"Accept-Language": "en"})
    assert lost.status_code == 400
    assert "Boulevarden 13, 1. sal" in text_of_page(lost.text)
    again = values(lost.text.split('<form id="check"', 1)[1].split("</form>", 1)[0])
    assert english.post(f"{path}send", data=again).headers["Location"] == path
    assert len(mails_of("M6")) == 1
