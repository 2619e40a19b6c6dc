"""Likely duplicates: found by the database among many, and no more told of them than R8 allows."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import clock
from app.errors import Conflict, InvalidInput
from app.extensions import db as _db
from app.models import AuditEvent, Authority, AuthorityKind, AuthorityStatus, Invitation, InvitationStatus, Reach
from app.policy.folding import fold
from app.policy.likeness import Reason, match_keys
from app.services import duplicates, registration_details, registrations, sessions
from app.services.duplicates import Match, MatchState
from app.services.registration_details import RegistrationDetails
from app.transaction import transaction
from bench import duplicate_pairs
from tests.at_once import at_once
from tests.make import Maker
from tests.policy.test_likeness import HOSTILE
from tests.registering import contacts, details
from tests.statements import statements

HIDDEN = {"email": "hemmelig@andre.example", "phone": "+45 11 22 33 44", "website": "https://hemmelig.example"}


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hints to the queue that other tests look at."""
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)


@pytest.fixture
def nimic(make: Any) -> Authority:
    return make.nimic()  # type: ignore[no-any-return]


@pytest.fixture
def delegate(make: Any, nimic: Authority) -> Any:
    """An administrator of an access manager whose reach is the country."""
    return make.actor(make.user(make.access_manager("Udpeget Styrelse")))


def named(name: str, **more: str) -> RegistrationDetails:
    """Somebody has typed a name, and nothing that he shares with others."""
    return details(**{"email": "", "phone": "", "website": "", "official_name": name, **more})


def invite(by: Authority, name: str, **values: Any) -> Invitation:
    moment = clock.now()
    keys = match_keys(official_name=name, email=values.get("recipient_email", ""))
    row = Invitation(
        country_code=by.country_code,
        inviting_authority_id=by.id,
        invited_name=name,
        token_hash=uuid.uuid4().hex,
        sent_at=moment,
        expires_at=moment + timedelta(days=30),
        likeness_key=keys["likeness_key"],
        email_key=keys["email_key"],
        **{"recipient_email": "en@anden.example", "status": InvitationStatus.sent, **values},
    )
    _db.session.add(row)
    _db.session.flush()
    return row


def only(found: list[Match]) -> Match:
    [match] = found
    return match


# --- What is found ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (named("Århus kom."), Reason.similar_name),
        (named("Noget andet", email="POST@aarhus.example"), Reason.same_email),
        (named("Noget andet", phone="89 40 20 00"), Reason.same_phone),
        (named("Noget andet", website="aarhus.example/"), Reason.same_website),
        (named("Noget andet", external_scheme="CVR", external_value="13 58 56 28"), Reason.same_identifier),
        (named("AARHUS  KOMMUNE"), Reason.identical_name),
    ],
)
def test_each_thing_that_is_the_same_finds_it(
    make: Any, delegate: Any, typed: RegistrationDetails, reason: Reason
) -> None:
    body = make.authority(
        "Aarhus Kommune",
        email="post@aarhus.example",
        phone="+45 8940 2000",
        website="https://www.aarhus.example",
        identifier_scheme="CVR",
        identifier_value="13585628",
    )
    make.authority("Aalborg Kommune")
    match = only(duplicates.likely(delegate, typed))
    assert (match.public_id, match.reasons, match.state) == (body.public_id, {reason}, MatchState.within_reach)
    assert match.is_identical == (reason is Reason.identical_name)


@pytest.mark.rule("R8")
def test_a_changed_name_is_found_by_its_new_one(make: Any, delegate: Any) -> None:
    body = make.authority("Aarhus Kommune")
    body.likeness_key = match_keys(official_name="Esbjerg Kommune")["likeness_key"]
    body.official_name_key = fold("Esbjerg Kommune")
    _db.session.flush()
    assert duplicates.likely(delegate, named("Aarhus kommmune")) == []
    assert len(duplicates.likely(delegate, named("Esbjergs kommune"))) == 1
    _db.session.delete(body)
    _db.session.flush()
    assert duplicates.likely(delegate, named("Esbjergs kommune")) == []


