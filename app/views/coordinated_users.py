"""The second list of *Koordinerede myndigheder*: the users of the authorities an access manager finds (R20, R56)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l
from app.i18n import passwords as password_words
from app.i18n.exports import filters_in_words
from app.i18n.things import LOG_IN_STATUS, language
from app.models import ImiUser, name_in
from app.policy.matrix import Act
from app.policy.pages import Page
from app.policy.passwords import PasswordStatus
from app.security import limits, step_up
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authority_filters, keyset, user_export, user_lists, users
from app.services.authority_filters import Choices, in_language, in_order
from app.services.exports import Export, count_of
from app.services.keyset import MOST_COUNTED
from app.services.user_lists import LogIn, WantedUsers
from app.views import exports
from app.views.base import Scope, too_many_searches
from app.views.coordinated_authorities import chooses_country, lists
from app.views.lists import ORDERED, current_entry
from app.views.long_lists import PLACED, LongListView, asked_place, counted_users, one_of, words_in
from app.views.password_again import password_again

FILTERS = ("q", "mine", "login", "password", "administrators", "module", "country")

PURPOSE = _l("You are about to export users, with their names, e-mail addresses and telephone numbers.")


class CoordinatedUserView(LongListView):
    """A list over FAB's model of users; never with their usernames (R44)."""

    datamodel = SQLAInterface(ImiUser)
    route_base = "/coordinated-users"
    class_permission_name = Page.coordinated_authorities.value
    base_filters = [["authority", Scope, Act.find_authorities]]
    list_columns = ["last_name", "authority", "first_log_in_at", "blocked_at"]
    order_columns = list(user_lists.ORDERS)
    base_order = ("last_name", "asc")
    label_columns = {
        "last_name": _l("Name"),
        "authority": _l("Authority"),
        "first_log_in_at": _l("Log-in"),
        "blocked_at": _l("Password"),
    }
    row_template = "authority/user_row.html"
    begins_with = "mine=yes"

    @expose("/")
    @has_access
    @takes(query=(*FILTERS, *PLACED))
    def list(self) -> Any:
        """The users of one's own authorities, unless the address says otherwise."""
        current_entry(Page.coordinated_authorities.value)
        offered = authority_filters.choices()
        wanted = asked(offered)
        wait = too_many_searches(looks=bool(wanted.words.strip()))
        found = keyset.NOTHING if wait else self._find(wanted)
        page = self.page(
            "authority/users_list.html",
            title=_("Users of coordinated authorities"),
            widgets={
                "list": self.widget_of(
                    found.page,
                    found.count,
                    words_of=_words_of,
                    **exports.offered("CoordinatedUserView.export", on_a_page=True),
                )
            },
            lists=lists(),
            wanted=wanted,
            choices=_in_words(offered),
            further=[each for each in _further(wanted) if each],
            count_text=counted_users(found.count),
            **_when_empty(wanted, wait),
        )
        return page, (429 if wait else 200)

    def _find(self, wanted: WantedUsers) -> keyset.Found:
        return user_lists.find(reader(), wanted, self.asked_order(), asked_place())

    @expose("/export")
    @has_access
    @password_again(PURPOSE, back=lambda: exports.address("CoordinatedUserView.list"))
    @takes(query=(*FILTERS, *ORDERED))
    def export(self) -> Any:
        """What the file will hold, and the kinds of files."""
        current_entry(Page.coordinated_authorities.value)
        wanted = asked(authority_filters.choices())
        if wanted.words.strip():
            limits.count("LIMIT_SEARCHES")  # the number of what holds the words tells as much as the list does (R85)
        export = user_export.of(wanted, self.asked_order(), language())
        return self.page(
            "authority/users_export.html",
            title=_("Export users"),
            count_text=counted_users(count_of(reader(), export, MOST_COUNTED)),
            leaves_out=user_lists.leaves_out(reader(), wanted),
            rows=_holds(export),
            export_url=exports.address("CoordinatedUserView.export_file"),
            back_url=exports.address("CoordinatedUserView.list"),
        )

    @expose("/export/file", methods=["POST"])
    @has_access
    @takes(query=(*FILTERS, *ORDERED), form=exports.FORM)
    def export_file(self) -> Any:
        """The file; where the password was not entered lately, back to the page that asks for it (R90).

        The page that asks would else stay in place of this one when the file has come.
        """
        page = exports.address("CoordinatedUserView.export")
        if not step_up.is_entered():
            return redirect(page)
        export = user_export.of(asked(authority_filters.choices()), self.asked_order(), language())
        return exports.send(export, "LIMIT_USER_EXPORTS", page)


def _holds(export: Export) -> list[tuple[str, str]]:
    """What the file will hold, in words: its filters and columns."""
    columns = ", ".join(str(column.heading) for column in export.columns)
    return [(_("Filters"), filters_in_words(export.filters)), (_("Columns"), columns)]


def _further(wanted: WantedUsers) -> tuple[object, ...]:
    return wanted.log_in, wanted.administrators_only, wanted.module, wanted.country


def asked(offered: Choices) -> WantedUsers:
    """What the address asks for; what is unknown in it is as nothing."""
    module, country = (request.args.get(name, "") for name in ("module", "country"))
    return WantedUsers(
        words=words_in("q"),
        mine=request.args.get("mine", "yes") != "no",
        log_in=one_of("login", LogIn),
        password=one_of("password", PasswordStatus),
        administrators_only=request.args.get("administrators") == "yes",
        module=module if module in offered.modules else "",
        country=country if chooses_country() and country in offered.countries else "",
    )


def _words_of(row: Any) -> dict[str, Any]:
    """A row in words: the states with their tones, and where the authority lies for who finds several countries."""
    return {
        "login": LOG_IN_STATUS["active" if row.first_log_in_at else "new"],
        "password": password_words.STATUS[users.password_status(row)],
        "country": name_in(row.country_names, language()) if row.country_names and chooses_country() else "",
    }


def _in_words(offered: Choices) -> dict[str, dict[str, object]]:
    reads = language()
    words: dict[str, dict[str, object]] = {
        "login": {key: word for key, (word, _tone) in LOG_IN_STATUS.items()},
        "password": {status.value: password_words.STATUS[status][0] for status in PasswordStatus},
        "administrators": {"yes": _("Administrators only")},
        "module": dict(in_language(offered.modules, reads)),
    }
    if chooses_country():
        words["country"] = dict(in_order(offered.countries, reads))
    return words


def _when_empty(wanted: WantedUsers, wait: str) -> dict[str, str]:
    if wait:
        return {"empty_title": _("Please wait a little"), "empty_text": wait}
    if wanted == WantedUsers(mine=True):
        return {
            "empty_title": _("Your authorities have no users yet"),
            "empty_text": _("Set Only my authorities to No to see the users of all authorities that you can find."),
        }
    return {
        "empty_title": _("No user fits your search"),
        "empty_text": _("Write fewer words, or clear the filters. Usernames cannot be searched for."),
    }
