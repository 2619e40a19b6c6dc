"""What is known of an authority, in the words of its tabs and of its print sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.i18n import _
from app.i18n import passwords as password_words
from app.i18n.things import ACCESS_STATUS, LOG_IN_STATUS, MODULE_ROLE, SETTING, language, language_name
from app.models import AccessManagerLink, Authority, ClassificationEntry, ImiUser, ModuleAccess, name_in
from app.services import users
from app.views.identifiers_in_words import identifier_text
from app.views.readers_form import day


def details(authority: Authority) -> dict[str, Any]:
    """Names, titles and contact details; its texts and country are read already."""
    return {
        "official_name": authority.official_name,
        "titles": [(language_name(text.language), text.title) for text in authority.texts if text.title],
        "descriptions": [
            (language_name(text.language), text.description) for text in authority.texts if text.description
        ],
        "phone": authority.phone,
        "phone_url": "tel:" + "".join(sign for sign in authority.phone if sign.isdigit() or sign == "+"),
        "email": authority.email,
        "website": authority.website,
        "street": authority.street,
        "postal_code": authority.postal_code,
        "city": authority.city,
        "country_name": country(authority),
        "working_languages_text": ", ".join(language_name(code) for code in authority.working_languages),
        "external_text": identifier_text(
            authority.country_code, authority.identifier_scheme, authority.identifier_value
        ),
    }


def public_details(authority: Authority) -> dict[str, Any]:
    """What everybody may know of it: not its number in another register (R21)."""
    return details(authority) | {"external_text": ""}


def country(authority: Authority) -> str:
    """The name of its country, in the reader's language."""
    return name_in(authority.country.names, language()) if authority.country else ""


def classification(entries: Sequence[ClassificationEntry]) -> list[tuple[str, list[str]]]:
    """Its entries by the names of their lists."""
    reads = language()
    lists: dict[str, list[str]] = {}
    for entry in entries:
        lists.setdefault(name_in(entry.list.names, reads), []).append(name_in(entry.names, reads))
    return list(lists.items())


def access(row: ModuleAccess, coordinators: list[str]) -> dict[str, Any]:
    """Its access to one module: role, status, settings, coordinators, since."""
    reads = language()
    return {
        "name": name_in(row.module.names, reads),
        "area": ", ".join(name_in(entry.names, reads) for entry in row.classification),
        "settings": ", ".join(str(word) for name, word in SETTING.items() if getattr(row, name)),
        "role": MODULE_ROLE[row.role],
        "status": ACCESS_STATUS[row.status],
        "coordinators": coordinators,
        "since": row.suspended_at or row.granted_at,
        "acts": [],
    }


def user(person: ImiUser, roles_text: str, acts: list[tuple[str, str]]) -> dict[str, Any]:
    """One of its users: name, states, roles; never the username (R44)."""
    return {
        "name": person.full_name,
        "email": person.email_address,
        "login": LOG_IN_STATUS["active" if person.first_log_in_at else "new"],
        "password": password_words.STATUS[users.password_status(person)],
        "is_administrator": person.is_administrator,
        "roles_text": roles_text,
        "acts": acts,
    }


def administrator(person: ImiUser) -> dict[str, Any]:
    """A user with administrator rights, and where to write to him."""
    return {"name": person.full_name, "lines": [person.email_address]}


def manager(link: AccessManagerLink) -> dict[str, Any]:
    """An access manager: since when, and where to ask (R29)."""
    reached = " · ".join(filter(None, [link.manager.email, link.manager.phone]))
    return {"name": link.manager.official_name, "lines": [_since(link.since), reached]}


def _since(moment: datetime) -> str:
    return _("since %(day)s", day=day(moment))


def meaning(authority: Authority, status: str) -> str:
    """What the status means (§3.1.3)."""
    if status == "deactivated":
        return _("The authority is deactivated and will be deleted on %(day)s.", day=day(authority.purge_on))
    if status == "suspended":
        return _("All its access to modules is suspended.")
    return _("The authority can be found by others and use the modules to which it has access.")
