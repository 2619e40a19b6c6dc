"""Exports in words: what the files are called, and the filters that narrowed a list, as the log tells them."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import format_decimal

from app.i18n import _, _l
from app.i18n import passwords as password_words
from app.i18n.attention import FILTER
from app.i18n.invitations import STATUS as INVITATION_STATUS
from app.i18n.things import AUTHORITY_STATUS, LOG_IN_STATUS, MODULE_ROLE, language

# Keyed by the values of services.exports.What: what stands before the day in a file's name, in letters of ASCII.
FILES: dict[str, object] = {
    "authorities": _l("authorities"),
    "users": _l("users"),
    "invitations": _l("invitations"),
}
# The sheet in a file for Excel.
SHEETS: dict[str, object] = {
    "authorities": _l("Authorities"),
    "users": _l("Users"),
    "invitations": _l("Registration invitations"),
}
YES_OR_NO: dict[bool, object] = {True: _l("Yes"), False: _l("No")}

_YES: Mapping[str, object] = {"yes": _l("Yes"), "no": _l("No")}
_USED: Mapping[str, object] = {"yes": _l("used")}  # what was typed may be a name, or even a username (R44)


def _first(states: Mapping[str, tuple[object, str]]) -> dict[str, object]:
    return {key: word for key, (word, _tone) in states.items()}


# By the name under which the log keeps a filter: its label, and its values in words; codes stand for themselves.
FILTERS: dict[str, tuple[object, Mapping[str, object]]] = {
    "mine": (_l("Only my authorities"), _YES),
    "words": (_l("Search words"), _USED),
    "show": (_l("Show"), FILTER),
    "status": (_l("Status"), _first(AUTHORITY_STATUS)),
    "state": (_l("Status"), {**_first(INVITATION_STATUS), "soon": _l("Expires soon")}),
    "login": (_l("Log-in"), _first(LOG_IN_STATUS)),
    "password": (_l("Password"), _first(password_words.STATUS)),
    "administrators": (_l("Administrators only"), _YES),
    "module": (_l("Module"), {}),
    "role": (_l("Role in a module"), MODULE_ROLE),
    "country": (_l("Country"), {}),
}


def filters_in_words(filters: Mapping[str, str]) -> str:
    """The filters, each with its value; one that this version does not know stands as it was kept."""
    said = []
    for name, value in filters.items():
        label, words = FILTERS.get(name, (name, {}))
        said.append(f"{label}: {words.get(value, value)}")
    return ", ".join(said) or _("none")


def too_many(kind: str, most: int) -> str:
    """Why a list is not exported, and what to do instead."""
    said = format_decimal(most, locale=language())
    if kind == "xlsx":
        return _(
            "The list has more than %(most)s rows, which is too much for Excel. Narrow it, or choose CSV.", most=said
        )
    return _(
        "The list has more than %(most)s rows, which is too much for one file. Narrow it by its filters.", most=said
    )
