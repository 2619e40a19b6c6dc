"""*Overblik*: what waits for whom, and every number leads to the list that it counts."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from app import clock


def tasks(page: str) -> dict[str, str]:
    """The sentences of what waits, with the address each leads to."""
    part = page.split('id="waiting"', 1)[1].split("</section>", 1)[0]
    found = re.findall(r'<a href="([^"]+)">.*?<strong>(.*?)</strong>', part, re.DOTALL)
    return {html.unescape(sentence): html.unescape(url) for url, sentence in found}


def rows(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]*)</a>', page)


@pytest.mark.rule("R5", "R48", "R55", "R93")
def test_every_number_leads_to_its_list(make: Any, sign_in: Any) -> None:
    manager = make.access_manager()
    for number in range(3):
        body = make.authority(f"Een {number}", managed_by=manager)
        make.access(body, "SOLVIT-CASE")
        make.user(body, blocked_at=clock.now() if number else None)
    body.registered_at = clock.now() - timedelta(days=400)
    make.authority("Tom", managed_by=manager)
    make.authority("Andres")
    browser = sign_in(make.user(manager))
    found = tasks(browser.get("/").text)
    assert list(found) == [
        "1 myndighed har ingen administrator",
        "2 myndigheder har brugere, der ikke kan logge ind",
        "Din myndighed har kun én administrator",
        "3 myndigheder har kun én administrator",
        "1 myndighed har ikke adgang til nogen moduler",
        "1 myndighed har ikke bekræftet sine oplysninger i lang tid",
    ]
    for sentence, url in found.items():
        if sentence[0].isdigit():
            assert len(rows(browser.get(url).text)) == int(sentence.split()[0]), sentence


def test_where_nothing_waits_the_page_says_so(make: Any, sign_in: Any) -> None:
    body = make.authority()
    make.user(body)
    browser = sign_in(make.user(body))
    assert "Intet venter på dig" in browser.get("/").text


@pytest.mark.rule("R70")
def test_a_user_is_told_nothing_of_others(make: Any, sign_in: Any) -> None:
    body = make.authority()
    make.user(body, blocked_at=clock.now())
    browser = sign_in(make.user(body, administrator=False))
    assert tasks(browser.get("/").text) == {}
    assert browser.get("/coordinated-authorities/?show=no_modules").status_code == 404


@pytest.mark.rule("R55")
def test_an_administrator_sees_who_cannot_sign_in_at_home(make: Any, sign_in: Any) -> None:
    body = make.authority()
    make.user(body, blocked_at=clock.now())
    browser = sign_in(make.user(body))
    [(sentence, url)] = tasks(browser.get("/").text).items()
    assert sentence == "1 bruger i din myndighed kan ikke logge ind"
    assert browser.get(url).status_code == 200


@pytest.mark.rule("R6")
def test_drafts_wait_for_those_who_can_go_on_with_them(make: Any, sign_in: Any) -> None:
    manager = make.access_manager()
    browser = sign_in(make.user(manager))
    browser.send("/register-authority/", {"official_name": "Halv Styrelse", "step": "draft"})
    sentence, url = "1 registrering er en kladde", "/register-authority/"
    assert tasks(browser.get("/").text)[sentence] == url
    assert "Halv Styrelse" in browser.get(url).text
    assert sentence in tasks(sign_in(make.user(manager)).get("/").text)
    assert sentence not in sign_in(make.user(make.access_manager())).get("/").text


@pytest.mark.rule("R20")
def test_the_list_keeps_the_reason_with_the_words(make: Any, sign_in: Any) -> None:
    manager = make.access_manager()
    for name in ("Tom i Ribe", "Tom i Odense"):
        make.authority(name, managed_by=manager)
    browser = sign_in(make.user(manager))
    page = browser.get("/coordinated-authorities/?show=no_modules&q=ribe").text
    assert rows(page) == ["Tom i Ribe"]
    assert '<option value="no_modules" selected>' in page
    for unknown in ("findes-ikke", "no_modules'--", "x" * 500):
        assert len(rows(browser.get("/coordinated-authorities/", query_string={"show": unknown}).text)) == 2


@pytest.mark.rule("R93")
def test_an_administrator_is_asked_to_confirm_the_data_of_his_own(make: Any, sign_in: Any) -> None:
    body = make.authority("Min", registered_at=clock.now() - timedelta(days=400))
    said = "Din myndigheds oplysninger bør bekræftes"
    reader = sign_in(make.user(body, administrator=False))
    assert said not in reader.get("/").text
    browser = sign_in(make.user(body))
    assert tasks(browser.get("/").text)[said] == f"/authorities/{body.public_id}/"
    assert browser.send(f"/authorities/{body.public_id}/confirm", {"version": body.version}).status_code == 303
    assert said not in browser.get("/").text
