"""The nightly look for states that must never be (R75)."""

from __future__ import annotations

import logging

from app.jobs import Outcome, scheduled
from app.policy.plans import Job
from app.services import invariants

_log = logging.getLogger(__name__)


@scheduled(Job.check_invariants)
def check_invariants() -> Outcome:
    """Look, and write an error line for each invariant that does not hold: rule, name and number, nobody's data.

    Gives what it found by name. Changes nothing: what is wrong is for people to judge.
    """
    findings = invariants.check()
    for finding in findings:
        _log.error("Invariant %s (%s) does not hold for %d rows.", finding.name, finding.rule, finding.count)
    told = [{"invariant": found.name, "rule": found.rule, "rows": found.count} for found in findings]
    return Outcome({"checked": len(invariants.TABLE), "broken": len(findings)}, told)
