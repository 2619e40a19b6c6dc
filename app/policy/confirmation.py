"""How long ago an authority's data were last known to be right: for one in hand, and for rows in the database (R93)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from app.clock import today
from app.models import Authority, AuthorityStatus
from app.policy.calendar import add_months, day_of, end_of, last_day_before


def known_right_at(authority: Authority) -> datetime:
    """When somebody last said so: at its registration, its validation, or the last confirmation.

    Who corrects one thing has not looked through the others, so that an edit alone does not count.
    """
    said = (authority.registered_at, authority.validated_at, authority.confirmed_at)
    return max(moment for moment in said if moment is not None)


def is_old(authority: Authority, months: int) -> bool:
    """Whether the same day so many months later has come; of active ones only."""
    active = authority.status is AuthorityStatus.active
    return active and add_months(day_of(known_right_at(authority)), months) <= today()


def old(months: int) -> ColumnElement[bool]:
    """The rows for which `is_old` holds."""
    active = Authority.status == AuthorityStatus.active
    return and_(active, Authority.registered_at < _since(months), not_since(months, "validated_at", "confirmed_at"))


def not_since(months: int, *names: str) -> ColumnElement[bool]:
    """The rows where none of these moments lies within so many months."""
    columns = [getattr(Authority, name) for name in names]
    return and_(*(or_(column.is_(None), column < _since(months)) for column in columns))


def _since(months: int) -> datetime:
    """The first moment that does not lie so many months back."""
    return end_of(last_day_before(today(), months))
