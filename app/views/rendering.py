"""What the templates need from Python: form controls, addresses of assets, icons, the menu, languages, dates, numbers.

`init_app(app)` puts all of it into Jinja's globals and filters. Nothing here asks the database or the user, the menu
excepted (`menu_entries`), so that an error page can be drawn when both are out of reach.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import wtforms.widgets as w
from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup
from werkzeug.routing import BuildError
from wtforms import Field, FieldList, FormField

# Own names of languages, so that each is recognised by who reads it.
LANGUAGE_NAMES = {"da": "Dansk", "en": "English"}

# A bare text box gets the keyboard that fits its name; a form that says more (widget, render_kw) is left alone.
INPUT_TYPES = {"email": "email", "phone": "tel", "website": "url"}


# --- Addresses -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _hash_of(path: str, modified_ns: int) -> str:  # noqa: ARG001  the time of change is part of the key
    """Content hash of a static file; an edited file gets a new address at once."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset_url(path: str) -> str:
    """Address of a file under static/, with its content hash: it may be cached for ever."""
    file = Path(current_app.static_folder or "") / path
    if not file.is_file():
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_hash_of(str(file), file.stat().st_mtime_ns))


def safe_url(endpoint: str, **values: Any) -> str | None:
    """The endpoint's address, or None where the application has no such page."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def here() -> str:
    """Path and query of the page shown: where the language switch comes back to. Only a GET can be come back to."""
    if not has_request_context() or request.method != "GET":
        return "/"
    return request.full_path.rstrip("?")


def icon(name: str, label: str | None = None, classes: str = "", hidden: bool = False) -> Markup:
    """One icon of the sprite; decoration unless it has a label."""
    role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="{}" width="20" height="20" focusable="false" {}{}><use href="{}#{}"></use></svg>'
    ).format(f"icon {classes}".strip(), role, Markup(" hidden") if hidden else "", asset_url("icons.svg"), name)


# --- The menu --------------------------------------------------------------------------------------------------------


def menu_entries() -> list[dict[str, Any]]:
    """The part of FAB's menu that this person may use, with the entry of this page marked.

    A view whose address does not lie under its entry's says where it belongs with `g.menu_current = "name of entry"`.
    """
    builder = getattr(current_app, "appbuilder", None)
    if builder is None:
        return []
    visible = current_app.jinja_env.filters["is_menu_visible"]
    entries = [entry for item in builder.menu.get_list() if (entry := _entry(item, visible))]
    leaves = [leaf for entry in entries for leaf in (entry["children"] or [entry])]
    current = _current(leaves)
    for entry in entries:
        entry["current"] = current is not None and (entry is current or current in entry["children"])
    if current:
        current["current"] = True
    return entries


def _entry(item: Any, visible: Any) -> dict[str, Any] | None:
    if item is None or item.name == "-" or not item.should_render() or not visible(item):
        return None
    children = [child for part in item.childs if (child := _entry(part, visible))]
    if item.childs and not children:
        return None
    return {
        "name": item.name,
        "label": gettext(str(item.label)),
        "current": False,
        "children": children,
        "url": "" if children else item.get_url(),
    }


def _current(leaves: list[dict[str, Any]]) -> dict[str, Any] | None:
    named = g.get("menu_current")
    if named:
        return next((leaf for leaf in leaves if leaf["name"] == named), None)
    fitting = [leaf for leaf in leaves if _leads_to(leaf["url"], request.path)]
    return max(fitting, key=lambda leaf: len(leaf["url"]), default=None)


def _leads_to(url: str, path: str) -> bool:
    url = url.split("?", maxsplit=1)[0]
    return path == url or (len(url) > 1 and path.startswith(url.rstrip("/") + "/"))


# --- Form fields -----------------------------------------------------------------------------------------------------


def field_kind(field: Field) -> str:
    """Its layout: hidden, group, list, checkbox, radios, checkboxes, select, textarea, password, file, text."""
    widget = field.widget
    if isinstance(field, FormField):
        return "group"
    if isinstance(field, FieldList):
        return "list"
    if isinstance(widget, w.HiddenInput) or field.type in ("CSRFTokenField", "HiddenField"):
        return "hidden"
    if field.type == "BooleanField":
        return "checkbox"
    if field.type == "RadioField":
        return "radios"
    if "Multiple" in field.type and "File" not in field.type:
        return "checkboxes"
    if isinstance(widget, w.Select) or field.type in ("SelectField", "QuerySelectField", "EnumField"):
        return "select"
    for kind, widget_class in (("textarea", w.TextArea), ("password", w.PasswordInput), ("file", w.FileInput)):
        if isinstance(widget, widget_class):
            return kind
    return "text"


def field_label(field: Field) -> str:
    return str(field.label.text)


def control(field: Field, describedby: str = "", **extra: Any) -> Markup:
    """The bare control of a field with its classes and ARIA, whatever widget FAB or the form chose for it."""
    kind = field_kind(field)
    attributes: dict[str, Any] = {**(field.render_kw or {}), **extra}
    classes = [{"select": "select", "checkbox": "check", "textarea": "input", "file": "input file"}.get(kind, "input")]
    classes += [str(attributes.pop(key)) for key in ("class", "class_") if key in attributes]
    attributes["class"] = " ".join(classes)
    described = " ".join(filter(None, [str(attributes.pop("aria-describedby", "")), describedby]))
    if described:
        attributes["aria-describedby"] = described
    if field.errors:
        attributes["aria-invalid"] = "true"
    if attributes.get("inputmode") == "numeric":
        attributes.setdefault("spellcheck", "false")
    return Markup(_widget(field, kind)(field, **attributes))  # noqa: S704  WTForms has escaped it


def _widget(field: Field, kind: str) -> Any:
    if kind == "select":
        return w.Select()
    if kind == "checkbox":
        return w.CheckboxInput()
    if kind == "textarea":
        return w.TextArea()
    if kind == "password":
        return w.PasswordInput()
    if kind == "file":
        return w.FileInput(multiple=getattr(field.widget, "multiple", False))
    if kind == "hidden":
        return w.HiddenInput()
    by_class = {"DateField": w.DateInput, "DateTimeField": w.DateTimeLocalInput, "TimeField": w.TimeInput}
    if field.type in by_class:
        return by_class[field.type]()
    given = getattr(field.widget, "input_type", "text")
    if given == "text":
        return w.TextInput(INPUT_TYPES.get(field.short_name, "text"))
    return w.TextInput(given) if type(field.widget).__module__.startswith("flask_appbuilder") else field.widget


def options(field: Field) -> Iterator[tuple[str | None, list[dict[str, Any]]]]:
    """The choices of a radio or checkbox field by group: value, label, whether it is chosen, id, attributes."""
    grouped = getattr(field, "has_groups", lambda: False)()
    groups: Iterable[tuple[str | None, Iterable[Any]]] = (
        field.iter_groups() if grouped else [(None, field.iter_choices())]
    )
    number = 0
    for heading, choices in groups:
        part = []
        for value, label, chosen, *rest in choices:
            attributes = {k: v for k, v in (rest[0] if rest else {}).items() if k != "hint"} if rest and rest[0] else {}
            hint = rest[0].get("hint") if rest and rest[0] else None
            part.append(
                {
                    "value": value,
                    "label": label,
                    "chosen": chosen,
                    "hint": hint,
                    "id": f"{field.id}-{number}",
                    "attributes": attributes,
                }
            )
            number += 1
        yield heading, part


def form_errors(form: Any) -> list[tuple[str | None, str | None, str]]:
    """Every error of a form as (id of the control, label, sentence), nested ones included, in the page's order."""
    found: list[tuple[str | None, str | None, str]] = []
    for field in form:
        found += _field_errors(field)
    return found + [(None, None, str(error)) for error in getattr(form, "form_errors", [])]


