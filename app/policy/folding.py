"""Names as they are compared: two that look alike are one (R8, R9, R22)."""

from __future__ import annotations

import unicodedata

# Letters of other scripts that look like Latin ones, so that a name cannot be registered twice by swapping one in;
# from the Unicode Consortium's confusables, the small letters of Greek and Cyrillic. Both sides of a comparison are
# folded alike, so names that are Greek or Bulgarian throughout stay as distinct as they are.
_CONFUSABLE = str.maketrans(
    {
        "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "м": "m",
        "н": "h", "о": "o", "р": "p", "ѕ": "s", "т": "t", "у": "y", "х": "x", "ԛ": "q", "ԝ": "w",
        "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "m", "ν": "v", "ο": "o", "ρ": "p",
        "ς": "s", "σ": "s", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ı": "i", "ɡ": "g",
    }
)  # fmt: skip
# Letters that are no base letter with a mark: as Danes and Germans write them without the key.
_SPELT_OUT = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ð": "d", "þ": "th", "ł": "l", "đ": "d"})


def fold(text: str) -> str:
    """The text without case, accents, look-alike letters and double spaces; the key under which names are unique."""
    composed = unicodedata.normalize("NFKC", text).casefold().translate(_SPELT_OUT)
    bare = "".join(c for c in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(c))
    return " ".join(bare.translate(_CONFUSABLE).split())


def ascii_letters(text: str) -> str:
    """The Latin letters of a folded text; what is written in another script throughout gives none."""
    return "".join(c for c in fold(text) if "a" <= c <= "z")
