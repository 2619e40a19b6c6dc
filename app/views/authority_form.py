"""The form of *Rediger myndighed*: that of a registration without the first user, with more of what describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField, TextAreaField

from app.i18n import _, _l
from app.i18n.things import language_name
from app.models import Authority
from app.services import reference_lists
from app.services.authority_editing import DESCRIPTION_LENGTH, AuthorityDetails
from app.views import registration_form
from app.views.entry_tree import EntryTreeField
from app.views.identifiers_in_words import choices
from app.views.imi_form import ImiForm
from app.views.registration_form import RegistrationForm, body_of, by_language, title_field

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
    classification: EntryTreeField = RegistrationForm.classification
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
        made[f"title_{code}"] = title_field(code, explained=False)
        made[f"description_{code}"] = _description(code)
    form: AuthorityForm = type("AuthorityFormOfCountry", (AuthorityForm,), made)()
    form.classification.offered = reference_lists.general_entries()
    form.external_scheme.choices = choices(authority.country_code)
    spoken = sorted({*reference_lists.spoken_languages(), *authority.working_languages}, key=language_name)
    form.working_languages.choices = [(code, language_name(code)) for code in spoken]
    form.city.flags.required = form.official_name.flags.required = form.not_the_same.flags.required = True
    for name in ("phone", "email", *(f"title_{code}" for code in languages)):
        form[name].flags.one_of_several = True
    if not renames:
        del form.official_name
    return form


def _description(code: str) -> TextAreaField:
    return TextAreaField(
        _("Description (%(language)s)", language=language_name(code)),
        render_kw={"maxlength": DESCRIPTION_LENGTH, "rows": 3, "lang": code},
    )


def details_of(form: AuthorityForm, authority: Authority) -> AuthorityDetails:
    """What was typed, as the service takes it; the name that stands there, where the form has no field for it."""
    body = body_of(form)
    if "official_name" not in form:
        body = replace(body, official_name=authority.official_name)
    return AuthorityDetails(body, by_language(form, "description_"), tuple(form.working_languages.data or []))


def pairs_of(details: AuthorityDetails) -> list[tuple[str, str]]:
    """Details as the form would send them."""
    return [
        *registration_form.pairs_of(details.body),
        *((f"description_{code}", said) for code, said in details.descriptions.items()),
        *(("working_languages", code) for code in details.working_languages),
    ]


def _is_made(field: Field) -> bool:
    return str(field.short_name).startswith(MADE)
