"""What awaits validation: listed, read, and what of it a validator must look at twice (§2.2, R16, R17)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.errors import NotFound
from app.extensions import db
from app.models import Authority, AuthorityStatus, ImiUser, Invitation, Registrant
from app.policy.actor import Actor
from app.policy.authorities import visible as authorities_visible
from app.policy.invitations import is_same_address, is_same_domain, visible
from app.policy.matrix import Act, InvitationAct
from app.services import invitation_mails, registrants
from app.services.registration_details import RegistrationDetails

PAGE_SIZE = 25


@dataclass(frozen=True)
class Task:
    """A registration that awaits validation, with the invitation it came from and who is to be its first user."""

    authority: Authority
    registrant: Registrant
    invitation: Invitation

    @property
    def details(self) -> RegistrationDetails:
        """What it holds, as the form to correct it takes it."""
        return registrants.details_of(self.authority, self.registrant)


@dataclass(frozen=True)
class Decided:
    """What became of a registration, and by whom, as far as he is still here."""

    invitation: Invitation
    authority: Authority
    by: str


@dataclass(frozen=True)
class Waiting:
    """A page of tasks, which page it is of how many, and how many tasks there are."""

    tasks: Sequence[Task]
    count: int
    page: int
    pages: int


def waiting(actor: Actor, page: int = 1) -> Waiting:
    """What awaits the actor's validation, the oldest first (R16); past the last page is the last."""
    count = waiting_count(actor)
    pages = max(1, -(-count // PAGE_SIZE))
    page = min(max(1, page), pages)
    found = _tasks(actor).order_by(Registrant.submitted_at, Authority.id)
    rows = db.session.execute(found.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Waiting([Task(*row) for row in rows], count, page, pages)


def waiting_count(actor: Actor) -> int:
    """How many those are."""
    return db.session.scalar(select(func.count()).select_from(_tasks(actor).subquery())) or 0


def decided(actor: Actor, public_id: uuid.UUID) -> Decided:
    """What became of a registration that the actor could have decided on; NotFound where it never was his (R70)."""
    found = select(Invitation, Authority, ImiUser).join(Authority, Authority.id == Invitation.authority_id)
    found = found.outerjoin(ImiUser, ImiUser.id == Invitation.closed_by_user_id)
    mine = visible(actor, InvitationAct.validate_registration)
    row = db.session.execute(found.where(Authority.public_id == public_id, mine)).first()
    if row is None:
        raise NotFound
    return Decided(row[0], row[1], row[2].full_name if row[2] else "")


def _tasks(actor: Actor, *more: ColumnElement[bool]) -> Select[Authority, Registrant, Invitation]:
    return (
        select(Authority, Registrant, Invitation)
        .join(Registrant, Registrant.authority_id == Authority.id)
        .join(Invitation, Invitation.authority_id == Authority.id)
        .where(
            Authority.status == AuthorityStatus.awaiting_validation,
            visible(actor, InvitationAct.validate_registration),
            *more,
        )
    )


def get(actor: Actor, public_id: uuid.UUID) -> Task:
    """One of them, by the authority's public number; NotFound where there is none for the actor (R70)."""
    row = db.session.execute(_tasks(actor, Authority.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return Task(*row)


def inviter_of(task: Task) -> str:
    """The name of the body that invited."""
    return db.session.get_one(Authority, task.invitation.inviting_authority_id).official_name


def manager_to_be(actor: Actor, task: Task) -> Authority:
    """Who becomes access manager if the actor validates: the body that invited, while it is in charge; else the
    national coordinator, who validates in its place (R13)."""
    keeper = invitation_mails.keeper_of(task.invitation)
    if keeper.id == task.invitation.inviting_authority_id:
        return keeper
    return db.session.get_one(Authority, actor.authority_id)


def beside(actor: Actor, public_ids: Sequence[uuid.UUID]) -> Sequence[Authority]:
    """Likely duplicates with all that is compared, in their order; none that the actor may not read (R70)."""
    if not public_ids:
        return []
    wanted = Authority.public_id.in_(public_ids)
    with_all = (joinedload(Authority.country), selectinload(Authority.texts), selectinload(Authority.classification))
    found = db.session.scalars(
        select(Authority).where(wanted, authorities_visible(actor, Act.read_tabs)).options(*with_all)
    )
    return sorted(found, key=lambda each: public_ids.index(each.public_id))


def mail_domain_differs(task: Task) -> bool:
    """Whether the first user's mail goes elsewhere than the invitation went: then a call comes first (R17)."""
    return not is_same_domain(task.registrant.email_address, task.invitation.recipient_email)


def is_own(actor: Actor, task: Task) -> bool:
    """Whether it is a registration of the actor's own: its first user's or its invitation's address is his (R17)."""
    mine = db.session.get_one(ImiUser, actor.user_id).email_address
    return any(is_same_address(mine, each) for each in (task.registrant.email_address, task.invitation.recipient_email))