@pytest.mark.rule("R8")
def test_what_is_the_same_body_is_found_among_all_others(make: Any, delegate: Any) -> None:
    """The database's narrowing loses nothing that the judgement would have shown."""
    pairs = [pair for pair in duplicate_pairs.pairs() if pair.is_same]
    names = list(dict.fromkeys(pair.one for pair in pairs))
    values = {"kind": AuthorityKind.authority, "status": AuthorityStatus.active, "country_code": "DK", "city": "Ribe"}
    values |= {"email": "a@b.example", "registered_at": clock.now()}
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        keys = match_keys(official_name=name, country_code="DK")
        rows.setdefault(fold(name), {**values, **keys, "official_name": name, "official_name_key": fold(name)})
    _db.session.execute(insert(Authority), list(rows.values()))
    judged_wrong = {pair.other for pair in duplicate_pairs.wrong(pairs)}
    missed = [
        pair
        for pair in pairs[::2]
        if pair.other not in judged_wrong
        and fold(pair.one) not in {fold(match.name) for match in duplicates.likely(delegate, named(pair.other))}
    ]
    assert len(missed) <= 5, missed


@pytest.mark.rule("R8")
def test_a_look_costs_few_statements_however_many_there_are(make: Any, delegate: Any, nimic: Authority) -> None:
    for number in range(30):
        make.authority(f"Aarhus Kommune {number}", email="post@aarhus.example")
        invite(nimic, f"Aarhus Kommune nr. {number}")
    with statements(_db) as heard:
        assert len(duplicates.likely(delegate, named("Aarhus Kommune", email="post@aarhus.example"))) == 10
    assert len(heard) <= 7
    with statements(_db) as heard:
        assert duplicates.likely(delegate, named("Zoologisk Samarbejde")) == []
    assert len(heard) <= 5


@pytest.mark.rule("R8", "R84")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_too_hostile_for_the_databases(make: Any, delegate: Any, text: str) -> None:
    make.authority("Aarhus Kommune")
    typed = named(text, email=text, phone=text, website=text, external_scheme="OTHER", external_value=text)
    found = duplicates.likely(delegate, typed)
    assert [match for match in found if match.name == "Aarhus Kommune"] == []


@pytest.mark.rule("R8")
@pytest.mark.parametrize(
    "letters", ["Kommune%", 'Vand"værk', "Under_score Nævn", "Stjerne* AND Sol", "Back\\slash Råd"]
)
def test_metacharacters_are_letters(make: Any, delegate: Any, letters: str) -> None:
    make.authority(letters)
    make.authority("Helt andet organ")
    assert only(duplicates.likely(delegate, named(f"{letters}!"))).name == letters


# --- What is told ----------------------------------------------------------------------------------------------------


def is_reduced(match: Match, *contact: str) -> None:
    """Name, town and whom to ask; nothing else of it, in whatever form."""
    assert match.reasons == frozenset()
    assert match.ask is not None
    assert (match.ask.name, match.ask.phone) == contact
    assert not [secret for secret in HIDDEN.values() if secret in repr(match)]


@pytest.mark.rule("R8", "R10", "R70")
def test_outside_the_reach_only_name_town_and_whom_to_ask_are_told(make: Any, nimic: Authority) -> None:
    other = make.access_manager("Den Anden Styrelse")
    other.phone = "+45 70 10 20 30"
    make.authority("Aarhus Kommune", managed_by=other, city="Aarhus", **HIDDEN)
    narrow = make.actor(make.user(make.access_manager("Kun egne", reach=Reach.own)))
    match = only(duplicates.likely(narrow, named("Århus Kommune!", phone=HIDDEN["phone"])))
    assert (match.name, match.city, match.state) == ("Aarhus Kommune", "Aarhus", MatchState.outside)
    is_reduced(match, "Den Anden Styrelse", "+45 70 10 20 30")


