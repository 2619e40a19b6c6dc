"""Usernames: drawn by the system, unique for ever, told by another channel than mail (R5, R44)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import func, select

from app.errors import Conflict, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import Authority, ImiUser, LoggedAct, RetiredUsername
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.folding import ascii_letters
from app.policy.matrix import Act
from app.services import audit, authorities
from app.settings import setting

LETTERS = 5
DIGITS = 6
TRIES = 50


def draw(first_name: str, last_name: str) -> str:
    """A username that nobody has or had: a few letters of the name and random digits."""
    letters = (ascii_letters(first_name)[:2] + ascii_letters(last_name)[:3]) or "imi"
    for _ in range(TRIES):
        candidate = letters[:LETTERS] + "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        if is_free(candidate):
            return candidate
    raise Conflict(_l("No unused username could be found for this name. Please try again."))


def is_free(username: str) -> bool:
    """Whether nobody has the username, in any case of letters, and nobody had it."""
    taken = select(ImiUser.id).where(func.lower(ImiUser.username) == username.lower())
    retired = select(RetiredUsername.username_hash).where(RetiredUsername.username_hash == hash_of(username))
    return db.session.scalar(taken) is None and db.session.scalar(retired) is None


def hash_of(username: str) -> str:
    """The keyed hash under which a username once in use is remembered."""
    key = hashlib.sha256(b"retired usernames" + setting("LOG_KEY")).digest()
    return hmac.new(key, username.lower().encode(), hashlib.sha256).hexdigest()


def reveal(actor: Actor, authority: Authority) -> ImiUser:
    """The first user of an authority with his username, for the receipt; the look is logged, the username is not.

    NotFound where the actor may not see it; Conflict once the user has logged in or it is marked as passed on (R5).
    """
    user: ImiUser | None = db.session.scalar(
        select(ImiUser)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .where(
            ImiUser.authority_id == authority.id,
            ImiUser.is_superuser,
            ImiUser.active.is_(True),
            visible(actor, Act.see_username),
        )
        .order_by(ImiUser.id)
        .limit(1)
    )
    if user is None:
        raise NotFound
    if user.first_log_in_at is not None or user.username_passed_on_at is not None:
        raise Conflict(
            _l("The username is no longer shown here, because the user has it already. If it is lost, change it.")
        )
    outside_own = authority.id != actor.authority_id and not authorities.is_of(actor, authority)
    audit.record(actor, LoggedAct.username_shown, user, authority=authority, outside_own=outside_own)
    return user
