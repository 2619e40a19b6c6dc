"""*Drift*: how the installation is doing. Jobs with their runs, and the log, for the Commission."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _
from app.policy.pages import Page
from app.policy.plans import Job
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import audit_reading, checks_done, schedule
from app.settings import setting
from app.views.base import ImiView
from app.views.runs_in_words import deviations, job_in_words, job_name, longest_late, run_in_words

MOST_RUNS = 25


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
        jobs = [job_in_words(each, *facts) for each, facts in schedule.overview().items()]
        found = checks_done.verdicts()
        return self.page(
            "operations/jobs.html",
            title=_("Jobs and log"),
            jobs=jobs,
            late_since=longest_late(jobs),
            job=job_name(job) if job else None,
            runs=[run_in_words(row) for row in schedule.latest(job, MOST_RUNS)],
            is_under_way=any(each["is_under_way"] for each in jobs),
            log_check=found.get(Job.verify_log),
            data_check=found.get(Job.check_invariants),
            deviations=deviations,
            **_log(),
        )

    @expose("/jobs/<name>/run", methods=["POST"])
    @has_access
    def run(self, name: str) -> Any:
        """Start a job now; its outcome stands on the page when it is done."""
        with acting() as actor:
            schedule.ask(actor, name)
        flash(
            _("The job “%(job)s” has been started. What came of it stands here when it is done.", job=job_name(name)),
            "success",
        )
        return redirect(url_for("OperationsView.index"))


def _log() -> dict[str, Any]:
    return {
        "log": audit_reading.state(),
        "entries": audit_reading.latest(reader(), 10),
        "failed_log_ins": audit_reading.failed_log_ins(),
        "many_failed_log_ins": setting("FAILED_LOG_INS_ALARM"),
    }
