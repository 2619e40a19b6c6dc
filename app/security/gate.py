"""The gate before every page: deny by default.

A route is open on purpose, or asks for a right that the actor holds, or does not exist for him (R70).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.policy.actor import Actor
from app.policy.roles import Role, roles_of
from app.security import limits
from app.security.manager import granted
from app.security.refused import note_refusal
from app.services import sessions
from app.transaction import transaction

# Open to everybody, signed in or not. A test holds this list against the routes there are.
OPEN = frozenset(
    {
        "static",
        "SignInView.login",
        "LanguageView.switch",
        "HealthView.alive",
        "HelpView.index",
        "HelpView.show",
        "InvitedBodyView.index",
        "InvitedBodyView.registration",
        "InvitedBodyView.check",
        "InvitedBodyView.send",
        "DevMailsView.index",
        "DevMailsView.show",
        "DevMailsView.html",
    }
)


SIGN_OUT = "SignInView.sign_out"  # the way out is open, however much was sent


def init_app(app: Flask) -> None:
    """Put the gate before every request, after FAB has said who the person is."""
    app.before_request(pass_gate)


def pass_gate() -> Response | None:
    """Let the request through, lead it to sign-in or to the change of password, or answer 404.

    What a signed-in person sends is counted: each form may cost entries of a log that is kept for ever (R85).
    """
    if request.method == "POST" and request.endpoint != SIGN_OUT and not current_user.is_anonymous:
        limits.count("LIMIT_ACTS")
    if request.endpoint is None or request.endpoint in OPEN:
        return None
    if current_user.is_anonymous:
        return _lead_to_sign_in()
    actor: Actor = current_user._get_current_object()
    if right_of(request.endpoint) in granted():
        _note_use(actor)
        return None
    if Role.restricted in roles_of(actor):
        return redirect(url_for("PasswordView.change"))
    note_refusal()
    return abort(404)


def right_of(endpoint: str) -> tuple[str, str] | None:
    """The (verb, page) that a route asks for; None, which nobody holds, for one that names no right."""
    view, page = page_of(endpoint)
    if not hasattr(page, "_permission_name"):
        return None
    return f"can_{view.get_method_permission(page.__name__)}", view.class_permission_name


def page_of(endpoint: str) -> tuple[Any, Any]:
    """The view and the method that answer a route of ours; None for both where it is none."""
    name, _, method = endpoint.partition(".")
    builder = current_app.appbuilder  # type: ignore[attr-defined]
    view = next((view for view in builder.baseviews if view.endpoint == name), None)
    return view, getattr(view, method, None)


def _lead_to_sign_in() -> Response:
    """A page is come back to after signing in; what was sent cannot be, and 401 says so."""
    if request.method not in ("GET", "HEAD"):
        abort(401)
    if request.headers.get("HX-Request"):
        g.htmx_refresh = True
        abort(401)
    target = request.full_path.rstrip("?")
    return redirect(url_for("SignInView.login", next=target if target != "/" else None))


def _note_use(actor: Actor) -> None:
    """The idle time counts from the last page, written once a minute at most."""
    if sessions.is_due(actor):
        with transaction():
            sessions.touch(actor)


def own_path(target: str | None) -> str:
    """A path of this site to go on to; the start page for anything else (R81)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    parts = urlsplit(target)
    safe = not parts.scheme and not parts.netloc and target.isprintable()
    return target if safe else "/"
