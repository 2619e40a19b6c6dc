"""Who handles which invitations, and the registrations that come of them: the rule for one in hand, and for rows.

`tests/policy/test_invitations.py` proves on a mixed population that the two agree.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select

from app.models import Authority, AuthorityKind, AuthorityStatus, ImiUser, Invitation, InvitationStatus
from app.policy.actor import Actor
from app.policy.authorities import is_access_manager
from app.policy.folding import fold
from app.policy.matrix import INVITATIONS, INVITES, InvitationAct, Invited
from app.policy.roles import roles_of


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """The facts about an invitation on which rights depend: whose it is, and of which country."""

    inviting_authority_id: int
    country_code: str


def may_invite(actor: Actor) -> bool:
    """Whether the actor invites bodies of his own country to register themselves (R11, R7)."""
    return bool(roles_of(actor) & INVITES)


def may_handle(actor: Actor, invitation: InvitationFacts | Invitation, act: InvitationAct) -> bool:
    """Whether the act is allowed on this invitation.

    A body that has lost its delegation has no role that counts here: what it sent is the national coordinator's (R13).
    """
    cells = INVITATIONS[act]
    return any(_covers(cells[role], actor, invitation) for role in roles_of(actor) & cells.keys())


def _covers(domain: Invited, actor: Actor, invitation: InvitationFacts | Invitation) -> bool:
    if invitation.country_code != actor.country_code:
        return False
    return domain is Invited.by_country or invitation.inviting_authority_id == actor.authority_id


def visible(actor: Actor, act: InvitationAct) -> ColumnElement[bool]:
    """The rows on which the act is allowed, as a WHERE clause over `Invitation`."""
    cells = INVITATIONS[act]
    domains = {cells[role] for role in roles_of(actor) & cells.keys()}
    return or_(false(), *(_rows(domain, actor) for domain in sorted(domains)))


def _rows(domain: Invited, actor: Actor) -> ColumnElement[bool]:
    in_country = Invitation.country_code == actor.country_code
    return in_country if domain is Invited.by_country else and_(in_country, _sent_by(actor))


def _sent_by(actor: Actor) -> ColumnElement[bool]:
    return Invitation.inviting_authority_id == actor.authority_id


def awaiting_count() -> ColumnElement[int]:
    """How many registrations await each person, as a column of a query over `ImiUser` and his `Authority`.

    Read with the person, so that the number in the menu costs no statement of its own. Who has no right to validate has
    no such entry in his menu; `tests/policy/test_invitations.py` holds the number against the rows that are visible.
    """
    waits = Invitation.status == InvitationStatus.registered

    def counted(mine: ColumnElement[bool]) -> ColumnElement[int]:
        rows = select(func.count()).select_from(Invitation).where(waits, mine)
        return rows.correlate(Authority).scalar_subquery()

    # Two counts, of which one is made: joined by OR they would be read without an index.
    return case(
        (ImiUser.is_administrator.is_(False), 0),
        (Authority.kind == AuthorityKind.nimic, counted(Invitation.country_code == Authority.country_code)),
        else_=counted(Invitation.inviting_authority_id == Authority.id),
    )


def is_in_charge() -> ColumnElement[bool]:
    """The bodies that handle the invitations they sent; of others', the national coordinator does (R13)."""
    nimic = Authority.kind == AuthorityKind.nimic
    return and_(Authority.status == AuthorityStatus.active, or_(nimic, is_access_manager()))


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses reach the same person, as far as their letters tell (R17): what stands behind a plus is a
    note to oneself at most providers, and a domain can be written in two ways."""
    return _mailbox(one) == _mailbox(other)


def is_same_domain(one: str, other: str) -> bool:
    """Whether two addresses belong to one domain: to the letter, for one that looks alike is bought by others (R17)."""
    return _domain(one) == _domain(other)


def _mailbox(address: str) -> str:
    return fold(f"{address.strip().rpartition('@')[0].partition('+')[0]}@{_domain(address)}")


def _domain(address: str) -> str:
    domain = address.strip().rpartition("@")[2].lower()
    with suppress(UnicodeError):  # it is in its own letters already, or in none that a domain has
        domain = domain.encode("ascii").decode("idna")
    return domain
