"""The pages of an invited body, which has no account: it registers itself by its personal link (journey 2, R12–R14).

Whoever holds the link may do what it is for, and sees nothing of others: no name is looked up here (R8, R18). No GET
changes anything, for mail scanners open links. Nothing of the token is logged: requests are, by their route.
"""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_babel import refresh
from flask_login import current_user

from app.errors import Conflict, InvalidInput, NotFound, TooOften
from app.i18n import _
from app.models import InvitationStatus
from app.security import limits
from app.security.parameters import takes
from app.services import invitation_links, registration_details, self_registrations
from app.services.invitation_links import OPEN, Opened
from app.services.self_registrations import OVERTAKEN
from app.transaction import transaction
from app.views import invited_in_words as words
from app.views.base import ImiView, drawn_again, show_refusal
from app.views.drafts_in_words import differences
from app.views.registration_form import (
    SAID_OF_DUPLICATES,
    RegistrationForm,
    answers,
    details_of,
    fill,
    pairs_of,
    registration_form,
    typed,
)

SENT = ("step", "shown", "switch_language")


class InvitedBodyView(ImiView):
    """Open to everybody: what it opens is decided by the link."""

    route_base = "/invitation/<token>"
    default_view = "index"

    @expose("/")
    def index(self, token: str) -> Any:
        """What this is and who invites; where the link opens no form any more, why, and whom to ask (R13)."""
        opened = _opened(token)
        if opened is None:
            return self._dead_end()
        if opened.status not in OPEN:
            return self._state(opened)
        return self.page("invited/start.html", **words.start(opened, token))

    @expose("/registration", methods=["GET", "POST"])
    @takes(query=("problems",), form=RegistrationForm, made=("title_*",), also=SENT)
    def registration(self, token: str) -> Any:
        """The form of step 1 with what was saved or sent back; what is typed is kept, right or wrong (R14)."""
        opened = _opened(token)
        if opened is None:
            return self._kept_while_signed_in(token) if request.method == "POST" else self._dead_end()
        if opened.status not in OPEN:
            return _to_start(token, lost=request.method == "POST")
        again = drawn_again()
        form = _form_of(opened)
        if not form.is_submitted():
            filled = fill(form, _kept(opened))
            wrong = "problems" in request.args and not _is_right(opened, filled)
            return self._form(opened, token, filled), 422 if wrong else 200
        if again:
            return self._form(opened, token, form, shown=request.form.get("shown", ""))
        return self._save(opened, token, form)

    def _kept_while_signed_in(self, token: str) -> Any:
        """Somebody has signed in by another tab meanwhile: what was typed stands in the form until he signs out."""
        opened = None if current_user.is_anonymous else _found(token)
        if opened is None or opened.status not in OPEN:
            return self._dead_end()
        session.pop("_flashes", None)  # that a token ran out is not what this is about
        told = words.signed_in(current_user.full_name)
        said = [(None, f"{told['title']}. {told['lead']}")]
        return self._form(opened, token, _form_of(opened), shown=request.form.get("shown", ""), error_extra=said), 403

    def _save(self, opened: Opened, token: str, form: Any) -> Any:
        go_on = request.form.get("step") != "draft"
        try:
            limits.count("LIMIT_INVITED")
            with transaction():
                self_registrations.save(token, typed(form), request.form.get("shown", ""))
        except (InvalidInput, TooOften) as refusal:
            return self._form(opened, token, form, error_extra=[(None, refusal.message)]), refusal.status
        except Conflict as refusal:
            return self._overtaken(token, form, refusal)
        if go_on:
            return redirect(url_for("InvitedBodyView.check", token=token), 303)
        flash(_("What you have typed is saved. You can go on another day by the same link."), "success")
        return redirect(url_for("InvitedBodyView.registration", token=token), 303)

    def _overtaken(self, token: str, form: Any, refusal: Conflict) -> Any:
        """Somebody else has saved by the same link: his and mine, field by field. Or the link opens no form now."""
        opened = _opened(token)
        if refusal.field != OVERTAKEN or opened is None:
            return _to_start(token, lost=True)
        theirs = fill(_form_of(opened), _kept(opened))
        return self._form(opened, token, form, overtaken=differences(theirs, form)), refusal.status

    def _form(self, opened: Opened, token: str, form: Any, *, shown: str | None = None, **more: Any) -> str:
        g.page_address = url_for("InvitedBodyView.registration", token=token)
        mark = self_registrations.mark(opened.invitation) if shown is None else shown
        return self.page("invited/form.html", **words.form_page(opened, token, form, mark), **more)

    @expose("/check")
    def check(self, token: str) -> Any:
        """All that was typed, before it is sent; where it is not right, on to the form with the sentences."""
        opened = _opened(token)
        if opened is None:
            return self._dead_end()
        if opened.status not in OPEN:
            return _to_start(token)
        form = fill(_form_of(opened), _kept(opened))
        if not _is_right(opened, form):
            return redirect(url_for("InvitedBodyView.registration", token=token, problems="yes"))
        return self._check(opened, token, form)

    def _check(self, opened: Opened, token: str, form: Any, changed: Any = None) -> str:
        g.page_address = url_for("InvitedBodyView.check", token=token)
        address = url_for("InvitedBodyView.registration", token=token)
        return self.page(
            "invited/check.html",
            **words.check_page(opened, token),
            sections=answers(form, opened.invitation.country_code, address),
            hidden=[*typed(form), ("shown", self_registrations.mark(opened.invitation))],
            changed=changed,
            back_url=address,
        )

    @expose("/send", methods=["GET", "POST"])
    @takes(form=RegistrationForm, made=("title_*",), also=SENT)
    def send(self, token: str) -> Any:
        """The registration as the check page showed it: it awaits validation from now on (R15, R16)."""
        opened = _opened(token)
        if opened is None:
            return self._dead_end()
        if request.method == "GET" or opened.status not in OPEN:
            return _to_start(token)
        if drawn_again():
            return self._check(opened, token, fill(_form_of(opened), _kept(opened)))
        limits.count("LIMIT_INVITED")
        sent, form = _form_of(opened), _form_of(opened)

        def work() -> bool:
            with transaction():
                held = self_registrations.opened_as_shown(token, request.form.get("shown", ""))
                fill(form, self_registrations.typed_so_far(held) or typed(sent))
                self_registrations.submit(token, details_of(form))
            return True

        try:
            done = show_refusal(form, work)
        except Conflict as refusal:
            return self._changed_since(token, sent, refusal)
        if not done:
            return self._form(opened, token, form), 422
        return _to_start(token)

    def _changed_since(self, token: str, sent: Any, refusal: Conflict) -> Any:
        """The check page again, with what somebody else has saved since. Or it was sent already, as the link says."""
        opened = _opened(token)
        if refusal.field != OVERTAKEN or opened is None:
            return _to_start(token)
        form = fill(_form_of(opened), _kept(opened))
        return self._check(opened, token, form, differences(form, sent)), refusal.status

    def _state(self, opened: Opened) -> Any:
        """How it stands, whom to ask, and no data of the registration."""
        gone = opened.status in (InvitationStatus.expired, InvitationStatus.cancelled, InvitationStatus.rejected)
        return self.page("invited/state.html", **words.state(opened)), 410 if gone else 200

    def _dead_end(self) -> Any:
        """Somebody is signed in here, or there is no such link."""
        if not current_user.is_anonymous:
            return self.page("invited/state.html", **words.signed_in(current_user.full_name)), 403
        return self.page("invited/state.html", **words.unknown()), 404


