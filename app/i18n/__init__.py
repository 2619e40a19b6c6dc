"""Words in the reader's language. English sentences are the message ids; catalogues stand under `translations/`."""

from __future__ import annotations

import flask_babel


def _(message: str, /, **values: object) -> str:
    """The sentence in the language of this request, with its values."""
    return str(flask_babel.gettext(message, **values))


def _l(message: str, /, **values: object) -> object:
    """The sentence, translated when it is shown: for what is made before the language is known."""
    lazy: object = flask_babel.lazy_gettext(message, **values)
    return lazy


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """The sentence for one or for several, as the language counts."""
    return str(flask_babel.ngettext(singular, plural, number, **values))


__all__ = ["_", "_l", "ngettext"]
