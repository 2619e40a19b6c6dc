"""Signing in and out, and the language of the page."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from wtforms import PasswordField, StringField

from app.errors import TooOften
from app.i18n import _, _l
from app.policy.pages import Page
from app.security import limits
from app.security.acting import TOKEN
from app.security.gate import own_path
from app.security.parameters import takes
from app.services import sign_in
from app.services.sign_in import Outcome
from app.transaction import transaction
from app.views import languages
from app.views.base import ImiView
from app.views.imi_form import ImiForm
from app.views.languages import LANGUAGE


class SignInForm(ImiForm):
    """Username and password; an e-mail address is never taken for a username (R45)."""

    username = StringField(
        _l("Username"),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "required": True},
    )
    password = PasswordField(_l("Password"), render_kw={"autocomplete": "current-password", "required": True})


class SignInView(ImiView):
    """Sign-in and sign-out."""

    route_base = ""
    class_permission_name = Page.sign_in.value
    method_permission_name = {"sign_out": "write"}

    @expose("/login/", methods=["GET", "POST"])
    @takes(query=("next",), form=SignInForm, also=("next",))
    def login(self) -> Any:
        """Ask for username and password. No statement before something is sent."""
        target = own_path(request.values.get("next"))
        form = SignInForm()
        form.username.flags.required = form.password.flags.required = True
        if not form.validate_on_submit():
            return self._form(form, target)
        if not _is_filled(form):
            return self._form(form, target), 422
        try:
            limits.count("LIMIT_LOG_INS")
        except TooOften as wait:
            return self._form(form, target, str(wait.message)), wait.status
        compared = sign_in.compare(form.username.data or "", form.password.data or "")
        with transaction():
            attempt = sign_in.decide(compared, limits.address())
            if attempt.outcome is Outcome.signed_in:
                sign_in.sign_out(session.get(TOKEN, ""))  # the browser's session so far
        if attempt.outcome is not Outcome.signed_in:
            return self._form(form, target, _problem(attempt.outcome)), 401
        begin(attempt.token, attempt.language)
        return redirect(target)

    def _form(self, form: SignInForm, target: str, problem: str = "") -> str:
        return self.page("sign_in/login.html", form=form, problem=problem, next=target if target != "/" else "")

    @expose("/logout/", methods=["POST"])
    @has_access
    def sign_out(self) -> Any:
        """End the session, on the server and in the browser."""
        with transaction():
            sign_in.sign_out(session.get(TOKEN, ""))
        language = session.get(LANGUAGE)
        session.clear()
        session[LANGUAGE] = language
        answer = redirect(url_for("SignInView.login"))
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer


def _is_filled(form: SignInForm) -> bool:
    """Whether both fields hold something; says so at those that do not."""
    sentences = {"username": _("Write your username."), "password": _("Write your password.")}
    for name, sentence in sentences.items():
        if not form[name].data:
            form[name].errors = [sentence]
    return not form.errors


def begin(token: str, language: str) -> None:
    """Give the browser a new session: nothing of the one before it stays (session fixation)."""
    session.clear()
    session.permanent = True
    session[TOKEN] = token
    session["_fresh"] = True
    session[LANGUAGE] = language


def _problem(outcome: Outcome) -> str:
    """One sentence for every refusal, so that it tells nothing about who is registered."""
    if outcome is Outcome.temporary_expired:
        return _(
            "Your temporary password is no longer valid. Ask an administrator of your authority, or its access manager,"
            " to reset it. You then get a new one by e-mail."
        )
    return _(
        "The username or the password is wrong, or the password is blocked after several"
        " failed attempts. Sign in with your username, not your e-mail address."
    )


class LanguageView(ImiView):
    """The language of the page: by POST, because it changes something."""

    route_base = ""

    @expose("/language/", methods=["POST"])
    @takes(form=("language", "next"))
    def switch(self) -> Any:
        """Show pages in the chosen language; a person who is signed in keeps it, in mails too (R72)."""
        languages.choose(request.form.get("language", ""))
        return redirect(own_path(request.form.get("next")))
