"""Likely duplicates on the pages of a registration: beside what is typed, and on the check page with their tick."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from app.security.acting import reader
from app.services import duplicates
from app.services.duplicates import Match
from app.services.registration_details import RegistrationDetails
from app.views import duplicates_in_words
from app.views.base import too_many_searches


def too_many_looks(details: RegistrationDetails) -> str:
    """Count a look that looks for something; the sentence to show where there have been too many (R85)."""
    return too_many_searches(looks=duplicates.names_them(details))


def drawn(details: RegistrationDetails, wait: str = "") -> Markup:
    """What likely duplicates there are; what is typed may be wrong in every way."""
    found = duplicates.likely(reader(), details) if not wait and duplicates.names_them(details) else []
    return duplicates_in_words.drawn(found, wait)


def counted(details: RegistrationDetails) -> Markup:
    """The same on a page that is drawn for another reason: it is a look too, and too many are told there (R85)."""
    return drawn(details, too_many_looks(details))


@dataclass(frozen=True)
class Asked:
    """What a page shows that asks whether the likely duplicates are others; `seen` carries them to its tick."""

    matches: list[Match]
    drawn: Markup
    seen: str


def asked(number: uuid.UUID, details: RegistrationDetails, *, but: int | None = None) -> Asked:
    """A look, counted (R85), for what has this number.

    After too many looks nothing is shown, and the tick is asked for later.
    `but`: the number of the authority itself.
    """
    wait = too_many_looks(details)
    matches = [] if wait else duplicates.likely(reader(), details, but=but)
    return Asked(matches, duplicates_in_words.drawn(matches, wait), seen(number, matches))


def seen(number: uuid.UUID, matches: list[Match]) -> str:
    """Which ones a page shows, as it carries them: only for this person, and for what has this number."""
    return str(_signer(number).dumps([str(match.public_id) for match in matches]))


def dismissed(number: uuid.UUID, form: Any) -> list[uuid.UUID]:
    """The likely duplicates that were on the page, if all of them were said to be others (R9)."""
    if not form.not_the_same.data:
        return []
    try:
        return [uuid.UUID(each) for each in _signer(number).loads(request.form.get("seen", ""))]
    except (BadSignature, ValueError, TypeError):
        return []


def _signer(number: uuid.UUID) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"seen {reader().user_id} {number}")
