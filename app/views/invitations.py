"""*Opfordringer til registrering*: the list, a new one, one with what can be done about it (journey 2, R11–R13)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from wtforms import TextAreaField

from app.errors import Conflict, TooOften
from app.i18n import _, _l, ngettext
from app.models import Invitation, InvitationStatus
from app.policy.pages import Page
from app.security import limits
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import invitation_links, invitation_reading, invitations
from app.services.invitation_wishes import looked_for
from app.services.invitations import REASON_LENGTH
from app.settings import setting
from app.views import duplicates_on_pages
from app.views import invitations_in_words as words
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.imi_form import ImiForm
from app.views.invitation_form import InvitationForm, invitation_form, wishes_of
from app.views.readers_form import number as in_words
from app.views.registration_pages import number, signed, version_shown


class ReasonForm(ImiForm):
    """Why; it stands in the mail to the authority."""

    reason = TextAreaField(
        _l("Reason"),
        description=_l("It stands in the mail to the authority. Never write a username in it."),
        render_kw={"maxlength": REASON_LENGTH, "rows": 4},
    )


class InvitationsView(ImiView):
    """Inviting, and what can be done about one that was sent. The list is `InvitationListView`."""

    route_base = "/invitations"
    default_view = "new"
    class_permission_name = Page.invitations.value
    method_permission_name = {"new": "write", "show": "read", "resend": "write", "cancel": "write"}

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @takes(form=InvitationForm, also=("step", "number", "seen", "switch_language"))
    def new(self) -> Any:
        """*Ny opfordring*: whom, suggestions, a message; likely duplicates are shown as one types (R8)."""
        again = drawn_again()
        form = invitation_form()
        if again or not form.is_submitted():
            return self._form(form)
        if request.form.get("step") == "duplicates":
            return self._look(form)
        return self._send(form)

    def _look(self, form: Any) -> Any:
        details = looked_for(wishes_of(form))
        wait = duplicates_on_pages.too_many_looks(details)
        found = duplicates_on_pages.drawn(details, wait)
        if "HX-Request" in request.headers:
            return str(found)
        return self._form(form, duplicates=found), (429 if wait else 200)

    def _send(self, form: Any) -> Any:
        public_id = number() or uuid.uuid4()

        def work() -> uuid.UUID:
            said = duplicates_on_pages.dismissed(public_id, form)
            if not invitations.sent_before(reader(), public_id):
                invitations.ready(reader(), wishes_of(form), said)
                limits.count("LIMIT_INVITATIONS")
            with acting() as actor:
                return invitations.invite(actor, wishes_of(form), public_id, said).public_id

        try:
            done = show_refusal(form, work)
        except TooOften as wait:
            return self._form(form, error_extra=[(None, wait.message)]), wait.status
        except Conflict as refusal:  # its number was used before, by a colleague or on another day
            return self._form(form, error_extra=[(None, refusal.message)], public_id=uuid.uuid4()), refusal.status
        if done is None:
            asks = bool(form.not_the_same.errors)
            found = "" if asks else duplicates_on_pages.counted(looked_for(wishes_of(form)))
            return self._form(form, public_id=public_id, asks=asks, duplicates=found), 422
        flash(_("The invitation is on its way to %(address)s.", address=form.recipient_email.data.strip()), "success")
        return redirect(url_for("InvitationsView.show", public_id=done), 303)

    def _form(
        self, form: Any, *, public_id: uuid.UUID | None = None, asks: bool = False, duplicates: Any = "", **more: Any
    ) -> str:
        """`asks`: there are likely duplicates, which must be said to be others."""
        new = public_id or number() or uuid.uuid4()
        hidden = [("number", signed(new))]
        if asks:
            form.not_the_same.data = False
            asked = duplicates_on_pages.asked(new, looked_for(wishes_of(form)))
            duplicates, hidden = asked.drawn, [*hidden, ("seen", asked.seen)]
        else:
            del form.not_the_same
        return self.page(
            "invitations/new.html",
            title=_("New invitation"),
            form=form,
            duplicates=duplicates,
            duplicates_url=url_for("InvitationsView.new"),
            hidden=hidden,
            keep_form="invite",
            step_items=words.step_items(),
            step_index=0,
            cancel_url=url_for("InvitationListView.list"),
            **more,
        )

    @expose("/<uuid:public_id>/")
    @has_access
    def show(self, public_id: uuid.UUID) -> Any:
        """One invitation: how it stands, what was sent, and what can be done about it."""
        read = invitation_reading.read(reader(), public_id)
        row = read.invitation
        status = invitation_links.status_of(row)
        return self.page(
            "invitations/show.html",
            title=row.invited_name,
            invitation=row,
            state=words.state_of(row),
            meaning=words.meaning(row),
            closing=words.closing(read),
            reason=row.return_reason if status is InvitationStatus.returned else row.closing_reason,
            facts=words.facts(read),
            mail=words.mail(read),
            acts=invitations.acts_on(row),
            ways_on=words.ways_on(read),
            step_items=words.step_items(),
            step_index=words.step_index(status),
        )

    @expose("/<uuid:public_id>/resend", methods=["GET", "POST"])
    @has_access
    @takes(form=("version",))
    def resend(self, public_id: uuid.UUID) -> Any:
        """*Send igen*: first the page that says what this means, then the act: a new link, the old one dead (R13)."""
        if request.method != "POST":
            row = self._to("resend", public_id)
            return self._ask_whether_to_resend(row) if row else self._moved_on(public_id)
        try:
            with acting() as actor:
                recipient = invitations.resend(actor, public_id, version_shown()).recipient
        except Conflict as refusal:
            flash(str(refusal.message), "warning")
        else:
            flash(_("A new link is on its way to %(recipient)s.", recipient=recipient), "success")
        return redirect(url_for("InvitationsView.show", public_id=public_id), 303)

    def _ask_whether_to_resend(self, row: Invitation) -> Any:
        return self.page(
            "confirm.html",
            title=_("Send the invitation to %(name)s again?", name=row.invited_name),
            consequence_list=[
                _("A new mail with a new link goes to %(address)s.", address=row.recipient_email),
                _("The link that was sent before opens nothing any more."),
                _("The new link is good for as many days as the first."),
                *_lost(row),
            ],
            action_url=url_for("InvitationsView.resend", public_id=row.public_id),
            verb_object=_("Send the invitation again"),
            tone="primary",
            cancel_url=url_for("InvitationsView.show", public_id=row.public_id),
            hidden={"version": row.version},
            back_label=row.invited_name,
        )

    @expose("/<uuid:public_id>/cancel", methods=["GET", "POST"])
    @has_access
    @takes(form=ReasonForm, also=("version", "switch_language"))
    def cancel(self, public_id: uuid.UUID) -> Any:
        """*Tilbagekald opfordring*, with a reason that the authority is told (R13)."""
        again = drawn_again()
        form = ReasonForm()
        row = self._to("cancel", public_id)
        if row is None:
            return self._moved_on(public_id)
        if again or not form.is_submitted():
            return self._ask_why_to_cancel(row, form)

        def work() -> bool:
            with acting() as actor:
                invitations.cancel(actor, public_id, version_shown(), form.reason.data or "")
            return True

        try:
            if not show_refusal(form, work):
                return self._ask_why_to_cancel(row, form), 422
        except Conflict as refusal:
            return self._ask_why_to_cancel(row, form, error_extra=[(None, refusal.message)]), refusal.status
        flash(_("The invitation is cancelled, and the authority is told by e-mail."), "success")
        return redirect(url_for("InvitationsView.show", public_id=public_id), 303)

    def _ask_why_to_cancel(self, row: Invitation, form: Any, **more: Any) -> Any:
        form.reason.flags.required = True
        return self.page(
            "confirm.html",
            title=_("Cancel the invitation to %(name)s?", name=row.invited_name),
            consequence_list=[
                _("The link opens nothing any more."),
                gone_in_days() if row.authority_id else _("What the authority has saved and not sent is deleted."),
                _("The authority is told by e-mail, with your reason and whom to ask."),
            ],
            action_url=url_for("InvitationsView.cancel", public_id=row.public_id),
            verb_object=_("Cancel the invitation"),
            cancel_url=url_for("InvitationsView.show", public_id=row.public_id),
            cancel_label=_("Do not cancel it"),
            hidden={"version": row.version},
            back_label=row.invited_name,
            form=form,
            keep_form="confirm",
            **more,
        )

    def _to(self, act: str, public_id: uuid.UUID) -> Invitation | None:
        """The invitation, if this can be done about it as it stands."""
        row = invitations.get(reader(), public_id)
        return row if act in invitations.acts_on(row) else None

    def _moved_on(self, public_id: uuid.UUID) -> Any:
        flash(str(invitations.MOVED_ON), "warning")
        return redirect(url_for("InvitationsView.show", public_id=public_id), 303)


def gone_in_days() -> str:
    """When a registration that came to nothing is deleted (R19)."""
    days = setting("REGISTRATION_PURGE_DAYS")
    return ngettext(
        "What it wrote is deleted after %(count)s day. It cannot be brought back.",
        "What it wrote is deleted after %(count)s days. It cannot be brought back.",
        days,
        count=in_words(days),
    )


def _lost(row: Invitation) -> list[str]:
    """What goes when it is sent again: a registration that was sent back and has lapsed since (R19)."""
    if row.authority_id is None or invitation_links.status_of(row) is not InvitationStatus.expired:
        return []
    return [_("The registration that was sent back has lapsed. It is deleted, and the authority begins anew.")]
