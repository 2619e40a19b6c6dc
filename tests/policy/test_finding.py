"""The keys by which lists find what they hold, and put it in order (R22)."""

from __future__ import annotations

import pytest

from app.policy.finding import authority_keys, person_keys, sort_key


@pytest.mark.rule("R22")
def test_names_stand_in_danish_order() -> None:
    wanted = [
        *("Albertslund", "Ebeltoft", "Évora", "Łódź", "O'Brien", "Übersee", "Yverdon", "Zealand"),
        *("æble", "Ängelholm", "Ærø", "Ölstykke", "Østersø", "Aabenraa", "Aalborg", "Århus", "Αθήνα"),
    ]
    assert sorted(set(wanted), key=sort_key) == wanted


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("one", "other"), [("Århus", "Aarhus"), ("ÆRØ", "ærø"), ("A-B  C", "a b c"), ("Évora", "evora")]
)
def test_case_accents_and_signs_are_passed_over_in_the_order(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    "name", ["", "   ", "{|}", "\u0301", "a" * 5_000, "Å" * 5_000, "\U0001f469\u200d\U0001f680", "\x7f"]
)
def test_a_hostile_name_has_a_place(name: str) -> None:
    assert len(sort_key(name)) <= 250
    assert not set(sort_key(name)) - set(sort_key("Å")) & set("{|}")


@pytest.mark.rule("R22")
def test_an_authority_is_found_by_all_that_describes_it() -> None:
    key = authority_keys(
        "Søfartsstyrelsen", "Korsør", [("Tilsyn", "Med skibe")], [{"da": "Søtransport", "en": "Maritime transport"}]
    )["search_key"]
    for word in ("soefarts", "korsoer", "tilsyn", "skibe", "soetransport", "maritime", "sofarts", "korsor"):
        assert word in key
    assert "korsoertilsyn" not in key.replace("\n", "\n")


@pytest.mark.rule("R22")
def test_the_same_names_give_the_same_key_whatever_order_they_are_read_in() -> None:
    texts, entries = [("A", "b"), ("C", "d")], [{"da": "E", "en": "F"}, {"en": "G", "da": "H"}]
    assert authority_keys("N", "By", texts, entries) == authority_keys("N", "By", texts[::-1], entries[::-1])


@pytest.mark.rule("R22", "R44")
def test_a_person_is_found_by_name_and_address_only() -> None:
    assert person_keys("Søren", "Ågård", "S@a.example") == {
        "sort_key": "}g}rd s|ren",
        "search_key": "soeren aagaard\nsoren agard\ns@a.example",
    }
