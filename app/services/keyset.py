"""Pages of a long list by the row they begin after, so that the last costs what the first does.

A list has an order: columns that together tell every row from every other, the last of them its number. A place is the
public number of a row in it; the rows after or before that one are found by the index of the order, however far down.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, tuple_, union_all

SIZE = 25
MOST_COUNTED = 1_000  # more are "more than 1,000": to count all of a million takes longer than to show them


@dataclass(frozen=True)
class Place:
    """Where a page stands: at the beginning, after or before a row, or at the end."""

    after: uuid.UUID | None = None
    before: uuid.UUID | None = None
    last: bool = False

    @property
    def is_first(self) -> bool:
        return not (self.after or self.before or self.last)

    @property
    def is_backwards(self) -> bool:
        return self.last or self.before is not None


FIRST = Place()


@dataclass(frozen=True)
class Order:
    """The columns of the order, all in one direction; `of_row`: those of the tables, where these are copies."""

    columns: tuple[Any, ...]
    descending: bool = False
    of_row: tuple[Any, ...] = ()

    def by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """As ORDER BY takes it; backwards for what is read from the end."""
        return [column.desc() if self.descending is not backwards else column.asc() for column in self.columns]


@dataclass(frozen=True)
class Page:
    """The rows shown, and from which row one goes on and back; None where there is nothing further."""

    rows: Sequence[Any]
    previous: uuid.UUID | None
    next: uuid.UUID | None


@dataclass(frozen=True)
class Found:
    """A page of a list, and how many rows it has in all, counted up to `MOST_COUNTED` and one."""

    page: Page
    count: int


NOTHING = Found(Page((), None, None), 0)


def found_at(place: Place, read: Callable[[Place], Found]) -> Found:
    """The page that is asked for, else the first: where the row it begins after is gone, or nothing comes before it."""
    found = read(place)
    is_short = place.before is not None and found.page.previous is None
    return read(FIRST) if not place.is_first and (is_short or not found.page.rows) else found


@dataclass(frozen=True)
class Whole:
    """The rows of a list from where their number is soon known, and how many of them are few."""

    found: Select[Any]
    few: int = MOST_COUNTED


def ids(found: Select[Any], order: Order, place: Place, row: Any) -> Select[Any]:
    """The rows of a page, and one more: `found` selects their numbers, `row` those of the one the place names.

    `row` gives the order's columns, in the reader's scope: a number from elsewhere is as unknown as any (R70).
    """
    reached = place.after or place.before
    if reached is not None:
        found = found.where(_beyond(order, row, descending=order.descending is not place.is_backwards))
    return found.order_by(*order.by(backwards=place.is_backwards)).limit(SIZE + 1)


def _beyond(order: Order, row: Select[Any], *, descending: bool) -> ColumnElement[bool]:
    """Rows behind that one. The first column is compared by itself too: by it the index is entered."""
    at = [row.with_only_columns(column).scalar_subquery() for column in order.of_row or order.columns]
    first, whole = order.columns[0], tuple_(*order.columns)
    if descending:
        return and_(first <= at[0], whole < tuple_(*at))
    return and_(first >= at[0], whole > tuple_(*at))


def page(rows: Sequence[Any], place: Place) -> Page:
    """What was found, in the list's order; each row has its `public_id`."""
    more, shown = len(rows) > SIZE, list(rows[:SIZE])
    if place.is_backwards:
        shown.reverse()
    if not shown:
        return Page((), None, None)
    goes_back = more if place.is_backwards else place.after is not None
    goes_on = place.before is not None if place.is_backwards else more
    return Page(shown, shown[0].public_id if goes_back else None, shown[-1].public_id if goes_on else None)


def read(
    found: Select[Any], order: Order, place: Place, row: Any, whole: Whole | None = None
) -> tuple[Select[Any], ColumnElement[int]]:
    """The numbers of a page (`ids`), and how many rows there are (`counted`).

    Few of the `whole` are read and sorted: along the order, one might pass all others before the last of them is met.
    Many are met soon along the order, and would take long to sort.
    """
    if whole is None:
        return ids(found, order, place, row), counted(found, place)
    names = [f"order_{number}" for number in range(len(order.columns))]
    copies = [column.label(name) for column, name in zip(order.columns, names, strict=True)]
    hits = whole.found.add_columns(*copies).limit(whole.few + 1).cte("hits")
    number = select(func.count()).select_from(hits).scalar_subquery()
    copied = Order(tuple(hits.c[name] for name in names), order.descending, order.columns)
    few = ids(select(hits.c.id).where(number <= whole.few), copied, place, row)
    many = ids(found.where(number > whole.few), order, place, row)
    parts = [select(part.subquery()) for part in (few, many)]  # SQLite takes no order inside of a union
    return select(union_all(*parts).subquery()), number


def counted(found: Select[Any], place: Place) -> ColumnElement[int]:
    """How many there are, counted up to one more than is told; a column, so that it costs no statement of its own.

    A first page that holds all is not counted again: what is rare was looked for in every row already.
    """
    some = found.order_by(None).limit(MOST_COUNTED + 1).subquery()
    whole = select(func.count()).select_from(some).scalar_subquery()
    here = func.count().over()
    return case((here <= SIZE, here), else_=whole) if place.is_first else whole
