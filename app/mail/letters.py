"""Writes letters: the words of a mail, in the recipient's language, as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from babel import Locale
from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale

from app.mail.kinds import KINDS, Kind
from app.settings import setting

LANGUAGES = ("da", "en")


@dataclass(frozen=True)
class Letter:
    """A mail's words. Only the subject may be shown: text and HTML may hold a password (R87)."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def compose(kind: str, language: str, facts: Mapping[str, object]) -> Letter:
    """Write the mail of that kind; Danish where the language is none of ours.

    Raises KeyError for an unknown kind, ValueError where facts are missing or too many: no fact that its words do not
    ask for (a username, say) can slip into a mail.
    """
    sort = KINDS[kind]
    if set(facts) != sort.facts:
        raise ValueError(f"{kind} is written from {sorted(sort.facts)}, not from {sorted(facts)}.")
    language = written_in(language)
    with force_locale(language):
        words = {**_shown(facts, language), **_frame(sort, language, facts)}
        subject, text, html = (_render(kind, part, words) for part in ("subject", "txt", "html"))
    return Letter(" ".join(subject.split()), text.strip() + "\n", html)


def written_in(language: str) -> str:
    """The language a letter is written in for somebody who reads that one."""
    return language if language in LANGUAGES else "da"


def _render(kind: str, part: str, words: Mapping[str, object]) -> str:
    # Not Flask's render_template: that mixes in the request and its user, and a letter must not depend on them.
    return current_app.jinja_env.get_template(f"mail/{kind}.{part}").render(words)


def _frame(sort: Kind, language: str, facts: Mapping[str, object]) -> dict[str, object]:
    """What every letter has: the installation's name, and addresses built from PUBLIC_URL, never the request (R81)."""
    site = str(setting("PUBLIC_URL")).rstrip("/")
    path = sort.path.format_map({name: quote(str(value), safe="") for name, value in facts.items()})
    return {"installation": setting("INSTALLATION_NAME"), "language": language, "site": site, "link": site + path}


def _shown(facts: Mapping[str, object], language: str) -> dict[str, Any]:
    return {name: _day(value, language) if isinstance(value, date) else value for name, value in facts.items()}


def _day(value: date, language: str) -> str:
    return format_date(value, "long", Locale("en", "GB") if language == "en" else Locale.parse(language))
