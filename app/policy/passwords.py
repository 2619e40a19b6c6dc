"""Passwords: what state one is in, and what a chosen one must be like (R51–R57)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.policy.calendar import add_months, day_of, end_of, last_day_before


class PasswordStatus(StrEnum):
    """What administrators see of a password (R56)."""

    temporary = "temporary"
    valid = "valid"
    blocked = "blocked"
    expired = "expired"


class Problem(StrEnum):
    """Why a chosen password is refused; the sentences stand in `app.i18n.passwords`."""

    too_short = "too_short"
    too_long = "too_long"
    no_upper = "no_upper"
    no_lower = "no_lower"
    no_digit = "no_digit"
    common = "common"
    context = "context"
    used_before = "used_before"


@dataclass(frozen=True)
class PasswordPolicy:
    """A named set of rules; the guide's own is the default, others can be chosen beside it (R57)."""

    name: str
    least: int
    most: int
    upper: bool
    lower: bool
    digit: bool
    remembered: int
    months: int | None


GUIDE = PasswordPolicy("guide", least=8, most=128, upper=True, lower=True, digit=True, remembered=5, months=6)


@dataclass(frozen=True)
class PasswordState:
    """The stored facts from which the status is computed."""

    is_temporary: bool
    set_at: datetime | None
    temporary_expires_at: datetime | None
    blocked_at: datetime | None


def status_of(state: PasswordState, now: datetime, policy: PasswordPolicy = GUIDE) -> PasswordStatus:
    """Temporary, valid, blocked or expired at this moment; computed, so that no job has to have run."""
    if state.blocked_at is not None:
        return PasswordStatus.blocked
    if state.is_temporary:
        over = state.temporary_expires_at is None or state.temporary_expires_at <= now
        return PasswordStatus.expired if over else PasswordStatus.temporary
    return PasswordStatus.expired if _is_old(state.set_at, now, policy) else PasswordStatus.valid


def _is_old(set_at: datetime | None, now: datetime, policy: PasswordPolicy) -> bool:
    if policy.months is None:
        return False
    return set_at is None or day_of(now) > add_months(day_of(set_at), policy.months)


def oldest_in_force(now: datetime, policy: PasswordPolicy = GUIDE) -> datetime | None:
    """The moment from which on a chosen password must have been set to count today; None where none gets too old."""
    if policy.months is None:
        return None
    return end_of(last_day_before(day_of(now) - timedelta(days=1), policy.months))


def was_entered_lately(entered_at: datetime | None, now: datetime, within: timedelta) -> bool:
    """Whether the password was given so lately that it is not asked for again (R90); not, if the clock went back."""
    return entered_at is not None and timedelta() <= now - entered_at < within


def problems_of(
    password: str, common: frozenset[str], context: Iterable[str], policy: PasswordPolicy = GUIDE
) -> list[Problem]:
    """What is wrong with a chosen password, all at once; nothing, if it will do (R51)."""
    if len(password) > policy.most:  # no more is asked of it: to compare it would take long
        return [Problem.too_long]
    checks = {
        Problem.too_short: len(password) < policy.least,
        Problem.no_upper: policy.upper and not any(c.isupper() for c in password),
        Problem.no_lower: policy.lower and not any(c.islower() for c in password),
        Problem.no_digit: policy.digit and not any(c.isdecimal() for c in password),
        Problem.common: password.lower() in common,
        Problem.context: _is_context(password, context),
    }
    return [problem for problem, applies in checks.items() if applies]


def _is_context(password: str, context: Iterable[str]) -> bool:
    """A name of the person, the body or the installation, or a word of one, with at most digits and signs around it."""
    core = _letters(password)
    return bool(core) and core in {_letters(part) for name in context for part in (name, *_words(name))}


def _words(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text).split()


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalpha())
