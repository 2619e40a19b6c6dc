"""*Mine opgaver › Afventer validering*: the list, one task, and the four acts on it (journey 3, R16–R19)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict, NotFound
from app.i18n import _, ngettext
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import invitation_reading, validation_tasks, validations
from app.services.validation_tasks import Task
from app.services.validations import OVERTAKEN
from app.settings import setting
from app.views import duplicates_on_pages
from app.views import invitations_in_words as words
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.drafts_in_words import differences
from app.views.imi_form import number_of
from app.views.invitations import ReasonForm, gone_in_days
from app.views.lists import current_entry
from app.views.readers_form import number
from app.views.registration_form import (
    RegistrationForm,
    answers,
    details_of,
    fill,
    pairs_of,
    registration_form,
    typed,
)
from app.views.registration_pages import version_shown
from app.views.validation_in_words import beside_invitation, beside_others, decided_already, row_of


class AwaitingValidationView(ImiView):
    """What awaits the reader's validation; who has no such right has no such page."""

    route_base = "/tasks/awaiting-validation"
    default_view = "index"
    class_permission_name = Page.awaiting_validation.value
    method_permission_name = {
        "index": "read",
        "show": "read",
        "validate": "write",
        "send_back": "write",
        "reject": "write",
    }

    @expose("/")
    @has_access
    @takes(query=("page",), numbers=("page",))
    def index(self) -> Any:
        """The oldest first, with their age."""
        found = validation_tasks.waiting(reader(), number_of(request.args.get("page", "1")))
        others = {task.invitation.inviting_authority_id for task in found.tasks} - {reader().authority_id}
        inviters = invitation_reading.inviters(others) if others else {}
        rows = [row_of(task, inviters, words.age(task.registrant.submitted_at)) for task in found.tasks]
        return self.page(
            "tasks/waiting.html",
            title=_("Awaiting validation"),
            rows=rows,
            count_text=ngettext(
                "%(count)s registration", "%(count)s registrations", found.count, count=number(found.count)
            ),
            page_number=found.page,
            pages=found.pages,
            url_for_page=lambda n: url_for("AwaitingValidationView.index", page=n),
        )

    @expose("/<uuid:public_id>/")
    @has_access
    def show(self, public_id: uuid.UUID) -> Any:
        """What was sent, beside the invitation and beside what looks like it; then the acts."""
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        return self._task(task)

    def _task(self, task: Task, *, changed: Any = None, form: Any = None, **more: Any) -> str:
        """`changed`: what a colleague has changed since this person saw it; `form`: the one that was refused."""
        authority, actor = task.authority, reader()
        shown = form or registration_form(authority.country_code)
        fill(shown, pairs_of(task.details))
        manager = validation_tasks.manager_to_be(actor, task)  # held, for as a rule it is the inviter too
        asked = duplicates_on_pages.asked(authority.public_id, details_of(shown), but=authority.id)
        shown.not_the_same.data = False
        g.page_address = url_for("AwaitingValidationView.show", public_id=authority.public_id)
        correct = url_for("RegistrationCorrectionsView.correct", public_id=authority.public_id)
        is_own = validation_tasks.is_own(actor, task)
        return self.page(
            "tasks/task.html",
            title=authority.official_name,
            task=task,
            age=words.age(task.registrant.submitted_at),
            inviter=validation_tasks.inviter_of(task),
            manager=manager.official_name,
            is_own=is_own,
            mail_differs=validation_tasks.mail_domain_differs(task),
            beside_invitation=beside_invitation(task),
            duplicates=asked.drawn,
            compared=beside_others(actor, task, asked.matches),
            sections=answers(shown, authority.country_code, "" if is_own else correct),
            form=shown if asked.matches or shown.not_the_same.errors else None,
            hidden=[
                *typed(shown),
                ("version", authority.version),
                ("seen", asked.seen),
            ],
            changed=changed,
            step_items=words.step_items(),
            step_index=2,
            **more,
        )

    @expose("/<uuid:public_id>/validate", methods=["POST"])
    @has_access
    @takes(form=RegistrationForm, made=("title_*",), also=("version", "seen"))
    def validate(self, public_id: uuid.UUID) -> Any:
        """*Valider*: what was shown, and nothing else (R17, R18)."""
        sent = registration_form(reader().country_code)

        def work() -> bool:
            with acting() as actor:
                said = duplicates_on_pages.dismissed(public_id, sent)
                validations.validate(actor, public_id, version_shown(), said)
            return True

        try:
            done = show_refusal(sent, work)
        except Conflict as refusal:
            return self._overtaken(public_id, refusal, sent)
        if not done:
            return self._not_validated(public_id, sent)
        flash(_("The registration is validated, and the authority is told by e-mail."), "success")
        return redirect(url_for("RegisterAuthorityView.receipt", public_id=public_id), 303)

    def _not_validated(self, public_id: uuid.UUID, sent: Any) -> Any:
        """It is not right as it was sent, or a likely duplicate was not said to be another one (R9)."""
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        errors = {field.short_name: list(field.errors) for field in sent if field.errors}
        form = fill(registration_form(task.authority.country_code), pairs_of(task.details))
        for name, said in errors.items():
            form[name].errors = said
        return self._task(task, form=form), 422

    def _overtaken(self, public_id: uuid.UUID, refusal: Conflict, sent: Any) -> Any:
        """Somebody was faster: what he has changed, or what became of it."""
        if refusal.field != OVERTAKEN:
            raise refusal
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        now = fill(registration_form(task.authority.country_code), pairs_of(task.details))
        return self._task(task, changed=differences(now, sent)), refusal.status

    @expose("/<uuid:public_id>/send-back", methods=["GET", "POST"])
    @has_access
    @takes(form=ReasonForm, also=("version", "switch_language"))
    def send_back(self, public_id: uuid.UUID) -> Any:
        """*Send tilbage til rettelse*, with what is to be corrected."""
        again = drawn_again()  # before the words of the page are made
        return self._with_reason(
            public_id,
            validations.send_back,
            again=again,
            title=_("Send the registration back to be corrected?"),
            consequence_list=[
                _("The authority gets a new link by e-mail, with your reason. The old link opens nothing any more."),
                _("It finds what it wrote in the form, corrects it, and sends it again."),
                ngettext(
                    "If it does not do so within %(count)s day, the registration lapses.",
                    "If it does not do so within %(count)s days, the registration lapses.",
                    setting("INVITATION_DAYS"),
                    count=number(setting("INVITATION_DAYS")),
                ),
            ],
            verb_object=_("Send back to be corrected"),
            done=_("The registration is sent back, and the authority is told by e-mail what to correct."),
        )

    @expose("/<uuid:public_id>/reject", methods=["GET", "POST"])
    @has_access
    @takes(form=ReasonForm, also=("version", "switch_language"))
    def reject(self, public_id: uuid.UUID) -> Any:
        """*Afvis*, with the reason."""
        again = drawn_again()
        return self._with_reason(
            public_id,
            validations.reject,
            again=again,
            title=_("Reject the registration?"),
            consequence_list=[
                _("The authority is not registered, and is told why by e-mail."),
                gone_in_days(),
            ],
            verb_object=_("Reject the registration"),
            done=_("The registration is rejected, and the authority is told by e-mail."),
        )

    def _with_reason(
        self, public_id: uuid.UUID, act: Callable[..., None], *, again: bool, done: str, **words_of_it: Any
    ) -> Any:
        form = ReasonForm()
        try:
            task = validation_tasks.get(reader(), public_id)
        except NotFound:
            return decided_already(public_id)
        version = version_shown() if form.is_submitted() else task.authority.version
        if again or not form.is_submitted():
            return self._ask_for_reason(task, form, version, **words_of_it)

        def work() -> bool:
            with acting() as actor:
                act(actor, public_id, version, form.reason.data or "")
            return True

        try:
            if not show_refusal(form, work):
                return self._ask_for_reason(task, form, version, **words_of_it), 422
        except Conflict as refusal:
            said = [(None, refusal.message)]
            return self._ask_for_reason(task, form, version, error_extra=said, **words_of_it), refusal.status
        flash(done, "success")
        invitation = validation_tasks.decided(reader(), public_id).invitation
        return redirect(url_for("InvitationsView.show", public_id=invitation.public_id), 303)

    def _ask_for_reason(self, task: Task, form: Any, version: int, **more: Any) -> str:
        form.reason.flags.required = True
        current_entry(Page.awaiting_validation.value)
        back = url_for("AwaitingValidationView.show", public_id=task.authority.public_id)
        return self.page(
            "confirm.html",
            lead=task.authority.official_name,
            action_url=request.path,
            cancel_url=back,
            back_label=task.authority.official_name,
            hidden={"version": version},
            form=form,
            keep_form="confirm",
            **more,
        )
