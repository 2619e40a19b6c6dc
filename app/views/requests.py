"""What every request gets: a number, a language, a line in the log that names its route and no more."""

from __future__ import annotations

import logging
import time
import uuid

from flask import Flask, Response, g, request

from app.security.parameters import refuse_unreadable
from app.services import audit
from app.views import languages

_log = logging.getLogger("imi.requests")


def init_app(app: Flask) -> None:
    """Number each request and note how it ended."""
    app.before_request(_begin)
    app.after_request(_end)


def follow_person(app: Flask) -> None:
    """Let pages follow the person's choice: FAB's own choice knows the session only, and writes to it when asked."""
    app.extensions["babel"].locale_selector = languages.of_page


def _begin() -> None:
    # A number of our own: one given from outside could be chosen to mislead whoever reads the log.
    g.request_id = uuid.uuid4().hex
    g.began = time.perf_counter()
    audit.request_id.set(g.request_id)
    refuse_unreadable()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "-"
    took = (time.perf_counter() - g.get("began", time.perf_counter())) * 1000
    _log.info("%s %s %s %s %.0f ms", g.get("request_id", "-"), request.method, route, response.status_code, took)
    return response