@pytest.mark.rule("R10", "R30")
def test_where_no_access_manager_stands_today_the_national_coordinator_is_asked(make: Any, nimic: Authority) -> None:
    nimic.phone = "+45 33 00 00 00"
    ended = make.authority("Tidligere Adgangsforvalter")
    make.delegation(ended, valid_until=clock.today() - timedelta(days=1))
    make.authority("Aarhus Kommune", managed_by=ended, **HIDDEN)
    narrow = make.actor(make.user(make.access_manager("Kun egne", reach=Reach.own)))
    is_reduced(only(duplicates.likely(narrow, named("Århus Kommune!"))), "NIMIC DK", "+45 33 00 00 00")


@pytest.mark.rule("R7", "R8", "R70")
def test_nothing_of_another_country_is_told(make: Any, delegate: Any) -> None:
    swede = make.authority("Aarhus Kommune", country_code="SE", **HIDDEN)
    invite(swede, "Aarhus Kommune")
    assert duplicates.likely(delegate, named("Aarhus Kommune", **HIDDEN)) == []


@pytest.mark.rule("R8", "R70")
@pytest.mark.parametrize("who", ["user", "administrator", "commission"])
def test_who_registers_nobody_is_told_nothing(make: Any, who: str) -> None:
    make.authority("Aarhus Kommune")
    body = make.commission() if who == "commission" else make.authority()
    actor = make.actor(make.user(body, administrator=who != "user"))
    assert duplicates.likely(actor, named("Aarhus Kommune")) == []


@pytest.mark.rule("R8", "R10", "R59")
@pytest.mark.parametrize("whose", ["mine", "another's"])
def test_a_deactivated_one_is_known_as_that_to_who_finds_it(make: Any, nimic: Authority, whose: str) -> None:
    mine, other = make.access_manager("Min Styrelse"), make.access_manager("Den Anden Styrelse")
    manager = mine if whose == "mine" else other
    make.authority("Aarhus Kommune", managed_by=manager, status=AuthorityStatus.deactivated, **HIDDEN)
    match = only(duplicates.likely(make.actor(make.user(mine)), named("Århus Kommune!")))
    assert match.state is (MatchState.deactivated if whose == "mine" else MatchState.outside)
    is_reduced(match, manager.official_name, "")


@pytest.mark.rule("R8", "R10", "R18")
@pytest.mark.parametrize("status", [AuthorityStatus.awaiting_validation, AuthorityStatus.returned])
def test_one_that_awaits_validation_is_told_with_who_validates(
    make: Any, delegate: Any, nimic: Authority, status: AuthorityStatus
) -> None:
    other = make.access_manager("Den Anden Styrelse")
    waiting = make.authority("Aarhus Kommune", status=status, city="Aarhus", **HIDDEN)
    invite(other, "Århus", status=InvitationStatus.registered, authority_id=waiting.id)
    match = only(duplicates.likely(delegate, named("Aarhus Kommune")))
    assert (match.state, match.city, match.is_identical) == (MatchState.awaiting, "Aarhus", False)
    is_reduced(match, "Den Anden Styrelse", "")


@pytest.mark.rule("R8", "R10")
@pytest.mark.parametrize("who", ["the inviting body", "the coordinator", "another"])
def test_an_invited_one_is_told_with_who_invited_it(make: Any, nimic: Authority, who: str) -> None:
    inviter, other = make.access_manager("Den Anden Styrelse"), make.access_manager()
    row = invite(inviter, "Aarhus Kommune", recipient_email="hemmelig@andre.example")
    reader = {"the inviting body": inviter, "the coordinator": nimic, "another": other}[who]
    match = only(duplicates.likely(make.actor(make.user(reader)), named("Århus Kommune")))
    assert (match.state, match.city) == (MatchState.invited, "")
    assert match.invited_at == (None if who == "another" else row.sent_at)
    is_reduced(match, "Den Anden Styrelse", "")


