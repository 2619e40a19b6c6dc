"""*Registrer myndighed* as a browser sees it: form, check page, receipt."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import func, select, text, update

from app import clock
from app.extensions import db as _db
from app.mail import secrecy
from app.models import (
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    ImiUser,
    ListScope,
    LoggedAct,
    OutgoingMail,
    Reach,
)
from app.services import sessions
from app.views import registration_drafts, registration_pages
from tests.conftest import Client
from tests.make import Maker
from tests.registering import TYPED, typed

PATH = "/register-authority/"
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def nimic(make: Any) -> ImiUser:
    return make.user(make.nimic(), last_name="Koordinator")


@pytest.fixture
def browser(sign_in: Callable[..., Client], nimic: ImiUser) -> Client:
    """A browser in which an administrator of the NIMIC reads English."""
    return sign_in(nimic, "en")


def values(page: str) -> dict[str, str]:
    """The text fields of a page with what stands in them."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def chosen(page: str) -> set[str]:
    """The values of what is ticked and selected."""
    ticked = [tag for tag in re.findall(r"<(?:input|option)\b[^>]*>", page) if re.search(r" (checked|selected)", tag)]
    return {re.search(r'value="([^"]*)"', tag)[1] for tag in ticked}  # type: ignore[index]


def errors(page: str) -> dict[str, str]:
    """The sentences at the fields, by the field's id."""
    found = re.findall(r'<div class="error" id="([^"]*)-error">(.*?)</div>', page, re.DOTALL)
    return {name: " ".join(unescape(re.sub(r"<[^>]*>", " ", words)).split()) for name, words in found}


def stored() -> list[int]:
    """How many of each there are; what was refused is logged as such, and no act."""
    acts = select(func.count()).where(AuditEvent.act != LoggedAct.right_refused)
    tables = (Authority, ImiUser, OutgoingMail)
    counts = [select(func.count()).select_from(table) for table in tables]
    return [_db.session.scalar(count) or 0 for count in (*counts, acts)]


def entry_numbers(number: int = 2) -> list[str]:
    found = select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    return [str(number) for number in _db.session.scalars(found.order_by(ClassificationEntry.id).limit(number))]


def register(browser: Client, **changed: Any) -> uuid.UUID:
    """Register as a person does, and give the number of the authority."""
    address, carried = checked(browser, **changed)
    done = browser.post(address, data=carried)
    assert done.status_code == 303
    return uuid.UUID(done.headers["Location"].split("/")[-2])


def checked(browser: Client, **changed: Any) -> tuple[str, dict[str, Any]]:
    """Where the check page sends what it holds, and what that is."""
    led = browser.send(PATH, {**typed(**changed), "step": "check"})
    assert led.status_code == 303, errors(led.text)
    path = led.headers["Location"]
    page = browser.get(path)
    assert page.status_code == 200
    form = page.text.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    entries = changed.get("classification", [])
    return path.replace("/check", "/register"), {**values(form), "classification": entries, "step": "create"}


def go_on(browser: Client, **changed: Any) -> Any:
    """What *Continue* leads to."""
    return browser.send(PATH, {**typed(**changed), "step": "check"}, follow_redirects=True)


def user_of(public_id: uuid.UUID) -> ImiUser:
    found = select(ImiUser).join(Authority, Authority.id == ImiUser.authority_id)
    return _db.session.scalars(found.where(Authority.public_id == public_id)).one()


