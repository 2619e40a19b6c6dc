"""Form fields as templates draw them: controls with their classes and ARIA, options, errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import wtforms.widgets as w
from markupsafe import Markup
from wtforms import Field, FieldList, FormField

from app.views.entry_tree import EntryTreeField

# A bare text box gets the keyboard that fits its name; a form that says more (widget, render_kw) is left alone.
INPUT_TYPES = {"email": "email", "phone": "tel", "website": "url"}


def field_kind(field: Field) -> str:
    """Its layout: hidden, group, list, checkbox, radios, checkboxes, tree, select, textarea, password, file,
    text."""
    widget = field.widget
    for kind, field_class in (("group", FormField), ("list", FieldList), ("tree", EntryTreeField)):
        if isinstance(field, field_class):
            return kind
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
    if kind == "select" and _always_chosen(field):
        attributes["required"] = False  # HTML knows it only for lists that begin with an empty choice
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
    """Whether a field may be left empty by itself; a choice that always has a value is not asked for."""
    if field_kind(field) == "select" and _always_chosen(field):
        return False
    return not field.flags.required and not field.flags.one_of_several


def _always_chosen(field: Field) -> bool:
    return not any(value in ("", "__None", None) for value, *_ in field.iter_choices())


def language_rows(texts: Iterable[tuple[str, str]] | None, label: str) -> list[tuple[str, str]]:
    """Texts in several languages as rows of a summary: ("Informal title (Dansk)", …)."""
    return [(f"{label} ({language})", text) for language, text in texts or []]
