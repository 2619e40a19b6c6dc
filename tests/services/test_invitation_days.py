"""What the days do to invitations and registrations: once each, on the right day, and late where a day was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import db as _db
from app.jobs.invitations import keep_invitations
from app.models import (
    AuditEvent,
    Authority,
    AuthorityStatus,
    AuthorityText,
    Delegation,
    Invitation,
    InvitationStatus,
    MailState,
    Registrant,
)
from app.services import (
    invariants,
    invitation_days,
    invitation_links,
    invitations,
    self_registrations,
    validations,
)
from tests.inviting import invited, mails_of, registered, text_of, token_of
from tests.services.test_invitations import delegate, in_state, nimic, quiet_queue, time
from tests.standing_clock import StandingClock

__all__ = ["delegate", "nimic", "quiet_queue", "time"]  # fixtures
S = InvitationStatus
DAY = timedelta(days=1)
NOTHING = {"expired": 0, "reminded": 0, "waiting_long": 0, "purged": 0}


def run() -> dict[str, int]:
    """The daily job, twice: the second time finds nothing to do. Gives what the first one did."""
    _db.session.commit()
    counts = keep_invitations().counts
    assert keep_invitations().counts == NOTHING
    return {name: number for name, number in counts.items() if number}


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 11, tzinfo=UTC)


# --- Expiry and reminder ---------------------------------------------------------------------------------------------


@pytest.mark.rule("R13")
def test_an_invitation_expires_after_its_last_day_and_is_listed_on(delegate: Any, time: StandingClock) -> None:
    row = invited(delegate)
    token, [mail] = token_of(row), mails_of("M5")
    self_registrations.save(token, [("city", "Aalborg")], "")
    time.moment = row.expires_at - timedelta(seconds=1)
    assert run() == {"reminded": 1}
    assert self_registrations.typed_so_far(row)
    time.moment = row.expires_at
    assert run() == {"expired": 1}
    assert (row.status, row.typed, row.typed_at) == (S.expired, None, None)
    _db.session.refresh(mail)
    assert (mail.state, mail.body) == (MailState.given_up, None)
    assert invitation_links.find(token).status is S.expired
    assert invitations.get(delegate, row.public_id) is row
    event = _db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.act, event.actor_user_id, event.authority_id) == ("invitation.expired", None, delegate.authority_id)


@pytest.mark.rule("R13")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("sent", "day", "reminded"),
    [
        # Sent 1 March, last day 31 March: from the 28th on, by Copenhagen's days, across the change of the clock.
        (noon(2026, 3, 1), datetime(2026, 3, 27, 22, 59, tzinfo=UTC), False),
        (noon(2026, 3, 1), datetime(2026, 3, 27, 23, 0, tzinfo=UTC), True),
        (noon(2026, 3, 1), noon(2026, 3, 30), True),  # two days were missed
        (noon(2026, 3, 1), datetime(2026, 3, 31, 21, 59, tzinfo=UTC), True),  # the last day is not over yet
        # Sent 1 October, last day 31 October.
        (noon(2026, 10, 1), datetime(2026, 10, 27, 22, 59, tzinfo=UTC), False),
        (noon(2026, 10, 1), datetime(2026, 10, 27, 23, 0, tzinfo=UTC), True),
        # Over the end of the year, and a leap day.
        (noon(2026, 12, 15), noon(2027, 1, 10), False),
        (noon(2026, 12, 15), noon(2027, 1, 11), True),
        (noon(2028, 1, 30), noon(2028, 2, 25), False),
        (noon(2028, 1, 30), noon(2028, 2, 26), True),
    ],
)
def test_three_days_before_the_last_one_the_invited_body_is_reminded_once(
    delegate: Any, time: StandingClock, sent: datetime, day: datetime, reminded: bool
) -> None:
    time.moment = sent
    row = invited(delegate)
    time.moment = day
    assert run() == ({"reminded": 1} if reminded else {})
    mails = mails_of("M8-expiring")
    assert [mail.recipient for mail in mails] == ([row.recipient_email] if reminded else [])
    time.move(hours=1)
    assert "reminded" not in run() or not reminded


@pytest.mark.rule("R13")
@pytest.mark.rule("R92")
def test_the_reminder_says_whom_to_ask_and_holds_no_link(make: Any, delegate: Any, time: StandingClock) -> None:
    row = invited(delegate, language="en")
    time.move(days=28)
    assert run() == {"reminded": 1}
    [mail] = mails_of("M8-expiring")
    said = text_of(mail)
    for part in (
        "31 March 2026 is the last day",
        "the mail that you got on 1 March 2026",
        "Ask Udpeget Styrelse: post@",
    ):
        assert part in said
    assert "/invitation/" not in said
    assert (mail.reply_to, mail.holds_secret, mail.expires_at) == ("post@myndighed.example", False, row.expires_at)


@pytest.mark.rule("R13")
def test_who_handles_it_now_is_the_one_to_ask(delegate: Any, nimic: Any, time: StandingClock) -> None:
    invited(delegate)
    _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
    time.move(days=28)
    run()
    assert "NIMIC DK: post@myndighed.example" in text_of(mails_of("M8-expiring")[0])


@pytest.mark.rule("R13")
def test_a_new_link_is_reminded_of_anew(delegate: Any, time: StandingClock) -> None:
    row = invited(delegate)
    time.move(days=28)
    run()
    invitations.resend(delegate, row.public_id, row.version)
    assert run() == {}
    time.move(days=28)
    assert run() == {"reminded": 1}
    assert len(mails_of("M8-expiring")) == 2


@pytest.mark.rule("R13")
@pytest.mark.parametrize("status", set(S) - {S.sent, S.returned, S.registered})
def test_what_is_over_is_not_reminded_of(delegate: Any, time: StandingClock, status: S) -> None:
    in_state(delegate, status)
    _db.session.scalars(select(Invitation)).one().status = status
    _db.session.flush()
    time.move(days=28)
    assert run() == {}


# --- Lapse and purge -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R19")
def test_a_returned_registration_lapses_with_its_link_and_is_deleted_thirty_days_later(
    delegate: Any, time: StandingClock
) -> None:
    body = registered(delegate)
    row = _db.session.scalars(select(Invitation)).one()
    validations.send_back(delegate, body.public_id, body.version, "Ret")
    self_registrations.save(token_of(row), [("city", "Hobro")], "")
    time.move(days=31)
    assert run() == {"expired": 1}
    assert (row.status, row.typed, body.status, body.purge_on) == (
        S.expired,
        None,
        AuthorityStatus.lapsed,
        date(2026, 5, 1),
    )
    time.moment = noon(2026, 4, 30)
    assert run() == {}
    time.moment = noon(2026, 5, 1)
    assert run() == {"purged": 1}
    _nothing_is_left(row)
    assert row.status is S.expired


@pytest.mark.rule("R19")
def test_a_rejected_registration_is_deleted_thirty_days_later_with_everything(
    delegate: Any, time: StandingClock
) -> None:
    body = registered(delegate)
    row = _db.session.scalars(select(Invitation)).one()
    validations.reject(delegate, body.public_id, body.version, "Nej")
    time.moment = noon(2026, 3, 30)
    assert run() == {}
    time.moment = noon(2026, 4, 15)  # the job was down on the day
    assert run() == {"purged": 1}
    _nothing_is_left(row)
    assert (row.status, row.closing_reason) == (S.rejected, "Nej")


def _nothing_is_left(row: Invitation) -> None:
    """Of the registration; the invitation and the log stay."""
    _db.session.expire_all()
    assert row.authority_id is None
    for model in (Registrant, AuthorityText):
        invited_ones = select(Authority.id).where(Authority.city == "Aalborg")
        left = select(func.count()).select_from(model).where(model.authority_id.in_(invited_ones))
        assert _db.session.scalar(left) == 0
    assert _db.session.scalar(select(func.count()).select_from(Authority).where(Authority.city == "Aalborg")) == 0
    assert "registration.purged" in set(_db.session.scalars(select(AuditEvent.act)))


@pytest.mark.rule("R13")
@pytest.mark.rule("R19")
@pytest.mark.parametrize("job_has_run", [False, True])
def test_an_expired_invitation_sent_again_begins_anew(delegate: Any, time: StandingClock, job_has_run: bool) -> None:
    body = registered(delegate)
    row = _db.session.scalars(select(Invitation)).one()
    validations.send_back(delegate, body.public_id, body.version, "Ret")
    time.move(days=31)
    if job_has_run:
        run()
    invitations.resend(delegate, row.public_id, row.version)
    _nothing_is_left(row)
    assert (row.status, row.return_reason) == (S.sent, "")
    assert self_registrations.returned_details(row) is None
    assert registered(delegate, row).status is AuthorityStatus.awaiting_validation
    assert run() == {}


@pytest.mark.rule("R13")
@pytest.mark.parametrize("job_has_run", [False, True])
def test_a_lapsed_registration_goes_though_its_invitation_is_cancelled(
    delegate: Any, time: StandingClock, job_has_run: bool
) -> None:
    body = registered(delegate)
    row = _db.session.scalars(select(Invitation)).one()
    validations.send_back(delegate, body.public_id, body.version, "Ret")
    time.move(days=31)
    if job_has_run:
        run()
    invitations.cancel(delegate, row.public_id, row.version, "Nej")
    assert (row.status, body.status) == (S.cancelled, AuthorityStatus.lapsed)
    assert {finding.rule for finding in invariants.check()}.isdisjoint({"R13", "R19"})
    time.move(days=31)
    assert run() == {"purged": 1}
    _nothing_is_left(row)


@pytest.mark.rule("R19")
def test_what_awaits_is_registered_or_may_be_sent_again_is_never_deleted(delegate: Any, time: StandingClock) -> None:
    for status in (S.registered, S.validated, S.returned):
        in_state(delegate, status)
    kept = _db.session.scalar(select(func.count()).select_from(Authority))
    time.move(days=29)
    run()
    assert _db.session.scalar(select(func.count()).select_from(Authority)) == kept
    time.move(days=365)
    run()
    waiting = select(Authority.status).where(Authority.city == "Aalborg").order_by(Authority.status)
    assert list(_db.session.scalars(waiting)) == [AuthorityStatus.active, AuthorityStatus.awaiting_validation, "lapsed"]


# --- Waiting for long ------------------------------------------------------------------------------------------------


@pytest.mark.rule("R19")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("moment", "told"),
    [
        # Sent on 17 March, by Copenhagen's days; the clock goes forward on the 29th.
        (datetime(2026, 3, 30, 21, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 22, 0, tzinfo=UTC), True),
        (noon(2026, 4, 20), True),
    ],
)
def test_after_fourteen_days_the_validators_are_reminded_once(
    make: Any, delegate: Any, nimic: Any, time: StandingClock, moment: datetime, told: bool
) -> None:
    time.moment = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)
    registered(delegate)
    second = make.user(_db.session.get_one(Authority, delegate.authority_id), language="en")
    time.moment = moment
    assert run() == ({"waiting_long": 1} if told else {})
    mails = mails_of("M17-waiting")
    assert len(mails) == (3 if told else 0)
    if told:
        assert {mail.authority_id for mail in mails} == {delegate.authority_id, nimic.authority_id}
        english = next(mail for mail in mails if mail.recipient == second.email_address)
        assert "sent its registration on 17 March 2026, on invitation from Udpeget Styrelse" in text_of(english)
        assert "/tasks/awaiting-validation/" in text_of(english)
    time.move(days=40)
    assert "waiting_long" not in run() or not told


@pytest.mark.rule("R19")
def test_the_national_coordinators_own_are_told_to_it_once_and_each_waiting_anew(
    delegate: Any, nimic: Any, time: StandingClock
) -> None:
    body = registered(nimic)
    time.move(days=14)
    assert run() == {"waiting_long": 1}
    assert len(mails_of("M17-waiting")) == 1
    validations.send_back(nimic, body.public_id, body.version, "Ret")
    self_registrations.submit(token_of(_db.session.scalars(select(Invitation)).one()), _again())
    time.move(days=13)
    assert run() == {}
    time.move(days=1)
    assert run() == {"waiting_long": 1}


def _again() -> Any:
    from tests.registering import details

    return details(city="Hobro")


@pytest.mark.rule("R82")
def test_each_act_looks_again_whether_it_is_due(delegate: Any, time: StandingClock) -> None:
    """Between the look and the act, somebody may have been there."""
    row = invited(delegate)
    body = registered(delegate, invited(delegate, invited_name="Nr. 2"))
    for act, number in (
        (invitation_days.expire, row.id),
        (invitation_days.remind, row.id),
        (invitation_days.tell_of_waiting, body.id),
        (invitation_days.purge, body.id),
    ):
        assert act(number) is False
        assert act(987_654_321) is False
    assert (row.status, body.status) == (S.sent, AuthorityStatus.awaiting_validation)
