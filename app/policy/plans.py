"""What is done by the clock, and when: a closed list. `app.jobs` has a function for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from app.clock import COPENHAGEN

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Job(StrEnum):
    """The scheduled jobs, by the name under which their runs are kept."""

    sweep_mails = "sweep_mails"
    sign_log_head = "sign_log_head"
    verify_log = "verify_log"
    check_invariants = "check_invariants"
    keep_invitations = "keep_invitations"
    remind_of_confirmation = "remind_of_confirmation"
    tidy_up = "tidy_up"


@dataclass(frozen=True)
class Plan:
    """Every so often, or each day at a time of Copenhagen's (R74)."""

    every: timedelta | None = None
    at: time | None = None

    def next_after(self, moment: datetime) -> datetime:
        """The first slot after a moment. Slots stand on a fixed grid, so that all schedulers name the same ones."""
        if self.every is not None:
            return EPOCH + ((moment - EPOCH) // self.every + 1) * self.every
        local = moment.astimezone(COPENHAGEN)
        at = self.at or time()
        today = datetime.combine(local.date(), at, COPENHAGEN).astimezone(UTC)
        if today > moment:
            return today
        return datetime.combine(local.date() + timedelta(days=1), at, COPENHAGEN).astimezone(UTC)


# At night, and not between two and three, an hour which a change of the clock leaves out or brings twice.
PLANS: dict[Job, Plan] = {
    Job.sweep_mails: Plan(every=timedelta(minutes=1)),
    Job.sign_log_head: Plan(every=timedelta(minutes=10)),
    Job.verify_log: Plan(at=time(3, 15)),
    Job.check_invariants: Plan(at=time(3, 45)),
    Job.keep_invitations: Plan(at=time(4, 45)),
    Job.remind_of_confirmation: Plan(at=time(5, 0)),
    Job.tidy_up: Plan(at=time(4, 15)),
}
