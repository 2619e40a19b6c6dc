"""Words in the reader's language. English sentences are the message ids; catalogues stand under `translations/`."""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import current_app, g, has_app_context
from flask_babel.speaklater import LazyString


def catalogue() -> Any:
    """The sentences in the language of this request.

    Flask-Babel's own way to them takes longer than all else that is done with a sentence, and a page has a hundred.
    """
    locale = _locale()
    if locale is None:  # no application: English
        return flask_babel.get_translations()
    known = current_app.extensions.setdefault("catalogues", {})  # each application has its own folders of translations
    if locale.language not in known:
        known[locale.language] = flask_babel.get_translations()
    return known[locale.language]


def _locale() -> Any:
    """Where Flask-Babel has put it for this request, which asks at each sentence anew what a request is."""
    here = g._get_current_object() if has_app_context() else None
    return getattr(getattr(here, "_flask_babel", None), "babel_locale", None) or flask_babel.get_locale()


def _(message: str, /, **values: object) -> str:
    """The sentence in the language of this request, with its values."""
    text = str(catalogue().ugettext(message))
    return text % values if values else text


def _l(message: str, /, **values: object) -> object:
    """The sentence, translated when it is shown: for what is made before the language is known."""
    return LazyString(_, message, **values)


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The sentence for one or for several, as the language counts."""
    return str(catalogue().ungettext(singular, plural, number)) % {"num": number, **values}


__all__ = ["_", "_l", "catalogue", "ngettext"]
