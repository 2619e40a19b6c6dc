"""Passwords: the state one is in at a moment, and what a chosen one must be like."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from app.policy.passwords import (
    GUIDE,
    PasswordState,
    PasswordStatus,
    Problem,
    problems_of,
    status_of,
    was_entered_lately,
)

MOMENT = datetime(2026, 3, 15, 12, tzinfo=UTC)
COMMON = frozenset({"sommer2026", "æblegrød1"})
CONTEXT = ("Anne-Marie", "Friis Sørensen", "anfri123456", "Styrelsen for Patientsikkerhed", "Adgangsforvaltning i IMI")


def state(
    set_at: datetime | None = MOMENT,
    *,
    temporary: bool = False,
    until: datetime | None = None,
    blocked: datetime | None = None,
) -> PasswordState:
    return PasswordState(temporary, set_at, until, blocked)


@pytest.mark.rule("R90")
@pytest.mark.parametrize(
    ("minutes", "lately"), [(0, True), (9.99, True), (10, False), (600, False), (None, False), (-1, False)]
)
def test_a_password_entered_lately_is_not_asked_for_again(minutes: float | None, lately: bool) -> None:
    """Who comes by a door without passwords never entered one."""
    entered_at = None if minutes is None else MOMENT - timedelta(minutes=minutes)
    assert was_entered_lately(entered_at, MOMENT, timedelta(minutes=10)) is lately


@pytest.mark.rule("R56")
@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (state(), PasswordStatus.valid),
        (state(temporary=True, until=MOMENT + timedelta(seconds=1)), PasswordStatus.temporary),
        (state(temporary=True, until=MOMENT), PasswordStatus.expired),
        (state(temporary=True, until=MOMENT - timedelta(days=1)), PasswordStatus.expired),
        (state(temporary=True), PasswordStatus.expired),  # a temporary one without an end is none
        (state(None), PasswordStatus.expired),  # so is one of which nobody knows when it was chosen
        (state(blocked=MOMENT), PasswordStatus.blocked),
        (state(blocked=MOMENT - timedelta(days=900)), PasswordStatus.blocked),  # only a reset helps
        (state(temporary=True, until=MOMENT, blocked=MOMENT), PasswordStatus.blocked),
        (state(MOMENT - timedelta(days=900), blocked=MOMENT), PasswordStatus.blocked),
    ],
)
def test_the_state_of_a_password(stored: PasswordState, expected: PasswordStatus) -> None:
    assert status_of(stored, MOMENT) is expected


@pytest.mark.rule("R53")
@pytest.mark.rule("R74")
@pytest.mark.parametrize(
    ("chosen", "last_moment"),
    [
        # The last day counts, to its end in Copenhagen: an hour before midnight in UTC in winter, two in summer.
        (datetime(2026, 3, 15, 12, tzinfo=UTC), datetime(2026, 9, 15, 21, 59, 59, tzinfo=UTC)),
        (datetime(2026, 6, 15, 12, tzinfo=UTC), datetime(2026, 12, 15, 22, 59, 59, tzinfo=UTC)),
        # 31 August and six months: the last of February.
        (datetime(2026, 8, 31, 12, tzinfo=UTC), datetime(2027, 2, 28, 22, 59, 59, tzinfo=UTC)),
        (datetime(2027, 8, 31, 12, tzinfo=UTC), datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC)),
        # Chosen after midnight in Copenhagen, before it in UTC: the day is Copenhagen's.
        (datetime(2026, 7, 14, 22, 30, tzinfo=UTC), datetime(2027, 1, 15, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_chosen_password_is_valid_for_six_months_the_last_day_included(
    chosen: datetime, last_moment: datetime
) -> None:
    assert status_of(state(chosen), last_moment) is PasswordStatus.valid
    assert status_of(state(chosen), last_moment + timedelta(seconds=1)) is PasswordStatus.expired


@pytest.mark.rule("R57")
def test_a_policy_without_months_never_lets_a_password_expire() -> None:
    forever = dataclasses.replace(GUIDE, months=None)
    assert status_of(state(MOMENT - timedelta(days=4000)), MOMENT, forever) is PasswordStatus.valid


@pytest.mark.rule("R51")
@pytest.mark.parametrize(
    ("password", "problems"),
    [
        ("Abcdef12", []),  # eight are enough
        ("Abcdef1", ["too_short"]),
        ("A1" + "b" * 126, []),  # 128 are not too many
        ("A1" + "b" * 127, ["too_long"]),
        ("abcdefg1", ["no_upper"]),
        ("ABCDEFG1", ["no_lower"]),
        ("Abcdefgh", ["no_digit"]),
        ("", ["too_short", "no_upper", "no_lower", "no_digit"]),
        ("        ", ["no_upper", "no_lower", "no_digit"]),
        # Any character is allowed, and letters are letters of any script.
        (" Abcd 12 ", []),
        ("ØÆåß1234", []),
        ("Ωμέγα123", []),
        ("Abc\t\x00\u200b\U0001f511 1", []),
        ("Abcdef²½", ["no_digit"]),  # these are no digits
        ("Abcdef٣٤", []),  # these are
        # The most common ones, however their letters are written.
        ("Sommer2026", ["common"]),
        ("SOMMER2026", ["no_lower", "common"]),
        ("Æblegrød1", ["common"]),
        ("Sommer20261", []),
    ],
)
def test_what_is_wrong_with_a_chosen_password_is_said_all_at_once(password: str, problems: list[str]) -> None:
    assert problems_of(password, COMMON, CONTEXT) == [Problem(name) for name in problems]


@pytest.mark.rule("R51")
@pytest.mark.parametrize(
    "password",
    [
        "AnneMarie1",
        "anne-MARIE-2026",
        "Marie1234",  # a word of a name
        "Sørensen1!",
        "FriisSørensen7",
        "Anfri123456",  # the username
        "Patientsikkerhed1",
        "StyrelsenForPatientsikkerhed2026",
        "Adgangsforvaltning-1",
        "1234-Imi-5678",
        "\uff29\uff2d\uff49-1234",  # in full-width letters
    ],
)
def test_words_of_the_context_are_refused_with_digits_and_signs_around_them(password: str) -> None:
    assert Problem.context in problems_of(password, COMMON, CONTEXT)


@pytest.mark.rule("R51")
@pytest.mark.parametrize("password", ["Sørensens1", "Mariehøne1", "Imidlertid1", "12345678", "Fyrtårn-17"])
def test_what_only_resembles_a_word_of_the_context_is_allowed(password: str) -> None:
    assert Problem.context not in problems_of(password, COMMON, (*CONTEXT, "", "123"))
