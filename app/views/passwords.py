"""Changing one's own password (R51–R54)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from wtforms import PasswordField

from app.i18n import _, _l
from app.models import ImiUser
from app.policy.actor import Actor
from app.policy.pages import Page
from app.policy.passwords import GUIDE, PasswordStatus
from app.security import limits
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import passwords, profiles, sessions, sign_in
from app.views.base import ImiView, show_refusal
from app.views.imi_form import ImiForm
from app.views.sign_in import begin


class PasswordForm(ImiForm):
    """The password in force, and twice the new one. Pasting is allowed."""

    current_password = PasswordField(_l("Current password"), render_kw={"autocomplete": "current-password"})
    new_password = PasswordField(_l("New password"), render_kw={"autocomplete": "new-password"})
    repeat_password = PasswordField(_l("Repeat the new password"), render_kw={"autocomplete": "new-password"})


class PasswordView(ImiView):
    """The change page, to which a temporary or expired password leads and nowhere else."""

    route_base = "/password"
    class_permission_name = Page.password.value
    method_permission_name = {"change": "write"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    @takes(form=PasswordForm)
    def change(self) -> Any:
        """Choose a password; then the start page, in a new session."""
        form = PasswordForm()
        for field in (form.current_password, form.new_password, form.repeat_password):
            field.flags.required = True
        if form.validate_on_submit() and _is_ready(form):
            limits.count("LIMIT_PASSWORDS")
            if not show_refusal(form, lambda: _change(form)):
                return self._form(form), 422
            flash(_("Your password is changed. You are signed out everywhere else."), "success")
            return redirect(url_for("OverviewView.index"))
        return self._form(form), (422 if form.is_submitted() else 200)

    def _form(self, form: PasswordForm) -> str:
        actor = reader()
        if actor.password_status is PasswordStatus.temporary:
            form.current_password.label.text = _("Temporary password from the e-mail")
        return self.page(
            "passwords/change.html",
            form=form,
            rules=rules(),
            reason=_reason(actor),
            back_url=url_for("OverviewView.index") if actor.password_status is PasswordStatus.valid else None,
        )


def _is_ready(form: PasswordForm) -> bool:
    """Whether the one in force is given and the new one twice; says so at the field that is not right."""
    if not form.current_password.data:
        form.current_password.errors = [_("Write the password that you signed in with.")]
        return False
    if form.new_password.data == form.repeat_password.data:
        return True
    form.repeat_password.errors = [_("The two new passwords are not the same. Write the same one twice.")]
    return False


def _change(form: PasswordForm) -> bool:
    changed = _changed(form)
    if changed is None:
        raise passwords.wrong()
    begin(*changed)
    return True


def _changed(form: PasswordForm) -> tuple[str, str] | None:
    """The new session's token and language; None for a wrong password, counted in the transaction that found it."""
    with acting() as actor:
        current = form.current_password.data or ""
        if not passwords.is_current(actor, current):
            sign_in.count_wrong_current(actor)
            return None
        passwords.choose(actor, form.new_password.data or "")
        user: ImiUser = profiles.own(actor)
        return sessions.begin(user), user.language


def _reason(actor: Actor) -> str | None:
    if actor.password_status is PasswordStatus.temporary:
        return "temporary"
    return "expired" if actor.password_status is PasswordStatus.expired else None


def rules() -> list[tuple[str, str, object]]:
    """The rules in words, and where the page can tick them as one types, their kind and value."""
    return [
        ("min-length", _("At least %(least)s characters", least=GUIDE.least), GUIDE.least),
        ("upper", _("At least one upper-case letter"), 1),
        ("lower", _("At least one lower-case letter"), 1),
        ("digit", _("At least one digit"), 1),
        ("other", _("None of your last five passwords, and not the temporary one"), ""),
        ("other", _("Not one of the most common passwords, and no name of yours or of your authority"), ""),
    ]
