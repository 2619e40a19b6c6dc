"""The keys by which lists find and order what they hold: words as they are compared, places as Danes expect them (R22).

Pure, and the same on every database: the keys stand in columns, `services.finding_keys` keeps them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from app.policy.folding import fold

# Danish knows three letters after z; what is spelt otherwise stands where they do, as signs after z.
_LAST = {"æ": "{", "ä": "{", "ø": "|", "ö": "|", "œ": "|", "å": "}"}
_ALIKE = {"ü": "y", "ð": "d", "þ": "th", "ł": "l", "đ": "d", "ı": "i"}
_PLACES = str.maketrans(_LAST | _ALIKE)
# As one writes who does not know how Danes spell these letters out.
_PLAINER = str.maketrans({"ø": "o", "å": "a", "Ø": "O", "Å": "A"})
LONGEST_TEXT = 20_000  # letters of one authority that are searched


def sort_key(text: str, longest: int = 250) -> str:
    """The place of a text in a Danish list: aa as å, accents and case passed over, signs as blanks.

    Unicode's order for Danish in what matters for names; letters of other scripts stand after the Latin ones.
    """
    small = unicodedata.normalize("NFKC", text).casefold().replace("aa", "å")
    known = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in small)
    placed = unicodedata.normalize("NFKD", known.translate(_PLACES))
    return " ".join("".join(c for c in placed if unicodedata.category(c)[0] != "M").split())[:longest]


def authority_keys(
    official_name: str, city: str, texts: Iterable[tuple[str, str]], entries: Iterable[Mapping[str, str]]
) -> dict[str, str]:
    """The columns by which an authority is found and placed: names, titles and descriptions in all languages, town,
    classification. `texts` are titles with descriptions, `entries` the names of its classification by language.
    """
    texts = sorted(texts)  # whatever order they are read in: the same names give the same key
    titles = [title for title, _ in texts]
    classified = sorted(name for names in entries for name in names.values())
    plain = [_plainer(part) for part in (official_name, city, *titles, *classified)]
    words = _joined([official_name, city, *titles, *plain, *classified, *(said for _, said in texts)])
    return {"sort_key": sort_key(official_name), "city_sort_key": sort_key(city, 100), "search_key": words}


def person_keys(first_name: str, last_name: str, email_address: str) -> dict[str, str]:
    """The columns by which a person is found, by name and address and never by the username (R44), and placed."""
    name = f"{first_name} {last_name}"
    words = _joined([name, _plainer(name), email_address])
    return {"sort_key": sort_key(f"{last_name} {first_name}", 150), "search_key": words}


def as_found(text: str) -> str:
    """A text as words are looked for in it: folded, and as one writes who does not know Danish letters."""
    return _joined([text, _plainer(text)])


def _plainer(text: str) -> str:
    plain = text.translate(_PLAINER)
    return plain if plain != text else ""


def _joined(parts: Iterable[str]) -> str:
    """Each on a line of its own, so that no word is found across two; each once."""
    folded = dict.fromkeys(fold(part) for part in parts)
    return "\n".join(part for part in folded if part)[:LONGEST_TEXT]
