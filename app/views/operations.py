"""*Drift*: how the installation is doing. Jobs with their runs, and the log, for the Commission."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _, _l, ngettext
from app.i18n.log import FAULTS
from app.i18n.operations import COUNTS, FINDINGS, JOBS, RUN_STATES
from app.policy.pages import Page
from app.policy.plans import Job
from app.security.acting import acting
from app.security.parameters import takes
from app.services import audit_reading, invariants, schedule
from app.settings import setting
from app.views.base import ImiView
from app.views.readers_form import number

MOST_RUNS = 25
OPEN_STATES = ("due", "running")


class OperationsView(ImiView):
    """The jobs of the schedule, what came of them, and how the log stands."""

    route_base = "/operations"
    default_view = "index"
    class_permission_name = Page.jobs.value
    method_permission_name = {"index": "read", "run": "write"}

    @expose("/")
    @has_access
    @takes(query=("job",))
    def index(self) -> Any:
        """Jobs, their latest runs, and the log; `job` in the address narrows the runs to one job's."""
        wanted = request.args.get("job", "")
        job = Job(wanted) if wanted in set(Job) else None
        jobs = [_job(each, *facts) for each, facts in schedule.overview().items()]
        return self.page(
            "operations/jobs.html",
            title=_("Operations"),
            jobs=jobs,
            job=JOBS[job][0] if job else None,
            runs=[_run(row) for row in schedule.latest(job, MOST_RUNS)],
            is_under_way=any(each["is_under_way"] for each in jobs),
            log=audit_reading.state(),
            entries=audit_reading.latest(10),
            failed_log_ins=audit_reading.failed_log_ins(),
            many_failed_log_ins=setting("FAILED_LOG_INS_ALARM"),
        )

    @expose("/jobs/<name>/run", methods=["POST"])
    @has_access
    def run(self, name: str) -> Any:
        """Start a job now; its outcome stands on the page when it is done."""
        with acting() as actor:
            schedule.ask(actor, name)
        flash(
            _("The job “%(job)s” has been started. What came of it stands here when it is done.", job=JOBS[name][0]),
            "success",
        )
        return redirect(url_for("OperationsView.index"))


def _job(job: Job, next_due: Any, last: Any) -> dict[str, Any]:
    name, purpose = JOBS[job]
    return {
        "key": job.value,
        "name": name,
        "purpose": purpose,
        "next_due": next_due,
        "last": _run(last) if last else None,
        "is_under_way": last is not None and last.state.value in OPEN_STATES,
    }


def _run(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": JOBS[row.name][0],
        "state": FINDINGS if row.findings else RUN_STATES[row.state.value],
        "begun": row.started_at or row.slot,
        "seconds": (row.ended_at - row.started_at).total_seconds() if row.ended_at and row.started_at else None,
        "counts": [(COUNTS[name], number(count)) for name, count in row.counts.items() if count],
        "findings": [_finding(found) for found in row.findings],
        "error": _error(row.error),
        "by_hand": row.asked_by_user_id is not None,
    }


TRIED_AGAIN = _l("Each of the workers that took it died. The next run is tried as planned.")


def _error(kind: str) -> Any:
    """What went wrong; the structured log has the place where it did."""
    if kind == "died":
        return TRIED_AGAIN
    return _("Error of kind %(kind)s. The structured log of the worker has the details.", kind=kind) if kind else ""


def _finding(found: dict[str, Any]) -> str:
    """A fault of the log, or an invariant that does not hold, in a sentence."""
    if "invariant" in found:
        return ngettext(
            "%(sentence)s %(count)s row (%(rule)s).",
            "%(sentence)s %(count)s rows (%(rule)s).",
            found["rows"],
            sentence=invariants.sentence_of(found["invariant"]),
            count=number(found["rows"]),
            rule=found["rule"],
        )
    return str(FAULTS[found["kind"]]) % {"position": found["position"], "event": found["event"]}
