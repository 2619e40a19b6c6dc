"""*Rediger myndighed*, and *Bekræft oplysninger* (§3.1.1, R23–R26, R93)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict
from app.i18n import _
from app.models import Authority, AuthorityStatus
from app.policy.authorities import Target
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import authorities, authority_editing
from app.services.authority_editing import OVERTAKEN
from app.views import duplicates_on_pages, way_back
from app.views.authority import COMES_ALONG, belongs_to, marks
from app.views.authority_form import AuthorityForm, authority_form, details_of, pairs_of
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.brought_together import begun_with, brought_together, kept
from app.views.registration_form import fill
from app.views.registration_pages import as_sent, version_shown

TABS = ("authority", "classification")  # that the form lies over


class AuthorityEditView(ImiView):
    """The form over what stands on the tabs Authority and Classification."""

    route_base = "/authorities/<uuid:public_id>"
    default_view = "edit"
    class_permission_name = Page.authority.value
    method_permission_name = {"edit": "write", "confirm": "write"}

    @expose("/edit", methods=["GET", "POST"])
    @has_access
    @takes(
        query=("tab", *COMES_ALONG),
        form=AuthorityForm,
        made=("title_*", "description_*"),
        also=("step", "version", "before", "seen", "switch_language"),
    )
    def edit(self, public_id: uuid.UUID) -> Any:
        """The form with what stands there; what is saved stands there at once, and in the log with what it was."""
        again = drawn_again()
        opened = _open(public_id)
        form = _form_of(opened)
        if not form.is_submitted():
            return self._form(fill(form, _pairs_of(opened)), opened)
        if again:
            return self._form(form, opened, as_sent())
        return self._save(form, opened)

    def _save(self, form: Any, opened: _Opened) -> Any:
        authority, public_id = opened.authority, opened.authority.public_id

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
            return self._form(form, _open(public_id), as_sent(), asks=bool(form.not_the_same.errors)), 422
        flash(_("The data of the authority are saved."), "success")
        return redirect(url_for(f"AuthorityView.{_tab()}", public_id=public_id, **_along()), 303)

    def _overtaken(self, form: Any, public_id: uuid.UUID) -> str:
        """A colleague was faster: what only he has changed is in my form now, and what both have is shown (R26)."""
        opened = _open(public_id)
        theirs = fill(_form_of(opened), _pairs_of(opened))
        before = begun_with(request.form.get("before", ""))
        return self._form(form, opened, overtaken=brought_together(lambda: _form_of(opened), before, theirs, form))

    def _form(
        self,
        form: Any,
        opened: _Opened,
        hidden: list[tuple[str, Any]] | None = None,
        *,
        asks: bool = False,
        **more: Any,
    ) -> str:
        """`hidden`: what the form began with, where that was earlier. `asks`: its new name is like another's, which
        must be said to be another."""
        authority = opened.authority
        back = url_for(f"AuthorityView.{_tab()}", public_id=authority.public_id, **_along())
        here = url_for("AuthorityEditView.edit", public_id=authority.public_id, tab=request.args.get("tab"), **_along())
        g.page_address = here
        hidden = hidden or [("version", authority.version), ("before", kept(_pairs_of(opened)))]
        found, seen = _likely_duplicates(form, authority) if asks else ("", [])
        if not asks:
            del form.not_the_same
        return self.page(
            "authority/edit.html",
            title=_("Edit authority"),
            lead=authority.official_name,
            marks=marks(reader(), opened.target),
            fixed_name=None if "official_name" in form else _fixed_name(authority),
            form=form,
            form_url=here,
            duplicates=found,
            hidden=[*hidden, *seen],
            keep_form="register",
            verb_object=_("Save"),
            cancel_url=back,
            back_url=back,
            back_label=authority.official_name,
            **more,
        )

    @expose("/confirm", methods=["POST"])
    @has_access
    @takes(query=COMES_ALONG, form=("version",), numbers=("version",))
    def confirm(self, public_id: uuid.UUID) -> Any:
        """*Bekræft oplysninger*: they are right today, says who is signed in (R93)."""
        with acting() as actor:
            authority_editing.confirm(actor, public_id, version_shown())
        flash(_("The data are confirmed as of today."), "success")
        return redirect(url_for("AuthorityView.authority", public_id=public_id, **_along()), 303)


@dataclass(frozen=True)
class _Opened:
    authority: Authority
    target: Target


def _open(public_id: uuid.UUID) -> _Opened:
    """The authority, if its data are the reader's to edit."""
    opened = _Opened(*authorities.opened(reader(), public_id, Act.edit_data))
    if opened.authority.status is not AuthorityStatus.active:
        raise Conflict(_("The authority is deactivated. Reactivate it before you change its data."))
    belongs_to(reader(), opened.authority)
    return opened


def _form_of(opened: _Opened) -> Any:
    return authority_form(opened.authority, renames=authority_editing.may_rename(reader(), opened.target))


def _pairs_of(opened: _Opened) -> list[tuple[str, str]]:
    return pairs_of(authority_editing.details_of(opened.authority))


def _along() -> dict[str, Any]:
    """The way back to the list from which the authority was opened."""
    return {**way_back.kept()}


def _tab() -> str:
    """The tab from which the form was opened, and to which it leads back."""
    asked = request.args.get("tab", "")
    return asked if asked in TABS else TABS[0]


def _likely_duplicates(form: Any, authority: Authority) -> tuple[Any, list[tuple[str, Any]]]:
    form.not_the_same.data = False
    asked = duplicates_on_pages.asked(authority.public_id, details_of(form, authority).body, but=authority.id)
    return asked.drawn, [("seen", asked.seen)]


def _fixed_name(authority: Authority) -> dict[str, str]:
    """The official name as text, and who changes it (R25, R50)."""
    names = ", ".join(link.manager.official_name for link in authorities.managers_of(authority))
    return {
        "name": authority.official_name,
        "said": (
            _("Only the access manager can change the official name. Write to %(names)s.", names=names)
            if names
            else _("You cannot change the official name of your own authority. Write to the national coordinator.")
        ),
    }
