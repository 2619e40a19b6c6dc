"""Drafts of a registration: kept, gone on with by colleagues, registered, discarded, purged (R6, R26)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, delete, func, or_, select
from sqlalchemy.orm import joinedload

from app import clock
from app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.extensions import db
from app.i18n import _l
from app.models import Authority, LoggedAct, RegistrationDraft
from app.models.registration_draft import DRAFT_NAME_LENGTH
from app.policy.actor import Actor
from app.policy.authorities import may_register
from app.policy.drafts import visible_drafts
from app.services import audit, registrations
from app.services.registration_details import RegistrationDetails
from app.settings import setting

MOST_KEPT = 100  # of one body
MOST_UNFINISHED = 20  # of one person
LONGEST = 100_000  # characters, all fields together
Typed = Sequence[tuple[str, str]]

OVERTAKEN = "version"  # the field of a Conflict where somebody else has changed the draft since
_CHANGED = _l("Somebody else has changed the draft since you opened it.")


def listed(actor: Actor) -> Sequence[RegistrationDraft]:
    """The drafts that the actor may go on with, the last changed first."""
    return db.session.scalars(
        select(RegistrationDraft)
        .where(visible_drafts(actor))
        .options(joinedload(RegistrationDraft.changed_by))
        .order_by(RegistrationDraft.changed_at.desc(), RegistrationDraft.id.desc())
    ).all()


def kept_count(actor: Actor) -> int:
    """How many drafts the actor and his colleagues keep."""
    kept = select(func.count()).where(visible_drafts(actor), RegistrationDraft.kept.is_(True))
    return db.session.scalar(kept) or 0


def find(actor: Actor, public_id: uuid.UUID, *, lock: bool = False) -> RegistrationDraft | None:
    """The draft; None where it is gone, and where it is not for the actor (R70)."""
    found = select(RegistrationDraft).where(RegistrationDraft.public_id == public_id, visible_drafts(actor))
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    else:
        found = found.options(joinedload(RegistrationDraft.changed_by))
    draft: RegistrationDraft | None = db.session.scalar(found)
    return draft


def registered(actor: Actor, public_id: uuid.UUID) -> Authority | None:
    """The authority that the actor's body registered from the draft of this number, if it did."""
    authority: Authority | None = db.session.scalar(
        select(Authority).where(
            Authority.public_id == public_id, Authority.registered_by_authority_id == actor.authority_id
        )
    )
    return authority


def save(
    actor: Actor, public_id: uuid.UUID, typed: Typed, *, version: int | None = None, kept: bool
) -> RegistrationDraft:
    """Keep what was typed, right or wrong. `version` is the one the person saw; none begins a draft of that number.

    Conflict at the field `version` where a colleague has saved something else since (R26), without one where there are
    too many; InvalidInput where there is more than a draft holds; NotFound where the draft is gone. `kept` makes a
    draft that all colleagues see; without it, it stays what it was.
    """
    _refuse_who_may_not(actor)
    pairs = [[name, value] for name, value in typed if value]
    _refuse_too_long(pairs)
    registrations.wait_for_turn(actor)
    draft = find(actor, public_id, lock=True)
    if draft is None and version is not None:
        raise NotFound
    if draft is not None and draft.typed != pairs and draft.version != version:
        raise Conflict(_CHANGED, OVERTAKEN)
    if kept and not (draft and draft.kept):
        _refuse_too_many(actor)
    return _changed(actor, draft, pairs, kept) if draft else _new(actor, public_id, pairs, kept)


def _refuse_who_may_not(actor: Actor) -> None:
    if not may_register(actor):
        raise NotAllowed(_l("You cannot register authorities. An administrator of an access manager can."))


def _refuse_too_long(pairs: list[list[str]]) -> None:
    if sum(len(name) + len(value) for name, value in pairs) > LONGEST:
        raise InvalidInput(_l("This is more than a draft can hold. Shorten the longest fields, and save it again."))


def _refuse_too_many(actor: Actor) -> None:
    mine = and_(RegistrationDraft.authority_id == actor.authority_id, RegistrationDraft.kept.is_(True))
    if (db.session.scalar(select(func.count()).where(mine)) or 0) >= MOST_KEPT:
        raise Conflict(
            _l(
                "Your authority has %(most)s drafts, and cannot keep more. Register or discard some of them first. What"
                " you typed still stands below.",
                most=MOST_KEPT,
            )
        )


