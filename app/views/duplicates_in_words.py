"""Likely duplicates as they are shown: name, town, what it is, and what to do instead of registering (R8–R10)."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from markupsafe import Markup

from app.i18n import _
from app.i18n.duplicates import REASON
from app.services.duplicates import Contact, Match, MatchState
from app.views.readers_form import day


def drawn(matches: list[Match], wait: str = "") -> Markup:
    """The part of the page that shows them; nothing where there are none. `wait`: there have been too many looks."""
    found = render_template(
        "authority/duplicates.html",
        rows=[row(match) for match in matches],
        identical=any(match.is_identical for match in matches),
        wait=wait,
    )
    return Markup(found.strip())  # noqa: S704 (a template of ours has escaped what is in it)


def row(match: Match) -> dict[str, Any]:
    """What is told of one: its name and town, what it is, why it looks like it or whom to ask, and where to go."""
    return {
        "name": match.name,
        "city": match.city,
        "state": _state(match),
        "text": _text(match),
        "links": _links(match),
    }


def _state(match: Match) -> tuple[str, str] | None:
    """Only what may be told: of one outside one's reach, nothing."""
    return {
        MatchState.deactivated: (_("Deactivated"), "off"),
        MatchState.awaiting: (_("Awaits validation"), "warn"),
        MatchState.invited: (_("Invited"), "info"),
    }.get(match.state)


def _links(match: Match) -> list[tuple[str, str]]:
    """What the guide lists instead (R10), as far as the reader may do it."""
    number = match.public_id
    if match.state is MatchState.within_reach:
        return [
            (_("Grant access to a further module"), url_for("ModuleAccessView.choose", public_id=number)),
            (_("See its users"), url_for("AuthorityView.users", public_id=number)),
        ]
    if match.state is MatchState.deactivated:
        return [(_("See the authority"), url_for("AuthorityView.authority", public_id=number))]
    if match.is_handled and match.state is MatchState.awaiting:
        return [(_("See and validate the registration"), url_for("AwaitingValidationView.show", public_id=number))]
    if match.is_handled and match.state is MatchState.invited:
        return [(_("See the invitation"), url_for("InvitationsView.show", public_id=number))]
    return []


def _text(match: Match) -> str:
    if match.state is MatchState.within_reach:
        return " ".join(str(REASON[reason]) for reason in REASON if reason in match.reasons)
    if match.state is MatchState.deactivated:
        return _("It is deactivated. Do not register it again: it can be reactivated until it is deleted.")
    if match.state is MatchState.awaiting:
        return _awaiting(match.ask)
    return _invited(match) if match.state is MatchState.invited else _outside(match.ask)


def _awaiting(ask: Contact | None) -> str:
    if ask is None:
        return _("It has registered itself and awaits validation.")
    if ask.is_own:
        return _("It has registered itself and awaits validation by your authority.")
    return _(
        "It has registered itself and awaits validation. Ask %(name)s: %(how)s.", name=ask.name, how=_how_to_reach(ask)
    )


def _invited(match: Match) -> str:
    ask, when = match.ask, day(match.invited_at) if match.invited_at else ""
    if ask is None:
        return _("It has been invited to register itself.")
    if ask.is_own:
        return _("Your authority invited it on %(day)s to register itself.", day=when)
    told = {"name": ask.name, "how": _how_to_reach(ask)}
    if when:
        return _("%(name)s invited it on %(day)s to register itself. Ask there: %(how)s.", day=when, **told)
    return _("It has been invited to register itself. Ask %(name)s: %(how)s.", **told)


def _outside(ask: Contact | None) -> str:
    if ask is None:
        return _("You do not manage its access. Ask the national coordinator.")
    return _(
        "You do not manage its access. Ask its access manager %(name)s: %(how)s.",
        name=ask.name,
        how=_how_to_reach(ask),
    )


def _how_to_reach(ask: Contact) -> str:
    """Its telephone; its e-mail address where it has none."""
    return ask.phone or ask.email
