"""*Myndigheder › Søg*: the active authorities of all countries, for everybody who is signed in (R21, R22)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l
from app.i18n.things import MODULE_ROLE, language
from app.models import Authority, ModuleRole, name_in
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authority_filters, authority_lists, keyset
from app.services.authority_filters import Choices, Wanted, in_language, in_order
from app.views.base import Scope, too_many_searches
from app.views.coordinated_authorities import looks_for_words
from app.views.long_lists import PLACED, LongListView, asked_place, counted_authorities, one_of, words_in

FILTERS = ("q", "country", "module", "role", "classification")


class FindAuthoritiesView(LongListView):
    """A list over FAB's model of authorities. It is the same for every reader, whatever else he may see of one."""

    datamodel = SQLAInterface(Authority)
    route_base = "/find-authorities"
    class_permission_name = Page.find_authorities.value
    base_filters = [["id", Scope, Act.search_authorities]]
    list_columns = ["official_name", "country", "city", "modules"]
    order_columns = list(authority_lists.ORDERS)
    base_order = ("official_name", "asc")
    label_columns = {
        "official_name": _l("Name"),
        "country": _l("Country"),
        "city": _l("City"),
        "modules": _l("Modules"),
    }
    row_template = "authority/found_row.html"

    @expose("/")
    @has_access
    @takes(query=(*FILTERS, *PLACED))
    def list(self) -> Any:
        """All of them in the order of their names, unless the address narrows them."""
        offered = authority_filters.choices(words_in("classification"))
        wanted = asked(offered)
        wait = too_many_searches(looks=looks_for_words())
        found = keyset.NOTHING if wait else self._find(wanted)
        page = self.page(
            "authority/find.html",
            title=_("Find authorities"),
            lead=_("Active authorities in all countries, and the modules to which they have access."),
            widgets={"list": self.widget_of(found.page, found.count, words_of=_words_of(found))},
            wanted=wanted,
            choices=_in_words(offered),
            further=[each for each in (wanted.role, words_in("classification").strip()) if each],
            count_text=counted_authorities(found.count),
            **_when_empty(wait),
        )
        return page, (429 if wait else 200)

    def _find(self, wanted: Wanted) -> keyset.Found:
        order, place = self.asked_order(), asked_place()
        return authority_lists.find(reader(), Act.search_authorities, wanted, order, place, language())


def asked(offered: Choices) -> Wanted:
    """What the address asks for; what is unknown in it is as nothing. Only access that is granted today counts."""
    module, country = (request.args.get(name, "") for name in ("module", "country"))
    return Wanted(
        words=words_in("q"),
        module=module if module in offered.modules else "",
        role=one_of("role", ModuleRole),
        country=country if country in offered.countries else "",
        entry_ids=offered.entry_ids,
        granted_only=True,
    )


def _words_of(found: keyset.Found) -> Any:
    """What tells a row in words; the modules of all rows are read at once."""
    reads, rows = language(), found.page.rows
    modules = authority_lists.modules_of(rows) if rows else {}

    def words_of(row: Any) -> dict[str, Any]:
        return {
            "country": name_in(row.country_names, reads) if row.country_names else "",
            "modules": [(name_in(names, reads), MODULE_ROLE[role]) for names, role in modules.get(row.id, [])],
        }

    return words_of


def _in_words(offered: Choices) -> dict[str, dict[str, object]]:
    reads = language()
    return {
        "country": dict(in_order(offered.countries, reads)),
        "module": dict(in_language(offered.modules, reads)),
        "role": {role.value: MODULE_ROLE[role] for role in ModuleRole},
    }


def _when_empty(wait: str) -> dict[str, str]:
    if wait:
        return {"empty_title": _("Please wait a little"), "empty_text": wait}
    return {
        "empty_title": _("No authority fits your search"),
        "empty_text": _(
            "Write fewer words, or only a part of one, or clear the filters. Only active authorities are found."
        ),
    }
