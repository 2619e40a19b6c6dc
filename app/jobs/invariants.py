"""The nightly look for states that must never be (R75)."""

from __future__ import annotations

import logging

from app.services import invariants

_log = logging.getLogger(__name__)


def check_invariants() -> dict[str, int]:
    """Look, and write an error line for each invariant that does not hold: rule, name and number, nobody's data.

    Gives the numbers by name. Changes nothing: what is wrong is for people to judge.
    """
    findings = invariants.check()
    for finding in findings:
        _log.error("Invariant %s (%s) does not hold for %d rows.", finding.name, finding.rule, finding.count)
    return {finding.name: finding.count for finding in findings}
