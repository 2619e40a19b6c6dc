"""What must never be so of authorities, access managers, delegations and invitations (R75)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from app.clock import today
from app.i18n import _l
from app.models import (
    AccessManagerLink,
    Authority,
    AuthorityClassification,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    DelegationModule,
    ImiUser,
    Invitation,
    InvitationStatus,
    ListScope,
    MailState,
    OutgoingMail,
    Registrant,
    RegistrationRoute,
    RemovalRecord,
)
from app.policy.authorities import REGISTERED
from app.policy.calendar import add_months, day_of
from app.policy.folding import fold
from app.policy.likeness import match_keys
from app.services.invariant import Offender, in_batches, never, never_in_python, offending

MONTHS_TO_REMOVAL = 6
# In which states a body can be while the invitation that led to it is in one; while it is sent, there is none yet.
STATES: dict[InvitationStatus, tuple[AuthorityStatus, ...]] = {
    InvitationStatus.sent: (),
    InvitationStatus.expired: (AuthorityStatus.lapsed,),
    InvitationStatus.cancelled: (AuthorityStatus.lapsed,),
    InvitationStatus.registered: (AuthorityStatus.awaiting_validation,),
    InvitationStatus.returned: (AuthorityStatus.returned,),
    InvitationStatus.validated: REGISTERED,
    InvitationStatus.rejected: (AuthorityStatus.rejected,),
}
_registered = Authority.status.in_(REGISTERED)
_manager = aliased(Authority)


def _authorities() -> Select[Any]:
    return offending(Authority.id, Authority.id)


def _links() -> Select[Any]:
    """Authorities with their access managers, joined."""
    joined = _authorities().join(AccessManagerLink, AccessManagerLink.authority_id == Authority.id)
    return joined.join(_manager, _manager.id == AccessManagerLink.manager_id)


def _live() -> Select[Any]:
    """Delegations that count today or will, with their delegates."""
    to_come = or_(Delegation.valid_until.is_(None), Delegation.valid_until >= today())
    joined = offending(Delegation.id, Delegation.delegate_id).join(Authority, Authority.id == Delegation.delegate_id)
    return joined.where(Delegation.revoked_at.is_(None), to_come)


@never("R27", "authority", _l("An authority has no access manager."))
def authority_without_access_manager() -> Select[Any]:
    managed = exists().where(AccessManagerLink.authority_id == Authority.id)
    return _authorities().where(_registered, Authority.kind != AuthorityKind.commission, ~managed)


@never("R27", "authority", _l("An authority has an access manager that it cannot have: another country's, or a draft."))
def access_manager_of_the_wrong_kind() -> Select[Any]:
    """The Commission has none, a national coordinator has the Commission, others have registered ones of their own."""
    right = or_(
        and_(Authority.kind == AuthorityKind.nimic, _manager.kind == AuthorityKind.commission),
        and_(
            Authority.kind == AuthorityKind.authority,
            _manager.country_code == Authority.country_code,
            _manager.status.in_(REGISTERED),
        ),
    )
    return _links().where(not_(func.coalesce(right, False)))


@never("R48", "authority", _l("An authority has no administrator who could sign in."))
def authority_without_administrator() -> Select[Any]:
    mine = exists().where(
        ImiUser.authority_id == Authority.id, ImiUser.is_administrator.is_(True), ImiUser.active.is_(True)
    )
    return _authorities().where(_registered, ~mine)


@never("R64", "authority", _l("An authority is registered in a country that has no national coordinator."))
def country_without_nimic() -> Select[Any]:
    nimic = aliased(Authority)
    there = exists().where(nimic.kind == AuthorityKind.nimic, nimic.country_code == Authority.country_code)
    return _authorities().where(_registered, Authority.kind == AuthorityKind.authority, ~there)


@never("R7", "authority", _l("An authority was registered by a body of another country."))
def registered_from_another_country() -> Select[Any]:
    """By the Commission is right: it registers the national coordinators, who may become ordinary ones later (R64)."""
    registrar = aliased(Authority)
    joined = _authorities().join(registrar, registrar.id == Authority.registered_by_authority_id)
    return joined.where(registrar.country_code != Authority.country_code)


@never("R2", "authority", _l("A registered authority has no informal title."))
def authority_without_title() -> Select[Any]:
    titled = exists().where(AuthorityText.authority_id == Authority.id, AuthorityText.title != "")
    return _authorities().where(_registered, ~titled)


@never("R2", "authority", _l("An authority is described by an entry of a list that is not a general one."))
def authority_with_entry_of_a_module() -> Select[Any]:
    joined = _authorities().join(AuthorityClassification, AuthorityClassification.authority_id == Authority.id)
    return (
        joined.join(ClassificationEntry, ClassificationEntry.id == AuthorityClassification.entry_id)
        .join(ClassificationList, ClassificationList.id == ClassificationEntry.list_id)
        .where(ClassificationList.scope != ListScope.general)
    )


@never("R18", "authority", _l("An invited authority counts as registered without validation, or the other way round."))
def validation_that_does_not_fit() -> Select[Any]:
    validated, invited = Authority.validated_at.is_not(None), Authority.route == RegistrationRoute.invited
    return _authorities().where(or_(and_(invited, _registered, ~validated), and_(~_registered, validated)))


@never("R18", "authority", _l("An authority that nobody invited is in a state that only invited ones have."))
def direct_registration_in_a_state_of_invited_ones() -> Select[Any]:
    possible = Authority.status.in_((AuthorityStatus.draft, *REGISTERED))
    return _authorities().where(Authority.route == RegistrationRoute.direct, ~possible)


@never("R11", "authority", _l("An authority registers itself without an invitation."))
def self_registration_without_invitation() -> Select[Any]:
    """Not asked of registered ones: the invitation goes with the body that sent it (R62)."""
    asked = exists().where(Invitation.authority_id == Authority.id)
    return _authorities().where(Authority.route == RegistrationRoute.invited, ~_registered, ~asked)


@never("R13", "invitation", _l("An invitation and the authority that it led to are in states that do not go together."))
def invitation_that_does_not_fit_its_authority() -> Select[Any]:
    together = or_(*(and_(Invitation.status == one, Authority.status.in_(states)) for one, states in STATES.items()))
    fits = and_(Authority.route == RegistrationRoute.invited, together)
    return _invitations().where(~fits)


@never("R13", "invitation", _l("An invitation led to an authority of another country."))
def invitation_of_another_country() -> Select[Any]:
    return _invitations().where(Authority.country_code.is_distinct_from(Invitation.country_code))


@never("R13", "invitation", _l("An invitation was sent by a body of another country."))
def invitation_from_another_country() -> Select[Any]:
    """The Commission, which is of none, invites everywhere."""
    joined = offending(Invitation.id, Invitation.inviting_authority_id)
    return joined.join(Authority, Authority.id == Invitation.inviting_authority_id).where(
        Authority.country_code != Invitation.country_code
    )


@never("R13", "invitation", _l("An invitation was cancelled, but not when."))
def cancelled_at_no_time() -> Select[Any]:
    cancelled = Invitation.status == InvitationStatus.cancelled
    return offending(Invitation.id, Invitation.inviting_authority_id).where(cancelled, Invitation.closed_at.is_(None))


@never("R18", "authority", _l("A registration lacks its first user to be, or has one after validation."))
def registrant_that_does_not_fit() -> Select[Any]:
    invited = Authority.route == RegistrationRoute.invited
    waits = Authority.status.in_((AuthorityStatus.awaiting_validation, AuthorityStatus.returned))
    known = exists().where(Registrant.authority_id == Authority.id)
    return _authorities().where(or_(and_(invited, waits, ~known), and_(_registered, known)))


@never("R19", "authority", _l("A registration was rejected or has lapsed, and no day is set on which it is deleted."))
def came_to_nothing_and_stays() -> Select[Any]:
    ended = Authority.status.in_((AuthorityStatus.rejected, AuthorityStatus.lapsed))
    return _authorities().where(ended, Authority.purge_on.is_(None))


@never("R87", "outgoing_mail", _l("A mail still holds the link of an invitation that it opens no more."))
def link_left_in_a_mail() -> Select[Any]:
    """A mail that is being sent in this moment may: the link died after it was handed over."""
    joined = offending(OutgoingMail.id, OutgoingMail.authority_id).join(
        Invitation, Invitation.id == OutgoingMail.invitation_id
    )
    is_open = Invitation.status.in_((InvitationStatus.sent, InvitationStatus.returned))
    held = and_(OutgoingMail.holds_secret.is_(True), OutgoingMail.body.is_not(None))
    return joined.where(held, ~is_open, OutgoingMail.state != MailState.sending)


def _invitations() -> Select[Any]:
    return offending(Invitation.id, Invitation.authority_id).join(Authority, Authority.id == Invitation.authority_id)


@never(
    "R30", "delegation", _l("A delegation is in force for a body that is deactivated, or not an ordinary authority.")
)
def delegation_to_a_body_that_cannot_have_it() -> Select[Any]:
    return _live().where(
        or_(Authority.status != AuthorityStatus.active, Authority.kind != AuthorityKind.authority),
    )


@never("R30", "delegation", _l("A delegation covers no module, or both all modules and some."))
def delegation_of_unclear_modules() -> Select[Any]:
    listed: ColumnElement[bool] = exists().where(DelegationModule.delegation_id == Delegation.id)
    everything = Delegation.all_modules.is_(True)
    return _live().where(or_(and_(everything, listed), and_(~everything, ~listed)))


@never("R62", "authority", _l("An authority is noted as removed for good, and is still there."))
def removed_and_still_there() -> Select[Any]:
    return _authorities().join(RemovalRecord, RemovalRecord.public_id == Authority.public_id)


@never_in_python("R60", "authority", _l("The removal of an authority is not due six months after its deactivation."))
def removal_on_the_wrong_day() -> Iterator[Offender]:
    """In Python: calendar months and the days of Copenhagen are no functions that both databases have."""
    moments = select(Authority.id, Authority.deactivated_at, Authority.purge_on)
    deactivated = moments.where(Authority.status == AuthorityStatus.deactivated)
    for rows in in_batches(Authority.id, deactivated):
        for number, moment, purge_on in rows:
            if purge_on != add_months(day_of(moment), MONTHS_TO_REMOVAL):
                yield number, number


@never_in_python("R9", "authority", _l("The name of an authority is compared under a key that is not its own."))
def name_under_a_wrong_key() -> Iterator[Offender]:
    """In Python: how names are folded is known to it alone (tables of Unicode, look-alike letters)."""
    for rows in in_batches(Authority.id, select(Authority.id, Authority.official_name, Authority.official_name_key)):
        yield from ((number, number) for number, name, key in rows if fold(name) != key)


@never_in_python("R8", "authority", _l("An authority is looked for under keys that are not its own."))
def sought_under_wrong_keys() -> Iterator[Offender]:
    """In Python: how names, addresses and numbers are brought into one form is known to it alone."""
    typed = ("official_name", "email", "phone", "website", "country_code")
    keys = tuple(match_keys())
    query = select(Authority.id, *(getattr(Authority, name) for name in (*typed, *keys)))
    for rows in in_batches(Authority.id, query):
        for row in rows:
            made = match_keys(**{name: getattr(row, name) for name in typed})
            if any(getattr(row, name) != made[name] for name in keys):
                yield row.id, row.id


AUTHORITIES = (
    authority_without_access_manager,
    access_manager_of_the_wrong_kind,
    authority_without_administrator,
    country_without_nimic,
    registered_from_another_country,
    authority_without_title,
    authority_with_entry_of_a_module,
    validation_that_does_not_fit,
    direct_registration_in_a_state_of_invited_ones,
    self_registration_without_invitation,
    invitation_that_does_not_fit_its_authority,
    invitation_of_another_country,
    invitation_from_another_country,
    cancelled_at_no_time,
    registrant_that_does_not_fit,
    came_to_nothing_and_stays,
    link_left_in_a_mail,
    delegation_to_a_body_that_cannot_have_it,
    delegation_of_unclear_modules,
    removed_and_still_there,
    removal_on_the_wrong_day,
    name_under_a_wrong_key,
    sought_under_wrong_keys,
)