# --- The way through -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R1")
@pytest.mark.rule("R72")
@pytest.mark.parametrize("language", ["da", "en"])
def test_from_the_form_to_the_receipt(make: Any, nimic: ImiUser, sign_in: Callable[..., Client], language: str) -> None:
    browser, entries = sign_in(nimic, language), entry_numbers()
    form = browser.get(PATH)
    assert form.status_code == 200
    assert f'<html lang="{language}"' in form.text
    assert {*TYPED} - {"user_language"} <= values(form.text).keys()
    before = stored()

    path, carried = checked(browser, classification=entries)
    draft_path = path.removesuffix("register")
    check_page = browser.get(f"{draft_path}check")
    assert f'<html lang="{language}"' in check_page.text
    assert [value for value in TYPED.values() if value not in unescape(check_page.text)] == []
    assert stored() == before

    back = browser.get(draft_path)
    assert {name: values(back.text)[name] for name in TYPED if name != "user_language"} == {
        name: value for name, value in TYPED.items() if name != "user_language"
    }
    assert set(entries) <= chosen(back.text)
    assert errors(back.text) == {}

    done = browser.post(path, data=carried)
    assert done.status_code == 303
    authority = _db.session.scalars(select(Authority).where(Authority.official_name == "Ålborg Kommune")).one()
    assert done.headers["Location"] == f"{PATH}{authority.public_id}/receipt"
    assert [str(entry.id) for entry in authority.classification] == entries

    receipt = browser.get(done.headers["Location"])
    assert receipt.status_code == 200
    assert f'<html lang="{language}"' in receipt.text
    assert receipt.headers["Cache-Control"] == "no-store"
    for told in ("Ålborg Kommune", "Sørine O'Møller-Åberg", TYPED["user_phone"], TYPED["user_email"]):
        assert told in unescape(receipt.text)
    assert f"{PATH}{authority.public_id}/username" in receipt.text
    following = _db.session.get_one(Authority, authority.id)
    with browser.application.test_request_context():
        assert url_for("ModuleAccessView.choose", public_id=following.public_id) in receipt.text


@pytest.mark.rule("R1")
@pytest.mark.parametrize("reach", list(Reach))
def test_a_delegate_registers_and_sees_the_receipt(make: Any, sign_in: Callable[..., Client], reach: Reach) -> None:
    browser = sign_in(make.user(make.access_manager(reach=reach)))
    public_id = register(browser)
    assert browser.get(f"{PATH}{public_id}/receipt").status_code == 200
    assert user_of(public_id).username in browser.send(f"{PATH}{public_id}/username").text


@pytest.mark.rule("R1")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("administrator", [True, False])
def test_for_others_there_is_no_such_page(make: Any, sign_in: Callable[..., Client], administrator: bool) -> None:
    browser = sign_in(make.user(make.authority(), administrator=administrator), "en")
    before = stored()
    assert browser.get(PATH).status_code == 404
    for step in ("check", "create", "edit"):
        answer = browser.send(PATH, {**typed(), "step": step, "number": str(uuid.uuid4())})
        assert answer.status_code == 404
        assert "Ålborg" not in answer.text
    assert stored() == before
    assert PATH not in browser.get("/").text  # nobody sees an entry that leads to a refusal


@pytest.mark.rule("R54")
def test_with_a_temporary_password_one_is_led_to_change_it(make: Any, sign_in: Callable[..., Client]) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    user = make.user(make.nimic(), password_is_temporary=True, temporary_password_expires_at=tomorrow)
    browser, before = sign_in(user), stored()
    answer = browser.send(PATH, {**typed(), "step": "create"})
    assert answer.status_code == 302
    assert "password" in answer.headers["Location"]
    assert stored() == before


def test_nobody_registers_without_signing_in(client: Client) -> None:
    before = stored()
    assert client.send(PATH, {**typed(), "step": "create"}).status_code == 401
    assert client.get(PATH).status_code == 302
    assert stored() == before


@pytest.mark.parametrize("token", [None, "", "x" * 91])
def test_nothing_is_done_without_the_forms_token(browser: Client, token: str | None) -> None:
    public_id, before = register(browser), stored()
    given = {} if token is None else {"csrf_token": token}
    assert browser.post(PATH, data={**typed(official_name="B"), **given, "step": "create"}).status_code == 400
    assert browser.post(f"{PATH}{public_id}/username", data=given).status_code == 400
    assert stored() == before


