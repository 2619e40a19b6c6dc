"""The language of a page: chosen by a person, kept where somebody is signed in (R72)."""

from __future__ import annotations

from flask import current_app, g, has_request_context, request, session
from flask_babel import refresh
from flask_login import current_user

from app.security.acting import acting
from app.services import profiles

LANGUAGE = "locale"  # where FAB looks for the language in the session


def of_page() -> str:
    """A language there is (R72)."""
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    if not has_request_context():  # a job or a shell: letters say their language themselves
        return default
    languages = list(current_app.config["LANGUAGES"])
    chosen = session.get(LANGUAGE)
    if chosen in languages:
        return str(chosen)
    meant = g.get("page_language")  # of who was invited in a language
    if meant in languages:
        return str(meant)
    return request.accept_languages.best_match(languages) or default


def choose(chosen: str) -> bool:
    """Read pages in that language from now on, mails too where somebody is signed in; False for an unknown one."""
    if chosen not in current_app.config["LANGUAGES"]:
        return False
    session[LANGUAGE] = chosen
    refresh()
    if not current_user.is_anonymous:
        with acting() as actor:
            profiles.choose_language(actor, chosen)
    return True
