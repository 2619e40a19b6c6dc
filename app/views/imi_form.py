"""The ground of every form."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm

from app.security.parameters import refuse_unmade


class ImiForm(FlaskForm):
    """Takes what a browser's form sends, which is text, and nothing else.

    Flask-WTF would take JSON and files in its place, so that numbers, lists and streams came where text is expected.
    """

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        if request.method == "POST":
            refuse_unmade(self._fields, self._prefix)

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, _form: Any, _formdata: Any) -> Any:
            return request.form if request.method == "POST" else None


def number_of(value: str) -> int:
    """A row's number among posted values; what is none, or no number of ours, is one that no row has."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1
