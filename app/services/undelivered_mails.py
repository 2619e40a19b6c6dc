"""Mails in the hands of people: what waits, what went wrong, and what can be done about it. No body is ever shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from app.extensions import db
from app.i18n import _l
from app.mail.kinds import KINDS
from app.models import AccessManagerLink, Authority, ImiUser, Invitation, LoggedAct, OutgoingMail
from app.models.outgoing_mail import MailState
from app.policy.actor import Actor
from app.policy.authorities import visible
from app.policy.invitations import visible as invited_visible
from app.policy.matrix import Act, InvitationAct
from app.services import audit, invitations, outgoing_mails, passwords, sessions
from app.settings import setting

PAGE_SIZE = 25
_WAITING = (MailState.queued, MailState.claimed, MailState.sending)
OF_TASKS = ("M6", "M17-waiting")
LATE_AFTER = timedelta(minutes=10)


class Group(StrEnum):
    """How mails are listed: those that want a person, those on their way, those that arrived, those that never will."""

    attention = "attention"
    waiting = "waiting"
    sent = "sent"
    given_up = "given_up"


class MailAct(StrEnum):
    """What a person can do about a mail."""

    send_again = "send_again"
    arrived = "arrived"
    give_up = "give_up"


# What can be done in which state. A mail that another has taken the place of is done with.
ACTS: Mapping[MailState, tuple[MailAct, ...]] = {
    MailState.queued: (MailAct.give_up,),
    MailState.failed: (MailAct.send_again, MailAct.give_up),
    MailState.unsure: (MailAct.arrived, MailAct.send_again, MailAct.give_up),
    MailState.given_up: (MailAct.send_again,),
}


@dataclass(frozen=True)
class Listed:
    """A page of mails, which page it is of how many, and how many mails there are in each group."""

    rows: Sequence[Row[Any]]
    counts: Mapping[Group, int]
    page: int
    pages: int


def acts_on(mail: Row[Any] | OutgoingMail) -> tuple[MailAct, ...]:
    """What can be done about the mail as it stands."""
    return () if mail.replaced_by_id is not None else ACTS.get(mail.state, ())


def is_late(mail: Row[Any] | OutgoingMail) -> bool:
    """Whether the mail still waits to be sent, and has for too long."""
    return mail.state is MailState.queued and mail.created_at < clock.now() - LATE_AFTER


def _scope(actor: Actor) -> list[ColumnElement[bool]]:
    """Mails of authorities in reach; those about an invitation for who handles it alone, as its pages (R13, R70)."""
    handled = select(Invitation.id).where(invited_visible(actor, InvitationAct.handle_invitation))
    of_handled = or_(OutgoingMail.invitation_id.is_(None), OutgoingMail.invitation_id.in_(handled))
    # What these tell of who has registered itself stands in their subjects.
    told = or_(OutgoingMail.kind.not_in(OF_TASKS), Authority.country_code == (actor.country_code or ""))
    return [visible(actor, Act.see_undelivered_mail), of_handled, told]


def _group() -> ColumnElement[str]:
    state, replaced = OutgoingMail.state, OutgoingMail.replaced_by_id.is_not(None)
    late = and_(state == MailState.queued, OutgoingMail.created_at < clock.now() - LATE_AFTER)
    return case(
        (state == MailState.sent, Group.sent.value),
        (replaced, Group.given_up.value),
        (state == MailState.given_up, Group.given_up.value),
        (late, Group.attention.value),
        (state.in_(_WAITING), Group.waiting.value),
        else_=Group.attention.value,
    )


def listed(actor: Actor, group: Group, page: int) -> Listed:
    """The mails of a group within the actor's scope, the newest first; past the last page is the last."""
    scope = _scope(actor)
    counts = _counts(scope)
    pages = max(1, -(-counts[group] // PAGE_SIZE))
    page = min(max(1, page), pages)
    here = _columns().where(*scope, _group() == group.value).order_by(OutgoingMail.id.desc())
    rows = db.session.execute(here.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Listed(rows, counts, page, pages)


def _counts(scope: Sequence[ColumnElement[bool]]) -> dict[Group, int]:
    # Grouped outside: to PostgreSQL the same CASE with parameters of its own is another expression.
    joined = select(_group().label("name")).join(Authority, Authority.id == OutgoingMail.authority_id)
    names = joined.where(*scope).subquery()
    found = db.session.execute(select(names.c.name, func.count()).group_by(names.c.name))
    return dict.fromkeys(Group, 0) | {Group(name): number for name, number in found}


def _columns() -> Select[Any]:
    """All but the body, with the authority it belongs to."""
    shown = [column for column in OutgoingMail.__table__.columns if column.name not in ("body", "owner")]
    return select(*shown, Authority.official_name, Authority.public_id.label("authority_public_id")).join(
        Authority, Authority.id == OutgoingMail.authority_id
    )


def get(actor: Actor, public_id: uuid.UUID) -> Row[Any]:
    """One mail for its page, with its user and the mail that took its place; NotFound out of scope."""
    scope = [OutgoingMail.public_id == public_id, *_scope(actor)]
    row = db.session.execute(_with_user_and_new_mail().where(*scope)).first()
    if row is None:
        raise NotFound
    return row


def _with_user_and_new_mail() -> Select[Any]:
    new = aliased(OutgoingMail)
    name = ImiUser.first_name + " " + ImiUser.last_name
    more = (name.label("user_name"), ImiUser.phone.label("user_phone"), new.public_id.label("replaced_by_public_id"))
    joined = _columns().add_columns(*more).outerjoin(ImiUser, ImiUser.id == OutgoingMail.user_id)
    return joined.outerjoin(new, new.id == OutgoingMail.replaced_by_id)


def to_give_up(actor: Actor, public_id: uuid.UUID) -> Row[Any]:
    """The mail for the page that asks whether to give it up; NotFound, and Conflict, as `give_up` raises them."""
    mail = get(actor, public_id)
    _must_fit(mail, MailAct.give_up)
    return mail


def _must_fit(mail: Row[Any] | OutgoingMail, act: MailAct) -> None:
    if act not in acts_on(mail):
        raise Conflict(_l("The mail has moved on in the meantime. Look at it again before you do anything about it."))


def attention_count(actor: Actor) -> int:
    """How many mails within the actor's scope need attention, for the start page: one statement."""
    return _counts(_scope(actor))[Group.attention]


def send_again(actor: Actor, public_id: uuid.UUID) -> OutgoingMail:
    """Send a mail that failed, was given up, or of which nobody knows; a new one takes its place.

    A temporary password is not sent twice: its user gets a new one, as at a reset (R47, R87). Nor is a link. Conflict
    where the mail or the user has moved on; NotAllowed for one's own password (R50).
    """
    mail = _locked(actor, public_id, MailAct.send_again)
    new = _with_new_secret(actor, mail) if KINDS[mail.kind].holds_secret else outgoing_mails.copy(mail)
    mail.replaced_by_id = new.id
    if mail.state is MailState.unsure:
        _end(mail, MailState.given_up)
    audit.record(
        actor, LoggedAct.mail_sent_again, _authority_of(mail), data={"mail": mail.id, "new": new.id, "kind": mail.kind}
    )
    return new


def mark_arrived(actor: Actor, public_id: uuid.UUID) -> None:
    """The recipient says that the mail of which nobody knew has come."""
    mail = _locked(actor, public_id, MailAct.arrived)
    mail.sent_at = clock.now()
    _end(mail, MailState.sent)
    audit.record(actor, LoggedAct.mail_marked_sent, _authority_of(mail), data={"mail": mail.id, "kind": mail.kind})


def give_up(actor: Actor, public_id: uuid.UUID) -> None:
    """Send it no more, and wipe what it opens (R87)."""
    mail = _locked(actor, public_id, MailAct.give_up)
    _end(mail, MailState.given_up)
    audit.record(actor, LoggedAct.mail_given_up, _authority_of(mail), data={"mail": mail.id, "kind": mail.kind})


def _end(mail: OutgoingMail, state: MailState) -> None:
    """It is over, and what it opens is wiped (R87)."""
    mail.state = state
    if mail.holds_secret:
        mail.body = None


def _authority_of(mail: OutgoingMail) -> Authority | None:
    """In whose log the act stands."""
    return db.session.get(Authority, mail.authority_id) if mail.authority_id else None


def _locked(actor: Actor, public_id: uuid.UUID, act: MailAct) -> OutgoingMail:
    """The mail, held until the end of the transaction; Conflict where the act no longer fits it."""
    found = (
        select(OutgoingMail)
        .join(Authority, Authority.id == OutgoingMail.authority_id)
        .where(OutgoingMail.public_id == public_id, *_scope(actor))
        .with_for_update(of=OutgoingMail)
        .execution_options(populate_existing=True)
    )
    mail: OutgoingMail | None = db.session.scalar(found)
    if mail is None:
        raise NotFound
    _must_fit(mail, act)
    return mail


def _with_new_secret(actor: Actor, mail: OutgoingMail) -> OutgoingMail:
    """What opens something is made anew: a link where the mail carried one, else a password (R87)."""
    if mail.invitation_id is not None:
        return invitations.resend_undelivered(actor, mail.invitation_id)
    return _new_password(actor, mail)


def _new_password(actor: Actor, mail: OutgoingMail) -> OutgoingMail:
    user = db.session.get(ImiUser, mail.user_id, with_for_update=True, populate_existing=True) if mail.user_id else None
    if user is None or not user.active or user.email_address != mail.recipient:
        raise Conflict(_l("The user is no longer registered with this address, so nothing is sent to it."))
    if user.id == actor.user_id:
        raise NotAllowed(_l("You cannot reset your own password. Ask another administrator."))
    if not user.password_is_temporary:
        raise Conflict(_l("The user has chosen a password in the meantime, so this mail is no longer needed."))
    password = passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS_AFTER_RESET"))
    sessions.end_all_of(user.id)
    audit.record(actor, LoggedAct.password_reset, user, authority=db.session.get_one(Authority, user.authority_id))
    names = _authority_and_manager(user.authority_id)
    return outgoing_mails.order_temporary_password(user, *names, password)


def _authority_and_manager(authority_id: int) -> tuple[str, str]:
    """The names that stand in the mail: the user's authority, and who tells the username."""
    manager = aliased(Authority)
    row = db.session.execute(
        select(Authority.official_name, manager.official_name)
        .outerjoin(AccessManagerLink, AccessManagerLink.authority_id == Authority.id)
        .outerjoin(manager, manager.id == AccessManagerLink.manager_id)
        .where(Authority.id == authority_id)
        .order_by(AccessManagerLink.since)
        .limit(1)
    ).one()
    return row[0], row[1] or setting("INSTALLATION_NAME")
