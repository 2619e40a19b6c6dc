"""Choosing a password, and the temporary ones that the system makes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.security import check_password_hash, generate_password_hash

from app import clock
from app.errors import Conflict, InvalidInput
from app.i18n.passwords import SENTENCES
from app.models import AuditEvent, AuditPerson, ImiUser, PasswordHistory
from app.policy.passwords import GUIDE, Problem, problems_of
from app.services import passwords, sessions, sign_in
from app.services.sign_in import Outcome
from app.transaction import transaction
from config import FIXED
from tests.make import PASSWORD, Maker

NEW = "Skovens-dybe-ro-3"


def refusals(make: Any, user: ImiUser, new: str, current: str = PASSWORD) -> dict[str, Any]:
    """What is said at the fields when the user tries; nothing, if the password is changed."""
    try:
        passwords.change(make.actor(user), current, new)
    except InvalidInput as refusal:
        return refusal.fields
    return {}


def problems(make: Any, user: ImiUser, new: str, current: str = PASSWORD) -> set[str]:
    said = refusals(make, user, new, current).get("new_password", [])
    return {name for name, sentence in SENTENCES.items() if sentence in said}


def opens(user: ImiUser, password: str) -> bool:
    return sign_in.attempt(user.username, password).outcome is Outcome.signed_in


@pytest.mark.rule("R51")
def test_a_chosen_password_opens_and_the_one_before_does_not(make: Any) -> None:
    user = make.user(make.authority())
    assert refusals(make, user, NEW) == {}
    assert opens(user, NEW)
    assert not opens(user, PASSWORD)


@pytest.mark.rule("R51")
@pytest.mark.rule("R73")
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("Skovh1", {"too_short"}),
        ("A1" + "b" * 127, {"too_long"}),
        ("skov-og-hav-12", {"no_upper"}),
        ("SKOV-OG-HAV-12", {"no_lower"}),
        ("Skov-og-hav", {"no_digit"}),
        ("", {"too_short", "no_upper", "no_lower", "no_digit"}),
        ("Password1", {"common"}),
        ("PassWord1", {"common"}),
        ("Larsen-2026", {"context"}),
        ("KimLarsen1", {"context"}),
        ("Søfartsstyrelsen1", {"context"}),
        ("Adgangsforvaltning2", {"context"}),
        ("Xylobo123456", {"context"}),  # the username
    ],
)
def test_a_password_against_the_rules_is_refused_with_a_sentence_for_each(
    make: Any, new: str, expected: set[str]
) -> None:
    user = make.user(make.authority("Søfartsstyrelsen"), username="xylobo123456")
    assert problems(make, user, new) == expected
    assert opens(user, PASSWORD)


@pytest.mark.rule("R51")
def test_the_most_common_passwords_are_known_ten_thousand_of_them() -> None:
    known = passwords.common()
    assert len(known) >= 10_000
    assert {"123456", "password", "qwerty"} <= known
    assert known == {word.lower() for word in known}  # compared in small letters


@pytest.mark.rule("R51")
@pytest.mark.parametrize(
    ("chosen", "otherwise"),
    [
        ("  Skov og hav 12  ", "Skov og hav 12"),
        ("\tSkovhav12\n", "Skovhav12"),
        ("Skovhav12æøå", "Skovhav12aeoeaa"),
        ("Caf\u00e9-Noir-12", "Cafe\u0301-Noir-12"),  # the same on screen, composed otherwise
        ("Ｓkovhav12xx", "Skovhav12xx"),  # a full-width letter
        ("Skovhav12\x00xx", "Skovhav12"),
        ("Skov\U0001f511hav-12", "Skovhav-12"),
        ("S1" + "k" * 126, "S1" + "k" * 125),  # to the last of 128: nothing is cut off
    ],
)
def test_a_password_is_kept_exactly_as_typed(make: Any, chosen: str, otherwise: str) -> None:
    user = make.user(make.authority())
    assert refusals(make, user, chosen) == {}
    assert not opens(user, otherwise)
    assert opens(user, chosen)
    assert "current_password" in refusals(make, user, NEW, current=otherwise)
    assert refusals(make, user, NEW, current=chosen) == {}


@pytest.mark.rule("R52")
@pytest.mark.parametrize("wrong", ["", "Forkert-Kodeord-7", PASSWORD.lower(), PASSWORD + " ", "x" * 100_000, NEW])
def test_changing_asks_for_the_current_password(make: Any, wrong: str) -> None:
    user = make.user(make.authority())
    assert set(refusals(make, user, NEW, current=wrong)) == {"current_password"}
    assert opens(user, PASSWORD)


@pytest.mark.rule("R52")
def test_none_of_the_last_five_can_be_chosen_and_the_sixth_can(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make.user(make.authority())
    chosen = [f"Skovens-ro-{number}" for number in range(6)]
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # all in one moment: the order is that of choosing
    current = PASSWORD
    for new in chosen:
        assert refusals(make, user, new, current) == {}
        current = new
    for used in chosen[1:]:
        assert problems(make, user, used, current) == {"used_before"}
    assert problems(make, user, chosen[0], current) == set()


@pytest.mark.rule("R52")
def test_of_older_passwords_nothing_is_kept(db: Any, make: Any) -> None:
    body = make.authority()
    user, colleague = make.user(body), make.user(body)
    for who in (user, colleague):
        current = PASSWORD
        for number in range(7):
            assert refusals(make, who, f"Skovens-ro-{number}", current) == {}
            current = f"Skovens-ro-{number}"
    for who in (user, colleague):
        kept = db.session.scalars(
            select(PasswordHistory.password_hash).where(PasswordHistory.user_id == who.id).order_by(PasswordHistory.id)
        ).all()
        assert [check_password_hash(h, f"Skovens-ro-{n}") for n, h in enumerate(kept, 2)] == [True] * 5


@pytest.mark.rule("R52")
@pytest.mark.rule("R54")
def test_the_temporary_password_cannot_be_chosen(make: Any) -> None:
    user = make.user(make.authority())
    temporary = passwords.give_temporary(user, 14)
    assert problems(make, user, temporary, temporary) == {"used_before"}
    assert problems(make, user, NEW, temporary) == set()
    assert not user.password_is_temporary
    assert user.temporary_password_expires_at is None


@pytest.mark.rule("R52")
def test_a_reset_does_not_forget_the_last_five(make: Any) -> None:
    user = make.user(make.authority())
    assert refusals(make, user, NEW) == {}
    temporary = passwords.give_temporary(user, 7)
    assert problems(make, user, NEW, temporary) == {"used_before"}


@pytest.mark.rule("R52")
def test_the_password_in_force_counts_where_no_history_knows_it(make: Any) -> None:
    assert problems(make, make.user(make.authority()), PASSWORD) == {"used_before"}


@pytest.mark.rule("R51")
def test_what_is_too_long_is_compared_with_nothing(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password of a megabyte must not cost five slow hashes."""
    compared: list[int] = []
    real = check_password_hash
    monkeypatch.setattr(passwords, "check_password_hash", lambda h, p: compared.append(len(p)) or real(h, p))
    user = make.user(make.authority())
    assert problems(make, user, "Aa1" * 100_000) == {"too_long"}
    assert set(refusals(make, user, NEW, current="Aa1" * 100_000)) == {"current_password"}
    assert max(compared) <= GUIDE.most


