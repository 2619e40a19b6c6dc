"""Lists of very many rows: narrowed, sorted, and turned over from row to row; all of it stands in the address."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any, TypeVar

from flask import request

from app.i18n import _, ngettext
from app.services.keyset import MOST_COUNTED, Page, Place
from app.views import way_back
from app.views.lists import ORDERED, ImiListWidget, ListView, address_with
from app.views.readers_form import number

# What the address of such a list may hold for its order and place: `takes(query=("q", *PLACED))`.
PLACES = ("after", "before", "last")
PLACED = (*ORDERED, *PLACES)
LONGEST_WORDS = 200

Kind = TypeVar("Kind", bound=StrEnum)


class LongListView(ListView):
    """A list whose rows a service reads: FAB gives its columns, labels and order."""

    begins_with: str | None = None  # what the list is asked for where nothing is said, if the way back needs it
    form_columns = ("id",)  # what is shown need be no column

    def asked_order(self) -> tuple[str, bool]:
        """The column to sort by, and whether from its end; an unknown one is as none."""
        column, direction = self.order()
        return column, direction == "desc"

    def widget_of(self, page: Page, count: int, **extra: Any) -> ImiListWidget:
        """FAB's list widget over a page that was read."""
        return ImiListWidget(
            label_columns=self.label_columns,
            include_columns=self.list_columns,
            value_columns=page.rows,
            order_columns=self.order_columns,
            formatters_columns={},
            page=0,
            page_size=self.page_size,
            count=count,
            pks=[row.id for row in page.rows],
            actions={},
            filters=None,
            modelview_name=type(self).__name__,
            row_template=self.row_template,
            steps=steps(page),
            left=way_back.left_behind(self.begins_with),
            **extra,
        )


def asked_place() -> Place:
    """Where the page stands that is asked for; what the address says beyond that is as nothing."""
    after, before = (public_id_in(name) for name in ("after", "before"))
    if after:
        return Place(after=after)
    return Place(before=before) if before else Place(last=request.args.get("last") == "yes")


def public_id_in(name: str) -> uuid.UUID | None:
    """A public number in the address; what is none is as nothing."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def steps(page: Page) -> dict[str, str | None]:
    """The ways on and back; None where there is nothing further."""
    return {
        "first": address_with() if page.previous else None,
        "previous": address_with(before=page.previous) if page.previous else None,
        "next": address_with(after=page.next) if page.next else None,
        "last": address_with(last="yes") if page.next else None,
    }


def words_in(name: str) -> str:
    """What was typed into a box of the filters."""
    return request.args.get(name, "")[:LONGEST_WORDS]


def one_of(name: str, kind: type[Kind]) -> Kind | None:
    """What was chosen in a filter; an unknown value is as none."""
    asked = request.args.get(name, "")
    return kind(asked) if asked in set(kind) else None


def counted_authorities(count: int) -> str:
    """How many authorities a list has, as far as they are counted."""
    if count > MOST_COUNTED:
        return _("More than %(count)s authorities", count=number(MOST_COUNTED))
    return ngettext("%(count)s authority", "%(count)s authorities", count, count=number(count))


def counted_users(count: int) -> str:
    """How many users a list has, as far as they are counted."""
    if count > MOST_COUNTED:
        return _("More than %(count)s users", count=number(MOST_COUNTED))
    return ngettext("%(count)s user", "%(count)s users", count, count=number(count))
