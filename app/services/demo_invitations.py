"""The invitations of the demo, in all that can become of one, with the bodies that have answered."""

from __future__ import annotations

import secrets
from datetime import datetime

from app import clock
from app.extensions import db
from app.models import (
    Authority,
    AuthorityStatus,
    AuthorityText,
    ImiUser,
    Invitation,
    InvitationStatus,
    RegistrationRoute,
)
from app.policy.calendar import end_of
from app.policy.folding import ascii_letters, fold
from app.policy.likeness import email_key, match_keys, name_key
from app.services import sessions
from app.services.demo_bodies import Bodies
from app.services.demo_data import DemoAuthority, DemoInvitation
from app.services.demo_people import People
from app.services.demo_timeline import Timeline

# What the body is that has answered; one that was validated has come in, see below.
STATUSES = {
    InvitationStatus.sent: AuthorityStatus.draft,
    InvitationStatus.expired: AuthorityStatus.lapsed,
    InvitationStatus.cancelled: AuthorityStatus.lapsed,
    InvitationStatus.registered: AuthorityStatus.awaiting_validation,
    InvitationStatus.returned: AuthorityStatus.returned,
    InvitationStatus.rejected: AuthorityStatus.rejected,
}
CLOSING = (InvitationStatus.cancelled, InvitationStatus.rejected, InvitationStatus.validated)
MESSAGE = "Vi vil gerne have jer med i IMI. Registrér jer venligst ved at følge linket."


class Invitations:
    """Inviting is an act of a later day: here the rows are made as it will."""

    def __init__(self, timeline: Timeline, people: People, bodies: Bodies) -> None:
        self._timeline, self._people, self._bodies = timeline, people, bodies

    def plan(self, demo: DemoInvitation) -> None:
        """Plan that it is sent, and what becomes of it."""
        self._timeline.plan(self._timeline.ago(demo.sent), lambda: self._send(demo))

    def _send(self, demo: DemoInvitation) -> None:
        inviting, user = self._bodies.by_name[demo.by]
        self._people.acting(user)
        row = Invitation(
            country_code=inviting.country_code,
            inviting_authority_id=inviting.id,
            invited_by_user_id=user.id,
            recipient_email=f"post@{domain_of(demo)}",
            invited_name=demo.name,
            likeness_key=name_key(demo.name),
            email_key=email_key(f"post@{domain_of(demo)}"),
            language=demo.language,
            message=MESSAGE if demo.language == "da" else "",
            token_hash=sessions.hash_of(secrets.token_urlsafe(32)),
            status=InvitationStatus.sent,
            sent_at=clock.now(),
            expires_at=end_of(self._timeline.day(-demo.open_for)),
        )
        db.session.add(row)
        if demo.title:
            self._timeline.plan(self._timeline.later(1, 3), lambda: self._answer(demo, row))
        if demo.status is not InvitationStatus.sent:
            self._timeline.plan(self._end_of(demo), lambda: self._end(demo, row, user))

    def _end_of(self, demo: DemoInvitation) -> datetime | None:
        """Once it can no longer be answered, or when the answer has been looked at."""
        if demo.status is InvitationStatus.expired:
            return self._timeline.ago(-demo.open_for - 3)
        return self._timeline.later(5, 9)

    def _answer(self, demo: DemoInvitation, row: Invitation) -> None:
        """The body begins to register itself."""
        if demo.status is InvitationStatus.validated:
            return
        body = Authority(
            status=AuthorityStatus.draft,
            route=RegistrationRoute.invited,
            country_code=row.country_code,
            official_name=demo.name,
            official_name_key=fold(demo.name),
            **match_keys(official_name=demo.name, email=row.recipient_email, country_code=row.country_code),
            street=demo.street,
            postal_code=demo.postal_code,
            city=demo.city,
            email=row.recipient_email,
            registered_at=clock.now(),
            texts=[AuthorityText(language="da", title=demo.title)],
        )
        db.session.add(body)
        db.session.flush()
        row.authority_id = body.id

    def _end(self, demo: DemoInvitation, row: Invitation, user: ImiUser) -> None:
        """What it is to be in the end."""
        if demo.status is InvitationStatus.validated:
            self._validate(demo, row, user)
        elif row.authority_id is not None:
            db.session.get_one(Authority, row.authority_id).status = STATUSES[demo.status]
        row.status = demo.status
        if demo.status in CLOSING:
            row.closed_at, row.closed_by_user_id, row.closing_reason = clock.now(), user.id, demo.text
        elif demo.text:
            row.closing_reason = demo.text

    def _validate(self, demo: DemoInvitation, row: Invitation, user: ImiUser) -> None:
        """The body comes in as others do; that it has registered itself is noted."""
        authority, _ = self._bodies.register(_as_registered(demo))
        authority.route = RegistrationRoute.invited
        authority.validated_at, authority.validated_by_user_id = clock.now(), user.id
        db.session.flush()
        row.authority_id = authority.id


def domain_of(demo: DemoInvitation) -> str:
    """The domain of the body's addresses."""
    return f"{ascii_letters(demo.name.removesuffix(' Kommune'))}.example"


def _as_registered(demo: DemoInvitation) -> DemoAuthority:
    return DemoAuthority(
        country="DK",
        name=demo.name,
        titles={"da": demo.title},
        street=demo.street,
        postal_code=demo.postal_code,
        city=demo.city,
        domain=domain_of(demo),
        by=demo.by,
    )
