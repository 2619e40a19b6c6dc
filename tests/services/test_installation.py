"""The first day: the Commission, and whether the installation is fit to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.errors import Conflict, InvalidInput
from app.extensions import db as _db
from app.mail import secrecy
from app.models import AuditEvent, AuditPerson, Authority, AuthorityKind, AuthorityStatus, ImiUser, OutgoingMail
from app.services import installation, sessions
from app.services.demo_accounts import USERNAMES
from app.services.installation import CommissionDetails
from app.transaction import transaction
from tests.conftest import application_over

GIVEN = {
    "name": "European Commission",
    "city": "Bruxelles",
    "first_name": "Elena",
    "last_name": "Marchetti",
    "email": "elena@commission.example",
    "phone": "+32 2 555 01 00",
    "language": "en",
}


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


def stored() -> list[int]:
    tables = (Authority, ImiUser, OutgoingMail, AuditEvent, AuditPerson)
    return [_db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_the_commission_and_its_first_administrator(db: Any) -> None:
    user = installation.create_commission(CommissionDetails(**GIVEN))
    _db.session.expire_all()
    body = user.authority
    assert (body.kind, body.status, body.country_code) == (AuthorityKind.commission, AuthorityStatus.active, None)
    assert (body.official_name, body.city) == ("European Commission", "Bruxelles")
    assert user.is_administrator
    assert user.is_superuser
    assert user.password_is_temporary
    assert (user.email_address, user.phone, user.language) == (GIVEN["email"], GIVEN["phone"], "en")
    assert user.email == f"{user.public_id}@user.invalid"
    assert sessions.actor_of(sessions.begin(user)) is not None


@pytest.mark.rule("R4")
@pytest.mark.rule("R5")
def test_a_password_is_mailed_without_the_username(db: Any) -> None:
    user = installation.create_commission(CommissionDetails(**GIVEN))
    mail = _db.session.scalars(select(OutgoingMail)).one()
    assert (mail.kind, mail.recipient, mail.language) == ("M1", GIVEN["email"], "en")
    assert mail.expires_at == user.temporary_password_expires_at
    body = secrecy.unseal(mail.body or b"")
    assert "Elena Marchetti" in body.text
    assert user.username not in (mail.subject + body.text + body.html).lower()


@pytest.mark.rule("R67")
@pytest.mark.rule("R44")
def test_both_are_logged_without_the_username(db: Any) -> None:
    user = installation.create_commission(CommissionDetails(**GIVEN))
    events = _db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.act, event.actor_user_id) for event in events] == [
        ("authority.registered", None),
        ("user.registered", None),
    ]
    logged = "".join(repr(_db.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson))
    assert "Marchetti" in logged
    assert user.username not in logged


@pytest.mark.rule("R64")
def test_there_is_one_commission_only(db: Any) -> None:
    installation.create_commission(CommissionDetails(**GIVEN))
    _db.session.commit()
    before = stored()
    with pytest.raises(Conflict), transaction():
        installation.create_commission(CommissionDetails(**{**GIVEN, "name": "Another one"}))
    assert stored() == before


@pytest.mark.rule("R2")
@pytest.mark.parametrize("field", GIVEN)
@pytest.mark.parametrize("value", ["", "x" * 5000, "a\r\nb"])
def test_what_is_wrong_is_told_by_field(db: Any, field: str, value: str) -> None:
    before = stored()
    with pytest.raises(InvalidInput) as refusal:
        installation.create_commission(CommissionDetails(**{**GIVEN, field: value}))
    assert list(refusal.value.fields) == [field]
    assert stored() == before


@pytest.mark.rule("R75")
@pytest.mark.parametrize("name", ["\u00b4", "\ufdfa" * 250])
def test_a_name_that_cannot_be_compared_is_refused(db: Any, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        installation.create_commission(CommissionDetails(**{**GIVEN, "name": name}))
    assert list(refusal.value.fields) == ["name"]


# --- Whether it is fit to run ----------------------------------------------------------------------------------------


def production(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setitem(app.config, "DEVELOPMENT", False)


@pytest.mark.rule("R89")
def test_a_migrated_database_is_fit(app: Flask, db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make.user(make.authority())
    assert installation.faults() == []
    production(monkeypatch, app)
    assert installation.faults() == []


@pytest.mark.rule("R89")
def test_production_does_not_run_with_a_demo_account(
    app: Flask, db: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make.user(make.authority())
    for username in USERNAMES:
        user.username = username
        _db.session.flush()
        monkeypatch.undo()
        assert installation.faults() == []  # development does
        production(monkeypatch, app)
        [fault] = installation.faults()
        assert "demo accounts" in fault


@pytest.mark.rule("R89")
@pytest.mark.parametrize("development", [True, False])
def test_migrations_that_are_missing_are_named(
    empty_database: Callable[[], str], real_app: Flask, development: bool
) -> None:
    bare = application_over(empty_database(), DEVELOPMENT=development)
    with bare.app_context():
        [fault] = installation.faults()
        _db.session.remove()
        _db.engine.dispose()
    assert "stands at migration none" in fault
    assert "flask db upgrade" in fault

    with real_app.app_context():
        with _db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        [fault] = installation.faults()
        _db.session.remove()
    assert "stands at migration older" in fault
