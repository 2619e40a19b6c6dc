"""The invitations of the demo: sent, opened, answered, decided on, and what the nights do to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from app.extensions import db
from app.mail import secrecy
from app.models import Authority, Invitation, InvitationStatus, ModuleRole, OutgoingMail
from app.policy.actor import Actor
from app.policy.folding import ascii_letters
from app.policy.plans import PLANS, Job
from app.services import duplicates, invitation_days, invitations, self_registrations, validation_tasks, validations
from app.services.demo_bodies import Bodies
from app.services.demo_data import DemoAccess, DemoAuthority, DemoInvitation
from app.services.demo_people import People, address
from app.services.demo_timeline import Timeline
from app.services.invitation_wishes import Wishes, looked_for
from app.services.registration_details import RegistrationDetails

MESSAGES = {
    "da": "Vi vil gerne have jer med i IMI. Registrér jer venligst ved at følge linket.",
    "en": "We would like you to join IMI. Please follow the link to register.",
}
LINK = re.compile(r"/invitation/([A-Za-z0-9_-]{43})")
# With which end a body sends its registration; with a text, also one that was returned and expires.
SENDS_IT = (
    InvitationStatus.registered,
    InvitationStatus.returned,
    InvitationStatus.rejected,
    InvitationStatus.validated,
)


class Invitations:
    """All invitations of the demo, and the nights in which they come to their end."""

    def __init__(self, timeline: Timeline, people: People, bodies: Bodies) -> None:
        self._timeline, self._people, self._bodies = timeline, people, bodies

    def plan(self, demos: Sequence[DemoInvitation]) -> None:
        """Plan that they are sent, and that each night does what is due."""
        for demo in demos:
            self._plan_sending(demo)
        first = self._timeline.ago(max(demo.sent for demo in demos))
        self._timeline.plan_each(PLANS[Job.keep_invitations], first, _pass_night)

    def _plan_sending(self, demo: DemoInvitation) -> None:
        self._timeline.plan(self._timeline.ago(demo.sent), lambda: self._send(demo))

    def _send(self, demo: DemoInvitation) -> None:
        """An administrator of the inviting body has seen what is like it, and invites."""
        actor = self._actor(demo)
        wishes = Wishes(
            invited_name=demo.name,
            recipient_email=f"post@{domain_of(demo)}",
            language=demo.language,
            message=MESSAGES[demo.language],
            module_ids=self._bodies.accesses.module_ids(demo.modules),
            entry_ids=self._bodies.entry_ids(demo.entries),
        )
        others = [match.public_id for match in duplicates.likely(actor, looked_for(wishes))]
        invitation = invitations.invite(actor, wishes, not_the_same=others)
        if demo.title:
            self._timeline.plan(self._timeline.later(1, 3), lambda: self._answer(demo, invitation))
        if demo.status is InvitationStatus.cancelled:
            self._timeline.plan(self._timeline.later(6, 9), lambda: self._cancel(demo, invitation))

    def _actor(self, demo: DemoInvitation) -> Actor:
        return self._people.acting(self._bodies.by_name[demo.by][1])

    def _answer(self, demo: DemoInvitation, invitation: Invitation) -> None:
        """The body opens its link, and sends its registration or leaves it half written."""
        body = _as_registered(demo)
        details = self._bodies.details(body)
        if demo.user_domain:
            mail = address(details.first_name, details.last_name, demo.user_domain)
            details = replace(details, user_email=mail)
        if not (demo.status in SENDS_IT or (demo.status is InvitationStatus.expired and demo.text)):
            self_registrations.save(_token_of(invitation), _half_of(details), shown="")
            return
        authority = self_registrations.submit(_token_of(invitation), details)
        if demo.status is not InvitationStatus.registered:
            self._timeline.plan(self._timeline.later(3, 6), lambda: self._decide(demo, body, authority))

    def _decide(self, demo: DemoInvitation, body: DemoAuthority, authority: Authority) -> None:
        """Who invited the body looks at what it has sent."""
        actor = self._actor(demo)
        task = validation_tasks.get(actor, authority.public_id)
        shown = authority.public_id, authority.version
        if demo.status is InvitationStatus.rejected:
            validations.reject(actor, *shown, demo.text)
        elif demo.status is InvitationStatus.validated:
            others = [match.public_id for match in duplicates.likely(actor, task.details, but=authority.id)]
            registration = validations.validate(actor, *shown, others)
            self._bodies.come_in(body, registration.authority, registration.user)
        else:
            validations.send_back(actor, *shown, demo.text)

    def _cancel(self, demo: DemoInvitation, invitation: Invitation) -> None:
        invitations.cancel(self._actor(demo), invitation.public_id, invitation.version, demo.text)


def domain_of(demo: DemoInvitation) -> str:
    """The domain of the body's addresses."""
    return demo.domain or f"{ascii_letters(demo.name.removesuffix(' Kommune'))}.example"


def _pass_night() -> None:
    for due, act in invitation_days.DAILY.values():
        for number in due():
            act(number)


def _token_of(invitation: Invitation) -> str:
    """From the last mail with the link: it stands nowhere else."""
    carriers = select(OutgoingMail.body).where(OutgoingMail.invitation_id == invitation.id, OutgoingMail.holds_secret)
    sealed = db.session.scalars(carriers.order_by(OutgoingMail.id.desc()).limit(1)).one()
    found = LINK.search(secrecy.unseal(sealed).text) if sealed else None
    if found is None:
        raise ValueError(f"No mail has the link of {invitation.invited_name}.")
    return found[1]


def _half_of(details: RegistrationDetails) -> list[tuple[str, str]]:
    """What is typed of the body when somebody asks a colleague who is to be the first user."""
    of_body = ("official_name", "email", "phone", "website", "street", "postal_code", "city")
    titles = [(f"title_{language}", title) for language, title in details.titles.items()]
    return [*((name, getattr(details, name)) for name in of_body), *titles]


def _as_registered(demo: DemoInvitation) -> DemoAuthority:
    """The body as one that others register; it gets the modules that were suggested."""
    return DemoAuthority(
        country="DK",
        name=demo.name,
        titles={"da": demo.title},
        street=demo.street,
        postal_code=demo.postal_code,
        city=demo.city,
        domain=domain_of(demo),
        entries=demo.entries,
        accesses=tuple(DemoAccess(code, ModuleRole.authority, False) for code in demo.modules),
        by=demo.by,
    )
