"""The page *Drift*: who sees jobs and the log, starts a job, and is warned."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, Authority, ImiUser, JobRun, LoggedAct, RunState, Schedule
from app.policy.plans import Job
from app.services import audit, refusals, schedule
from app.transaction import transaction
from app.views import readers_form
from tests.services.test_undelivered_mails import mail_to

PAGE = "/operations/"
RUN = "/operations/jobs/{}/run"


@pytest.fixture
def commission(make: Any, sign_in: Any) -> Any:
    """The Commission's browser."""
    return sign_in(make.user(make.commission()))


@pytest.fixture
def others(make: Any) -> dict[str, ImiUser]:
    """All whom jobs and log are not for."""
    body = make.authority()
    return {
        "nimic": make.user(make.nimic()),
        "manager": make.user(make.access_manager()),
        "administrator": make.user(body),
        "user": make.user(body, administrator=False),
    }


def text_of(answer: Any) -> str:
    """What stands on the page, as a person reads it."""
    words = re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[1])
    return re.sub(r"\s+", " ", words.replace("&nbsp;", " ").replace("\xa0", " "))


def runs(db: Any) -> list[tuple[str, RunState]]:
    return [tuple(row) for row in db.session.execute(select(JobRun.name, JobRun.state).order_by(JobRun.id))]


def ended(job: Job, **values: Any) -> None:
    """A run of the job that is over."""
    with transaction():
        schedule.plan_due()
        number = schedule._add(job, clock.now())
        moment = clock.now()
        done = {"state": RunState.done, "started_at": moment, "ended_at": moment, "tries": 1}
        _db.session.execute(update(JobRun).where(JobRun.id == number).values(done | values))


# --- Who sees it -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_the_commission_sees_all_jobs_and_the_log(db: Any, commission: Any) -> None:
    with transaction():
        audit.record(None, LoggedAct.log_in_failed, None)
    answer = commission.get(PAGE)
    assert answer.status_code == 200
    for name in (
        "Hold øje med mails",
        "Underskriv loggen digitalt",
        "Kontrollér loggen",
        "Kontrollér data",
        "Ryd op",
        "en ukendt bruger",
    ):
        assert name in text_of(answer), name
    assert answer.text.count("/run") == len(Job)
    assert f'href="{PAGE}"' in commission.get("/").text
    assert 'href="/operations/mails/"' in commission.get("/").text


@pytest.mark.rule("R70")
def test_for_others_it_does_not_exist(db: Any, others: dict[str, ImiUser], sign_in: Any) -> None:
    for name, user in others.items():
        browser = sign_in(user)
        assert browser.get(PAGE).status_code == 404, name
        assert browser.send(RUN.format("verify_log")).status_code == 404, name
        start = browser.get("/").text
        assert f'href="{PAGE}"' not in start, name
        assert ('href="/operations/mails/"' in start) == (name == "nimic"), name
    assert runs(db) == []


# --- Started by hand -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R67")
def test_a_job_is_started_and_stands_there_as_waiting(db: Any, commission: Any) -> None:
    answer = commission.send(RUN.format("verify_log"))
    assert (answer.status_code, answer.location) == (302, PAGE)
    assert runs(db) == [("verify_log", RunState.due)]
    page = commission.get(PAGE)
    assert "Jobbet »Kontrollér loggen« er startet" in text_of(page)
    assert "Venter" in text_of(page)
    assert "data-hx-get" in page.text  # it asks for itself anew
    assert page.text.count("/run") == len(Job) - 1
    assert db.session.scalars(select(AuditEvent.act)).all() == ["job.run_asked"]


@pytest.mark.rule("R73")
def test_a_second_click_is_told_in_words(db: Any, commission: Any) -> None:
    commission.send(RUN.format("tidy_up"))
    answer = commission.send(RUN.format("tidy_up"))
    assert answer.status_code == 409
    assert "allerede i gang" in text_of(answer)
    assert len(runs(db)) == 1
    assert db.session.scalars(select(AuditEvent.act)).all() == ["job.run_asked"]


@pytest.mark.rule("R70")
def test_there_is_no_job_of_another_name(db: Any, commission: Any) -> None:
    for name in ("deliver_mails", "TIDY_UP", "app.jobs.run"):
        assert commission.send(RUN.format(name)).status_code == 404
    assert runs(db) == []


def test_a_job_is_started_by_a_form_of_the_page_only(db: Any, commission: Any) -> None:
    commission.token()
    assert commission.post(RUN.format("tidy_up")).status_code == 400
    assert commission.get(RUN.format("tidy_up")).status_code == 404
    assert runs(db) == []


# --- What came of them -----------------------------------------------------------------------------------------------


