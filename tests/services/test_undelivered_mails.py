"""Mails in the hands of people: who finds which, what can be done about each, and what comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from app.extensions import db as _db
from app.mail import secrecy
from app.mail.kinds import KINDS, Kind
from app.models import AuditEvent, AuditPerson, Authority, AuthorityKind, ImiUser, OutgoingMail, Reach
from app.models.outgoing_mail import MailState
from app.policy.actor import Actor
from app.services import outgoing_mails, undelivered_mails
from app.services.passwords import last_day_of
from app.services.undelivered_mails import Group, MailAct
from tests.make import PASSWORD
from tests.standing_clock import StandingClock
from tests.statements import statements

ADDRESS = "modtager@myndighed.example"
MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
LEASED = (MailState.claimed, MailState.sending)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(MOMENT)
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind M0 that holds no secret, with the words of M1; and a queue that nobody listens to."""
    with_m0 = {**KINDS, "M0": Kind(facts=KINDS["M1"].facts, path="/")}
    for room in ("app.mail.kinds", "app.services.outgoing_mails", "app.services.undelivered_mails"):
        monkeypatch.setattr(f"{room}.KINDS", with_m0)
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    return


@pytest.fixture
def body(make: Any, time: StandingClock) -> Authority:
    """An authority of Denmark, with an access manager."""
    found: Authority = make.authority("Fyrvæsenet", managed_by=make.authority("Forvalteren"))
    return found


@pytest.fixture
def commission(make: Any, time: StandingClock) -> Actor:
    actor: Actor = make.actor(make.user(make.commission()))
    return actor


def mail_to(
    authority: Authority, state: MailState = MailState.failed, *, user: ImiUser | None = None, **values: Any
) -> OutgoingMail:
    """A mail of that state; with a user it is a temporary password, without one it holds no secret."""
    moment, holds = clock.now(), user is not None
    ended = state in (MailState.sent, MailState.failed, MailState.given_up)
    defaults: dict[str, Any] = {
        "message_id": f"<{uuid.uuid4().hex}@imi.example>",
        "kind": "M1" if holds else "M0",
        "language": "da",
        "user_id": user.id if user else None,
        "recipient": user.email_address if user else ADDRESS,
        "subject": "Et emne",
        "body": None if holds and ended else b"lukket",
        "holds_secret": holds,
        "created_at": moment,
        "due_at": moment,
        "sent_at": moment if state is MailState.sent else None,
        "lease_until": moment + timedelta(minutes=5) if state in LEASED else None,
        "owner": "w1" if state in LEASED else "",
    }
    mail = OutgoingMail(authority_id=authority.id, state=state, **(defaults | values))
    _db.session.add(mail)
    _db.session.flush()
    return mail


def new_user(make: Any, authority: Authority, **values: Any) -> ImiUser:
    """Somebody whose first mail did not arrive: he has a temporary password that he has never seen."""
    temporary = {"password_is_temporary": True, "temporary_password_expires_at": clock.now() + timedelta(days=14)}
    user: ImiUser = make.user(authority, **({"first_log_in_at": None} | temporary | values))
    return user


def counts(actor: Actor) -> dict[str, int]:
    found = undelivered_mails.listed(actor, Group.attention, 1).counts
    return {group.value: number for group, number in found.items() if number}


def found(actor: Actor, group: Group = Group.attention, page: int = 1) -> list[int]:
    return [row.id for row in undelivered_mails.listed(actor, group, page).rows]


def the(mail: OutgoingMail) -> OutgoingMail:
    _db.session.flush()
    _db.session.refresh(mail)
    return mail


