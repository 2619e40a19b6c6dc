"""What awaits validation: who sees it, what each decision does, and what is never decided."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityStatus,
    Delegation,
    ImiUser,
    Invitation,
    InvitationStatus,
    Model,
    Registrant,
)
from app.services import (
    invariants,
    invitation_links,
    passing_on,
    registrations,
    validation_tasks,
    validations,
)
from app.transaction import transaction
from tests.inviting import invited, mails_of, registered, text_of, token_in, token_of, validated
from tests.registering import details, typed
from tests.services.test_invitations import delegate, in_state, nimic, quiet_queue, time
from tests.services.test_registrations import SAME, password_in
from tests.standing_clock import StandingClock
from tests.statements import statements

__all__ = ["delegate", "nimic", "quiet_queue", "time"]  # fixtures
S = InvitationStatus
REASON = "Skriv byen.\nTak."
Decide = Callable[[Any, uuid.UUID, int], Any]
DECISIONS: dict[str, Decide] = {
    "validate": validations.validate,
    "send back": lambda actor, number, version: validations.send_back(actor, number, version, REASON),
    "reject": lambda actor, number, version: validations.reject(actor, number, version, REASON),
    "correct": lambda actor, number, version: validations.correct(actor, number, version, details(city="Hobro")),
}


def counts() -> dict[str, int]:
    return {
        table.name: _db.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Model.metadata.sorted_tables
        if table.name != "user_session"
    }


def inviter_of(delegate: Any) -> Authority:
    return _db.session.get_one(Authority, delegate.authority_id)


# --- What is seen ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R16")
def test_what_waits_is_seen_by_the_inviter_and_the_national_coordinator_the_oldest_first(
    make: Any, delegate: Any, nimic: Any, time: StandingClock
) -> None:
    rows = [invited(delegate, invited_name=f"Kommune {number}") for number in range(3)]
    own = invited(nimic, invited_name="Nimics egen")
    bodies = []
    for row in (rows[2], rows[0], own, rows[1]):
        bodies.append(registered(delegate, row, official_name=row.invited_name))
        time.move(hours=1)
    mine = [bodies[0], bodies[1], bodies[3]]
    assert [task.authority for task in validation_tasks.waiting(delegate).tasks] == mine
    assert [task.authority for task in validation_tasks.waiting(nimic).tasks] == bodies
    assert (validation_tasks.waiting_count(delegate), validation_tasks.waiting_count(nimic)) == (3, 4)
    for other in (make.authority(), make.nimic("SE"), make.access_manager("En anden")):
        actor = make.actor(make.user(other))
        assert (validation_tasks.waiting(actor).tasks, validation_tasks.waiting_count(actor)) == ([], 0)
        with pytest.raises(NotFound):
            validation_tasks.get(actor, bodies[0].public_id)


@pytest.mark.rule("R16")
def test_the_list_costs_as_many_statements_for_many_as_for_few(db: Any, delegate: Any) -> None:
    costs = []
    for number in range(8):
        registered(delegate, invited(delegate, invited_name=f"K{number}"), official_name=f"Kommune {number}")
        db.session.expunge_all()
        with statements(db) as heard:
            tasks = validation_tasks.waiting(delegate).tasks
            assert len([task.authority.official_name for task in tasks]) == number + 1
        costs.append(len(heard))
    assert set(costs) == {2}


@pytest.mark.rule("R17")
@pytest.mark.parametrize(
    ("invitation", "first_user", "differs"),
    [
        ("post@aalborg.example", "sorine@AALBORG.example", False),
        ("post@aalborg.example", "sorine@gmail.example", True),
        ("post@aalborg.example", "sorine@aalborg.example.org", True),
        ("post@aalborg.example", "sorine@imi.aalborg.example", True),
    ],
)
def test_whether_the_first_users_mail_goes_elsewhere_than_the_invitation_is_known(
    delegate: Any, invitation: str, first_user: str, differs: bool
) -> None:
    body = registered(delegate, invited(delegate, recipient_email=invitation), user_email=first_user)
    assert validation_tasks.mail_domain_differs(validation_tasks.get(delegate, body.public_id)) is differs


# --- Validated -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R18")
@pytest.mark.rule("R3", "R4", "R5")
def test_validation_has_the_effects_of_a_direct_registration(delegate: Any, client: Any) -> None:
    body = registered(delegate, user_language="en")
    row = _db.session.scalars(select(Invitation)).one()
    done = validated(delegate, body.public_id, body.version)
    _db.session.expire_all()
    user, given = done.user, typed()
    assert (done.authority, body.status) == (body, AuthorityStatus.active)
    assert (body.validated_by_user_id, body.validated_at is not None) == (delegate.user_id, True)
    assert (user.full_name, user.email_address, user.phone) == (
        "Sørine O'Møller-Åberg",
        given["user_email"],
        given["user_phone"],
    )
    assert (user.is_superuser, user.is_administrator, user.active, user.authority_id) == (True, True, True, body.id)
    link = _db.session.scalars(select(AccessManagerLink).where(AccessManagerLink.authority_id == body.id)).one()
    assert (link.manager_id, link.added_by_user_id) == (delegate.authority_id, delegate.user_id)
    assert _db.session.get(Registrant, body.id) is None
    assert (row.status, row.closed_by_user_id) == (S.validated, delegate.user_id)
    assert registrations.first_user_of(body) is user

    [first] = mails_of("M1")
    assert (first.recipient, first.language, first.expires_at) == (
        given["user_email"],
        "en",
        user.temporary_password_expires_at,
    )
    answer = client.send("/login/", {"username": user.username, "password": password_in(first)})
    assert answer.status_code == 302
    user.first_log_in_at = None
    assert passing_on.reveal(delegate, body) is user
    [news] = mails_of("M7-validated")
    assert (news.recipient, news.holds_secret) == (row.recipient_email, False)
    assert password_in(first) not in text_of(news)
    assert user.username not in text_of(news)


@pytest.mark.rule("R75")
def test_after_each_decision_the_data_are_sound(make: Any, delegate: Any, nimic: Any) -> None:
    before = {finding.name: finding.count for finding in invariants.check()}
    for status in S:
        in_state(delegate, status)
    assert {finding.name: finding.count for finding in invariants.check()} == before


@pytest.mark.rule("R13")
@pytest.mark.parametrize("lost", [False, True])
def test_the_access_manager_is_who_invited_while_it_is_in_charge_else_the_national_coordinator(
    make: Any, delegate: Any, nimic: Any, lost: bool
) -> None:
    body = registered(delegate)
    if lost:
        _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
        _db.session.flush()
    validated(nimic, body.public_id, body.version)
    [link] = _db.session.scalars(select(AccessManagerLink.manager_id).where(AccessManagerLink.authority_id == body.id))
    manager = _db.session.get_one(Authority, (nimic if lost else delegate).authority_id)
    assert link == manager.id
    [told] = mails_of("M1")
    assert f"fra {manager.official_name}, som er adgangsforvalter" in text_of(told)
    acts = dict(_db.session.execute(select(AuditEvent.act, AuditEvent.outside_own)).all())  # type: ignore[arg-type]
    assert (acts["registration.validated"], acts["user.registered"]) == (True, True)


STEPS = {
    "the state": "app.services.validations._make_registered",
    "the password": "app.services.passwords.give_temporary",
    "the access manager": "app.services.registrations.link",
    "the invitation": "app.services.validations._end",
    "the log": "app.services.registrations.log_first_user",
    "the first mail": "app.services.outgoing_mails.order_temporary_password",
    "the last mail": "app.services.invitation_mails.order_validation",
}


@pytest.mark.rule("R18")
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_after_any_step_leaves_it_waiting(delegate: Any, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    body = registered(delegate)
    _db.session.commit()
    before, number, version = counts(), body.public_id, body.version
    module, function = STEPS[step].rsplit(".", 1)
    original = getattr(__import__(module, fromlist=["x"]), function)

    def fails(*args: Any, **words: Any) -> None:
        original(*args, **words)
        _db.session.flush()
        raise RuntimeError(step)

    monkeypatch.setattr(STEPS[step], fails)
    with pytest.raises(RuntimeError, match=step), transaction():
        validated(delegate, number, version)
    assert counts() == before
    assert [task.authority.version for task in validation_tasks.waiting(delegate).tasks] == [version]


@pytest.mark.rule("R9")
@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("status", [AuthorityStatus.active, AuthorityStatus.deactivated])
def test_a_name_that_is_registered_meanwhile_is_refused_at_validation(
    make: Any, delegate: Any, how: str, status: AuthorityStatus
) -> None:
    body = registered(delegate, official_name=SAME[how])
    make.authority("Ålborg Kommune", status=status)
    with pytest.raises(Conflict) as refusal:
        validated(delegate, body.public_id, body.version)
    assert refusal.value.field == "official_name"
    assert body.status is AuthorityStatus.awaiting_validation


@pytest.mark.rule("R9")
@pytest.mark.rule("R75")
def test_the_database_refuses_it_where_the_check_saw_nothing(
    make: Any, delegate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = registered(delegate)
    make.authority("AALBORG KOMMUNE")
    _db.session.commit()
    monkeypatch.setattr("app.services.registration_details.is_taken", lambda *_: False)
    with pytest.raises(Conflict) as refusal, transaction():
        validated(delegate, body.public_id, body.version)
    assert refusal.value.field == "official_name"


# --- Sent back and rejected ------------------------------------------------------------------------------------------


@pytest.mark.rule("R17")
@pytest.mark.rule("R19")
def test_sending_back_gives_a_new_link_and_thirty_new_days_and_tells_why(delegate: Any, time: StandingClock) -> None:
    row = invited(delegate)
    old = token_of(row)
    time.move(days=20)
    body = registered(delegate, row)
    time.move(days=20)
    validations.send_back(delegate, body.public_id, body.version, REASON)
    assert (body.status, row.status, row.return_reason) == (AuthorityStatus.returned, S.returned, REASON)
    [mail] = mails_of("M7-returned")
    assert (mail.recipient, mail.holds_secret, mail.expires_at) == (row.recipient_email, True, row.expires_at)
    assert f"Åse Larsen, {delegate.authority_name}, skriver:\n\n> Skriv byen.\n> Tak." in text_of(mail)
    assert invitation_links.last_day_of(row) == date(2026, 5, 10)
    assert invitation_links.find(token_in(mail)).status is S.returned
    with pytest.raises(NotFound):
        invitation_links.find(old)
    assert validation_tasks.waiting(delegate).tasks == []


@pytest.mark.rule("R17")
@pytest.mark.rule("R19")
def test_rejecting_tells_why_and_when_all_is_deleted(delegate: Any, time: StandingClock) -> None:
    body = registered(delegate)
    row = _db.session.scalars(select(Invitation)).one()
    validations.reject(delegate, body.public_id, body.version, REASON)
    assert (body.status, body.purge_on) == (AuthorityStatus.rejected, date(2026, 3, 31))
    assert (row.status, row.closing_reason, row.closed_by_user_id) == (S.rejected, REASON, delegate.user_id)
    [mail] = mails_of("M7-rejected")
    assert "> Skriv byen.\n> Tak." in text_of(mail)
    assert "31. marts 2026" in text_of(mail)
    assert mails_of("M1") == []


@pytest.mark.rule("R17")
@pytest.mark.parametrize("decision", ["send_back", "reject"])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "<b>", "Brug anjen482913 til det"])
def test_a_reason_is_needed_and_holds_no_username(make: Any, delegate: Any, decision: str, reason: str) -> None:
    make.user(make.authority(), username="anjen482913")
    body = registered(delegate)
    with pytest.raises(InvalidInput) as refusal:
        getattr(validations, decision)(delegate, body.public_id, body.version, reason)
    assert set(refusal.value.fields) == {"reason"}
    assert (body.status, len(validation_tasks.waiting(delegate).tasks)) == (AuthorityStatus.awaiting_validation, 1)


# --- Corrected -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R17")
@pytest.mark.rule("R67")
def test_correcting_changes_what_is_wrong_and_says_what_it_was(delegate: Any) -> None:
    body = registered(delegate)
    shown = body.version
    version = validations.correct(
        delegate, body.public_id, shown, details(city="Hobro", title_en="Permits", user_email="ny@aalborg.example")
    )
    _db.session.expire_all()
    task = validation_tasks.get(delegate, body.public_id)
    assert version == body.version == shown + 1
    assert (task.details.city, task.details.titles["en"], task.details.user_email) == (
        "Hobro",
        "Permits",
        "ny@aalborg.example",
    )
    event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "registration.corrected")).one()
    assert event.data["city"] == ["Aalborg", "Hobro"]
    assert "postal_code" not in event.data
    about = {
        each.field: each.value
        for each in _db.session.scalars(select(AuditPerson).where(AuditPerson.event_id == event.id))
    }
    assert (about["user_email.old"], about["user_email.new"]) == ("sorine@aalborg.example", "ny@aalborg.example")
    validated(delegate, body.public_id, version)
    assert mails_of("M1")[0].recipient == "ny@aalborg.example"


@pytest.mark.rule("R17")
def test_correcting_the_first_user_alone_makes_what_was_shown_old(delegate: Any) -> None:
    body = registered(delegate)
    shown = body.version
    validations.correct(delegate, body.public_id, shown, details(user_email="ny@aalborg.example"))
    with pytest.raises(Conflict):
        validated(delegate, body.public_id, shown)


@pytest.mark.rule("R2")
@pytest.mark.rule("R9")
def test_a_correction_is_checked_as_any_registration(make: Any, delegate: Any) -> None:
    make.authority("Hobro Kommune")
    body = registered(delegate)
    for changed, field in (({"city": ""}, "city"), ({"official_name": "HOBRO kommune"}, "official_name")):
        with pytest.raises(InvalidInput) as refusal:
            validations.correct(delegate, body.public_id, body.version, details(**changed))
        assert set(refusal.value.fields) == {field}
    assert validation_tasks.get(delegate, body.public_id).details.city == "Aalborg"


# --- What is never decided -------------------------------------------------------------------------------------------


@pytest.mark.rule("R17")
@pytest.mark.parametrize("decision", DECISIONS)
def test_what_has_changed_since_it_was_shown_is_not_decided(delegate: Any, decision: str) -> None:
    body = registered(delegate)
    shown = body.version
    validations.correct(delegate, body.public_id, shown, details(street="En anden vej"))
    before = counts()
    with pytest.raises(Conflict):
        DECISIONS[decision](delegate, body.public_id, shown)
    assert counts() == before


@pytest.mark.rule("R17")
@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS.keys() - {"correct"})
def test_after_one_decision_there_is_no_other(make: Any, delegate: Any, first: str, second: str) -> None:
    colleague = make.actor(make.user(inviter_of(delegate)))
    body = registered(delegate)
    shown = body.version
    DECISIONS[first](delegate, body.public_id, shown)
    before, status = counts(), body.status
    for version in (shown, body.version):
        with pytest.raises(Conflict):
            DECISIONS[second](colleague, body.public_id, version)
    assert (counts(), body.status) == (before, status)


@pytest.mark.rule("R13")
@pytest.mark.parametrize("status", set(S) - {S.registered})
@pytest.mark.parametrize("decision", DECISIONS)
def test_in_no_other_state_is_anything_decided(delegate: Any, status: S, decision: str) -> None:
    row = in_state(delegate, status)
    number = _db.session.get_one(Authority, row.authority_id).public_id if row.authority_id else uuid.uuid4()
    before = row.status
    for version in range(1, 6):
        with pytest.raises((Conflict, NotFound)):
            DECISIONS[decision](delegate, number, version)
    assert row.status is before


@pytest.mark.rule("R16")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("decision", DECISIONS)
def test_for_others_there_is_nothing_to_decide(make: Any, delegate: Any, decision: str) -> None:
    body = registered(delegate)
    others = (make.access_manager("En anden"), make.nimic("SE"), make.authority(), make.commission())
    actors = [make.actor(make.user(other)) for other in others]
    actors.append(make.actor(make.user(inviter_of(delegate), administrator=False)))
    for actor in actors:
        for number in (body.public_id, uuid.uuid4()):
            with pytest.raises(NotFound):
                DECISIONS[decision](actor, number, body.version)


@pytest.mark.rule("R17")
@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("whose", ["user_email", "recipient_email"])
def test_nobody_decides_on_a_registration_of_his_own(
    make: Any, delegate: Any, nimic: Any, decision: str, whose: str
) -> None:
    colleague = make.user(inviter_of(delegate), email_address="KIM@Odense.example")
    own = {whose: "kim@odense.example"}
    row = invited(delegate, **(own if whose == "recipient_email" else {}))
    body = registered(delegate, row, **(own if whose == "user_email" else {}))
    before = counts()
    with pytest.raises(NotAllowed):
        DECISIONS[decision](make.actor(colleague), body.public_id, body.version)
    assert counts() == before
    DECISIONS[decision](nimic, body.public_id, body.version)


@pytest.mark.rule("R82")
def test_who_has_lost_his_delegation_validates_no_more(delegate: Any, make: Any) -> None:
    body = registered(delegate)
    user = _db.session.get_one(ImiUser, delegate.user_id)
    _db.session.scalars(select(Delegation)).one().valid_until = clock.today() - timedelta(days=1)
    _db.session.flush()
    with pytest.raises(NotFound):
        validated(make.actor(user), body.public_id, body.version)


@pytest.mark.rule("R67")
def test_each_decision_is_logged_with_its_reason(delegate: Any) -> None:
    for name, decide in DECISIONS.items():
        body = registered(delegate, invited(delegate, invited_name=name), official_name=f"Kommune {name}")
        decide(delegate, body.public_id, body.version)
    said = dict(_db.session.execute(select(AuditEvent.act, AuditEvent.reason)).all())  # type: ignore[arg-type]
    acts = {f"registration.{name}" for name in ("validated", "returned", "rejected", "corrected")}
    assert acts <= said.keys()
    assert (said["registration.returned"], said["registration.rejected"]) == (REASON, REASON)
