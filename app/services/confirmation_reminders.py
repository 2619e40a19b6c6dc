"""Administrators are reminded of data that nobody has confirmed for long (R93, M17)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from app import clock
from app.extensions import db
from app.models import Authority, ImiUser
from app.policy import confirmation
from app.policy.calendar import day_of
from app.services import authorities, outgoing_mails
from app.settings import setting

BATCH = 50
KIND = "M17-unconfirmed"


def remind_some() -> int:
    """Write to the administrators of some authorities that are due, and note it; how many authorities, 0 at the end.

    One that is held by another is left to him, or to the next night. An authority without administrators is not
    noted: it is due on the day it has one.
    """
    due = _due()
    if not due:
        return 0
    for authority in due:
        _write_to(authority)
    told = update(Authority).where(Authority.id.in_([each.id for each in due]))
    # It moves no version: nobody's form is overtaken.
    db.session.execute(told.values(confirmation_reminded_at=clock.now()))
    return len(due)


def _due() -> Sequence[Authority]:
    """Data of so many months, and no reminder within so many: an unanswered one is repeated after the same time."""
    months, user = setting("CONFIRMATION_MONTHS"), aliased(ImiUser)
    administered = exists().where(
        user.authority_id == Authority.id, user.active.is_(True), user.is_administrator.is_(True)
    )
    return db.session.scalars(
        select(Authority)
        .where(confirmation.old(months), confirmation.not_since(months, "confirmation_reminded_at"), administered)
        .order_by(Authority.id)
        .limit(BATCH)
        .with_for_update(of=Authority, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _write_to(authority: Authority) -> None:
    """M17 to each administrator."""
    known = confirmation.known_right_at(authority)
    facts = {
        "authority": authority.official_name,
        "confirmed": known == authority.confirmed_at,
        "known_on": day_of(known),
        "public_id": authority.public_id,
    }
    for user in authorities.users_of(authority, administrators_only=True):
        outgoing_mails.order(
            KIND,
            to=user,
            recipient=user.email_address,
            language=user.language,
            authority_id=authority.id,
            facts={"name": user.full_name, **facts},
        )