@pytest.mark.rule("R8", "R18")
@pytest.mark.parametrize("status", [AuthorityStatus.draft, AuthorityStatus.rejected, AuthorityStatus.lapsed])
def test_drafts_and_what_is_refused_are_no_duplicates(make: Any, delegate: Any, status: AuthorityStatus) -> None:
    make.authority("Aarhus Kommune", status=status)
    assert duplicates.likely(delegate, named("Aarhus Kommune")) == []


@pytest.mark.rule("R8")
@pytest.mark.parametrize("status", [InvitationStatus.cancelled, InvitationStatus.rejected])
def test_ended_invitations_are_no_duplicates(make: Any, delegate: Any, nimic: Authority, status: Any) -> None:
    invite(nimic, "Aarhus Kommune", status=status)
    assert duplicates.likely(delegate, named("Aarhus Kommune")) == []


# --- Not the same ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R9")
def test_one_that_looks_like_another_is_registered_only_when_that_is_said(make: Any, delegate: Any) -> None:
    other = make.authority("Aalborg Havn")
    typed = details(official_name="Aalborgs Havne")
    for said in ([], [uuid.uuid4()]):
        with pytest.raises(Conflict) as refusal:
            registrations.register(delegate, typed, not_the_same=said)
        assert refusal.value.field == "not_the_same"
    registrations.register(delegate, typed, not_the_same=[other.public_id])
    event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "authority.registered")).one()
    assert event.data["not_the_same"] == [str(other.public_id)]


@pytest.mark.rule("R9")
def test_what_was_said_of_one_is_not_said_of_the_next(make: Any, delegate: Any) -> None:
    seen = make.authority("Aalborg Havn")
    make.authority("Ålborg Havne")
    with pytest.raises(Conflict) as refusal:
        registrations.register(delegate, details(official_name="Aalborgs Havne"), not_the_same=[seen.public_id])
    assert refusal.value.field == "not_the_same"


@pytest.mark.rule("R8")
def test_an_identifier_with_a_wrong_digit_is_told_at_its_field(delegate: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details(external_scheme="CVR", external_value="13585627"))
    assert set(refusal.value.fields) == {"external_value"}
    with pytest.raises(InvalidInput) as refusal:
        registration_details.check(delegate, details(external_scheme="XX", external_value="13585628"))
    assert set(refusal.value.fields) == {"external_scheme"}


@pytest.mark.rule("R8", "R67")
def test_an_identifier_is_stored_compact_and_logged(delegate: Any) -> None:
    done = registrations.register(delegate, details(external_scheme="CVR", external_value="DK 13 58 56 28"))
    assert (done.authority.identifier_scheme, done.authority.identifier_value) == ("CVR", "13585628")
    event = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "authority.registered")).one()
    assert event.data["identifier"] == "CVR 13585628"


@pytest.mark.rule("R9")
def test_of_two_bodies_that_register_names_alike_at_once_one_is_asked(real_app: Flask) -> None:
    """Neither check page showed the other: the second is shown it at creation, and nothing is registered silently."""
    with real_app.app_context():
        make = Maker()
        tokens = [sessions.begin(make.user(body)) for body in (make.nimic(), make.access_manager())]
        _db.session.commit()

        def register(token: str, name: str, number: int) -> Any:
            with transaction():
                actor = sessions.actor_of(token)
                assert actor is not None
                done = registrations.register(actor, details(official_name=name, **contacts(number)))
                return done.authority.official_name

        for number in range(8):
            names = f"Ålborg Havn {number}", f"AALBORGS  havne {number}"
            works = [
                lambda t=token, n=name, k=2 * number + place: register(t, n, k)
                for place, (token, name) in enumerate(zip(tokens, names, strict=True))
            ]
            results = at_once(real_app, *works)
            refusals = [result for result in results if isinstance(result, Conflict)]
            assert [refusal.field for refusal in refusals] == ["not_the_same"], results
