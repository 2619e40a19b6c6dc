"""Reference data that forms offer: general classification lists."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.extensions import db
from app.models import ClassificationEntry, ClassificationList, Country, ListScope


def general_entries() -> Sequence[ClassificationEntry]:
    """The entries of general lists that can be chosen today, by list, in one statement."""
    return db.session.scalars(
        select(ClassificationEntry)
        .join(ClassificationEntry.list)
        .where(ClassificationList.scope == ListScope.general, ClassificationEntry.active.is_(True))
        .options(contains_eager(ClassificationEntry.list))
        .order_by(ClassificationList.position, ClassificationEntry.position)
    ).all()


def languages_of(country_code: str | None) -> list[str]:
    """The languages in which bodies of the country have titles: its own, then English."""
    country = db.session.get(Country, country_code) if country_code else None
    own = country.languages if country else []
    return list(dict.fromkeys([*own, "en"]))
