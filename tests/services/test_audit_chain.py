"""The chain of the log: sealed with the act, one after another, whoever writes at once (R68)."""

from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app.extensions import db as _db
from app.models import AuditEvent, AuditHead, AuditLink, AuditPerson, LoggedAct
from app.services import audit, audit_chain, audit_signing
from app.services.audit_verification import verify
from app.transaction import transaction
from tests.make import Maker

WRITERS, ACTS = 8, 40


def recorded(subject: Any, times: int = 1) -> None:
    """So many entries in one transaction."""
    with transaction():
        for _ in range(times):
            audit.record(None, LoggedAct.signed_in, subject)


def moved(authority: Any, city: str) -> None:
    with transaction():
        authority.city = city
        audit.record(None, LoggedAct.signed_in, authority)


def undone(subject: Any) -> None:
    with transaction():
        audit.record(None, LoggedAct.signed_in, subject)
        raise RuntimeError("undone")


def head() -> tuple[int, str]:
    row = _db.session.execute(select(AuditHead.position, AuditHead.hash)).one()
    return row.position, row.hash


@pytest.mark.rule("R67", "R68")
def test_an_act_is_sealed_when_it_commits(db: Any, make: Any) -> None:
    authority = make.authority()
    _db.session.commit()
    before = head()
    recorded(authority, 3)
    links = _db.session.execute(select(AuditLink).order_by(AuditLink.position)).scalars().all()
    assert [link.position for link in links] == [before[0] + 1, before[0] + 2, before[0] + 3]
    assert head() == (links[-1].position, links[-1].hash)
    assert verify().is_whole


@pytest.mark.rule("R67")
def test_an_act_that_is_undone_leaves_no_entry_and_no_link(db: Any, make: Any) -> None:
    authority = make.authority()
    _db.session.commit()
    before = head()
    with pytest.raises(RuntimeError, match="undone"):
        undone(authority)
    recorded(authority)  # what is left of the other would be sealed here
    assert head()[0] == before[0] + 1
    assert _db.session.scalar(select(func.count()).select_from(AuditEvent)) == 1
    assert verify().is_whole


@pytest.mark.rule("R68")
def test_an_entry_whose_savepoint_was_undone_is_not_sealed(db: Any, make: Any) -> None:
    authority = make.authority()
    with transaction():
        savepoint = _db.session.begin_nested()
        audit.record(None, LoggedAct.signed_in, authority)
        savepoint.rollback()
        audit.record(None, LoggedAct.signed_out, authority)
    assert _db.session.scalars(select(AuditEvent.act)).all() == ["log_out"]
    assert verify().entries == 1
    assert verify().is_whole


@pytest.mark.rule("R68")
def test_no_commit_without_its_seal(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the chain cannot be locked, the act is not done either."""
    authority = make.authority()
    _db.session.commit()

    def fails() -> None:
        raise RuntimeError("no head")

    monkeypatch.setattr(audit_chain, "locked_head", fails)
    with pytest.raises(RuntimeError, match="no head"):
        moved(authority, "Skagen")
    _db.session.expire_all()
    assert authority.city != "Skagen"
    assert _db.session.scalar(select(func.count()).select_from(AuditEvent)) == 0


@pytest.mark.rule("R68")
def test_a_person_is_erased_and_the_chain_still_verifies(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    recorded(user)
    with transaction():
        _db.session.execute(delete(AuditPerson).where(AuditPerson.person_id == user.id))
    assert _db.session.scalar(select(func.count()).select_from(AuditPerson)) == 0
    assert verify().is_whole


@pytest.mark.rule("R68")
def test_no_name_stands_in_an_entry_itself(db: Any, make: Any) -> None:
    user = make.user(make.authority(), first_name="Vibeke", last_name="Skovgaard")
    recorded(user)
    entry = _db.session.execute(select(AuditEvent.__table__)).one()
    assert "Vibeke" not in repr(entry)
    assert "Skovgaard" not in repr(entry)
    assert _db.session.scalars(select(AuditPerson.value)).all() == ["Vibeke Skovgaard"]


@pytest.mark.rule("R68")
def test_the_same_name_has_another_digest_in_each_entry(db: Any, make: Any) -> None:
    """Who knows a name cannot look it up in a log from which it was erased."""
    user = make.user(make.authority())
    recorded(user, 2)
    digests = [entry["subject.name"] for entry in _db.session.scalars(select(AuditEvent.person_digests))]
    assert len(set(digests)) == 2


@pytest.mark.rule("R68")
def test_more_entries_than_are_sealed_at_once(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "CHUNK", 3)
    recorded(make.authority(), 10)
    assert (verify().entries, verify().faults) == (10, [])


@pytest.mark.rule("R68")
def test_the_head_is_signed_in_the_database_and_in_the_log(
    db: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="imi.log_head")
    recorded(make.authority(), 2)
    with transaction():
        assert audit_signing.sign_head() == 2
    position = 2
    row = _db.session.execute(select(AuditHead)).scalar_one()
    assert (row.signed_position, row.signed_hash) == (position, row.hash) == head()
    kept = json.loads(caplog.text.partition("log-head ")[2])
    assert (kept["position"], kept["hash"], kept["signature"]) == (position, row.hash, row.signature)
    assert verify().anchors == 1
    caplog.clear()
    with transaction():
        assert audit_signing.sign_head() == 0  # nothing new: the signature stands
    assert caplog.text == ""


@pytest.mark.rule("R68")
def test_writers_at_once_break_no_link(real_app: Flask) -> None:
    """Eight writers, each with transactions of one or two acts: one chain without a gap, in the order of commits."""
    with real_app.app_context(), transaction():
        number = Maker().authority().id
    gate = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        with real_app.app_context():
            gate.wait(timeout=30)
            for act in range(ACTS // 2):
                with transaction():
                    for _ in range(1 + (writer + act) % 2):
                        audit.record(
                            None, LoggedAct.right_refused, None, data={"writer": writer, "act": act, "of": number}
                        )

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with real_app.app_context():
        report = verify()
        assert (report.entries, report.faults) == (WRITERS * ACTS // 2 * 3 // 2, [])
        assert head()[0] == report.entries
