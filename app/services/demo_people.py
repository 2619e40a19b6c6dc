"""The people of the demo: their names, how they are registered, sign in, and what becomes of their passwords."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from app import clock
from app.extensions import db
from app.models import (
    AccessStatus,
    Authority,
    ImiUser,
    LoggedAct,
    ModuleAccess,
    Setting,
    UserModuleRole,
    UserRole,
)
from app.policy.actor import Actor
from app.policy.calendar import day_of
from app.policy.folding import ascii_letters
from app.policy.user_roles import fits
from app.services import audit, demo_data, passwords, refusals, registrations, sessions, sign_in
from app.services.demo_data import UserState
from app.services.demo_timeline import Timeline
from app.services.seeded import Seeded
from app.settings import setting

RENEWED_AFTER = timedelta(days=120)  # long before a password expires (R53)
A_NETWORK = "192.0.2.7"
REFUSED_ROUTE = "/authorities/<uuid:public_id>/users"


class People:
    """Everybody who is registered in the demo."""

    def __init__(self, timeline: Timeline, random: Seeded, given: Iterable[str], password_hash: str) -> None:
        self._timeline, self._random, self._names = timeline, random, demo_data.names()
        self._password_hash = password_hash
        self._taken = set(given)  # names of people, and usernames
        self._acting: tuple[int, datetime] | None = None
        self._actor_then: Actor | None = None

    def named(self, country: str) -> tuple[str, str]:
        """A first and a last name that nobody in the demo has."""
        names = self._names[country]
        while (found := f"{self._random.choice(names.first)} {self._random.choice(names.last)}") in self._taken:
            pass
        self._taken.add(found)
        first, last = found.split(" ", 1)
        return first, last

    def phone(self, country: str) -> str:
        """A telephone number such as the country's are written."""
        pairs = [f"{self._random.randint(0, 99):02d}" for _ in range(3)]
        return " ".join(["+46 8 55", *pairs] if country == "SE" else ["+45 33", *pairs])

    def username(self, first: str, last: str) -> str:
        """As the system draws them (R44), but the same each time that the demo is built."""
        letters = ascii_letters(first)[:2] + ascii_letters(last)[:3]
        while (found := f"{letters}{self._random.randint(0, 999_999):06d}") in self._taken:
            pass
        self._taken.add(found)
        return found

    def register(self, authority: Authority, administrator: ImiUser, domain: str, state: UserState) -> None:
        """A further user of the authority, registered by its administrator; the pages for it come on a later day."""
        country = authority.country_code or "DK"
        first, last = self.named(country)
        user = registrations.new_user(
            authority,
            first_name=first,
            last_name=last,
            email_address=address(first, last, domain),
            phone=self.phone(country),
            language="da" if country == "DK" else "en",
        )
        user.username = self.username(first, last)
        user.is_administrator = self._random.random() < 0.35
        passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS"))
        db.session.add(user)
        db.session.flush()
        self._log_registration(self.acting(administrator), authority, user)
        _give_roles(authority, user)
        self.live(user, state)

    def _log_registration(self, actor: Actor, authority: Authority, user: ImiUser) -> None:
        persons = {"email": (user.id, user.email_address), "phone": (user.id, user.phone)}
        data = {"superuser": False, "administrator": user.is_administrator}
        audit.record(actor, LoggedAct.user_registered, user, authority=authority, data=data, persons=persons)

    def acting(self, user: ImiUser) -> Actor:
        """The user as one who acts: he has signed in that day, with a password that is good."""
        if user.last_log_in_at is None or day_of(user.last_log_in_at) != clock.today():
            self.sign_in(user)
        return self._actor(user)

    def sign_in(self, user: ImiUser) -> None:
        """The user signs in, and chooses a password where his is temporary, or old."""
        if not user.active or user.blocked_at is not None:
            return
        moment = clock.now()
        user.first_log_in_at = user.first_log_in_at or moment
        user.last_log_in_at = moment
        audit.record(None, LoggedAct.signed_in, user)
        if user.password_is_temporary or moment - (user.password_set_at or moment) > RENEWED_AFTER:
            self._choose_password(user)

    def _choose_password(self, user: ImiUser) -> None:
        user.password = self._password_hash
        user.password_is_temporary, user.temporary_password_expires_at = False, None
        user.password_set_at = clock.now()
        audit.record(self._actor(user), LoggedAct.password_changed, user)

    def _actor(self, user: ImiUser) -> Actor:
        """Read once a moment: nothing changes in it on which his rights depend."""
        if self._acting != (user.id, clock.now()) or self._actor_then is None:
            self._actor_then = sessions.actor_of(sessions.begin(user))
            self._acting = user.id, clock.now()
        if self._actor_then is None:
            raise ValueError(f"{user.full_name} cannot act.")
        return self._actor_then

    def live(self, user: ImiUser, state: UserState) -> None:
        """Plan what the user does until it ends with him as it is to end."""
        if state is UserState.new:
            return
        first = self._timeline.later(0, 3) if self._random.random() < 0.5 else self._timeline.soon()
        self._timeline.plan(first, lambda: self.sign_in(user))
        if state is UserState.expired:
            self._timeline.plan(self._timeline.later(8, 25), lambda: self.sign_in(user))
        elif state is UserState.blocked:
            self._plan_failures(user)
        elif state is UserState.removed:
            self._timeline.plan(self._timeline.later(20, 60), lambda: _remove(user))
        else:
            self._plan_days(user)

    def _plan_days(self, user: ImiUser) -> None:
        """Days on which the user signs in, the last of them not long ago; now and then a page is refused him."""
        for days in (self._random.randint(90, 900), self._random.randint(2, 50)):
            moment = self._timeline.ago(days)
            if moment > clock.now() + timedelta(days=5):
                self._timeline.plan(moment, lambda: self.sign_in(user))
        if self._random.random() < 0.04:
            self._timeline.plan(self._timeline.later(5, 60), lambda: self._refuse(user))

    def _plan_failures(self, user: ImiUser) -> None:
        """Five wrong passwords within a minute, some days ago."""
        moment = self._timeline.ago(self._random.randint(2, 45))
        if moment < clock.now() + timedelta(days=5):
            return
        for place in range(setting("FAILED_LOG_INS_BEFORE_BLOCK")):
            self._timeline.plan(moment + timedelta(seconds=9 * place), lambda: _fail(user))

    def _refuse(self, user: ImiUser) -> None:
        """The user asks for something that is not his."""
        actor = self.acting(user)
        named = {"public_id": str(uuid.UUID(int=self._random.getrandbits(128), version=4))}
        data = {"route": REFUSED_ROUTE, "method": "GET"}
        source = f"user {actor.user_id}"
        refusals.record(LoggedAct.right_refused, actor, source=source, data=data, first={"named": named})


