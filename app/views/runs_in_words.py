"""Jobs and their runs in words. What a newer or older version wrote stands under its raw name, and breaks no page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.i18n import _, _l, ngettext
from app.i18n.log import FAULTS
from app.i18n.operations import COUNTS, DEVIATIONS, JOBS, NO_DEVIATIONS, OVERDUE, RUN_STATES
from app.policy.plans import Job
from app.services import invariants
from app.services.checks_done import CHECKS
from app.views.readers_form import number

# A slot that nobody made a run of: no scheduler. A run that nobody took: no worker.
LATE_SLOT = timedelta(minutes=2)
LATE_RUN = timedelta(minutes=1)
OPEN_STATES = ("due", "running")
FINDINGS_SHOWN = 5


def job_in_words(job: Job, next_due: datetime | None, last: Any) -> dict[str, Any]:
    """A job for the table: when it is due next, its last run, and since when it should have begun (or None)."""
    name, purpose = JOBS[job]
    late_since = _late_since(next_due, last)
    run = run_in_words(last) if last else None
    return {
        "key": job.value,
        "name": name,
        "purpose": purpose,
        "next_due": next_due,
        "last": run,
        "late_since": late_since,
        "state": OVERDUE if late_since else run and run["state"],
        "is_under_way": last is not None and last.state.value in OPEN_STATES,
    }


def _late_since(next_due: datetime | None, last: Any) -> datetime | None:
    moment = clock.now()
    if last is not None and last.state.value == "due" and last.slot < moment - LATE_RUN:
        since: datetime = last.slot
        return since
    return next_due if next_due is not None and next_due < moment - LATE_SLOT else None


def longest_late(jobs: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Since when the job that is longest overdue should have begun; None where all goes on as planned."""
    return min((each["late_since"] for each in jobs if each["late_since"]), default=None)


def run_in_words(row: Any) -> dict[str, Any]:
    """One run: what came of it, and how long it took."""
    findings = [_finding(found) for found in row.findings]
    return {
        "id": row.id,
        "key": row.name,
        "name": job_name(row.name),
        "state": _state(row),
        "begun": row.started_at or row.slot,
        "took": _took(row.ended_at - row.started_at) if row.ended_at and row.started_at else None,
        "counts": [(COUNTS.get(name, name), number(count)) for name, count in row.counts.items() if count],
        "findings": findings[:FINDINGS_SHOWN],
        "more_findings": findings[FINDINGS_SHOWN:],
        "deviations": deviations(len(findings)),
        "error": _error(row.error),
        "by_hand": row.asked_by_user_id is not None,
    }


def job_name(name: str) -> object:
    """What the job is called; its raw name where this version knows no such job."""
    return JOBS.get(name, (name, ""))[0]


def deviations(count: int) -> str:
    """So many deviations."""
    return ngettext("%(count)s deviation", "%(count)s deviations", count, count=number(count))


def _state(row: Any) -> tuple[object, str]:
    if row.findings:
        return DEVIATIONS, "error" if row.name == Job.verify_log.value else "warn"
    if row.state.value == "done" and row.name in CHECKS:
        return NO_DEVIATIONS, "ok"
    return RUN_STATES[row.state.value]


def _took(period: timedelta) -> str:
    seconds = int(period.total_seconds())
    if seconds < 1:
        return _("less than 1 second")
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds, count=seconds)
    if seconds < 3600:
        return ngettext("%(count)s minute", "%(count)s minutes", seconds // 60, count=seconds // 60)
    return ngettext("%(count)s hour", "%(count)s hours", seconds // 3600, count=number(seconds // 3600))


DIED = _l("The job came to a standstill three times and was given up. It is tried again at its next planned time.")


def _error(kind: str) -> Any:
    """What went wrong, and what to do; the structured log has the place where it did."""
    if kind == "died":
        return DIED
    if not kind:
        return ""
    return _("The job stopped because of a technical error (%(kind)s). Tell whoever runs the system when.", kind=kind)


def _finding(found: Mapping[str, Any]) -> str:
    """A fault of the log, or an invariant that does not hold, in a sentence."""
    if "invariant" in found:
        rows = found.get("rows", 0)
        return ngettext(
            "%(sentence)s %(count)s row (%(rule)s).",
            "%(sentence)s %(count)s rows (%(rule)s).",
            rows,
            sentence=invariants.sentence_of(found["invariant"]),
            count=number(rows),
            rule=found.get("rule", "–"),
        )
    kind = found.get("kind", "")
    if kind not in FAULTS:
        return str(kind or "–")
    return str(FAULTS[kind]) % {"position": found.get("position", "–"), "event": found.get("event", "–")}
