"""*Rediger myndighed*, and *Bekræft oplysninger* (§3.1.1, R23–R26, R93)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict
from app.i18n import _
from app.models import Authority, AuthorityStatus
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import authorities, authority_editing
from app.services.authority_editing import OVERTAKEN
from app.views import duplicates_on_pages
from app.views.authority import belongs_to
from app.views.authority_form import AuthorityForm, authority_form, details_of, pairs_of
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.drafts_in_words import differences
from app.views.registration_form import fill
from app.views.registration_pages import version_shown


class AuthorityEditView(ImiView):
    """The form over what stands on the tabs Authority and Classification."""

    route_base = "/authorities/<uuid:public_id>"
    default_view = "edit"
    class_permission_name = Page.authority.value
    method_permission_name = {"edit": "write", "confirm": "write"}

    @expose("/edit", methods=["GET", "POST"])
    @has_access
    @takes(form=AuthorityForm, made=("title_*", "description_*"), also=("step", "version", "seen", "switch_language"))
    def edit(self, public_id: uuid.UUID) -> Any:
        """The form with what stands there; what is saved stands there at once, and in the log with what it was."""
        again = drawn_again()
        authority = _open(public_id)
        form = _form_of(authority)
        if not form.is_submitted():
            return self._form(fill(form, pairs_of(authority_editing.details_of(authority))), authority)
        if again:
            return self._form(form, authority, version=version_shown())
        return self._save(form, authority)

    def _save(self, form: Any, authority: Authority) -> Any:
        public_id = authority.public_id

        def work() -> bool:
            with acting() as actor:
                said = duplicates_on_pages.dismissed(public_id, form)
                authority_editing.edit(actor, public_id, version_shown(), details_of(form, authority), said)
            return True

        try:
            done = show_refusal(form, work)
        except Conflict as refusal:
            if refusal.field != OVERTAKEN:
                raise
            return self._overtaken(form, public_id), refusal.status
        if not done:
            return self._form(form, _open(public_id), version=version_shown(), asks=bool(form.not_the_same.errors)), 422
        flash(_("The data of the authority are saved."), "success")
        return redirect(url_for("AuthorityView.authority", public_id=public_id), 303)

    def _overtaken(self, form: Any, public_id: uuid.UUID) -> str:
        """A colleague was faster: his and mine, field by field (R26)."""
        authority = _open(public_id)
        theirs = fill(_form_of(authority), pairs_of(authority_editing.details_of(authority)))
        return self._form(form, authority, overtaken=differences(theirs, form))

    def _form(
        self, form: Any, authority: Authority, *, version: int | None = None, asks: bool = False, **more: Any
    ) -> str:
        """`asks`: its new name is like another's, which must be said to be another."""
        back = url_for("AuthorityView.authority", public_id=authority.public_id)
        here = url_for("AuthorityEditView.edit", public_id=authority.public_id)
        g.page_address = here
        hidden: list[tuple[str, Any]] = [("version", authority.version if version is None else version)]
        found: Any = ""
        if asks:
            form.not_the_same.data = False
            asked = duplicates_on_pages.asked(authority.public_id, details_of(form, authority).body, but=authority.id)
            found = asked.drawn
            hidden.append(("seen", asked.seen))
        else:
            del form.not_the_same
        return self.page(
            "authority/edit.html",
            title=_("Edit authority"),
            lead=authority.official_name,
            form=form,
            form_url=here,
            duplicates=found,
            hidden=hidden,
            keep_form="register",
            verb_object=_("Save"),
            cancel_url=back,
            back_url=back,
            back_label=authority.official_name,
            **more,
        )

    @expose("/confirm", methods=["POST"])
    @has_access
    def confirm(self, public_id: uuid.UUID) -> Any:
        """*Bekræft oplysninger*: they are right today, says who is signed in (R93)."""
        with acting() as actor:
            authority_editing.confirm(actor, public_id)
        flash(_("The data are confirmed as of today."), "success")
        return redirect(url_for("AuthorityView.authority", public_id=public_id), 303)


def _open(public_id: uuid.UUID) -> Authority:
    """The authority, if its data are the reader's to edit."""
    authority = authorities.with_details(authorities.get(reader(), public_id, Act.edit_data))
    if authority.status is not AuthorityStatus.active:
        raise Conflict(_("The authority is deactivated. Reactivate it before you change its data."))
    belongs_to(reader(), authority)
    return authority


def _form_of(authority: Authority) -> Any:
    target = authorities.target_of(reader(), authority)
    return authority_form(authority, renames=authority_editing.may_rename(reader(), target))
