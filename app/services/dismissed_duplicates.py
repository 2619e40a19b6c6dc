"""A body that looks like another is brought in only when who acts has said that it is another (R9)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from app.errors import Conflict
from app.i18n import _l
from app.policy.actor import Actor
from app.services import duplicates
from app.services.registration_details import RegistrationDetails

NOT_SAID = _l("See whether the authority is one of those above. If it is none of them, tick that, and go on then.")
NEW_DUPLICATES = _l(
    "Meanwhile another authority looks like this one: it is among those above now. If yours is none of them, tick that"
    " again."
)


def said_to_be_others(
    actor: Actor, details: RegistrationDetails, not_the_same: Collection[uuid.UUID], *, but: int | None = None
) -> list[uuid.UUID]:
    """The likely duplicates, all of which were said to be others; Conflict where there is one that was not.

    `not_the_same` are those that were shown and said to be others; `but`: the number of the authority itself.
    """
    found = [match.public_id for match in duplicates.likely(actor, details, but=but)]
    if set(found) <= set(not_the_same):
        return found
    raise Conflict(NEW_DUPLICATES if not_the_same else NOT_SAID, "not_the_same")


def as_logged(dismissed: Collection[uuid.UUID]) -> dict[str, list[str]]:
    """What the log tells of those that were said to be others."""
    return {"not_the_same": sorted(str(number) for number in dismissed)}
