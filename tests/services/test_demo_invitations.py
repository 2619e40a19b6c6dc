"""The invitations of the demo: through the services, in every state, and the nights have done what they do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.clock import COPENHAGEN
from app.models import (
    AccessManagerLink,
    AccessStatus,
    AuditEvent,
    AuditHead,
    Authority,
    AuthorityStatus,
    ImiUser,
    Invitation,
    InvitationStatus,
    LoggedAct,
    Module,
    ModuleAccess,
    OutgoingMail,
    Registrant,
)
from app.policy.actor import Actor
from app.services import demo_data, duplicates, invitation_days, sessions, validation_tasks
from app.services.duplicates import MatchState


@pytest.fixture
def built(demo_db: Any) -> Any:
    return demo_db


def invitations(built: Any, *statuses: InvitationStatus) -> list[Invitation]:
    found = select(Invitation).order_by(Invitation.id)
    return list(built.session.scalars(found.where(Invitation.status.in_(statuses)) if statuses else found))


def signed_in(built: Any, username: str) -> Actor:
    user = built.session.scalars(select(ImiUser).where(ImiUser.username == username)).one()
    actor = sessions.actor_of(sessions.begin(user))
    assert actor is not None
    return actor


def test_each_has_come_to_what_it_was_to_come_to(built: Any) -> None:
    planned = {demo.name: demo.status for demo in demo_data.invitations()}
    assert set(planned.values()) == set(InvitationStatus)
    assert {row.invited_name: row.status for row in invitations(built)} == planned


def test_some_suggest_modules_and_classification_and_some_do_not(built: Any) -> None:
    known = set(built.session.scalars(select(Module.id)))
    suggested = [(bool(row.suggested_modules), bool(row.suggested_classification)) for row in invitations(built)]
    assert set(suggested) == {(True, True), (False, True), (False, False)}
    assert {number for row in invitations(built) for number in row.suggested_modules} <= known


@pytest.mark.rule("R14")
def test_one_is_half_written(built: Any) -> None:
    (half,) = [row for row in invitations(built) if row.typed]
    assert half.status is InvitationStatus.sent
    typed = dict(half.typed or [])
    assert (typed["official_name"], typed["city"]) == ("Jordemoderforeningen", "København K")
    assert "first_name" not in typed


@pytest.mark.rule("R16", "R17")
def test_registrations_await_validation_each_with_who_is_to_be_its_first_user(built: Any) -> None:
    waiting = validation_tasks.waiting(signed_in(built, "nimicdk001")).tasks
    assert len(waiting) == 4
    for task in waiting:
        registrant = task.registrant
        assert registrant.full_name.count(" ") >= 1
        assert registrant.phone.startswith("+45 ")
        assert registrant.email_address.endswith(".example")
    assert [task.authority.official_name for task in waiting if validation_tasks.mail_domain_differs(task)] == [
        "Syddjurs Kommune"
    ]
    assert 0 < len(validation_tasks.waiting(signed_in(built, "adgang001")).tasks) < len(waiting)


@pytest.mark.rule("R8")
def test_beside_one_of_them_stands_the_authority_that_it_looks_like(built: Any) -> None:
    actor = signed_in(built, "adgang001")
    found = {
        task.authority.official_name: duplicates.likely(actor, task.details, but=task.authority.id)
        for task in validation_tasks.waiting(actor).tasks
    }
    matches = {match.name: match.state for match in found["Odense Kommune, By- og Kulturforvaltningen"]}
    assert matches["Odense Kommune"] is MatchState.within_reach


@pytest.mark.rule("R19")
def test_what_came_to_nothing_stays_for_its_days_and_is_gone_after_them(built: Any) -> None:
    ended = invitations(built, InvitationStatus.rejected, InvitationStatus.expired)
    left = {row.invited_name: built.session.get_one(Authority, row.authority_id) for row in ended if row.authority_id}
    assert {name: body.status for name, body in left.items()} == {
        "Dansk Ride Forbund": AuthorityStatus.rejected,
        "Rebild Kommune": AuthorityStatus.lapsed,
    }
    assert all(body.purge_on and body.purge_on >= clock.today() for body in left.values())
    purged = select(AuditEvent.subject_name).where(AuditEvent.act == LoggedAct.registration_purged)
    assert list(built.session.scalars(purged)) == ["Foreningen af Rejseledere"]


@pytest.mark.rule("R19")
def test_who_was_sent_back_has_a_reason_and_can_still_correct_it(built: Any) -> None:
    (returned,) = invitations(built, InvitationStatus.returned)
    assert returned.return_reason
    assert returned.expires_at > clock.now()
    assert built.session.get(Registrant, returned.authority_id) is not None


@pytest.mark.rule("R18")
def test_who_was_validated_is_an_authority_as_others_are(built: Any) -> None:
    for row in invitations(built, InvitationStatus.validated):
        body = built.session.get_one(Authority, row.authority_id)
        of_body = ModuleAccess.authority_id == body.id
        granted = select(ModuleAccess.module_id).where(of_body, ModuleAccess.status == AccessStatus.granted)
        managers = select(AccessManagerLink.manager_id).where(AccessManagerLink.authority_id == body.id)
        users = select(ImiUser).where(ImiUser.authority_id == body.id)
        assert (body.status, body.validated_by_user_id) == (AuthorityStatus.active, row.invited_by_user_id)
        assert list(built.session.scalars(managers)) == [row.inviting_authority_id]
        assert list(built.session.scalars(granted)) == row.suggested_modules
        assert [user.is_superuser for user in built.session.scalars(users)] == [True]


@pytest.mark.rule("R87")
def test_all_mails_about_them_were_sent_and_none_holds_a_link(built: Any) -> None:
    rows = built.session.scalars(select(OutgoingMail).where(OutgoingMail.kind.not_in(("M1", "M17-unconfirmed")))).all()
    kinds = Counter(row.kind for row in rows)
    assert kinds.keys() == {
        "M5",
        "M6",
        "M7-rejected",
        "M7-returned",
        "M7-validated",
        "M8-cancelled",
        "M8-expiring",
        "M17-waiting",
    }
    assert kinds["M5"] == len(invitations(built))
    assert {(row.state.value, row.body) for row in rows} == {("sent", None)}


@pytest.mark.rule("R67")
def test_the_log_tells_what_became_of_them_by_day_and_by_night(built: Any) -> None:
    nightly = {LoggedAct.invitation_expired, LoggedAct.registration_purged}
    rows = built.session.execute(select(AuditEvent.act, AuditEvent.at).order_by(AuditEvent.id)).all()
    acts = Counter(act for act, _ in rows)
    invited, planned = len(invitations(built)), Counter(demo.status for demo in demo_data.invitations())
    assert acts[LoggedAct.invitation_sent] == invited
    assert acts[LoggedAct.invitation_expired] == planned[InvitationStatus.expired]
    assert acts[LoggedAct.registration_validated] == planned[InvitationStatus.validated]
    assert acts[LoggedAct.registration_rejected] == planned[InvitationStatus.rejected]
    for act, moment in rows:
        assert (act in nightly) == (moment.astimezone(COPENHAGEN).hour == 4)


@pytest.mark.rule("R13", "R19")
def test_nothing_is_left_over_that_a_night_should_have_done(built: Any) -> None:
    built_at = built.session.scalars(select(AuditHead.signed_at)).one()
    with clock.at(built_at - timedelta(days=1)):
        assert [list(due()) for due, _ in invitation_days.DAILY.values()] == [[], [], [], []]