def _opened(token: str) -> Opened | None:
    """Where the link leads; None for a wrong one, which is counted (R85), and where somebody is signed in.

    Pages are in the language of the invitation, unless their reader has chosen another (R14).
    """
    return _found(token) if current_user.is_anonymous else None


def _found(token: str) -> Opened | None:
    try:
        opened = invitation_links.find(token)
    except NotFound:
        limits.count("LIMIT_WRONG_LINKS")
        return None
    g.page_language = opened.invitation.language
    refresh()
    return opened


def _to_start(token: str, *, lost: bool = False) -> Any:
    """To the page that says how it stands; `lost`: what was sent could not be kept any more."""
    if lost:
        flash(_("What you typed last was not saved, because the link opens no form any more."), "warning")
    return redirect(url_for("InvitedBodyView.index", token=token), 303)


def _form_of(opened: Opened) -> Any:
    """The form of the invitation's country, its words meant for the body itself; it says nothing of other bodies."""
    form = registration_form(opened.invitation.country_code)
    del form[SAID_OF_DUPLICATES]
    form.user_phone.description = _("The access manager rings this number to tell the username.")
    return form


def _kept(opened: Opened) -> list[tuple[str, str]]:
    """What the form shows: what was saved, else what was sent and came back, else what the invitation suggests."""
    row = opened.invitation
    if row.typed:
        return list(self_registrations.typed_so_far(row))
    returned = self_registrations.returned_details(row)
    if returned is not None:
        return pairs_of(returned)
    suggested = [("classification", str(number)) for number in row.suggested_classification]
    return [("official_name", row.invited_name), ("user_language", row.language), *suggested]


def _is_right(opened: Opened, form: Any) -> bool:
    country = opened.invitation.country_code
    return show_refusal(form, lambda: registration_details.check_what_is_typed(details_of(form), country)) is not None
