"""*Registrer myndighed*: form, check page, receipt (journey 1)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app import clock
from app.errors import Conflict
from app.i18n import _
from app.i18n.things import MAIL_PROGRESS, PASSED_ON_HOW
from app.models import Authority, ImiUser, RegistrationRoute
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import authorities, outgoing_mails, passing_on, registration_drafts, registrations
from app.views import invitations_in_words
from app.views.base import drawn_again, show_refusal
from app.views.drafts_in_words import listed
from app.views.lists import current_entry
from app.views.pass_on_form import PassOnForm, moment_of, pass_on_form
from app.views.registration_form import RegistrationForm, registration_form
from app.views.registration_pages import RegistrationPages, number, step_items


class RegisterAuthorityView(RegistrationPages):
    """Step 1 of a registration where nothing of it is kept yet, and its receipt."""

    route_base = "/register-authority"
    default_view = "register"
    class_permission_name = Page.register_authority.value
    method_permission_name = {"register": "write", "receipt": "read", "username": "write", "passed_on": "write"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    @takes(form=RegistrationForm, made=("title_*",), also=("step", "number", "switch_language"))
    def register(self) -> Any:
        """An empty form, below the drafts there are. What is typed is kept as a draft, and checked there (R6)."""
        again = drawn_again()
        form = registration_form(reader().country_code)
        if not again and request.form.get("step") == "duplicates":
            return self.look(form)
        if again or not form.is_submitted():
            return self.form_page(form, drafts=listed(registration_drafts.listed(reader())))
        return self.save(form, number() or uuid.uuid4(), None)

    @expose("/<uuid:public_id>/receipt")
    @has_access
    def receipt(self, public_id: uuid.UUID) -> Any:
        """What was registered, whom to ring, and what comes next. The username is not on it before it is asked for."""
        authority = authorities.get(reader(), public_id, Act.see_username)
        return self._receipt(authority, registrations.first_user_of(authority))

    @expose("/<uuid:public_id>/username", methods=["POST"])
    @has_access
    def username(self, public_id: uuid.UUID) -> Any:
        """The receipt with the username: by POST, logged, in no cache (R5)."""
        try:
            with acting() as actor:
                authority = authorities.lock(actor, public_id, Act.see_username)
                user = passing_on.reveal(actor, authority)
                return self._receipt(authority, user, user.username)
        except Conflict as refusal:
            flash(str(refusal.message), "warning")
            return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id))

    @expose("/<uuid:public_id>/passed-on", methods=["POST"])
    @has_access
    @takes(form=PassOnForm)
    def passed_on(self, public_id: uuid.UUID) -> Any:
        """*Mark as passed on*: how and when, logged; the username is shown no more."""
        form = pass_on_form(sent=True)
        at = moment_of(form)

        def work() -> bool:
            with acting() as actor:
                authority = authorities.lock(actor, public_id, Act.see_username)
                passing_on.mark(actor, authority, form.how.data or "", at or clock.now())
            return True

        try:
            if at is None or not show_refusal(form, work):
                authority = authorities.get(reader(), public_id, Act.see_username)
                return self._receipt(authority, registrations.first_user_of(authority), form=form), 422
        except Conflict as refusal:
            flash(str(refusal.message), "warning")
        else:
            flash(_("The username is marked as passed on."), "success")
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id), 303)

    def _receipt(self, authority: Authority, user: ImiUser, username: str = "", form: Any = None) -> str:
        current_entry(Page.register_authority.value)
        g.page_address = url_for("RegisterAuthorityView.receipt", public_id=authority.public_id)
        has_it = passing_on.has_it(user)
        to_mark = not has_it and (bool(username) or passing_on.was_shown(user))
        return self.page(
            "authority/receipt.html",
            authority=authority,
            user={"full_name": user.full_name, "phone": user.phone, "email": user.email_address},
            username=username,
            reveal_url=url_for("RegisterAuthorityView.username", public_id=authority.public_id),
            has_it=has_it,
            passed_on=_passed_on(user),
            pass_on_form=(form or pass_on_form()) if to_mark else None,
            pass_on_url=url_for("RegisterAuthorityView.passed_on", public_id=authority.public_id) if to_mark else "",
            mail=_mail(user),
            next_url=url_for("ModuleAccessView.choose", public_id=authority.public_id),
            authority_url=url_for("AuthorityView.authority", public_id=authority.public_id),
            **_steps(authority),
        )


def _steps(authority: Authority) -> dict[str, Any]:
    """The step list of the way on which it was registered; one that was validated says so."""
    if authority.route is not RegistrationRoute.invited:
        return {"step_items": step_items(), "step_index": 1}
    title = _("The registration is validated")
    return {"title": title, "step_items": invitations_in_words.step_items(), "step_index": 3}


def _passed_on(user: ImiUser) -> dict[str, Any] | None:
    """How, when and by whom the username was passed on, in words."""
    noted = passing_on.passed_on(user)
    how = PASSED_ON_HOW.get(noted.how, noted.how) if noted else ""
    return {"how": how, "at": noted.at, "by": noted.by} if noted else None


def _mail(user: ImiUser) -> tuple[object, str, object] | None:
    """How far the mail with the temporary password has come, in words."""
    progress = outgoing_mails.progress(user)
    return MAIL_PROGRESS[progress] if progress else None