@pytest.mark.rule("R53")
def test_a_new_password_is_valid_from_today_and_expired_after_six_months(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = [datetime(2026, 8, 31, 10, tzinfo=UTC)]
    monkeypatch.setattr(clock, "now", lambda: day[0])
    user = make.user(make.authority(), password_set_at=day[0] - timedelta(days=400))
    assert make.actor(user).password_status == "expired"
    assert refusals(make, user, NEW) == {}
    day[0] = datetime(2027, 2, 28, 22, 59, tzinfo=UTC)
    assert make.actor(user).password_status == "valid"
    day[0] = datetime(2027, 2, 28, 23, 0, tzinfo=UTC)
    assert make.actor(user).password_status == "expired"


@pytest.mark.rule("R47")
def test_every_session_ends_when_the_password_changes(make: Any) -> None:
    """The page gives the person a new one; who else was signed in as he is out."""
    body = make.authority()
    user, colleague = make.user(body), make.user(body)
    tokens, others = [sessions.begin(user) for _ in range(2)], sessions.begin(colleague)
    passwords.change(sessions.actor_of(tokens[0]), PASSWORD, NEW)
    assert [sessions.actor_of(token) for token in tokens] == [None, None]
    assert sessions.actor_of(others)


@pytest.mark.rule("R55")
def test_only_a_reset_unblocks(make: Any) -> None:
    user = make.user(make.authority(), blocked_at=clock.now(), failed_log_ins=5)
    with pytest.raises(Conflict):  # nor a session that was open when it was blocked
        passwords.change(make.actor(user), PASSWORD, NEW)
    assert not opens(user, PASSWORD)
    temporary = passwords.give_temporary(user, 7)
    assert (user.blocked_at, user.failed_log_ins) == (None, 0)
    assert opens(user, temporary)


@pytest.mark.rule("R67")
def test_a_change_is_logged_and_no_password_with_it(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    assert refusals(make, user, "kort") != {}
    assert db.session.scalars(select(AuditEvent.act)).all() == []
    assert refusals(make, user, NEW) == {}
    [event] = db.session.scalars(select(AuditEvent)).all()
    assert (event.act, event.actor_user_id, event.subject_kind, event.subject_id) == (
        "password.changed", user.id, "ab_user", user.id,
    )  # fmt: skip
    everything = repr(db.session.execute(text("SELECT * FROM audit_event")).all())
    everything += repr(db.session.execute(text("SELECT * FROM audit_person")).all())
    for secret in (NEW, PASSWORD, user.username, user.password):
        assert secret not in everything
    assert db.session.scalars(select(AuditPerson.value)).all() == ["Kim Larsen"] * 2


@pytest.mark.rule("R49")
def test_who_no_longer_exists_chooses_nothing(db: Any, make: Any) -> None:
    user = make.user(make.authority())
    actor = make.actor(user)
    db.session.execute(text("DELETE FROM user_session"))
    db.session.delete(user)
    db.session.flush()
    with pytest.raises(Conflict):
        passwords.change(actor, PASSWORD, NEW)


@pytest.mark.rule("R54")
@pytest.mark.rule("R87")
def test_a_temporary_password_is_long_random_and_without_look_alikes(make: Any) -> None:
    user = make.user(make.authority())
    made = {passwords.give_temporary(user, 14) for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert len(password) >= 24
        assert not set(password) & set("l1IO0o")
        assert problems_of(password, passwords.common(), ()) == list[Problem]()
    assert len(set(passwords.ALPHABET)) == len(passwords.ALPHABET) >= 41  # 24 of 41 are 128 bits


@pytest.mark.rule("R54")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("now", "days", "last_day", "end"),
    [
        (datetime(2026, 7, 1, 10, tzinfo=UTC), 14, date(2026, 7, 15), datetime(2026, 7, 15, 22, tzinfo=UTC)),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), 7, date(2026, 7, 9), datetime(2026, 7, 9, 22, tzinfo=UTC)),
        # Over the end of summer time, and from a day that has 25 hours.
        (datetime(2026, 10, 20, 10, tzinfo=UTC), 7, date(2026, 10, 27), datetime(2026, 10, 27, 23, tzinfo=UTC)),
        (datetime(2026, 10, 11, 10, tzinfo=UTC), 14, date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_a_temporary_password_is_good_to_the_end_of_its_last_day(
    make: Any, monkeypatch: pytest.MonkeyPatch, now: datetime, days: int, last_day: date, end: datetime
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    user = make.user(make.authority())
    passwords.give_temporary(user, days)
    assert user.temporary_password_expires_at == end
    assert passwords.last_day_of(user) == last_day


def test_who_has_no_temporary_password_has_no_last_day_of_it(make: Any) -> None:
    with pytest.raises(ValueError, match="no temporary password"):
        passwords.last_day_of(make.user(make.authority()))


@pytest.mark.rule("R54")
def test_a_temporary_password_that_ran_out_chooses_no_other(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even in a session that was open when it did: only a reset helps."""
    user = make.user(make.authority())
    temporary = passwords.give_temporary(user, 14)
    actor = make.actor(user)
    later = clock.now() + timedelta(days=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Conflict):
        passwords.change(actor, temporary, NEW)
    assert check_password_hash(user.password or "", temporary)


@pytest.mark.rule("R55")
def test_a_wrong_current_password_counts_as_one_at_sign_in(make: Any) -> None:
    """A stolen session must not guess the password at the change page."""
    user = make.user(make.authority())
    for _ in range(5):
        sign_in.count_wrong_current(make.actor(user))
    assert not opens(user, PASSWORD)


@pytest.mark.rule("R51")
def test_far_too_long_a_password_is_told_at_once(make: Any) -> None:
    """To compare two hundred thousand marks would take the square of their number."""
    user = make.user(make.authority())
    started = time.perf_counter()
    assert problems(make, user, "A1b" + "\u0301\u0316" * 100_000) == {"too_long"}
    assert time.perf_counter() - started < 1


def test_hashes_are_as_slow_as_is_advised_today_and_older_ones_still_open(
    make: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """scrypt with N=2^15, r=8, p=3; each hash says how it was made."""
    older = make.user(make.authority(), password=generate_password_hash(PASSWORD, "scrypt"))
    monkeypatch.setitem(app.config, "PASSWORD_HASH_METHOD", FIXED["PASSWORD_HASH_METHOD"])
    newer = make.user(make.authority(), password=passwords.hashed(PASSWORD))
    assert older.password.startswith("scrypt:32768:8:1$")
    assert newer.password.startswith("scrypt:32768:8:3$")
    for user in (older, newer):
        assert opens(user, PASSWORD)
        assert not opens(user, NEW)


@pytest.mark.rule("R55")
def test_no_more_than_five_current_passwords_are_tried_when_many_come_at_once(real_app: Flask) -> None:
    """The try and its count stand under one lock: the sixth finds the password blocked, and the right one does too."""
    with real_app.app_context(), transaction():
        actor = Maker().actor(Maker().user(Maker().authority()))
    gate, compared = threading.Barrier(12), []

    def enter(_: int) -> None:
        with real_app.app_context():
            gate.wait(timeout=20)
            with suppress(Conflict), transaction():
                compared.append(passwords.is_current(actor, "Forkert-Kodeord-7"))
                sign_in.count_wrong_current(actor)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(enter, range(12)))
    assert compared == [False] * 5
    with real_app.app_context(), transaction(), pytest.raises(Conflict):
        passwords.is_current(actor, PASSWORD)
