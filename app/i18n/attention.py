"""Why an authority needs somebody, in words. Keyed by `services.attention.Attention`."""

from __future__ import annotations

from app.i18n import _l, ngettext

# As a filter of the list says it: "Show: …".
FILTER: dict[str, object] = {
    "no_administrator": _l("Without an administrator"),
    "password_problems": _l("With users who cannot sign in"),
    "no_coordinator": _l("With a module that lacks a coordinator"),
    "removed_soon": _l("Deleted within 30 days"),
    "username_waits": _l("With a username to pass on"),
    "one_administrator": _l("With one administrator only"),
    "no_modules": _l("Without access to modules"),
    "not_confirmed": _l("With details not confirmed for long"),
}
# What to do about it, under the number.
ADVICE: dict[str, object] = {
    "no_administrator": _l("Nobody there can keep the data and the users up to date."),
    "password_problems": _l("A blocked password, or a temporary one that has expired, must be reset."),
    "no_coordinator": _l("Choose a coordinator for the module, or suspend the access to it."),
    "removed_soon": _l("The day stands on the tab Management information."),
    "username_waits": _l("Pass it on by telephone: without it the first user cannot sign in."),
    "one_administrator": _l("There should be two, so that one can help if the other cannot."),
    "no_modules": _l("They cannot exchange information before they have access to a module."),
    "not_confirmed": _l("Ask an administrator there to look through them, or confirm them yourself."),
}
URGENT = frozenset({"no_administrator", "password_problems", "no_coordinator", "removed_soon"})


def authorities_in_words(why: str, count: int, number: str) -> str:
    """What waits, as a sentence; `number` is the count in the reader's form."""
    match why:
        case "no_administrator":
            said = ngettext(
                "%(number)s authority has no administrator",
                "%(number)s authorities have no administrator",
                count,
                number=number,
            )
        case "password_problems":
            said = ngettext(
                "%(number)s authority has users who cannot sign in",
                "%(number)s authorities have users who cannot sign in",
                count,
                number=number,
            )
        case "no_coordinator":
            said = ngettext(
                "%(number)s authority has a module that lacks a coordinator",
                "%(number)s authorities have a module that lacks a coordinator",
                count,
                number=number,
            )
        case "removed_soon":
            said = ngettext(
                "%(number)s authority is deleted within 30 days",
                "%(number)s authorities are deleted within 30 days",
                count,
                number=number,
            )
        case "username_waits":
            said = ngettext(
                "%(number)s authority waits for the username of its first user",
                "%(number)s authorities wait for the username of their first user",
                count,
                number=number,
            )
        case "one_administrator":
            said = ngettext(
                "%(number)s authority has one administrator only",
                "%(number)s authorities have one administrator only",
                count,
                number=number,
            )
        case "not_confirmed":
            said = ngettext(
                "%(number)s authority has not confirmed its details for long",
                "%(number)s authorities have not confirmed their details for long",
                count,
                number=number,
            )
        case _:
            said = ngettext(
                "%(number)s authority has no access to modules",
                "%(number)s authorities have no access to modules",
                count,
                number=number,
            )
    return said


def users_in_words(count: int, number: str) -> str:
    """Users of one's own authority who need a new password."""
    return ngettext(
        "%(number)s user of your authority cannot sign in",
        "%(number)s users of your authority cannot sign in",
        count,
        number=number,
    )
