"""The way back from a page to the list it was opened from, as it was left: searched, sorted, turned over.

The list's own questions go along in the addresses of its rows, so that nothing is kept in the browser. They are read
again as any address of that list is, and lead nowhere else.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

from app.security.parameters import taken_by

LIST, USERS = "list", "users"  # the parameters, by the list they lead back to
LONGEST = 1_000  # a longer address is no way that somebody comes back by


def left_behind(otherwise: str | None = None) -> str | None:
    """What the list shown is asked for, for the addresses of its rows; for a list as it begins, what is given."""
    asked = request.query_string.decode()
    return asked if asked and len(asked) <= LONGEST else otherwise


def kept() -> dict[str, str]:
    """What came along, for the addresses of the pages beside this one."""
    return {name: request.args[name][:LONGEST] for name in (LIST, USERS) if request.args.get(name)}


def to_list(endpoint: str, name: str = LIST) -> str:
    """The address of the list as it was left; what it does not take is left out."""
    known = taken_by(endpoint).query
    asked = {key: value for key, value in parse_qsl(kept().get(name, "")) if key in known}
    return f"{url_for(endpoint)}?{urlencode(asked)}" if asked else url_for(endpoint)
