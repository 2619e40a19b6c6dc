"""Likely duplicates as a browser sees them: while typing, on the check page, at the last moment."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db as _db
from app.models import AuditEvent, Authority, ImiUser, Reach
from tests.conftest import Client
from tests.policy.test_likeness import HOSTILE
from tests.registering import typed

PATH = "/register-authority/"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def nimic(make: Any) -> ImiUser:
    return make.user(make.nimic())  # type: ignore[no-any-return]


@pytest.fixture
def browser(sign_in: Callable[..., Client], nimic: ImiUser) -> Client:
    """A browser in which an administrator of the NIMIC reads English."""
    return sign_in(nimic, "en")


def look(browser: Client, **fields: str) -> Any:
    """What htmx asks for as one types."""
    return browser.send(PATH, {"step": "duplicates", **fields}, headers=FRAGMENT)


def check(browser: Client, **fields: str) -> Any:
    """*Continue*: to the check page, or to the form with what is not right."""
    return browser.send(PATH, {**typed(**fields), "step": "check"}, follow_redirects=True)


def create(browser: Client, page: Any, **more: str) -> Any:
    """*Register authority* on a check page."""
    address = re.search(r'<form id="check" method="post" action="([^"]*)"', page.text)
    assert address is not None
    return browser.send(address[1], {**carried(page.text), "step": "create", **more})


def carried(page: str) -> dict[str, str]:
    """The hidden fields of the check page."""
    form = page.split('<form id="check"', 1)[1]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def said(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def authorities() -> int:
    return _db.session.scalar(select(func.count()).select_from(Authority)) or 0


@pytest.mark.rule("R8", "R10")
def test_as_one_types_those_that_look_alike_are_shown_with_what_to_do_instead(make: Any, browser: Client) -> None:
    body = make.authority("Aalborg Havn", city="Aalborg")
    answer = look(browser, official_name="Ålborgs havne")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    told = said(answer.text)
    assert "One authority looks like this one" in told
    assert "Aalborg Havn , Aalborg" in told
    assert "The name is similar." in told
    assert f'href="/authorities/{body.public_id}/grant/"' in answer.text
    assert f'href="/authorities/{body.public_id}/users"' in answer.text
    for address in re.findall(r'<a href="([^"]*)"', answer.text):
        assert browser.get(address).status_code == 200


@pytest.mark.rule("R8")
def test_where_none_looks_alike_nothing_is_shown(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    for fields in ({"official_name": "Zoologisk Samarbejde"}, {"official_name": "A"}, {}):
        answer = look(browser, **fields)
        assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.rule("R9")
def test_the_very_same_name_is_told_more_strongly_while_typing(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    answer = look(browser, official_name="ÅLBORG havn")
    assert "An authority with this name is registered already" in said(answer.text)
    assert "notice error" in answer.text


@pytest.mark.rule("R8", "R70")
def test_outside_the_reach_no_address_leads_anywhere(make: Any, nimic: ImiUser, sign_in: Callable[..., Client]) -> None:
    manager = make.access_manager("Den Anden Styrelse")
    manager.phone = "+45 70 10 20 30"
    body = make.authority("Aalborg Havn", managed_by=manager, city="Aalborg", phone="+45 11 22 33 44", street="Kaj 1")
    narrow = sign_in(make.user(make.access_manager("Kun egne", reach=Reach.own)), "en")
    answer = look(narrow, official_name="Aalborg Havne", phone="+45 11 22 33 44")
    told = said(answer.text)
    assert "Ask its access manager Den Anden Styrelse: +45 70 10 20 30." in told
    assert "<a" not in answer.text
    assert not [word for word in (str(body.public_id), "Kaj 1", "11 22 33 44", "similar", body.email) if word in told]


@pytest.mark.rule("R8", "R84")
def test_hostile_text_is_shown_as_text_or_not_at_all(make: Any, browser: Client) -> None:
    make.authority('Vand"værk & Søn <b>')
    for text in [*HOSTILE, "<script>alert(1)</script>"]:
        if "\x00" in text or "\ud800" in text:
            continue  # no form takes it; tests/security looks at that
        assert look(browser, official_name=text, email=text, website=text).status_code == 200
    answer = look(browser, official_name='Vand"vaerk & Søn b')
    assert "<b>" not in answer.text
    assert "&lt;b&gt;" in answer.text


@pytest.mark.rule("R85")
def test_too_many_looks_are_told_in_the_form_and_nothing_typed_is_lost(
    make: Any, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.authority("Aalborg Havn")
    monkeypatch.setitem(browser.application.config, "LIMIT_SEARCHES", 2)
    answers = [look(browser, official_name="Aalborg Havne") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "searched very often" not in answers[1].text
    assert "searched very often" in said(answers[2].text)
    assert "Aalborg Havn" not in answers[2].text
    page = browser.send(PATH, {**typed(), "step": "duplicates"})
    assert page.status_code == 429
    assert f'value="{typed()["last_name"]}"' in unescape(page.text)
    assert check(browser).status_code == 200  # one can still go on


@pytest.mark.rule("R85")
def test_no_page_looks_uncounted(make: Any, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the form in another language, nor the form and the check page of a draft."""
    make.authority("Aalborg Havn")
    near = typed(official_name="Aalborg Havne")
    draft = browser.send(PATH, {**near, "step": "check"}).headers["Location"].removesuffix("check")
    monkeypatch.setitem(browser.application.config, "LIMIT_SEARCHES", 0)
    pages = [browser.send(PATH, {**near, "switch_language": "en"}), browser.get(draft), browser.get(f"{draft}check")]
    for page in pages:
        assert page.status_code == 200
        assert "searched very often" in said(page.text)
        assert "looks like this one" not in said(page.text)
        assert "Aalborg Havne" in unescape(page.text)
    assert create(browser, pages[2]).status_code == 422  # nothing is registered unseen


