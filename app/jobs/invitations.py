"""The daily work on invitations: they expire, are reminded of, and what came to nothing is deleted (R13, R19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.jobs import Outcome, scheduled, stop
from app.policy.plans import Job
from app.services import invitation_days
from app.transaction import transaction


@scheduled(Job.keep_invitations)
def keep_invitations() -> Outcome:
    """Do what the days have made due, each in a transaction of its own, so that none holds up the others. Run twice, or
    after days without a run, it does each thing once."""
    return Outcome({name: _done(due, act) for name, (due, act) in invitation_days.DAILY.items()})


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
