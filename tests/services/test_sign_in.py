"""Signing in: by username, with a counter that blocks, and an answer that tells nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text
from werkzeug.security import generate_password_hash

from app import clock
from app.extensions import db as _db
from app.models import AuditEvent, AuditRepeat, AuthorityStatus, ImiUser, UserSession
from app.policy.passwords import PasswordStatus
from app.services import passwords, sessions, sign_in
from app.services.sign_in import Attempt, Entered, Entry, Outcome
from app.transaction import transaction
from tests.make import PASSWORD, Maker

WRONG = "Forkert-Kodeord-7"
REFUSED = Attempt(Outcome.refused)


def acts(db: Any) -> list[str]:
    return list(db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


def times(db: Any) -> list[int]:
    """How often each refusal was repeated, in the order of their first time."""
    return list(db.session.scalars(select(AuditRepeat.times).order_by(AuditRepeat.event_id)))


def fail(user: ImiUser, times: int) -> None:
    for _ in range(times):
        assert sign_in.attempt(user.username, WRONG) == REFUSED


def is_blocked(db: Any, user: ImiUser) -> bool:
    return db.session.scalar(select(ImiUser.blocked_at).where(ImiUser.id == user.id)) is not None


def failed(db: Any, user: ImiUser) -> int:
    number: int = db.session.scalar(select(ImiUser.failed_log_ins).where(ImiUser.id == user.id))
    return number


def test_the_right_password_opens_a_session_in_the_language_of_the_person(make: Any) -> None:
    user = make.user(make.authority(), language="en")
    attempt = sign_in.attempt(user.username, PASSWORD)
    assert (attempt.outcome, attempt.language) == (Outcome.signed_in, "en")
    actor = sessions.actor_of(attempt.token)
    assert actor is not None
    assert actor.user_id == user.id


@pytest.mark.rule("R45")
@pytest.mark.parametrize("typed", [str.upper, str.title, "  {} ".format])
def test_a_username_is_taken_in_any_case_and_with_spaces_around_it(make: Any, typed: Any) -> None:
    user = make.user(make.authority())
    assert sign_in.attempt(typed(user.username), PASSWORD).outcome is Outcome.signed_in


@pytest.mark.rule("R45")
def test_an_e_mail_address_is_never_taken_for_a_username(db: Any, make: Any) -> None:
    """Neither the real one nor the one that stands where FAB would look for it, and it counts for nobody."""
    user = make.user(make.authority())
    for address in (user.email_address, user.email_address.upper(), user.email, str(user.public_id), str(user.id)):
        for _ in range(5):
            assert sign_in.attempt(address, PASSWORD) == REFUSED
    assert (failed(db, user), is_blocked(db, user)) == (0, False)
    assert db.session.scalars(select(AuditEvent.subject_id)).all() == [None]
    assert times(db) == [25]


@pytest.mark.rule("R55")
def test_the_fifth_failure_in_a_row_blocks(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    fail(user, 4)
    assert not is_blocked(db, user)
    fail(user, 1)
    assert is_blocked(db, user)
    assert sign_in.attempt(user.username, PASSWORD) == REFUSED
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


@pytest.mark.rule("R55")
def test_failures_count_in_a_row_only(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    for _ in range(3):
        fail(user, 4)
        assert sign_in.attempt(user.username, PASSWORD).outcome is Outcome.signed_in
        assert failed(db, user) == 0
    assert not is_blocked(db, user)


@pytest.mark.rule("R55")
def test_a_day_between_failures_makes_no_new_row(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make.user(make.authority())
    moment = datetime(2026, 7, 1, 10, tzinfo=UTC)
    for number in range(5):
        monkeypatch.setattr(clock, "now", lambda number=number: moment + timedelta(days=number))
        fail(user, 1)
    assert is_blocked(db, user)


@pytest.mark.rule("R55")
def test_failures_block_the_one_who_was_named_only(db: Any, make: Any) -> None:
    body = make.authority()
    user, colleague = make.user(body), make.user(body)
    fail(user, 5)
    assert (failed(db, colleague), is_blocked(db, colleague)) == (0, False)
    assert sign_in.attempt(colleague.username, PASSWORD).outcome is Outcome.signed_in


@pytest.mark.rule("R55")
def test_the_number_of_failures_that_blocks_is_a_setting(app: Flask, db: Any, make: Any) -> None:
    user = make.user(make.authority())
    usual = app.config["FAILED_LOG_INS_BEFORE_BLOCK"]
    assert usual == 5
    app.config["FAILED_LOG_INS_BEFORE_BLOCK"] = 2
    try:
        fail(user, 2)
    finally:
        app.config["FAILED_LOG_INS_BEFORE_BLOCK"] = usual
    assert is_blocked(db, user)


@pytest.mark.rule("R55")
def test_tries_after_the_block_neither_move_nor_repeat_it(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make.user(make.authority())
    fail(user, 5)
    blocked_at = db.session.scalar(select(ImiUser.blocked_at).where(ImiUser.id == user.id))
    monkeypatch.setattr(clock, "now", lambda: blocked_at + timedelta(days=1))
    fail(user, 7)
    assert db.session.scalar(select(ImiUser.blocked_at).where(ImiUser.id == user.id)) == blocked_at
    assert acts(db).count("password.blocked") == 1


@pytest.mark.rule("R55")
def test_no_try_is_lost_when_many_come_at_once(real_app: Flask) -> None:
    """Eight wrong tries at one moment count eight, and block once."""
    with real_app.app_context(), transaction():
        user = Maker().user(Maker().authority())
        username, number = user.username, user.id
    gate = threading.Barrier(8)

    def attempt(_: int) -> Attempt:
        with real_app.app_context():
            gate.wait(timeout=20)
            with transaction():
                return sign_in.attempt(username, WRONG)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(8))) == [REFUSED] * 8
    with real_app.app_context(), transaction():
        row = _db.session.get_one(ImiUser, number)
        assert (row.failed_log_ins, row.blocked_at is not None) == (8, True)
        assert (acts(_db).count("log_in.failed"), acts(_db).count("password.blocked")) == (1, 1)
        assert times(_db) == [8]


@pytest.mark.rule("R55")
@pytest.mark.rule("R90")
def test_no_more_than_five_passwords_are_tried_again_when_many_come_at_once(real_app: Flask) -> None:
    """Check and count stand under one lock: the sixth finds the password blocked, and the right one does too."""
    with real_app.app_context(), transaction():
        actor = Maker().actor(Maker().user(Maker().authority()))
    gate = threading.Barrier(8)

    def enter(_: int) -> Entered:
        with real_app.app_context():
            gate.wait(timeout=20)
            with transaction():
                return sign_in.enter_again(actor, "", WRONG).outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(enter, range(8)))
    assert outcomes == [Entered.blocked] * 4 + [Entered.wrong] * 4
    with real_app.app_context(), transaction():
        assert _db.session.get_one(ImiUser, actor.user_id).failed_log_ins == 5
        assert (acts(_db).count("password.entered_wrongly"), times(_db)) == (1, [5])
        assert sign_in.enter_again(actor, "", PASSWORD) == Entry(Entered.blocked)


@pytest.mark.rule("R55")
def test_the_answer_is_the_same_whether_a_username_exists_or_not(db: Any, make: Any) -> None:
    wrong, blocked, removed, unborn = (
        make.user(make.authority()),
        make.user(make.authority(), blocked_at=clock.now()),
        make.user(make.authority()),
        make.user(make.authority(status=AuthorityStatus.awaiting_validation)),
    )
    removed.active = False
    db.session.flush()
    tries = [
        (wrong.username, WRONG),
        (blocked.username, PASSWORD),
        (blocked.username, WRONG),
        (removed.username, PASSWORD),
        (unborn.username, PASSWORD),
        ("findesikke12", PASSWORD),
        ("", ""),
        ("x" * 100_000, PASSWORD),
        ("kim\x00", PASSWORD),
        (wrong.username, "x" * 100_000),
        (wrong.username, ""),
        ("%", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ]
    assert [sign_in.attempt(*one) for one in tries] == [REFUSED] * len(tries)


@pytest.mark.rule("R55")
@pytest.mark.parametrize("who", ["wrong", "blocked", "unknown", "wrong and far too long", "unknown and far too long"])
def test_one_hash_is_compared_whoever_is_named(make: Any, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """The slow part of an answer, and so its time, is the same."""
    compared: list[str] = []
    monkeypatch.setattr(sign_in, "check_password_hash", lambda h, p: compared.append(h) or False)
    user = make.user(make.authority(), blocked_at=clock.now() if who == "blocked" else None)
    sign_in.attempt("findesikke12", WRONG)  # the hash of nobody is made once
    compared.clear()
    username = "findesikke12" if who.startswith("unknown") else user.username
    sign_in.attempt(username, WRONG * (1000 if who.endswith("long") else 1))
    assert len(compared) == 1
    assert compared[0].split("$")[0] == user.password.split("$")[0]  # as slow a kind of hash


@pytest.mark.rule("R55")
def test_too_long_a_password_counts_as_a_failure(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    assert sign_in.attempt(user.username, "x" * 129) == REFUSED
    assert failed(db, user) == 1


@pytest.mark.rule("R54")
def test_a_temporary_password_that_is_over_opens_nothing_and_says_so_to_who_knew_it(
    db: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime(2026, 7, 15, 22, tzinfo=UTC)
    user = make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=until)
    monkeypatch.setattr(clock, "now", lambda: until - timedelta(seconds=1))
    assert sign_in.attempt(user.username, PASSWORD).outcome is Outcome.signed_in
    monkeypatch.setattr(clock, "now", lambda: until)
    db.session.execute(delete(UserSession))
    assert sign_in.attempt(user.username, PASSWORD) == Attempt(Outcome.temporary_expired)
    assert sign_in.attempt(user.username, WRONG) == REFUSED
    assert make.sessions_of(user) == 0
    assert acts(db)[-2:] == ["log_in.temporary_password_expired", "log_in.failed"]


@pytest.mark.rule("R54")
def test_a_blocked_temporary_password_that_is_over_tells_nothing(make: Any) -> None:
    user = make.user(
        make.authority(), password_is_temporary=True, temporary_password_expires_at=None, blocked_at=clock.now()
    )
    assert sign_in.attempt(user.username, PASSWORD) == REFUSED


@pytest.mark.rule("R53")
def test_an_expired_password_opens_a_session_that_can_only_change_it(make: Any) -> None:
    user = make.user(make.nimic(), password_set_at=clock.now() - timedelta(days=200))
    actor = sessions.actor_of(sign_in.attempt(user.username, PASSWORD).token)
    assert actor is not None
    assert actor.password_status is PasswordStatus.expired


@pytest.mark.rule("R59")
def test_users_of_a_deactivated_authority_sign_in(make: Any) -> None:
    user = make.user(make.authority(status=AuthorityStatus.deactivated))
    assert sign_in.attempt(user.username, PASSWORD).outcome is Outcome.signed_in


@pytest.mark.rule("R67")
def test_log_ins_are_logged_with_who_it_was(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    sign_in.attempt(user.username, WRONG)
    sign_in.attempt(user.username, PASSWORD)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.act for event in events] == ["log_in.failed", "log_in.succeeded"]
    for event in events:
        assert (event.subject_kind, event.subject_id, event.authority_id) == ("ab_user", user.id, user.authority_id)


@pytest.mark.rule("R67")
def test_the_log_has_the_moment_of_the_clock(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 7, 15, 10, 30, tzinfo=UTC)
    user = make.user(make.authority(), last_log_in_at=None)
    monkeypatch.setattr(clock, "now", lambda: moment)
    sign_in.attempt(user.username, PASSWORD)
    assert db.session.scalars(select(AuditEvent.at)).all() == [moment]
    assert db.session.scalar(select(ImiUser.last_log_in_at).where(ImiUser.id == user.id)) == moment


@pytest.mark.rule("R55")
def test_what_was_typed_at_a_failed_log_in_is_written_down_nowhere(
    db: Any, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """People type their password where the name belongs. A name that exists is logged as the user's number."""
    caplog.set_level("DEBUG")
    user = make.user(make.authority())
    for name in ("Mit-Kodeord-1", user.username, user.username.upper()):
        sign_in.attempt(name, "Mit-Kodeord-2")
    assert acts(db) == ["log_in.failed"] * 2  # a name that nobody has is noted as nobody's, in the same time
    assert db.session.scalars(select(AuditEvent.subject_id).order_by(AuditEvent.id)).all() == [None, user.id]
    assert times(db) == [1, 2]
    rows = [db.session.execute(text(f"SELECT * FROM {table}")).all() for table in ("audit_event", "audit_person")]  # noqa: S608
    everything = repr(rows) + caplog.text
    for typed in ("Mit-Kodeord-1", "Mit-Kodeord-2", user.username, user.username.upper()):
        assert typed not in everything
    assert "Kim Larsen" in everything  # the search finds what is there