def _new(actor: Actor, public_id: uuid.UUID, pairs: list[list[str]], kept: bool) -> RegistrationDraft:
    moment = clock.now()
    draft = RegistrationDraft(
        public_id=public_id,
        authority_id=actor.authority_id,
        country_code=actor.country_code,
        made_by_user_id=actor.user_id,
        changed_by_user_id=actor.user_id,
        created_at=moment,
        kept=kept,
        version=1,
        **_content(pairs),
    )
    db.session.add(draft)
    db.session.flush()
    _forget_oldest_unfinished(actor)
    _log_saved(actor, draft)
    return draft


def _changed(actor: Actor, draft: RegistrationDraft, pairs: list[list[str]], kept: bool) -> RegistrationDraft:
    """The draft with the new content; one that is as it was stays as it is."""
    if draft.typed == pairs and (draft.kept or not kept):
        return draft
    draft.kept = draft.kept or kept
    draft.version += 1
    draft.changed_by_user_id = actor.user_id
    for name, value in _content(pairs).items():
        setattr(draft, name, value)
    db.session.flush()
    _log_saved(actor, draft)
    return draft


def _content(pairs: list[list[str]]) -> dict[str, Any]:
    name = "".join(letter for letter in dict(pairs).get("official_name", "") if letter.isprintable())
    return {"typed": pairs, "official_name": name.strip()[:DRAFT_NAME_LENGTH], "changed_at": clock.now()}


def _log_saved(actor: Actor, draft: RegistrationDraft) -> None:
    """What was typed is not logged: it is not checked, and may hold anybody's data. Nor is what nobody wants kept."""
    if draft.kept:
        _log(actor, LoggedAct.draft_saved, draft)


def _log(actor: Actor, act: LoggedAct, draft: RegistrationDraft) -> None:
    audit.record(actor, act, draft, authority=db.session.get_one(Authority, actor.authority_id))


def _forget_oldest_unfinished(actor: Actor) -> None:
    """Check pages leave one behind each, where nobody registers: a person has so many, and the oldest go."""
    unfinished = (
        select(RegistrationDraft.id)
        .where(RegistrationDraft.made_by_user_id == actor.user_id, RegistrationDraft.kept.is_(False))
        .order_by(RegistrationDraft.changed_at.desc(), RegistrationDraft.id.desc())
    )
    oldest = list(db.session.scalars(unfinished))[MOST_UNFINISHED:]
    if oldest:
        db.session.execute(delete(RegistrationDraft).where(RegistrationDraft.id.in_(oldest)))


def register(
    actor: Actor,
    public_id: uuid.UUID,
    version: int,
    details_of: Callable[[RegistrationDraft], RegistrationDetails],
    not_the_same: Collection[uuid.UUID] = (),
) -> Authority:
    """Register what stands in the draft, which is gone with it; whoever comes second gets the authority of the first.

    Conflict at the field `version` where it is no longer what was shown; refusals of `registrations.register` besides.
    """
    _refuse_who_may_not(actor)
    registrations.wait_for_turn(actor)
    done = registered(actor, public_id)
    if done is not None:
        return done
    draft = _locked(actor, public_id, version)
    registration = registrations.register(actor, details_of(draft), draft.public_id, not_the_same)
    db.session.delete(draft)
    db.session.flush()
    return registration.authority


def discard(actor: Actor, public_id: uuid.UUID, version: int) -> None:
    """Delete the draft; Conflict at the field `version` where it is no longer what was shown."""
    draft = _locked(actor, public_id, version)
    if draft.kept:
        _log(actor, LoggedAct.draft_discarded, draft)
    db.session.delete(draft)
    db.session.flush()


def _locked(actor: Actor, public_id: uuid.UUID, version: int) -> RegistrationDraft:
    draft = find(actor, public_id, lock=True)
    if draft is None:
        raise NotFound
    if draft.version != version:
        raise Conflict(_CHANGED, OVERTAKEN)
    return draft


def purge() -> int:
    """Delete drafts that have lain untouched for long; how many."""
    moment, kept = clock.now(), RegistrationDraft.kept
    old = RegistrationDraft.changed_at < moment - timedelta(days=setting("DRAFT_DAYS"))
    left = RegistrationDraft.changed_at < moment - timedelta(days=setting("UNFINISHED_DRAFT_DAYS"))
    untouched = or_(and_(kept.is_(True), old), and_(kept.is_(False), left))
    result: CursorResult[Any] = db.session.execute(delete(RegistrationDraft).where(untouched))  # type: ignore[assignment]
    if result.rowcount:
        audit.record(None, LoggedAct.drafts_purged, None, data={"drafts": result.rowcount})
    return int(result.rowcount)
