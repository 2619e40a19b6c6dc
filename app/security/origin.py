"""Where a request comes from: what changes something is sent by our own pages only.

A second wall behind the forms' tokens. Our pages send no referrer, and a browser then calls their origin `null`: that
word says nothing, and the browser's own `Sec-Fetch-Site` says more.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import Forbidden

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})  # none: the person did it himself, without any page


class FromElsewhere(Forbidden):
    """Another site's page sent this, or a page of a neighbouring site."""


def init_app(app: Flask) -> None:
    """Look at every request that could change something, before anything else judges it."""
    app.before_request(check)


def check() -> None:
    """Raise FromElsewhere where a page that is not ours sends something, a right token or not."""
    if request.method in READING:
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in OURS or not _is_own(request.headers.get("Origin", "null")):
        raise FromElsewhere


def _is_own(origin: str) -> bool:
    """Whether the origin is that of PUBLIC_URL, or of the host asked (which is one of TRUSTED_HOSTS)."""
    public = urlsplit(current_app.config["PUBLIC_URL"])
    own = {public.netloc.lower(), request.host.lower()}
    return origin == "null" or origin.lower() in {f"{public.scheme}://{host}" for host in own}
