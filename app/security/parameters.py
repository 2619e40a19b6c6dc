"""What a request may carry: each page says which parameters it takes, and a request that carries more is refused whole.

Deny by default: a page that declares nothing takes nothing. What is refused is refused before the page begins, so that
nothing of it is done; a misspelt or smuggled field can then never be one that somebody believes to have been saved.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO, Any, TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, abort, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser
from wtforms import Field, FieldList, Form, FormField, IntegerField, SelectMultipleField
from wtforms.fields.core import UnboundField

from app.security.gate import page_of

FORM = "application/x-www-form-urlencoded"  # what our forms send; none of them carries files yet
LARGEST = 2**63 - 1
Page = TypeVar("Page", bound=Callable[..., Any])
_log = logging.getLogger("imi.requests")


class UnexpectedParameters(BadRequest):
    """The request carries what its page does not take, or what no form could have sent."""


@dataclass(frozen=True)
class Taken:
    """The names a page takes. One that ends in * stands for all that begin so; {view} is the view's own name."""

    query: frozenset[str] = frozenset()
    form: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()  # may come more than once
    numbers: frozenset[str] = frozenset()  # where they are whole numbers, they must fit into 64 bits
    made: frozenset[str] = frozenset()  # taken only where the form that is made for the request has the field


NOTHING = Taken()
STATIC = Taken(query=frozenset({"v"}))  # the hash of a file's content, by which it is kept for ever
ALWAYS = frozenset({"csrf_token"})


def takes(
    *,
    query: Iterable[str] = (),
    form: type[Form] | Iterable[str] = (),
    also: Iterable[str] = (),
    made: Iterable[str] = (),
    lists: Iterable[str] = (),
    numbers: Iterable[str] = (),
) -> Callable[[Page], Page]:
    """Declare what a page takes from its address (`query`) and from what is sent.

    `form` is a form's class, or names; `also` what buttons and hidden fields add; `made` what only some requests' form
    has, which `ImiForm` judges; `lists` what may come repeatedly, and `numbers` what is one, where no class says so.
    """
    fields = dict(_fields(form)) if isinstance(form, type) else dict.fromkeys(form)
    made = frozenset(made)
    taken = Taken(
        query=frozenset(query),
        form=frozenset(_names(fields)) | frozenset(also) | made,
        lists=frozenset(lists) | _of_kind(fields, SelectMultipleField),
        numbers=frozenset(numbers) | _of_kind(fields, IntegerField),
        made=made,
    )

    def declare(page: Page) -> Page:
        page._taken = taken  # type: ignore[attr-defined]
        return page

    return declare


def may_bring(page: Callable[..., Any], *fields: str) -> Taken:
    """What the page takes, and these fields, which somebody else takes out again before it begins."""
    taken: Taken = getattr(page, "_taken", NOTHING)
    return replace(taken, form=taken.form | frozenset(fields))


def _fields(form: type[Form]) -> Iterator[tuple[str, type[Field]]]:
    for name in dir(form):
        field = getattr(form, name)
        if isinstance(field, UnboundField):
            yield name, field.field_class


def _names(fields: dict[str, Any]) -> Iterator[str]:
    """Fields as a browser sends them: those of a list or a group carry a number or name behind a dash."""
    for name, kind in fields.items():
        yield f"{name}-*" if kind and issubclass(kind, (FieldList, FormField)) else name


def _of_kind(fields: dict[str, Any], kind: type[Field]) -> frozenset[str]:
    return frozenset(name for name, found in fields.items() if found and issubclass(found, kind))


def taken_by(endpoint: str | None) -> Taken:
    """What the route takes; nothing, where it declares nothing."""
    if endpoint == "static":
        return STATIC
    view, page = page_of(endpoint or "")
    taken: Taken = getattr(page, "_taken", NOTHING)
    named = {part: _named(getattr(taken, part), type(view).__name__) for part in ("query", "numbers")}
    return replace(taken, **named)


def _named(names: frozenset[str], view: str) -> frozenset[str]:
    return frozenset(name.replace("{view}", view) for name in names)


def _fits(name: str, names: Collection[str]) -> bool:
    return name in names or any(known.endswith("*") and name.startswith(known[:-1]) for known in names)


# --- Every request ----------------------------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    """Look at the parameters of each request, once the gate has let it through."""
    app.before_request(check)


def check() -> None:
    """Raise UnexpectedParameters where the request carries anything its page does not take."""
    if found := problem():
        refuse(found)


def refuse(found: str) -> None:
    """Raise UnexpectedParameters. The log says what was found, and never a name or value: both are the sender's."""
    route = request.url_rule.rule if request.url_rule else "-"
    _log.warning("%s refused at %s: %s", g.get("request_id", "-"), route, found)
    raise UnexpectedParameters


def problem() -> str:
    """What is wrong with the parameters of this request, for the log; an empty text where nothing is."""
    if request.endpoint is None:
        return ""
    taken = taken_by(request.endpoint)
    if request.files or (request.content_length and request.mimetype != FORM):
        return "a file, or a kind of content that no form sends"
    return _problem_in(request.args, taken.query, taken) or _problem_in(request.form, taken.form | ALWAYS, taken)


def _problem_in(sent: MultiDict[str, str], names: Collection[str], taken: Taken) -> str:
    for name, values in sent.lists():
        if not _fits(name, names):
            return "a parameter that the page does not take"
        if len(values) > 1 and not _fits(name, taken.lists):
            return "a parameter more than once"
        if _fits(name, taken.numbers) and not all(fits_into_64_bits(value) for value in values):
            return "a number beyond 64 bits"
    return ""


def fits_into_64_bits(value: str) -> bool:
    """Whether what is typed is no whole number, or one that a database can hold."""
    digits = value.strip().lstrip("+-").lstrip("0")
    return not (digits.isascii() and digits.isdecimal()) or (len(digits) < 20 and int(digits) <= LARGEST)


def refuse_unmade(fields: Mapping[str, Field], prefix: str) -> None:
    """Raise UnexpectedParameters where something is sent that the form made for this request has no field for."""
    made = taken_by(request.endpoint).made
    sent = [name.removeprefix(prefix) for name in request.form if _fits(name, made)]
    known = set(_names({name: type(field) for name, field in fields.items()}))
    if not all(_fits(name, known) for name in sent):
        refuse("a field that the form made for this request has not")


# --- Before anything reads a request ----------------------------------------------------------------------------------


class StrictParser(FormDataParser):
    """Refuses a form that is not UTF-8 or holds NUL, which Werkzeug would let pass."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        if mimetype != FORM:
            return super().parse(stream, mimetype, content_length, options)
        body = stream.read()
        if not _is_readable(body):
            raise UnexpectedParameters
        return super().parse(BytesIO(body), mimetype, content_length, options)


class StrictRequest(Request):
    """A request whose form must be UTF-8."""

    form_data_parser_class = StrictParser


def refuse_unreadable() -> None:
    """Refuse an address that is not UTF-8 or holds NUL, before anything reads it. No page has such an address."""
    if "\0" in request.path:
        abort(404)
    if not _is_readable(request.query_string):
        raise UnexpectedParameters


def _is_readable(encoded: bytes) -> bool:
    try:
        return "\0" not in unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return False
