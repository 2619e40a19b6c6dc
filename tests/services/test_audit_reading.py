"""The log read by people: sentences with names, in the reader's language, and how the log stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import delete

from app import clock
from app.errors import NotFound
from app.models import AuditEvent, AuditPerson, LoggedAct
from app.services import audit, audit_reading, audit_signing, refusals
from app.transaction import transaction
from tests.policy.test_matrix import actor as actor_of
from tests.services.test_audit_verification import run
from tests.standing_clock import StandingClock

# What each act's entry holds, where its sentence needs it.
DATA: dict[LoggedAct, dict[str, Any]] = {
    LoggedAct.module_access_granted: {"authority": "Fyret", "module": "PQ-REQ", "coordinators": [1, 2]},
    LoggedAct.right_refused: {"route": "/authorities/<uuid:public_id>/", "method": "GET", "named": {"public_id": "x"}},
    LoggedAct.limit_reached: {"limit": "LIMIT_SEARCHES"},
    LoggedAct.run_asked: {"job": "verify_log", "run": 7},
    LoggedAct.mail_sent_again: {"mail": 12, "new": 13, "kind": "M1"},
    LoggedAct.mail_marked_sent: {"mail": 12, "kind": "M1"},
    LoggedAct.mail_given_up: {"mail": 12, "kind": "M1"},
    LoggedAct.drafts_purged: {"drafts": 3},
}


def latest(most: int) -> list[audit_reading.Entry]:
    """As the Commission reads them."""
    return audit_reading.latest(actor_of("commission"), most)


OF_AUTHORITIES = {LoggedAct.authority_registered} | {
    act for act in LoggedAct if act.value.startswith(("invitation.", "registration."))
}
OF_THE_SYSTEM = {  # or of somebody who has no account
    LoggedAct.invitation_expired,
    LoggedAct.registration_saved,
    LoggedAct.registration_submitted,
    LoggedAct.registration_purged,
}
OF_NOBODY = {
    LoggedAct.right_refused,
    LoggedAct.limit_reached,
    LoggedAct.run_asked,
    LoggedAct.mail_sent_again,
    LoggedAct.mail_marked_sent,
    LoggedAct.mail_given_up,
    LoggedAct.drafts_purged,
}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 11, 24, 12, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture(params=["da", "en"])
def language(app: Flask, db: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """The reader's."""
    with app.test_request_context(), force_locale(request.param):
        yield request.param


@pytest.fixture
def people(make: Any, time: StandingClock) -> Any:
    """Who acts, and on whom."""
    body = make.authority("Søfartsstyrelsen")
    actor = make.actor(make.user(body, first_name="Åse", last_name="100 % Bork"))
    return actor, make.user(body, first_name="de la", last_name="Cour"), body


def subject_of(act: LoggedAct, people: Any) -> Any:
    _, user, body = people
    return body if act in OF_AUTHORITIES else None if act in OF_NOBODY else user


def only() -> audit_reading.Entry:
    [entry] = latest(10)
    return entry


@pytest.mark.rule("R72")
@pytest.mark.parametrize("act", LoggedAct)
def test_every_act_is_a_sentence(db: Any, people: Any, language: str, act: LoggedAct) -> None:
    subject = subject_of(act, people)
    audit.record(people[0], act, subject, data=DATA.get(act))
    said = only().sentence
    assert said.endswith(".")
    assert "%(" not in said
    assert "<" not in said.replace("<uuid:public_id>", "")
    names = (people[2].official_name,) if act in OF_THE_SYSTEM else (people[0].full_name, people[1].full_name)
    assert any(name in said for name in names)
    if subject is people[2]:
        assert "Søfartsstyrelsen" in said


@pytest.mark.rule("R72")
def test_the_two_languages_say_each_in_their_own_words(app: Flask, db: Any, people: Any) -> None:
    for act in LoggedAct:
        audit.record(people[0], act, subject_of(act, people), data=DATA.get(act))
    said = {}
    for language in ("da", "en"):
        with app.test_request_context(), force_locale(language):
            said[language] = [entry.sentence for entry in latest(100)]
    assert len(said["da"]) == len(LoggedAct)
    assert not set(said["da"]) & set(said["en"])


def test_a_job_is_called_by_its_name(db: Any, people: Any, language: str) -> None:
    audit.record(people[0], LoggedAct.run_asked, None, data={"job": "verify_log", "run": 1})
    assert {"da": "»Kontrollér loggen«", "en": "“Verify the log”"}[language] in only().sentence
    assert "verify_log" not in only().sentence


def test_what_an_older_entry_does_not_hold_is_left_open(db: Any, people: Any, language: str) -> None:
    audit.record(people[0], LoggedAct.module_access_granted, people[1], data={"module": "PQ-REQ"})
    assert "…" in only().sentence
    assert "PQ-REQ" in only().sentence


@pytest.mark.rule("R68")
def test_an_erased_person_is_a_former_user(db: Any, people: Any, language: str) -> None:
    """Who acted stands at the beginning of a sentence, and on whom in its middle."""
    actor, user, _ = people
    audit.record(actor, LoggedAct.username_shown, user)
    former = {"da": "en tidligere bruger (nr. {})", "en": "a former user (no. {})"}[language].format
    db.session.execute(delete(AuditPerson).where(AuditPerson.field == "subject.name"))
    assert f"{former(user.id)}." in only().sentence
    assert only().sentence.startswith("Åse 100 % Bork ")
    db.session.execute(delete(AuditPerson))
    said = former(actor.user_id)
    assert only().sentence.startswith(said[0].upper() + said[1:])


