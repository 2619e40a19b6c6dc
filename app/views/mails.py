"""*Drift › Mails*: what could not be delivered, why, and what can be done about it. No body is ever shown."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l, ngettext
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import undelivered_mails
from app.services.undelivered_mails import Group
from app.views.base import ImiView
from app.views.imi_form import number_of
from app.views.mails_in_words import (
    answer_of,
    listed,
    meaning_of,
    next_try,
    sent_again_in_words,
    sent_in_words,
    state_of,
    title_of,
    wiped_in_words,
)
from app.views.password_again import password_again
from app.views.readers_form import number

GROUPS = {
    Group.attention: _l("Need attention"),
    Group.waiting: _l("On their way"),
    Group.sent: _l("Sent"),
    Group.given_up: _l("Closed"),
}
EMPTY = {
    Group.attention: (_l("No mail needs attention"), _l("Mails that could not be delivered are shown here.")),
    Group.waiting: (_l("No mail is on its way"), _l("Mails are sent within a minute, so this list is mostly empty.")),
    Group.sent: (_l("No mail has been sent yet"), _l("Mails that the mail server has taken are shown here.")),
    Group.given_up: (_l("No mail is closed"), _l("Mails that were given up or sent again are shown here.")),
}


PURPOSE = _l("You are about to send a mail again. If it held a temporary password, the user gets a new one.")


class MailsView(ImiView):
    """The outbox, as far as the reader's scope goes."""

    route_base = "/operations/mails"
    default_view = "index"
    class_permission_name = Page.mails.value
    method_permission_name = {
        "index": "read",
        "show": "read",
        "send_again": "write",
        "arrived": "write",
        "give_up": "write",
    }

    @expose("/")
    @has_access
    @takes(query=("state", "page"), numbers=("page",))
    def index(self) -> Any:
        """The mails of a group, those that need attention first."""
        wanted = request.args.get("state", "")
        group = Group(wanted) if wanted in set(Group) else Group.attention
        found = undelivered_mails.listed(reader(), group, number_of(request.args.get("page", "1")))
        count = found.counts[group]
        return self.page(
            "operations/mails.html",
            title=_("Mails"),
            mails=[listed(row) for row in found.rows],
            group=group.value,
            groups=[
                (each.value, _tab(name, found.counts[each]), url_for("MailsView.index", state=each.value))
                for each, name in GROUPS.items()
            ],
            count_text=ngettext("%(count)s mail", "%(count)s mails", count, count=number(count)),
            empty=EMPTY[group],
            page_number=found.page,
            pages=found.pages,
            url_for_page=lambda n: url_for("MailsView.index", state=group.value, page=n),
        )

    @expose("/<uuid:public_id>/")
    @has_access
    def show(self, public_id: uuid.UUID) -> Any:
        """One mail: what became of it, the server's answer, and what can be done."""
        mail = undelivered_mails.get(reader(), public_id)
        return self.page(
            "operations/mail.html",
            title=title_of(mail),
            mail=mail,
            state=state_of(mail),
            next_try=next_try(mail),
            sent=sent_in_words(mail),
            meaning=meaning_of(mail),
            answer=answer_of(mail),
            acts=[act.value for act in undelivered_mails.acts_on(mail)],
        )

    @expose("/<uuid:public_id>/send-again", methods=["POST"])
    @has_access
    @password_again(PURPOSE, "MailsView.index")
    def send_again(self, public_id: uuid.UUID) -> Any:
        """A new mail takes its place; a temporary password is made anew."""
        with acting() as actor:
            new = undelivered_mails.send_again(actor, public_id)
            new_id, said = new.public_id, sent_again_in_words(new)
        flash(said, "success")
        return redirect(url_for("MailsView.show", public_id=new_id))

    @expose("/<uuid:public_id>/arrived", methods=["POST"])
    @has_access
    def arrived(self, public_id: uuid.UUID) -> Any:
        """The recipient has it."""
        with acting() as actor:
            undelivered_mails.mark_arrived(actor, public_id)
        flash(_("The mail is marked as delivered."), "success")
        return redirect(url_for("MailsView.index"))

    @expose("/<uuid:public_id>/give-up", methods=["GET", "POST"])
    @has_access
    def give_up(self, public_id: uuid.UUID) -> Any:
        """It is sent no more: first the page that says what this means, then the act."""
        if request.method != "POST":
            return self._ask_whether_to_give_up(public_id)
        with acting() as actor:
            undelivered_mails.give_up(actor, public_id)
        flash(_("The mail has been given up and will not be sent."), "success")
        return redirect(url_for("MailsView.index"))

    def _ask_whether_to_give_up(self, public_id: uuid.UUID) -> Any:
        mail = undelivered_mails.to_give_up(reader(), public_id)
        wiped = [wiped_in_words(mail)] if mail.holds_secret else []
        return self.page(
            "confirm.html",
            title=_("Give up this mail?"),
            lead=title_of(mail),
            consequence_list=[
                _("The mail is not sent, and disappears from the list of those that need attention."),
                *wiped,
            ],
            action_url=url_for("MailsView.give_up", public_id=public_id),
            verb_object=_("Give up the mail"),
            cancel_url=url_for("MailsView.show", public_id=public_id),
        )


def _tab(name: object, count: int) -> str:
    return _("%(name)s (%(count)s)", name=name, count=number(count))
