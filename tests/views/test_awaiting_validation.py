"""*Mine opgaver › Afventer validering* as a browser sees it: list, task, and the acts on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityStatus,
    Delegation,
    ImiUser,
    Invitation,
    InvitationStatus,
    Registrant,
)
from app.services import validations
from tests.conftest import Client
from tests.inviting import invited, mails_of, registered, text_of, token_of
from tests.registering import details
from tests.services.test_invitations import quiet_queue
from tests.views.test_invitations import actor, browser, user
from tests.views.test_invited_body import text_of_page
from tests.views.test_register_authority import errors, values

__all__ = ["actor", "browser", "quiet_queue", "user"]  # fixtures
LIST = "/tasks/awaiting-validation/"
S = InvitationStatus


def path_of(body: Authority) -> str:
    return f"{LIST}{body.public_id}/"


def carried(page: str) -> dict[str, Any]:
    """What the button *Validate* carries."""
    return values(page.split('<form id="validate"', 1)[1].split("</form>", 1)[0])


def validate(browser: Client, body: Authority, **more: Any) -> Any:
    path = path_of(body)
    return browser.post(f"{path}validate", data={**carried(browser.get(path).text), **more})


# --- List and task ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("R16")
def test_the_oldest_stands_first_with_its_age_and_the_menu_tells_how_many(browser: Client, actor: Any) -> None:
    assert "Nothing awaits validation" in browser.get(LIST).text
    for number, days in enumerate((2, 9)):
        row = invited(actor, invited_name=f"Kommune {number}", recipient_email=f"post@k{number}.example")
        body = registered(actor, row, official_name=f"Kommune {number}")
        _db.session.get_one(Registrant, body.id).submitted_at = clock.now() - timedelta(days=days)
    page = browser.get(LIST)
    assert re.findall(rf'<th scope="row"><a href="{LIST}[^"]*">([^<]*)</a>', page.text) == ["Kommune 1", "Kommune 0"]
    assert "9 days ago" in text_of_page(page.text)
    assert '<span class="count">2<span class="visually-hidden"> waiting</span></span>' in page.text
    overview = text_of_page(browser.get("/").text)
    assert "2 registrations await validation" in overview
    assert "The oldest was received 9 days ago." in overview


@pytest.mark.rule("R16")
@pytest.mark.rule("R70")
def test_who_did_not_invite_it_has_no_such_task(make: Any, sign_in: Callable[..., Client], actor: Any) -> None:
    body = registered(actor)
    plain = make.authority("Uden")
    for person in (make.access_manager("Andre"), make.nimic("SE"), plain, make.commission()):
        other = sign_in(make.user(person), "en")
        for part in ("", "correct", "send-back", "reject"):
            assert other.get(f"{path_of(body)}{part}").status_code == 404
        for part, form in (
            ("validate", {}),
            ("correct", {}),
            ("send-back", {"reason": "x"}),
            ("reject", {"reason": "x"}),
        ):
            assert other.send(f"{path_of(body)}{part}", {"version": "1", **form}).status_code == 404
    nimic = sign_in(make.user(make.nimic()), "en")
    assert "Ålborg Kommune" in nimic.get(path_of(body)).text


@pytest.mark.rule("R17")
def test_the_task_shows_all_that_was_sent_and_what_differs_from_the_invitation(browser: Client, actor: Any) -> None:
    row = invited(actor, invited_name="Aalborg", recipient_email="post@aalborg.example")
    body = registered(actor, row)
    page = browser.get(path_of(body))
    said = text_of_page(page.text)
    for word in ("Boulevarden 13, 1. sal", "O'Møller-Åberg", "sorine@aalborg.example", "+45 (0)99 31-00.07"):
        assert word in said
    assert "Differences from the invitation" in said
    assert "Name Aalborg Ålborg Kommune" in said
    assert "belongs to another domain" not in said


@pytest.mark.rule("R13")
@pytest.mark.parametrize("lost", [False, True])
def test_the_task_names_who_becomes_the_access_manager(
    make: Any, sign_in: Callable[..., Client], actor: Any, lost: bool
) -> None:
    body = registered(actor)
    inviter = _db.session.get_one(Authority, actor.authority_id)
    nimic = make.nimic()
    if lost:
        _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
        _db.session.flush()
    said = text_of_page(sign_in(make.user(nimic), "en").get(path_of(body)).text)
    manager, other = (nimic, inviter) if lost else (inviter, nimic)
    assert f"with {manager.official_name} as its access manager" in said
    assert f"with {other.official_name} as its access manager" not in said


@pytest.mark.rule("R17")
def test_another_mail_domain_is_said_first_and_a_call_is_asked_for(browser: Client, actor: Any) -> None:
    body = registered(actor, invited(actor), user_email="sorine@gmail.example")
    page = browser.get(path_of(body)).text
    assert "belongs to another domain than the invitation" in page
    assert "at a number that you have found elsewhere than in the registration" in page
    assert page.index("belongs to another domain") < page.index("Differences from the invitation")


@pytest.mark.rule("R17")
@pytest.mark.rule("R8")
def test_likely_duplicates_stand_beside_it_with_what_differs_in_words(
    browser: Client, make: Any, user: Any, actor: Any
) -> None:
    manager = _db.session.get_one(Authority, user.authority_id)
    other = make.authority("Aalborg Kommunes Tandpleje", phone="+45 99 31 31 31", city="Nibe", managed_by=manager)
    body = registered(actor, official_name="Aalborg Kommunes Tandplejen")
    said = text_of_page(browser.get(path_of(body)).text)
    assert f"Beside {other.official_name}" in said
    assert "The same in both: Telephone." in said
    assert "Town or city Aalborg Nibe" in said


@pytest.mark.rule("R8")
@pytest.mark.rule("R70")
def test_of_a_likely_duplicate_outside_ones_reach_no_more_is_told_than_elsewhere(
    browser: Client, make: Any, actor: Any
) -> None:
    make.authority("Aalborg Kommunes Tandpleje", kind="nimic", street="Hemmelig Vej 1", email="post@aalborg.example")
    body = registered(actor, official_name="Aalborg Kommunes Tandplejen")
    page = browser.get(path_of(body)).text
    assert "Aalborg Kommunes Tandpleje" in page
    assert "Hemmelig Vej 1" not in page


# --- Validation ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R18")
@pytest.mark.rule("R5")
def test_validated_it_is_as_if_registered_directly_and_the_username_waits_on_the_receipt(
    browser: Client, user: Any, actor: Any
) -> None:
    row = invited(actor)
    body = registered(actor, row)
    done = validate(browser, body)
    assert (done.status_code, done.headers["Location"]) == (303, f"/register-authority/{body.public_id}/receipt")
    receipt = browser.get(done.headers["Location"])
    said = text_of_page(receipt.text)
    assert "The registration is validated" in said
    assert "Sørine O'Møller-Åberg" in said
    first = _db.session.scalars(select(ImiUser).where(ImiUser.authority_id == body.id)).one()
    assert first.username not in receipt.text
    assert first.username in browser.send(f"/register-authority/{body.public_id}/username").text
    assert (first.is_superuser, first.is_administrator, body.status) == (True, True, AuthorityStatus.active)
    managers = select(AccessManagerLink.manager_id).where(AccessManagerLink.authority_id == body.id)
    assert _db.session.scalars(managers).all() == [user.authority_id]
    assert (len(mails_of("M1")), len(mails_of("M7-validated"))) == (1, 1)
    assert f"/authorities/{body.public_id}/grant/" in receipt.text


@pytest.mark.rule("R17")
def test_validated_twice_it_is_one_act_and_the_second_is_told(
    browser: Client, make: Any, sign_in: Callable[..., Client], user: Any, actor: Any
) -> None:
    row = invited(actor)
    body = registered(actor, row)
    form = carried(browser.get(path_of(body)).text)
    colleague = make.user(_db.session.get_one(Authority, user.authority_id), first_name="Ida", last_name="Vang")
    theirs = sign_in(colleague, "en")
    other = {**form, "csrf_token": theirs.token()}
    other["seen"] = carried(theirs.get(path_of(body)).text)["seen"]
    assert theirs.post(f"{path_of(body)}validate", data=other).status_code == 303
    late = browser.post(f"{path_of(body)}validate", data=form)
    assert late.headers["Location"] == f"/invitations/{row.public_id}/"
    assert "The registration has been validated already, by Ida Vang." in browser.get(late.headers["Location"]).text
    assert "validated already, by Ida Vang" in browser.get(path_of(body), follow_redirects=True).text
    assert (len(mails_of("M1")), len(mails_of("M7-validated"))) == (1, 1)
    again = theirs.post(f"{path_of(body)}validate", data=other)  # his own second click comes to the receipt
    assert again.headers["Location"] == f"/register-authority/{body.public_id}/receipt"


@pytest.mark.rule("R17")
@pytest.mark.rule("R26")
def test_what_a_colleague_has_corrected_meanwhile_is_shown_and_nothing_happens(browser: Client, actor: Any) -> None:
    body = registered(actor)
    form = carried(browser.get(path_of(body)).text)
    validations.correct(actor, body.public_id, body.version, details(city="Nibe"))
    late = browser.post(f"{path_of(body)}validate", data=form)
    assert late.status_code == 409
    said = text_of_page(late.text)
    assert "The registration was changed while you looked at it." in said
    assert "Town or city Nibe Aalborg" in said
    assert _db.session.get_one(Authority, body.id).status is AuthorityStatus.awaiting_validation
    assert browser.post(f"{path_of(body)}validate", data=carried(late.text)).status_code == 303


@pytest.mark.rule("R9")
@pytest.mark.rule("R17")
def test_a_likely_duplicate_must_be_said_to_be_another_before_it_is_validated(
    browser: Client, make: Any, actor: Any
) -> None:
    make.authority("Aalborg Kommunes Tandpleje", email="andre@andre.example")
    body = registered(actor, official_name="Aalborg Kommunes Tandplejen")
    refused = validate(browser, body)
    assert (refused.status_code, set(errors(refused.text))) == (422, {"not_the_same"})
    assert validate(browser, body, not_the_same="y").status_code == 303


@pytest.mark.rule("R9")
def test_a_name_that_was_taken_meanwhile_is_refused_kindly(browser: Client, make: Any, actor: Any) -> None:
    body = registered(actor)
    make.authority("AALBORG KOMMUNE")
    refused = validate(browser, body, not_the_same="y")
    assert refused.status_code == 422
    assert "official_name" in errors(refused.text) or "already registered" in refused.text
    assert _db.session.get_one(Authority, body.id).status is AuthorityStatus.awaiting_validation


@pytest.mark.rule("R17")
@pytest.mark.parametrize("mine", ["user_email", "recipient_email"])
def test_nobody_decides_on_his_own_and_is_told_who_can(browser: Client, user: Any, actor: Any, mine: str) -> None:
    address = user.email_address.upper()
    row = invited(actor, **({"recipient_email": address} if mine == "recipient_email" else {}))
    body = registered(actor, row, **({"user_email": address} if mine == "user_email" else {}))
    page = browser.get(path_of(body)).text
    assert "You cannot decide on this registration" in page
    assert 'id="validate"' not in page
    version = str(body.version)
    for part, form in (("validate", {}), ("send-back", {"reason": "x"}), ("reject", {"reason": "x"})):
        sent = browser.send(f"{path_of(body)}{part}", {"version": version, **form})
        assert sent.status_code == 403, part
    assert _db.session.get_one(Authority, body.id).status is AuthorityStatus.awaiting_validation


# --- Corrected, sent back, rejected ----------------------------------------------------------------------------------


@pytest.mark.rule("R17")
def test_it_is_corrected_in_the_form_of_the_registration(browser: Client, actor: Any) -> None:
    body = registered(actor)
    path = f"{path_of(body)}correct"
    form = values(browser.get(path).text)
    assert form["street"] == "Boulevarden 13, 1. sal"
    form.pop("q", None)
    wrong = browser.post(path, data={**form, "user_language": "da", "city": ""})
    assert (wrong.status_code, set(errors(wrong.text))) == (422, {"city"})
    done = browser.post(path, data={**form, "user_language": "da", "city": "Nibe"})
    assert done.headers["Location"] == path_of(body)
    assert _db.session.get_one(Authority, body.id).city == "Nibe"
    late = browser.post(path, data={**form, "user_language": "da", "city": "Aars"})  # of the page before
    assert late.status_code == 409
    assert "Nibe" in text_of_page(late.text)
    assert values(late.text)["city"] == "Aars"


@pytest.mark.rule("R17")
@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    ("part", "kind", "status"),
    [("send-back", "M7-returned", S.returned), ("reject", "M7-rejected", S.rejected)],
)
def test_it_is_sent_back_and_rejected_with_a_reason(
    browser: Client, actor: Any, part: str, kind: str, status: InvitationStatus
) -> None:
    row = invited(actor)
    old = token_of(row)
    body = registered(actor, row)
    path = f"{path_of(body)}{part}"
    version = values(browser.get(path).text)["version"]
    empty = browser.send(path, {"version": version, "reason": ""})
    assert (empty.status_code, set(errors(empty.text))) == (422, {"reason"})
    done = browser.send(path, {"version": version, "reason": "Skriv byens navn."})
    assert done.headers["Location"] == f"/invitations/{row.public_id}/"
    assert "Skriv byens navn." in browser.get(done.headers["Location"]).text
    assert _db.session.get_one(Invitation, row.id).status is status
    [mail] = mails_of(kind)
    assert "Skriv byens navn." in text_of(mail)
    if status is S.returned:
        assert token_of(_db.session.get_one(Invitation, row.id)) != old
    again = browser.send(path, {"version": version, "reason": "Igen."})
    assert again.headers["Location"] == f"/invitations/{row.public_id}/"
    assert len(mails_of(kind)) == 1


@pytest.mark.rule("R17")
@pytest.mark.rule("R26")
def test_a_reason_for_what_was_corrected_meanwhile_is_kept_and_nothing_is_sent(browser: Client, actor: Any) -> None:
    body = registered(actor)
    version = str(body.version)
    validations.correct(actor, body.public_id, body.version, details(city="Nibe"))
    late = browser.send(f"{path_of(body)}reject", {"version": version, "reason": "Skriv byens navn."})
    assert late.status_code == 409
    assert "Skriv byens navn." in late.text
    assert mails_of("M7-rejected") == []


@pytest.mark.rule("R18")
def test_the_modules_that_the_invitation_suggested_stand_first(browser: Client, make: Any, actor: Any) -> None:
    module = make.module("PQ-REQ")
    body = registered(actor, invited(actor, module_ids=frozenset({module.id})))
    validate(browser, body)
    page = browser.get(f"/authorities/{body.public_id}/grant/").text
    assert "Suggested in the invitation" in page
    assert page.index("/grant/PQ-REQ") < page.index("Other modules")
    assert page.count("/grant/PQ-REQ") == 1


@pytest.mark.rule("R72")
@pytest.mark.parametrize("part", ["send-back", "reject"])
def test_the_language_is_changed_for_the_whole_page(browser: Client, actor: Any, part: str) -> None:
    path = f"{path_of(registered(actor))}{part}"
    page = browser.send(path, {"version": "1", "reason": "Skriv byen.", "switch_language": "da"}).text
    assert ("Vil du afvise registreringen?" if part == "reject" else "Vil du sende registreringen tilbage") in page
    assert "The registration" not in page
    assert "Skriv byen." in page