@pytest.mark.rule("R8")
def test_the_address_of_the_part_answers_a_whole_page_to_a_plain_request(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    answer = browser.send(PATH, {**typed(official_name="Aalborg Havne"), "step": "duplicates"})
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "One authority looks like this one" in said(answer.text)


@pytest.mark.rule("R8", "R70")
def test_who_registers_nobody_gets_no_part_either(make: Any, sign_in: Callable[..., Client], client: Client) -> None:
    make.authority("Aalborg Havn")
    _db.session.commit()
    assert look(client, official_name="Aalborg Havn").status_code in (302, 401)
    assert look(sign_in(make.user(make.authority()), "en"), official_name="Aalborg Havn").status_code in (403, 404)


# --- The check page --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R9")
def test_without_the_tick_the_page_is_shown_again(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    checked = check(browser, official_name="Aalborg Havne")
    assert checked.status_code == 200
    assert 'name="not_the_same"' in checked.text
    before = authorities()
    refused = create(browser, checked)
    assert refused.status_code == 422
    assert "If it is none of them, tick that" in said(refused.text)
    assert 'id="errors-title"' in refused.text
    assert authorities() == before
    done = create(browser, refused, not_the_same="y")
    assert done.status_code == 303
    event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "authority.registered")).one()
    assert len(event.data["not_the_same"]) == 1


@pytest.mark.rule("R9")
def test_one_that_came_in_between_is_shown_and_the_tick_is_asked_for_again(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    checked = check(browser, official_name="Aalborg Havne")
    make.authority("Ålborgs Havn")
    before = authorities()
    refused = create(browser, checked, not_the_same="y")
    assert refused.status_code == 422
    assert "Meanwhile another authority looks like this one" in said(refused.text)
    assert "Ålborgs Havn" in said(refused.text)
    tick = re.search(r'<input[^>]*name="not_the_same"[^>]*>', refused.text)
    assert tick is not None
    assert " checked" not in tick[0]
    assert authorities() == before
    assert create(browser, refused, not_the_same="y").status_code == 303


@pytest.mark.rule("R9")
@pytest.mark.parametrize("seen", ["", "[]", "x" * 300, '["1"]', str(uuid.UUID(int=0))])
def test_what_was_seen_is_signed(make: Any, browser: Client, seen: str) -> None:
    make.authority("Aalborg Havn")
    checked = check(browser, official_name="Aalborg Havne")
    assert create(browser, checked, not_the_same="y", seen=seen).status_code == 422


@pytest.mark.rule("R9")
def test_what_was_seen_counts_for_its_draft_only(make: Any, browser: Client) -> None:
    make.authority("Aalborg Havn")
    one, other = (check(browser, official_name=name) for name in ("Aalborg Havne", "Ålborgs Havn"))
    assert create(browser, other, not_the_same="y", seen=carried(one.text)["seen"]).status_code == 422


@pytest.mark.rule("R9")
def test_no_tick_is_asked_for_where_none_looks_alike(make: Any, browser: Client) -> None:
    checked = check(browser)
    assert 'name="not_the_same"' not in checked.text
    assert 'name="not_the_same"' not in browser.get(PATH).text


@pytest.mark.rule("R9", "R10")
def test_a_taken_name_is_refused_with_the_way_to_the_other_one(make: Any, browser: Client) -> None:
    body = make.authority("Aalborg Kommune")
    answer = check(browser)
    assert answer.status_code == 422
    assert f"/authorities/{body.public_id}/grant/" in answer.text


# --- Numbers of other registers --------------------------------------------------------------------------------------


@pytest.mark.rule("R8")
def test_a_number_of_another_register_is_asked_for_checked_and_shown(make: Any, browser: Client) -> None:
    wrong = check(browser, external_scheme="CVR", external_value="13585627")
    assert wrong.status_code == 422
    assert "wrong check digit or length" in said(wrong.text)
    checked = check(browser, external_scheme="CVR", external_value="13 58 56 28")
    assert "CVR-nummer 13 58 56 28" in said(checked.text)
    done = create(browser, checked)
    assert done.status_code == 303
    number = done.headers["Location"].split("/")[-2]
    assert "CVR-nummer 13585628" in said(browser.get(f"/authorities/{number}/").text)
    found = look(browser, official_name="", external_scheme="CVR", external_value="DK13585628")
    assert "The number in another register is the same." in said(found.text)
