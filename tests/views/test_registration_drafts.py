"""Drafts of a registration as a browser sees them: kept, gone on with, checked, registered, discarded (R6, R26)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.extensions import db as _db
from app.models import AuditEvent, Authority, ImiUser, RegistrationDraft
from app.services import registration_drafts
from tests.conftest import Client
from tests.registering import TYPED, typed
from tests.views.test_register_authority import PATH, checked, chosen, entry_numbers, errors, go_on, values

DRAFTS = f"{PATH}drafts/"


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def manager(make: Any) -> Authority:
    found: Authority = make.access_manager()
    return found


@pytest.fixture
def anna(make: Any, manager: Authority) -> ImiUser:
    found: ImiUser = make.user(manager, first_name="Anna", last_name="Berg")
    return found


@pytest.fixture
def bo(make: Any, manager: Authority) -> ImiUser:
    found: ImiUser = make.user(manager, first_name="Bo", last_name="Dahl")
    return found


@pytest.fixture
def browser(sign_in: Callable[..., Client], anna: ImiUser) -> Client:
    return sign_in(anna, "en")


@pytest.fixture
def other(sign_in: Callable[..., Client], bo: ImiUser) -> Client:
    """The colleague's browser."""
    return sign_in(bo, "en")


def address(draft: RegistrationDraft, page: str = "") -> str:
    return f"{DRAFTS}{draft.public_id}/{page}"


def save(browser: Client, path: str = PATH, version: int | None = None, **changed: Any) -> Any:
    carried = {} if version is None else {"version": str(version)}
    return browser.send(path, {**typed(**changed), **carried, "step": "draft"})


def only() -> RegistrationDraft:
    return _db.session.scalars(select(RegistrationDraft)).one()


def authorities() -> int:
    return _db.session.scalar(select(func.count()).select_from(Authority)) or 0


def filled(page: str) -> dict[str, str]:
    """The fields of the form as they stand there, but for the list of languages."""
    found = values(page)
    return {name: found[name] for name in TYPED if name != "user_language"}


WRONG = {"email": "nobody", "city": "", "user_phone": "ring me", "official_name": "  <b>Fyret</b> "}


# --- Kept ------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R6")
@pytest.mark.rule("R72")
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_half_finished_form_is_kept_and_a_colleague_goes_on(
    sign_in: Callable[..., Client], anna: ImiUser, bo: ImiUser, language: str
) -> None:
    browser, colleague, entries = sign_in(anna, language), sign_in(bo, language), entry_numbers()
    before = authorities()
    saved = save(browser, classification=entries, user_language="en", **WRONG)
    assert (saved.status_code, saved.headers["Location"]) == (303, address(only()))
    assert {"da": "Kladden er gemt", "en": "The draft is saved"}[language] in browser.get(address(only())).text
    listed = colleague.get(PATH).text
    assert "&lt;b&gt;Fyret&lt;/b&gt;" in listed
    assert "Anna Berg" in listed
    assert f'href="{address(only())}"' in listed
    assert f'href="{address(only(), "discard")}"' in listed
    form = colleague.get(address(only()))
    assert filled(form.text) == {name: value for name, value in typed(**WRONG).items() if name in filled(form.text)}
    assert {*entries, "en"} <= chosen(form.text)
    assert errors(form.text) == {}
    assert form.headers["Cache-Control"] == "no-store"
    assert authorities() == before


def test_who_has_no_drafts_sees_just_the_form(browser: Client) -> None:
    assert not re.search(r"<h2>(Drafts|Not finished yet)</h2>", browser.get(PATH).text)
    save(browser)
    assert "<h2>Drafts</h2>" in browser.get(PATH).text


@pytest.mark.rule("R6")
def test_one_without_a_name_has_a_name_in_the_list(browser: Client) -> None:
    save(browser, official_name="")
    assert "Without a name" in browser.get(PATH).text


