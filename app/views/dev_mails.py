"""The mails that the catcher has kept, for developers: `/dev/mails`. Registered in development only (R89)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Response, abort, make_response
from flask_appbuilder import BaseView, expose

from app.settings import setting

# As the catcher writes them: the moment in UTC, and a random part. Nothing else is ever opened.
_NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}", re.ASCII)
MOST_SHOWN = 200
# What a mail's HTML may do: look as its own style says. Nothing is fetched, run, sent or opened.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Caught:
    """A caught mail as the pages show it."""

    name: str
    at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def recipient(self) -> str:
        return str(self.message["To"] or "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    def part(self, kind: str) -> str:
        """The text of the part `plain` or `html`; empty where there is none."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if isinstance(body, EmailMessage) else ""


class DevMailsView(BaseView):
    """Lists the caught mails and shows one. Open without sign-in: it exists on a developer's machine only."""

    route_base = "/dev/mails"
    default_view = "index"

    @expose("/")
    def index(self) -> str:
        """The newest mails first."""
        page: str = self.render_template("dev/mails.html", mails=[_read(path) for path in _newest()])
        return page

    @expose("/<name>")
    def show(self, name: str) -> str:
        """One mail: its HTML in a frame without any rights, its text, its headers."""
        page: str = self.render_template("dev/mail.html", mail=_found(name))
        return page

    @expose("/<name>/html")
    def html(self, name: str) -> Response:
        """The mail's HTML for the frame, under a policy of its own."""
        answer = make_response(_found(name).part("html"))
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
        answer.headers["Content-Security-Policy"] = MAIL_POLICY
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _folder() -> Path:
    return Path(setting("APP_VAR")) / "mails"


def _newest() -> list[Path]:
    found = (path for path in _folder().glob("*.eml") if _NAME.fullmatch(path.stem))
    return sorted(found, key=lambda path: path.stem, reverse=True)[:MOST_SHOWN]


def _found(name: str) -> Caught:
    path = _folder() / f"{name}.eml"
    if not _NAME.fullmatch(name) or not path.is_file():
        abort(404)
    return _read(path)


def _read(path: Path) -> Caught:
    moment = datetime.strptime(path.stem.split("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return Caught(path.stem, moment, message_from_bytes(path.read_bytes(), policy=policy.default))
