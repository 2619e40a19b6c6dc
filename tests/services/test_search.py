"""The header's search: words in any order and case, in the reader's scope, never by a username."""

from __future__ import annotations

from typing import Any

import pytest

from app.models import Authority, AuthorityStatus, AuthorityText
from app.services import search, word_search
from tests.statements import statements


def titled(make: Any, name: str, title: str, **values: Any) -> Authority:
    row = make.authority(name, **values)
    row.texts = [AuthorityText(language="da", title=title, description="Udstikker grunde")]
    return row


@pytest.fixture
def country(make: Any) -> dict[str, Any]:
    manager = make.access_manager("Uddannelsesstyrelsen", reach="own")
    other = make.access_manager("Kulturstyrelsen")
    return {
        "manager": manager,
        "actor": make.actor(make.user(manager, first_name="Åse", last_name="Bæk")),
        "mine": titled(make, "Ærø Kommune", "Byggesager på øerne", managed_by=manager, city="Ærøskøbing"),
        "gone": make.authority("Ærø Havn", managed_by=manager, status=AuthorityStatus.deactivated),
        "theirs": make.authority("Ærø Museum", managed_by=other),
        "their gone": make.authority("Ærø Sogn", managed_by=other, status=AuthorityStatus.deactivated),
        "draft": make.authority("Ærø Kladde", managed_by=manager, status=AuthorityStatus.draft),
        "abroad": make.authority("Aeroe Institutet", country_code="SE", city="Malmö"),
        "abroad gone": make.authority("Aeroe Verket", country_code="SE", status=AuthorityStatus.deactivated),
    }


def names(found: search.Found) -> list[str]:
    return [row.official_name for row in found.authorities]


@pytest.mark.rule("R21", "R22", "R59", "R70")
def test_a_manager_finds_what_is_his_to_find(country: dict[str, Any]) -> None:
    found = search.find(country["actor"], "ÆRØ")
    assert names(found) == ["Ærø Havn", "Ærø Kommune", "Ærø Museum", "Aeroe Institutet"]
    assert found.opens == {country[name].id for name in ("mine", "gone", "theirs")}


@pytest.mark.rule("R21", "R70")
def test_a_user_finds_active_ones_of_all_countries_and_opens_his_own(make: Any, country: dict[str, Any]) -> None:
    user = make.actor(make.user(country["mine"], administrator=False))
    found = search.find(user, "aerø")
    assert names(found) == ["Ærø Kommune", "Aeroe Institutet", "Ærø Museum"]  # his own, then in Danish order
    assert found.opens == {country["mine"].id}
    assert search.find(user, "Kim").people == []


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("kommune ærø", True),
        ("byggesager kommune", True),
        ("øerne", True),
        ("oerne", True),  # as one writes who does not know the letter
        ("udstikker kommune", True),  # the description
        ("OEERNE", True),
        ("ærøskøbing", True),
        ("ærø kommune byråd", False),
        ("%", False),
        ("_", False),
        ("\\", False),
        ("Ær%", False),
    ],
)
def test_all_words_in_any_order_in_name_title_and_town(country: dict[str, Any], text: str, is_found: bool) -> None:
    assert ("Ærø Kommune" in names(search.find(country["actor"], text))) == is_found


@pytest.mark.rule("R44", "R70")
def test_people_are_found_by_name_and_address_where_they_may_be_read(make: Any, country: dict[str, Any]) -> None:
    person = make.user(
        country["mine"], first_name="Jørgen", last_name="Åby", email_address="jaa@aeroe.example", username="hemmelig123"
    )
    make.user(country["mine"], first_name="Jørgen", last_name="Gået", active=False)
    make.user(country["abroad"], first_name="Jørgen", last_name="Svensk")
    for text in ("joergen", "ÅBY jørgen", "jaa@aeroe.example"):
        assert search.find(country["actor"], text).people == [person]
    assert search.find(country["actor"], "hemmelig123").people == []


@pytest.mark.parametrize(
    "text", ["", "   ", "\0", "\u200b", "\ud800", "x" * 5000, "' OR 1=1 --", '"', "NEAR(a b)", "🙂"]
)
def test_strange_words_are_words(country: dict[str, Any], text: str) -> None:
    assert names(search.find(country["actor"], text)) == []


@pytest.mark.rule("R22")
def test_what_is_found_stands_in_danish_order(make: Any) -> None:
    manager = make.access_manager("Uddannelsesstyrelsen")
    wanted = ["Nævn Vejle", "Nævn Ærø", "Nævn Østersø", "Nævn Aabenraa", "Nævn Århus"]
    bodies = {name: make.authority(name, managed_by=manager) for name in sorted(wanted)}
    for name in sorted(wanted):
        make.user(bodies[name], first_name="Nævn", last_name=name.split()[1])
    found = search.find(make.actor(make.user(manager)), "nævn")
    assert names(found) == wanted
    assert [f"Nævn {person.last_name}" for person in found.people] == wanted


@pytest.mark.rule("R85")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a " * 100, ["a"]),
        ("styrelsen styr sty", ["styrelsen"]),
        (" ".join(f"ord{letter}" for letter in "abcdefghijkl"), [f"ord{letter}" for letter in "abcdefgh"]),
    ],
)
def test_no_search_looks_for_very_many_words(text: str, words: list[str]) -> None:
    assert word_search.words_of(text) == words


@pytest.mark.rule("R85")
def test_a_letter_that_unfolds_into_many_makes_no_long_search() -> None:
    assert len(word_search.words_of("\ufdfa" * 200)) <= word_search.MOST_WORDS


@pytest.mark.rule("R70")
def test_what_is_found_is_told_to_be_more_and_costs_no_more(make: Any, country: dict[str, Any], db: Any) -> None:
    for number in range(search.MOST + 3):
        make.user(make.authority(f"Mange {number:02}", managed_by=country["manager"]), first_name="Mange")
    with statements(db) as heard:
        found = search.find(country["actor"], "mange")
    assert len(found.authorities) == len(found.people) == search.MOST
    assert found.more_authorities
    assert found.more_people
    assert len(heard) == 2
