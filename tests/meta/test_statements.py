"""How many statements a page costs, session and actor included: as many at a thousand rows as at ten."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from app import clock
from app.extensions import db as _db
from app.models import (
    AccessManagerLink,
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    ImiUser,
    Invitation,
    InvitationStatus,
    JobRun,
    LinkedCoordinator,
    ListScope,
    LoggedAct,
    MailState,
    Module,
    ModuleAccess,
    ModuleRole,
    OutgoingMail,
    RunState,
    UserModuleRole,
)
from app.policy.plans import Job
from app.services import audit, registration_drafts, sessions
from tests.registering import TYPED
from tests.views.test_gate import LINK

LIST = "/coordinated-authorities/"
CITY = "_oc_FindAuthoritiesView=city&_od_FindAuthoritiesView=desc"
# Exactly what each page costs now. Where a page gets cheaper, its number goes down; none may go above the last column.
PAGES = {
    "log-in, signed in": ("/login/", 1, 2),  # for nobody: 0, below
    "overview": ("/", 5, 8),
    "search": ("/search/?q=myndighed+odense", 4, 6),
    "my authority": ("/my-authority/", 1, 2),
    "list": (LIST, 3, 4),
    "list of the country": (f"{LIST}?mine=no", 3, 4),
    "list of what needs somebody": (f"{LIST}?show=no_modules", 3, 4),
    "list, searched": (f"{LIST}?mine=no&q=myndighed", 3, 4),
    "list, narrowed": (f"{LIST}?module=PQ-REQ&role=coordinator&classification=a&manager=styrelse&status=active", 3, 4),
    "list, second order": (f"{LIST}?_oc_CoordinatedAuthorityView=city&_od_CoordinatedAuthorityView=desc", 3, 4),
    "list, last page": (f"{LIST}?last=yes", 3, 4),
    "list, after a row": (f"{LIST}?after={{body}}", 3, 4),
    "users of all": ("/coordinated-users/", 3, 4),
    "users of all, searched": ("/coordinated-users/?mine=no&q=mange&password=valid&login=active", 3, 4),
    "users of all, last page": ("/coordinated-users/?last=yes", 3, 4),
    "found": ("/find-authorities/", 4, 4),
    "found, searched": ("/find-authorities/?q=myndighed+odense&country=DK&module=PQ-REQ&role=coordinator", 4, 4),
    "found, second order": (f"/find-authorities/?{CITY}&classification=a", 4, 4),
    "found, last page": ("/find-authorities/?last=yes", 4, 4),
    "found, after a row": ("/find-authorities/?after={body}", 4, 4),
    "found, public page": ("/find-authorities/{body}/", 4, 4),
    "authority": ("/authorities/{body}/", 6, 8),
    "edit authority": ("/authorities/{body}/edit", 5, 8),
    "classification": ("/authorities/{body}/classification", 5, 8),
    "modules": ("/authorities/{body}/modules", 6, 8),
    "users": ("/authorities/{body}/users", 6, 8),
    "management": ("/authorities/{body}/management", 6, 8),
    "print sheet": ("/authorities/{body}/print", 8, 8),
    # Two to look, ten to log the refusal and to seal it.
    "unknown authority": (f"/authorities/{uuid.UUID(int=1)}/", 12, 12),
    "register form": ("/register-authority/", 4, 4),
    "draft": ("/register-authority/drafts/{draft}/", 8, 12),
    "draft to be checked": ("/register-authority/drafts/{draft}/check", 9, 12),
    "draft to be discarded": ("/register-authority/drafts/{draft}/discard", 2, 4),
    "invitations": ("/invitations/", 3, 4),
    "invitations, searched": ("/invitations/?state=sent&q=kommune", 3, 4),
    "new invitation": ("/invitations/new", 3, 4),
    "invitation": ("/invitations/{invitation}/", 4, 8),
    "invitation to be cancelled": ("/invitations/{invitation}/cancel", 2, 4),
    "awaiting validation": ("/tasks/awaiting-validation/", 3, 4),
    "registration to be validated": ("/tasks/awaiting-validation/{waiting}/", 18, 20),
    "registration to be corrected": ("/tasks/awaiting-validation/{waiting}/correct", 6, 8),
    "choose a module": ("/authorities/{empty}/grant/", 4, 8),
    "grant": ("/authorities/{empty}/grant/PQ-REQ", 9, 10),
}
# The same, for who was invited: he has a link, and no account.
INVITED = {
    "invited": ("/invitation/{link}/", 2, 4),
    "invited, form": ("/invitation/{link}/registration", 3, 4),
    "invited, to be checked": ("/invitation/{link}/check", 4, 4),
}
# The same, for the Commission.
OPERATIONS = {
    "overview of the Commission": ("/", 5, 8),
    "jobs and log": ("/operations/", 9, 10),
    "jobs and log, runs of a job": ("/operations/?job=sweep_mails", 9, 10),
    "mails": ("/operations/mails/", 3, 10),
    "mails, last page": ("/operations/mails/?state=sent&page=999", 3, 10),
    "mail": ("/operations/mails/{mail}/", 2, 10),
    "mail to be given up": ("/operations/mails/{mail}/give-up", 2, 10),
}


@dataclass
class Full:
    """The addresses that the pages need, and who reads them."""

    body: uuid.UUID
    empty: uuid.UUID
    mail: uuid.UUID
    draft: uuid.UUID
    invitation: uuid.UUID
    waiting: uuid.UUID
    reader: ImiUser
    commission: ImiUser


@pytest.fixture(params=[10, 1_000])
def full(request: pytest.FixtureRequest, make: Any) -> Full:
    """So many rows of everything a page lists: authorities, users, access managers, coordinators, roles."""
    return fill(make, request.param)


def fill(make: Any, number: int) -> Full:
    manager = make.access_manager()
    others = _authorities(number)
    links = [{"authority_id": row, "manager_id": manager.id, "since": clock.now()} for row in others]
    _db.session.execute(insert(AccessManagerLink), links)
    body, empty = make.authority(managed_by=manager), make.authority(managed_by=manager)
    managers = [{"authority_id": body.id, "manager_id": row, "since": clock.now()} for row in others]
    _db.session.execute(insert(AccessManagerLink), managers)
    _give_accesses(make, body, others)
    _give_users(make, body, number)
    general = select(ClassificationEntry).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    entries = general.order_by(ClassificationEntry.id).limit(min(number, 100))
    body.classification = list(_db.session.scalars(entries))
    _db.session.flush()
    mail = _fill_operations(body, number)
    # As the database does by itself where commits are commits; here it would plan for tables that it believes empty.
    _db.session.execute(text("ANALYZE"))
    reader = make.user(manager)
    drafts = [make.draft(reader).public_id for _ in range(min(number, registration_drafts.MOST_KEPT))]
    invitation, waiting = _fill_invitations(make, manager, number)
    return Full(
        body=body.public_id,
        empty=empty.public_id,
        mail=mail,
        draft=drafts[0],
        invitation=invitation,
        waiting=waiting,
        reader=reader,
        commission=make.user(make.commission()),
    )


def _fill_invitations(make: Any, manager: Authority, number: int) -> tuple[uuid.UUID, uuid.UUID]:
    """So many that are sent, and so many that await validation; the numbers of one of each. The link is LINK."""
    same = {"country_code": "DK", "inviting_authority_id": manager.id, "recipient_email": "post@kommune.example"}
    same |= {"sent_at": clock.now(), "expires_at": clock.now() + timedelta(days=30), "invited_name": "Kommunen"}
    rows = [same | {"token_hash": f"sent {count}", "status": InvitationStatus.sent} for count in range(number)]
    _db.session.execute(insert(Invitation), rows)
    typed = {"typed": list(map(list, TYPED.items())), "typed_at": clock.now()}
    invitation = make.invitation(manager, token_hash=sessions.hash_of(LINK), **typed)
    waiting = [make.waiting(manager, name=f"Myndighed nummer {count}x") for count in range(min(number, 30))]
    return invitation.public_id, waiting[0].public_id


def _fill_operations(body: Authority, number: int) -> uuid.UUID:
    """Mails and runs, and an entry of the log for each; the number of a mail."""
    moment = clock.now()
    mail = {"kind": "M1", "language": "da", "authority_id": body.id, "recipient": "a@b.example", "subject": "Post"}
    mail |= {"created_at": moment, "due_at": moment}
    states = {MailState.failed: None, MailState.sent: moment}
    mails = [
        {**mail, "message_id": f"<{count}@{state.value}>", "state": state, "sent_at": sent}
        for count in range(number)
        for state, sent in states.items()
    ]
    _db.session.execute(insert(OutgoingMail), mails)
    ended = {"state": RunState.done, "started_at": moment, "ended_at": moment, "counts": {"runs": 1}}
    slots = [{"name": Job.sweep_mails.value, "slot": moment + timedelta(seconds=count)} for count in range(number)]
    _db.session.execute(insert(JobRun), [slot | ended for slot in slots])
    for _ in range(min(number, 20)):
        audit.record(None, LoggedAct.log_in_failed, None)
    failed = select(OutgoingMail.public_id).where(OutgoingMail.state == MailState.failed)
    return _db.session.scalars(failed.limit(1)).one()


def _authorities(number: int) -> list[int]:
    names = [f"myndighed nummer {count:04}" for count in range(number)]
    values = {
        "kind": AuthorityKind.authority,
        "status": AuthorityStatus.active,
        "country_code": "DK",
        "city": "Odense",
        "email": "post@odense.example",
        "registered_at": clock.now(),
    }
    rows = [
        {**values, "official_name": name, "official_name_key": name, "sort_key": name, "search_key": f"{name}\nodense"}
        for name in names
    ]
    ids = list(_db.session.scalars(insert(Authority).returning(Authority.id), rows))
    texts = [{"authority_id": row, "language": code, "title": "Tilsyn"} for row in ids for code in ("da", "en")]
    _db.session.execute(insert(AuthorityText), texts)
    return ids


def _access(authority_id: int, module_id: int, role: ModuleRole) -> dict[str, Any]:
    return {
        "authority_id": authority_id,
        "module_id": module_id,
        "country_code": "DK",
        "status": AccessStatus.granted,
        "role": role,
        "granted_at": clock.now(),
    }


def _give_accesses(make: Any, body: Authority, others: list[int]) -> None:
    """A coordinator each in one module, all of them linked; and access to as many modules as there are."""
    module, returned = make.module("PQ-REQ"), insert(ModuleAccess).returning(ModuleAccess.id)
    coordinators = _db.session.scalars(returned, [_access(row, module.id, ModuleRole.coordinator) for row in others])
    standing = list(coordinators)
    modules = _db.session.scalars(select(Module.id).order_by(Module.id).limit(len(others))).all()
    ids = list(_db.session.scalars(returned, [_access(body.id, row, ModuleRole.authority) for row in modules]))
    dependant = ids[modules.index(module.id)]
    links = [
        {"access_id": dependant, "coordinator_id": row, "module_id": module.id, "country_code": "DK"}
        for row in standing
    ]
    _db.session.execute(insert(LinkedCoordinator), links)


def _give_users(make: Any, body: Authority, number: int) -> None:
    model = make.user(body)
    copied = ("password", "password_is_temporary", "password_set_at", "registered_at", "authority_id", "active")
    same = {name: getattr(model, name) for name in (*copied, "is_administrator")}
    rows = [
        {
            **same,
            "username": f"mange{count:06}",
            "first_name": "Mange",
            "last_name": f"Nr. {count}",
            "email": f"{count}@mange.invalid",
            "email_address": f"mange{count}@myndighed.example",
        }
        for count in range(number)
    ]
    ids = list(_db.session.scalars(insert(ImiUser).returning(ImiUser.id), rows))
    module = make.module("PQ-REQ")
    access = select(ModuleAccess.id).where(ModuleAccess.authority_id == body.id, ModuleAccess.module_id == module.id)
    held = {"access_id": _db.session.scalar(access), "authority_id": body.id, "module_id": module.id}
    role = module.user_roles[0].id
    _db.session.execute(insert(UserModuleRole), [{**held, "user_id": row, "user_role_id": role} for row in ids])


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that go to the database meanwhile, but for the tests' savepoints."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN")):
            statements.append(statement)

    engine = _db.engine.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _cost(browser: Any, address: str) -> list[str]:
    with counting() as statements:
        answer = browser.get(address)
    assert answer.status_code in (200, 302, 404)
    return statements


@pytest.mark.rule("R70")
def test_pages_cost_as_many_statements_at_a_thousand_rows_as_at_ten(
    full: Full, sign_in: Callable[..., Any], client: Any
) -> None:
    for reader, pages in ((full.reader, PAGES), (full.commission, OPERATIONS), (None, INVITED)):
        browser = sign_in(reader, "da") if reader else client
        browser.get("/")  # what a process reads once
        ids = {name: getattr(full, name) for name in ("body", "empty", "mail", "draft", "invitation", "waiting")}
        ids["link"] = LINK
        counted = {name: len(_cost(browser, page.format(**ids))) for name, (page, *_) in pages.items()}
        assert counted == {name: exact for name, (_, exact, _) in pages.items()}
        assert not [name for name, (_, _, bound) in pages.items() if counted[name] > bound]


def test_a_page_of_nobody_asks_the_database_nothing(client: Any) -> None:
    for address in ("/login/", "/login/?next=/authorities/", "/", LIST, "/no-such-page"):
        assert _cost(client, address) == []


def test_statements_are_counted(full: Full, sign_in: Callable[..., Any]) -> None:
    """The counter sees what it is there to see."""
    with counting() as statements:
        for row in _db.session.scalars(select(Authority).limit(3)).all():
            _ = row.texts
    assert len(statements) == 4
