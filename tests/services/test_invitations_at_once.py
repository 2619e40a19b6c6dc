"""At the same moment, with real commits: one invitation registers one body, one decision counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.errors import Conflict, ImiError, InvalidInput, NotFound
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityStatus,
    ImiUser,
    Invitation,
    InvitationStatus,
    OutgoingMail,
    Registrant,
)
from app.services import invitations, registrations, self_registrations, sessions, validations
from app.transaction import transaction
from tests.inviting import alike, sent, token_of, validated, wishes
from tests.make import Maker
from tests.registering import details
from tests.services.test_registrations import at_once

ROUNDS = 5
S = InvitationStatus


@pytest.fixture
def inside(real_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with real_app.app_context():
        yield real_app


@dataclass
class People:
    """Two administrators of an access manager, and one of the national coordinator, signed in."""

    first: str
    second: str
    nimic: str


@pytest.fixture
def people(inside: Flask) -> People:
    make = Maker()
    nimic, body = make.nimic(), make.access_manager("Udpeget")
    tokens = [sessions.begin(make.user(each)) for each in (body, body, nimic)]
    _db.session.commit()
    return People(*tokens)


def acting(token: str, act: Callable[[Any], Any]) -> Any:
    """As the door does it: one transaction, with the actor as he is now."""
    with transaction():
        return act(sessions.actor_of(token))


def invite(people: People, name: str) -> tuple[Invitation, str]:
    row = acting(people.first, lambda actor: sent(actor, wishes(invited_name=name)))
    return row, token_of(row)


def submit(token: str, name: str) -> Any:
    with transaction():
        return self_registrations.submit(token, details(official_name=name)).status


def outcome(results: list[Any]) -> tuple[list[Any], list[ImiError]]:
    """What was done, and what was refused; nothing else may come of it."""
    assert None not in results, results
    return [each for each in results if not isinstance(each, ImiError)], [e for e in results if isinstance(e, ImiError)]


def number_of(model: Any, *where: Any) -> int:
    _db.session.rollback()
    return _db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def status_of(row: Invitation) -> InvitationStatus:
    _db.session.rollback()
    found: InvitationStatus = _db.session.scalars(select(Invitation.status).where(Invitation.id == row.id)).one()
    return found


@pytest.mark.rule("R13")
def test_two_browsers_that_send_one_invitation_register_one_body(inside: Flask, people: People) -> None:
    for number in range(ROUNDS):
        row, token = invite(people, f"Kommune {number}")
        names = [f"Kommune {number} {letter}" for letter in "ABC"]
        done, refused = outcome(at_once(inside, *(lambda t=token, n=n: submit(t, n) for n in names)))
        assert done == [AuthorityStatus.awaiting_validation]
        assert [type(each) for each in refused] == [Conflict] * 2
        assert number_of(Authority, Authority.official_name.like(f"Kommune {number} _")) == 1
        assert status_of(row) is S.registered
    assert number_of(Registrant) == ROUNDS
    assert number_of(OutgoingMail, OutgoingMail.kind == "M6") == 2 * ROUNDS


def waiting(people: People, name: str) -> tuple[Any, int]:
    _, token = invite(people, name)
    submit(token, name)
    row = _db.session.execute(
        select(Authority.public_id, Authority.version).where(Authority.official_name == name)
    ).one()
    _db.session.rollback()
    return row.public_id, row.version


@pytest.mark.rule("R17")
@pytest.mark.rule("R18")
def test_of_two_who_validate_at_once_one_does_and_the_other_is_told(inside: Flask, people: People) -> None:
    for number in range(ROUNDS):
        body, version = waiting(people, f"Kommune {number}")

        def validate(token: str, body: Any = body, version: int = version) -> Any:
            return acting(token, lambda actor: validated(actor, body, version).authority.status)

        done, refused = outcome(
            at_once(inside, *(lambda t=t, v=validate: v(t) for t in (people.first, people.second, people.nimic)))
        )
        assert done == [AuthorityStatus.active]
        assert [type(each) for each in refused] == [Conflict] * 2
    assert number_of(OutgoingMail, OutgoingMail.kind == "M1") == ROUNDS
    assert number_of(AccessManagerLink) == ROUNDS
    assert number_of(ImiUser, ImiUser.is_superuser.is_(True)) == ROUNDS


@pytest.mark.rule("R17")
def test_of_different_decisions_at_once_one_counts(inside: Flask, people: People) -> None:
    ends = set()
    for number in range(ROUNDS):
        body, version = waiting(people, f"Kommune {number}")
        acts = (
            lambda a, b=body, v=version: validated(a, b, v) and S.validated,
            lambda a, b=body, v=version: validations.reject(a, b, v, "Nej") or S.rejected,
            lambda a, b=body, v=version: validations.send_back(a, b, v, "Ret") or S.returned,
        )
        tokens = (people.first, people.second, people.nimic)
        works = [lambda t=t, act=act: acting(t, act) for t, act in zip(tokens, acts, strict=True)]
        done, refused = outcome(at_once(inside, *works))
        assert (len(done), [type(each) for each in refused]) == (1, [Conflict] * 2)
        row = _db.session.scalars(select(Invitation).order_by(Invitation.id.desc()).limit(1)).one()
        assert status_of(row) is done[0]
        ends.add(done[0])
    assert ends <= {S.validated, S.rejected, S.returned}


@pytest.mark.rule("R13")
def test_who_sends_while_it_is_cancelled_or_sent_again_either_did_or_did_not(inside: Flask, people: People) -> None:
    for number in range(ROUNDS):
        for act, after in (("cancel", S.cancelled), ("resend", S.sent)):
            name = f"Kommune {number} {act}"
            row, token = invite(people, name)
            words = ("Nej",) if act == "cancel" else ()
            public_id, version = row.public_id, row.version
            _db.session.rollback()

            def handle(act: str = act, words: Any = words, public_id: Any = public_id, version: int = version) -> Any:
                return acting(
                    people.second, lambda actor: getattr(invitations, act)(actor, public_id, version, *words) or act
                )

            results = at_once(inside, lambda t=token, n=name: submit(t, n), lambda h=handle: h())
            sent, handled = results
            if isinstance(sent, ImiError):
                assert isinstance(sent, Conflict if act == "cancel" else NotFound)
                assert not isinstance(handled, ImiError)
                assert status_of(row) is after
                assert number_of(Authority, Authority.official_name == name) == 0
            else:
                assert isinstance(handled, Conflict)
                assert status_of(row) is S.registered
                assert number_of(Authority, Authority.official_name == name) == 1


@pytest.mark.rule("R13")
def test_of_two_who_send_it_again_at_once_one_link_lives(inside: Flask, people: People) -> None:
    for number in range(ROUNDS):
        row, _ = invite(people, f"Kommune {number}")
        public_id, version = row.public_id, row.version
        _db.session.rollback()

        def resend(token: str, public_id: Any = public_id, version: int = version) -> Any:
            return acting(token, lambda actor: invitations.resend(actor, public_id, version).id)

        done, refused = outcome(
            at_once(inside, *(lambda t=t, r=resend: r(t) for t in (people.first, people.second, people.nimic)))
        )
        assert (len(done), [type(each) for each in refused]) == (1, [Conflict] * 2)
    assert number_of(OutgoingMail, OutgoingMail.kind == "M5", OutgoingMail.body.is_not(None)) == ROUNDS


@pytest.mark.rule("R9")
@pytest.mark.rule("R75")
def test_of_a_validation_and_a_registration_of_the_same_name_at_once_one_wins(inside: Flask, people: People) -> None:
    for number in range(ROUNDS):
        body, version = waiting(people, f"Ålborg Kommune {number}")

        def validate(body: Any = body, version: int = version) -> Any:
            return acting(people.first, lambda actor: validated(actor, body, version).authority.status)

        def register(name: str = f"AALBORG kommune {number}") -> Any:
            given = details(official_name=name)
            return acting(
                people.nimic,
                lambda actor: registrations.register(actor, given, not_the_same=alike(actor, given)).authority.status,
            )

        done, refused = outcome(at_once(inside, validate, register))
        assert done == [AuthorityStatus.active]
        [told] = refused
        field = (
            {told.field} if isinstance(told, Conflict) else set(told.fields) if isinstance(told, InvalidInput) else {}
        )
        assert field == {"official_name"}
