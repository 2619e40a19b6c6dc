"""A demo installation for development: people who can sign in, and two years of a country's life, in all states.

What has a service comes into being through it, as people would make it, at the moments at which they would have: the
log reads as in life, and is sealed and signed. The same seed and the same day give the same demo, but for what must be
random: public numbers, passwords, tokens, salts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from app import clock
from app.extensions import db
from app.models import Authority, ImiUser, InvitationStatus, MailState, OutgoingMail, UserSession
from app.policy.plans import PLANS, Job
from app.services import audit_signing, confirmation_reminders, demo_data, installation, passwords
from app.services.audit_chain import Sealing
from app.services.demo_accounts import COMMISSION_USERNAME, USERNAMES
from app.services.demo_bodies import Bodies
from app.services.demo_data import COMMISSION, DemoAuthority, DemoDelegation, UserState
from app.services.demo_invitations import Invitations
from app.services.demo_people import People
from app.services.demo_timeline import Timeline
from app.services.seeded import Seeded
from app.settings import laid_over
from app.transaction import before_commit

PASSWORD = "Demo-Adgang-2026"  # noqa: S105 (the demo's own; it exists in development only)
SEED = 2026
USERS = 500
BEGAN = 740  # days ago
# Temporary passwords of the demo are thrown away at once: nobody can guess what 24 random characters were.
QUICK = "pbkdf2:sha256:1"
STATES = {UserState.active: 76, UserState.new: 8, UserState.expired: 7, UserState.blocked: 4, UserState.removed: 5}
# Mails that did not arrive, by the name of the body of their recipient; all others did.
UNDELIVERED = {
    "Aarhus Kommune": (MailState.failed, "550 5.1.1 Recipient address rejected: User unknown"),
    "Länsstyrelsen i Skåne län": (MailState.given_up, "451 4.3.0 Temporary failure, please try again later"),
}


@dataclass(frozen=True)
class LogIn:
    """Who can be signed in as."""

    username: str
    person: str
    authority: str
    what: str


def exists() -> bool:
    """Whether anything is registered already."""
    return db.session.scalar(select(Authority.id).limit(1)) is not None


def build(seed: int = SEED) -> None:
    """Fill an empty installation that has its reference data."""
    password_hash = passwords.hashed(PASSWORD)
    with laid_over(PASSWORD_HASH_METHOD=QUICK):
        _Demo(seed, password_hash).play()
    _let_mails_arrive()
    db.session.execute(delete(UserSession))
    # The signature must not come hours after entries that are as old as these: then the log would count as unsigned.
    before_commit("seal the log", Sealing)()
    audit_signing.sign_head()


def log_ins() -> list[LogIn]:
    """The accounts of the demo, as they are printed at start; empty where there is none."""
    rows = db.session.execute(
        select(ImiUser, Authority.official_name)
        .join(Authority, Authority.id == ImiUser.authority_id)
        .where(ImiUser.username.in_(USERNAMES))
    )
    found = {user.username: LogIn(user.username, user.full_name, name, USERNAMES[user.username]) for user, name in rows}
    return [found[username] for username in USERNAMES if username in found]


class _Demo:
    """Everything that happens, planned and played."""

    def __init__(self, seed: int, password_hash: str) -> None:
        self._random = Seeded(seed)
        self._timeline = Timeline(clock.today(), self._random)
        self._authorities = demo_data.authorities()
        given = [f"{COMMISSION.first_name} {COMMISSION.last_name}", *(demo.first_user for demo in self._authorities)]
        self._people = People(self._timeline, self._random, given, password_hash)
        self._bodies = Bodies(self._timeline, self._random, self._people, self._authorities)

    def play(self) -> None:
        """Two years, from the first day on."""
        self._timeline.plan(self._timeline.ago(BEGAN), self._create_commission)
        days = {demo.name: self._bodies.day_of_registration(demo) for demo in self._authorities}
        for demo in self._authorities:
            self._plan_registration(demo, days[demo.name])
        for delegation in demo_data.delegations():
            self._plan_delegation(delegation)
        Invitations(self._timeline, self._people, self._bodies).plan(demo_data.invitations())
        first = self._timeline.ago(BEGAN - 365)  # before, nobody is registered for as long
        self._timeline.plan_each(PLANS[Job.remind_of_confirmation], first, _remind)
        self._plan_users(days)
        self._timeline.play()

    def _create_commission(self) -> None:
        user = installation.create_commission(COMMISSION)
        user.username = COMMISSION_USERNAME
        self._bodies.by_name[COMMISSION.name] = user.authority, user
        self._people.live(user, UserState.active)

    def _plan_registration(self, demo: DemoAuthority, days: int) -> None:
        self._timeline.plan(self._timeline.ago(days), lambda: self._bodies.register(demo))

    def _plan_delegation(self, demo: DemoDelegation) -> None:
        """One that begins later was decided some days ago."""
        moment = self._timeline.ago(max(demo.begins, 5))
        self._timeline.plan(moment, lambda: self._bodies.accesses.delegate(demo))

    def _plan_users(self, days: Mapping[str, int]) -> None:
        """So many further users that there are as many as there are to be; larger bodies get more of them."""
        spans = [(demo, _span(demo, days[demo.name])) for demo in self._authorities]
        growing = [(demo, span) for demo, span in spans if span]
        validated = sum(1 for each in demo_data.invitations() if each.status is InvitationStatus.validated)
        further = USERS - 1 - len(self._authorities) - validated
        weights = [4 if demo.is_early else 1 for demo, _ in growing]
        for demo, span in self._random.choices(growing, weights, k=further):
            self._plan_user(demo, self._random.choice(span))

    def _plan_user(self, demo: DemoAuthority, days: int) -> None:
        (state,) = self._random.choices(list(STATES), list(STATES.values()))
        if state is UserState.expired and days < 230:  # before a password can expire
            state = UserState.active
        self._timeline.plan(self._timeline.ago(days), lambda: self._add_user(demo, state))

    def _add_user(self, demo: DemoAuthority, state: UserState) -> None:
        authority, administrator = self._bodies.by_name[demo.name]
        self._people.register(authority, administrator, demo.domain, state)


def _remind() -> None:
    """What the night does about data that nobody has confirmed for long (R93)."""
    while confirmation_reminders.remind_some():
        pass


def _span(demo: DemoAuthority, days: int) -> range:
    """On which days, so many ago, the first user of the body can have registered others."""
    if demo.state is UserState.new:
        return range(0)
    last = {UserState.blocked: 60, UserState.expired: days - 20}.get(demo.state, 3)
    return range(max(last, (demo.deactivated or 0) + 5), days - 6)


def _let_mails_arrive() -> None:
    """No mail of the demo waits: what came of each is settled."""
    arrived = {"state": MailState.sent, "sent_at": OutgoingMail.created_at, "server_answer": "250 2.0.0 Ok"}
    db.session.execute(update(OutgoingMail).values(body=None, **arrived))
    for name, (state, answer) in UNDELIVERED.items():
        body = select(Authority.id).where(Authority.official_name == name).scalar_subquery()
        values = {"state": state, "sent_at": None, "server_answer": answer, "tries": 1}
        db.session.execute(update(OutgoingMail).where(OutgoingMail.authority_id == body).values(**values))
