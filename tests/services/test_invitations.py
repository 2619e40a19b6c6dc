"""Inviting bodies: what is sent, by whom, again, not any more; and in which states."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.extensions import db as _db
from app.models import (
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ClassificationEntry,
    Delegation,
    Invitation,
    InvitationStatus,
    MailState,
    Model,
    Module,
    OutgoingMail,
    Reach,
)
from app.services import (
    invitation_links,
    invitation_wishes,
    invitations,
    self_registrations,
    undelivered_mails,
    validations,
)
from app.services.invitation_links import FORM
from app.settings import setting
from tests.inviting import invited, mails_of, registered, sent, text_of, token_in, token_of, validated, wishes
from tests.standing_clock import StandingClock

S = InvitationStatus
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 3, 1, 11, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def nimic(make: Any) -> Any:
    return make.actor(make.user(make.nimic(), first_name="Nina"))


@pytest.fixture
def delegate(make: Any, nimic: Any) -> Any:
    """An administrator of an access manager, as one who acts."""
    body = make.authority("Udpeget Styrelse")
    make.delegation(body, valid_from=date(2025, 1, 1))
    return make.actor(make.user(body, first_name="Åse"))


def everything() -> str:
    """Every value of every table, as one text: where a secret would be found."""
    return "\n".join(repr(_db.session.execute(select(t)).all()) for t in Model.metadata.sorted_tables)


# --- What is sent ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R12")
@pytest.mark.rule("R13")
def test_an_invitation_is_mailed_with_a_link_that_lives_thirty_days(delegate: Any, time: StandingClock) -> None:
    row = invited(delegate, language="en")
    assert (row.status, row.times_sent, row.country_code) == (S.sent, 1, "DK")
    assert (row.inviting_authority_id, row.invited_by_user_id) == (delegate.authority_id, delegate.user_id)
    assert invitation_links.last_day_of(row) == date(2026, 3, 31)
    [mail] = mails_of("M5")
    assert (mail.recipient, mail.language, mail.reply_to) == (row.recipient_email, "en", "post@myndighed.example")
    assert (mail.holds_secret, mail.expires_at, mail.authority_id) == (True, row.expires_at, delegate.authority_id)
    assert f"Åse Larsen, {delegate.authority_name}, writes:\n\n> Kære Ålborg\n> \n> Vi glæder os" in text_of(mail)
    opened = invitation_links.find(token_in(mail))
    assert (opened.invitation, opened.status, opened.inviter.id) == (row, S.sent, delegate.authority_id)


@pytest.mark.rule("R87")
def test_the_link_is_random_and_stands_nowhere_but_encrypted(delegate: Any) -> None:
    rows = [invited(delegate, invited_name=f"Kommune {number}") for number in range(5)]
    tokens = [token_in(mail) for mail in mails_of("M5")]
    assert len(set(tokens)) == 5
    assert all(FORM.fullmatch(token) for token in tokens)
    assert [row.token_hash for row in rows] == [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    found = everything()
    assert not [token for token in tokens if token in found]
    rows[0].message = tokens[0]
    _db.session.flush()
    assert tokens[0] in everything()  # the search would have found it


@pytest.mark.rule("R13")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("sent", "last", "over"),
    [
        # The day is Copenhagen's: late in the evening of UTC it is the next one there.
        (datetime(2026, 1, 30, 22, 59, tzinfo=UTC), date(2026, 3, 1), datetime(2026, 3, 1, 23, tzinfo=UTC)),
        (datetime(2026, 1, 30, 23, 0, tzinfo=UTC), date(2026, 3, 2), datetime(2026, 3, 2, 23, tzinfo=UTC)),
        (datetime(2028, 1, 30, 12, 0, tzinfo=UTC), date(2028, 2, 29), datetime(2028, 2, 29, 23, tzinfo=UTC)),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), date(2026, 3, 31), datetime(2026, 3, 31, 22, tzinfo=UTC)),  # summer
        (
            datetime(2026, 10, 1, 12, 0, tzinfo=UTC),
            date(2026, 10, 31),
            datetime(2026, 10, 31, 23, tzinfo=UTC),
        ),  # winter
        (datetime(2026, 12, 15, 12, 0, tzinfo=UTC), date(2027, 1, 14), datetime(2027, 1, 14, 23, tzinfo=UTC)),
    ],
)
def test_the_last_day_is_copenhagens_and_included(
    delegate: Any, time: StandingClock, sent: datetime, last: date, over: datetime
) -> None:
    time.moment = sent
    row = invited(delegate)
    token = token_of(row)
    assert (invitation_links.last_day_of(row), row.expires_at) == (last, over)
    time.moment = over - timedelta(seconds=1)
    assert invitation_links.find(token).status is S.sent
    time.moment = over
    assert invitation_links.find(token).status is S.expired


@pytest.mark.rule("R67")
@pytest.mark.rule("R68")
def test_the_log_knows_who_invited_whom_with_the_address_apart(delegate: Any) -> None:
    row = invited(delegate)
    event = _db.session.scalars(select(AuditEvent)).one()
    assert (event.act, event.subject_kind, event.subject_id) == ("invitation.sent", "invitation", row.id)
    assert (event.subject_name, event.authority_id, event.country_code) == (
        "Ålborg Kommune",
        delegate.authority_id,
        "DK",
    )
    assert row.recipient_email not in repr(_db.session.execute(select(AuditEvent.__table__)).all())
    people = {person.field: person.value for person in _db.session.scalars(select(AuditPerson))}
    assert people == {"actor.name": "Åse Larsen", "recipient": row.recipient_email}


def test_what_is_sent_twice_is_invited_once_and_answered_alike(delegate: Any) -> None:
    number = uuid.uuid4()
    first = sent(delegate, wishes(), number)
    assert sent(delegate, wishes(), number) is first
    assert len(mails_of("M5")) == 1


@pytest.mark.rule("R70")
def test_another_persons_number_gives_nothing_away(make: Any, delegate: Any, nimic: Any) -> None:
    number = uuid.uuid4()
    sent(nimic, wishes(invited_name="Fremmed"), number)
    _db.session.commit()
    with pytest.raises(Conflict):
        sent(delegate, wishes(), number)


# --- Who may, and what is asked for ----------------------------------------------------------------------------------


@pytest.mark.rule("R11")
@pytest.mark.parametrize("reach", Reach)
def test_access_managers_of_every_reach_invite(make: Any, reach: Reach) -> None:
    actor = make.actor(make.user(make.access_manager(reach=reach, modules=[make.module("PQ-REQ")])))
    assert invited(actor).status is S.sent


@pytest.mark.rule("R11")
@pytest.mark.parametrize("who", ["administrator", "user", "over", "commission", "temporary"])
def test_nobody_else_does(make: Any, who: str) -> None:
    body = make.authority()
    if who == "over":
        make.delegation(body, valid_until=clock.today() - DAY)
    if who == "commission":
        body = make.authority(kind=AuthorityKind.commission)
    if who in ("user", "temporary"):
        body = make.nimic()
    user = make.user(body, administrator=who != "user", password_is_temporary=who == "temporary")
    with pytest.raises(NotAllowed):
        invited(make.actor(user))
    assert mails_of("M5") == []


WRONG: dict[str, dict[str, Any]] = {
    "invited_name": {"invited_name": " "},
    "invited_name with an address": {"invited_name": "Se www.ondt.example"},
    "invited_name that cannot be compared": {"invited_name": "´¨"},
    "recipient_email": {"recipient_email": "ingen"},
    "recipient_email missing": {"recipient_email": ""},
    "recipient_email on two lines": {"recipient_email": "a@b.example\nBcc: c@d.example"},
    "language": {"language": "fr"},
    "message too long": {"message": "x" * 2001},
    "message with what is not seen": {"message": "Hej\u202eolleh"},
    "message with a control character": {"message": "Hej\x00"},
    "message with a tag": {"message": "<a href=x>"},
    "modules": {"module_ids": frozenset({987_654_321})},
    "classification": {"entry_ids": frozenset({987_654_321})},
}


@pytest.mark.rule("R84")
@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_at_its_field(delegate: Any, what: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        invitation_wishes.check(delegate, wishes(**WRONG[what]))
    assert set(refusal.value.fields) == {what.split(" ", maxsplit=1)[0]}
    with pytest.raises(InvalidInput):
        invited(delegate, **WRONG[what])
    assert mails_of("M5") == []


@pytest.mark.rule("R9")
def test_who_is_registered_already_is_not_invited(make: Any, delegate: Any) -> None:
    make.authority("AALBORG kommune", status=AuthorityStatus.deactivated)
    with pytest.raises(InvalidInput) as refusal:
        invited(delegate)
    assert set(refusal.value.fields) == {"invited_name"}


@pytest.mark.rule("R41")
def test_suggested_modules_are_those_that_take_authorities_today(make: Any, delegate: Any) -> None:
    module = make.module("PQ-REQ")
    entry = _db.session.scalars(select(ClassificationEntry.id).join(ClassificationEntry.list).limit(1)).first()
    row = invited(delegate, module_ids=frozenset({module.id}))
    assert (row.suggested_modules, entry is not None) == ([module.id], True)
    module.retired_from = clock.today()
    _db.session.flush()
    with pytest.raises(InvalidInput) as refusal:
        invited(delegate, module_ids=frozenset({module.id}))
    assert set(refusal.value.fields) == {"modules"}
    assert _db.session.get_one(Module, module.id).retired_from == clock.today()


# --- Usernames never go out (R5, R84) --------------------------------------------------------------------------------


@pytest.mark.rule("R5")
@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    "written", ["Dit brugernavn er {0}", "{0}.", "KIM: {1}", "brug {2} til det", "({0})hilsen", "på\n{0}\nlinjer"]
)
def test_a_message_with_a_username_in_the_senders_reach_is_refused(make: Any, delegate: Any, written: str) -> None:
    theirs = make.user(make.authority("En anden"), username="anjen482913")
    name = theirs.username
    said = written.format(name, name.upper(), " ".join((name[:5], name[5:8], name[8:])))
    with pytest.raises(InvalidInput) as refusal:
        invited(delegate, message=said)
    assert set(refusal.value.fields) == {"message"}
    row = invited(delegate, message="Ring på 482913")
    for act in (invitations.cancel,):
        with pytest.raises(InvalidInput) as refusal:
            act(delegate, row.public_id, row.version, said)
        assert set(refusal.value.fields) == {"reason"}


@pytest.mark.rule("R84")
@pytest.mark.rule("R70")
def test_of_others_usernames_nothing_is_told(make: Any, delegate: Any) -> None:
    """Or one would find out by writing mails who has which."""
    for body in (make.authority(country_code="SE"), make.nimic("NO"), make.access_manager("En anden adgangsforvalter")):
        invited(delegate, invited_name=body.official_name + " 2", message=make.user(body).username)
    own = make.user(_db.session.get_one(Authority, delegate.authority_id))
    with pytest.raises(InvalidInput):
        invited(delegate, message=own.username)


@pytest.mark.rule("R84")
def test_answers_go_to_the_registered_address_of_the_body_else_of_the_sender(make: Any) -> None:
    body = make.access_manager()
    body.email, body.phone = "", "+45 11 22 33 44"
    user = make.user(body)
    invited(make.actor(user))
    [mail] = mails_of("M5")
    assert mail.reply_to == user.email_address
    assert f"{body.official_name}: +45 11 22 33 44." in text_of(mail)


# --- Again, and not any more -----------------------------------------------------------------------------------------


@pytest.mark.rule("R13")
@pytest.mark.rule("R87")
def test_sending_again_makes_a_new_link_and_kills_and_wipes_the_old(delegate: Any, time: StandingClock) -> None:
    row = invited(delegate)
    old, [mail] = token_of(row), mails_of("M5")
    time.move(days=40)
    invitations.resend(delegate, row.public_id, row.version)
    new = token_of(row)
    assert new != old
    with pytest.raises(NotFound):
        invitation_links.find(old)
    assert invitation_links.find(new).status is S.sent
    assert (row.times_sent, row.status, row.sent_at) == (2, S.sent, clock.now())
    assert invitation_links.last_day_of(row) == date(2026, 5, 10)
    _db.session.refresh(mail)
    assert (mail.state, mail.body) == (MailState.given_up, None)


@pytest.mark.rule("R13")
def test_colleagues_handle_it_too(make: Any, delegate: Any, nimic: Any) -> None:
    row = invited(delegate)
    colleague = make.actor(make.user(_db.session.get_one(Authority, delegate.authority_id)))
    invitations.resend(colleague, row.public_id, row.version)
    invitations.resend(nimic, row.public_id, row.version)
    events = _db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.outside_own for event in events] == [False, False, True]


@pytest.mark.rule("R13")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", ["another delegate", "plain", "nimic abroad", "lost"])
def test_for_others_it_does_not_exist(make: Any, delegate: Any, who: str) -> None:
    row = invited(delegate)
    bodies = {
        "another delegate": make.access_manager,
        "plain": make.authority,
        "nimic abroad": lambda: make.nimic("SE"),
    }
    if who == "lost":
        _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
        _db.session.flush()
        body = _db.session.get_one(Authority, delegate.authority_id)
    else:
        body = bodies[who]()
    actor = make.actor(make.user(body))
    for act in (
        lambda: invitations.get(actor, row.public_id),
        lambda: invitations.resend(actor, row.public_id, row.version),
        lambda: invitations.cancel(actor, row.public_id, row.version, "Nej"),
        lambda: invitations.get(actor, uuid.uuid4()),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.rule("R13")
def test_when_the_inviter_loses_its_delegation_links_stay_valid(make: Any, delegate: Any, nimic: Any) -> None:
    row = invited(delegate)
    _db.session.scalars(select(Delegation)).one().revoked_at = clock.now()
    _db.session.flush()
    body = registered(delegate, row)
    assert body.status is AuthorityStatus.awaiting_validation
    assert [mail.authority_id for mail in mails_of("M6")] == [nimic.authority_id]
    validated(nimic, body.public_id, body.version)
    assert body.status is AuthorityStatus.active


@pytest.mark.rule("R85")
def test_an_invitation_is_sent_again_five_times_at_most(delegate: Any) -> None:
    row = invited(delegate)
    for _ in range(setting("MOST_RESENDS")):
        assert invitations.acts_on(row) == ("resend", "cancel")
        invitations.resend(delegate, row.public_id, row.version)
    before = token_of(row)
    assert invitations.acts_on(row) == ("cancel",)
    with pytest.raises(Conflict):
        invitations.resend(delegate, row.public_id, row.version)
    assert invitation_links.find(before).status is S.sent
    assert len(mails_of("M5")) == 6


@pytest.mark.rule("R13")
def test_cancelling_kills_the_link_tells_why_and_forgets_what_was_typed(delegate: Any) -> None:
    row = invited(delegate)
    token, [mail] = token_of(row), mails_of("M5")
    shown = row.version
    self_registrations.save(token, [("city", "Aalborg")], "")  # which is not what a colleague is told of
    assert (row.version, row.typed) == (shown, [["city", "Aalborg"]])
    invitations.cancel(delegate, row.public_id, row.version, "Forkert adresse.\nUndskyld.")
    assert (row.status, row.closed_by_user_id, row.typed, row.typed_at) == (S.cancelled, delegate.user_id, None, None)
    assert row.closed_at is not None
    assert invitation_links.find(token).status is S.cancelled
    _db.session.refresh(mail)
    assert (mail.state, mail.body) == (MailState.given_up, None)
    [told] = mails_of("M8-cancelled")
    assert "> Forkert adresse.\n> Undskyld." in text_of(told)
    assert "Det, du eventuelt har skrevet, er slettet" in text_of(told)
    assert "/invitation/" not in text_of(told)
    assert invitations.acts_on(row) == ()


@pytest.mark.rule("R13", "R19")
def test_who_has_sent_a_registration_is_told_when_it_is_deleted(delegate: Any) -> None:
    row = in_state(delegate, S.returned)
    invitations.cancel(delegate, row.public_id, row.version, "Forkert adresse.")
    sent = _db.session.get_one(Authority, row.authority_id)
    assert sent.purge_on == clock.today() + timedelta(days=30)
    [told] = mails_of("M8-cancelled")
    said = " ".join(text_of(told).split())
    assert f"Den registrering, du har sendt, slettes den {sent.purge_on.day}. " in said
    assert "er slettet" not in said


@pytest.mark.rule("R13")
@pytest.mark.parametrize("reason", ["", " \n ", "x" * 1001])
def test_a_reason_is_needed(delegate: Any, reason: str) -> None:
    row = invited(delegate)
    with pytest.raises(InvalidInput) as refusal:
        invitations.cancel(delegate, row.public_id, row.version, reason)
    assert set(refusal.value.fields) == {"reason"}
    assert row.status is S.sent


@pytest.mark.rule("R26")
def test_who_acts_on_what_a_colleague_has_moved_on_is_told(delegate: Any) -> None:
    row = invited(delegate)
    shown = row.version
    invitations.resend(delegate, row.public_id, shown)
    for act in (
        lambda: invitations.resend(delegate, row.public_id, shown),
        lambda: invitations.cancel(delegate, row.public_id, shown, "Nej"),
    ):
        with pytest.raises(Conflict):
            act()
    assert len(mails_of("M5")) == 2


# --- Undelivered: a dead link is not sent twice (R87) ----------------------------------------------------------------


@pytest.mark.rule("R87")
@pytest.mark.parametrize("state", [MailState.failed, MailState.unsure, MailState.given_up])
def test_sending_an_undelivered_invitation_again_makes_a_new_link(delegate: Any, nimic: Any, state: MailState) -> None:
    row = invited(delegate)
    old, [mail] = token_of(row), mails_of("M5")
    mail.state = state
    if state is not MailState.unsure:
        mail.body = None
    _db.session.flush()
    new = undelivered_mails.send_again(nimic, mail.public_id)
    assert (new.kind, new.recipient, mail.replaced_by_id) == ("M5", row.recipient_email, new.id)
    assert token_in(new) != old
    assert invitation_links.find(token_in(new)).invitation is row


@pytest.mark.rule("R87")
def test_who_does_not_handle_invitations_cannot_send_their_links(make: Any, delegate: Any) -> None:
    row = invited(delegate)
    [mail] = mails_of("M5")
    mail.state, mail.body = MailState.failed, None
    _db.session.flush()
    commission = make.actor(make.user(make.commission()))
    with pytest.raises(NotFound):
        undelivered_mails.send_again(commission, mail.public_id)
    assert _db.session.scalars(select(OutgoingMail)).all() == [mail]
    assert row.times_sent == 1


# --- The states of section 3 -----------------------------------------------------------------------------------------

RESEND, CANCEL = {S.sent, S.expired, S.returned}, {S.sent, S.expired, S.returned}


def in_state(actor: Any, status: S) -> Invitation:
    """An invitation that has come to a state by the acts that lead there."""
    row = invited(actor)
    match status:
        case S.cancelled:
            invitations.cancel(actor, row.public_id, row.version, "Nej")
        case S.expired:
            row.expires_at = clock.now()
            _db.session.flush()
        case S.registered | S.returned | S.validated | S.rejected:
            body = registered(actor, row, official_name=f"Kommune {uuid.uuid4().hex}")
            if status is S.returned:
                validations.send_back(actor, body.public_id, body.version, "Ret det")
            if status is S.validated:
                validated(actor, body.public_id, body.version)
            if status is S.rejected:
                validations.reject(actor, body.public_id, body.version, "Nej")
    return row


@pytest.mark.rule("R13")
@pytest.mark.parametrize("status", S)
def test_from_which_states_it_is_sent_again_and_cancelled(delegate: Any, status: S) -> None:
    for name, allowed in (("resend", RESEND), ("cancel", CANCEL)):
        row = in_state(delegate, status)
        _db.session.flush()
        assert (name in invitations.acts_on(row)) is (status in allowed), name
        before, words = row.status, ("Nej",) if name == "cancel" else ()
        if status in allowed:
            getattr(invitations, name)(delegate, row.public_id, row.version, *words)
            after = S.cancelled if name == "cancel" else S.returned if status is S.returned else S.sent
            assert row.status is after
        else:
            with pytest.raises(Conflict):
                getattr(invitations, name)(delegate, row.public_id, row.version, *words)
            assert row.status is before


@pytest.mark.rule("R19")
def test_a_returned_registration_is_sent_again_with_its_reason_and_a_new_link(delegate: Any) -> None:
    row = in_state(delegate, S.returned)
    old = token_of(row)
    invitations.resend(delegate, row.public_id, row.version)
    mail = mails_of("M7-returned")[-1]
    assert "> Ret det" in text_of(mail)
    assert token_in(mail) != old
    with pytest.raises(NotFound):
        invitation_links.find(old)
    assert row.authority_id is not None
