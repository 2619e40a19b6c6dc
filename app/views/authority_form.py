"""The form of *Rediger myndighed*: that of a registration without the first user, with more of what describes it."""

from __future__ import annotations

from collections.abc import Iterator

from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField, TextAreaField

from app.i18n import _, _l
from app.i18n.things import language_name
from app.models import Authority
from app.services import reference_lists
from app.services.authority_editing import DESCRIPTION_LENGTH, NO_PERSON, AuthorityDetails
from app.services.registration_details import TITLE_LENGTH, RegistrationDetails
from app.views.identifiers_in_words import choices
from app.views.imi_form import ImiForm, number_of
from app.views.registration_form import RegistrationForm, entries

MADE = ("title_", "description_")


class AuthorityForm(ImiForm):
    """What is right in it is decided by the service."""

    official_name: StringField = RegistrationForm.official_name
    external_scheme: SelectField = RegistrationForm.external_scheme
    external_value: StringField = RegistrationForm.external_value
    phone: StringField = RegistrationForm.phone
    email: StringField = RegistrationForm.email
    website: StringField = RegistrationForm.website
    street: StringField = RegistrationForm.street
    postal_code: StringField = RegistrationForm.postal_code
    city: StringField = RegistrationForm.city
    working_languages = SelectMultipleField(
        _l("Working languages"),
        description=_l("The languages in which the authority can be written to."),
        validate_choice=False,
    )
    classification: SelectMultipleField = RegistrationForm.classification
    not_the_same = BooleanField(_l("None of the authorities shown is this one"))

    def __iter__(self) -> Iterator[Field]:
        """The fields in the order of the page: what is made for each language follows the name."""
        fields = list(super().__iter__())
        return iter(sorted(fields, key=lambda field: field.short_name != "official_name" and not _is_made(field)))


def authority_form(authority: Authority, *, renames: bool) -> AuthorityForm:
    """The form with a title and a description for each language of its country, and of those it has already."""
    there = [text.language for text in authority.texts]
    languages = list(dict.fromkeys([*reference_lists.languages_of(authority.country_code), *there]))
    made: dict[str, Field] = {}
    for code in languages:
        made[f"title_{code}"] = _title(code)
        made[f"description_{code}"] = _description(code)
    form: AuthorityForm = type("AuthorityFormOfCountry", (AuthorityForm,), made)()
    form.classification.choices = entries()
    form.external_scheme.choices = choices(authority.country_code)
    spoken = sorted({*reference_lists.spoken_languages(), *authority.working_languages}, key=language_name)
    form.working_languages.choices = [(code, language_name(code)) for code in spoken]
    form.city.flags.required = form.official_name.flags.required = form.not_the_same.flags.required = True
    for name in ("phone", "email", *(f"title_{code}" for code in languages)):
        form[name].flags.one_of_several = True
    if not renames:
        del form.official_name
    return form


def _title(code: str) -> StringField:
    return StringField(
        _("Informal title (%(language)s)", language=language_name(code)),
        render_kw={"maxlength": TITLE_LENGTH, "autocomplete": "off", "lang": code},
    )


def _description(code: str) -> TextAreaField:
    return TextAreaField(
        _("Description (%(language)s)", language=language_name(code)),
        render_kw={"maxlength": DESCRIPTION_LENGTH, "rows": 3, "lang": code},
    )


def details_of(form: AuthorityForm, authority: Authority) -> AuthorityDetails:
    """What was typed, as the service takes it; the name that stands there, where the form has no field for it."""
    body = RegistrationDetails(
        official_name=(form.official_name.data or "") if "official_name" in form else authority.official_name,
        titles=_by_language(form, "title_"),
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
    return AuthorityDetails(body, _by_language(form, "description_"), tuple(form.working_languages.data or []))


def _by_language(form: AuthorityForm, prefix: str) -> dict[str, str]:
    return {
        field.short_name.removeprefix(prefix): field.data or ""
        for field in form
        if str(field.short_name).startswith(prefix)
    }


def pairs_of(details: AuthorityDetails) -> list[tuple[str, str]]:
    """Details as the form would send them."""
    body = details.body
    names = ("official_name", "email", "phone", "website", "street", "postal_code", "city")
    return [
        *((name, getattr(body, name)) for name in names),
        *((f"title_{code}", title) for code, title in body.titles.items()),
        *((f"description_{code}", said) for code, said in details.descriptions.items()),
        *(("working_languages", code) for code in details.working_languages),
        *(("classification", str(number)) for number in sorted(body.entry_ids)),
        ("external_scheme", body.external_scheme),
        ("external_value", body.external_value),
    ]


def _is_made(field: Field) -> bool:
    return str(field.short_name).startswith(MADE)
