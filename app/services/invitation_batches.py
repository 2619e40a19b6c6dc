"""Inviting many bodies at once: what becomes of each row that was pasted, and each one sent by itself (R11, R9)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from babel import Locale
from sqlalchemy import select

from app.errors import Conflict, InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import Invitation
from app.policy.actor import Actor
from app.policy.folding import fold
from app.policy.likeness import Traits, email_key, verdict
from app.services import duplicates, invitations, pasted_rows
from app.services.duplicates import Match
from app.services.invitation_wishes import Wishes, check_recipient, check_shared, looked_for
from app.services.pasted_rows import REFUSED, Pasted, PastedRow
from app.services.registration_details import NAME_LENGTH
from app.settings import setting

TOO_MUCH = _l(
    "The row has more than a name, an e-mail address and a language. If a comma or semicolon belongs to the name, put"
    " the name in quotation marks."
)
UNKNOWN_LANGUAGE = _l("The language is not known here. Write da or en, or nothing.")
LONGEST_LOOK = 15.0  # seconds; two hundred names of real bodies take a few
TOO_SLOW = _l("These rows take too long to be compared. Check fewer of them at a time.")
COME_IN = _l(
    "Meanwhile an authority has come in that looks like this one. Check the rows again, and say then whether it is"
    " another."
)


@dataclass(frozen=True)
class BatchRow:
    """A row, and what becomes of it: it is wrong (`problems`), was sent before, may be there already, or will be sent.

    `number`: the public number of its invitation, the same whenever it is sent. `alike`: rows above that look like it.
    """

    pasted: PastedRow
    wishes: Wishes
    number: uuid.UUID
    problems: tuple[object, ...] = ()
    is_sent: bool = False
    likely: tuple[Match, ...] = ()
    alike: tuple[BatchRow, ...] = ()

    @property
    def shown(self) -> list[uuid.UUID]:
        """What is shown beside it, and can be said to be others (R9)."""
        return [match.public_id for match in self.likely] + [row.number for row in self.alike]

    @property
    def traits(self) -> Traits:
        return Traits(_name_key(self.wishes.invited_name), email_key(self.wishes.recipient_email))


def checked(actor: Actor, text: str, shared: Wishes, batch: uuid.UUID) -> tuple[Pasted, list[BatchRow]]:
    """The rows of the text with what is wrong in each of them; changes nothing.

    `shared`: message, suggestions, and the language where a row says none. InvalidInput where these are wrong, or the
    text as a whole; NotAllowed for who invites nobody. `batch` is the number of its form, from which each row has its.
    """
    pasted, common = _both(actor, text, shared)
    rows = [_row(row, common, batch) for row in pasted.rows]
    sent = _sent_before(actor, [row.number for row in rows])
    return pasted, list(_judged(actor, rows, sent))


def _both(actor: Actor, text: str, shared: Wishes) -> tuple[Pasted, Wishes]:
    """What is wrong in the text, and in what all rows have in common, is told at once."""
    try:
        pasted = pasted_rows.read(text)
    except InvalidInput as refusal:
        problems = dict(refusal.fields)
        try:
            check_shared(actor, shared)
        except InvalidInput as other:
            problems |= other.fields
        raise InvalidInput(REFUSED, problems) from refusal
    return pasted, check_shared(actor, shared)


def _row(row: PastedRow, common: Wishes, batch: uuid.UUID) -> BatchRow:
    language = _language(row.language) if row.language else common.language
    wishes = replace(common, invited_name=row.name, recipient_email=row.email, language=language)
    said = f"{email_key(row.email[:254])}\n{_name_key(row.name)}"
    return BatchRow(row, wishes, uuid.uuid5(batch, said))


def _name_key(name: str) -> str:
    # Far too long is told at the row; to fold it takes the square of its length.
    return fold(name[:NAME_LENGTH])


def _language(said: str) -> str:
    """The language by its code or its name in any of the languages there are; as it was written, where it is none."""
    word, codes = said.casefold(), list(setting("LANGUAGES"))
    for code in codes:
        names = {str(Locale.parse(code).get_display_name(reads)).casefold() for reads in codes}
        if word in names | {code}:
            return str(code)
    return said


def _sent_before(actor: Actor, numbers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those under which this person has sent an invitation."""
    mine = select(Invitation.public_id).where(
        Invitation.public_id.in_(numbers), Invitation.invited_by_user_id == actor.user_id
    )
    return set(db.session.scalars(mine))


def was_sent(actor: Actor, row: BatchRow) -> bool:
    """Whether this person has sent it by now."""
    return bool(_sent_before(actor, [row.number]))


def _judged(actor: Actor, rows: Sequence[BatchRow], sent: Collection[uuid.UUID]) -> Iterator[BatchRow]:
    right: dict[uuid.UUID, int] = {}
    for row in rows:
        if row.number in right:
            yield replace(row, problems=(_repeats(right[row.number]),))
            continue
        judged = replace(row, is_sent=True) if row.number in sent else _with_problems(actor, row)
        if not judged.problems:
            right[row.number] = row.pasted.line
        yield judged


def _repeats(line: int) -> object:
    return _l("This row says the same as line %(line)s. The authority is invited once.", line=line)


def _with_problems(actor: Actor, row: BatchRow) -> BatchRow:
    if row.pasted.has_too_much:
        return replace(row, problems=(TOO_MUCH,))
    try:
        # What all have in common is right by now, and is asked of the database once.
        return replace(row, wishes=check_recipient(actor, row.wishes))
    except InvalidInput as refusal:
        told = {**refusal.fields, **({"language": UNKNOWN_LANGUAGE} if "language" in refusal.fields else {})}
        return replace(row, problems=tuple(told.values()))


def compared(actor: Actor, rows: Sequence[BatchRow]) -> list[BatchRow]:
    """The same rows with what each may be a duplicate of: bodies and invitations that are there, and rows above it.

    InvalidInput where they are made so that this takes long: nobody stops the site by one paste.
    """
    found: list[BatchRow] = []
    last = time.monotonic() + LONGEST_LOOK
    for row in rows:
        if time.monotonic() > last:
            raise InvalidInput(REFUSED, {"rows": TOO_SLOW})
        found.append(row if row.is_sent else _compared(actor, row, found))
    return found


def _compared(actor: Actor, row: BatchRow, above: Sequence[BatchRow]) -> BatchRow:
    """A row that is wrong is looked up too: where the name is taken, one sees whose it is."""
    likely = tuple(duplicates.likely(actor, looked_for(row.wishes))) if row.pasted.name else ()
    return replace(row, likely=likely, alike=() if row.problems else _alike(row, above))


def _alike(row: BatchRow, above: Sequence[BatchRow]) -> tuple[BatchRow, ...]:
    """Rows above it that will be sent, too, and then are likely duplicates of it."""
    others = (other for other in above if not other.problems and not other.is_sent)
    return tuple(other for other in others if verdict(row.traits, other.traits).reasons)


def send(actor: Actor, row: BatchRow, not_the_same: Collection[uuid.UUID]) -> Invitation:
    """Send one row; what is sent twice is invited once. Whatever is refused is told of this row alone."""
    try:
        return invitations.invite(actor, row.wishes, row.number, not_the_same)
    except Conflict as refusal:
        if refusal.field is None:
            raise
        raise Conflict(COME_IN) from refusal
