"""The person of this request: as read at its beginning, and read again inside the transaction of an act (R82)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import session
from flask_login import current_user

from app.errors import NotAllowed
from app.i18n import _l
from app.policy.actor import Actor
from app.services import sessions
from app.transaction import transaction

TOKEN = "_user_id"  # noqa: S105 (where Flask-Login looks for what it gives to the user loader)


def reader() -> Actor:
    """The actor, for a page that changes nothing. The gate has let him in, so there is one."""
    actor: Actor = current_user._get_current_object()
    return actor


@contextmanager
def acting() -> Iterator[Actor]:
    """One transaction with the actor as he is now: what was taken from him since the page opened no longer counts."""
    with transaction():
        sessions.hold_delegations_of(reader().authority_id)
        actor = sessions.actor_of(str(session.get(TOKEN, "")))
        if actor is None:
            raise NotAllowed(_l("Your session has ended. Sign in again, and repeat what you did."))
        yield actor
