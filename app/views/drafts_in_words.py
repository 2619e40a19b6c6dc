"""Drafts of a registration in words: whose, since when, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for

from app.i18n import _
from app.models import RegistrationDraft
from app.views.readers_form import moment
from app.views.registration_form import SAID_OF_DUPLICATES, RegistrationForm, answer


def listed(drafts: Iterable[RegistrationDraft]) -> list[dict[str, Any]]:
    """Drafts for the list, each with where it leads."""
    return [
        {
            "name": draft.official_name or _("Without a name"),
            "said": saved_words(draft),
            "edit_url": url_for("RegistrationDraftsView.edit", public_id=draft.public_id),
            "discard_url": url_for("RegistrationDraftsView.discard", public_id=draft.public_id),
            "kept": draft.kept,
        }
        for draft in drafts
    ]


def saved_words(draft: RegistrationDraft) -> str:
    """Who changed it last, and when."""
    words = {"name": by(draft), "moment": moment(draft.changed_at)}
    if draft.kept:
        return _("Draft, saved by %(name)s on %(moment)s.", **words)
    return _("Not finished yet. Only you see it. Last changed on %(moment)s.", **words)


def by(draft: RegistrationDraft) -> str:
    """Who changed it last, who may have left since."""
    return draft.changed_by.full_name if draft.changed_by else _("a former user")


def differences(theirs: RegistrationForm, mine: RegistrationForm) -> list[tuple[str, str, str]]:
    """The fields in which they differ: label, their answer, mine."""
    apart = ("csrf_token", SAID_OF_DUPLICATES)  # no draft holds these
    labelled = [field for field in mine if field.short_name not in apart and field.short_name in theirs]
    pairs = [(str(field.label.text), answer(theirs[field.short_name]), answer(field)) for field in labelled]
    return [(label, one, other) for label, one, other in pairs if one != other]