@pytest.mark.rule("R6")
@pytest.mark.rule("R84")
def test_fields_as_long_as_they_come_are_kept_and_more_is_refused_with_all_of_it(browser: Client) -> None:
    long = dict.fromkeys(("official_name", "city", "street"), "æ" * 10000)
    assert save(browser, **long).status_code == 303
    assert filled(browser.get(address(only())).text)["city"] == "æ" * 10_000
    assert len(browser.get(PATH).text) < 200_000  # the list shows no more than a line of it
    huge = {"street": "x" * registration_drafts.LONGEST}
    for path, version in ((PATH, None), (address(only()), 1)):
        refused = save(browser, path, version, **huge)
        assert refused.status_code == 422
        assert "more than a draft can hold" in refused.text
        assert filled(refused.text)["street"] == huge["street"]


@pytest.mark.rule("R81")
def test_what_the_form_has_no_field_for_is_never_kept(browser: Client) -> None:
    for extra in ({"status": "active"}, {"title_xx": "x"}, {"typed": "[]"}, {"kept": "1"}, {"public_id": "1"}):
        assert browser.send(PATH, {**typed(), **extra, "step": "draft"}).status_code == 400
    assert _db.session.scalars(select(RegistrationDraft)).all() == []
    save(browser)
    assert {name for name, _ in only().typed} == set(TYPED)


@pytest.mark.rule("R85")
def test_where_there_are_too_many_nothing_typed_is_lost(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration_drafts, "MOST_KEPT", 1)
    save(browser)
    refused = save(browser, city="Ribe")
    assert refused.status_code == 409
    assert "cannot keep more" in refused.text
    assert filled(refused.text)["city"] == "Ribe"


# --- Whose -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R6")
@pytest.mark.rule("R70")
def test_for_others_it_is_like_one_there_is_not(make: Any, browser: Client, sign_in: Callable[..., Client]) -> None:
    save(browser)
    number = only().public_id
    strangers = [make.user(make.access_manager()), make.user(make.nimic()), make.user(make.nimic("SE"))]
    for stranger in strangers:
        client = sign_in(stranger, "en")
        assert "Ålborg" not in client.get(PATH).text
        token = client.token()
        for page in ("", "check", "discard"):
            there, nowhere = (client.get(f"{DRAFTS}{each}/{page}") for each in (number, uuid.uuid4()))
            assert (there.status_code, nowhere.status_code) == (404, 404)
        for page in ("", "register", "discard"):
            sent = {"csrf_token": token, "version": "1", **({} if page == "discard" else {"city": "Ribe"})}
            answers = []
            for each in (number, uuid.uuid4()):
                answer = client.post(f"{DRAFTS}{each}/{page}", data=sent)
                assert answer.status_code == 404
                answers.append(re.sub(r'\b[0-9a-f]{32}\b|value="[^"]{60,}"|data-kept-at="[^"]*"', "", answer.text))
            assert answers[0] == answers[1]
            assert page == "discard" or values(answers[0])["city"] == "Ribe"  # nothing he typed is lost
    assert (only().version, only().official_name) == (1, "Ålborg Kommune")


@pytest.mark.rule("R6")
def test_what_is_unfinished_is_its_makers(browser: Client, other: Client) -> None:
    checked(browser)
    assert "Not finished yet" in browser.get(PATH).text
    assert "Ålborg" not in other.get(PATH).text
    assert other.get(address(only())).status_code == 404


# --- Two colleagues --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R26")
def test_the_second_sees_what_differs_and_can_save_his_all_the_same(browser: Client, other: Client) -> None:
    save(browser)
    draft, entries = only(), entry_numbers()
    save(other, address(draft), 1, city="Ribe", classification=entries)
    for step in ("draft", "check"):
        told = browser.send(address(draft), {**typed(city="Skive"), "version": "1", "step": step})
        assert told.status_code == 409
        table = unescape(re.sub(r"\s+", " ", told.text.split("<tbody>", 1)[1].split("</tbody>", 1)[0]))
        assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["Town or city", "Areas of responsibility"]
        assert "Ribe" in table
        assert "Skive" in table
        assert "Not given" in table  # he has ticked nothing
        assert filled(told.text)["city"] == "Skive"
        assert values(told.text)["version"] == "2"
    assert dict(only().typed)["city"] == "Ribe"
    assert save(browser, address(draft), 2, city="Skive").status_code == 303
    assert (dict(only().typed)["city"], only().version) == ("Skive", 3)


