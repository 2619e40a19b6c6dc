"""Noting what a signed-in person was refused: after his act's transaction is rolled back, in one of its own (R67)."""

from __future__ import annotations

import re
import uuid

from flask import request
from flask_login import current_user

from app.models import LoggedAct
from app.policy.actor import Actor
from app.services import refusals
from app.transaction import transaction

CODE = re.compile(r"[A-Z0-9-]{1,20}")
SECRET = frozenset({"token"})  # what opens something stands in no log (R87)


def note_refusal() -> None:
    """Log that this request asked for something its person has no right to, by its route and what it named.

    An unknown thing and a forbidden one are noted alike: to tell them apart would take another look, and time tells.
    Nothing of nobody's is noted: who is not signed in is led to sign in.
    """
    if current_user.is_anonymous or request.url_rule is None:
        return
    actor: Actor = current_user._get_current_object()
    named = {name: str(value) for name, value in (request.view_args or {}).items() if _may_be_told(name, value)}
    data = {"route": request.url_rule.rule, "method": request.method}
    with transaction():
        refusals.record(
            LoggedAct.right_refused, actor, source=f"user {actor.user_id}", data=data, first={"named": named}
        )


def _may_be_told(name: str, value: object) -> bool:
    """Numbers and codes; not what anybody may have typed into an address, for the log is for ever."""
    return name not in SECRET and (isinstance(value, uuid.UUID) or CODE.fullmatch(str(value)) is not None)


def note_limit(limit: str, source: str) -> None:
    """Log that a limit was reached: by whom, if somebody is signed in; an address stands nowhere (R85)."""
    actor: Actor | None = None if current_user.is_anonymous else current_user._get_current_object()
    with transaction():
        refusals.record(LoggedAct.limit_reached, actor, source=source, data={"limit": limit})