def test_a_name_is_not_written_otherwise_at_the_beginning(db: Any, people: Any, language: str) -> None:
    audit.record(None, LoggedAct.signed_in, people[1])
    assert only().sentence.startswith("de la Cour ")


def test_what_nobody_did_the_system_did_and_an_unknown_name_is_somebody(db: Any, time: Any, language: str) -> None:
    audit.record(None, LoggedAct.log_in_failed, None)
    assert {"da": "en ukendt bruger", "en": "somebody unknown"}[language] in only().sentence
    assert only().authority_name == ""
    audit.record(None, LoggedAct.right_refused, None, data=DATA[LoggedAct.right_refused])
    assert latest(1)[0].sentence.startswith({"da": "Systemet", "en": "The system"}[language])


def test_the_latest_stand_first_with_moment_and_authority(db: Any, people: Any, time: StandingClock) -> None:
    for _ in range(3):
        audit.record(people[0], LoggedAct.username_shown, people[1])
        time.move(hours=1)
    entries = latest(2)
    assert [entry.at for entry in entries] == [time() - timedelta(hours=1), time() - timedelta(hours=2)]
    assert [(entry.authority_name, entry.times) for entry in entries] == [("Søfartsstyrelsen", 1)] * 2


@pytest.mark.rule("R67")
def test_repeats_are_one_entry_with_their_number(db: Any, people: Any) -> None:
    for _ in range(3):
        refusals.record(LoggedAct.right_refused, people[0], source="user 1", data=DATA[LoggedAct.right_refused])
    assert only().times == 3


@pytest.mark.rule("R55")
def test_failed_log_ins_are_counted_over_all_usernames(db: Any, make: Any, people: Any, time: StandingClock) -> None:
    other = make.user(people[2])
    assert audit_reading.failed_log_ins() == 0
    for subject, source in [(people[1], "a"), (people[1], "a"), (other, "a"), (other, "b"), (None, "c")]:
        refusals.record(LoggedAct.log_in_failed, None, subject, source=source)
    refusals.record(LoggedAct.right_refused, people[0], source="a", data=DATA[LoggedAct.right_refused])
    assert audit_reading.failed_log_ins() == 5
    time.move(minutes=59, seconds=59)
    assert audit_reading.failed_log_ins() == 5
    time.move(seconds=1)
    refusals.record(LoggedAct.log_in_failed, None, None, source="d")
    assert audit_reading.failed_log_ins() == 1


@pytest.mark.rule("R68")
def test_how_the_log_stands(db: Any, time: StandingClock) -> None:
    assert audit_reading.state() == audit_reading.LogState(0, 0, None)
    for _ in range(2):
        with transaction():
            audit.record(None, LoggedAct.signed_in, None)
    with transaction():
        audit_signing.sign_head()
    with transaction():
        audit.record(None, LoggedAct.signed_in, None)
    assert audit_reading.state() == audit_reading.LogState(3, 2, time())


@pytest.mark.rule("R85")
def test_a_limit_that_was_reached_is_told_by_what_was_too_much(db: Any, people: Any, language: str) -> None:
    """Whom it was reached by, an entry about a network does not know; a limit without a sentence has its name."""
    said = []
    for actor, limit in ((people[0], "LIMIT_SEARCHES"), (None, "LIMIT_LOG_INS"), (None, "LIMIT_X"), (people[0], "X")):
        audit.record(actor, LoggedAct.limit_reached, None, data={"limit": limit})
        said.append(latest(1)[0].sentence)
    expected = {
        "da": [
            "Åse 100 % Bork søgte for mange gange på kort tid.",
            "For mange forsøg på at logge ind fra et netværk.",
            "Et netværk nåede en grænse (LIMIT_X).",
            "Åse 100 % Bork nåede en grænse (X).",
        ],
        "en": [
            "Åse 100 % Bork searched too often in a short time.",
            "There were too many attempts to sign in from one network.",
            "A network reached a limit (LIMIT_X).",
            "Åse 100 % Bork reached a limit (X).",
        ],
    }
    assert said == expected[language]


def test_an_act_that_is_not_known_stands_by_its_name(db: Any, time: Any, language: str) -> None:
    event = AuditEvent(at=time(), act="plants.watered 100 %(", subject_kind="", data={"job": "water_plants"})
    db.session.add(event)
    db.session.flush()
    assert (only().sentence, only().number) == ("plants.watered 100 %(", event.id)


@pytest.mark.rule("R70")
@pytest.mark.parametrize("role", ["user", "administrator", "manager country", "nimic", "restricted"])
def test_nobody_else_reads_the_whole_log(db: Any, role: str) -> None:
    audit.record(None, LoggedAct.signed_in, None)
    with pytest.raises(NotFound):
        audit_reading.latest(actor_of(role), 10)


@pytest.mark.rule("R68")
def test_a_log_whose_head_was_deleted_is_shown_as_one_without(db: Any) -> None:
    """The page that tells of it must open."""
    run("DELETE FROM audit_head")
    assert audit_reading.state() == audit_reading.LogState(0, 0, None)