def _field_errors(field: Field) -> list[tuple[str | None, str | None, str]]:
    kind = field_kind(field)
    if kind in ("group", "list"):
        inner = [error for part in field for error in _field_errors(part)]
        own = [e for e in field.errors if isinstance(e, str)] if isinstance(field.errors, (list, tuple)) else []
        return inner + [(field.id, field_label(field), e) for e in own]
    target = None if kind == "hidden" else f"{field.id}-0" if kind in ("radios", "checkboxes") else field.id
    label = None if kind == "hidden" else field_label(field)
    return [(target, label, str(error)) for error in field.errors]


def is_optional(field: Field) -> bool:
    """Whether a field may be left empty; a choice that always has a value is neither asked for nor optional."""
    if field_kind(field) == "select" and not any(value in ("", "__None", None) for value, *_ in field.iter_choices()):
        return False
    return not field.flags.required


def language_rows(texts: Iterable[tuple[str, str]] | None, label: str) -> list[tuple[str, str]]:
    """Texts in several languages as rows of a summary: ("Informal title (Dansk)", …)."""
    return [(f"{label} ({language})", text) for language, text in texts or []]


# --- Languages, dates, numbers ---------------------------------------------------------------------------------------


def lang() -> str:
    """Language of this page for the lang attribute; the default when it cannot be found out."""
    try:
        found = get_locale()
    except Exception:  # noqa: BLE001  it may hang on a session that cannot be read; draw the page all the same
        found = None
    return str(found or current_app.config.get("BABEL_DEFAULT_LOCALE", "da")).replace("_", "-")


