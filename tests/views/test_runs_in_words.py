"""Jobs and runs in words: what must not be overlooked stands on top of *Drift*, and no unknown word breaks the page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import clock
from app.models import AuditEvent, JobRun, LoggedAct, RunState, Schedule
from app.policy.plans import Job
from app.services import audit, schedule
from app.transaction import transaction
from app.views import readers_form
from tests.views.test_operations import PAGE, commission, ended, text_of

__all__ = ["commission"]  # a fixture


def test_a_run_says_how_long_it_took(db: Any, commission: Any) -> None:
    moment = clock.now()
    for seconds, job in ((0.4, Job.verify_log), (1, Job.tidy_up), (59, Job.sweep_mails), (150, Job.sign_log_head)):
        ended(job, started_at=moment - timedelta(seconds=seconds), ended_at=moment)
    ended(Job.check_invariants, started_at=moment - timedelta(hours=3), ended_at=moment)
    said = text_of(commission.get(PAGE))
    for words in ("under 1 sekund", " 1 sekund ", "59 sekunder", "2 minutter", "3 timer"):
        assert words in said, words


# --- What must not be overlooked -------------------------------------------------------------------------------------

STOPPED = "Jobbene kører ikke"


@pytest.mark.rule("R73")
@pytest.mark.parametrize(("late", "is_told"), [(119, False), (121, True)])
def test_a_scheduler_that_stands_still_is_told(db: Any, commission: Any, late: int, is_told: bool) -> None:
    with transaction():
        schedule.plan_due()
        due = clock.now() - timedelta(seconds=late)
        db.session.execute(update(Schedule).where(Schedule.name == Job.sweep_mails.value).values(next_due=due))
    said = text_of(commission.get(PAGE))
    assert (STOPPED in said) == is_told
    assert said.count("Forsinket") == is_told
    assert (f"startet {readers_form.moment(due, 'short')}" in said.replace("\u202f", " ")) == is_told


@pytest.mark.rule("R73")
@pytest.mark.parametrize(("waited", "is_told"), [(59, False), (61, True)])
def test_a_run_that_no_worker_takes_is_told(db: Any, commission: Any, waited: int, is_told: bool) -> None:
    with transaction():
        schedule.plan_due()
        db.session.add(JobRun(name=Job.tidy_up.value, slot=clock.now() - timedelta(seconds=waited)))
    said = text_of(commission.get(PAGE))
    assert (STOPPED in said) == is_told
    assert said.count("Forsinket") == is_told


@pytest.mark.rule("R68")
@pytest.mark.rule("R75")
def test_a_log_that_was_changed_stands_on_top_until_a_check_finds_nothing(db: Any, commission: Any) -> None:
    alarm, in_data = "Loggen er blevet ændret", "Der er fejl i data"
    ended(Job.verify_log)
    ended(Job.check_invariants)
    said = text_of(commission.get(PAGE))
    assert alarm not in said and in_data not in said  # noqa: PT018
    assert said.count("Uden afvigelser") == 5  # both jobs, both runs, and the log
    faults = [{"kind": "changed", "position": number, "event": number} for number in range(1, 19)]
    ended(Job.verify_log, findings=faults)
    ended(Job.check_invariants, findings=[{"invariant": "authority-without-administrator", "rule": "R48", "rows": 3}])
    ended(Job.verify_log, state=RunState.failed, error="OSError")  # says nothing of the log
    page = commission.get(PAGE)
    said = text_of(page)
    assert said.index(alarm) < said.index(in_data) < said.index("Hold øje med mails")
    assert "fandt 18 afvigelser. Ret ikke noget." in said
    assert "18 afvigelser" in said.rsplit("Seneste kontrol", 1)[1].split("Poster", 1)[0]
    assert alarm in text_of(commission.get("/"))
    ended(Job.verify_log)
    ended(Job.check_invariants)
    said = text_of(commission.get(PAGE))
    assert alarm not in said and in_data not in said  # noqa: PT018
    assert alarm not in text_of(commission.get("/"))


def test_many_deviations_are_a_number_that_leads_to_them(db: Any, commission: Any) -> None:
    faults = [{"kind": "changed", "position": number, "event": number} for number in range(1, 19)]
    ended(Job.verify_log, findings=faults)
    page = commission.get(PAGE).text
    assert re.search(r'href="/operations/\?job=verify_log#runs">18 afvigelser', page)
    jobs, runs = page.split('<h2 id="runs"', 1)
    assert "Post nr." not in jobs
    seen, folded = runs.split("<details", 1)
    assert (seen.count("Post nr."), folded.count("Post nr.")) == (5, 13)


@pytest.mark.rule("R73")
def test_what_this_version_does_not_know_breaks_no_page(db: Any, commission: Any) -> None:
    """As after a step back to an older version, or where somebody wrote into the database."""
    findings = [{"kind": "burnt", "position": 3}, {"kind": "changed"}, {"invariant": "moon-is-cheese"}, {}]
    moment = clock.now()
    done = {"slot": moment, "state": RunState.done, "started_at": moment, "ended_at": moment}
    with transaction():
        db.session.add(JobRun(name="water_plants", counts={"pots": 4}, **done))
        db.session.add(JobRun(name=Job.verify_log.value, findings=findings, **done))
        audit.record(None, LoggedAct.run_asked, None, data={"job": "water_plants", "run": 1})
        event = AuditEvent(at=moment, act="plants.watered", subject_kind="", data={})
        db.session.add(event)
    answer = commission.get(PAGE)
    assert answer.status_code == 200
    for words in ("water_plants", "pots: 4", "burnt", "moon-is-cheese", "plants.watered", "jobbet »water_plants«"):
        assert words in text_of(answer), words
