"""Tampering with the log: whatever is done to it behind the product's back is found and named (R68)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import clock
from app.errors import InvalidInput
from app.extensions import db as _db
from app.models import AuditEvent, AuditHead, AuditLink, LoggedAct
from app.models.append_only import POSTGRESQL, SQLITE
from app.services import audit, audit_chain, audit_signing
from app.services.audit_anchor import Anchor, anchors_in
from app.services.audit_verification import Fault, FaultKind, verify
from app.transaction import transaction

ENTRIES = 6


def run(*statements: str, **values: Any) -> None:
    """As whoever owns the database would: the triggers are switched off, and on again."""
    sqlite = _db.engine.dialect.name == "sqlite"
    tables = ("audit_event", "audit_link", "audit_person", "audit_head")
    kept = [s for statements in SQLITE.values() for s in statements] if sqlite else []
    off = [f"DROP TRIGGER {s.split()[2]}" for s in kept] or [f"ALTER TABLE {t} DISABLE TRIGGER USER" for t in tables]
    on = kept or [f"ALTER TABLE {t} ENABLE TRIGGER USER" for t in tables]
    with transaction():
        for statement in [*off, *statements, *on]:
            _db.session.execute(text(statement), values if statement in statements else {})


@pytest.fixture
def log(db: Any, make: Any) -> list[int]:
    """Six entries about a user and the numbers of their rows; the head is signed after the fourth."""
    user = make.user(make.authority())
    _db.session.commit()
    for count in range(ENTRIES):
        with transaction():
            audit.record(None, LoggedAct.signed_in, user, data={"count": count})
            if count == 4:
                audit_signing.sign_head()
    assert verify().is_whole
    return list(_db.session.scalars(select(AuditLink.event_id).order_by(AuditLink.position)))


def rewrite(first: int = 1) -> None:
    """Compute the chain anew from a position on, as somebody would who knows how it is made."""
    rows = _db.session.execute(
        select(AuditLink.position, AuditEvent.__table__)
        .join(AuditEvent, AuditEvent.id == AuditLink.event_id)
        .order_by(AuditLink.position)
    ).mappings()
    last = ""
    for row in rows.all():
        entry = {column.name: row[column.name] for column in AuditEvent.__table__.columns}
        last = audit_chain.link_hash(entry, row["position"], last)
        if row["position"] >= first:
            run("UPDATE audit_link SET hash = :hash WHERE position = :position", hash=last, position=row["position"])
    run("UPDATE audit_head SET hash = :hash", hash=last)


def kinds() -> list[tuple[FaultKind, int]]:
    return [(fault.kind, fault.position) for fault in verify().faults]


CHANGES = {
    "act": "UPDATE audit_event SET act = 'log_out' WHERE id = :id",
    "moment": "UPDATE audit_event SET at = '2020-01-01 00:00:00+00:00' WHERE id = :id",
    "reason": "UPDATE audit_event SET reason = 'because' WHERE id = :id",
    "actor": "UPDATE audit_event SET actor_user_id = 99 WHERE id = :id",
    "subject": "UPDATE audit_event SET subject_id = NULL WHERE id = :id",
    "values": """UPDATE audit_event SET data = '{"count": 3}' WHERE id = :id""",
    "digests": "UPDATE audit_event SET person_digests = '{}' WHERE id = :id",
    "mark": "UPDATE audit_event SET outside_own = NOT outside_own WHERE id = :id",
}


@pytest.mark.rule("R68")
@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_entry_is_named(log: list[int], what: str) -> None:
    run(CHANGES[what], id=log[2])
    fault = verify().faults[0]
    assert (fault.kind, fault.position, fault.event_id) == (FaultKind.changed, 3, log[2])
    assert len([f for f in verify().faults if f.kind is FaultKind.changed]) == 1  # and its neighbours are not


@pytest.mark.rule("R68")
def test_every_column_of_an_entry_is_sealed() -> None:
    sealed = audit_chain.link_hash
    entry = {column.name: None for column in AuditEvent.__table__.columns} | {"at": clock.now()}
    before = sealed(entry, 1, "")
    others = {name: sealed(entry | {name: "x"}, 1, "") for name in entry if name != "at"}
    others |= {"at": sealed(entry | {"at": clock.now() + timedelta(microseconds=1)}, 1, "")}
    others |= {"position": sealed(entry, 2, ""), "previous": sealed(entry, 1, "x")}
    assert [name for name, value in others.items() if value == before] == []


@pytest.mark.rule("R68")
def test_a_deleted_entry_is_named(log: list[int]) -> None:
    run("DELETE FROM audit_event WHERE id = :id", id=log[3])
    assert kinds() == [(FaultKind.missing, 4)]


@pytest.mark.rule("R68")
def test_a_deleted_entry_with_its_link_is_named(log: list[int]) -> None:
    run("DELETE FROM audit_event WHERE id = :id", "DELETE FROM audit_link WHERE event_id = :id", id=log[3])
    assert kinds() == [(FaultKind.gap, 4)]


@pytest.mark.rule("R68")
def test_an_entry_slipped_in_is_named(log: list[int]) -> None:
    run(
        "INSERT INTO audit_event (id, at, act, actor_authority_name, subject_kind, subject_name, country_code,"
        " outside_own, data, person_digests, reason, request_id) SELECT 777777777, at, act, actor_authority_name,"
        " subject_kind, subject_name, country_code, outside_own, data, person_digests, reason, request_id"
        " FROM audit_event WHERE id = :id",
        id=log[0],
    )
    assert verify().faults == [Fault(FaultKind.unsealed, event_id=777777777)]


@pytest.mark.rule("R68")
def test_a_changed_name_is_named(log: list[int]) -> None:
    run("UPDATE audit_person SET value = 'Somebody Else' WHERE event_id = :id", id=log[1])
    assert kinds() == [(FaultKind.person_changed, 2)]


@pytest.mark.rule("R68")
def test_a_name_added_to_an_entry_is_named(log: list[int]) -> None:
    run(
        "INSERT INTO audit_person (id, event_id, field, value, salt)"
        " SELECT 777777777, event_id, 'actor.name', value, salt FROM audit_person WHERE event_id = :id",
        id=log[1],
    )
    assert kinds() == [(FaultKind.person_changed, 2)]


@pytest.mark.rule("R68")
def test_a_deleted_tail_is_found_by_the_head(log: list[int]) -> None:
    run("DELETE FROM audit_event WHERE id = :id", "DELETE FROM audit_link WHERE event_id = :id", id=log[5])
    assert kinds() == [(FaultKind.cut_off, 6)]


@pytest.mark.rule("R68")
def test_a_tail_deleted_with_its_head_is_found_by_the_signature(log: list[int]) -> None:
    cut = [
        f"DELETE FROM audit_event WHERE id IN ({log[3]}, {log[4]}, {log[5]})",  # noqa: S608 (numbers of rows)
        "DELETE FROM audit_link WHERE position > 3",
        "UPDATE audit_head SET position = 3, signed_position = 3,"
        " hash = (SELECT hash FROM audit_link WHERE position = 3)",
    ]
    signed = _db.session.execute(select(AuditHead.signed_position)).scalar_one()
    run(*cut)
    # The signature is of another position, and cannot be made anew without the key.
    assert signed == 4
    assert kinds() == [(FaultKind.bad_signature, 3)]


@pytest.mark.rule("R68")
def test_a_rewritten_chain_is_found_by_the_signature(log: list[int]) -> None:
    run("UPDATE audit_event SET reason = 'because' WHERE id = :id", id=log[1])
    rewrite(2)
    assert kinds() == [(FaultKind.rewritten, 4)]


@pytest.mark.rule("R68")
def test_a_chain_rewritten_behind_the_signature_is_found_by_the_next_anchor(log: list[int]) -> None:
    with transaction():
        audit_signing.sign_head()
    kept = anchor()
    run(
        "UPDATE audit_event SET reason = 'because' WHERE id = :id",
        "UPDATE audit_head SET signed_position = 0, signed_hash = '', signed_at = NULL, signature = ''",
        id=log[5],
    )
    rewrite(6)
    assert verify().is_whole  # nothing in the database tells
    assert [f.kind for f in verify([kept]).faults] == [FaultKind.rewritten]


@pytest.mark.rule("R68")
def test_a_cut_tail_is_found_by_an_anchor_kept_elsewhere(log: list[int]) -> None:
    with transaction():
        audit_signing.sign_head()
    kept = anchor()
    run(
        "DELETE FROM audit_event WHERE id = :id",
        "DELETE FROM audit_link WHERE position = 6",
        "UPDATE audit_head SET position = 5, signed_position = 0, signed_hash = '', signed_at = NULL, signature = '',"
        " hash = (SELECT hash FROM audit_link WHERE position = 5)",
        id=log[5],
    )
    assert verify().is_whole
    assert verify([kept]).faults == [Fault(FaultKind.cut_off, 6)]


@pytest.mark.rule("R68")
def test_a_changed_end_is_found(log: list[int]) -> None:
    run("UPDATE audit_head SET hash = 'x'")
    assert kinds() == [(FaultKind.head_differs, 6)]


@pytest.mark.rule("R68")
def test_a_link_put_behind_the_end_is_found(log: list[int]) -> None:
    run("INSERT INTO audit_link (position, event_id, hash) VALUES (7, 777777777, 'x')")
    assert kinds() == [(FaultKind.head_differs, 7)]


@pytest.mark.rule("R68")
@pytest.mark.parametrize("column", ["signed_hash", "signature"])
def test_a_forged_signature_is_found(log: list[int], column: str) -> None:
    forged = {"signed_hash": hashlib.sha256(b"x").hexdigest(), "signature": base64.b64encode(bytes(64)).decode()}
    run(f"UPDATE audit_head SET {column} = :value", value=forged[column])  # noqa: S608 (a name of this file)
    assert kinds() == [(FaultKind.bad_signature, 4)]


def anchor() -> Anchor:
    row = _db.session.execute(select(AuditHead)).scalar_one()
    return Anchor(row.signed_position, row.signed_hash, row.signed_at, row.signature)


def line(**changed: Any) -> str:
    own = anchor()
    values = {"position": own.position, "hash": own.hash, "signature": own.signature}
    values |= {"signed_at": audit_chain.in_utc(own.signed_at)} | changed
    return f"2026-11-24 INFO imi.log_head log-head {json.dumps(values)}\n"


@pytest.mark.rule("R68")
def test_anchors_are_read_from_a_file_of_the_log(log: list[int]) -> None:
    found = anchors_in(["GET / 200\n", line(), "something else\n"])
    assert found == [anchor()]
    assert verify(found).anchors == 2


@pytest.mark.rule("R68")
@pytest.mark.parametrize(
    "lines",
    [
        list,
        lambda: ["GET / 200"],
        lambda: ["log-head {"],
        lambda: ["log-head []"],
        lambda: ['log-head "x"'],
        lambda: [line(position="x")],
        lambda: [line(signed_at="yesterday")],
        lambda: [line(signed_at="2026-11-24T10:00:00")],
    ],
)
def test_a_file_without_a_readable_anchor_is_refused(log: list[int], lines: Callable[[], list[str]]) -> None:
    with pytest.raises(InvalidInput):
        anchors_in(lines())


@pytest.mark.rule("R68")
def test_a_forged_anchor_is_no_anchor(log: list[int]) -> None:
    for changed in ({"position": 3}, {"hash": "0" * 64}, {"signature": "x"}, {"signature": "ø"}):
        assert FaultKind.bad_signature in [f.kind for f in verify(anchors_in([line(**changed)])).faults]


@pytest.mark.rule("R68")
def test_faults_are_named_up_to_a_number_that_can_be_read(log: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.audit_verification.MOST_FAULTS", 2)
    run("UPDATE audit_event SET reason = 'because'")
    assert [fault.position for fault in verify().faults] == [1, 2]


def test_the_triggers_dropped_above_are_those_that_stand(log: list[int]) -> None:
    """Else a test above would pass because its statement was refused."""
    assert set(POSTGRESQL) == set(SQLITE)
    with pytest.raises(IntegrityError, match="R68"), transaction():
        _db.session.execute(text("UPDATE audit_link SET hash = 'y'"))