def languages() -> dict[str, str]:
    """The languages a person can choose, each under its own name."""
    known: Mapping[str, Any] = current_app.config.get("LANGUAGES") or LANGUAGE_NAMES
    return {
        code: about.get("name", LANGUAGE_NAMES.get(code, code)) if isinstance(about, Mapping) else str(about)
        for code, about in known.items()
    }


def _locale() -> Locale:
    code = lang()
    return Locale("en", "GB") if code == "en" else Locale.parse(code, sep="-")


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config.get("CALENDAR_TIMEZONE", "Europe/Copenhagen"))


def _local(value: dt.datetime) -> dt.datetime:
    """A moment as stored (UTC, with or without its mark) in the zone in which it is shown."""
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(_zone())


def day(value: dt.date | dt.datetime | None, length: str = "long") -> str:
    """A date in the reader's form: 24. maj 2027, 24 May 2027."""
    if value is None:
        return ""
    return babel_dates.format_date(_local(value).date() if isinstance(value, dt.datetime) else value, length, _locale())


def clock(value: dt.datetime | None) -> str:
    """A time of day in the reader's form: 14.05, 14:05."""
    return "" if value is None else babel_dates.format_time(_local(value), "short", tzinfo=_zone(), locale=_locale())


def moment(value: dt.datetime | None, length: str = "medium") -> str:
    """A date with its time of day in the reader's form."""
    return "" if value is None else f"{day(value, length)} {clock(value)}"


def number(value: int | float | None) -> str:
    """A number with the reader's separators."""
    return "" if value is None else babel_numbers.format_decimal(value, locale=_locale())


def page_numbers(page: int, pages: int) -> list[int | None]:
    """The page numbers worth a link, counted from 1: first, last, the neighbours; None where some are left out."""
    wanted = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
    shown: list[int | None] = wanted[:1]
    for before, this in itertools.pairwise(wanted):
        if this - before == 2:
            shown.append(before + 1)  # a gap of one page is shown rather than skipped
        elif this - before > 2:
            shown.append(None)
        shown.append(this)
    return shown


def init_app(app: Flask) -> None:
    """Make all of this known to the templates."""
    app.jinja_env.globals.update(
        asset_url=asset_url,
        safe_url=safe_url,
        here=here,
        icon=icon,
        menu_entries=menu_entries,
        control=control,
        field_kind=field_kind,
        field_label=field_label,
        field_options=options,
        form_errors=form_errors,
        is_optional=is_optional,
        language_rows=language_rows,
        lang=lang,
        languages=languages,
        page_numbers=page_numbers,
        day=day,
        clock=clock,
        moment=moment,
        number=number,
    )
    app.jinja_env.filters.update(day=day, clock=clock, moment=moment, number=number)
