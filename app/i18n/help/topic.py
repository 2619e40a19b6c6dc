"""What a topic of the help is made of."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import _l

GROUPS = {
    "account": _l("Your account"),
    "registration": _l("Registration"),
    "authorities": _l("Authorities"),
    "operations": _l("Operations"),
}


@dataclass(frozen=True)
class Topic:
    """One page of help.

    `name` stands in its address; `group` under which heading it is listed; `page` is the page whose readers it is for,
    by the name of the table of rights, or "" where everybody may read it, signed in or not.
    """

    name: str
    group: str
    page: str
    title: object
    lead: object
    steps: tuple[object, ...]
    notes: tuple[object, ...] = ()
    see_also: tuple[str, ...] = ()
