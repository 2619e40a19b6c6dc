"""Who sees a draft of a registration (R6): the same scope for lists, look-ups and acts (R70)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_

from app.models import RegistrationDraft
from app.policy.actor import Actor
from app.policy.authorities import may_register


def visible_drafts(actor: Actor) -> ColumnElement[bool]:
    """The drafts of the actor's own body that were kept, and what he himself has not finished.

    Nobody sees those of another body, be it of his own country: a draft is no registration yet, and in no one's reach.
    """
    if not may_register(actor):
        return false()
    return and_(
        RegistrationDraft.authority_id == actor.authority_id,
        RegistrationDraft.country_code == actor.country_code,
        or_(RegistrationDraft.kept.is_(True), RegistrationDraft.made_by_user_id == actor.user_id),
    )
