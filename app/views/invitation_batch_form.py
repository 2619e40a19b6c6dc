"""The form of many invitations at once, and what its page carries from the preview to the sending."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from wtforms import SelectField, SelectMultipleField, TextAreaField

from app.i18n import _l
from app.policy.actor import Actor
from app.security.acting import reader
from app.services import reference_lists
from app.services.invitation_batches import BatchRow
from app.services.invitation_wishes import MESSAGE_LENGTH, Wishes
from app.services.pasted_rows import MOST_ROWS, in_lines
from app.settings import setting
from app.views.entry_tree import EntryTreeField
from app.views.imi_form import ImiForm, number_of
from app.views.invitation_form import modules_by_area


class InvitationBatchForm(ImiForm):
    """The rows, and what all invitations have in common. What is right in them is decided by the service."""

    rows = TextAreaField(
        _l("Authorities"),
        description=_l(
            "One authority a row: its name, its e-mail address, and its language if you like (da or en). Copy the rows"
            " from a spreadsheet, or paste the text of a CSV file with commas or semicolons. At most %(most)s rows.",
            most=MOST_ROWS,
        ),
        # No maxlength: a browser would cut off what is pasted, and say nothing.
        render_kw={"rows": 10, "autocomplete": "off", "spellcheck": "false"},
    )
    language = SelectField(_l("Language"), description=_l("For the rows that name none."), validate_choice=False)
    message = TextAreaField(
        _l("Message"),
        description=_l("It stands in every mail as a quotation from you. Never write a username in it."),
        render_kw={"maxlength": MESSAGE_LENGTH, "rows": 5},
    )
    modules = SelectMultipleField(_l("Modules"), validate_choice=False)
    classification = EntryTreeField(_l("Areas of responsibility"))
    anyway = SelectMultipleField(_l("Send anyway"), validate_choice=False)  # drawn in the rows of the preview


def batch_form(actor: Actor) -> InvitationBatchForm:
    """The form with what can be chosen today, in the first language of the actor's country."""
    form = InvitationBatchForm()
    offered = setting("LANGUAGES")
    form.language.choices = [(code, about["name"]) for code, about in offered.items()]
    if not form.is_submitted():
        form.language.data = next(code for code in reference_lists.languages_of(actor.country_code) if code in offered)
    form.modules.choices = modules_by_area(reference_lists.open_modules())
    form.classification.offered = reference_lists.general_entries()
    form.rows.flags.required = True
    return form


def wishes_of(form: InvitationBatchForm) -> Wishes:
    """What all rows have in common, as the service takes it."""
    return Wishes(
        invited_name="",
        recipient_email="",
        language=form.language.data or "",
        message=form.message.data or "",
        module_ids=frozenset(number_of(value) for value in form.modules.data or []),
        entry_ids=frozenset(number_of(value) for value in form.classification.data or []),
    )


def ticked(form: InvitationBatchForm) -> set[int]:
    """The lines of the rows that were said to be others, and are sent anyway."""
    return {number_of(value) for value in form.anyway.data or []}


@dataclass(frozen=True)
class Previewed:
    """What a preview showed: the number of its form, of what it was made, and what stood beside each line (R9)."""

    batch: uuid.UUID
    made_of: str = ""
    shown: Mapping[int, list[uuid.UUID]] = field(default_factory=dict)


def previewed(batch: uuid.UUID, form: InvitationBatchForm, rows: Iterable[BatchRow]) -> Previewed:
    """What the preview shows of these rows."""
    return Previewed(batch, digest(form), {row.pasted.line: row.shown for row in rows if row.shown})


def digest(form: InvitationBatchForm) -> str:
    """Tells whether anything was changed since: what is sent is what was shown."""
    chosen = [sorted(form[name].data or []) for name in ("modules", "classification")]
    said = [in_lines(form[name].data or "") for name in ("rows", "language", "message")]
    return hashlib.sha256(repr((said, chosen)).encode()).hexdigest()


def signed(shown: Previewed) -> str:
    """As the page carries it: only for this person."""
    lines = {str(line): [number.hex for number in numbers] for line, numbers in shown.shown.items()}
    return str(_signer().dumps([shown.batch.hex, shown.made_of, lines]))


def carried() -> Previewed | None:
    """What the page carried here; None where that is nothing of ours, or another person's."""
    try:
        batch, made_of, lines = _signer().loads(request.form.get("previewed", ""))
        shown = {int(line): [uuid.UUID(number) for number in numbers] for line, numbers in lines.items()}
        return Previewed(uuid.UUID(batch), made_of, shown)
    except (BadData, ValueError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=f"invitations {reader().user_id}")
