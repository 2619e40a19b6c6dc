"""Reference data that forms offer: general classification lists, and modules that take authorities today."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app import clock
from app.extensions import db
from app.models import ClassificationEntry, ClassificationList, Country, ListScope, Module


def general_entries() -> Sequence[ClassificationEntry]:
    """The entries of general lists that can be chosen today, by list, in one statement."""
    return _general_entries(ClassificationEntry.active.is_(True))


def retired_entries() -> Sequence[ClassificationEntry]:
    """The entries of general lists that are offered no more."""
    return _general_entries(ClassificationEntry.active.is_(False))


def _general_entries(*which: ColumnElement[bool]) -> Sequence[ClassificationEntry]:
    return db.session.scalars(
        select(ClassificationEntry)
        .join(ClassificationEntry.list)
        .where(ClassificationList.scope == ListScope.general, *which)
        .options(contains_eager(ClassificationEntry.list))
        .order_by(ClassificationList.position, ClassificationEntry.position)
    ).all()


def open_modules() -> Sequence[Module]:
    """The modules that take authorities today, with their areas (R41)."""
    found = select(Module).where(is_open_today()).options(joinedload(Module.area)).order_by(Module.position)
    return db.session.scalars(found).all()


def is_open_today() -> ColumnElement[bool]:
    """Whether a module takes authorities today."""
    day = clock.today()
    return and_(Module.active_from <= day, or_(Module.retired_from.is_(None), Module.retired_from > day))


def spoken_languages() -> list[str]:
    """The languages of all countries, in which an authority may work."""
    found = {code for languages in db.session.scalars(select(Country.languages)) for code in languages}
    return sorted({*found, "en"})


def languages_of(country_code: str | None) -> list[str]:
    """The languages in which bodies of the country have titles: its own, then English."""
    country = db.session.get(Country, country_code) if country_code else None
    own = country.languages if country else []
    return list(dict.fromkeys([*own, "en"]))
