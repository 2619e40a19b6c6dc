"""*Registrer myndighed*: form, check page, receipt (journey 1)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from app.errors import Conflict
from app.i18n import _
from app.i18n.things import MAIL_PROGRESS
from app.models import Authority, ImiUser
from app.policy.matrix import Act
from app.policy.pages import Page, Verb
from app.security.acting import acting, reader
from app.security.manager import granted
from app.security.parameters import takes
from app.services import authorities, duplicates, outgoing_mails, registration_details, registrations, usernames
from app.views import duplicates_in_words
from app.views.base import ImiView, drawn_again, show_refusal, too_many_searches
from app.views.lists import current_entry
from app.views.registration_form import (
    SAID_OF_DUPLICATES,
    RegistrationForm,
    answers,
    details_of,
    registration_form,
    typed,
)

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
    @takes(form=RegistrationForm, made=("title_*",), also=("step", "page", "number", "seen", "switch_language"))
    def register(self) -> Any:
        """Form → check page → creation → receipt; each step posts all that was typed, so that nothing is lost."""
        again = drawn_again()
        form = registration_form(reader())
        step = request.form.get("step", "")
        if again:
            return self._again(form)
        if step == "duplicates":
            return self._look(form)
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
                done = registrations.register(actor, details_of(form), number=_number(), not_the_same=_dismissed(form))
                return done.authority.public_id

        public_id = show_refusal(form, work)
        if form.not_the_same.errors:
            return self._check(form), 422
        if public_id is None:
            return self._form(form), 422
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id))

    def _look(self, form: Any) -> Any:
        """Likely duplicates of what is typed so far: as a part of the page, or in it for who has no scripts (R8)."""
        wait = too_many_searches("a look" if duplicates.names_them(details_of(form)) else "")
        if "HX-Request" in request.headers:
            return str(_duplicates(form, wait))
        return self._form(form, wait), (429 if wait else 200)

    def _form(self, form: Any, wait: str = "") -> str:
        if SAID_OF_DUPLICATES in form:
            del form[SAID_OF_DUPLICATES]
        return self.page(
            "authority/register.html",
            title=_("Register authority"),
            lead=_("Register an authority that is not in IMI yet, with its first user."),
            form=form,
            duplicates_url=url_for("RegisterAuthorityView.register"),
            duplicates=_duplicates(form, wait) if form.is_submitted() else "",
            keep_form="register",
            step_items=step_items(),
            step_index=0,
            cancel_url=url_for("OverviewView.index"),
        )

    def _check(self, form: Any) -> str:
        matches = duplicates.likely(reader(), details_of(form))
        form.not_the_same.data = False  # what was said was said of those that were shown then
        hidden = [
            *typed(form),
            ("number", _signer().dumps(str(_number() or uuid.uuid4()))),
            ("seen", _signer("seen").dumps([str(match.public_id) for match in matches])),
            ("page", "check"),
        ]
        return self.page(
            "authority/check.html",
            title=_("Check the details"),
            sections=answers(form, reader().country_code),
            form=form if matches else None,
            duplicates=duplicates_in_words.drawn(matches),
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


def _dismissed(form: Any) -> list[uuid.UUID]:
    """The likely duplicates that were on the check page, if all of them were said to be others (R9)."""
    if not form.not_the_same.data:
        return []
    try:
        return [uuid.UUID(number) for number in _signer("seen").loads(request.form.get("seen", ""))]
    except (BadSignature, ValueError, TypeError):
        return []


def _duplicates(form: Any, wait: str) -> Markup:
    """What likely duplicates there are; what is typed may be wrong in every way."""
    details = details_of(form)
    found = duplicates.likely(reader(), details) if not wait and duplicates.names_them(details) else []
    return duplicates_in_words.drawn(found, wait)


def _signer(what: str = "registration") -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"{what} {reader().user_id}")