def test_what_is_sent_twice_is_registered_once_and_answered_alike(browser: Client) -> None:
    path, sent = checked(browser)
    first = browser.post(path, data=sent)
    before = stored()
    second = browser.post(path, data=sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert stored() == before


@pytest.mark.rule("R70")
def test_the_number_of_an_authority_is_never_the_senders_choice(
    make: Any, browser: Client, sign_in: Callable[..., Client]
) -> None:
    """Else a number that is taken abroad would be told from one that is free; nor is another person's taken."""
    abroad = make.authority("Grannen", country_code="SE")
    colleague = sign_in(make.user(make.access_manager()))
    for number in (str(abroad.public_id), str(uuid.UUID(int=0)), values(colleague.get(PATH).text)["number"]):
        answer = browser.send(PATH, {**typed(official_name=f"Nævn {number[:8]}"), "step": "check", "number": number})
        assert answer.status_code == 303
        assert number not in answer.headers["Location"]


@pytest.mark.parametrize("number", ["", "1", "x" * 40, "\x07", "../../x", "{}"])
def test_a_number_that_is_none_is_passed_over(browser: Client, number: str) -> None:
    assert browser.send(PATH, {**typed(), "step": "check", "number": number}).status_code == 303


@pytest.mark.rule("R9")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_name_that_is_taken_is_told_at_its_field(make: Any, browser: Client, moment: str) -> None:
    """Before the check page, or when that is sent."""
    path, sent = checked(browser) if moment == "after" else (PATH, {**typed(), "step": "check"})
    make.authority("AALBORG  KOMMUNE")
    _db.session.commit()
    before = stored()
    answer = browser.send(path, sent, follow_redirects=True)
    assert answer.status_code == 422
    assert "already registered in your country" in errors(answer.text)["official_name"]
    assert values(answer.text)["last_name"] == TYPED["last_name"]
    assert stored() == before


@pytest.mark.rule("R9")
def test_a_name_that_is_taken_at_the_last_moment_is_told_at_its_field(
    make: Any, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sent = checked(browser)
    make.authority("AALBORG  KOMMUNE")
    _db.session.commit()
    monkeypatch.setattr("app.services.registration_details._note_taken_name", lambda *_: None)
    monkeypatch.setattr("app.services.registrations.said_to_be_others", lambda *_: [])
    answer = browser.send(path, sent)
    assert answer.status_code == 422
    assert "already registered in your country" in errors(answer.text)["official_name"]
    assert values(answer.text)["city"] == TYPED["city"]


# --- Every field -----------------------------------------------------------------------------------------------------

LONG = "x" * 5000
UNSEEN = ["a\r\nBcc: x@evil.example", "a\x07b", "a\u202eb", "a\u200bb", '"><script>alert(1)</script>']
IN_NAMES = ["https://evil.example", "www.evil.example"]
BAD: dict[str, list[str]] = {
    "official_name": ["", "  ", LONG, "´", "!!! ---", "...", "😀 ???", *UNSEEN, *IN_NAMES],
    "title_da": [LONG, *UNSEEN, *IN_NAMES],
    "title_en": [LONG, *UNSEEN, *IN_NAMES],
    "phone": ["1" * 5000, "ring me", *UNSEEN],
    "email": [f"{LONG}@x.example", "nobody", "a@b@c.example", "A <a@b.example>", *UNSEEN],
    "website": [f"https://x.example/{LONG}", "javascript:alert(1)", "https://u:p@x.example", *UNSEEN],
    "street": [LONG, *UNSEEN],
    "postal_code": [LONG, *UNSEEN],
    "city": ["", LONG, *UNSEEN],
    "first_name": ["", LONG, *UNSEEN, *IN_NAMES],
    "last_name": ["", LONG, *UNSEEN, *IN_NAMES],
    "user_email": ["", f"{LONG}@x.example", "nobody", "a@b.example, c@d.example", *UNSEEN],
    "user_phone": ["", "1" * 5000, "ring me", "123", *UNSEEN],
    "user_language": ["", "xx", LONG, *UNSEEN],
    "classification": ["0", "999999999", "9" * 30, "x", "-1", LONG, *UNSEEN],
}


def is_refused(answer: Any, changed: dict[str, str], field: str) -> None:
    """Told at the field and in the summary on top, and all that was typed is still in the page."""
    assert answer.status_code == 422, (field, changed)
    told = errors(answer.text)
    assert list(told) == [field], (told, changed)
    assert told[field].endswith(".")
    assert 'id="errors-title"' in answer.text
    fields = values(answer.text)
    wanted = {name: value for name, value in typed(**changed).items() if name in fields}
    assert {name: fields[name] for name in wanted} == wanted
    assert len(wanted) >= len(TYPED) - 1
    assert "<script>alert" not in answer.text


@pytest.mark.rule("R2")
@pytest.mark.rule("R84")
@pytest.mark.parametrize("field", BAD)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(browser: Client, field: str) -> None:
    before, token = stored(), browser.token()
    for value in BAD[field]:
        changed = {field: value}
        sent = {**typed(**changed), "step": "check", "csrf_token": token}
        answer = browser.post(PATH, data=sent, follow_redirects=True)
        is_refused(answer, changed, field)
    assert stored() == before


@pytest.mark.rule("R2")
def test_one_of_two_is_required_of_titles_and_of_contact_data(browser: Client) -> None:
    titles = {"title_da": "", "title_en": ""}
    is_refused(go_on(browser, **titles), titles, "title_da")
    contact = {"email": "", "phone": ""}
    is_refused(go_on(browser, **contact), contact, "email")


@pytest.mark.rule("R2")
def test_an_empty_form_is_told_all_at_once(browser: Client) -> None:
    answer = browser.send(PATH, {"step": "check"})
    assert answer.status_code == 422
    assert set(errors(answer.text)) == {
        *("official_name", "title_da", "email", "city", "first_name", "last_name"),
        *("user_email", "user_phone", "user_language"),
    }


def test_ticked_areas_stay_ticked_when_another_field_is_wrong(browser: Client) -> None:
    entries = entry_numbers()
    answer = go_on(browser, city="", user_language="en", classification=entries)
    assert {*entries, "en"} <= chosen(answer.text)


@pytest.mark.rule("R84")
@pytest.mark.parametrize("field", ["official_name", "website"])
def test_ten_megabytes_in_a_field_are_told_at_the_field(browser: Client, field: str) -> None:
    before, huge = stored(), "x" * (10 * MEGABYTE)
    answer = browser.send(PATH, {**typed(**{field: huge}), "step": "check"})
    assert answer.status_code == 422
    assert list(errors(answer.text)) == [field]
    assert f"There are now {10 * MEGABYTE}." in errors(answer.text)[field]
    assert f'value="{huge}"' in answer.text
    assert f'value="{TYPED["city"]}"' in answer.text
    assert stored() == before


@pytest.mark.rule("R73")
def test_more_than_a_form_can_be_is_refused_with_a_page(browser: Client) -> None:
    assert registration_pages.LONGEST_FORM <= 16 * MEGABYTE
    answer = browser.send(PATH, {**typed(city="x" * (17 * MEGABYTE)), "step": "check"})
    assert answer.status_code == 413
    assert "What you sent is too large" in answer.text


@pytest.mark.rule("R73")
@pytest.mark.parametrize("who", ["an ordinary administrator", "nobody"])
def test_others_keep_the_small_limit(make: Any, sign_in: Callable[..., Client], client: Client, who: str) -> None:
    browser = client if who == "nobody" else sign_in(make.user(make.authority()), "en")
    answer = browser.send(PATH, {**typed(city="x" * (2 * MEGABYTE)), "step": "check"})
    assert answer.status_code == 413
    assert "<h1>" in answer.text


@pytest.mark.rule("R73")
def test_other_pages_keep_the_small_limit(browser: Client) -> None:
    public_id = register(browser)
    for path in ("/login/", "/language/", f"{PATH}{public_id}/username"):
        answer = browser.send(path, {"username": "x" * (2 * MEGABYTE)})
        assert answer.status_code == 413
        assert "What you sent is too large" in answer.text


# --- The receipt and the username ------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
@pytest.mark.rule("R7")
def test_unknown_and_foreign_ones_are_the_same_404(make: Any, browser: Client) -> None:
    draft = make.authority("Kladde Kommune", status=AuthorityStatus.draft)
    swede = make.authority("Svensk Styrelse", country_code="SE")
    make.user(swede, is_superuser=True, username="svensk424242", first_log_in_at=None)
    _db.session.commit()
    answers = []
    for public_id in (uuid.uuid4(), swede.public_id, draft.public_id):
        for answer in (
            browser.get(f"{PATH}{public_id}/receipt"),
            browser.send(f"{PATH}{public_id}/username"),
        ):
            assert answer.status_code == 404
            answers.append(re.sub(r"[0-9a-f]{32}", "", answer.text))
    assert len(set(answers)) == 1
    assert browser.get(f"{PATH}no-number/receipt").status_code == 404
    assert browser.get(f"{PATH}{uuid.uuid4()}/username").status_code == 404  # by POST only


@pytest.mark.rule("R5")
@pytest.mark.rule("R70")
def test_a_delegate_for_its_own_sees_no_receipt_of_others(make: Any, sign_in: Callable[..., Client]) -> None:
    mine, other = (make.access_manager(reach=Reach.own) for _ in range(2))
    public_id = register(sign_in(make.user(mine)))
    browser = sign_in(make.user(other))
    assert browser.get(f"{PATH}{public_id}/receipt").status_code == 404
    assert browser.send(f"{PATH}{public_id}/username").status_code == 404


def cookie_of(browser: Client) -> str:
    """What the session cookie says, readable."""
    cookie = browser.get_cookie("session")
    assert cookie is not None
    signer = browser.application.session_interface.get_signing_serializer(browser.application)
    assert signer is not None
    return repr(signer.loads(cookie.value)) + repr(cookie)


@pytest.mark.rule("R5")
@pytest.mark.rule("R44")
def test_the_username_is_shown_by_post_and_is_nowhere_else(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    # SQLAlchemy writes each row it reads at the lowest level: for developers, who turn it on by hand.
    caplog.set_level(logging.INFO, logger="sqlalchemy")
    caplog.set_level(logging.DEBUG)
    public_id = register(browser)
    username = user_of(public_id).username
    receipt = browser.get(f"{PATH}{public_id}/receipt")
    assert username not in receipt.text
    shown = browser.send(f"{PATH}{public_id}/username")
    assert shown.status_code == 200
    assert username in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Location" not in shown.headers
    again = browser.get(f"{PATH}{public_id}/receipt")
    pages = [browser.get(path) for path in ("/", "/coordinated-authorities/", f"/authority/{public_id}/users")]
    mails = _db.session.scalars(select(OutgoingMail)).all()
    assert mails
    places = {
        "pages": receipt.text + again.text + "".join(page.text for page in pages),
        "headers": "".join(str(answer.headers) for answer in (receipt, shown, again)),
        "addresses": shown.request.url + again.request.url,
        "cookie": cookie_of(browser),
        "log": caplog.text + repr([vars(record) for record in caplog.records]),
        "mail": "".join(repr((m.subject, m.recipient, tuple(secrecy.unseal(m.body or b"")))) for m in mails),
        "audit": "".join(repr(_db.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson)),
    }
    assert [place for place, said in places.items() if username in said.lower()] == []
    # Each place was looked into: what stands there is found.
    assert TYPED["last_name"] in unescape(places["pages"])
    assert "no-store" in places["headers"]
    assert str(public_id) in places["addresses"]
    assert "_user_id" in places["cookie"]
    assert f"POST {PATH}<uuid:public_id>/username" in places["log"]
    assert TYPED["user_email"] in places["mail"]
    assert "username.shown" in places["audit"]
    logging.getLogger("any.at.all").debug("planted %s", username)
    assert username in caplog.text


@pytest.mark.rule("R5")
def test_a_refused_username_is_in_no_message(browser: Client) -> None:
    public_id = register(browser)
    user = user_of(public_id)
    user.first_log_in_at = clock.now()
    _db.session.commit()
    username = user.username
    answer = browser.send(f"{PATH}{public_id}/username")
    assert answer.headers["Location"] == f"{PATH}{public_id}/receipt"
    assert username not in answer.text + cookie_of(browser)
    page = browser.get(f"{PATH}{public_id}/receipt")
    assert "no longer shown here" in page.text
    assert username not in page.text
    assert f"{PATH}{public_id}/username" not in page.text  # no button that leads to a refusal
    acts = list(_db.session.scalars(select(AuditEvent.act)))
    assert "username.shown" not in acts


@pytest.mark.rule("R5")
@pytest.mark.rule("R67")
def test_every_look_is_logged_with_the_number_of_the_request(browser: Client, nimic: ImiUser) -> None:
    public_id = register(browser)
    for _ in range(2):
        browser.send(f"{PATH}{public_id}/username")
    looks = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "username.shown")).all()
    assert [look.actor_user_id for look in looks] == [nimic.id] * 2
    assert len({look.request_id for look in looks}) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", look.request_id) for look in looks)


def test_the_receipt_says_when_the_mail_waits(browser: Client) -> None:
    public_id = register(browser)
    path, sentence = f"{PATH}{public_id}/receipt", "waits for the mail server"
    assert sentence not in browser.get(path).text
    _db.session.execute(update(OutgoingMail).values(tries=1))
    _db.session.commit()
    assert browser.get(path).text.count(sentence) == 1
    assert sentence in browser.send(f"{PATH}{public_id}/username").text
    _db.session.execute(text("UPDATE outgoing_mail SET state = 'given_up', body = NULL"))
    _db.session.commit()
    assert "could not be delivered" in browser.get(path).text


# --- What is no form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ['{"official_name": 5}', '{"official_name": {"a": 1}}', "[1, 2]", "5", '"x"'])
def test_json_is_no_form(browser: Client, body: str) -> None:
    before = stored()
    headers = {"X-CSRFToken": browser.token(), "Content-Type": "application/json"}
    for path in (PATH, "/password/", "/login/"):
        assert browser.post(path, data=body, headers=headers).status_code in (400, 422), path
    assert stored() == before


def test_a_file_is_no_text(browser: Client) -> None:
    before = stored()
    data = {**typed(), "csrf_token": browser.token(), "step": "create", "official_name": (BytesIO(b"x"), "x.txt")}
    answer = browser.post(PATH, data=data, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert stored() == before


def test_more_numbers_than_a_statement_holds_are_told_at_the_field(browser: Client) -> None:
    numbers = [str(number) for number in range(1, 70_000)]
    answer = go_on(browser, classification=numbers)
    assert (answer.status_code, list(errors(answer.text))) == (422, ["classification"])


# --- Drawn again -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R72")
@pytest.mark.parametrize("page", ["new", "draft"])
def test_another_language_loses_nothing_typed(make: Any, browser: Client, nimic: ImiUser, page: str) -> None:
    draft = make.draft(nimic, typed={"official_name": "En anden"})
    path = {"new": PATH, "draft": f"{PATH}drafts/{draft.public_id}/"}[page]
    version = {"version": "1"} if page == "draft" else {}
    before = stored()
    answer = browser.send(path, {**typed(), **version, "switch_language": "da", "step": "check"})
    assert answer.status_code == 200
    assert {name: values(answer.text).get(name) for name in ("official_name", "last_name")} == {
        "official_name": TYPED["official_name"],
        "last_name": TYPED["last_name"],
    }
    assert "Registrer myndighed" in answer.text
    _db.session.refresh(nimic)
    assert nimic.language == "da"
    assert stored()[:2] == before[:2]


@pytest.mark.rule("R73")
def test_a_token_that_ran_out_loses_nothing_typed_and_does_nothing(browser: Client) -> None:
    before = stored()
    answer = browser.post(PATH, data={**typed(), "step": "create", "csrf_token": "old"})
    assert answer.status_code == 400
    assert "What you typed is kept" in answer.text
    assert values(answer.text)["last_name"] == TYPED["last_name"]
    assert stored() == before


# --- Rights are judged when the act takes effect ---------------------------------------------------------------------


@pytest.mark.rule("R82")
def test_a_delegation_revoked_while_the_form_is_sent_no_longer_counts(
    real_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the gate, before the transaction: the last moment at which it can be lost."""
    real_app.test_client_class = Client
    with real_app.app_context():
        make = Maker()
        token = sessions.begin(make.user(make.access_manager()))
        _db.session.commit()
        browser: Any = real_app.test_client()
        with browser.session_transaction() as cookie:
            cookie.update(_user_id=token, _fresh=True, locale="en")
        path, data = checked(browser)
        original, before = registration_drafts.registration_form, stored()
        _db.session.rollback()

        def revoke_and_draw(actor: Any) -> Any:
            form = original(actor)
            _db.session.rollback()
            with _db.engine.begin() as other:
                other.execute(text("UPDATE delegation SET valid_until = valid_from"))
            return form

        monkeypatch.setattr(registration_drafts, "registration_form", revoke_and_draw)
        answer = browser.post(path, data=data)
        assert answer.status_code == 403
        assert "cannot register authorities" in answer.text
        assert stored() == before
