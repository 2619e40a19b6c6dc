"""Exporting the list that is shown (R71): the way to it, and the file."""

from __future__ import annotations

import os
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, redirect, request, url_for
from werkzeug.wsgi import wrap_file

from app import clock
from app.errors import Conflict
from app.i18n.exports import FILES
from app.security import limits, parameters
from app.security.acting import acting
from app.services import exports
from app.services.export_files import MIME, FileKind
from app.services.exports import Export
from app.settings import setting
from app.views.long_lists import PLACES

FORM = ("kind",)


def offered(endpoint: str, *, on_a_page: bool = False) -> dict[str, Any]:
    """For a list's widget: where it is exported, as it is narrowed and sorted now; there, or on a page that asks."""
    return {"export": {"url": address(endpoint), "on_a_page": on_a_page}}


def address(endpoint: str) -> str:
    """The endpoint, with the filters and the order of this request; never with its place among the pages."""
    kept = {
        name: value
        for name, value in request.args.items()
        if name not in PLACES and not name.startswith("page_") and value
    }
    return f"{url_for(endpoint)}?{urlencode(kept)}" if kept else url_for(endpoint)


def send(export: Export, limit: str, back: str) -> Any:
    """Log the export, then send the file; where the list is too long, go back and say so.

    The file is whole before its first byte is sent: a reader who is slow keeps no transaction open, and what fails is
    a page that says so and no file that ends too early.
    """
    kind = _kind()
    limits.count(limit)
    try:
        with acting() as actor:
            exports.begin(actor, export, kind)
    except Conflict as refusal:
        flash(str(refusal.message), "warning")
        return redirect(back)
    # It has no name, so that nothing of it can be left behind; the answer closes it.
    file = TemporaryFile(dir=setting("APP_VAR"))  # noqa: SIM115
    exports.write(actor, export, kind, file)
    return _answer(file, export, kind)


def _kind() -> FileKind:
    asked = request.form.get("kind", "")
    if asked not in set(FileKind):
        parameters.refuse("a kind of file that there is not")
    return FileKind(asked)


def _answer(file: Any, export: Export, kind: FileKind) -> Response:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    answer = Response(wrap_file(request.environ, file), mimetype=MIME[kind], direct_passthrough=True)
    answer.content_length = size
    name = f"{FILES[export.what]}-{clock.today().isoformat()}.{kind}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
