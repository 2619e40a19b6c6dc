"""What is done by the clock beside mails: the log's head, its verification, and what is no longer needed."""

from __future__ import annotations

import logging
from typing import Any

from app.jobs import Outcome, scheduled
from app.policy.plans import Job
from app.services import audit_signing, audit_verification, registration_drafts, schedule, sessions
from app.services.audit_signing import BrokenChain
from app.services.audit_verification import Fault
from app.transaction import transaction

_log = logging.getLogger(__name__)


@scheduled(Job.sign_log_head)
def sign_log_head() -> Outcome:
    """Sign the end of the log's chain, and put the signature into the structured log (R68).

    What does not follow from what was signed before is not signed: that is a finding.
    """
    try:
        with transaction():
            return Outcome({"entries": audit_signing.sign_head()})
    except BrokenChain as broken:
        return Outcome({}, _told([broken.fault]))


@scheduled(Job.verify_log)
def verify_log() -> Outcome:
    """Compute the whole chain anew; what is wrong stands on the page Drift and, as an error, in the log (R68)."""
    report = audit_verification.verify()  # as a reader: it may take minutes, and nobody is to wait for it
    return Outcome({"entries": report.entries, "anchors": report.anchors}, _told(report.faults))


def _told(faults: list[Fault]) -> list[dict[str, Any]]:
    for fault in faults:
        _log.error("The log is not whole: %s at place %s", fault.kind, fault.position)
    return [{"kind": fault.kind.value, "position": fault.position, "event": fault.event_id} for fault in faults]


@scheduled(Job.tidy_up)
def tidy_up() -> Outcome:
    """Forget old runs, sessions that have ended by time, and drafts that nobody has touched for long."""
    with transaction():
        counts = {"runs": schedule.forget_old(), "sessions": sessions.forget_ended()}
        return Outcome({**counts, "drafts": registration_drafts.purge()})