def logged(db: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(event.act, event.data) for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def all_that_the_log_holds(db: Any) -> str:
    """As tuples: a row says only the beginning of a long value."""
    tables = (AuditEvent.__table__, AuditPerson.__table__)
    return repr([tuple(row) for table in tables for row in db.session.execute(select(table))])


# --- Groups ----------------------------------------------------------------------------------------------------------


def test_mails_are_listed_by_what_they_want_of_people(body: Authority, commission: Actor, time: StandingClock) -> None:
    late = mail_to(body, MailState.queued)
    time.move(minutes=10, seconds=1)
    new = mail_to(body, MailState.sent)
    expected = {
        Group.attention: [late, mail_to(body, MailState.failed), mail_to(body, MailState.unsure)],
        Group.waiting: [mail_to(body, state) for state in (MailState.queued, *LEASED)],
        Group.sent: [new, mail_to(body, MailState.sent)],
        Group.given_up: [mail_to(body, MailState.given_up), mail_to(body, replaced_by_id=new.id)],
    }
    for group, mails in expected.items():
        assert found(commission, group) == [mail.id for mail in reversed(mails)], group
    assert counts(commission) == {"attention": 3, "waiting": 3, "sent": 2, "given_up": 2}


def test_a_mail_is_late_after_ten_minutes(body: Authority, commission: Actor, time: StandingClock) -> None:
    mail_to(body, MailState.queued)
    time.move(minutes=10)
    assert counts(commission) == {"waiting": 1}
    time.move(seconds=1)
    assert counts(commission) == {"attention": 1}


def test_a_list_has_pages_and_one_past_the_last_is_the_last(body: Authority, commission: Actor) -> None:
    ids = [mail_to(body).id for _ in range(undelivered_mails.PAGE_SIZE + 2)]
    assert found(commission) == ids[:1:-1]
    assert found(commission, page=2) == ids[1::-1]
    for beyond in (3, 999_999_999):
        listed = undelivered_mails.listed(commission, Group.attention, beyond)
        assert (listed.page, len(listed.rows)) == (2, 2)
    assert undelivered_mails.listed(commission, Group.sent, 7).page == 1


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        (MailState.queued, [MailAct.give_up]),
        (MailState.claimed, []),
        (MailState.sending, []),
        (MailState.sent, []),
        (MailState.failed, [MailAct.send_again, MailAct.give_up]),
        (MailState.unsure, [MailAct.arrived, MailAct.send_again, MailAct.give_up]),
        (MailState.given_up, [MailAct.send_again]),
    ],
)
def test_what_can_be_done_follows_from_the_state(
    db: Any, body: Authority, commission: Actor, state: MailState, acts: list[MailAct]
) -> None:
    """And nothing else is done, whoever sends the form; nor anything to a mail that another took the place of."""
    doing = {
        MailAct.send_again: undelivered_mails.send_again,
        MailAct.arrived: undelivered_mails.mark_arrived,
        MailAct.give_up: undelivered_mails.give_up,
    }
    mail, replaced = mail_to(body, state), mail_to(body, state, replaced_by_id=mail_to(body).id)
    assert list(undelivered_mails.acts_on(mail)) == acts
    assert undelivered_mails.acts_on(undelivered_mails.get(commission, replaced.public_id)) == ()
    for act, do in doing.items():
        for one in [replaced] if act in acts else [replaced, mail]:
            with pytest.raises(Conflict):
                do(commission, one.public_id)
    assert the(mail).state is state
    assert logged(db) == []


# --- Who finds them --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
@pytest.mark.rule("R78")
def test_each_finds_the_mails_of_his_scope_and_no_others(make: Any, time: StandingClock) -> None:
    nimic, manager, small = make.nimic(), make.access_manager(), make.access_manager(reach=Reach.own)
    mine = make.authority("Min", managed_by=small)
    bodies = {
        "nimic": nimic,
        "manager": manager,
        "small": small,
        "mine": mine,
        "other": make.authority("En anden"),
        "abroad": make.authority("Grannen", country_code="SE"),
        "commission": make.authority("Kommissionen", kind=AuthorityKind.commission),
    }
    mails = {name: mail_to(row) for name, row in bodies.items()}
    sees = {
        "Commission": (make.user(bodies["commission"]), set(bodies)),
        "NIMIC": (make.user(nimic), {"nimic", "manager", "small", "mine", "other"}),
        "NIMIC abroad": (make.user(make.nimic("SE")), {"abroad"}),
        "manager of the country": (make.user(manager), {"manager", "mine", "other"}),
        "manager of his own": (make.user(small), {"small", "mine"}),
        "administrator": (make.user(mine), {"mine"}),
        "user": (make.user(mine, administrator=False), set()),
    }
    for who, (user, expected) in sees.items():
        actor = make.actor(user)
        assert set(found(actor)) == {mails[name].id for name in expected}, who
        assert counts(actor).get("attention", 0) == len(expected), who
        for name, mail in mails.items():
            if name in expected:
                assert undelivered_mails.get(actor, mail.public_id).id == mail.id
            else:
                _finds_nothing(actor, mail.public_id)


def _finds_nothing(actor: Actor, public_id: uuid.UUID) -> None:
    for act in (
        undelivered_mails.get,
        undelivered_mails.send_again,
        undelivered_mails.mark_arrived,
        undelivered_mails.give_up,
    ):
        with pytest.raises(NotFound):
            act(actor, public_id)


