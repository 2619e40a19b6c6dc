"""Sending the rows of a batch one by one: what one of them meets does not stop the others (R82, R85)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.errors import ImiError, InvalidInput, TooOften
from app.security import limits
from app.security.acting import acting, reader
from app.services import invitation_batches
from app.services.invitation_batches import BatchRow
from app.services.pasted_rows import Pasted


class Outcome(StrEnum):
    """What has become of a row."""

    sent = "sent"
    sent_before = "sent_before"
    refused = "refused"
    held_back = "held_back"  # looks like another, and was not said to be none of those
    later = "later"  # as many as may be sent in an hour were sent


@dataclass(frozen=True)
class Result:
    """A row with what has become of it, and why."""

    row: BatchRow
    outcome: Outcome
    said: tuple[object, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.outcome in (Outcome.sent, Outcome.sent_before)


@dataclass
class Sending:
    """One sending. `shown`: what stood beside each line; `anyway`: lines that were ticked; `wait`: when to go on."""

    shown: Mapping[int, Collection[UUID]]
    anyway: Collection[int]
    wait: object = None

    def of(self, row: BatchRow) -> Result:
        """Send this row, if it is to be sent. Each is an act of its own, with the actor read again (R82)."""
        line = row.pasted.line
        if row.problems:
            return Result(row, Outcome.refused, row.problems)
        if invitation_batches.was_sent(reader(), row):  # by this form, maybe at this moment: sent twice, counted once
            return Result(row, Outcome.sent_before)
        if self.shown.get(line) and line not in self.anyway:
            return Result(row, Outcome.held_back)
        return Result(row, Outcome.later, (self.wait,)) if self.wait else self._sent(row)

    def _sent(self, row: BatchRow) -> Result:
        try:
            limits.count("LIMIT_INVITATIONS")
            with acting() as actor:
                invitation_batches.send(actor, row, self.shown.get(row.pasted.line, ()))
        except TooOften as wait:
            self.wait = wait.message
            return Result(row, Outcome.later, (wait.message,))
        except InvalidInput as refusal:
            return Result(row, Outcome.refused, tuple(refusal.fields.values()))
        except ImiError as refusal:
            return Result(row, Outcome.refused, (refusal.message,))
        return Result(row, Outcome.sent)


def text_left(pasted: Pasted, results: Iterable[Result]) -> str:
    """What was pasted without what has been sent, so that it can be corrected and sent later."""
    left = [result.row.pasted.text for result in results if not result.is_done]
    return "\n".join([pasted.headings, *left] if left and pasted.headings else left)
