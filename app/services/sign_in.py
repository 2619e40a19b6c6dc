"""Signing in: by username only (R45), with a counter that blocks (R55) and an answer that tells nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from werkzeug.security import check_password_hash

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityStatus, ImiUser, LoggedAct
from app.policy.actor import Actor
from app.policy.passwords import GUIDE, PasswordStatus
from app.services import audit, passwords, refusals, sessions, users
from app.settings import setting


class Outcome(StrEnum):
    """What a try led to. `temporary_expired` is told only to who knew the right password."""

    signed_in = "signed_in"
    refused = "refused"
    temporary_expired = "temporary_expired"


@dataclass(frozen=True)
class Attempt:
    """The outcome, and where it succeeded the token for the person's cookie and his language."""

    outcome: Outcome
    token: str = ""
    language: str = ""


@cache
def _hash_of_nobody(method: str) -> str:
    """Compared when there is no such username, so that the answer takes as long."""
    return passwords.hashed("nobody's password" + method)


@dataclass(frozen=True)
class Compared:
    """A username and password as they were typed, and whether the one opens the other; by number, for a second look."""

    user_id: int | None
    password: str = field(repr=False)
    hash: str = field(repr=False, default="")
    is_right: bool = False


def compare(username: str, password: str) -> Compared:
    """The slow part of a try, before the transaction: on SQLite everybody who writes would wait for it.

    One hash is compared whoever is named, of as slow a kind, so that time does not tell who exists.
    """
    nobody = _hash_of_nobody(setting("PASSWORD_HASH_METHOD"))
    row = db.session.execute(_users(ImiUser.id, ImiUser.password).where(_is_named(username))).first()
    if row is None or len(password) > GUIDE.most:
        check_password_hash(nobody, password[: GUIDE.most])
        return Compared(row.id if row else None, password)
    # The hash is compared for blocked ones too, and its answer thrown away: neither time nor words tell.
    return Compared(row.id, password, row.password or "", check_password_hash(row.password or "", password))


def attempt(username: str, password: str, source: str = "unknown") -> Attempt:
    """Try to sign in, in one go; see `compare` and `decide`."""
    return decide(compare(username, password), source)


def decide(compared: Compared, source: str = "unknown") -> Attempt:
    """What comes of a try. The caller commits, whatever the outcome: a failed try counts (R55).

    Many at once are decided one after another, so that only the first five of them can open anything. `source` is the
    network address it came from: failures from one of them within a minute are one entry of the log.
    """
    user = _locked(compared.user_id)
    if user is None:
        return _refuse(None, source)
    is_right = compared.is_right and compared.hash == user.password  # it may have been changed in the meantime
    status = users.password_status(user)
    if not is_right or status is PasswordStatus.blocked:
        return _refuse(user, source)
    if user.password_is_temporary and status is PasswordStatus.expired:
        refusals.record(LoggedAct.temporary_password_expired, None, user, source=source)
        return Attempt(Outcome.temporary_expired)
    return _admit(user, compared.password)


def _is_named(username: str) -> ColumnElement[bool]:
    """In any case of letters. What no name can be, is asked for as a name that nobody has."""
    possible = len(username) <= 64 and "\x00" not in username
    return func.lower(ImiUser.username) == (username.strip().lower() if possible else "")


def _users(*columns: Any) -> Select[Any]:
    """The active users of bodies that exist."""
    return (
        select(*columns)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .where(ImiUser.active.is_(True), Authority.status.in_((AuthorityStatus.active, AuthorityStatus.deactivated)))
    )


def _locked(user_id: int | None) -> ImiUser | None:
    found = _users(ImiUser).where(ImiUser.id == (user_id or -1)).with_for_update(of=ImiUser)
    user: ImiUser | None = db.session.scalar(found.execution_options(populate_existing=True))
    return user


def _refuse(user: ImiUser | None, source: str) -> Attempt:
    """Nearly the same work for a name that exists and one that does not, so that time tells little either."""
    count_failure(user)
    refusals.record(LoggedAct.log_in_failed, None, user, source=source)
    return Attempt(Outcome.refused)


def count_failure(user: ImiUser | None) -> bool:
    """One more wrong password; the fifth in a row blocks it, and only a reset helps (R55). None: nobody's.

    Gives whether this one blocked it.
    """
    failed = user.failed_log_ins + 1 if user else 1
    values: dict[str, object] = {"failed_log_ins": failed}
    blocks = user is not None and user.blocked_at is None and failed >= setting("FAILED_LOG_INS_BEFORE_BLOCK")
    if blocks:
        values["blocked_at"] = clock.now()
        audit.record(None, LoggedAct.password_blocked, user)
    # A statement, not the ORM: signing in must not count as an edit of the person's data (R26).
    db.session.execute(
        update(ImiUser)
        .where(ImiUser.id == (user.id if user else -1))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return blocks


class Entered(StrEnum):
    """What came of entering one's password again."""

    right = "right"
    wrong = "wrong"
    blocked = "blocked"


@dataclass(frozen=True)
class Entry:
    """The outcome, and for the right password the token of the session that goes on."""

    outcome: Entered
    token: str = ""


def enter_again(actor: Actor, token: str, password: str) -> Entry:
    """Enter one's password again before an act that asks for it (R90).

    A wrong one counts as one at sign-in (R55), so the caller commits whatever the outcome. The right one goes on in a
    new session; so that who has copied the cookie before is left with an old one.
    """
    user = db.session.get(ImiUser, actor.user_id, with_for_update=True, populate_existing=True)
    if user is None or user.blocked_at is not None:
        return Entry(Entered.blocked)
    if len(password) > GUIDE.most or not check_password_hash(user.password or "", password):
        refusals.record(LoggedAct.password_entered_wrongly, actor, user, source=f"user {actor.user_id}")
        return Entry(Entered.blocked if count_failure(user) else Entered.wrong)
    db.session.execute(
        update(ImiUser)
        .where(ImiUser.id == user.id)
        .values(failed_log_ins=0)
        .execution_options(synchronize_session=False)
    )
    audit.record(actor, LoggedAct.password_entered_again, user)
    return Entry(Entered.right, sessions.renew(user, token))


def count_wrong_current(actor: Actor) -> None:
    """A wrong current password at the change page counts as one at sign-in: a stolen session must not guess it."""
    user = db.session.get(ImiUser, actor.user_id, with_for_update=True, populate_existing=True)
    count_failure(user)
    refusals.record(LoggedAct.password_change_refused, actor, user, source=f"user {actor.user_id}")


def _admit(user: ImiUser, password: str) -> Attempt:
    moment = clock.now()
    values: dict[str, object] = {"failed_log_ins": 0, "last_log_in_at": moment}
    values["first_log_in_at"] = user.first_log_in_at or moment
    if not (user.password or "").startswith(f"{setting('PASSWORD_HASH_METHOD')}$"):
        values["password"] = passwords.hashed(password)  # as it is hashed today
    db.session.execute(
        update(ImiUser).where(ImiUser.id == user.id).values(**values).execution_options(synchronize_session=False)
    )
    audit.record(None, LoggedAct.signed_in, user)
    return Attempt(Outcome.signed_in, sessions.begin(user), user.language)


def sign_out(token: str) -> None:
    """End the session on the server, if there is one, and log it (R67)."""
    if user := sessions.user_of(token):
        audit.record(None, LoggedAct.signed_out, user)
    sessions.end(token)