@pytest.mark.rule("R26")
def test_signing_in_is_no_edit_of_the_person(db: Any, make: Any) -> None:
    """Somebody who has the user's data open to edit is not told that they were changed."""
    user = make.user(make.authority(), first_log_in_at=None)
    version = user.version
    fail(user, 2)
    sign_in.attempt(user.username, PASSWORD)
    assert db.session.scalar(select(ImiUser.version).where(ImiUser.id == user.id)) == version


@pytest.mark.rule("R56")
def test_the_first_log_in_is_remembered_as_the_first(db: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make.user(make.authority(), first_log_in_at=None)
    moments = [datetime(2026, 7, day, 10, tzinfo=UTC) for day in (1, 2)]
    sign_in.attempt(user.username, WRONG)
    assert db.session.scalar(select(ImiUser.first_log_in_at).where(ImiUser.id == user.id)) is None
    for moment in moments:
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        sign_in.attempt(user.username, PASSWORD)
    row = db.session.execute(select(ImiUser.first_log_in_at, ImiUser.last_log_in_at).where(ImiUser.id == user.id))
    assert tuple(row.one()) == tuple(moments)


def test_signing_out_ends_that_session_only(make: Any) -> None:
    user = make.user(make.authority())
    one, other = (sign_in.attempt(user.username, PASSWORD).token for _ in range(2))
    sign_in.sign_out(one)
    assert sessions.actor_of(one) is None
    assert sessions.actor_of(other)


@pytest.mark.rule("R55")
def test_many_right_and_wrong_ones_compared_at_once_are_decided_one_after_another(db: Any, make: Any) -> None:
    """Who tries a hundred at once has compared them all; the right one opens nothing once five have failed."""
    user = make.user(make.authority())
    wrong, right = sign_in.compare(user.username, WRONG), sign_in.compare(user.username, PASSWORD)
    assert [sign_in.decide(wrong) for _ in range(5)] == [REFUSED] * 5
    assert sign_in.decide(right) == REFUSED


@pytest.mark.rule("R47")
def test_a_password_that_was_changed_since_it_was_compared_opens_nothing(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    compared = sign_in.compare(user.username, PASSWORD)
    user.password = passwords.hashed("Et-Nyt-Kodeord-8")
    db.session.flush()
    assert sign_in.decide(compared) == REFUSED


def test_an_old_hash_is_made_anew_at_signing_in(db: Any, make: Any) -> None:
    """A hash of another kind takes another time, and time tells."""
    user = make.user(make.authority(), password=generate_password_hash(PASSWORD, "pbkdf2:sha256:2"))
    set_at, version = user.password_set_at, user.version
    assert sign_in.attempt(user.username, PASSWORD).outcome is Outcome.signed_in
    db.session.expire_all()
    assert user.password.startswith("pbkdf2:sha256:1$")
    assert (user.password_set_at, user.version) == (set_at, version)
    assert sign_in.attempt(user.username, PASSWORD).outcome is Outcome.signed_in