@pytest.mark.rule("R26")
def test_what_only_the_first_has_changed_is_in_the_form_of_the_second(browser: Client, other: Client) -> None:
    save(browser)
    draft, entries = only(), entry_numbers()
    path, mine = address(draft), values(browser.get(address(draft)).text)
    carried = {name: mine[name] for name in ("version", "before")}
    save(other, path, 1, city="Ribe", street="Torvet 1", classification=entries)
    for step in ("draft", "check"):
        told = browser.send(path, {**typed(city="Skive", last_name="Lund"), **carried, "step": step})
        assert told.status_code == 409
        table = told.text.split("<tbody>", 1)[1].split("</tbody>", 1)[0]
        assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["Town or city"]
        found = filled(told.text)
        assert (found["city"], found["street"], found["last_name"]) == ("Skive", "Torvet 1", "Lund")
        assert chosen(told.text) >= set(entries)
    again = {"version": values(told.text)["version"], "before": values(told.text)["before"], "step": "draft"}
    sent = typed(city="Skive", last_name="Lund", street="Torvet 1", classification=entries)
    assert browser.send(path, {**sent, **again}).status_code == 303
    assert dict(only().typed)["street"] == "Torvet 1"


@pytest.mark.rule("R26")
@pytest.mark.parametrize("version", ["", "0", "2", "-1", "x", "9" * 9, "1.0"])
def test_a_version_that_was_never_shown_saves_nothing(browser: Client, version: str) -> None:
    save(browser)
    told = browser.send(address(only()), {**typed(city="Ribe"), "version": version, "step": "draft"})
    assert told.status_code == 409
    assert dict(only().typed)["city"] == TYPED["city"]


@pytest.mark.rule("R26")
def test_one_that_a_colleague_has_discarded_leaves_what_was_typed(browser: Client, other: Client) -> None:
    save(browser)
    path, draft = address(only()), only()
    other.send(address(draft, "discard"), {"version": "1"})
    told = save(browser, path, 1, city="Ribe")
    assert told.status_code == 404
    assert "no longer there" in told.text
    assert filled(told.text)["city"] == "Ribe"
    assert f'action="{PATH}"' in told.text
    again = {name: value for name, value in values(told.text).items() if name in {*TYPED, "number"}}
    assert browser.send(PATH, {**again, "step": "draft"}).status_code == 303
    assert dict(only().typed)["city"] == "Ribe"


# --- The check page --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R6")
def test_back_and_reload_change_and_lose_nothing(browser: Client) -> None:
    path, _ = checked(browser)
    draft = only()
    events = _db.session.scalar(select(func.count()).select_from(AuditEvent))
    for _ in range(3):
        assert "Sørine" in unescape(browser.get(address(draft, "check")).text)
        form = browser.get(address(draft))
        assert filled(form.text) == {name: value for name, value in TYPED.items() if name != "user_language"}
    assert (only().version, only().kept) == (1, False)
    assert _db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


@pytest.mark.rule("R26")
@pytest.mark.parametrize("version", ["0", "-1", "abc", "9" * 30, ""])
def test_changed_since_is_told_whatever_was_ticked(browser: Client, version: str) -> None:
    path, sent = checked(browser)
    answer = browser.post(path, data={**sent, "version": version, "not_the_same": "y"})
    assert answer.status_code == 409
    assert "<h1>" in answer.text


@pytest.mark.rule("R6")
def test_once_registered_back_leads_to_the_receipt(browser: Client, other: Client) -> None:
    path, sent = checked(browser)
    draft_path = path.removesuffix("register")
    receipt = browser.post(path, data=sent).headers["Location"]
    for page in ("", "check", "discard"):
        assert browser.get(f"{draft_path}{page}").headers["Location"] == receipt
    assert (
        browser.send(draft_path, {**typed(city="Ribe"), "version": "1", "step": "draft"}).headers["Location"] == receipt
    )
    assert other.get(draft_path).headers["Location"] == receipt  # a colleague who had the draft open


