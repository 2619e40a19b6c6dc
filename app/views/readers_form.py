"""Languages, dates and numbers in the reader's form (R72, R74): stored in UTC, shown in Copenhagen's time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from flask import current_app
from flask_babel import get_locale

from app.clock import COPENHAGEN

# Own names of languages, so that each is recognised by who reads it.
LANGUAGE_NAMES = {"da": "Dansk", "en": "English"}


def lang() -> str:
    """Language of this page for the lang attribute; the default when it cannot be found out."""
    found = get_locale()
    return str(found or current_app.config["BABEL_DEFAULT_LOCALE"]).replace("_", "-")


def languages() -> dict[str, str]:
    """The languages a person can choose, each under its own name."""
    known: Mapping[str, Any] = current_app.config.get("LANGUAGES") or LANGUAGE_NAMES
    return {
        code: about.get("name", LANGUAGE_NAMES.get(code, code)) if isinstance(about, Mapping) else str(about)
        for code, about in known.items()
    }


def _locale() -> Locale:
    code = lang()
    return Locale("en", "GB") if code == "en" else Locale.parse(code, sep="-")


def _zone() -> ZoneInfo:
    return COPENHAGEN


def _local(value: dt.datetime) -> dt.datetime:
    """A moment as stored (UTC, with or without its mark) in the zone in which it is shown."""
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(_zone())


def day(value: dt.date | dt.datetime | None, length: str = "long") -> str:
    """A date in the reader's form: 24. maj 2027, 24 May 2027."""
    if value is None:
        return ""
    return babel_dates.format_date(_local(value).date() if isinstance(value, dt.datetime) else value, length, _locale())


def clock(value: dt.datetime | None) -> str:
    """A time of day in the reader's form: 14.05, 14:05."""
    return "" if value is None else babel_dates.format_time(_local(value), "short", tzinfo=_zone(), locale=_locale())


def moment(value: dt.datetime | None, length: str = "medium") -> str:
    """A date with its time of day in the reader's form."""
    return "" if value is None else f"{day(value, length)} {clock(value)}"


def number(value: int | float | None) -> str:
    """A number with the reader's separators."""
    return "" if value is None else babel_numbers.format_decimal(value, locale=_locale())