@pytest.mark.rule("R70")
def test_an_unknown_mail_is_like_a_forbidden_one(commission: Actor) -> None:
    _finds_nothing(commission, uuid.uuid4())


@pytest.mark.rule("R87")
def test_no_list_and_no_page_reads_a_body(db: Any, body: Authority, commission: Actor) -> None:
    mail = mail_to(body, MailState.unsure)
    with statements(db) as heard:
        rows = [*undelivered_mails.listed(commission, Group.attention, 1).rows]
        rows.append(undelivered_mails.get(commission, mail.public_id))
    assert len(heard) == 3
    assert "recipient" in heard[1]
    assert not [statement for statement in heard if "body" in statement]
    for row in rows:
        assert not {"body", "owner"} & set(row._fields)


# --- Sent again ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R47", "R87")
def test_a_temporary_password_is_not_sent_twice_but_made_anew(
    make: Any, body: Authority, commission: Actor, time: StandingClock
) -> None:
    blocked = {"blocked_at": MOMENT, "failed_log_ins": 5}
    user = new_user(make, body, **blocked)
    make.actor(user)
    before, mail = user.password, mail_to(body, user=user)
    time.move(days=3)
    new = the(undelivered_mails.send_again(commission, mail.public_id))
    letter = secrecy.unseal(new.body or b"").text
    [password] = [word for word in letter.split() if check_password_hash(user.password or "", word)]
    assert user.password != before
    assert not check_password_hash(user.password or "", PASSWORD)
    assert (user.password_is_temporary, user.failed_log_ins, user.blocked_at) == (True, 0, None)
    assert make.sessions_of(user) == 0
    assert last_day_of(user).isoformat() == "2026-12-04"  # seven days after the 27th
    assert (new.kind, new.state, new.recipient, new.user_id) == ("M1", MailState.queued, mail.recipient, user.id)
    assert new.expires_at == user.temporary_password_expires_at
    assert new.message_id != mail.message_id
    assert "Fyrvæsenet" in letter
    assert "Forvalteren" in letter  # who tells the username
    assert user.username not in letter
    assert password not in repr([row._asdict() for row in undelivered_mails.listed(commission, Group.waiting, 1).rows])
    assert the(mail).replaced_by_id == new.id
    assert found(commission) == []
    assert found(commission, Group.given_up) == [mail.id]


@pytest.mark.rule("R47")
def test_the_last_day_is_a_setting(
    make: Any, app: Any, body: Authority, commission: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TEMPORARY_PASSWORD_DAYS_AFTER_RESET", 2)
    user = new_user(make, body)
    undelivered_mails.send_again(commission, mail_to(body, user=user).public_id)
    assert last_day_of(user).isoformat() == "2026-11-26"


@pytest.mark.rule("R73")
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"password_is_temporary": False, "temporary_password_expires_at": None}, "har selv valgt et password"),
        ({"active": False}, "ikke længere registreret med denne adresse"),
        ({"email_address": "ny@myndighed.example"}, "ikke længere registreret med denne adresse"),
    ],
)
def test_what_the_user_no_longer_needs_is_not_sent(
    db: Any, make: Any, body: Authority, commission: Actor, changed: dict[str, Any], says: str
) -> None:
    user = new_user(make, body)
    mail = mail_to(body, user=user)
    for name, value in changed.items():
        setattr(user, name, value)
    before = user.password
    with pytest.raises(Conflict, match=says):
        undelivered_mails.send_again(commission, mail.public_id)
    assert user.password == before
    assert the(mail).replaced_by_id is None
    assert logged(db) == []


def test_the_mail_of_a_user_who_is_gone_is_not_sent(body: Authority, commission: Actor, make: Any) -> None:
    mail = mail_to(body, user=new_user(make, body))
    mail.user_id = None
    with pytest.raises(Conflict):
        undelivered_mails.send_again(commission, mail.public_id)


@pytest.mark.rule("R50")
def test_nobody_resets_his_own_password(make: Any, time: StandingClock) -> None:
    nimic = make.nimic()
    user = make.user(nimic)
    actor = make.actor(user)
    user.password_is_temporary, user.temporary_password_expires_at = True, clock.now() + timedelta(days=1)
    before, mail = user.password, mail_to(nimic, user=user)
    with pytest.raises(NotAllowed):
        undelivered_mails.send_again(actor, mail.public_id)
    assert user.password == before
    colleague = new_user(make, nimic)  # whom he may help
    assert undelivered_mails.send_again(actor, mail_to(nimic, user=colleague).public_id).user_id == colleague.id


