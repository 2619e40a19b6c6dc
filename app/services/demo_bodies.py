"""The bodies of the demo: how they come in, confirm their details, and are deactivated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    ImiUser,
    ListScope,
    ModuleAccess,
    PassedOnHow,
)
from app.policy.calendar import add_months, day_of
from app.services import demo_accesses, duplicates, nimics, passing_on, registrations
from app.services.demo_accesses import Accesses
from app.services.demo_data import COMMISSION, DemoAuthority, UserState
from app.services.demo_people import People, address
from app.services.demo_timeline import Timeline
from app.services.registration_details import RegistrationDetails
from app.services.seeded import Seeded

EARLY, LATE = (655, 730), (8, 610)  # how many days ago bodies on which others rest come in, and all others
CLOSED_DOWN = "Myndigheden er nedlagt."
MONTHS_TO_REMOVAL = 6


class Bodies:
    """All bodies of the demo by name, each with its first user."""

    def __init__(self, timeline: Timeline, random: Seeded, people: People, demos: Sequence[DemoAuthority]) -> None:
        self._timeline, self._random, self._people = timeline, random, people
        self._nimics = {demo.country: demo.name for demo in demos if demo.is_nimic}
        general = (
            select(ClassificationEntry).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
        )
        self._entries = {entry.code: entry.id for entry in db.session.scalars(general)}
        self.by_name: demo_accesses.Bodies = {}
        self.accesses = Accesses(timeline, random, people, demos, self.by_name)

    def day_of_registration(self, demo: DemoAuthority) -> int:
        """How many days ago the body comes in: as its file says, else as is drawn."""
        if demo.registered is not None:
            return demo.registered
        return self._random.randint(*(EARLY if demo.is_early else LATE))

    def registrar(self, demo: DemoAuthority) -> ImiUser:
        """Who registers the body."""
        return self.by_name[demo.by or self._nimics[demo.country]][1]

    def register(self, demo: DemoAuthority) -> None:
        """The body comes in, and what follows from that is planned."""
        authority, user = self._register_nimic(demo) if demo.is_nimic else self._register(demo)
        self.come_in(demo, authority, user)

    def come_in(self, demo: DemoAuthority, authority: Authority, user: ImiUser) -> None:
        """The body is there with its first user, whichever way it came; plan what it does from now on."""
        self.by_name[demo.name] = authority, user
        user.username = demo.username or self._people.username(user.first_name, user.last_name)
        self._pass_on(demo, authority)
        self._people.live(user, demo.state)
        self.accesses.plan(demo)
        if demo.deactivated is not None:
            self._timeline.plan(self._timeline.ago(demo.deactivated), lambda: _deactivate(authority))
        elif demo.state is UserState.active:
            self._plan_confirmation(authority, user)

    def _register(self, demo: DemoAuthority) -> tuple[Authority, ImiUser]:
        actor, details = self._people.acting(self.registrar(demo)), self.details(demo)
        alike = [match.public_id for match in duplicates.likely(actor, details)]
        registration = registrations.register(actor, details, not_the_same=alike)
        return registration.authority, registration.user

    def _register_nimic(self, demo: DemoAuthority) -> tuple[Authority, ImiUser]:
        return nimics.add(self.by_name[COMMISSION.name][0], demo.country, self.details(demo))

    def entry_ids(self, codes: Iterable[str]) -> frozenset[int]:
        """Entries of the general lists by their codes."""
        return frozenset(self._entries[code] for code in codes)

    def details(self, demo: DemoAuthority) -> RegistrationDetails:
        """What is filled in of the body, its first user drawn where he is not named."""
        first, last = demo.first_user.split(" ", 1) if demo.first_user else self._people.named(demo.country)
        return RegistrationDetails(
            official_name=demo.name,
            titles={language: title for language, title in demo.titles.items() if title},
            email=f"imi@{demo.domain}",
            phone=self._people.phone(demo.country),
            website=f"https://www.{demo.domain}",
            street=demo.street,
            postal_code=demo.postal_code,
            city=demo.city,
            entry_ids=self.entry_ids(demo.entries),
            first_name=first,
            last_name=last,
            user_email=address(first, last, demo.domain),
            user_phone=self._people.phone(demo.country),
            user_language="da" if demo.country == "DK" else "en",
        )

    def _pass_on(self, demo: DemoAuthority, authority: Authority) -> None:
        """Who registered the body looks at the username and passes it on by telephone; not yet to new users."""
        if demo.is_nimic or demo.state is UserState.new or self._random.random() < 0.2:
            return
        db.session.flush()
        registrar = self._people.acting(self.registrar(demo))
        passing_on.reveal(registrar, authority)
        passing_on.mark(registrar, authority, PassedOnHow.telephone, clock.now())

    def _plan_confirmation(self, authority: Authority, user: ImiUser) -> None:
        """Now and then an administrator confirms the details (R93); not all have done so within a year."""
        moment = self._timeline.ago(self._random.randint(5, 560))
        if self._random.random() < 0.7 and moment > clock.now() + timedelta(days=5):
            self._timeline.plan(moment, lambda: self._confirm(authority, user))

    def _confirm(self, authority: Authority, user: ImiUser) -> None:
        self._people.acting(user)
        authority.confirmed_at, authority.confirmed_by_user_id = clock.now(), user.id


def _deactivate(authority: Authority) -> None:
    """Deactivating is an act of a later day: here the rows are changed as it will."""
    granted = ModuleAccess.status == AccessStatus.granted
    for access in db.session.scalars(select(ModuleAccess).where(ModuleAccess.authority_id == authority.id, granted)):
        demo_accesses.suspend(access, CLOSED_DOWN, None)
    authority.status, authority.deactivated_at = AuthorityStatus.deactivated, clock.now()
    authority.purge_on = add_months(day_of(clock.now()), MONTHS_TO_REMOVAL)
