"""Kinds, states and roles of things in words, with the tone in which a state is shown."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError
from flask_babel import get_locale

from app.i18n import _l

# Keyed by the values of the enumerations in app.models.
AUTHORITY_STATUS: dict[str, tuple[object, str]] = {
    "draft": (_l("Draft"), "off"),
    "awaiting_validation": (_l("Awaiting validation"), "info"),
    "returned": (_l("Returned"), "warn"),
    "rejected": (_l("Rejected"), "error"),
    "lapsed": (_l("Lapsed"), "off"),
    "active": (_l("Active"), "ok"),
    "suspended": (_l("Suspended"), "warn"),
    "deactivated": (_l("Deactivated"), "error"),
}
AUTHORITY_KIND: dict[str, object] = {
    "commission": _l("European Commission"),
    "nimic": _l("National IMI coordinator (NIMIC)"),
    "authority": _l("Authority"),
}
ACCESS_STATUS: dict[str, tuple[object, str]] = {
    "granted": (_l("Granted"), "ok"),
    "suspended": (_l("Suspended"), "warn"),
}
MODULE_ROLE: dict[str, object] = {"authority": _l("Authority"), "coordinator": _l("Coordinator")}
MODULE_TYPE: dict[str, object] = {
    "request": _l("Requests"),
    "notification": _l("Notifications"),
    "alert": _l("Alerts"),
    "repository": _l("Repository"),
    "case": _l("Cases"),
    "public_interface": _l("Public interface"),
}
SETTING: dict[str, object] = {"approval": _l("Approval"), "refusal": _l("Refusal"), "allocation": _l("Allocation")}
# Keyed by the values of services.outgoing_mails.Progress: word, tone, and what it means where something is to be done.
MAIL_PROGRESS: dict[str, tuple[object, str, object]] = {
    "on_its_way": (_l("On its way"), "info", ""),
    "sent": (_l("Sent"), "ok", ""),
    "late": (
        _l("Waits"),
        "warn",
        _l("The mail with the temporary password waits for the mail server. It is sent again by itself."),
    ),
    "undelivered": (
        _l("Not delivered"),
        "error",
        _l("The mail with the temporary password could not be delivered. Ask the user whether the address is right."),
    ),
}
# Keyed by the values of models.PassedOnHow.
PASSED_ON_HOW: dict[str, object] = {
    "telephone": _l("By telephone"),
    "in_person": _l("In person"),
    "by_letter": _l("By letter"),
    "other_channel": _l("By another secure channel, but not by e-mail"),
}
LOG_IN_STATUS: dict[str, tuple[object, str]] = {"new": (_l("New"), "info"), "active": (_l("Active"), "ok")}


def language() -> str:
    """The reader's language, as names of things are keyed by it."""
    locale = get_locale()
    return locale.language if locale else "da"


def language_name(code: str) -> str:
    """The name of a language in the reader's own; the code itself where Babel knows none."""
    try:
        return Locale.parse(code).get_display_name(language()) or code
    except (UnknownLocaleError, ValueError):
        return code
