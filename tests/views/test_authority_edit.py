"""*Rediger myndighed* and *Bekræft oplysninger* as a browser sees them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, Authority, AuthorityStatus, LoggedAct
from tests.conftest import Client
from tests.services.test_invitations import quiet_queue
from tests.views.test_invited_body import text_of_page
from tests.views.test_register_authority import entry_numbers, errors, values

__all__ = ["quiet_queue"]  # fixtures


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Styrelsen")


@pytest.fixture
def body(make: Any, manager: Authority) -> Authority:
    return make.authority("Aalborg Kommune", managed_by=manager, phone="+45 99 31 31 31", street="Boulevarden 13")


@pytest.fixture
def browser(make: Any, sign_in: Callable[..., Client], manager: Authority) -> Client:
    """An administrator of its access manager, who reads English."""
    return sign_in(make.user(manager, first_name="Bo", last_name="Dam"), "en")


def path_of(body: Authority, part: str = "edit") -> str:
    return f"/authorities/{body.public_id}/{part}"


def form_in(browser: Client, body: Authority) -> dict[str, Any]:
    """What the form holds, as a browser sends it again."""
    page = browser.get(path_of(body))
    assert page.status_code == 200
    return values(page.text.split('<form id="register"', 1)[1])


def all_in(page: str) -> dict[str, Any]:
    """All that the form on a page would send: fields, texts, what is chosen and what is ticked."""
    form = page.split('<form id="register"', 1)[1]
    found: dict[str, Any] = dict(values(form))
    for name, text in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>\r?\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for tag in re.findall(r"<input\b[^>]*\bchecked\b[^>]*>", form):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        assert name is not None
        assert value is not None
        found.setdefault(name[1], []).append(value[1])
    return found


def save(browser: Client, body: Authority, **changed: Any) -> Any:
    return browser.post(path_of(body), data=form_in(browser, body) | changed)


def entry_of_log(act: LoggedAct) -> AuditEvent:
    return _db.session.scalars(select(AuditEvent).where(AuditEvent.act == act)).one()


@pytest.mark.rule("R23")
@pytest.mark.rule("R67")
def test_what_is_saved_stands_on_the_tabs_and_in_the_log_with_what_it_was(browser: Client, body: Authority) -> None:
    assert path_of(body) in browser.get(path_of(body, "")).text
    entry = entry_numbers()[0]
    done = save(
        browser,
        body,
        city="Nibe",
        title_en="Building permits",
        description_da="Vi giver byggetilladelser.",
        working_languages=["da", "de"],
        classification=[entry],
    )
    assert (done.status_code, done.headers["Location"]) == (303, path_of(body, ""))
    tab = text_of_page(browser.get(path_of(body, "")).text)
    for word in (
        "The data of the authority are saved.",
        "Nibe",
        "Building permits",
        "Vi giver byggetilladelser.",
        "German",
    ):
        assert word in tab
    logged = entry_of_log(LoggedAct.authority_edited)
    assert logged.data["city"] == ["København", "Nibe"]
    assert logged.data["entries"] == [[], [int(entry)]]
    assert "phone" not in logged.data
    kept = form_in(browser, body)
    assert (kept["phone"], kept["street"]) == ("+45 99 31 31 31", "Boulevarden 13")


@pytest.mark.rule("R23")
def test_a_form_sent_unchanged_changes_and_logs_nothing(browser: Client, body: Authority) -> None:
    version = body.version
    assert save(browser, body).status_code == 303
    assert _db.session.get_one(Authority, body.id).version == version
    assert _db.session.scalars(select(AuditEvent).where(AuditEvent.act == LoggedAct.authority_edited)).all() == []


@pytest.mark.rule("R73")
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(browser: Client, body: Authority) -> None:
    refused = save(browser, body, city="", email="ikke en adresse", title_da="", website="https://ny.example")
    assert refused.status_code == 422
    assert set(errors(refused.text)) == {"city", "email", "title_da"}
    assert values(refused.text)["website"] == "https://ny.example"
    assert save(browser, body, working_languages=["xx"]).status_code == 422
    assert _db.session.get_one(Authority, body.id).city == "København"


@pytest.mark.rule("R26")
def test_of_two_who_edit_the_second_is_shown_what_the_first_has_saved(
    browser: Client, make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority
) -> None:
    mine = form_in(browser, body)
    other = sign_in(make.user(manager), "en")
    assert save(other, body, city="Nibe").status_code == 303
    late = browser.post(path_of(body), data=mine | {"city": "Aars", "street": "Ny Vej 1"})
    assert late.status_code == 409
    assert "Somebody else has changed the authority since you opened it." in late.text
    assert "Field Now In your form Town or city Nibe Aars" in text_of_page(late.text)
    assert "Only your colleague" not in late.text
    assert values(late.text)["street"] == "Ny Vej 1"
    again = values(late.text.split('<form id="register"', 1)[1])
    assert browser.post(path_of(body), data=again).status_code == 303
    kept = _db.session.get_one(Authority, body.id)
    assert (kept.street, kept.city) == ("Ny Vej 1", "Aars")


@pytest.mark.rule("R26")
def test_what_only_the_first_has_changed_is_in_the_form_of_the_second(
    browser: Client, make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority
) -> None:
    one, two, three = entry_numbers(3)
    assert save(browser, body, classification=[one, two], working_languages=["da"]).status_code == 303
    mine = all_in(browser.get(path_of(body)).text)
    assert mine["classification"] == [one, two]
    other = sign_in(make.user(manager), "en")
    theirs = {"city": "Nibe", "description_da": "To\nlinjer", "classification": [one, three], "working_languages": []}
    assert save(other, body, **theirs).status_code == 303
    late = browser.post(path_of(body), data=mine | {"phone": "+45 99 00 00 00", "classification": [two]})
    assert late.status_code == 409
    said = text_of_page(late.text)
    assert "You have both changed the following" not in said
    assert "Only your colleague has changed the following" in said
    assert "Town or city Nibe" in said
    assert "Telephone +45 99 00 00 00" not in said  # mine, and nobody else's
    again = all_in(late.text)
    assert again["classification"] == [three]
    assert browser.post(path_of(body), data=again).status_code == 303
    kept = _db.session.get_one(Authority, body.id)
    assert (kept.city, kept.phone, kept.working_languages) == ("Nibe", "+45 99 00 00 00", [])
    assert [text.description for text in kept.texts if text.language == "da"] == ["To\nlinjer"]
    assert [str(entry.id) for entry in kept.classification] == [three]


@pytest.mark.rule("R26")
def test_nothing_is_lost_through_a_refusal_and_a_form_that_says_not_what_it_began_with(
    browser: Client, make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority
) -> None:
    refused = browser.post(path_of(body), data=form_in(browser, body) | {"email": "ikke en adresse"})
    mine = values(refused.text.split('<form id="register"', 1)[1]) | {"email": "ny@aalborg.example"}
    assert save(sign_in(make.user(manager), "en"), body, city="Nibe").status_code == 303
    late = browser.post(path_of(body), data=mine)
    assert (late.status_code, values(late.text)["city"], values(late.text)["email"]) == (
        409,
        "Nibe",
        "ny@aalborg.example",
    )
    for nonsense in ("", "x", "[1]", '[["city"]]', '{"a": 1}', "[[1, 2]]", '["ab"]'):
        late = browser.post(path_of(body), data=mine | {"before": nonsense})
        assert late.status_code == 409
        assert "Town or city Nibe København" in text_of_page(late.text)


@pytest.mark.rule("R26")
def test_two_who_write_the_same_are_told_so(
    browser: Client, make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority
) -> None:
    mine = form_in(browser, body)
    assert save(sign_in(make.user(manager), "en"), body, city="Nibe").status_code == 303
    late = browser.post(path_of(body), data=mine | {"city": "Nibe"})
    assert late.status_code == 409
    assert "You have both written the same." in late.text


@pytest.mark.rule("R25")
def test_its_own_administrators_keep_all_but_the_official_name(
    make: Any, sign_in: Callable[..., Client], body: Authority
) -> None:
    browser = sign_in(make.user(body), "en")
    form = form_in(browser, body)
    assert "official_name" not in form
    assert browser.post(path_of(body), data=form | {"city": "Nibe"}).status_code == 303
    smuggled = browser.post(path_of(body), data=form_in(browser, body) | {"official_name": "Helt Andet"})
    assert smuggled.status_code in (303, 400)
    kept = _db.session.get_one(Authority, body.id)
    assert (kept.official_name, kept.city) == ("Aalborg Kommune", "Nibe")


@pytest.mark.rule("R25")
def test_to_its_own_administrators_the_name_is_text_that_says_whom_to_ask(
    make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority, browser: Client
) -> None:
    said = "Only the access manager can change the official name. Write to Styrelsen."
    page = sign_in(make.user(body), "en").get(path_of(body)).text
    assert 'name="official_name"' not in page
    assert f"Official name {said} Aalborg Kommune" in text_of_page(page)
    assert said not in browser.get(path_of(body)).text
    own = sign_in(make.user(manager), "en").get(path_of(manager)).text
    assert "Write to the national coordinator." in own
    assert 'name="official_name"' not in own


@pytest.mark.rule("R23")
@pytest.mark.parametrize("tab", ["", "classification"])
def test_the_form_is_found_on_the_tabs_it_lies_over_and_leads_back(browser: Client, body: Authority, tab: str) -> None:
    page = browser.get(path_of(body, tab)).text
    [address] = set(re.findall(rf'class="btn primary" href="({path_of(body)}[^"]*)"', page))
    assert address == path_of(body) + ("?tab=classification#part-classification" if tab else "")
    address = address.partition("#")[0]
    form = browser.get(address).text
    assert 'id="part-classification"' in form
    assert form.count(f'href="{path_of(body, tab)}"') >= 2  # back, and cancel
    sent = values(form.split('<form id="register"', 1)[1])
    refused = browser.post(address, data=sent | {"city": ""})
    assert f'action="{address}"' in refused.text
    assert browser.post(address, data=sent | {"city": "Nibe"}).headers["Location"] == path_of(body, tab)


@pytest.mark.rule("R23")
@pytest.mark.rule("R25")
def test_who_may_not_edit_finds_no_way_to_it_on_any_tab(
    make: Any, sign_in: Callable[..., Client], manager: Authority, body: Authority
) -> None:
    user, commission = make.user(body, administrator=False), make.user(make.commission())
    gone = make.authority("Nedlagt", status=AuthorityStatus.deactivated, managed_by=manager)
    for reader, row in ((user, body), (commission, body), (make.user(manager), gone)):
        browser = sign_in(reader, "en")
        for tab in ("", "classification", "modules", "users", "management"):
            answer = browser.get(path_of(row, tab))
            assert answer.status_code in (200, 404)
            assert path_of(row) not in answer.text


@pytest.mark.rule("R24")
def test_all_tabs_and_the_form_say_that_it_is_not_ones_own(browser: Client, make: Any, body: Authority) -> None:
    other = make.authority("En anden", managed_by=make.access_manager("Andre"))
    for tab in ("", "classification", "modules", "users", "management", "edit"):
        assert "Not your own authority" in browser.get(path_of(other, tab)).text, tab
        assert "Not your own authority" not in browser.get(path_of(body, tab)).text, tab
    refused = save(browser, other, city="")
    assert "Not your own authority" in refused.text


@pytest.mark.rule("R24")
@pytest.mark.rule("R93")
def test_a_confirmation_of_what_is_not_ones_own_is_marked_in_the_log(
    browser: Client, make: Any, body: Authority
) -> None:
    other = make.authority("En anden", managed_by=make.access_manager("Andre"))
    browser.send(path_of(other, "confirm"), {"version": other.version})
    assert entry_of_log(LoggedAct.authority_confirmed).outside_own is True


@pytest.mark.rule("R9")
@pytest.mark.rule("R25")
def test_a_new_name_is_compared_as_at_a_registration(browser: Client, make: Any, body: Authority) -> None:
    make.authority("Aalborg Kommunes Tandpleje", email="tand@aalborg.example")
    taken = save(browser, body, official_name="AALBORG KOMMUNES TANDPLEJE")
    assert (taken.status_code, set(errors(taken.text))) == (422, {"official_name"})
    like = save(browser, body, official_name="Aalborg Kommunes Tandplejen")
    assert (like.status_code, set(errors(like.text))) == (422, {"not_the_same"})
    assert "Aalborg Kommunes Tandpleje" in text_of_page(like.text)
    form = values(like.text.split('<form id="register"', 1)[1])
    assert browser.post(path_of(body), data=form | {"not_the_same": "y"}).status_code == 303
    kept = _db.session.get_one(Authority, body.id)
    assert (kept.official_name, kept.likeness_key != "") == ("Aalborg Kommunes Tandplejen", True)


@pytest.mark.rule("R24")
def test_an_act_on_an_authority_that_is_not_ones_own_is_marked_in_the_log(browser: Client, make: Any) -> None:
    other = make.authority("En anden", managed_by=make.access_manager("Andre"))
    assert save(browser, other, city="Nibe").status_code == 303
    assert entry_of_log(LoggedAct.authority_edited).outside_own is True


@pytest.mark.rule("R93")
def test_the_data_are_confirmed_and_the_tab_says_when_and_by_whom(browser: Client, body: Authority) -> None:
    version = body.version
    assert "These details have not been confirmed yet." in browser.get(path_of(body, "")).text
    stale = browser.send(
        path_of(body, "confirm"), {"version": body.version - 1}
    )  # what nobody has seen, nobody stands for
    assert (stale.status_code, body.confirmed_at) == (409, None)
    assert "look through its data before you confirm them" in html.unescape(stale.text)
    done = browser.send(path_of(body, "confirm"), {"version": body.version})
    assert done.headers["Location"] == path_of(body, "")
    page = browser.get(path_of(body, "")).text
    assert "The data are confirmed as of today." in page
    assert "by Bo Dam." in page
    assert entry_of_log(LoggedAct.authority_confirmed).data == {}
    assert _db.session.get_one(Authority, body.id).version == version  # nobody's form is overtaken by it


@pytest.mark.rule("R93")
def test_the_tab_says_that_the_data_were_not_confirmed_for_a_year_and_how_to(
    browser: Client, sign_in: Callable[..., Client], make: Any, body: Authority
) -> None:
    asks, hints = "Are these details still right?", "so something may have changed"
    colleague = sign_in(make.user(body, administrator=False), "en")
    assert asks not in browser.get(path_of(body, "")).text
    body.registered_at = body.confirmed_at = clock.now() - timedelta(days=400)
    _db.session.commit()
    page = browser.get(path_of(body, "")).text
    assert asks in page
    assert page.count(f'action="{path_of(body, "confirm")}"') == 1
    read = colleague.get(path_of(body, "")).text
    assert hints in read
    assert asks not in read
    assert path_of(body, "confirm") not in read
    browser.send(path_of(body, "confirm"), {"version": body.version})
    assert asks not in browser.get(path_of(body, "")).text
    assert hints not in colleague.get(path_of(body, "")).text


@pytest.mark.rule("R59")
@pytest.mark.rule("R70")
@pytest.mark.rule("R78")
def test_who_may_not_edit_finds_no_such_page(make: Any, sign_in: Callable[..., Client], manager: Authority) -> None:
    gone = make.authority("Nedlagt", status=AuthorityStatus.deactivated, managed_by=manager)
    nimic, other = make.nimic(), make.access_manager("Andre")
    browser = sign_in(make.user(manager), "en")
    for body in (nimic, other, make.authority("Grannen", country_code="SE")):
        assert browser.get(path_of(body)).status_code == 404
        assert browser.send(path_of(body), {"city": "x", "version": "1"}).status_code == 404
        assert browser.send(path_of(body, "confirm"), {"version": body.version}).status_code == 404
    assert browser.get(path_of(gone)).status_code == 409
    assert browser.send(path_of(gone, "confirm"), {"version": gone.version}).status_code == 409
    assert path_of(gone) not in browser.get(path_of(gone, "")).text
    user = sign_in(make.user(make.authority("Min", managed_by=manager), administrator=False), "en")
    assert user.get(path_of(nimic)).status_code == 404
