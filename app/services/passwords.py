"""Passwords: temporary ones made by the system, chosen ones checked and kept (R51–R54)."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import delete, select
from werkzeug.security import check_password_hash, generate_password_hash

from app import clock
from app.errors import Conflict, InvalidInput
from app.extensions import db
from app.i18n import _l
from app.i18n.passwords import SENTENCES
from app.models import ImiUser, LoggedAct, PasswordHistory
from app.policy.actor import Actor
from app.policy.calendar import day_of, end_of
from app.policy.passwords import GUIDE, Problem, problems_of
from app.services import audit, sessions
from app.settings import setting

TEMPORARY_LENGTH = 24
# 24 of these carry 24 × log2(56) = 139 bits (R87 asks for 128); letters and digits that look alike are left out.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class WrongPassword(InvalidInput):
    """The current password was not given rightly; the door counts it once the refusal has undone the act."""


def wrong() -> WrongPassword:
    """The refusal at the field."""
    sentence = _l("This is not your current password.")
    return WrongPassword(_l("The password was not changed."), {"current_password": sentence})


@cache
def common() -> frozenset[str]:
    """The most common passwords, in small letters: the first 10,000 of R51, and as many again."""
    path = Path(__file__).parent.parent / "reference" / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").splitlines())


def hashed(password: str) -> str:
    """The hash that is stored."""
    return generate_password_hash(password, setting("PASSWORD_HASH_METHOD"))


def give_temporary(user: ImiUser, days: int) -> str:
    """Set a temporary password, good to the end of the last day, and give it back once, for the mail (R4, R54)."""
    password = _temporary()
    moment = clock.now()
    user.password = hashed(password)
    user.password_is_temporary = True
    user.password_set_at = moment
    user.temporary_password_expires_at = end_of(day_of(moment) + timedelta(days=days))
    user.failed_log_ins = 0
    user.blocked_at = None
    return password


def last_day_of(user: ImiUser) -> date:
    """The last day on which the temporary password opens the change page."""
    end = user.temporary_password_expires_at
    if end is None:
        raise ValueError("The user has no temporary password.")
    return day_of(end - timedelta(seconds=1))


def _temporary() -> str:
    """Random, and never one that the rules of a chosen password would refuse."""
    while True:
        password = "".join(secrets.choice(ALPHABET) for _ in range(TEMPORARY_LENGTH))
        if not problems_of(password, common(), ()):
            return password


def change(actor: Actor, current: str, new: str) -> None:
    """Choose a password of one's own; all other sessions of the user end.

    InvalidInput names the field: the current password is wrong, or the new one breaks a rule (R51, R52).
    """
    if not is_current(actor, current):
        raise wrong()
    choose(actor, new)


def choose(actor: Actor, new: str) -> None:
    """Choose a password, for who has just given the current one (`is_current`); else as `change`."""
    user = db.session.get_one(ImiUser, actor.user_id)
    _refuse_unfit(user, actor, new)
    _choose(user, new)
    audit.record(actor, LoggedAct.password_changed, user)
    sessions.end_all_of(user.id)


def is_current(actor: Actor, password: str) -> bool:
    """Whether it is the actor's password. His row is held, so that who counts a wrong one counts before the next is
    compared; Conflict where no password opens the change."""
    user = db.session.get(ImiUser, actor.user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise Conflict(_l("Your account no longer exists. Please contact your administrator."))
    if user.blocked_at is not None:
        raise Conflict(_l("Your password is blocked. Ask an administrator to reset it."))
    if user.password_is_temporary and (user.temporary_password_expires_at or clock.now()) <= clock.now():
        raise Conflict(_l("Your temporary password is no longer valid. Ask an administrator to reset it."))
    return len(password) <= GUIDE.most and check_password_hash(user.password or "", password)


def _refuse_unfit(user: ImiUser, actor: Actor, new: str) -> None:
    context = (
        user.first_name,
        user.last_name,
        user.full_name,
        user.username,
        actor.authority_name,
        setting("INSTALLATION_NAME"),
        "IMI",
    )
    problems = problems_of(new, common(), context)
    if Problem.too_long not in problems and _was_used(user, new):
        problems.append(Problem.used_before)
    if problems:
        raise InvalidInput(
            _l("The password was not changed."), {"new_password": [SENTENCES[problem] for problem in problems]}
        )


def _was_used(user: ImiUser, new: str) -> bool:
    """One of the last five chosen, or the one in force, temporary or not (R52)."""
    last = (
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.user_id == user.id)
        .order_by(PasswordHistory.chosen_at.desc(), PasswordHistory.id.desc())
        .limit(GUIDE.remembered)
    )
    hashes = [*db.session.scalars(last), user.password or ""]
    return any(check_password_hash(stored, new) for stored in hashes if stored)


def _choose(user: ImiUser, new: str) -> None:
    moment = clock.now()
    user.password = hashed(new)
    user.password_is_temporary = False
    user.password_set_at = moment
    user.temporary_password_expires_at = None
    user.failed_log_ins = 0
    db.session.add(PasswordHistory(user_id=user.id, password_hash=user.password, chosen_at=moment))
    _forget_old(user)


def _forget_old(user: ImiUser) -> None:
    db.session.flush()
    kept = (
        select(PasswordHistory.id)
        .where(PasswordHistory.user_id == user.id)
        .order_by(PasswordHistory.chosen_at.desc(), PasswordHistory.id.desc())
        .limit(GUIDE.remembered)
    )
    ids = list(db.session.scalars(kept))
    db.session.execute(
        delete(PasswordHistory).where(PasswordHistory.user_id == user.id, PasswordHistory.id.not_in(ids))
    )