def test_runs_are_narrowed_to_those_of_a_job(db: Any, commission: Any) -> None:
    ended(Job.sign_log_head, counts={"entries": 4711})
    ended(Job.verify_log, counts={"entries": 815, "anchors": 0})
    assert "4.711" in (every := text_of(commission.get(PAGE)))
    latest = text_of(commission.get(f"{PAGE}?job=verify_log")).rsplit("Seneste kørsler", 1)[1].split("Loggen", 1)[0]
    assert "815" in every
    assert "815" in latest
    assert "4.711" not in latest
    assert "Underskrifter" not in latest  # a count of nothing says nothing
    assert text_of(commission.get(f"{PAGE}?job=unknown")).count("4.711") == every.count("4.711")


@pytest.mark.rule("R68")
@pytest.mark.rule("R75")
def test_what_is_wrong_is_told_in_sentences(db: Any, commission: Any) -> None:
    ended(Job.verify_log, findings=[{"kind": "changed", "position": 12, "event": 15}])
    broken = {"invariant": "authority-without-administrator", "rule": "R48", "rows": 3}
    ended(Job.check_invariants, findings=[broken])
    said = text_of(commission.get(PAGE))
    assert "Post nr. 15 (plads 12 i kæden) er blevet ændret." in said
    assert "En myndighed har ingen administrator, der kan logge ind. 3 forekomster (R48)." in said
    assert said.count("Afvigelser fundet") == 4  # with the job, and among the runs
    assert said.count("Post nr. 15") == 1  # the table of jobs has their number only
    assert "%(" not in said


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [(RunState.failed, "OSError", "OSError"), (RunState.lost, "died", "Det forsøges igen")],
)
def test_a_run_that_failed_says_what_to_look_at(
    db: Any, commission: Any, state: RunState, error: str, says: str
) -> None:
    ended(Job.tidy_up, state=state, error=error)
    assert says in text_of(commission.get(PAGE))


@pytest.mark.rule("R55")
def test_many_failed_log_ins_are_an_alarm(app: Any, db: Any, commission: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "FAILED_LOG_INS_ALARM", 3)
    alarm = "Mange forsøg på at logge ind er mislykkedes"
    for number in range(3):
        assert alarm not in text_of(commission.get(PAGE))
        with transaction():
            refusals.record(LoggedAct.log_in_failed, None, None, source=f"address {number}")
    assert alarm in text_of(commission.get(PAGE))


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


def test_jobs_come_first_then_runs_then_the_log(db: Any, commission: Any) -> None:
    with transaction():
        audit.record(None, LoggedAct.log_in_failed, None)
    page = commission.get(PAGE)
    assert re.findall(r'<h2 id="(\w+)"', page.text) == ["jobs", "runs", "log"]
    number = db.session.scalar(select(AuditEvent.id))
    assert f"Nr. {number}: Et forsøg på at logge ind" in text_of(page)
    assert "Udført af myndigheden" in text_of(page)


@pytest.mark.rule("R70")
def test_the_two_pages_are_tabs_for_who_may_see_both(db: Any, commission: Any, others: Any, sign_in: Any) -> None:
    for path, name in ((PAGE, "Job og log"), ("/operations/mails/", "Mails")):
        page = commission.get(path).text
        tabs = page.split('aria-label="Drift"', 1)[1].split("</nav>", 1)[0]
        assert re.search(rf'aria-current="page">{name}', tabs)
        assert tabs.count("<a ") == 2
    assert 'aria-label="Drift"' not in sign_in(others["nimic"]).get("/operations/mails/").text


def test_the_start_page_leads_to_both(db: Any, commission: Any, others: Any, sign_in: Any) -> None:
    assert "Ingen mail kræver handling" in text_of(commission.get("/"))
    assert "Systemets automatiske job og loggens tilstand." in text_of(commission.get("/"))
    mail_to(db.session.get_one(Authority, others["user"].authority_id))
    assert "1 mail kræver handling" in text_of(commission.get("/"))
    assert "1 mail kræver handling" in text_of(sign_in(others["nimic"]).get("/"))
    assert "kræver handling" not in text_of(sign_in(others["manager"]).get("/"))


def test_a_second_click_leads_back_to_the_page(db: Any, commission: Any) -> None:
    commission.send(RUN.format("tidy_up"))
    answer = commission.send(RUN.format("tidy_up"))
    assert f'href="{PAGE}">Gå til Job og log' in answer.text
    assert "Gå tilbage, og se, hvordan det står nu." in text_of(answer)


@pytest.mark.rule("R70")
@pytest.mark.parametrize("first", ["commission", "nimic"])
def test_who_opens_a_page_first_does_not_decide_what_others_see(app: Any, make: Any, sign_in: Any, first: str) -> None:
    """Jinja works out what is constant when it compiles a template; the rights of a person are not."""
    people = {"commission": make.user(make.commission()), "nimic": make.user(make.nimic())}
    app.jinja_env.cache.clear()
    for name in (first, *people):
        browser = sign_in(people[name])
        mails, listed = browser.get("/operations/mails/").text, browser.get("/coordinated-authorities/").text
        assert ('aria-label="Drift"' in mails) == (name == "commission"), name
        assert ('class="btn primary" href="/register-authority/"' in listed) == (name == "nimic"), name
