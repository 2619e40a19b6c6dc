"""The first day of an installation: the Commission and its first administrator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

from app import clock
from app.errors import Conflict
from app.extensions import db
from app.i18n import _l
from app.models import Authority, AuthorityKind, AuthorityStatus, AuthorityText, ImiUser, LoggedAct
from app.policy.folding import fold
from app.policy.likeness import match_keys
from app.services import audit, outgoing_mails, passwords, registration_details, registrations
from app.services.conflicts import refusing
from app.services.demo_accounts import USERNAMES
from app.services.entered_text import Entries
from app.services.registration_details import NAME_LENGTH, PERSON_LENGTH
from app.settings import setting


@dataclass(frozen=True)
class CommissionDetails:
    """What is asked for at the shell."""

    name: str
    city: str
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str


REGISTERED = Conflict(_l("The Commission is registered already. Its administrators register further users."))


def create_commission(details: CommissionDetails) -> ImiUser:
    """Register the Commission and its first administrator, who gets his temporary password by mail (R4).

    Conflict where there is one already; InvalidInput with the fields that must be corrected.
    """
    if db.session.scalar(select(Authority.id).where(Authority.kind == AuthorityKind.commission)) is not None:
        raise REGISTERED
    checked = _checked(details)
    authority = _add(checked)
    user = registrations.new_user(
        authority,
        first_name=checked.first_name,
        last_name=checked.last_name,
        email_address=checked.email,
        phone=checked.phone,
        language=checked.language,
    )
    user.is_superuser = user.is_administrator = True
    password = passwords.give_temporary(user, setting("TEMPORARY_PASSWORD_DAYS"))
    db.session.add(user)
    db.session.flush()
    audit.record(None, LoggedAct.authority_registered, authority, data={"official_name": authority.official_name})
    audit.record(
        None, LoggedAct.user_registered, user, authority=authority, data={"superuser": True, "administrator": True}
    )
    outgoing_mails.order_temporary_password(user, authority.official_name, setting("INSTALLATION_NAME"), password)
    return user


def _checked(details: CommissionDetails) -> CommissionDetails:
    entries = Entries()
    required = _l("This cannot be left out.")
    checked = CommissionDetails(
        name=entries.name("name", details.name, NAME_LENGTH, required=required),
        city=entries.line("city", details.city, 100, required=required),
        first_name=entries.person("first_name", details.first_name, PERSON_LENGTH, required=required),
        last_name=entries.person("last_name", details.last_name, PERSON_LENGTH, required=required),
        email=entries.email("email", details.email, required=required),
        phone=entries.phone("phone", details.phone, required=required),
        language=entries.one_of("language", details.language, set(setting("LANGUAGES")), required),
    )
    if checked.name and not registration_details.is_comparable(fold(checked.name)):
        entries.note("name", registration_details.NOT_COMPARABLE)
    entries.refuse()
    return checked


def _add(details: CommissionDetails) -> Authority:
    authority = Authority(
        kind=AuthorityKind.commission,
        status=AuthorityStatus.active,
        official_name=details.name,
        official_name_key=fold(details.name),
        city=details.city,
        email=details.email,
        registered_at=clock.now(),
        **match_keys(official_name=details.name, email=details.email),
        texts=[AuthorityText(language="en", title="Runs the Internal Market Information System")],
    )
    with refusing({"uq_authority_commission": REGISTERED, "authority.kind": REGISTERED}):
        db.session.add(authority)
    return authority


def faults() -> list[str]:
    """What makes the installation unfit to run, a sentence each; the settings have been judged when they were read."""
    current, head = _migrations()
    found = []
    if current != head:
        found.append(f"The database stands at migration {current or 'none'}, not at {head}: run flask db upgrade.")
    elif not setting("DEVELOPMENT") and has_demo_accounts():
        found.append("There are demo accounts in the database: production runs on a database without them (R89).")
    return found


def _migrations() -> tuple[str | None, str | None]:
    """Where the database stands, and where the code wants it."""
    folder = Path(__file__).parent.parent.parent / "migrations"
    script = ScriptDirectory(str(folder))
    current = MigrationContext.configure(db.session.connection()).get_current_revision()
    return current, script.get_current_head()


def has_demo_accounts() -> bool:
    """Whether one of the demo's known usernames is in use."""
    return db.session.scalar(select(ImiUser.id).where(ImiUser.username.in_(USERNAMES)).limit(1)) is not None
