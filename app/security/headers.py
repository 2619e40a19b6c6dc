"""The headers of every answer, as one table (`docs/security.md`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, session

CSP = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000; includeSubDomains"
FOR_EVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Set the headers on every answer, errors and files too."""
    app.after_request(_set_headers)


def _keep_here(response: Response) -> None:
    """Lead to paths of this site only; where a slash is missing, Werkzeug would name the host that was asked (R81)."""
    parts = urlsplit(response.headers["Location"])
    if parts.scheme or parts.netloc:
        response.headers["Location"] = "/" + parts._replace(scheme="", netloc="").geturl().lstrip("/")
        response.set_data("")


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["PUBLIC_URL"].startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    response.vary.add("HX-Request")
    if request.endpoint == "static" and response.status_code in (200, 304):
        session.accessed = False  # else every new cookie makes browsers ask for every file again
    if request.endpoint == "static" and response.status_code == 200 and "v" in request.args:
        response.headers["Cache-Control"] = FOR_EVER
    elif request.endpoint != "static" or response.status_code not in (200, 206, 304):
        response.headers["Cache-Control"] = "no-store"
    if "Location" in response.headers:
        _keep_here(response)
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    if g.get("htmx_refresh"):
        response.headers["HX-Refresh"] = "true"
    return response
