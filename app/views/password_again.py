"""The password entered again (R90): `@password_again` before an act that asks for it, and the one page that asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from wtforms import PasswordField

from app.errors import Conflict, TooOften
from app.i18n import _, _l
from app.policy.pages import Page
from app.security import limits, step_up
from app.security.gate import own_path, right_of
from app.security.manager import granted
from app.security.parameters import may_bring, takes
from app.security.step_up import LANGUAGE, PASSWORD
from app.services.sign_in import Entered
from app.views import languages
from app.views.base import ImiView
from app.views.imi_form import ImiForm
from app.views.rendering import here

# The session is known and what was asked for may be right, but what was shown so far is not enough for it: RFC 9110
# says 403 "insufficient credentials … repeat with new or different credentials". 401 is what a session that has ended
# gets, and asks for a header; 200 would tell tests, logs and scripts that the act was done.
NOT_ENOUGH = 403


class PasswordAgainForm(ImiForm):
    """One field."""

    password_again = PasswordField(_l("Password"), render_kw={"autocomplete": "current-password", "autofocus": True})


class Sent(NamedTuple):
    """What the page asked for brought with it, once the page's own fields are taken out of the form."""

    password: str | None
    language: str


def password_again(purpose: object, back: str | Callable[[], str] = "OverviewView.index") -> Callable[[Any], Any]:
    """Guard a method of a view, below `@has_access`: it runs when the password was entered lately (R90).

    Else the page that asks for it is drawn in its place, and says `purpose`, a lazy sentence ("You are about to …").
    Cancelling leads to the endpoint `back`, or to the address that it gives. A form that was sent comes with it, field
    for field, and is handed to the method once the password is right; so that nothing typed is lost. Files cannot come
    along, and what is typed into a form would stand in the page: a form with a secret or a file is guarded where it is
    opened. Forms that htmx sends are led to the page and lose what was typed: far-reaching acts are plain forms.
    """

    def guard(method: Any) -> Any:
        @wraps(method)
        def guarded(view: ImiView, *args: Any, **words: Any) -> Any:
            answer = _ask(view, purpose, url_for(back) if isinstance(back, str) else back())
            return method(view, *args, **words) if answer is None else answer

        guarded._taken = may_bring(method, PASSWORD, LANGUAGE)  # type: ignore[attr-defined]
        guarded.purpose_of_password = purpose  # type: ignore[attr-defined]
        return guarded

    return guard


def _ask(view: ImiView, purpose: object, back_url: str) -> Any:
    """The page, where one has to ask; None, where the act may begin."""
    sent = _take_own_fields()
    switched = languages.choose(sent.language)
    if not switched and step_up.is_entered():
        return None
    if request.headers.get("HX-Request"):
        return "", NOT_ENOUGH, {"HX-Redirect": url_for("PasswordAgainView.enter", next=here())}
    problem = None if switched or sent.password is None else _problem(sent.password)
    if problem == "":
        return None
    if request.method == "POST":
        kept = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
        return _page(view, purpose, back_url, problem=problem, kept=kept, keep_form="password-again"), _status()
    action_url = url_for("PasswordAgainView.enter")
    return _page(view, purpose, back_url, kept=[("next", here())], action_url=action_url), NOT_ENOUGH


def _take_own_fields() -> Sent:
    """Read the page's own fields and remove them: the guarded method never sees them."""
    form = request.form.copy()
    password, language = form.pop(PASSWORD, None), form.pop(LANGUAGE, "")
    if len(form) != len(request.form):
        request.form = ImmutableMultiDict(form)
    return Sent(password, language)


def _problem(password: str) -> str:
    """Try the password: "" if it is right, else the sentence that says what is wrong with it."""
    if not password:
        return _("Write your password.")
    try:
        limits.count("LIMIT_PASSWORDS")
    except TooOften as wait:
        g.status_of_password = wait.status
        return str(wait.message)
    outcome = step_up.enter(password)
    if outcome is Entered.blocked:
        raise Conflict(_l("Your password is blocked. Ask an administrator to reset it."))
    return "" if outcome is Entered.right else _("This is not your password.")


def _status() -> int:
    """403, or 429 where the password was tried too often: what was typed comes along all the same."""
    return int(g.get("status_of_password", NOT_ENOUGH))


def _page(view: ImiView, purpose: object, back_url: str, problem: str | None = None, **words: Any) -> str:
    form = PasswordAgainForm()
    form.password_again.flags.required = True
    if problem:
        form.password_again.errors = [problem]
    return view.page(
        "passwords/again.html", form=form, purpose=purpose, back_url=back_url, switch_name=LANGUAGE, **words
    )


class PasswordAgainView(ImiView):
    """The page at an address of its own: where a page was asked for, it leads on to it."""

    route_base = "/password-again"
    class_permission_name = Page.password_again.value
    method_permission_name = {"enter": "write"}

    @expose("/", methods=["GET", "POST"])
    @has_access
    @takes(query=("next",), form=("next", PASSWORD, LANGUAGE, "switch_language"))
    def enter(self) -> Any:
        """Ask, and go on to where one wanted to."""
        target = own_path(request.values.get("next"))
        g.page_address = url_for("PasswordAgainView.enter", next=target)  # where a switch of language comes back to
        problem = _problem(request.form.get(PASSWORD, "")) if request.method == "POST" else None
        if problem == "":
            return redirect(target)
        page = _page(
            self,
            _purpose_of(target),
            url_for("OverviewView.index"),
            problem=problem,
            kept=[("next", target)],
            action_url=url_for("PasswordAgainView.enter"),
        )
        return make_response(page, _status() if problem else 200)


def _purpose_of(target: str) -> object:
    """What the guarded page at the address is for; "" where there is none, and where it is not for him (R70)."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(target).path, "GET")
    except HTTPException:
        return ""
    if right_of(endpoint) not in granted():
        return ""
    return getattr(current_app.view_functions[endpoint], "purpose_of_password", "")
