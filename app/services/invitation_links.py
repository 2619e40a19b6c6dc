"""The personal link of an invitation: made, found again, and where it leads today (R12, R13)."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select

from app import clock
from app.errors import NotFound
from app.extensions import db
from app.models import Authority, Invitation, InvitationStatus
from app.policy.calendar import day_of, end_of
from app.services import outgoing_mails
from app.services.sessions import hash_of
from app.settings import setting

BYTES = 32
FORM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
OPEN = (InvitationStatus.sent, InvitationStatus.returned)


@dataclass(frozen=True)
class Opened:
    """What a link leads to: the invitation, how it stands at this moment, and the body that invited."""

    invitation: Invitation
    status: InvitationStatus
    inviter: Authority


def give(invitation: Invitation) -> str:
    """Make a new link and give its token, which is stored nowhere but in the waiting mail. An earlier one is dead.

    It opens the form until the end of the last day, which is counted from today (R13, R74).
    """
    token, moment = secrets.token_urlsafe(BYTES), clock.now()
    if invitation.id is not None:
        outgoing_mails.wipe_link(invitation.id)
    invitation.token_hash = hash_of(token)
    invitation.sent_at = moment
    invitation.expires_at = end_of(day_of(moment) + timedelta(days=setting("INVITATION_DAYS")))
    invitation.reminded_at = None
    return token


def last_day_of(invitation: Invitation) -> date:
    """The last day on which the link opens the form."""
    return day_of(invitation.expires_at - timedelta(seconds=1))


def status_of(invitation: Invitation) -> InvitationStatus:
    """How it stands at this moment: past its last day it has expired, whether or not the daily job has said so."""
    over = invitation.status in OPEN and invitation.expires_at <= clock.now()
    return InvitationStatus.expired if over else invitation.status


def find(token: str) -> Opened:
    """Where the link leads; NotFound for one that was never sent, or that a newer one has taken the place of."""
    return _opened(token, _with(token))


def lock(token: str) -> Opened:
    """The same, the invitation held until the end of the transaction: who comes with the same link waits."""
    held = _with(token).with_for_update(of=Invitation)
    return _opened(token, held.execution_options(populate_existing=True))


def _opened(token: str, query: Select[Invitation, Authority]) -> Opened:
    row = db.session.execute(query).first()
    if row is None or not hmac.compare_digest(row[0].token_hash, hash_of(token)):
        raise NotFound
    return Opened(row[0], status_of(row[0]), row[1])


def _with(token: str) -> Select[Invitation, Authority]:
    if not FORM.fullmatch(token):
        raise NotFound
    joined = select(Invitation, Authority).join(Authority, Authority.id == Invitation.inviting_authority_id)
    return joined.where(Invitation.token_hash == hash_of(token))