def address(first: str, last: str, domain: str) -> str:
    """An e-mail address of a body's person."""
    return f"{ascii_letters(first)}.{ascii_letters(last)}@{domain}"


def _fail(user: ImiUser) -> None:
    db.session.refresh(user)
    sign_in.count_failure(user)
    refusals.record(LoggedAct.log_in_failed, None, user, source=A_NETWORK)
    db.session.refresh(user)


def _remove(user: ImiUser) -> None:
    """The user is out, and holds nothing any more (R49); the act itself comes on a later day."""
    user.active = False
    db.session.execute(delete(UserModuleRole).where(UserModuleRole.user_id == user.id))


def _give_roles(authority: Authority, user: ImiUser) -> None:
    """By hand, as administrators give them to those who come later (R34): a user all that fit, but for settings."""
    held = select(ModuleAccess).where(ModuleAccess.authority_id == authority.id)
    rows = []
    for access in db.session.scalars(held.where(ModuleAccess.status == AccessStatus.granted).order_by(ModuleAccess.id)):
        settings = {each for each in Setting if getattr(access, each.value)}
        same = {"user_id": user.id, "authority_id": authority.id, "access_id": access.id, "module_id": access.module_id}
        of_module = select(UserRole).where(UserRole.module_id == access.module_id).order_by(UserRole.position)
        roles = [role for role in db.session.scalars(of_module) if fits(role, access.role, settings)]
        rows += [same | {"user_role_id": role.id} for role in (roles if user.is_administrator else roles[:2])]
    if rows:
        db.session.execute(insert(UserModuleRole), rows)
