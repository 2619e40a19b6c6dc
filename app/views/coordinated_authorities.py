"""*Koordinerede myndigheder*: the authorities an access manager finds, his own first (R20)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l, ngettext
from app.i18n.attention import FILTER
from app.i18n.things import AUTHORITY_STATUS, language
from app.models import Authority
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.parameters import takes
from app.services import authorities
from app.services.attention import Attention
from app.views.base import Needing, OnlyMine, QuickSearch, Scope, too_many_searches
from app.views.lists import NUMBERS, QUERY, ListView
from app.views.readers_form import number


class CoordinatedAuthorityView(ListView):
    """A list over FAB's model of authorities."""

    datamodel = SQLAInterface(Authority)
    route_base = "/coordinated-authorities"
    class_permission_name = Page.coordinated_authorities.value
    base_filters = [["id", Scope, Act.find_authorities]]
    list_columns = ["official_name", "city", "status"]
    order_columns = ["official_name", "city"]
    selected = ("id", "public_id", "official_name", "official_name_key", "city", "status")
    base_order = ("official_name_key", "asc")
    label_columns = {"official_name": _l("Name"), "city": _l("City"), "status": _l("Status")}
    row_template = "authority/list_row.html"

    @expose("/")
    @has_access
    @takes(query=("q", "mine", "show", *QUERY), numbers=NUMBERS)
    def list(self) -> Any:
        """The list, narrowed to one's own authorities unless the address says otherwise."""
        mine = request.args.get("mine", "yes") != "no"
        words = request.args.get("q", "")[:200]
        why = _reason()
        filters = self.fresh_filters().add_filter_list(
            [["id", OnlyMine, mine], ["id", Needing, why], ["id", QuickSearch, words]]
        )
        wait = too_many_searches(looks=bool(words.strip()))
        widgets = self.list_widget_of(filters, unread=bool(wait), statuses=AUTHORITY_STATUS, titles={})
        widgets["list"].template_args["titles"] = authorities.titles_of(widgets["rows"], language())
        count = widgets["count"]
        page = self.page(
            "authority/list.html",
            title=_("Coordinated authorities"),
            widgets=widgets,
            mine=mine,
            show=why or "",
            reasons=FILTER,
            count_text=ngettext("%(count)s authority", "%(count)s authorities", count, count=number(count)),
            **_when_empty(mine, words or why, wait),
        )
        return page, (429 if wait else 200)


def _reason() -> Attention | None:
    """Why the authorities that are asked for need somebody; an unknown reason is as none."""
    asked = request.args.get("show", "")
    return Attention(asked) if asked in set(Attention) else None


def _when_empty(mine: bool, narrowed: str | None, wait: str) -> dict[str, str]:
    if wait:
        return {"empty_title": _("Please wait a little"), "empty_text": wait}
    if narrowed:
        return {
            "empty_title": _("No authority fits your search"),
            "empty_text": (
                _("Write fewer words, or set Only my authorities to No.")
                if mine
                else _("Write fewer words, or register the authority if it is missing.")
            ),
        }
    if mine:
        return {
            "empty_title": _("You manage no authorities yet"),
            "empty_text": _("Authorities that you register have yours as access manager, and are listed here."),
        }
    return {"empty_title": _("There are no authorities yet"), "empty_text": _("Register the first one.")}
