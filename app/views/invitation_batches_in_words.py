"""What becomes, and has become, of each row of many invitations, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.i18n import _, ngettext
from app.i18n.things import language_name
from app.services.invitation_batches import BatchRow
from app.services.registration_details import NAME_LENGTH
from app.settings import setting
from app.views import duplicates_in_words
from app.views.invitation_batch_sending import Outcome, Result

State = tuple[str, str]  # a word, and the tone in which it is shown


def preview_rows(rows: Sequence[BatchRow]) -> list[dict[str, Any]]:
    """The rows of the preview; `tick`: its line, where it may be said to be another."""
    return [
        {
            **_told(row),
            "state": _state(row),
            "said": row.problems,
            "matches": [duplicates_in_words.row(match) for match in row.likely],
            "alike": [(other.pasted.line, _readable(other.pasted.name)) for other in row.alike],
            "tick": row.pasted.line if row.shown and not row.problems else None,
        }
        for row in rows
    ]


def _told(row: BatchRow) -> dict[str, Any]:
    code = row.wishes.language
    return {
        "line": row.pasted.line,
        "name": _readable(row.pasted.name),
        "email": _readable(row.pasted.email),
        "language": language_name(code) if code in setting("LANGUAGES") else "",
        "unknown_language": "" if code in setting("LANGUAGES") else _readable(code),
    }


def _readable(text: str) -> str:
    """As far as it can be shown: what is wrong with it is told beside it."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:NAME_LENGTH])
    return f"{shown}…" if len(text) > NAME_LENGTH else shown


def _state(row: BatchRow) -> State:
    if row.problems:
        return _("Must be corrected"), "error"
    if row.is_sent:
        return _("Sent already"), "off"
    return (_("May be there already"), "warn") if row.shown else (_("Will be sent"), "ok")


def preview_sentences(rows: Sequence[BatchRow]) -> list[str]:
    """How many rows there are of each kind."""
    wrong = sum(bool(row.problems) for row in rows)
    before = sum(row.is_sent for row in rows)
    held = sum(bool(row.shown) and not row.problems for row in rows)
    ready = len(rows) - wrong - before - held
    counted = [
        (ready, ngettext("%(num)s invitation will be sent.", "%(num)s invitations will be sent.", ready)),
        (
            held,
            ngettext(
                "%(num)s authority may be there already: it is invited only if you tick that it is another.",
                "%(num)s authorities may be there already: they are invited only if you tick that they are others.",
                held,
            ),
        ),
        (
            wrong,
            ngettext(
                "%(num)s row must be corrected, and is not sent.",
                "%(num)s rows must be corrected, and are not sent.",
                wrong,
            ),
        ),
        (before, ngettext("%(num)s has been sent already.", "%(num)s have been sent already.", before)),
    ]
    return [sentence for number, sentence in counted if number]


def result_rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The rows with what has become of them."""
    return [{**_told(result.row), "state": _outcome(result), "said": _said(result)} for result in results]


def _outcome(result: Result) -> State:
    return {
        Outcome.sent: (_("Sent"), "ok"),
        Outcome.sent_before: (_("Sent already"), "off"),
        Outcome.refused: (_("Not sent"), "error"),
        Outcome.held_back: (_("Not sent"), "warn"),
        Outcome.later: (_("Not sent yet"), "info"),
    }[result.outcome]


def _said(result: Result) -> tuple[object, ...]:
    if result.outcome is Outcome.held_back:
        return (_("It may be there already, and you did not tick that it is another."),)
    return result.said


def result_title(results: Sequence[Result]) -> str:
    """How many have been sent, and how many have not."""
    sent = sum(result.outcome is Outcome.sent for result in results)
    if not sent and all(result.is_done for result in results):
        return _("The invitations have been sent already")
    if not sent:
        return _("No invitation has been sent")
    return ngettext("%(num)s invitation has been sent", "%(num)s invitations have been sent", sent)
