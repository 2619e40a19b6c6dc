"""*Koordinerede myndigheder*: the authorities an access manager finds, his own first (R20, R22)."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l
from app.i18n.attention import FILTER
from app.i18n.things import AUTHORITY_STATUS, MODULE_ROLE, language
from app.models import Authority, AuthorityKind, ModuleRole
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authority_export, authority_filters, authority_lists, keyset
from app.services.attention import Attention
from app.services.authority_filters import Choices, ShownStatus, Wanted, in_language, in_order
from app.views import exports
from app.views.base import Scope, too_many_searches
from app.views.lists import ORDERED
from app.views.long_lists import PLACED, LongListView, asked_place, counted_authorities, one_of, words_in

FILTERS = ("q", "mine", "show", "status", "module", "role", "manager", "classification", "country")


class CoordinatedAuthorityView(LongListView):
    """A list over FAB's model of authorities."""

    datamodel = SQLAInterface(Authority)
    route_base = "/coordinated-authorities"
    class_permission_name = Page.coordinated_authorities.value
    base_filters = [["id", Scope, Act.find_authorities]]
    list_columns = ["official_name", "city", "confirmed_at", "status"]
    order_columns = list(authority_lists.ORDERS)
    base_order = ("official_name", "asc")
    label_columns = {
        "official_name": _l("Name"),
        "city": _l("City"),
        "confirmed_at": _l("Data confirmed"),
        "status": _l("Status"),
    }
    row_template = "authority/list_row.html"

    @expose("/")
    @has_access
    @takes(query=(*FILTERS, *PLACED))
    def list(self) -> Any:
        """The list, narrowed to one's own authorities unless the address says otherwise."""
        offered = authority_filters.choices(words_in("classification"))
        wanted = asked(offered)
        wait = too_many_searches(looks=looks_for_words())
        found = keyset.NOTHING if wait else self._find(wanted)
        page = self.page(
            "authority/list.html",
            title=_("Coordinated authorities"),
            widgets={
                "list": self.widget_of(
                    found.page, found.count, status_of=status_of, **exports.offered("CoordinatedAuthorityView.export")
                )
            },
            lists=lists(),
            wanted=wanted,
            choices=_in_words(offered),
            reasons=FILTER,
            further=further_of(wanted),
            count_text=counted_authorities(found.count),
            **_when_empty(wanted, wait),
        )
        return page, (429 if wait else 200)

    def _find(self, wanted: Wanted) -> keyset.Found:
        order, place = self.asked_order(), asked_place()
        return authority_lists.find(reader(), Act.find_authorities, wanted, order, place, language())

    @expose("/export", methods=["POST"])
    @has_access
    @takes(query=(*FILTERS, *ORDERED), form=exports.FORM)
    def export(self) -> Any:
        """The whole list as a file, as it is narrowed and sorted."""
        wanted = asked(authority_filters.choices(words_in("classification")))
        export = authority_export.of(wanted, self.asked_order(), language())
        return exports.send(export, "LIMIT_EXPORTS", exports.address("CoordinatedAuthorityView.list"))


def asked(offered: Choices) -> Wanted:
    """What the address asks for; what is unknown in it is as nothing."""
    module, country = (request.args.get(name, "") for name in ("module", "country"))
    return Wanted(
        words=words_in("q"),
        mine=request.args.get("mine", "yes") != "no",
        why=one_of("show", Attention),
        status=one_of("status", ShownStatus),
        module=module if module in offered.modules else "",
        role=one_of("role", ModuleRole),
        manager=words_in("manager"),
        country=country if chooses_country() and country in offered.countries else "",
        entry_ids=offered.entry_ids,
    )


def further_of(wanted: Wanted) -> list[object]:
    """The further filters that narrow the list; what is unknown in an address does not."""
    typed = (words_in(name).strip() for name in ("manager", "classification"))
    return [each for each in (wanted.status, wanted.module, wanted.role, wanted.country, *typed) if each]


def looks_for_words() -> bool:
    """Whether the list is searched, which is counted, and not only turned over (R85)."""
    return any(words_in(name).strip() for name in ("q", "manager", "classification"))


def lists() -> list[tuple[str, str, str]]:
    """The two lists over the same authorities, as tabs; what is shared of the filters goes along."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("mine", "country") if request.args.get(name)}
    return [
        ("authorities", _("Authorities"), url_for("CoordinatedAuthorityView.list", **kept)),
        ("users", _("Users"), url_for("CoordinatedUserView.list", **kept)),
    ]


def status_of(row: Any) -> tuple[object, str]:
    """The status as it is shown, with its tone."""
    return AUTHORITY_STATUS[authority_lists.shown_status(row)]


def _in_words(offered: Choices) -> dict[str, dict[str, object]]:
    reads = language()
    words: dict[str, dict[str, object]] = {
        "status": {status.value: AUTHORITY_STATUS[status][0] for status in ShownStatus},
        "module": dict(in_language(offered.modules, reads)),
        "role": {role.value: MODULE_ROLE[role] for role in ModuleRole},
    }
    if chooses_country():
        words["country"] = dict(in_order(offered.countries, reads))
    return words


def chooses_country() -> bool:
    """Only the Commission finds authorities of more than one country."""
    return reader().authority_kind is AuthorityKind.commission


def _when_empty(wanted: Wanted, wait: str) -> dict[str, str]:
    if wait:
        return {"empty_title": _("Please wait a little"), "empty_text": wait}
    if wanted != Wanted(mine=wanted.mine):
        return {
            "empty_title": _("No authority fits your search"),
            "empty_text": (
                _("Write fewer words, or set Only my authorities to No.")
                if wanted.mine
                else _("Write fewer words, or register the authority if it is missing.")
            ),
        }
    if wanted.mine:
        return {
            "empty_title": _("You manage no authorities yet"),
            "empty_text": _("Authorities that you register have yours as access manager, and are listed here."),
        }
    return {"empty_title": _("There are no authorities yet"), "empty_text": _("Register the first one.")}
