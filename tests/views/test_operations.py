"""The page *Drift*: who sees jobs and the log, starts a job, and is warned."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, Authority, ImiUser, JobRun, LoggedAct, RunState
from app.policy.plans import Job
from app.services import audit, refusals, schedule
from app.transaction import transaction
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


@pytest.mark.rule("R70")
def test_the_start_page_leads_to_both(db: Any, commission: Any, others: Any, make: Any, sign_in: Any) -> None:
    assert "kræver handling" not in text_of(commission.get("/"))
    assert "Systemets automatiske job og loggens tilstand." in text_of(commission.get("/"))
    mail_to(db.session.get_one(Authority, others["user"].authority_id))
    assert "1 mail kræver handling" in text_of(commission.get("/"))
    assert "1 mail kræver handling" in text_of(sign_in(others["nimic"]).get("/"))
    assert "kræver handling" not in text_of(sign_in(others["manager"]).get("/"))
    assert "kræver handling" not in text_of(sign_in(make.user(make.nimic("SE"))).get("/"))


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