@pytest.mark.rule("R6")
def test_a_kept_draft_that_is_wrong_cannot_be_checked_yet(browser: Client) -> None:
    save(browser, **WRONG)
    answer = browser.get(address(only(), "check"), follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (422, address(only()))
    assert {"email", "city", "user_phone"} <= errors(answer.text).keys()
    registered = browser.send(address(only(), "register"), {"version": "1"})
    assert (registered.status_code, authorities()) == (422, 1)
    assert f'action="{address(only())}"' in registered.text


@pytest.mark.rule("R3")
def test_what_is_registered_is_the_draft_and_not_what_is_sent(browser: Client) -> None:
    path, sent = checked(browser)
    browser.post(path, data={**sent, "official_name": "Noget andet"})
    assert _db.session.scalar(select(Authority.official_name).where(Authority.city == "Aalborg")) == "Ålborg Kommune"
    assert _db.session.scalars(select(RegistrationDraft)).all() == []


@pytest.mark.rule("R26")
def test_changed_since_it_was_shown_the_check_page_says_what(browser: Client, other: Client) -> None:
    save(browser)
    draft, before = only(), authorities()
    page = browser.get(address(draft, "check")).text
    form = page.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    save(other, address(draft), 1, city="Ribe")
    told = browser.send(address(draft, "register"), {**values(form), "step": "create"})
    assert told.status_code == 409
    assert "Bo Dahl has changed the draft" in told.text
    table = told.text.split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["Town or city"]
    assert "Ribe" in table
    assert "Aalborg" in table
    assert authorities() == before
    again = told.text.split('<form id="check"', 1)[1].split("</form>", 1)[0]
    assert browser.send(address(draft, "register"), {**values(again), "step": "create"}).status_code == 303
    assert authorities() == before + 1


@pytest.mark.rule("R6")
def test_two_colleagues_register_one_and_the_other_is_led_to_its_receipt(browser: Client, other: Client) -> None:
    save(browser)
    draft, before = only(), authorities()
    path = address(draft, "register")
    first, second = (client.send(path, {"version": "1"}) for client in (browser, other))
    assert first.headers["Location"] == second.headers["Location"]
    assert "registered already" in other.get(second.headers["Location"]).text
    assert "registered already" not in browser.get(first.headers["Location"]).text
    assert authorities() == before + 1


# --- Discarded -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R6")
def test_it_is_discarded_on_a_page_of_its_own(browser: Client) -> None:
    save(browser)
    page = browser.get(address(only(), "discard"))
    assert "Discard the draft of Ålborg Kommune?" in unescape(page.text)
    assert re.search(r"<button[^>]*>Discard draft</button>", page.text)
    assert only()
    done = browser.send(address(only(), "discard"), {"version": "1"})
    assert (done.status_code, done.headers["Location"]) == (303, PATH)
    assert _db.session.scalars(select(RegistrationDraft)).all() == []


@pytest.mark.rule("R26")
def test_what_a_colleague_has_changed_since_is_not_discarded(browser: Client, other: Client) -> None:
    save(browser)
    path = address(only(), "discard")
    save(other, address(only()), 1, city="Ribe")
    told = browser.send(path, {"version": "1"})
    assert (told.status_code, told.headers["Location"]) == (303, path)
    assert "Somebody else has changed the draft" in browser.get(path).text
    assert only().version == 2


@pytest.mark.rule("R73")
def test_a_token_that_ran_out_loses_nothing_typed(browser: Client) -> None:
    save(browser)
    answer = browser.post(
        address(only()), data={**typed(city="Ribe"), "version": "1", "step": "draft", "csrf_token": ""}
    )
    assert answer.status_code == 400
    assert (filled(answer.text)["city"], values(answer.text)["version"]) == ("Ribe", "1")
    assert only().version == 1


@pytest.mark.rule("R49")
def test_who_saved_it_may_have_left(browser: Client) -> None:
    save(browser)
    _db.session.execute(update(RegistrationDraft).values(changed_by_user_id=None))
    assert "a former user" in browser.get(PATH).text


@pytest.mark.rule("R6")
def test_each_section_of_the_check_page_leads_to_its_part_of_the_form(browser: Client) -> None:
    page = go_on(browser).text
    parts = re.findall(r'href="([^"#]+)#(part-[a-z]+)"', page)
    assert [part for _, part in parts] == ["part-authority", "part-contact", "part-user", "part-classification"]
    [address] = {address for address, _ in parts}
    form = browser.get(address).text
    assert [part for _, part in parts if f'id="{part}"' not in form] == []
