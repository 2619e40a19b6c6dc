"""The head is signed only where it follows from what was signed before: signing must not wash what was rewritten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.extensions import db as _db
from app.jobs.housekeeping import sign_log_head
from app.models import AuditHead, AuditPerson, LoggedAct
from app.services import audit, audit_signing
from app.services.audit_signing import BrokenChain
from app.services.audit_verification import Fault, FaultKind, verify
from app.transaction import transaction
from tests.services.test_audit_verification import log, rewrite, run

__all__ = ["log"]  # the fixture: six entries, signed up to the fourth


def sign() -> int:
    with transaction():
        return audit_signing.sign_head()


def signed_position() -> int:
    return int(_db.session.execute(select(AuditHead.signed_position)).scalar_one())


@pytest.mark.rule("R68")
def test_a_rewritten_chain_is_not_signed_anew(log: list[int]) -> None:
    run("UPDATE audit_event SET reason = 'because' WHERE id = :id", id=log[1])
    rewrite(2)
    with pytest.raises(BrokenChain) as refusal:
        sign()
    assert refusal.value.fault == Fault(FaultKind.rewritten, 4)
    assert signed_position() == 4
    assert verify().faults[0].kind is FaultKind.rewritten  # and stays to be found


@pytest.mark.rule("R68")
@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE audit_head SET signature = 'eA=='", FaultKind.bad_signature),
        ("UPDATE audit_event SET reason = 'because' WHERE id = :id", FaultKind.changed),
        ("DELETE FROM audit_event WHERE id = :id", FaultKind.missing),
        ("UPDATE audit_head SET hash = 'x'", FaultKind.head_differs),
    ],
)
def test_what_does_not_hold_since_the_last_signature_is_not_signed(
    log: list[int], statement: str, kind: FaultKind
) -> None:
    run(statement, **({"id": log[4]} if ":id" in statement else {}))
    with pytest.raises(BrokenChain) as refusal:
        sign()
    assert refusal.value.fault.kind is kind
    assert signed_position() == 4


@pytest.mark.rule("R68")
def test_the_job_tells_what_it_did_not_sign(log: list[int], caplog: pytest.LogCaptureFixture) -> None:
    run("UPDATE audit_event SET reason = 'because' WHERE id = :id", id=log[4])
    assert sign_log_head().findings == [{"kind": "changed", "position": 5, "event": log[4]}]
    assert "The log is not whole: changed at place 5" in caplog.text


@pytest.mark.rule("R68")
def test_what_nobody_signs_for_an_hour_is_a_fault(log: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=59))
    assert verify().is_whole
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=61))
    assert verify().faults == [Fault(FaultKind.unsigned, 5)]
    assert sign() == 2
    assert verify().is_whole


@pytest.mark.rule("R68")
def test_a_signature_that_was_taken_away_is_missed(log: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    run("UPDATE audit_head SET signed_position = 0, signed_hash = '', signed_at = NULL, signature = ''")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=61))
    assert verify().faults == [Fault(FaultKind.unsigned, 1)]


# --- What the database refuses to whoever may not drop its triggers ---------------------------------------------------

SIGNED = "UPDATE audit_head SET signed_position = position"


@pytest.mark.rule("R68")
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_link VALUES (0, 777, 'x')",
        "INSERT INTO audit_link VALUES (-1, 777, 'x')",
        "INSERT INTO audit_link VALUES (8, 777, 'x')",
        "UPDATE audit_head SET position = position + 1000",
        "UPDATE audit_head SET hash = 'x'",
        "UPDATE audit_head SET position = position - 1",
        f"{SIGNED}, signed_hash = hash, signed_at = NULL, signature = ''",
        f"{SIGNED}, signed_hash = 'x'",
        "DELETE FROM audit_head",
    ],
)
def test_the_chain_and_its_head_only_move_on(log: list[int], statement: str) -> None:
    with pytest.raises(IntegrityError):
        unchecked(statement)
    assert verify().is_whole


def unchecked(statement: str) -> None:
    with transaction():
        _db.session.execute(text(statement))


# --- What is bound to a personal value --------------------------------------------------------------------------------


@pytest.mark.rule("R68")
def test_a_value_is_bound_to_its_field_its_person_and_its_salt() -> None:
    salt = bytes(32)
    before = audit.digest(salt, 7, "actor.name", "Elena Marchetti")
    others = [
        audit.digest(bytes(31), 7, "actor.name", "Elena Marchetti"),
        audit.digest(salt, 8, "actor.name", "Elena Marchetti"),
        audit.digest(salt, None, "actor.name", "Elena Marchetti"),
        audit.digest(salt, 7, "subject.name", "Elena Marchetti"),
        audit.digest(salt + b"Elena ", 7, "actor.name", "Marchetti"),
    ]
    assert len({before, *others}) == 6


@pytest.mark.rule("R68")
@pytest.mark.parametrize("change", ["person_id = 99", "field = 'actor.name'", "salt = x'00'"])
def test_a_value_that_was_given_to_another_is_named(log: list[int], change: str, db: Any) -> None:
    if db.engine.dialect.name == "postgresql":
        change = change.replace("x'00'", "'\\x00'::bytea")
    run(f"UPDATE audit_person SET {change} WHERE event_id = :id", id=log[1])  # noqa: S608 (words of this file)
    assert [(fault.kind, fault.position) for fault in verify().faults] == [(FaultKind.person_changed, 2)]


# --- What cannot even be read -----------------------------------------------------------------------------------------


@pytest.mark.rule("R68")
@pytest.mark.parametrize("change", ["person_digests = '[]'", "data = 'null'"])
def test_an_entry_of_another_form_is_named(log: list[int], change: str) -> None:
    run(f"UPDATE audit_event SET {change} WHERE id = :id", id=log[2])  # noqa: S608 (words of this file)
    assert [(fault.kind, fault.position) for fault in verify().faults] == [(FaultKind.changed, 3)]


@pytest.mark.rule("R68")
@pytest.mark.parametrize("change", ["data = '{'", "at = 'garbage'", "person_digests = 'x'"])
@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")
def test_an_entry_that_cannot_be_read_is_named(log: list[int], change: str) -> None:
    """SQLite takes anything; PostgreSQL takes no such values."""
    run(f"UPDATE audit_event SET {change} WHERE id = :id", id=log[2])  # noqa: S608 (words of this file)
    assert [(fault.kind, fault.position) for fault in verify().faults] == [(FaultKind.changed, 3)]


@pytest.mark.rule("R68")
def test_a_deleted_head_is_found(log: list[int]) -> None:
    run("DELETE FROM audit_head")
    assert FaultKind.head_differs in [fault.kind for fault in verify().faults]


def test_the_log_of_nobody_has_no_personal_values(log: list[int]) -> None:
    with transaction():
        audit.record(None, LoggedAct.run_asked, None, data={"job": "x"})
    assert len(_db.session.scalars(select(AuditPerson.id)).all()) == 6