def test_a_mail_without_a_secret_is_copied_under_a_number_of_its_own(body: Authority, commission: Actor) -> None:
    mail = mail_to(body, reply_to="svar@myndighed.example", tries=4, server_answer="550 no")
    new = the(undelivered_mails.send_again(commission, mail.public_id))
    same = ("kind", "language", "authority_id", "recipient", "reply_to", "subject", "body")
    assert {name: getattr(new, name) for name in same} == {name: getattr(mail, name) for name in same}
    assert new.message_id != mail.message_id
    assert new.public_id != mail.public_id
    assert (new.state, new.tries, new.server_answer, new.holds_secret) == (MailState.queued, 0, "", False)
    assert the(mail).replaced_by_id == new.id


def test_a_second_click_sends_no_second_mail(db: Any, body: Authority, commission: Actor) -> None:
    mail = mail_to(body)
    undelivered_mails.send_again(commission, mail.public_id)
    with pytest.raises(Conflict):
        undelivered_mails.send_again(commission, mail.public_id)
    assert len(db.session.scalars(select(OutgoingMail)).all()) == 2


@pytest.mark.rule("R87")
def test_what_nobody_knew_of_is_given_up_when_it_is_sent_again(make: Any, body: Authority, commission: Actor) -> None:
    """It may still arrive; what stands in it opens nothing any more, and is not kept."""
    mail = mail_to(body, MailState.unsure, user=new_user(make, body))
    undelivered_mails.send_again(commission, mail.public_id)
    assert (the(mail).state, mail.body) == (MailState.given_up, None)


# --- Arrived, given up -----------------------------------------------------------------------------------------------


@pytest.mark.rule("R87")
@pytest.mark.parametrize("secret", [True, False])
def test_a_mail_that_has_come_is_noted_as_sent(
    make: Any, body: Authority, commission: Actor, time: StandingClock, secret: bool
) -> None:
    mail = mail_to(body, MailState.unsure, user=new_user(make, body) if secret else None)
    time.move(hours=1)
    undelivered_mails.mark_arrived(commission, mail.public_id)
    assert (the(mail).state, mail.sent_at, mail.body is None) == (MailState.sent, time(), secret)


@pytest.mark.rule("R87")
@pytest.mark.parametrize("state", [MailState.queued, MailState.unsure])
def test_giving_up_wipes_what_the_mail_opens(make: Any, body: Authority, commission: Actor, state: MailState) -> None:
    mail, plain = mail_to(body, state, user=new_user(make, body)), mail_to(body, state)
    for one in (mail, plain):
        undelivered_mails.give_up(commission, one.public_id)
    assert (the(mail).state, mail.body) == (MailState.given_up, None)
    assert (the(plain).state, plain.body) == (MailState.given_up, b"lukket")
    assert outgoing_mails.claim("w1", 10) == []


@pytest.mark.rule("R67")
def test_each_act_is_logged_by_the_number_of_the_mail_alone(
    db: Any, make: Any, body: Authority, commission: Actor
) -> None:
    user = new_user(make, body, email_address=ADDRESS)
    secret, plain = mail_to(body, user=user), mail_to(body)
    new = undelivered_mails.send_again(commission, secret.public_id)
    copy = undelivered_mails.send_again(commission, plain.public_id)
    unsure, failed = mail_to(body, MailState.unsure), mail_to(body)
    undelivered_mails.mark_arrived(commission, unsure.public_id)
    undelivered_mails.give_up(commission, failed.public_id)
    assert set(db.session.scalars(select(AuditEvent.authority_id))) == {body.id}  # in whose log they stand
    assert logged(db) == [
        ("password.reset", {}),
        ("mail.sent_again", {"mail": secret.id, "new": new.id, "kind": "M1"}),
        ("mail.sent_again", {"mail": plain.id, "new": copy.id, "kind": "M0"}),
        ("mail.marked_sent", {"mail": unsure.id, "kind": "M0"}),
        ("mail.given_up", {"mail": failed.id, "kind": "M0"}),
    ]
    reset = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).first()
    assert (reset.actor_user_id, reset.subject_id, reset.authority_id) == (commission.user_id, user.id, body.id)
    letter = secrecy.unseal(new.body or b"").text
    [password] = [word for word in letter.split() if check_password_hash(user.password or "", word)]
    everything = all_that_the_log_holds(db)
    assert "mail.sent_again" in everything
    assert user.full_name in everything  # and the search would find an address
    for secret_word in (ADDRESS, "lukket", password, user.password or "-", user.username):
        assert secret_word not in everything
