"""Registering an authority: what comes into being, who may, and that nothing is left where it fails."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select, text

from app import clock
from app.errors import Conflict, ImiError, InvalidInput, NotAllowed, NotFound
from app.extensions import db as _db
from app.mail import secrecy
from app.models import (
    AccessManagerLink,
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    ImiUser,
    ListScope,
    Model,
    ModuleAccess,
    OutgoingMail,
    Reach,
    UserModuleRole,
)
from app.services import passwords, registration_details, registrations, sessions
from app.services.registration_details import RegistrationDetails
from app.services.registrations import Registration
from app.transaction import transaction
from tests.at_once import at_once
from tests.make import Maker
from tests.registering import contacts, details, typed

ROUNDS = 20


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def delegate(make: Any) -> Any:
    """An administrator of an access manager, as one who acts."""
    return make.actor(make.user(make.access_manager("Udpeget Styrelse")))


def counts() -> dict[str, int]:
    """How many rows each table has."""
    found = {
        table.name: _db.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in Model.metadata.sorted_tables
    }
    found.pop("user_session", None)  # those are the tests' own
    return found


def everything() -> str:
    """Every value of every table, as one text: where a secret would be found."""
    return "\n".join(repr(_db.session.execute(select(t)).all()) for t in Model.metadata.sorted_tables)


def at_field(refusal: pytest.ExceptionInfo[Any]) -> set[str]:
    """The fields that a refusal speaks of."""
    error = refusal.value
    return {error.field} if isinstance(error, Conflict) else set(error.fields)


def entries(scope: ListScope) -> list[int]:
    found = select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.scope == scope)
    return list(_db.session.scalars(found.order_by(ClassificationEntry.id).limit(3)))


# --- What comes into being -------------------------------------------------------------------------------------------


@pytest.mark.rule("R3")
@pytest.mark.rule("R2")
def test_authority_first_user_and_access_manager_come_into_being_together(delegate: Any) -> None:
    chosen = entries(ListScope.general)
    done = registrations.register(delegate, details(entry_ids=frozenset(chosen)))
    authority, user = done.authority, done.user
    _db.session.expire_all()

    assert (authority.kind, authority.status) == (AuthorityKind.authority, AuthorityStatus.active)
    given = typed()
    for field in ("official_name", "phone", "email", "website", "street", "postal_code", "city"):
        assert getattr(authority, field) == given[field]
    assert {row.language: row.title for row in authority.texts} == {"da": given["title_da"], "en": given["title_en"]}
    assert sorted(entry.id for entry in authority.classification) == chosen
    assert (authority.registered_by_user_id, authority.registered_by_authority_id) == (
        delegate.user_id,
        delegate.authority_id,
    )

    assert (user.first_name, user.last_name) == (given["first_name"], given["last_name"])
    assert (user.email_address, user.phone, user.language) == (given["user_email"], given["user_phone"], "da")
    assert user.authority_id == authority.id
    assert user.is_superuser
    assert user.is_administrator
    assert user.active
    assert user.first_log_in_at is None
    assert user.email == f"{user.public_id}@user.invalid"  # R70: the real one stands in a column of ours only

    link = _db.session.scalars(select(AccessManagerLink).where(AccessManagerLink.authority_id == authority.id)).one()
    assert (link.manager_id, link.added_by_user_id) == (delegate.authority_id, delegate.user_id)


def test_no_module_is_granted_and_no_module_role_given_yet(delegate: Any) -> None:
    done = registrations.register(delegate, details())
    access = select(func.count()).select_from(ModuleAccess).where(ModuleAccess.authority_id == done.authority.id)
    roles = select(func.count()).select_from(UserModuleRole).where(UserModuleRole.user_id == done.user.id)
    assert (_db.session.scalar(access), _db.session.scalar(roles)) == (0, 0)


@pytest.mark.rule("R7")
def test_it_is_of_the_actors_own_country(make: Any) -> None:
    swede = make.actor(make.user(make.nimic("SE")))
    assert registrations.register(swede, details()).authority.country_code == "SE"


@pytest.mark.rule("R2")
def test_what_may_be_left_out_is_left_out(delegate: Any) -> None:
    done = registrations.register(
        delegate, details(title_da="", email="", website="", street="", postal_code="", entry_ids=frozenset())
    )
    assert [row.language for row in done.authority.texts] == ["en"]
    assert (done.authority.email, done.authority.website) == ("", "")


@pytest.mark.rule("R84")
def test_what_is_stored_is_in_one_form(delegate: Any) -> None:
    done = registrations.register(
        delegate,
        details(
            official_name="  A\u030alborg Kommune ", user_email="Sorine@AALBORG.example", website="www.aalborg.example"
        ),
    )
    assert done.authority.official_name == "Ålborg Kommune"
    assert done.user.email_address == "Sorine@aalborg.example"
    assert done.authority.website == "https://www.aalborg.example"


# --- All or nothing --------------------------------------------------------------------------------------------------

STEPS = {
    "the authority": "app.services.registrations._add_authority",
    "the username": "app.services.usernames.draw",
    "the first user": "app.services.registrations.add_first_user",
    "his password": "app.services.passwords.give_temporary",
    "the access manager": "app.services.registrations.link",
    "the log": "app.services.registrations._log",
    "the mail": "app.services.outgoing_mails.order_temporary_password",
}


@pytest.mark.rule("R3")
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_after_any_step_leaves_no_row_of_any_table(
    delegate: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    _db.session.commit()
    before = counts()
    name = STEPS[step]
    module, function = name.rsplit(".", 1)
    original = getattr(__import__(module, fromlist=["x"]), function)

    def fails(*args: Any, **words: Any) -> None:
        original(*args, **words)
        _db.session.flush()
        raise RuntimeError(step)

    monkeypatch.setattr(name, fails)
    with pytest.raises(RuntimeError, match=step), transaction():
        registrations.register(delegate, details())
    assert counts() == before

    monkeypatch.undo()
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    with transaction():
        registrations.register(delegate, details())
    changed = {name for name, number in counts().items() if number != before[name]}
    assert changed == {
        "authority",
        "authority_text",
        "ab_user",
        "access_manager_link",
        "outgoing_mail",
        "audit_event",
        "audit_person",
        "audit_link",
    }


# --- Who may ---------------------------------------------------------------------------------------------------------

REGISTRARS: dict[str, Callable[[Any], Any]] = {
    "NIMIC": lambda make: make.user(make.nimic()),
    "delegate for the country": lambda make: make.user(make.access_manager()),
    "delegate for its own": lambda make: make.user(make.access_manager(reach=Reach.own)),
    "delegate for one module": lambda make: make.user(make.access_manager(modules=[make.module("PQ-REQ")])),
}


def _delegate(make: Any, **values: Any) -> Any:
    authority = make.authority()
    make.delegation(authority, **values)
    return make.user(authority)


def _day(days: int) -> Any:
    return clock.today() + timedelta(days=days)


OTHERS: dict[str, Callable[[Any], Any]] = {
    "ordinary administrator": lambda make: make.user(make.authority()),
    "user of a NIMIC": lambda make: make.user(make.nimic(), administrator=False),
    "user of a delegate": lambda make: make.user(make.access_manager(), administrator=False),
    "Commission": lambda make: make.user(make.authority(kind=AuthorityKind.commission)),
    "delegation over": lambda make: _delegate(make, valid_until=_day(-1)),
    "delegation to come": lambda make: _delegate(make, valid_from=_day(1)),
    "delegation revoked": lambda make: _delegate(make, revoked_at=clock.now()),
    "temporary password": lambda make: make.user(
        make.nimic(), password_is_temporary=True, temporary_password_expires_at=clock.now() + timedelta(days=1)
    ),
    "expired password": lambda make: make.user(make.nimic(), password_set_at=clock.now() - timedelta(days=250)),
    "blocked password": lambda make: make.user(make.nimic(), blocked_at=clock.now()),
}


@pytest.mark.rule("R1")
@pytest.mark.parametrize("who", REGISTRARS)
def test_administrators_of_access_managers_register(make: Any, who: str) -> None:
    actor = make.actor(REGISTRARS[who](make))
    assert registrations.register(actor, details()).authority.status is AuthorityStatus.active


@pytest.mark.rule("R1")
@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_does(make: Any, who: str) -> None:
    actor = make.actor(OTHERS[who](make))
    with pytest.raises(NotAllowed):
        registration_details.check(actor, details())
    before = counts()
    with pytest.raises(NotAllowed):
        registrations.register(actor, details())
    assert counts() == before


# --- What is asked for -----------------------------------------------------------------------------------------------

REQUIRED = {
    "official_name": {"official_name": " "},
    "title_da": {"title_da": "", "title_en": "  "},
    "email": {"email": "", "phone": " "},
    "city": {"city": ""},
    "first_name": {"first_name": ""},
    "last_name": {"last_name": ""},
    "user_email": {"user_email": ""},
    "user_phone": {"user_phone": ""},
    "user_language": {"user_language": ""},
}


@pytest.mark.rule("R2")
@pytest.mark.parametrize("field", REQUIRED)
def test_what_is_required_is_refused_at_its_field_alone(delegate: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details(**REQUIRED[field]))
    assert at_field(refusal) == {field}


@pytest.mark.rule("R2")
@pytest.mark.rule("R73")
def test_all_that_is_missing_is_told_at_once_in_sentences(delegate: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details(**dict.fromkeys(typed(), "")))
    assert at_field(refusal) == set(REQUIRED)
    with force_locale("en"):
        assert all(str(sentence).endswith(".") for sentence in refusal.value.fields.values())


@pytest.mark.rule("R2")
@pytest.mark.parametrize("kind", ["unknown", "negative", "inactive", "of a module's list"])
def test_classification_is_of_entries_that_can_be_chosen(delegate: Any, kind: str) -> None:
    numbers = {"unknown": 987_654_321, "negative": -1}
    number = numbers.get(kind) or entries(ListScope.general if kind == "inactive" else ListScope.module)[0]
    if kind == "inactive":
        _db.session.get_one(ClassificationEntry, number).active = False
        _db.session.flush()
    with pytest.raises(InvalidInput) as refusal:
        registrations.register(delegate, details(entry_ids=frozenset({number})))
    assert at_field(refusal) == {"classification"}


@pytest.mark.rule("R75")
@pytest.mark.parametrize("name", ["\u00b4\u00a8", "\u0301\u0308", "\ufdfa" * 250])
def test_a_name_that_cannot_be_compared_is_refused_at_its_field(delegate: Any, name: str) -> None:
    """Nothing is left of it without accents; or it is longer than the key under which names are unique."""
    before = counts()
    with pytest.raises(InvalidInput) as refusal:
        registrations.register(delegate, details(official_name=name))
    assert at_field(refusal) == {"official_name"}
    assert counts() == before


# --- Once only -------------------------------------------------------------------------------------------------------

SAME = {
    "as it is": "Ålborg Kommune",
    "small letters": "ålborg kommune",
    "capitals": "ÅLBORG KOMMUNE",
    "aa for å": "Aalborg Kommune",
    "accents": "Ålbòrg Kömmuné",
    "double spaces": "  Ålborg \u00a0  Kommune ",
    "taken apart": "A\u030alborg Kommune",
    "wide letters": "\uff21alborg Kommune",
    "Cyrillic letters": "Ålbоrg Kоmmunе",
    "Greek letters": "Ålbοrg Κοmmune",
}


@pytest.mark.rule("R9")
@pytest.mark.parametrize("how", SAME)
@pytest.mark.parametrize("status", [AuthorityStatus.active, AuthorityStatus.deactivated])
def test_the_same_name_is_refused_at_its_field(make: Any, delegate: Any, how: str, status: AuthorityStatus) -> None:
    make.authority("Ålborg Kommune", status=status)
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details(official_name=SAME[how]))
    assert at_field(refusal) == {"official_name"}


@pytest.mark.rule("R9")
@pytest.mark.rule("R75")
@pytest.mark.parametrize("how", SAME)
def test_the_database_refuses_it_where_the_check_saw_nothing(
    make: Any, delegate: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    make.authority("Ålborg Kommune")
    _db.session.commit()
    monkeypatch.setattr(registration_details, "_note_taken_name", lambda *_: None)
    monkeypatch.setattr(registrations, "said_to_be_others", lambda *_: [])
    with pytest.raises(Conflict) as refusal, transaction():
        registrations.register(delegate, details(official_name=SAME[how]))
    assert at_field(refusal) == {"official_name"}


@pytest.mark.rule("R9")
@pytest.mark.parametrize(
    "status",
    [
        AuthorityStatus.draft,
        AuthorityStatus.awaiting_validation,
        AuthorityStatus.returned,
        AuthorityStatus.rejected,
        AuthorityStatus.lapsed,
    ],
)
def test_the_name_is_free_among_those_not_registered(make: Any, delegate: Any, status: AuthorityStatus) -> None:
    other = make.authority("Ålborg Kommune", status=status)
    done = registrations.register(delegate, details(), not_the_same=[other.public_id])
    assert done.authority.status is AuthorityStatus.active


@pytest.mark.rule("R9")
def test_the_name_is_free_in_another_country(make: Any, delegate: Any) -> None:
    make.authority("Ålborg Kommune", country_code="SE")
    registrations.register(delegate, details())


@pytest.mark.rule("R9")
def test_a_name_that_is_only_like_it_is_free(make: Any, delegate: Any) -> None:
    other = make.authority("Ålborg Kommune")
    registrations.register(delegate, details(official_name="Ålborg Kommunes"), not_the_same=[other.public_id])


@pytest.mark.rule("R70")
def test_a_refusal_tells_nothing_of_the_other_one(make: Any, delegate: Any) -> None:
    other = make.authority("ÅLBORG KOMMUNE", city="Hemmelig By", email="hemmelig@andre.example")
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details())
    with force_locale("en"):
        said = str(refusal.value.message) + "".join(map(str, refusal.value.fields.values()))
    assert not [word for word in (other.official_name, other.city, other.email, str(other.public_id)) if word in said]


# --- The mail, and what is not in it ---------------------------------------------------------------------------------


def mail_of(user: ImiUser) -> OutgoingMail:
    return _db.session.scalars(select(OutgoingMail).where(OutgoingMail.user_id == user.id)).one()


def password_in(mail: OutgoingMail) -> str:
    assert mail.body is not None
    words = secrecy.unseal(mail.body).text.split()
    [password] = [word for word in words if len(word) == passwords.TEMPORARY_LENGTH and word.isalnum()]
    return password


@pytest.mark.rule("R4", "R43", "R54")
def test_the_first_user_is_mailed_a_password_that_opens_the_change_page(delegate: Any, client: Any) -> None:
    user = registrations.register(delegate, details(user_language="en")).user
    mail = mail_of(user)
    assert (mail.recipient, mail.language, mail.kind) == ("sorine@aalborg.example", "en", "M1")
    assert mail.expires_at == user.temporary_password_expires_at
    password, username = password_in(mail), user.username
    assert len(password) >= 24
    assert not set(password) & set("0O1lIo")

    wrong = client.send("/login/", {"username": username, "password": password.swapcase()})
    assert wrong.status_code == 401
    answer = client.send("/login/", {"username": username, "password": password})
    assert answer.status_code == 302
    for path in ("/", "/register-authority/", "/profile/"):
        answer = client.get(path)
        assert answer.status_code == 302 or path == "/profile/"
        assert "password" in answer.headers.get("Location", "password")
    assert 'name="new_password"' in client.get("/", follow_redirects=True).text


@pytest.mark.rule("R54")
def test_temporary_passwords_differ_and_hold_no_look_alikes(delegate: Any) -> None:
    assert not set(passwords.ALPHABET) & set("0O1lIo")
    drawn = set()
    for number in range(5):
        user = registrations.register(delegate, details(official_name=f"Kommune {number}", **contacts(number))).user
        drawn.add(password_in(mail_of(user)))
    assert len(drawn) == 5


@pytest.mark.rule("R87")
def test_the_password_stands_nowhere_in_readable_form(delegate: Any) -> None:
    user = registrations.register(delegate, details()).user
    password = password_in(mail_of(user))
    assert password not in everything()
    user.phone = password
    _db.session.flush()
    assert password in everything()  # the search would have found it


@pytest.mark.rule("R5")
def test_the_username_is_in_no_part_of_the_mail(delegate: Any) -> None:
    user = registrations.register(delegate, details()).user
    mail = mail_of(user)
    assert mail.body is not None
    body = secrecy.unseal(mail.body)
    parts = [mail.subject, mail.recipient, mail.reply_to, mail.message_id, body.text, body.html]
    assert not [part for part in parts if user.username in part.lower()]
    assert [part for part in parts if user.first_name in part]  # it is looked for in the mail as it is


# --- The log ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R67")
@pytest.mark.rule("R68")
def test_the_log_tells_both_with_personal_data_apart_and_salted(delegate: Any) -> None:
    done = registrations.register(delegate, details())
    events = _db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.act for event in events] == ["authority.registered", "user.registered"]
    for event in events:
        assert (event.actor_user_id, event.actor_authority_id) == (delegate.user_id, delegate.authority_id)
        assert (event.authority_id, event.country_code) == (done.authority.id, "DK")
    assert events[0].data["official_name"] == "Ålborg Kommune"
    assert events[1].data == {"superuser": True, "administrator": True}

    people = _db.session.scalars(select(AuditPerson)).all()
    about = {(row.event_id, row.field): row.value for row in people}
    registered = events[1].id
    assert about[registered, "subject.name"] == done.user.full_name
    assert about[registered, "email"] == done.user.email_address
    assert about[registered, "phone"] == done.user.phone
    assert about[registered, "actor.name"] == delegate.full_name
    by_number = {event.id: event.person_digests for event in events}
    for row in people:
        sealed = json.dumps([row.salt.hex(), row.person_id, row.field, row.value], ensure_ascii=False)
        assert by_number[row.event_id][row.field] == hashlib.sha256(sealed.encode()).hexdigest()
        assert len(row.salt) == 32
    assert len({row.salt for row in people}) == len(people)

    open_part = repr(_db.session.execute(select(AuditEvent.__table__)).all())
    personal = [done.user.first_name, done.user.last_name, done.user.email_address, done.user.phone]
    assert not [value for value in personal if value in open_part]


@pytest.mark.rule("R44")
def test_the_log_does_not_know_the_username(delegate: Any) -> None:
    user = registrations.register(delegate, details()).user
    logged = [repr(_db.session.execute(select(model.__table__)).all()) for model in (AuditEvent, AuditPerson)]
    assert user.username not in "".join(logged)


# --- Sent twice ------------------------------------------------------------------------------------------------------


def test_what_is_sent_twice_is_registered_once_and_answered_alike(delegate: Any) -> None:
    number = uuid.uuid4()
    first = registrations.register(delegate, details(), number)
    before = counts()
    assert registrations.register(delegate, details(), number) == first
    assert first.authority.public_id == number
    assert counts() == before


@pytest.mark.rule("R70")
@pytest.mark.parametrize("whose", ["a colleague's", "another country's"])
def test_another_persons_number_gives_nothing_away(make: Any, whose: str) -> None:
    nimic = make.nimic()
    mine, colleague = make.user(nimic), make.user(nimic)
    other = colleague if whose == "a colleague's" else make.user(make.nimic("SE"))
    number = uuid.uuid4()
    registrations.register(make.actor(other), details(official_name="Fremmed Styrelse", **contacts(1)), number)
    actor = make.actor(mine)
    _db.session.commit()
    before = counts()
    with pytest.raises(Conflict) as refusal, transaction():
        registrations.register(actor, details(), number)
    with force_locale("en"):
        assert "Fremmed" not in str(refusal.value.message)
    assert refusal.value.field is None
    assert counts() == before


def test_the_first_user_is_not_found_once_removed(delegate: Any) -> None:
    done = registrations.register(delegate, details())
    assert registrations.first_user_of(done.authority) == done.user
    done.user.active = False
    _db.session.flush()
    with pytest.raises(NotFound):
        registrations.first_user_of(done.authority)


# --- At the same moment, with real commits ---------------------------------------------------------------------------


@pytest.fixture
def inside(real_app: Flask) -> Iterator[Flask]:
    with real_app.app_context():
        yield real_app


def token_of(user: ImiUser) -> str:
    token = sessions.begin(user)
    _db.session.commit()
    return token


def act(token: str, given: RegistrationDetails, number: uuid.UUID | None = None) -> Registration:
    """As the door does it: one transaction, with the actor as he is now."""
    with transaction():
        actor = sessions.actor_of(token)
        assert actor is not None
        return registrations.register(actor, given, number)


def number_of(model: type[Any]) -> int:
    _db.session.rollback()
    return _db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.rule("R9")
def test_of_two_who_register_one_name_at_once_exactly_one_wins(inside: Flask) -> None:
    make = Maker()
    nimic, delegate = make.nimic(), make.access_manager()
    tokens = [token_of(make.user(body)) for body in (nimic, delegate)]
    before = number_of(Authority)

    def register(token: str, name: str) -> Any:
        return act(token, details(official_name=name, **contacts(number))).authority.official_name

    for number in range(ROUNDS):
        names = f"Ålborg Kommune {number}", f"AALBORG  kommune {number}"
        results = at_once(inside, *(lambda t=t, n=n: register(t, n) for t, n in zip(tokens, names, strict=True)))
        refusals = [result for result in results if isinstance(result, ImiError)]
        assert len(refusals) == 1, results
        [refused] = refusals
        fields = {refused.field} if isinstance(refused, Conflict) else set(refused.fields)
        assert fields == {"official_name"}
        assert number_of(Authority) == before + number + 1
    assert number_of(OutgoingMail) == ROUNDS
    assert number_of(AuditEvent) == 2 * ROUNDS


def test_the_same_form_sent_twice_at_once_registers_once_and_is_answered_alike(inside: Flask) -> None:
    make = Maker()
    token = token_of(make.user(make.nimic()))
    before = number_of(Authority)
    for round_number in range(5):
        number, given = uuid.uuid4(), details(official_name=f"Kommune {round_number}", **contacts(round_number))
        results = at_once(inside, *[lambda n=number, g=given: act(token, g, n).authority.public_id] * 3)
        assert results == [number] * 3
        assert number_of(Authority) == before + round_number + 1
    assert number_of(OutgoingMail) == 5


@pytest.mark.rule("R82")
def test_who_has_lost_his_delegation_since_the_form_is_refused(inside: Flask) -> None:
    make = Maker()
    body = make.access_manager()
    token = token_of(make.user(body))
    with transaction():
        actor = sessions.actor_of(token)
        assert actor is not None
        registration_details.check(actor, details())
    before = number_of(Authority)
    with _db.engine.begin() as other:
        other.execute(text("UPDATE delegation SET revoked_at = :now"), {"now": "2026-01-01 00:00:00+00:00"})
    with pytest.raises(NotAllowed):
        act(token, details())
    assert number_of(Authority) == before
    assert _db.session.scalar(select(Delegation.revoked_at).where(Delegation.delegate_id == body.id)) is not None
