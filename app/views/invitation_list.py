"""The list of *Opfordringer til registrering*: by state, with age and last day, search and filter (R13)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Query

from app.i18n import _, _l, ngettext
from app.i18n.invitations import STATUS
from app.i18n.things import language
from app.models import Invitation, InvitationStatus
from app.policy.invitations import visible
from app.policy.matrix import InvitationAct
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import invitation_export, invitation_reading
from app.services.invitation_export import WantedInvitations
from app.services.invitation_reading import SOON
from app.views import exports
from app.views import invitations_in_words as words
from app.views.base import too_many_searches
from app.views.lists import NUMBERS, ORDERED, QUERY, ListView
from app.views.readers_form import number

FILTERS = ("q", "state")


class Handled(BaseFilter):
    """Only invitations on which the act is allowed (R70)."""

    name = "handled"
    arg_name = "handled"

    def apply(self, query: Query[Any], act: InvitationAct) -> Query[Any]:
        return query.filter(visible(reader(), act))


class Wanted(BaseFilter):
    """Only those that hold the words, case and accents ignored, and stand so today."""

    name = "wanted"
    arg_name = "wanted"

    def apply(self, query: Query[Any], wanted: WantedInvitations) -> Query[Any]:
        return query.filter(*invitation_reading.conditions(wanted.words, wanted.state))


class InvitationListView(ListView):
    """A list over FAB's model of invitations."""

    datamodel = SQLAInterface(Invitation)
    route_base = "/invitations"
    class_permission_name = Page.invitations.value
    base_filters = [["id", Handled, InvitationAct.handle_invitation]]
    list_columns = ["invited_name", "status", "sent_at", "expires_at"]
    order_columns = ["invited_name", "sent_at", "expires_at"]
    selected = (
        "id",
        "public_id",
        "invited_name",
        "recipient_email",
        "status",
        "sent_at",
        "expires_at",
        "times_sent",
        "inviting_authority_id",
        "typed_at",
    )
    base_order = ("sent_at", "desc")
    label_columns = {
        "invited_name": _l("Authority"),
        "status": _l("Status"),
        "sent_at": _l("Sent"),
        "expires_at": _l("Last day"),
    }
    row_template = "invitations/list_row.html"

    @expose("/")
    @has_access
    @takes(query=(*FILTERS, *QUERY), numbers=NUMBERS)
    def list(self) -> Any:
        """All that the reader handles, the last sent first."""
        wanted = asked()
        filters = self.fresh_filters().add_filter_list([["id", Wanted, wanted]])
        wait = too_many_searches(looks=bool(wanted.words.strip()))
        widgets = self.list_widget_of(
            filters,
            unread=bool(wait),
            words=words,
            inviters={},
            own=reader().authority_id,
            **exports.offered("InvitationListView.export"),
        )
        widgets["list"].template_args["inviters"] = _inviters(widgets["rows"])
        count = widgets["count"]
        page = self.page(
            "invitations/list.html",
            title=_("Registration invitations"),
            lead=_("Authorities that are invited to register themselves, and what has become of it."),
            widgets=widgets,
            state=wanted.state,
            states={key: word for key, (word, _tone) in STATUS.items()} | {SOON: _l("Expires soon")},
            count_text=ngettext("%(count)s invitation", "%(count)s invitations", count, count=number(count)),
            **_when_empty(wanted.words or wanted.state, wait),
        )
        return page, (429 if wait else 200)

    @expose("/export", methods=["POST"])
    @has_access
    @takes(query=(*FILTERS, *ORDERED), form=exports.FORM)
    def export(self) -> Any:
        """The whole list as a file, as it is narrowed and sorted."""
        column, direction = self.order()
        export = invitation_export.of(asked(), (column, direction == "desc"), language())
        return exports.send(export, "LIMIT_EXPORTS", exports.address("InvitationListView.list"))


def asked() -> WantedInvitations:
    """What the address asks for; an unknown state is as none."""
    state = request.args.get("state", "")
    return WantedInvitations(request.args.get("q", "")[:200], state if state in {SOON, *InvitationStatus} else "")


def _inviters(rows: list[Invitation]) -> dict[int, str]:
    """The bodies that have invited, where they are others than the reader's: for the national coordinator."""
    others = {row.inviting_authority_id for row in rows} - {reader().authority_id}
    return invitation_reading.inviters(others) if others else {}


def _when_empty(narrowed: str | None, wait: str) -> dict[str, str]:
    if wait:
        return {"empty_title": _("Please wait a little"), "empty_text": wait}
    if narrowed:
        return {
            "empty_title": _("No invitation fits your search"),
            "empty_text": _("Write fewer words, or choose All states."),
        }
    return {
        "empty_title": _("No authority has been invited yet"),
        "empty_text": _("Choose New invitation to let an authority register itself by a personal link."),
    }
