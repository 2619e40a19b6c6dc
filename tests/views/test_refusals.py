"""What a person was refused stands in the log, whichever way he was refused (R67)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db as _db
from app.models import AuditEvent, AuditPerson, AuditRepeat


def refusals() -> list[AuditEvent]:
    return list(
        _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "right.refused").order_by(AuditEvent.id))
    )


@pytest.mark.rule("R67")
def test_a_page_one_has_no_right_to(make: Any, sign_in: Any) -> None:
    user = make.user(make.authority("Fyret"), administrator=False)
    assert sign_in(user).get("/register-authority/").status_code == 404
    [entry] = refusals()
    assert entry.data == {"route": "/register-authority/", "method": "GET", "named": {}}
    assert (entry.actor_user_id, entry.actor_authority_name) == (user.id, "Fyret")
    assert _db.session.scalars(select(AuditPerson.value)).all() == ["Kim Larsen"]


@pytest.mark.rule("R67", "R70")
def test_an_authority_out_of_scope_and_one_there_is_not_are_noted_alike(make: Any, sign_in: Any) -> None:
    foreign, unknown = make.authority(country_code="SE").public_id, uuid.uuid4()
    nimic = make.nimic()
    for public_id in (foreign, unknown):
        assert sign_in(make.user(nimic)).get(f"/authorities/{public_id}/users").status_code == 404
    assert [entry.data["named"] for entry in refusals()] == [
        {"public_id": str(foreign)},
        {"public_id": str(unknown)},
    ]
    assert {(entry.data["route"], entry.subject_id, entry.authority_id) for entry in refusals()} == {
        ("/authorities/<uuid:public_id>/users", None, None)
    }


@pytest.mark.rule("R67")
def test_who_tries_many_numbers_leaves_one_entry_a_minute(make: Any, sign_in: Any) -> None:
    browser = sign_in(make.user(make.nimic()))
    tried = [uuid.uuid4() for _ in range(7)]
    for public_id in tried:
        assert browser.get(f"/authorities/{public_id}/users").status_code == 404
    assert [entry.data["named"] for entry in refusals()] == [{"public_id": str(tried[0])}]
    assert _db.session.scalars(select(AuditRepeat.times)).all() == [7]


@pytest.mark.rule("R67")
def test_an_act_that_is_refused_leaves_the_refusal_and_nothing_else(make: Any, sign_in: Any) -> None:
    nimic, body = make.nimic(), make.authority(country_code="SE")
    answer = sign_in(make.user(nimic)).send(f"/authorities/{body.public_id}/grant/PQ-REQ", {"role": "authority"})
    assert answer.status_code == 404
    assert [(entry.data["method"], entry.data["named"]["code"]) for entry in refusals()] == [("POST", "PQ-REQ")]


@pytest.mark.rule("R67")
def test_a_page_that_does_not_exist_is_no_refusal(make: Any, sign_in: Any, client: Any) -> None:
    assert sign_in(make.user(make.nimic())).get("/findes-ikke").status_code == 404
    assert client.get("/register-authority/").status_code == 302
    assert refusals() == []


@pytest.mark.rule("R67")
def test_signing_out_is_logged(make: Any, sign_in: Any) -> None:
    user = make.user(make.authority())
    sign_in(user).send("/logout/")
    event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "log_out")).one()
    assert (event.subject_id, event.authority_id) == (user.id, user.authority_id)


@pytest.mark.rule("R67")
def test_what_was_typed_into_an_address_is_not_kept(make: Any, sign_in: Any) -> None:
    """The log is for ever, and people type anything."""
    body = make.authority()
    sign_in(make.user(make.authority())).get(f"/authorities/{body.public_id}/grant/Min hemmelighed")
    [entry] = refusals()
    assert entry.data["named"] == {"public_id": str(body.public_id)}
