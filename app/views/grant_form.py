"""The form of a grant: only what the module offers (R32)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from app.i18n import _, _l
from app.i18n.things import MODULE_ROLE, language
from app.models import Authority, Module, ModuleRole, Setting, name_in
from app.services import module_access
from app.services.module_access import GrantChoices
from app.views.imi_form import ImiForm, number_of

# What the form can have; which of it, the module says.
GRANT_LISTS = ("coordinators", "classification")
GRANT_FIELDS = ("role", "coordinator_words", *GRANT_LISTS, *(f"settings_{each.value}" for each in Setting), "reason")


def grant_form(module: Module, offered: Sequence[Authority]) -> ImiForm:
    """A form made for the module. What is right in it is decided by the service."""
    fields: dict[str, Any] = {"role": _role(module)}
    if module.offers_coordinator:
        fields["coordinator_words"] = StringField(
            _l("Search coordinators"), render_kw={"maxlength": 200, "type": "search"}
        )
        fields["coordinators"] = _coordinators(module, offered)
    entries = _entries(module)
    if entries:
        fields["classification"] = SelectMultipleField(_l("Classification"), choices=entries, validate_choice=False)
    if module.has_request_settings:
        fields |= _settings()
    fields["reason"] = TextAreaField(
        _l("Reason"),
        description=_l("It is kept in the log."),
        render_kw={"maxlength": 1000},
    )
    form: ImiForm = type("GrantForm", (ImiForm,), fields)()
    form["role"].flags.required = True
    if module.requires_linked_coordinator:
        form["coordinators"].flags.one_of_several = True
    return form


def _role(module: Module) -> RadioField:
    roles = list(ModuleRole) if module.offers_coordinator else [ModuleRole.authority]
    return RadioField(
        _l("Role in the module"),
        choices=[SelectChoice(role.value, MODULE_ROLE[role]) for role in roles],
        default=ModuleRole.authority.value,
        validate_choice=False,
        validators=[_refuse_unknown_role],
    )


def _refuse_unknown_role(_form: ImiForm, field: RadioField) -> None:
    """A role that there is, but not in this module, is the service's to refuse."""
    if field.data not in set(ModuleRole):
        raise ValidationError(_("Choose a role from the list."))


def _coordinators(module: Module, offered: Sequence[Authority]) -> SelectMultipleField:
    return SelectMultipleField(
        _l("Linked coordinators"),
        description=(
            _l("Choose at least one, unless the authority is coordinator itself.")
            if module.requires_linked_coordinator
            else _l("Only if the authority is to be linked to a coordinator.")
        ),
        choices=[SelectChoice(str(row.public_id), f"{row.official_name}, {row.city}") for row in offered],
        validate_choice=False,
    )


def _entries(module: Module) -> list[SelectChoice]:
    reads = language()
    names = {part.id: name_in(part.names, reads) for part in module.classification_lists}
    return [
        SelectChoice(str(entry.id), name_in(entry.names, reads), optgroup=names[entry.list_id])
        for entry in module_access.entries_for(module)
    ]


def _settings() -> dict[str, BooleanField]:
    return {
        "settings_approval": BooleanField(
            _l("Approval"), description=_l("Requests must be approved before they are sent.")
        ),
        "settings_refusal": BooleanField(
            _l("Refusal"), description=_l("The authority may refuse requests and refer them to another authority.")
        ),
        "settings_allocation": BooleanField(
            _l("Allocation"), description=_l("Requests are allocated to users by somebody appointed for it.")
        ),
    }


def choices_of(form: ImiForm) -> GrantChoices:
    """What was chosen, as the service takes it."""
    data = form.data
    return GrantChoices(
        role=ModuleRole(data["role"]),
        entry_ids=frozenset(number_of(value) for value in data.get("classification") or []),
        settings=frozenset(setting for setting in Setting if data.get(f"settings_{setting.value}")),
        coordinator_ids=frozenset(public_ids(data.get("coordinators") or [])),
        reason=data["reason"] or "",
    )


def public_ids(values: Iterable[str]) -> set[uuid.UUID]:
    """The public numbers among the values; a broken one becomes a new one, which nobody has, and so is refused."""
    found = set()
    for value in values:
        try:
            found.add(uuid.UUID(value))
        except ValueError:
            found.add(uuid.uuid4())
    return found
