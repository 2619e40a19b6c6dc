"""Names as they are compared."""

from __future__ import annotations

import pytest

from app.policy.folding import ascii_letters, fold


@pytest.mark.rule("R8")
@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Søfartsstyrelsen", "SØFARTSSTYRELSEN"),
        ("Søfartsstyrelsen", "Soefartsstyrelsen"),
        ("Ærø Kommune", "aeroe kommune"),
        ("Ålborg Havn", "Aalborg Havn"),
        ("Ålborg", "A\u030alborg"),  # composed or not
        ("Préfecture", "Prefecture"),
        ("Bürgeramt", "Burgeramt"),
        ("Straße", "STRASSE"),
        ("Ředitelství", "Reditelstvi"),
        ("Łódź", "Lodz"),
        ("  Fyret \t Nord\n", "Fyret Nord"),
        ("Fyret\u00a0Nord", "Fyret Nord"),
        ("Ｆｙｒｅｔ", "Fyret"),  # full-width letters
        ("ﬁskeri", "fiskeri"),  # a ligature
        ("Fуrеt", "Fyret"),  # two letters of it are Cyrillic
        ("Fyreτ", "Fyret"),  # one is Greek
        ("ΦΟΡΟΣ", "φορος"),  # both forms of the last letter
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fyret Nord", "Fyret Syd"),
        ("Fyret", "Fyrene"),
        ("Fyret Nord", "Nord Fyret"),  # similar, not the same
        ("Kontor 1", "Kontor 2"),
        ("Министерство", "Министър"),
        ("Υπουργείο", "Υφυπουργείο"),
    ],
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.rule("R9")
@pytest.mark.parametrize("name", ["Søfartsstyrelsen", "ΦΟΡΟΣ", "Łódź – Straße", "Министерство"])
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@pytest.mark.rule("R44")
@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Åse", "aase"),
        ("Øjvind-Erik", "oejvinderik"),
        ("D'Angelo 3", "dangelo"),
        ("Łukasz", "lukasz"),
        ("Þór", "thor"),
        ("李", ""),
        ("", ""),
    ],
)
def test_letters_of_a_username_are_ascii(name: str, letters: str) -> None:
    assert ascii_letters(name) == letters


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    "disguised",
    [
        "D\u0251tatilsynet",
        "Datati\u04cfsynet",
        "Data\U000e0100tilsynet",
        "Data\U000e01eftilsynet",
        "Data\ufe00tilsynet",
        "Data\u0301tilsynet",
    ],
)
def test_a_name_in_disguise_is_the_name(disguised: str) -> None:
    assert fold(disguised) == fold("Datatilsynet")


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("one", "other"), [("Nord-Syd", "Nord\u2010Syd"), ("Nord-Syd", "Nord\u2013Syd"), ("O'Neil", "O\u2019Neil")]
)
def test_dashes_and_apostrophes_are_of_one_kind(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    ("disguised", "name"),
    [("\u04d4rø Kommune", "Ærø Kommune"), ("Sor\u04e9 Kommune", "Sorø Kommune")],
)
def test_letters_that_look_like_two_are_those_two(disguised: str, name: str) -> None:
    assert fold(disguised) == fold(name)
