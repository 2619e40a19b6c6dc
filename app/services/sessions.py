"""Signed-in browsers as rows: begun, read with all that rights depend on, ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Date, Row, Select, and_, bindparam, delete, or_, select, update

from app import clock
from app.extensions import db
from app.models import Authority, AuthorityStatus, Delegation, DelegationModule, ImiUser, Reach, UserSession
from app.policy.actor import Actor, DelegationInForce
from app.policy.authorities import in_force
from app.policy.invitations import awaiting_count
from app.policy.passwords import PasswordState, status_of
from app.settings import setting

TOUCH_EVERY = timedelta(minutes=1)
ON_ITS_WAY = timedelta(seconds=10)  # what a browser has sent before it got its new token arrives within this time


def begin(user: ImiUser) -> str:
    """Start a session and give its token, which is stored nowhere but in the person's cookie."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    db.session.add(
        UserSession(
            token_hash=hash_of(token),
            user_id=user.id,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + setting("PERMANENT_SESSION_LIFETIME"),
            password_entered_at=moment,
        )
    )
    db.session.flush()
    return token


def hash_of(token: str) -> str:
    """What is stored of a token: it is random enough to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_of(token: str) -> Actor | None:
    """The person behind a token, with all that his rights depend on, in one statement; None if the session is over."""
    moment = clock.now()
    idle = moment - timedelta(minutes=setting("SESSION_IDLE_MINUTES"))
    asked = {"token_hash": hash_of(token), "now": moment, "idle": idle, "today": clock.today()}
    rows = db.session.execute(_person(), asked).all()
    return _actor(rows) if rows else None


def hold_delegations_of(authority_id: int) -> None:
    """Keep what is delegated to a body from changing until the end of the transaction (R82): who revokes it waits."""
    mine = select(Delegation.id).where(Delegation.delegate_id == authority_id)
    db.session.execute(mine.with_for_update(read=True))


def touch(actor: Actor) -> None:
    """Note that the session is in use; the caller asks `is_due` first, so that it is written once a minute at most."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == actor.session_id)
        .values(last_seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def is_due(actor: Actor) -> bool:
    """Whether a minute has passed since the session was last noted to be in use."""
    return clock.now() - actor.last_seen_at >= TOUCH_EVERY


def renew(user: ImiUser, token: str) -> str:
    """Start a session in place of the token's, and give the new token (R90).

    The old one dies seconds later, not at once: a second click, or another tab of the same browser, sends it still, and
    must neither be put out nor lose the answer that brings the new one. Its password does not count as entered again.
    """
    soon = clock.now() + ON_ITS_WAY
    db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_of(token), UserSession.expires_at > soon)
        .values(expires_at=soon)
        .execution_options(synchronize_session=False)
    )
    return begin(user)


def end(token: str) -> None:
    """End one session, on the server, and what is left of the one that it took the place of (`renew`)."""
    mine = select(UserSession.user_id).where(UserSession.token_hash == hash_of(token)).scalar_subquery()
    dying = and_(UserSession.user_id == mine, UserSession.expires_at <= clock.now() + ON_ITS_WAY)
    ended = delete(UserSession).where(or_(UserSession.token_hash == hash_of(token), dying))
    db.session.execute(ended, execution_options={"synchronize_session": False})


def user_of(token: str) -> ImiUser | None:
    """Whose session it is, ended by time or not."""
    found = select(ImiUser).join(UserSession, UserSession.user_id == ImiUser.id)
    user: ImiUser | None = db.session.scalar(found.where(UserSession.token_hash == hash_of(token)))
    return user


def forget_ended() -> int:
    """Delete the sessions whose time is over; they open nothing any more. Gives their number."""
    done = db.session.execute(
        delete(UserSession).where(UserSession.expires_at <= clock.now()),
        execution_options={"synchronize_session": False},
    )
    return done.rowcount if isinstance(done, CursorResult) else 0


def end_all_of(user_id: int) -> None:
    """End every session of a user (R47)."""
    db.session.execute(delete(UserSession).where(UserSession.user_id == user_id))


@cache
def _person() -> Select[Any]:
    """Columns, not entities: nothing here may stay in the session and answer for a later read.

    Every request runs it, and to put it together takes longer than to run it: so it is put together once.
    """
    today = bindparam("today", type_=Date)
    return (
        select(
            UserSession.id.label("session_id"),
            UserSession.last_seen_at,
            UserSession.password_entered_at,
            ImiUser.id.label("user_id"),
            ImiUser.public_id.label("user_public_id"),
            ImiUser.first_name,
            ImiUser.last_name,
            ImiUser.language,
            ImiUser.is_administrator,
            ImiUser.password_is_temporary,
            ImiUser.password_set_at,
            ImiUser.temporary_password_expires_at,
            ImiUser.blocked_at,
            ImiUser.first_log_in_at,
            ImiUser.last_log_in_at,
            Authority.id.label("authority_id"),
            Authority.public_id.label("authority_public_id"),
            Authority.official_name,
            Authority.kind,
            Authority.status,
            Authority.country_code,
            Delegation.id.label("delegation_id"),
            Delegation.all_modules,
            Delegation.reach,
            DelegationModule.module_id,
            awaiting_count().label("awaiting_validation"),
        )
        .join(ImiUser, ImiUser.id == UserSession.user_id)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .outerjoin(Delegation, and_(Delegation.delegate_id == Authority.id, in_force(Delegation, today)))
        .outerjoin(DelegationModule, DelegationModule.delegation_id == Delegation.id)
        .where(
            UserSession.token_hash == bindparam("token_hash"),
            UserSession.expires_at > bindparam("now"),
            UserSession.last_seen_at > bindparam("idle"),
            ImiUser.active.is_(True),
            Authority.status.in_((AuthorityStatus.active, AuthorityStatus.deactivated)),
        )
    )


def _actor(rows: Sequence[Row[Any]]) -> Actor:
    first = rows[0]
    state = PasswordState(
        first.password_is_temporary,
        first.password_set_at,
        first.temporary_password_expires_at,
        first.blocked_at,
    )
    return Actor(
        session_id=first.session_id,
        last_seen_at=first.last_seen_at,
        user_id=first.user_id,
        user_public_id=first.user_public_id,
        full_name=f"{first.first_name} {first.last_name}",
        language=first.language,
        is_administrator=first.is_administrator,
        password_status=status_of(state, clock.now()),
        authority_id=first.authority_id,
        authority_public_id=first.authority_public_id,
        authority_name=first.official_name,
        authority_kind=first.kind,
        authority_status=first.status,
        country_code=first.country_code,
        delegations=_delegations(rows),
        is_new_here=first.first_log_in_at == first.last_log_in_at,
        password_entered_at=first.password_entered_at,
        awaiting_validation=first.awaiting_validation,
    )


def _delegations(rows: Sequence[Row[Any]]) -> tuple[DelegationInForce, ...]:
    modules: dict[int, set[int]] = {}
    facts: dict[int, tuple[bool, Reach]] = {}
    for row in rows:
        if row.delegation_id is not None:
            facts[row.delegation_id] = (row.all_modules, row.reach)
            modules.setdefault(row.delegation_id, set())
            if row.module_id is not None:
                modules[row.delegation_id].add(row.module_id)
    return tuple(
        DelegationInForce(everything, frozenset(modules[number]), reach)
        for number, (everything, reach) in sorted(facts.items())
    )
