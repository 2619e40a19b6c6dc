"""The form of step 1: what a registration asks for (R2). The invited body's form will be made of the same pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask import current_app
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField

from app.i18n import _, _l
from app.i18n.things import language_name
from app.policy.identifiers import LONGEST
from app.services import reference_lists
from app.services.registration_details import NAME_LENGTH, NO_PERSON, PERSON_LENGTH, TITLE_LENGTH, RegistrationDetails
from app.views.entry_tree import EntryTreeField
from app.views.identifiers_in_words import choices, identifier_text
from app.views.imi_form import ImiForm, number_of


class RegistrationForm(ImiForm):
    """The fields that every registration has. What is right in them is decided by the service, in one place."""

    official_name = StringField(
        _l("Official name"),
        description=_l("As it is written officially, in the authority's own language. It is not translated."),
        render_kw={"maxlength": NAME_LENGTH, "autocomplete": "off"},
    )
    external_scheme = SelectField(_l("Number in another register"), validate_choice=False)
    external_value = StringField(
        _l("The number"),
        description=_l("By it the authority is recognised, however its name is written."),
        render_kw={"maxlength": LONGEST, "autocomplete": "off", "spellcheck": "false"},
    )
    phone = StringField(
        _l("Telephone"),
        description=_l("Give a telephone number, an e-mail address, or both."),
        render_kw={"maxlength": 40, "inputmode": "tel", "autocomplete": "off"},
    )
    email = StringField(_l("E-mail"), render_kw={"maxlength": 254, "autocomplete": "off"})
    website = StringField(_l("Website"), render_kw={"maxlength": 300, "autocomplete": "off"})
    street = StringField(_l("Street and number"), render_kw={"maxlength": 150, "autocomplete": "off"})
    postal_code = StringField(_l("Postal code"), render_kw={"maxlength": 20, "autocomplete": "off"})
    city = StringField(_l("Town or city"), render_kw={"maxlength": 100, "autocomplete": "off"})
    classification = EntryTreeField(_l("Areas of responsibility"))
    first_name = StringField(_l("First name"), render_kw={"maxlength": PERSON_LENGTH, "autocomplete": "off"})
    last_name = StringField(_l("Last name"), render_kw={"maxlength": PERSON_LENGTH, "autocomplete": "off"})
    user_email = StringField(
        _l("First user's e-mail"),
        description=_l("The temporary password is sent here."),
        render_kw={"maxlength": 254, "autocomplete": "off", "type": "email"},
    )
    user_phone = StringField(
        _l("First user's telephone"),
        description=_l("You pass on the username by telephone."),
        render_kw={"maxlength": 40, "autocomplete": "off", "type": "tel"},
    )
    user_language = SelectField(
        _l("First user's language"),
        description=_l("The user gets mails and sees the system in this language."),
        validate_choice=False,
    )

    not_the_same = BooleanField(_l("None of the authorities shown is the one that I register"))

    def __iter__(self) -> Iterator[Field]:
        """The fields in the order of the page: titles, which are made for each country, follow the name."""
        fields = list(super().__iter__())
        return iter(sorted(fields, key=lambda field: field.short_name != "official_name" and not _is_title(field)))


# Said on the check page alone, and there once for the likely duplicates that stand on it (R9).
SAID_OF_DUPLICATES = "not_the_same"
REQUIRED = (
    "official_name",
    "city",
    "first_name",
    "last_name",
    "user_email",
    "user_phone",
    "user_language",
    SAID_OF_DUPLICATES,
)


def registration_form(country_code: str | None) -> RegistrationForm:
    """The form with a title for each language of the country, and the entries that can be chosen."""
    languages = reference_lists.languages_of(country_code)
    titles = {f"title_{code}": title_field(code, explained=code == languages[0]) for code in languages}
    form: RegistrationForm = type("RegistrationFormOfCountry", (RegistrationForm,), titles)()
    form.classification.offered = reference_lists.general_entries()
    form.external_scheme.choices = choices(country_code)
    form.user_language.choices = [(code, about["name"]) for code, about in current_app.config["LANGUAGES"].items()]
    for name in REQUIRED:
        form[name].flags.required = True
    for name in ("phone", "email", *titles):
        form[name].flags.one_of_several = True
    return form


def title_field(code: str, *, explained: bool) -> StringField:
    """The informal title in a language; one of several says what it is."""
    hint = (
        _("Tells others which areas the authority is responsible for. Write it in one of the languages at least.")
        if explained
        else ""
    )
    return StringField(
        _("Informal title (%(language)s)", language=language_name(code)),
        description=hint,
        render_kw={"maxlength": TITLE_LENGTH, "autocomplete": "off", "lang": code},
    )


def details_of(form: RegistrationForm) -> RegistrationDetails:
    """What was typed, as the service takes it."""
    return replace(
        body_of(form),
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        user_email=form.user_email.data or "",
        user_phone=form.user_phone.data or "",
        user_language=form.user_language.data or "",
    )


def body_of(form: Any) -> RegistrationDetails:
    """What was typed of a body, in a form that has these fields.

    The name may be missing from the form, where it is not to be changed.
    """
    return RegistrationDetails(
        official_name=(form.official_name.data or "") if "official_name" in form else "",
        titles=by_language(form, "title_"),
        email=form.email.data or "",
        phone=form.phone.data or "",
        website=form.website.data or "",
        street=form.street.data or "",
        postal_code=form.postal_code.data or "",
        city=form.city.data or "",
        entry_ids=frozenset(number_of(value) for value in form.classification.data or []),
        external_scheme=form.external_scheme.data or form.external_scheme.choices[0][0],
        external_value=form.external_value.data or "",
        **NO_PERSON,
    )


def by_language(form: Any, prefix: str) -> dict[str, str]:
    """What was typed in the fields that are made for each language, by language."""
    made = [field for field in form if str(field.short_name).startswith(prefix)]
    return {field.short_name.removeprefix(prefix): field.data or "" for field in made}


def typed(form: RegistrationForm) -> list[tuple[str, str]]:
    """All that was typed, as a draft keeps it: fields of the form, and nothing else that was sent."""
    pairs: list[tuple[str, str]] = []
    for field in form:
        if field.short_name in ("csrf_token", SAID_OF_DUPLICATES):
            continue
        values = field.data if isinstance(field.data, list) else [field.data]
        pairs.extend((field.short_name, str(value)) for value in values if value)
    return pairs


def pairs_of(details: RegistrationDetails) -> list[tuple[str, str]]:
    """Details as the form would send them: what is filled into it to be corrected."""
    titles = [(f"title_{language}", title) for language, title in details.titles.items()]
    return [
        ("official_name", details.official_name),
        *titles,
        ("email", details.email),
        ("phone", details.phone),
        ("website", details.website),
        ("street", details.street),
        ("postal_code", details.postal_code),
        ("city", details.city),
        *(("classification", str(number)) for number in sorted(details.entry_ids)),
        ("first_name", details.first_name),
        ("last_name", details.last_name),
        ("user_email", details.user_email),
        ("user_phone", details.user_phone),
        ("user_language", details.user_language),
        ("external_scheme", details.external_scheme),
        ("external_value", details.external_value),
    ]


def fill(form: RegistrationForm, kept: Iterable[Sequence[str]]) -> RegistrationForm:
    """The form with what was typed before, in place of what this request sent."""
    pairs = MultiDict((name, value) for name, value in kept)
    for field in form:
        if field.short_name != "csrf_token":
            field.process(pairs)
    return form


def answers(
    form: RegistrationForm, country_code: str | None, change: str
) -> list[tuple[str, list[tuple[str, str]], str]]:
    """The check page's sections: heading, label and answer, and where in the form they are changed."""
    titles = [field.short_name for field in form if _is_title(field)]
    parts: list[tuple[str, str, list[str]]] = [
        ("authority", _("The authority"), ["official_name", *titles]),
        ("contact", _("Contact details"), ["phone", "email", "website", "street", "postal_code", "city"]),
        ("user", _("First user (superuser)"), ["first_name", "last_name", "user_email", "user_phone", "user_language"]),
        ("classification", _("Classification"), ["classification"]),
    ]
    rows = [[(str(form[name].label.text), answer(form[name])) for name in names] for _part, _heading, names in parts]
    details = details_of(form)
    number = identifier_text(country_code, details.external_scheme, details.external_value.strip())
    rows[0].append((str(form.external_scheme.label.text), number))
    return [
        (heading, part, change and f"{change}#part-{name}")
        for (name, heading, _names), part in zip(parts, rows, strict=True)
    ]


def answer(field: Field) -> str:
    """What was typed or chosen in a field, in words."""
    if isinstance(field, EntryTreeField):
        return ", ".join(node.label for node in field.chosen())
    if isinstance(field, SelectMultipleField):
        chosen = {str(value) for value in field.data or []}
        groups = field.choices.values() if isinstance(field.choices, dict) else [field.choices]
        names = [label for group in groups for value, label in group if value in chosen]
        return ", ".join(names)
    if isinstance(field, SelectField):
        return next((str(label) for value, label, *_ in field.choices if value == field.data), "")
    return (field.data or "").strip()


def _is_title(field: Field) -> bool:
    return str(field.short_name).startswith("title_")
