"""Words that say where they come from: a catalogue in which each message stands between ⟦ and ⟧.

A page drawn with it shows which of its words are messages. What else it shows must be data; a word that is neither
stands in the code or a template, and can never be translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import Enum, select

from app.extensions import db
from app.models import Country

TRANSLATIONS = Path(__file__).parent.parent / "translations"
PLACEHOLDER = re.compile(r"(%\(\w+\)[sd]|\{\w*\})")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")
NUMBER = re.compile(r"\b[0-9a-f]{32}\b")  # of a request

# Every text of a page that a person is shown or told, whatever shows it; not what is marked as no language's.
TEXTS = """() => {
  const said = ["title", "alt", "aria-label", "aria-description", "aria-valuetext", "placeholder", "label",
    "data-label", "data-show", "data-hide", "data-show-label", "data-hide-label", "data-to-dark", "data-to-light",
    "data-met", "data-unmet", "data-chosen", "data-found"];
  const page = document.documentElement, found = [document.title];
  const apart = (part) => {
    const marked = part.closest("[translate=no], [lang]");
    return marked !== page || part.closest("script, style, title") !== null;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let part = walk.nextNode(); part; part = walk.nextNode()) {
    if (part.nodeType === Node.TEXT_NODE) {
      if (!apart(part.parentElement)) found.push(part.data);
    } else if (!apart(part)) {
      for (const name of said) if (part.hasAttribute(name)) found.push(part.getAttribute(name));
      if (part.matches("input:is([type=submit], [type=button], [type=reset])")) found.push(part.value);
    }
  }
  return found.map((text) => text.trim()).filter(Boolean);
}"""


def marked(message: str) -> str:
    """The message with all its words marked; what is put into it is not, for it may be a word of nobody's."""
    parts = PLACEHOLDER.split(message)
    return "".join(part if n % 2 or not part.strip() else f"⟦{part}⟧" for n, part in enumerate(parts))


def write_catalogue(folder: Path) -> Path:
    """Put the marked words in the place of English into a folder of translations; gives the folder."""
    catalogue = Catalog(locale="en")
    for path in sorted(TRANSLATIONS.glob("*/da/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="da"):
                words = message.id
                made = marked(words) if isinstance(words, str) else tuple(marked(each) for each in words)
                if words:
                    catalogue.add(words, made, context=message.context, flags=message.flags)
    place = folder / "en" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder


def label(words: str) -> re.Pattern[str]:
    """Finds a label by its words, wherever the marks stand in it."""
    return re.compile("".join(f"[⟦⟧]*{re.escape(each)}" for each in words) + "[⟦⟧]*$")


def data_of(application: Flask, typed: Iterable[str] = ()) -> re.Pattern[str]:
    """Finds what is data: texts that stand in the database or were typed, names of languages and months."""
    own_names = [about["name"] for about in application.config["LANGUAGES"].values()]
    with application.app_context():
        found = {*_stored(), *_names(), *typed, *own_names, str(application.config["APP_NAME"])}
        db.session.remove()
    longest_first = sorted((text.strip() for text in found if text.strip()), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _stored() -> Iterator[str]:
    """All texts of the database, but closed lists of ours, whose values are no words for people."""
    for table in db.metadatas[None].tables.values():
        columns = [column for column in table.columns if not isinstance(column.type, Enum)]
        for row in db.session.execute(select(*columns)):
            for value in row:
                yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _names() -> Iterator[str]:
    english = Locale("en", "GB")
    for width in ("wide", "abbreviated"):
        yield from english.months["format"][width].values()
    for row in db.session.scalars(select(Country)):
        yield from (english.languages.get(code, code) for code in row.languages)


def unmarked(texts: Iterable[str], data: re.Pattern[str]) -> list[str]:
    """The texts in which there is a word that is neither a message nor data."""
    rest = ((text, NUMBER.sub(" ", data.sub(" ", MARKED.sub(" ", text)))) for text in texts)
    return [text for text, left in rest if WORD.search(left)]
