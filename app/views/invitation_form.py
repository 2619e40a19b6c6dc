"""The form of an invitation: whom, what is suggested, and a message (§2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField

from app.i18n import _l
from app.i18n.things import language
from app.models import Module, name_in
from app.services import reference_lists
from app.services.invitation_wishes import MESSAGE_LENGTH, Wishes
from app.services.registration_details import NAME_LENGTH
from app.views.entry_tree import EntryTreeField
from app.views.imi_form import ImiForm, number_of


class InvitationForm(ImiForm):
    """What is right in it is decided by the service."""

    invited_name = StringField(
        _l("Name of the authority"),
        description=_l("As far as you know it. The authority writes its official name itself."),
        render_kw={"maxlength": NAME_LENGTH, "autocomplete": "off"},
    )
    recipient_email = StringField(
        _l("E-mail address"),
        description=_l("The personal link goes to this address. Whoever can read its mail can register the authority."),
        render_kw={"maxlength": 254, "autocomplete": "off", "type": "email"},
    )
    language = SelectField(
        _l("Language of the mail and the form"),
        description=_l("The authority can change the language of the form."),
        validate_choice=False,
    )
    message = TextAreaField(
        _l("Message"),
        description=_l("It stands in the mail, as a quotation with your name. Never write a username in it."),
        render_kw={"maxlength": MESSAGE_LENGTH, "rows": 5},
    )
    modules = SelectMultipleField(_l("Suggested modules"), validate_choice=False)
    classification = EntryTreeField(_l("Suggested areas of responsibility"))
    not_the_same = BooleanField(_l("None of the authorities shown is the one that I invite"))


def invitation_form() -> InvitationForm:
    """The form with the modules, entries and languages that can be chosen today."""
    form = InvitationForm()
    form.language.choices = [(code, about["name"]) for code, about in current_app.config["LANGUAGES"].items()]
    form.modules.choices = modules_by_area(reference_lists.open_modules())
    form.classification.offered = reference_lists.general_entries()
    for field in (form.invited_name, form.recipient_email, form.language, form.not_the_same):
        field.flags.required = True
    if not form.is_submitted():
        form.language.data = language()
    return form


def modules_by_area(modules: Sequence[Module]) -> dict[str, list[tuple[str, str]]]:
    """Modules as choices, under the names of their areas."""
    reads = language()
    groups: dict[str, list[tuple[str, str]]] = {}
    for module in modules:
        area = name_in(module.area.names, reads)
        groups.setdefault(area, []).append((str(module.id), name_in(module.names, reads)))
    return groups


def wishes_of(form: InvitationForm) -> Wishes:
    """What was filled in, as the service takes it."""
    return Wishes(
        invited_name=form.invited_name.data or "",
        recipient_email=form.recipient_email.data or "",
        language=form.language.data or "",
        message=form.message.data or "",
        module_ids=frozenset(number_of(value) for value in form.modules.data or []),
        entry_ids=frozenset(number_of(value) for value in form.classification.data or []),
    )
