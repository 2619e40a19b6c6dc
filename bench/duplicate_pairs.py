"""How often likely duplicates are missed, and how often others are taken for them: `python -m bench.duplicate_pairs`.

A thousand pairs of real-looking names, the same at every run: in 500 both are one body, written otherwise as people do;
in 500 they are two, as near to each other as neighbours, sisters and successors are. The numbers stand in
`docs/duplicates.md`; `tests/policy/test_likeness.py` holds them down.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from app.policy.folding import fold
from app.policy.likeness import alike
from bench.danish_names import PLACES, SCHOOLS, TASKS, UNITS

NUMBER = 500


class Pair(NamedTuple):
    """Two names, what was done to make the second, and whether both are one body."""

    one: str
    other: str
    how: str
    is_same: bool


# --- One body, written otherwise --------------------------------------------------------------------------------------


def _slip(name: str, chance: random.Random) -> str:
    """A letter left out, doubled, changed with its neighbour or mistyped, in a word of five letters or more."""
    words = name.split()
    at = chance.choice([n for n, word in enumerate(words) if len(word) > 4])
    word = words[at]
    spot = chance.randrange(1, len(word) - 1)
    slips = (
        word[:spot] + word[spot + 1 :],
        word[:spot] + word[spot] + word[spot:],
        word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :],
        word[:spot] + chance.choice("aeioutnrs") + word[spot + 1 :],
    )
    return " ".join([*words[:at], chance.choice(slips), *words[at + 1 :]])


def _letters(name: str, chance: random.Random) -> str:
    """Without the Danish keys, or in the old spelling."""
    ways = ({"æ": "ae", "ø": "oe", "å": "aa"}, {"æ": "a", "ø": "o", "å": "a"}, {"aa": "å", "Aa": "Å"})
    for letters in chance.sample(ways, 3):
        changed = name
        for letter, written in letters.items():
            changed = changed.replace(letter, written).replace(letter.upper(), written.capitalize())
        if changed != name:
            return changed
    return name.upper()


def _short(name: str, _chance: random.Random) -> str:
    shorts = {" Kommune": " Kom.", "Styrelsen": "Styr.", "Region ": "Reg. ", " og ": " & ", "ministeriet": "min."}
    for long, short in shorts.items():
        name = name.replace(long, short)
    return name.replace("styrelsen", "styr.")


def _marks(name: str, chance: random.Random) -> str:
    """Other punctuation, capitals and spaces."""
    ways: tuple[Callable[[str], str], ...] = (str.upper, str.lower, lambda n: n.replace(" ", "  "), lambda n: f"»{n}«")
    return chance.choice(ways)(name.replace(" og ", "- og ").replace(",", " –"))


def _order(name: str, chance: random.Random) -> str:
    words = [word for word in name.replace(",", "").split() if word not in ("for", "og")]
    chance.shuffle(words)
    return " ".join(words)


def _compound(name: str, _chance: random.Random) -> str:
    """Styrelsen for Natur is Naturstyrelsen."""
    for kind in ("Styrelsen", "Nævnet", "Rådet", "Tilsynet", "Direktoratet"):
        if name.startswith(f"{kind} for "):
            return name.removeprefix(f"{kind} for ").replace(" og ", "- og ") + kind.lower()
    return name


def _english(name: str, _chance: random.Random) -> str:
    """The English word for the kind of body, before or behind a name that stays."""
    kinds = {" Kommune": "Municipality of {}", "Region ": "{} Region", " Universitet": "University of {}"}
    for kind, english in kinds.items():
        if kind in name:
            return english.format(name.replace(kind, ""))
    return name


def _addition(name: str, chance: random.Random) -> str:
    """What people put to a name: a country, a legal form, a definite article."""
    if name.startswith("Styrelsen"):
        return chance.choice((f"Den danske {name[0].lower()}{name[1:]}", f"{name} (Danmark)", f"Statens {name}"))
    return chance.choice((f"{name}, Danmark", f"{name} DK", f"{name} A/S", f"{name} (offentlig)"))


def _missing(name: str, chance: random.Random) -> str:
    """One of two tasks is left out, or the kind of body."""
    if " og " in name:
        first, second = name.split(" og ")
        return chance.choice((first, f"Styrelsen for {second}"))
    return name.replace(" Kommune", "").replace("Region ", "").replace("Styrelsen for ", "")


def _split(name: str, _chance: random.Random) -> str:
    """A compound that is written in two words."""
    for start in (
        "Føde",
        "Patient",
        "Data",
        "Arbejds",
        "Energi",
        "Kyst",
        "Dyre",
        "Lands",
        "Sundheds",
        "Miljø",
        "Borger",
    ):
        if start in name and not name.endswith(start):
            return name.replace(start, f"{start} ", 1)
    return name.replace("kommune", " kommune").replace("styrelsen", " styrelsen")


def _two(name: str, chance: random.Random) -> str:
    """Two things at once."""
    first, second = chance.sample((_slip, _letters, _marks, _short), 2)
    return second(first(name, chance), chance)


CHANGES = (_slip, _slip, _letters, _short, _marks, _order, _compound, _english, _addition, _missing, _split, _two)


def _names(chance: random.Random) -> str:
    """A name of a body: municipality, region, agency, ministry, unit of a municipality."""
    place, task, other, unit = (chance.choice(words) for words in (PLACES, TASKS, TASKS, UNITS))
    return chance.choice(
        (
            f"{place} Kommune",
            f"{place} Kommune",
            f"Region {chance.choice(('Nordjylland', 'Midtjylland', 'Syddanmark', 'Hovedstaden', 'Sjælland'))}",
            f"Styrelsen for {task}",
            f"Styrelsen for {task} og {other}" if task != other else f"Styrelsen for {task}",
            f"{task}styrelsen",
            f"{task}ministeriet",
            f"Tilsynet for {task}",
            f"{place} Universitet",
            f"{place} Kommune, {unit}",
        )
    )


def same(chance: random.Random) -> Pair:
    """One body under two names."""
    while True:
        name, change = _names(chance), chance.choice(CHANGES)
        changed = change(name, chance)
        if changed != name:
            return Pair(name, changed, change.__name__.strip("_"), is_same=True)


# --- Two bodies that are near each other ------------------------------------------------------------------------------

DIRECTIONS = ("Nord", "Syd", "Øst", "Vest", "Midt")
NEAR_TOWNS = (
    *(("Aarhus", "Aalborg"), ("Vejen", "Vejle"), ("Odense", "Odder"), ("Nyborg", "Viborg"), ("Herlev", "Herning")),
    *(
        ("Hillerød", "Hjørring"),
        ("Fredericia", "Frederiksberg"),
        ("Frederikshavn", "Frederikssund"),
        ("Greve", "Grenaa"),
    ),
    *(("Ringsted", "Ringkøbing"), ("Rødovre", "Rødekro"), ("Holbæk", "Holstebro"), ("Svendborg", "Sønderborg")),
    *(("Næstved", "Nakskov"), ("Ishøj", "Ikast"), ("Syddjurs", "Norddjurs"), ("Nordborg", "Nordfyn")),
    *(("Skive", "Skagen"), ("Hammel", "Hammer"), ("Ringe", "Ringsted"), ("Nordborg", "Nyborg"), ("Solrød", "Sorø")),
)


def _other_town(chance: random.Random) -> tuple[str, str]:
    one, other = chance.choice(NEAR_TOWNS)
    kind = chance.choice(("{} Kommune", "{} Byret", "Byretten i {}", "{} Politi", "{} Sygehus"))
    return kind.format(one), kind.format(other)


def _any_town(chance: random.Random) -> tuple[str, str]:
    one, other = chance.sample(PLACES, 2)
    unit = chance.choice(UNITS)
    kind = chance.choice(("{} Kommune", "{} Kommune, " + unit, "{} " + chance.choice(SCHOOLS)))
    return kind.format(one), kind.format(other)


def _other_direction(chance: random.Random) -> tuple[str, str]:
    one, other = chance.sample(DIRECTIONS, 2)
    kind = chance.choice(("Region {}jylland", "{}sjællands Politi", "{}re Landsret", "Museum {}jylland", "Statsamt {}"))
    return kind.format(one), kind.format(other)


def _other_task(chance: random.Random) -> tuple[str, str]:
    one, other = chance.sample(TASKS, 2)
    kind = chance.choice(("Styrelsen for {}", "{}styrelsen", "{}ministeriet", "Nævnet for {}"))
    return kind.format(one), kind.format(other)


def _half_task(chance: random.Random) -> tuple[str, str]:
    one, other, third = chance.sample(TASKS, 3)
    return f"Styrelsen for {one} og {other}", f"Styrelsen for {one} og {third}"


def _other_kind(chance: random.Random) -> tuple[str, str]:
    task, place = chance.choice(TASKS), chance.choice(PLACES)
    one, other = chance.sample(("styrelsen", "ministeriet", "tilsynet", "nævnet", "rådet"), 2)
    of_place = chance.sample(("{} Kommune", "{} Byret", "{} Politi", "{} Sygehus", "Region {}", "{} Museum"), 2)
    return chance.choice(((task + one, task + other), (of_place[0].format(place), of_place[1].format(place))))


def _part(chance: random.Random) -> tuple[str, str]:
    """A body and a part of it, or two parts of it."""
    place, (one, other) = chance.choice(PLACES), chance.sample(UNITS, 2)
    first = chance.choice((f"{place} Kommune", f"{place} Kommune, {other}"))
    return first, f"{place} Kommune, {one}"


def _other_number(chance: random.Random) -> tuple[str, str]:
    place, unit = chance.choice(PLACES), chance.choice(UNITS)
    one, other = chance.sample(range(1, 20), 2)
    return f"{place} Kommune, {unit} {one}", f"{place} Kommune, {unit} {other}"


NEIGHBOURS = (*(_other_town, _any_town, _other_direction, _other_task, _half_task, _other_kind, _part, _other_number),)


def different(chance: random.Random) -> Pair:
    """Two bodies whose names are near."""
    while True:
        near = chance.choice(NEIGHBOURS)
        one, other = near(chance)
        if one != other:
            return Pair(one, other, near.__name__.strip("_"), is_same=False)


def pairs(seed: int = 2026) -> list[Pair]:
    """The thousand; another seed makes another thousand of their kind."""
    chance = random.Random(seed)  # noqa: S311 (names, no secrets)
    return [same(chance) for _ in range(NUMBER)] + [different(chance) for _ in range(NUMBER)]


def wrong(of: list[Pair]) -> list[Pair]:
    """The pairs that are judged wrongly: the same and missed, or different and taken for the same."""
    return [pair for pair in of if (alike(fold(pair.one), fold(pair.other)) > 0) != pair.is_same]


def main() -> None:
    """Print the rates, and what was judged wrongly."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2026
    made = pairs(seed)
    failed = wrong(made)
    for is_same, what in ((True, "missed"), (False, "false alarms")):
        number = sum(pair.is_same is is_same for pair in failed)
        sys.stdout.write(f"{what}: {number} of {NUMBER}, {100 * number / NUMBER:.1f} %\n")
    made_by, failed_by = (Counter(pair.how for pair in part) for part in (made, failed))
    for how, number in made_by.items():
        sys.stdout.write(f"  {how}: {failed_by[how]} of {number}\n")
    for pair in failed:
        sys.stdout.write(f"    {pair.how}: {pair.one} | {pair.other}\n")


if __name__ == "__main__":
    main()
