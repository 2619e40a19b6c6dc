"""*Registrer myndighed*: form, check page, receipt (journey 1)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from itsdangerous import BadSignature, URLSafeSerializer

from app.errors import Conflict
from app.i18n import _
from app.i18n.things import MAIL_PROGRESS
from app.models import Authority, ImiUser
from app.policy.matrix import Act
from app.policy.pages import Page, Verb
from app.security.acting import acting, reader
from app.security.manager import granted
from app.security.parameters import takes
from app.services import authorities, outgoing_mails, registration_details, registrations, usernames
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.lists import current_entry
from app.views.registration_form import RegistrationForm, answers, details_of, registration_form, typed

LONGEST_FORM = 16 * 1024 * 1024


class RegisterAuthorityView(ImiView):
    """Step 1 of a registration, and its receipt."""

    route_base = "/register-authority"
    default_view = "register"
    class_permission_name = Page.register_authority.value
    method_permission_name = {"register": "write", "receipt": "read", "username": "write"}

    def create_blueprint(self, *args: Any, **words: Any) -> Any:
        blueprint = super().create_blueprint(*args, **words)
        blueprint.url_value_preprocessor(_take_long_form)
        return blueprint

    @expose("/", methods=["GET", "POST"])
    @has_access
    @takes(form=RegistrationForm, made=("title_*",), also=("step", "page", "number", "switch_language"))
    def register(self) -> Any:
        """Form → check page → creation → receipt; each step posts all that was typed, so that nothing is lost."""
        again = drawn_again()
        form = registration_form(reader())
        step = request.form.get("step", "")
        if again:
            return self._again(form)
        if not form.is_submitted() or step == "edit":
            return self._form(form)
        if not form.validate():
            return self._form(form), 422
        if step == "create":
            return self._create(form)
        return self._checked(form)

    def _again(self, form: Any) -> Any:
        """The page from which the form was sent, with all that was typed."""
        return self._checked(form) if request.form.get("page") == "check" else self._form(form)

    def _checked(self, form: Any) -> Any:
        checked = show_refusal(form, lambda: registration_details.check(reader(), details_of(form)))
        return self._check(form) if checked else (self._form(form), 422)

    def _create(self, form: Any) -> Any:
        def work() -> uuid.UUID:
            with acting() as actor:
                return registrations.register(actor, details_of(form), number=_number()).authority.public_id

        public_id = show_refusal(form, work)
        if public_id is None:
            return self._form(form), 422
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id))

    def _form(self, form: Any) -> str:
        return self.page(
            "authority/register.html",
            title=_("Register authority"),
            lead=_("Register an authority that is not in IMI yet, with its first user."),
            form=form,
            keep_form="register",
            step_items=step_items(),
            step_index=0,
            cancel_url=url_for("OverviewView.index"),
        )

    def _check(self, form: Any) -> str:
        hidden = [*typed(form), ("number", _signer().dumps(str(_number() or uuid.uuid4()))), ("page", "check")]
        return self.page(
            "authority/check.html",
            title=_("Check the details"),
            sections=answers(form),
            hidden=hidden,
            keep_form="check",
            action_url=url_for("RegisterAuthorityView.register"),
            verb_object=_("Register authority"),
            cancel_url=url_for("OverviewView.index"),
            step_items=step_items(),
            step_index=0,
        )

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
                user = usernames.reveal(actor, authority)
                return self._receipt(authority, user, user.username)
        except Conflict as refusal:
            flash(str(refusal.message), "warning")
            return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id))

    def _receipt(self, authority: Authority, user: ImiUser, username: str = "") -> str:
        current_entry(Page.register_authority.value)
        g.page_address = url_for("RegisterAuthorityView.receipt", public_id=authority.public_id)
        has_it = user.first_log_in_at is not None or user.username_passed_on_at is not None
        return self.page(
            "authority/receipt.html",
            authority=authority,
            user={"full_name": user.full_name, "phone": user.phone, "email": user.email_address},
            username=username,
            reveal_url=url_for("RegisterAuthorityView.username", public_id=authority.public_id),
            has_it=has_it,
            mail=_mail(user),
            next_url=url_for("ModuleAccessView.choose", public_id=authority.public_id),
            authority_url=url_for("AuthorityView.authority", public_id=authority.public_id),
            step_items=step_items(),
            step_index=1,
        )


def _take_long_form(endpoint: str | None, _values: Any) -> None:
    """Let those who register send a long form, so that what is too long is told at its field and nothing typed is lost.

    Runs before anything reads the form, the check of its token included; all others keep the usual limit.
    """
    right = (Verb.write.value, Page.register_authority.value)
    if endpoint == "RegisterAuthorityView.register" and request.method == "POST" and right in granted():
        request.max_content_length = request.max_form_memory_size = LONGEST_FORM


def _mail(user: ImiUser) -> tuple[object, str, object] | None:
    """How far the mail with the temporary password has come, in words."""
    progress = outgoing_mails.progress(user)
    return MAIL_PROGRESS[progress] if progress else None


def step_items() -> list[str]:
    """The step list of a registration."""
    return [_("Details and superuser"), _("Receipt"), _("Modules")]


def _number() -> uuid.UUID | None:
    """The number the check page gave the registration: sending it twice registers once. None of the sender's own."""
    try:
        return uuid.UUID(_signer().loads(request.form.get("number", "")))
    except (BadSignature, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"registration {reader().user_id}")
