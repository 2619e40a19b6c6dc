"""*Ret*: a validator corrects what an invited body wrote (journey 3, R17)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict, NotFound
from app.i18n import _
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import validation_tasks, validations
from app.services.validation_tasks import Task
from app.services.validations import OVERTAKEN
from app.views import invitations_in_words as words
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.drafts_in_words import differences
from app.views.lists import current_entry
from app.views.registration_form import (
    SAID_OF_DUPLICATES,
    RegistrationForm,
    details_of,
    fill,
    pairs_of,
    registration_form,
)
from app.views.registration_pages import version_shown
from app.views.validation_in_words import decided_already


class RegistrationCorrectionsView(ImiView):
    """The form of step 1 over what was sent."""

    route_base = "/tasks/awaiting-validation"
    default_view = "correct"
    class_permission_name = Page.awaiting_validation.value
    method_permission_name = {"correct": "write"}

    @expose("/<uuid:public_id>/correct", methods=["GET", "POST"])
    @has_access
    @takes(form=RegistrationForm, made=("title_*",), also=("step", "version", "switch_language"))
    def correct(self, public_id: uuid.UUID) -> Any:
        """*Ret*: the form of step 1 with what was sent (R17)."""
        again = drawn_again()
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        form = registration_form(task.authority.country_code)
        if not form.is_submitted():
            return self._correction(task, fill(form, pairs_of(task.details)), task.authority.version)
        if again:
            return self._correction(task, form, version_shown())
        return self._corrected(task, form)

    def _corrected(self, task: Task, form: Any) -> Any:
        public_id = task.authority.public_id

        def work() -> bool:
            with acting() as actor:
                validations.correct(actor, public_id, version_shown(), details_of(form))
            return True

        try:
            if not show_refusal(form, work):
                return self._correction(task, form, version_shown()), 422
        except Conflict as refusal:
            return self._correction_overtaken(public_id, form, refusal)
        flash(_("The registration is corrected. Look at it once more, and validate it."), "success")
        return redirect(url_for("AwaitingValidationView.show", public_id=public_id), 303)

    def _correction_overtaken(self, public_id: uuid.UUID, form: Any, refusal: Conflict) -> Any:
        """A colleague was faster: his and mine, field by field (R26)."""
        if refusal.field != OVERTAKEN:
            raise refusal
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        theirs = fill(registration_form(task.authority.country_code), pairs_of(task.details))
        page = self._correction(task, form, task.authority.version, overtaken=differences(theirs, form))
        return page, refusal.status

    def _correction(self, task: Task, form: Any, version: int, **more: Any) -> str:
        if SAID_OF_DUPLICATES in form:
            del form[SAID_OF_DUPLICATES]
        current_entry(Page.awaiting_validation.value)
        back = url_for("AwaitingValidationView.show", public_id=task.authority.public_id)
        return self.page(
            "tasks/correct.html",
            title=_("Correct the registration"),
            lead=_("What you correct here is validated as you have written it. It is logged what was changed."),
            form=form,
            form_url=url_for("RegistrationCorrectionsView.correct", public_id=task.authority.public_id),
            hidden=[("version", version)],
            keep_form="register",
            verb_object=_("Save the correction"),
            cancel_url=back,
            back_url=back,
            back_label=task.authority.official_name,
            step_items=words.step_items(),
            step_index=2,
            **more,
        )
