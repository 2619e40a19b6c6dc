"""What is done by the clock beside mails: the log's head, its verification, and what is no longer needed."""

from __future__ import annotations

import logging

from app.jobs import Outcome, scheduled
from app.policy.plans import Job
from app.services import audit_chain, audit_verification, schedule, sessions
from app.transaction import transaction

_log = logging.getLogger(__name__)


@scheduled(Job.sign_log_head)
def sign_log_head() -> Outcome:
    """Sign the end of the log's chain, and put the signature into the structured log (R68)."""
    with transaction():
        return Outcome({"entries": audit_chain.sign_head()})


@scheduled(Job.verify_log)
def verify_log() -> Outcome:
    """Compute the whole chain anew; what is wrong stands on the page Drift and, as an error, in the log (R68)."""
    report = audit_verification.verify()  # as a reader: it may take minutes, and nobody is to wait for it
    for fault in report.faults:
        _log.error("The log is not whole: %s at place %s", fault.kind, fault.position)
    findings = [{"kind": f.kind.value, "position": f.position, "event": f.event_id} for f in report.faults]
    return Outcome({"entries": report.entries, "anchors": report.anchors}, findings)


@scheduled(Job.tidy_up)
def tidy_up() -> Outcome:
    """Forget old runs, and sessions that have ended by time."""
    with transaction():
        return Outcome({"runs": schedule.forget_old(), "sessions": sessions.forget_ended()})
