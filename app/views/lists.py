"""Lists over FAB's data model: its columns, order and paging, in the actor's scope, with filters of each request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from flask_appbuilder import ModelView
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.urltools import get_order_args
from flask_appbuilder.widgets import ListWidget

from app.views.base import ImiView

PAGE_SIZE = 25
# What the address of a list may hold for its order and page: `takes(query=("q", *QUERY), numbers=NUMBERS)`.
NUMBERS = ("page_{view}",)
QUERY = ("_oc_{view}", "_od_{view}", *NUMBERS)


class ImiListWidget(ListWidget):
    """FAB's list, drawn with a row of the view's own."""


class ListView(ImiView, ModelView):
    """A list that only reads. FAB's writing routes are not registered, and its search form is not used.

    FAB keeps one object of filters for all requests of a process; here each request makes its own (`fresh_filters`).
    """

    include_route_methods = {"list"}
    method_permission_name = {"list": "read"}
    page_size = PAGE_SIZE
    row_template = ""
    selected: Sequence[str] = ()
    form_columns: Sequence[str] = ()
    base_order: tuple[str, str] = ("id", "asc")

    def __init__(self, **kwargs: Any) -> None:
        # FAB makes forms and filters for every column it is not told about, and complains of those it does not know.
        known = list(self.form_columns or self.list_columns)
        self.add_columns = self.edit_columns = self.show_columns = self.search_columns = known
        super().__init__(**kwargs)

    def fresh_filters(self) -> Filters:
        """The view's scope, and nothing another request has set."""
        return self._base_filters.copy()

    def rows(self, filters: Filters) -> tuple[int, int, list[Any]]:
        """Count, page and rows of the page asked for; what the address says beyond what there is, is the first page."""
        page = self.page_number()
        count, found = self._read(filters, page)
        if count and not found:
            page, found = 0, self._read(filters, 0)[1]
        return count, page, found

    def _read(self, filters: Filters, page: int) -> tuple[int, list[Any]]:
        column, direction = self.order()
        found: tuple[int, list[Any]] = self.datamodel.query(
            filters, column, direction, page=page, page_size=self.page_size, select_columns=list(self.selected)
        )
        return found

    def order(self) -> tuple[str, str]:
        """The column to sort by; an unknown one is as none."""
        column, direction = get_order_args().get(type(self).__name__, self.base_order)
        if column not in self.order_columns or direction not in ("asc", "desc"):
            return self.base_order
        return column, direction

    def page_number(self) -> int:
        """The page asked for, from 0."""
        asked = request.args.get(f"page_{type(self).__name__}", "0")
        return min(int(asked), 1_000_000) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 0

    def list_widget_of(self, filters: Filters, *, unread: bool = False, **extra: Any) -> dict[str, Any]:
        """FAB's list widget over the rows of this request; over none where they are not to be read."""
        count, page, found = (0, 0, []) if unread else self.rows(filters)
        widget = ImiListWidget(
            label_columns=self.label_columns,
            include_columns=self.list_columns,
            value_columns=found,
            order_columns=self.order_columns,
            formatters_columns=self.formatters_columns,
            page=page,
            page_size=self.page_size,
            count=count,
            pks=[row.id for row in found],
            actions={},
            filters=filters,
            modelview_name=type(self).__name__,
            row_template=self.row_template,
            **extra,
        )
        return {"list": widget, "count": count, "rows": found}


def current_entry(name: str) -> None:
    """Say which entry of the menu a page belongs to, where its address does not."""
    g.menu_current = name


def address_with(**changed: Any) -> str:
    """The address of the list shown with other values; its place among the pages is not kept.

    FAB's own filters hand all that stands in an address to `url_for`, which takes some of it for itself.
    """
    kept = {name: value for name, value in request.args.items() if name not in ("after", "before", "last")}
    query = urlencode(kept | changed)
    return f"{request.path}?{query}" if query else request.path


def link_order(column: str, view: str) -> str:
    """The list sorted by the column; the other way round if it is so already."""
    by_it = request.args.get(f"_oc_{view}") == column and request.args.get(f"_od_{view}") == "asc"
    return address_with(**{f"_oc_{view}": column, f"_od_{view}": "desc" if by_it else "asc"})


def link_page(page: int, view: str) -> str:
    """Another page of the list; pages count from 0."""
    return address_with(**{f"page_{view}": page})


def install_links(app: Flask) -> None:
    """Put ours in the place of FAB's."""
    app.jinja_env.filters.update(link_order=link_order, link_page=link_page)
