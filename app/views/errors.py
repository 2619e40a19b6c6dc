"""Every refusal and failure as a page: what is not possible, why, and what to do (R73)."""

from __future__ import annotations

import logging
from traceback import format_tb
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, flash, g, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from app.errors import ImiError, TooOften
from app.i18n import _, _l
from app.security import gate, parameters
from app.security.manager import granted
from app.security.origin import FromElsewhere
from app.security.parameters import UnexpectedParameters
from app.security.refused import note_refusal

_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Answer errors of ours, of the protocol and of the program with a page each."""
    app.register_error_handler(ImiError, _refusal)
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(UnexpectedParameters, _unexpected)
    app.register_error_handler(FromElsewhere, _from_elsewhere)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _failure)
    app.log_exception = _log_failure  # type: ignore[method-assign]


Link = tuple[str, object] | None  # an address and what stands on its button; none leads to the start page


def _page(status: int, title: str, what: str, next_step: str, why: str = "", link: Link = None) -> tuple[str, int]:
    page = render_template(
        "errors/page.html",
        appbuilder=current_app.appbuilder,  # type: ignore[attr-defined]
        title=title,
        what=what,
        why=why,
        next_step=next_step,
        status=status,
        request_id=g.get("request_id", ""),
        link_url=link[0] if link else None,
        link_label=link[1] if link else None,
    )
    return page, status


def _refusal(error: ImiError) -> Any:
    if error.status in (403, 404):
        note_refusal()
    if error.status == 404:
        return _not_found()
    if isinstance(error, TooOften):
        return _page(
            error.status,
            _("Please wait a little"),
            str(error.message),
            _("Go back and try again when the time has passed. Nothing has been changed."),
        )
    return _page(
        error.status,
        _("This is not possible"),
        str(error.message),
        _("Go back, and see how things stand now."),
        link=_way_back(error),
    )


# Where one sees how things stand, after somebody else was faster.
WAYS_BACK: dict[str, tuple[str, object]] = {
    "OperationsView.run": ("OperationsView.index", _l("Go to Jobs and log")),
    "MailsView.send_again": ("MailsView.index", _l("Go to Mails")),
    "MailsView.arrived": ("MailsView.index", _l("Go to Mails")),
    "MailsView.give_up": ("MailsView.index", _l("Go to Mails")),
}


def _way_back(error: ImiError) -> Link:
    if error.status != 409 or request.endpoint not in WAYS_BACK:
        return None
    endpoint, label = WAYS_BACK[request.endpoint]
    return url_for(endpoint), label


def _not_found() -> Any:
    return _page(
        404,
        _("The page does not exist"),
        _("There is no page at this address, or you have no access to it."),
        _("Check the address, or find what you need from the start page."),
    )


# Long forms: where their token has run out, they are drawn again with all that was typed.
DRAWN_AGAIN = (
    "RegisterAuthorityView.register",
    "RegistrationDraftsView.edit",
    "ModuleAccessView.grant",
    "AuthorityEditView.edit",
    "InvitationsView.new",
    "InvitationsView.cancel",
    "RegistrationCorrectionsView.correct",
    "AwaitingValidationView.send_back",
    "AwaitingValidationView.reject",
    "InvitedBodyView.registration",
    "InvitedBodyView.send",
    "InvitationBatchView.new",
)


def _expired_form(_error: CSRFError) -> Any:
    endpoint = request.endpoint
    if endpoint in DRAWN_AGAIN and _is_open(endpoint) and not parameters.problem():
        return _draw_again(endpoint)
    return _page(
        400,
        _("The form could not be accepted"),
        _("The page was open for too long, or was opened before you signed in. Nothing has been changed."),
        _("Open the page again and fill in the form once more."),
    )


def _is_open(endpoint: str) -> bool:
    return endpoint in gate.OPEN or gate.right_of(endpoint) in granted()


def _draw_again(endpoint: str) -> Any:
    g.token_ran_out = True
    flash(_("The page had been open for too long. What you typed is kept: check it, and send it once more."), "warning")
    try:
        page = current_app.view_functions[endpoint](**(request.view_args or {}))
    except (ImiError, UnexpectedParameters) as refusal:
        session.pop("_flashes", None)  # nothing was drawn again, so nothing was kept
        return _refusal(refusal) if isinstance(refusal, ImiError) else _unexpected(refusal)
    return (page[0] if isinstance(page, tuple) else page), 400


def _unexpected(_error: UnexpectedParameters) -> Any:
    if request.method == "GET":
        return _page(
            400,
            _("The address was not understood"),
            _("The address holds something that this page does not take. Nothing has been changed."),
            _("Open the page without the addition. If you followed a link, check that the whole of it was copied."),
            link=(quote(gate.own_path(request.path)), _("Open the page without the addition"))
            if request.url_rule
            else None,
        )
    return _page(
        400,
        _("The request could not be understood"),
        _("The address or the form holds something that this page does not take. Nothing has been changed."),
        _("Open the page from the menu. If you followed a link, check that the whole of it was copied, and no more."),
    )


def _from_elsewhere(_error: FromElsewhere) -> Any:
    return _page(
        403,
        _("This was sent from another site"),
        _("It was not accepted, because only the pages of this system may change something. Nothing has been changed."),
        _("Open the page here, and do what you wanted to do once more."),
    )


def _stale(_error: StaleDataError) -> Any:
    return _page(
        409,
        _("Somebody else changed this in the meantime"),
        _("Nothing of what you sent has been saved."),
        _("Go back, load the page again and compare."),
    )


_AGAIN = _l("Go back and try again. If it happens again, ask for help.")
# What is refused before a page begins: what it is called, what it means, and what to do.
HTTP: dict[int | None, tuple[object, object, object]] = {
    400: (
        _l("The request could not be understood"),
        _l("Something in the address or the form is not as it should be."),
        _AGAIN,
    ),
    401: (
        _l("You are not signed in"),
        _l("Your session has ended, so what you sent was not accepted. Nothing has been changed."),
        _l("Sign in, and do what you wanted to do once more."),
    ),
    413: (
        _l("What you sent is too large"),
        _l("Nothing has been saved."),
        _l("Go back, shorten the text or choose less, and send it again."),
    ),
    None: (_l("This is not possible"), _l("The request was not accepted."), _AGAIN),
}


def _http(error: HTTPException) -> Any:
    if isinstance(error, SecurityError):  # another host: no page can be drawn whose addresses lead here (R81)
        return _("This system does not answer under this name."), 400, {"Content-Type": "text/plain; charset=utf-8"}
    if error.code in (None, 301, 302, 304, 308) or error.response is not None:
        return error
    if error.code == 404 or error.code == 405:
        return _not_found()
    title, what, next_step = HTTP.get(error.code, HTTP[None])
    link = (url_for("SignInView.login"), _("Sign in")) if error.code == 401 else None
    return _page(error.code, str(title), str(what), str(next_step), link=link)


def _log_failure(exc_info: Any) -> None:
    """Where it failed and by what kind of error, without its words: a database puts whole rows into them, and Flask
    would add the address, in which tokens stand."""
    kind, _error, trace = exc_info
    _log.error("Request %s failed: %s\n%s", g.get("request_id", "-"), kind.__name__, "".join(format_tb(trace)))


def _failure(_error: Exception) -> Any:
    return _page(
        500,
        _("Something went wrong on our side"),
        _("Nothing of what you did last has been saved."),
        _("Try again in a moment. If it happens again, ask for help and give the number below."),
    )
