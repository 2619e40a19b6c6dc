"""A draft of a registration: gone on with, checked, registered, discarded (R6)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict, NotFound
from app.i18n import _
from app.models import RegistrationDraft
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import registration_drafts
from app.services.registration_drafts import OVERTAKEN
from app.views import duplicates_on_pages
from app.views.base import drawn_again, show_refusal
from app.views.drafts_in_words import by, differences, saved_words
from app.views.registration_form import RegistrationForm, answers, details_of, fill, registration_form, typed
from app.views.registration_pages import RegistrationPages, as_sent, done_already, is_right, step_items, version_shown


class RegistrationDraftsView(RegistrationPages):
    """Step 1 from the moment that something of it is kept."""

    route_base = "/register-authority/drafts"
    default_view = "edit"
    class_permission_name = Page.register_authority.value
    method_permission_name = {"edit": "write", "check": "write", "register": "write", "discard": "write"}

    @expose("/<uuid:public_id>/", methods=["GET", "POST"])
    @has_access
    @takes(
        query=("problems",),
        form=RegistrationForm,
        made=("title_*",),
        also=("step", "version", "before", "number", "switch_language"),
    )
    def edit(self, public_id: uuid.UUID) -> Any:
        """The form with what the draft holds; with `problems`, what is not right in it is told at the fields."""
        again = drawn_again()
        form, draft = registration_form(reader().country_code), registration_drafts.find(reader(), public_id)
        if draft is None:
            return self.gone(form, public_id)
        if not form.is_submitted():
            fill(form, draft.typed)
            wrong = "problems" in request.args and not is_right(form)
            return self.form_page(form, draft=draft), 422 if wrong else 200
        if again:
            return self.form_page(form, draft=draft, hidden=as_sent())
        return self.save(form, public_id, version_shown())

    @expose("/<uuid:public_id>/check")
    @has_access
    def check(self, public_id: uuid.UUID) -> Any:
        """All that was typed, before it is registered; where it is not right, on to the form with the sentences."""
        form, draft = registration_form(reader().country_code), registration_drafts.find(reader(), public_id)
        if draft is None:
            return self.gone(form, public_id)
        fill(form, draft.typed)
        if not is_right(form):
            return redirect(url_for("RegistrationDraftsView.edit", public_id=public_id, problems="yes"))
        return self._check_page(form, draft)

    def _check_page(
        self, form: Any, draft: RegistrationDraft, changed: list[tuple[str, str, str]] | None = None
    ) -> str:
        """`changed`: what a colleague has changed since this person saw it, as (field, now, before)."""
        edit_url = url_for("RegistrationDraftsView.edit", public_id=draft.public_id)
        asked = duplicates_on_pages.asked(draft.public_id, details_of(form))
        form.not_the_same.data = False  # what was said was said of those that were shown then
        g.page_address = url_for("RegistrationDraftsView.check", public_id=draft.public_id)
        return self.page(
            "authority/check.html",
            title=_("Check the details"),
            sections=answers(form, draft.country_code, edit_url),
            form=form if asked.matches or form.not_the_same.errors else None,
            duplicates=asked.drawn,
            hidden=[
                *typed(form),
                ("version", draft.version),
                ("seen", asked.seen),
            ],
            action_url=url_for("RegistrationDraftsView.register", public_id=draft.public_id),
            verb_object=_("Register authority"),
            cancel_url=url_for("RegisterAuthorityView.register"),
            step_items=step_items(),
            step_index=0,
            back_url=edit_url,
            changed=changed,
            changed_by=by(draft),
        )

    @expose("/<uuid:public_id>/register", methods=["POST"])
    @has_access
    @takes(form=RegistrationForm, made=("title_*",), also=("step", "version", "seen"))
    def register(self, public_id: uuid.UUID) -> Any:
        """The authority with its first user, as it was shown on the check page. What is registered is the draft; what
        is sent besides tells what was shown, and is there still where a colleague has discarded the draft."""
        shown, form = registration_form(reader().country_code), registration_form(reader().country_code)

        def work() -> tuple[uuid.UUID, bool]:
            with acting() as actor:
                authority = registration_drafts.register(
                    actor,
                    public_id,
                    version_shown(),
                    lambda draft: details_of(fill(form, draft.typed)),
                    not_the_same=duplicates_on_pages.dismissed(public_id, shown),
                )
                return authority.public_id, authority.registered_by_user_id == actor.user_id

        try:
            done = show_refusal(form, work)
        except NotFound:
            return self.gone(shown, public_id)
        except Conflict as refusal:
            return self._changed_since(refusal, public_id, shown)
        return self._to_receipt(*done) if done else self._not_right(form, public_id)

    def _not_right(self, form: Any, public_id: uuid.UUID) -> Any:
        """What was right when it was checked is so no longer: the name has been taken, say. Or a likely duplicate was
        not said to be another one, which is said on the check page (R9)."""
        draft = registration_drafts.find(reader(), public_id)
        if draft is None:
            return self.gone(form, public_id)
        page = self._check_page(form, draft) if form.not_the_same.errors else self.form_page(form, draft=draft)
        return page, 422

    def _to_receipt(self, public_id: uuid.UUID, is_mine: bool) -> Any:
        if not is_mine:
            return done_already(public_id)
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id), 303)

    def _changed_since(self, refusal: Conflict, public_id: uuid.UUID, shown: Any) -> Any:
        """The check page again, with what a colleague has changed since (R26)."""
        if refusal.field != OVERTAKEN:
            raise refusal
        draft = registration_drafts.find(reader(), public_id)
        if draft is None:
            return self.gone(shown, public_id)
        form = fill(registration_form(reader().country_code), draft.typed)
        return self._check_page(form, draft, differences(form, shown)), refusal.status

    @expose("/<uuid:public_id>/discard", methods=["GET", "POST"])
    @has_access
    @takes(form=("version",))
    def discard(self, public_id: uuid.UUID) -> Any:
        """First the page that says what this means, then the act."""
        if request.method != "POST":
            draft = registration_drafts.find(reader(), public_id)
            return (
                self._ask_whether_to_discard(draft)
                if draft
                else self.gone(registration_form(reader().country_code), public_id)
            )
        try:
            with acting() as actor:
                registration_drafts.discard(actor, public_id, version_shown())
        except NotFound:
            return self.gone(registration_form(reader().country_code), public_id)
        except Conflict as refusal:
            flash(str(refusal.message), "warning")
            return redirect(url_for("RegistrationDraftsView.discard", public_id=public_id), 303)
        flash(_("The draft has been discarded."), "success")
        return redirect(url_for("RegisterAuthorityView.register"), 303)

    def _ask_whether_to_discard(self, draft: RegistrationDraft) -> Any:
        return self.page(
            "confirm.html",
            title=_("Discard the draft of %(name)s?", name=draft.official_name or _("an authority without a name")),
            lead=saved_words(draft),
            consequence_list=[_("What has been typed is deleted and cannot be brought back.")],
            action_url=url_for("RegistrationDraftsView.discard", public_id=draft.public_id),
            verb_object=_("Discard draft"),
            cancel_url=url_for("RegistrationDraftsView.edit", public_id=draft.public_id),
            hidden={"version": draft.version},
            back_url=url_for("RegisterAuthorityView.register"),
            back_label=_("Register authority"),
        )
