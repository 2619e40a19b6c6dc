"""*Opfordr flere på én gang*: rows are pasted, seen through, and sent one by one (R11, R9, R85)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import TooOften
from app.i18n import _
from app.policy.pages import Page, Verb
from app.security import limits
from app.security.acting import reader
from app.security.manager import granted
from app.security.parameters import takes
from app.services import invitation_batches
from app.services.invitation_batches import BatchRow
from app.services.pasted_rows import Pasted
from app.settings import setting
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.invitation_batch_form import (
    InvitationBatchForm,
    Previewed,
    batch_form,
    carried,
    digest,
    previewed,
    signed,
    ticked,
    wishes_of,
)
from app.views.invitation_batch_sending import Result, Sending, text_left
from app.views.invitation_batches_in_words import preview_rows, preview_sentences, result_rows, result_title
from app.views.lists import current_entry
from app.views.registration_pages import LONGEST_FORM

ROWS_A_LOOK = 10  # rows that are looked up count as one search (R85): two hundred of them are twenty


class InvitationBatchView(ImiView):
    """One address for all of it: form, preview and result, so that what was pasted is never lost."""

    route_base = "/invitations/many"
    default_view = "new"
    class_permission_name = Page.invitations.value
    method_permission_name = {"new": "write"}

    def create_blueprint(self, *args: Any, **words: Any) -> Any:
        blueprint = super().create_blueprint(*args, **words)
        blueprint.url_value_preprocessor(_take_long_form)
        return blueprint

    @expose("/", methods=["GET", "POST"])
    @has_access
    @takes(form=InvitationBatchForm, also=("step", "previewed", "switch_language"))
    def new(self) -> Any:
        """The form; with `step` the preview of its rows, or their sending."""
        again = drawn_again()
        form, shown = batch_form(reader()), carried()
        if again or not form.is_submitted():
            return self._page(form, shown)
        if request.form.get("step") != "send":
            return self._preview(form, shown)
        if shown is None or shown.made_of != digest(form):  # another text by now, or never shown to this person
            return self._preview(form, shown, has_changed=True)
        return self._send(form, shown)

    def _preview(self, form: InvitationBatchForm, shown: Previewed | None, *, has_changed: bool = False) -> Any:
        """What becomes of each row. Nothing is sent; the ticks are given anew, to what is shown now."""
        batch = shown.batch if shown else uuid.uuid4()
        found = self._checked(form, batch)
        if found is None:
            return self._page(form, shown), 422
        try:
            limits.count("LIMIT_SEARCHES", -(-len(found[1]) // ROWS_A_LOOK))
        except TooOften as wait:
            return self._page(form, shown, error_extra=[(None, wait.message)]), wait.status
        rows = show_refusal(form, lambda: invitation_batches.compared(reader(), found[1]))
        if rows is None:
            return self._page(form, shown), 422
        return self._page(
            form,
            previewed(batch, form, rows),
            rows=preview_rows(rows),
            said=preview_sentences(rows),
            has_changed=has_changed,
            can_send=any(not row.problems and not row.is_sent for row in rows),
        )

    def _checked(self, form: InvitationBatchForm, batch: uuid.UUID) -> tuple[Pasted, list[BatchRow]] | None:
        found: tuple[Pasted, list[BatchRow]] | None = show_refusal(
            form,
            lambda: invitation_batches.checked(reader(), form.rows.data or "", wishes_of(form), batch),
        )
        return found

    def _send(self, form: InvitationBatchForm, shown: Previewed) -> Any:
        """Send what the preview showed, and keep in the form what was not sent."""
        found = self._checked(form, shown.batch)
        if found is None:
            return self._page(form, shown), 422
        sending = Sending(shown.shown, ticked(form))
        results = [sending.of(row) for row in found[1]]
        form.rows.data = text_left(found[0], results)
        page = self._page(form, shown, results=result_rows(results), title=result_title(results))
        return page, _status(results, sending)

    def _page(self, form: InvitationBatchForm, shown: Previewed | None, **more: Any) -> str:
        """The form keeps its number as long as one works on it: what was sent from it is not sent again."""
        current_entry(Page.invitations.value)
        defaults = {
            "title": _("Invite several authorities at once"),
            "keep_form": "many",
            "enter_step": "preview",
            "previewed": signed(shown or Previewed(uuid.uuid4())),
            "most_an_hour": setting("LIMIT_INVITATIONS"),
            "list_url": url_for("InvitationListView.list"),
            "form_url": url_for("InvitationBatchView.new"),
        }
        return self.page("invitations/many.html", **{**defaults, **more}, form=form)


def _status(results: list[Result], sending: Sending) -> int:
    if any(result.is_done for result in results):
        return 200
    return 429 if sending.wait else 422


def _take_long_form(_endpoint: str | None, _values: Any) -> None:
    """Let those who invite send a long text, so that what is too long is told at its field and nothing pasted is lost.

    Runs before anything reads the form, the check of its token included.
    """
    if request.method == "POST" and (Verb.write.value, Page.invitations.value) in granted():
        request.max_content_length = request.max_form_memory_size = LONGEST_FORM
