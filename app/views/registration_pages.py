"""What the pages of a registration share: the form of step 1, and keeping what was typed into it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug import Response

from app.errors import Conflict, InvalidInput, NotFound
from app.i18n import _
from app.models import RegistrationDraft
from app.policy.pages import Page, Verb
from app.security.acting import acting, reader
from app.security.manager import granted
from app.services import registration_details, registration_drafts
from app.services.registration_drafts import OVERTAKEN
from app.views import duplicates_on_pages
from app.views.base import ImiView, show_refusal
from app.views.brought_together import begun_with, brought_together, kept
from app.views.drafts_in_words import saved_words
from app.views.imi_form import number_of
from app.views.registration_form import SAID_OF_DUPLICATES, details_of, fill, registration_form, typed

LONGEST_FORM = 16 * 1024 * 1024
WITH_LONG_FORM = (
    "RegisterAuthorityView.register",
    "RegistrationDraftsView.edit",
    "RegistrationDraftsView.register",
)


class RegistrationPages(ImiView):
    """Base of the views on which step 1 is typed."""

    def create_blueprint(self, *args: Any, **words: Any) -> Any:
        blueprint = super().create_blueprint(*args, **words)
        blueprint.url_value_preprocessor(_take_long_form)
        return blueprint

    def form_page(self, form: Any, *, draft: RegistrationDraft | None = None, **more: Any) -> str:
        """The form of a new registration, or of a draft, with its likely duplicates as far as something is typed."""
        if SAID_OF_DUPLICATES in form:
            del form[SAID_OF_DUPLICATES]  # it is said on the check page
        new = number() or uuid.uuid4()
        shown: dict[str, Any] = {
            "lead": _("Register an authority that is not in IMI yet, with its first user."),
            "hidden": [("number", signed(new))],
            "form_url": url_for("RegisterAuthorityView.register"),
            "kept_at": url_for("RegistrationDraftsView.edit", public_id=new),
        }
        if draft is not None:
            address = url_for("RegistrationDraftsView.edit", public_id=draft.public_id)
            shown = {
                "lead": saved_words(draft),
                "hidden": [("version", draft.version), ("before", kept(draft.typed))],
                "form_url": address,
                "draft_url": address,
                "discard_url": url_for("RegistrationDraftsView.discard", public_id=draft.public_id),
            }
        defaults = {
            "title": _("Register authority"),
            "draft_url": url_for("RegisterAuthorityView.register"),
            "duplicates_url": url_for("RegisterAuthorityView.register"),
            "duplicates": "" if "duplicates" in more else duplicates_on_pages.counted(details_of(form)),
            "keep_form": "register",
            "step_items": step_items(),
            "step_index": 0,
            "cancel_url": url_for("OverviewView.index"),
        }
        return self.page("authority/draft.html", **{**defaults, **shown, **more}, form=form)

    def look(self, form: Any) -> Any:
        """Likely duplicates of what is typed so far: as a part of the page, or in it for who has no scripts (R8)."""
        details = details_of(form)
        wait = duplicates_on_pages.too_many_looks(details)
        found = duplicates_on_pages.drawn(details, wait)
        if "HX-Request" in request.headers:
            return str(found)
        return self.form_page(form, duplicates=found), (429 if wait else 200)

    def save(self, form: Any, public_id: uuid.UUID, version: int | None) -> Any:
        """Keep what was typed, right or wrong, and lead on: *Save draft* to the form, *Continue* to the check page.

        So every page of step 1 is one that Back and reload come back to without a question (R6). Where it is not
        kept, the form is drawn again with all that was typed (R26).
        """
        keep = request.form.get("step") == "draft"
        if not keep and not typed(form):
            return self._refused(form, public_id, version)
        try:
            with acting() as actor:
                registration_drafts.save(actor, public_id, typed(form), version=version, kept=keep)
        except NotFound:
            return self.gone(form, public_id)
        except InvalidInput as refusal:
            return self._refused(form, public_id, version, refusal)
        except Conflict as refusal:
            return self._not_saved(form, public_id, version, refusal)
        if keep:
            flash(_("The draft is saved. Your colleagues with administrator rights can go on with it."), "success")
        return redirect(url_for(f"RegistrationDraftsView.{'edit' if keep else 'check'}", public_id=public_id), 303)

    def _of_draft(self, public_id: uuid.UUID, version: int | None) -> dict[str, Any]:
        """The draft that the form is of, under the version which its person saw; nothing where it is a new one."""
        draft = registration_drafts.find(reader(), public_id)
        if version is None or draft is None:
            kept_at = url_for("RegistrationDraftsView.edit", public_id=public_id)
            return {"hidden": [("number", signed(public_id))], "kept_at": kept_at}
        return {"draft": draft, "hidden": as_sent()}

    def _refused(
        self, form: Any, public_id: uuid.UUID, version: int | None, refusal: InvalidInput | None = None
    ) -> Any:
        """There is nothing in it, or more than a draft holds: told at the fields, where those can say it."""
        told = request.form.get("step") != "draft" and not is_right(form)
        said = [] if told or refusal is None else [(None, refusal.message)]
        return self.form_page(form, error_extra=said, **self._of_draft(public_id, version)), 422

    def _not_saved(self, form: Any, public_id: uuid.UUID, version: int | None, refusal: Conflict) -> Any:
        """A colleague was faster: what only he has changed is in my form now, and what both have is shown. Or there are
        too many drafts."""
        if refusal.field != OVERTAKEN:
            said = [(None, refusal.message)]
            return self.form_page(form, error_extra=said, **self._of_draft(public_id, version)), refusal.status
        draft = registration_drafts.find(reader(), public_id)
        if draft is None:
            return self.gone(form, public_id)
        theirs = fill(registration_form(reader().country_code), draft.typed)
        before = begun_with(request.form.get("before", ""))
        both = brought_together(lambda: registration_form(reader().country_code), before, theirs, form)
        return self.form_page(form, draft=draft, overtaken=both), refusal.status

    def gone(self, form: Any, public_id: uuid.UUID) -> Any:
        """The draft is not there, or no longer: registered by now, which leads to the receipt, or discarded.

        What was typed stands in a new form. That tells nobody whether there ever was such a draft (R70).
        """
        if registration_drafts.registered(reader(), public_id):
            return done_already(public_id)
        if not typed(form):
            raise NotFound
        return self.form_page(form, is_gone=True), 404


def is_right(form: Any) -> bool:
    """Whether it could be registered as it is; sentences stand at the fields where not."""
    return show_refusal(form, lambda: registration_details.check(reader(), details_of(form))) is not None


def done_already(public_id: uuid.UUID) -> Response:
    """To the receipt of what was registered from a draft meanwhile."""
    flash(_("The authority has been registered already. Here is its receipt."), "info")
    return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id), 303)


def _take_long_form(endpoint: str | None, _values: Any) -> None:
    """Let those who register send a long form, so that what is too long is told at its field and nothing typed is lost.

    Runs before anything reads the form, the check of its token included; all others keep the usual limit.
    """
    right = (Verb.write.value, Page.register_authority.value)
    if endpoint in WITH_LONG_FORM and request.method == "POST" and right in granted():
        request.max_content_length = request.max_form_memory_size = LONGEST_FORM


def step_items(receipt_url: str = "") -> list[Any]:
    """The step list of a registration; `receipt_url` where one may go back to the receipt."""
    return [_("Details and superuser"), (_("Receipt"), receipt_url) if receipt_url else _("Receipt"), _("Modules")]


def version_shown() -> int:
    """The version of the draft that the person saw."""
    return number_of(request.form.get("version", ""))


def as_sent() -> list[tuple[str, Any]]:
    """What the form that was sent began with."""
    return [("version", version_shown()), ("before", request.form.get("before", ""))]


def number() -> uuid.UUID | None:
    """The number that the form gave the registration: sending it twice begins it once. None of the sender's own."""
    try:
        return uuid.UUID(_signer().loads(request.form.get("number", "")))
    except (BadSignature, ValueError, TypeError):
        return None


def signed(public_id: uuid.UUID) -> str:
    """The number as the form carries it: only for this person."""
    return str(_signer().dumps(str(public_id)))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"registration {reader().user_id}")
