"""*Drift › Mails*: what could not be delivered, why, and what can be done about it. No body is ever shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l, ngettext
from app.i18n.operations import ANSWERS, MAIL_KINDS, MAIL_STATES
from app.policy.actor import Actor
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import undelivered_mails
from app.services.undelivered_mails import Group, MailAct
from app.views.base import ImiView
from app.views.imi_form import number_of
from app.views.password_again import password_again
from app.views.readers_form import number

GROUPS = {
    Group.attention: _l("Need attention"),
    Group.waiting: _l("On their way"),
    Group.sent: _l("Sent"),
    Group.given_up: _l("Given up"),
}
EMPTY = {
    Group.attention: (_l("No mail needs attention"), _l("Mails that could not be delivered are shown here.")),
    Group.waiting: (_l("No mail is on its way"), _l("Mails are sent within a minute, so this list is mostly empty.")),
    Group.sent: (_l("No mail has been sent yet"), _l("Mails that the mail server has taken are shown here.")),
    Group.given_up: (_l("No mail has been given up"), _l("Mails that will never be sent are shown here.")),
}


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
            mails=[_listed(row) for row in found.rows],
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
            title=MAIL_KINDS[mail.kind],
            mail=mail,
            state=MAIL_STATES[mail.state.value],
            answer=_answer(mail.server_answer),
            acts=[act.value for act in undelivered_mails.acts_on(mail)],
        )

    @expose("/<uuid:public_id>/send-again", methods=["POST"])
    @has_access
    @password_again(
        _l("You are about to send a mail again. The user gets a new temporary password."), "MailsView.index"
    )
    def send_again(self, public_id: uuid.UUID) -> Any:
        """A new mail takes its place; a temporary password is made anew."""
        return _done(public_id, undelivered_mails.send_again, _("The mail is on its way again, as a new one."))

    @expose("/<uuid:public_id>/arrived", methods=["POST"])
    @has_access
    def arrived(self, public_id: uuid.UUID) -> Any:
        """The recipient has it."""
        return _done(public_id, undelivered_mails.mark_arrived, _("The mail is noted as sent."))

    @expose("/<uuid:public_id>/give-up", methods=["POST"])
    @has_access
    def give_up(self, public_id: uuid.UUID) -> Any:
        """It is sent no more."""
        return _done(public_id, undelivered_mails.give_up, _("The mail has been given up and will not be sent."))


def _done(public_id: uuid.UUID, act: Callable[[Actor, uuid.UUID], object], sentence: str) -> Any:
    with acting() as actor:
        act(actor, public_id)
    flash(sentence, "success")
    return redirect(url_for("MailsView.index"))


def _tab(name: object, count: int) -> str:
    return _("%(name)s (%(count)s)", name=name, count=number(count))


def _listed(row: Any) -> dict[str, Any]:
    return {
        "url": url_for("MailsView.show", public_id=row.public_id),
        "kind": MAIL_KINDS[row.kind],
        "recipient": row.recipient,
        "authority": row.official_name,
        "authority_url": url_for("AuthorityView.authority", public_id=row.authority_public_id),
        "state": MAIL_STATES[row.state.value],
        "answer": _answer(row.server_answer),
        "at": row.created_at,
        "acts": [act for act in undelivered_mails.acts_on(row) if act is not MailAct.give_up],
    }


def _answer(answer: str) -> str:
    """Our own words where we have some, else the server's."""
    if not answer:
        return ""
    return str(ANSWERS[answer]) if answer in ANSWERS else _("The mail server said: %(answer)s", answer=answer)
