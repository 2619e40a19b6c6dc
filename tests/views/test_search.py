"""The search of the header: for everybody who is signed in, with the way to what was found."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask

from app.models import AuthorityText


@pytest.fixture
def manager(make: Any, sign_in: Any) -> Any:
    body = make.access_manager("Uddannelsesstyrelsen")
    row = make.authority("Ærø Kommune", managed_by=body, city="Ærøskøbing")
    row.texts = [AuthorityText(language="da", title="Byggesager på øerne")]
    make.user(row, first_name="Jørgen", last_name="Åby", email_address="jaa@aeroe.example")
    make.authority("Aeroe Institutet", country_code="SE", city="Malmö")
    return sign_in(make.user(body))


@pytest.mark.rule("R21", "R70")
def test_what_is_found_leads_on(manager: Any) -> None:
    page = manager.get("/search/?q=ærø").text
    assert re.search(r'<a href="/authorities/[0-9a-f-]{36}/">Ærø Kommune</a><span class="sub">Byggesager', page)
    assert re.search(r'<a href="/find-authorities/[0-9a-f-]{36}/">Aeroe Institutet</a>', page)  # its public page
    assert "Malmö, Sverige" in page
    assert re.search(r'<a href="/authorities/[0-9a-f-]{36}/users">Jørgen Åby', manager.get("/search/?q=åby").text)
    assert 'value="ærø"' in page  # the page keeps the words


def test_pages_are_found_by_their_names(manager: Any, make: Any, sign_in: Any) -> None:
    assert (
        '<a href="/register-authority/">Administration › Registrer myndighed</a>'
        in manager.get("/search/?q=registrer").text
    )
    user = sign_in(make.user(make.authority(), administrator=False))
    page = user.get("/search/?q=registrer").text
    assert "/register-authority/" not in page
    assert "/help/register-authority" not in page


@pytest.mark.parametrize(
    ("language", "words", "address", "name"),
    [
        ("da", "min profil", "/profile/", "Min profil"),
        ("da", "SKIFT", "/password/", "Skift password"),
        ("en", "my profile", "/profile/", "My profile"),
        ("en", "change password", "/password/", "Change password"),
        ("da", "søg myndighed", "/find-authorities/", "Myndigheder › Søg"),
        ("en", "search authorities", "/find-authorities/", "Authorities › Search"),
    ],
)
def test_pages_for_everybody_are_found(
    make: Any, sign_in: Any, language: str, words: str, address: str, name: str
) -> None:
    user = sign_in(make.user(make.authority(), administrator=False), language)
    assert f'<a href="{address}">{name}</a>' in user.get("/search/", query_string={"q": words}).text


@pytest.mark.rule("R21")
def test_more_than_is_shown_leads_to_the_list(make: Any, sign_in: Any) -> None:
    for number in range(11):
        make.authority(f"Mange & {number:02}", country_code="SE")
    user = sign_in(make.user(make.authority(), administrator=False))
    link = re.search(r'<a href="(/find-authorities/\?[^"]+)"', user.get("/search/?q=mange+%26").text)
    assert link
    assert "11 myndigheder" in user.get(html.unescape(link[1])).text
    assert "/find-authorities/?" not in user.get("/search/?q=mange+03").text


def test_what_is_not_there_is_told_kindly(manager: Any) -> None:
    assert "Din søgning gav ingen resultater" in manager.get("/search/?q=findes-ikke").text
    assert "Hvad leder du efter?" in manager.get("/search/").text
    long = manager.get("/search/?q=" + "x" * 5000)
    assert long.status_code == 200
    assert f'value="{"x" * 200}"' in long.text


@pytest.mark.rule("R54")
def test_who_must_choose_a_password_searches_nothing(make: Any, sign_in: Any) -> None:
    person = sign_in(make.user(make.authority(), password_is_temporary=True))
    assert person.get("/search/?q=a").location == "/password/"
    assert 'role="search"' not in person.get("/password/").text


@pytest.mark.rule("R85")
def test_searches_are_counted(app: Flask, monkeypatch: pytest.MonkeyPatch, manager: Any) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SEARCHES", 2)
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", "search-of-its-own")
    answers = [manager.get(f"/search/?q=ærø{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Vent lidt" in answers[2].text
