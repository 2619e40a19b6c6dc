"""The daily reminder to confirm an authority's data (R93)."""

from __future__ import annotations

from app.jobs import Outcome, scheduled, stop
from app.policy.plans import Job
from app.services import confirmation_reminders
from app.transaction import transaction


@scheduled(Job.remind_of_confirmation)
def remind_of_confirmation() -> Outcome:
    """Remind administrators, some authorities in a transaction at a time. Run twice, at once or after days without a
    run, it writes once."""
    reminded = 0
    while not stop.is_set():
        with transaction():
            done = confirmation_reminders.remind_some()
        if not done:
            break
        reminded += done
    return Outcome({"authorities_reminded": reminded})
