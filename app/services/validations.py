"""What awaits validation: seen, corrected, validated, sent back, rejected (§2.2, R16–R19)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict

from sqlalchemy import select

from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import Authority, AuthorityStatus, ImiUser, Invitation, InvitationStatus, LoggedAct, Registrant
from app.policy.actor import Actor
from app.policy.invitations import visible
from app.policy.matrix import InvitationAct
from app.services import (
    audit,
    invitation_links,
    invitation_mails,
    outgoing_mails,
    passwords,
    registrants,
    registration_details,
    registrations,
)
from app.services.conflicts import refusing
from app.services.dismissed_duplicates import as_logged, said_to_be_others
from app.services.invitations import checked_reason, close
from app.services.registration_details import NAME_TAKEN, RegistrationDetails
from app.services.registrations import Registration
from app.services.validation_tasks import Task, is_own, manager_to_be
from app.settings import setting

OVERTAKEN = "version"  # the field of a Conflict where it is not as it was shown
CHANGED = _l(
    "The registration has been changed since you opened it, or somebody else has decided on it. Look at it again:"
    " nothing has been done."
)


def validate(
    actor: Actor, public_id: uuid.UUID, version: int, not_the_same: Collection[uuid.UUID] = ()
) -> Registration:
    """Register the authority as if the actor had done it: first user, access manager, M1, in one transaction (R18).

    The version is that of what was shown: Conflict where it has changed, where a colleague was first, or where somebody
    registered the same name meanwhile, or there are likely duplicates that were not said to be others (R9).
    NotAllowed for one's own (R17).
    """
    registrations.wait_for_turn(actor)
    task = _held(actor, public_id, version)
    if registration_details.is_taken(actor.country_code, task.authority.official_name):
        raise Conflict(NAME_TAKEN, "official_name")
    checked = registration_details.check(actor, task.details)
    dismissed = said_to_be_others(actor, checked, not_the_same, but=task.authority.id)
    user = _make_registered(actor, task, checked)
    password = passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS"))
    manager = manager_to_be(actor, task)
    registrations.link(task.authority, manager, actor.user_id)
    _end(actor, task, InvitationStatus.validated)
    _log(actor, LoggedAct.registration_validated, task, registrations.logged(checked) | as_logged(dismissed))
    registrations.log_first_user(actor, task.authority, user, outside_own=_is_of_others(actor, task))
    outgoing_mails.order_temporary_password(user, task.authority.official_name, manager.official_name, password)
    invitation_mails.order_validation(actor, task.invitation, task.authority)
    return Registration(task.authority, user)


def _make_registered(actor: Actor, task: Task, details: RegistrationDetails) -> ImiUser:
    authority = task.authority
    taken = Conflict(NAME_TAKEN, "official_name")
    with refusing({"uq_authority_name": taken, "authority.official_name_key": taken}):
        authority.status = AuthorityStatus.active
        authority.validated_at = clock.now()
        authority.validated_by_user_id = actor.user_id
    db.session.delete(task.registrant)
    return registrations.add_first_user(authority, details)


def send_back(actor: Actor, public_id: uuid.UUID, version: int, reason: str) -> None:
    """Let the body correct its registration, by a new link and with as many days as at first (R17, R19)."""
    task = _held(actor, public_id, version)
    invitation = task.invitation
    invitation.return_reason = checked_reason(actor, reason)
    task.authority.status = AuthorityStatus.returned
    invitation.status = InvitationStatus.returned
    token = invitation_links.give(invitation)
    db.session.flush()
    _log(actor, LoggedAct.registration_returned, task, reason=invitation.return_reason)
    invitation_mails.order_return(actor, invitation, task.authority.official_name, token)


def reject(actor: Actor, public_id: uuid.UUID, version: int, reason: str) -> None:
    """Reject it for good, with a reason that the body is told; what it wrote is deleted 30 days later (R17, R19)."""
    task = _held(actor, public_id, version)
    task.invitation.closing_reason = checked_reason(actor, reason)
    task.authority.status = AuthorityStatus.rejected
    registrants.set_purge_day(task.authority)
    _end(actor, task, InvitationStatus.rejected)
    _log(actor, LoggedAct.registration_rejected, task, reason=task.invitation.closing_reason)
    invitation_mails.order_rejection(actor, task.invitation, task.authority)


def correct(actor: Actor, public_id: uuid.UUID, version: int, details: RegistrationDetails) -> int:
    """Correct what the body wrote, under the checks of any registration; gives the version to go on with (R17)."""
    task = _held(actor, public_id, version)
    before = task.details
    checked = registration_details.check(actor, details)
    registrants.write(task.authority, task.registrant, checked)
    _log_corrected(actor, task, before, checked)
    return task.authority.version


def _held(actor: Actor, public_id: uuid.UUID, version: int) -> Task:
    """The task, held until the end of the transaction: first its invitation, as all do who hold both.

    NotFound out of scope; Conflict where it is not as it was shown any more; NotAllowed for one's own.
    """
    task = _locked(actor, public_id)
    if task is None or task.authority.version != version:
        raise Conflict(CHANGED, OVERTAKEN)
    if is_own(actor, task):
        raise NotAllowed(
            _l(
                "You cannot decide on this registration, because your own e-mail address is that of its first user or"
                " of the invitation. A colleague or the national IMI coordinator (NIMIC) can."
            )
        )
    return task


def _locked(actor: Actor, public_id: uuid.UUID) -> Task | None:
    """None where it no longer awaits validation; who may not see it gets NotFound either way (R70)."""
    mine = visible(actor, InvitationAct.validate_registration)
    found = select(Invitation).join(Authority, Authority.id == Invitation.authority_id)
    held = found.where(Authority.public_id == public_id, mine).with_for_update(of=Invitation)
    invitation = db.session.scalar(held.execution_options(populate_existing=True))
    if invitation is None:
        raise NotFound
    if invitation.status is not InvitationStatus.registered:
        return None
    authority = db.session.get_one(Authority, invitation.authority_id, with_for_update=True, populate_existing=True)
    return Task(authority, db.session.get_one(Registrant, authority.id, populate_existing=True), invitation)


def _end(actor: Actor, task: Task, status: InvitationStatus) -> None:
    task.invitation.status = status
    close(actor, task.invitation)


def _is_of_others(actor: Actor, task: Task) -> bool:
    return task.invitation.inviting_authority_id != actor.authority_id


def _log(
    actor: Actor,
    act: LoggedAct,
    task: Task,
    data: Mapping[str, object] | None = None,
    *,
    reason: str = "",
    **person: str,
) -> None:
    audit.record(
        actor,
        act,
        task.authority,
        data={"invitation": task.invitation.id} | dict(data or {}),
        persons={name: (None, value) for name, value in person.items()},
        reason=reason,
        outside_own=_is_of_others(actor, task),
    )


OF_THE_PERSON = ("first_name", "last_name", "user_email", "user_phone", "user_language")


def _log_corrected(actor: Actor, task: Task, before: RegistrationDetails, after: RegistrationDetails) -> None:
    """What it was and what it is, of what was changed; the first user's apart (R67, R68)."""
    old, new = registrations.logged(before), registrations.logged(after)
    data = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    was, now = asdict(before), asdict(after)
    changed = [name for name in OF_THE_PERSON if was[name] != now[name]]
    person = {f"{name}.{when}": values[name] for name in changed for when, values in (("old", was), ("new", now))}
    _log(actor, LoggedAct.registration_corrected, task, data, **person)
