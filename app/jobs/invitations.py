"""The daily work on invitations: they expire, are reminded of, and what came to nothing is deleted (R13, R19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.jobs import Outcome, scheduled, stop
from app.policy.plans import Job
from app.services import invitation_days
from app.transaction import transaction

# What is due, and what is done about one of them; each in a transaction of its own, so that none holds up the others.
STEPS: dict[str, tuple[Callable[[], Sequence[int]], Callable[[int], bool]]] = {
    "expired": (invitation_days.over, invitation_days.expire),
    "reminded": (invitation_days.about_to_expire, invitation_days.remind),
    "waiting_long": (invitation_days.waiting_long, invitation_days.tell_of_waiting),
    "purged": (invitation_days.to_purge, invitation_days.purge),
}


@scheduled(Job.keep_invitations)
def keep_invitations() -> Outcome:
    """Do what the days have made due. Run twice, or after days without a run, it does each thing once."""
    return Outcome({name: _done(due, act) for name, (due, act) in STEPS.items()})


def _done(due: Callable[[], Sequence[int]], act: Callable[[int], bool]) -> int:
    with transaction():
        numbers = due()
    done = 0
    for number in numbers:
        if stop.is_set():
            break
        with transaction():
            done += act(number)
    return done
