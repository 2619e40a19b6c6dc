"""Drafts of a registration: whose they are, how two colleagues get on, and how they end (R6, R26)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.extensions import db as _db
from app.models import (
    AuditEvent,
    AuditPerson,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    Delegation,
    ImiUser,
    OutgoingMail,
    Reach,
    RegistrationDraft,
)
from app.policy.actor import Actor
from app.services import registration_drafts, sessions
from app.services.registration_drafts import OVERTAKEN
from app.transaction import transaction
from tests.at_once import at_once
from tests.make import Maker
from tests.registering import TYPED, contacts, details

PAIRS = list(TYPED.items())
ROUNDS = 5


@pytest.fixture
def body(make: Any) -> Authority:
    make.nimic()
    found: Authority = make.access_manager(reach=Reach.own)
    return found


@pytest.fixture
def actor(make: Any, body: Authority) -> Actor:
    found: Actor = make.actor(make.user(body))
    return found


@pytest.fixture
def colleague(make: Any, body: Authority) -> Actor:
    found: Actor = make.actor(make.user(body, first_name="Bo"))
    return found


def save(actor: Actor, typed: Any = PAIRS, number: uuid.UUID | None = None, **words: Any) -> RegistrationDraft:
    return registration_drafts.save(actor, number or uuid.uuid4(), typed, **{"kept": True, **words})


def acts() -> list[str]:
    return list(_db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


def count(model: Any) -> int:
    return _db.session.scalar(select(func.count()).select_from(model)) or 0


# --- What is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R6")
def test_what_is_typed_is_kept_right_or_wrong_and_is_no_authority(actor: Actor) -> None:
    before = count(Authority)
    wrong = [("official_name", "  Fyret\u202e "), ("email", "nobody"), ("city", "x" * 10_000), ("title_da", "")]
    draft = save(actor, wrong)
    _db.session.expire_all()
    assert draft.typed == [["official_name", "  Fyret\u202e "], ["email", "nobody"], ["city", "x" * 10_000]]
    assert draft.official_name == "Fyret"
    assert (draft.version, draft.kept, draft.authority_id, draft.country_code) == (1, True, actor.authority_id, "DK")
    assert count(Authority) == before
    assert acts() == ["draft.saved"]


@pytest.mark.rule("R6")
@pytest.mark.rule("R68")
def test_the_log_says_that_it_was_saved_and_not_what_was_typed(actor: Actor) -> None:
    draft = save(actor)
    registration_drafts.discard(actor, draft.public_id, 1)
    assert acts() == ["draft.saved", "draft.discarded"]
    said = "".join(repr(_db.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson))
    assert [value for name, value in PAIRS if name != "user_language" and value in said] == []
    assert actor.full_name in said  # it was looked for where names do stand


@pytest.mark.rule("R6")
def test_a_long_name_is_cut_for_the_list_only(actor: Actor) -> None:
    draft = save(actor, [("official_name", "x" * 10_000)])
    assert (len(draft.official_name), len(draft.typed[0][1])) == (250, 10_000)


@pytest.mark.rule("R85")
def test_more_than_a_draft_holds_is_refused(actor: Actor) -> None:
    save(actor, [("city", "x" * (registration_drafts.LONGEST - 4))])
    with pytest.raises(InvalidInput):
        save(actor, [("city", "x" * (registration_drafts.LONGEST - 3))])


@pytest.mark.rule("R85")
def test_a_body_keeps_so_many_and_changes_them_still(
    actor: Actor, colleague: Actor, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration_drafts, "MOST_KEPT", 2)
    first, _ = save(actor), save(colleague)
    unfinished = save(actor, kept=False)
    for words in ({}, {"number": unfinished.public_id, "version": 1}):
        with pytest.raises(Conflict) as refusal:
            save(actor, **words)
        assert refusal.value.field is None
    save(actor, [("city", "Ribe")], first.public_id, version=1)
    save(make.actor(make.user(make.access_manager())))  # another body's do not count
    registration_drafts.discard(actor, first.public_id, 2)
    save(actor)


@pytest.mark.rule("R85")
def test_of_the_unfinished_a_person_has_so_many_and_the_oldest_go(
    actor: Actor, colleague: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration_drafts, "MOST_UNFINISHED", 2)
    kept, theirs = save(actor), save(colleague, kept=False)
    mine = [save(actor, kept=False).id for _ in range(4)]
    assert set(_db.session.scalars(select(RegistrationDraft.id))) == {kept.id, theirs.id, *mine[2:]}


@pytest.mark.rule("R6")
def test_what_is_unfinished_is_not_logged_and_stays_so_until_somebody_asks(actor: Actor) -> None:
    draft = save(actor, kept=False)
    assert acts() == []
    save(actor, PAIRS, draft.public_id, version=1, kept=True)
    assert (draft.kept, draft.version, acts()) == (True, 2, ["draft.saved"])
    save(actor, [("city", "Ribe")], draft.public_id, version=2, kept=False)
    assert (draft.kept, draft.version) == (True, 3)


# --- Whose they are --------------------------------------------------------------------------------------------------

SEES_NOT: dict[str, Callable[[Any, Authority], ImiUser]] = {
    "another access manager of the country": lambda make, _: make.user(make.access_manager()),
    "the NIMIC": lambda make, _: make.user(_db.session.scalars(_nimic()).one()),
    "the Commission": lambda make, _: make.user(make.authority(kind=AuthorityKind.commission)),
    "another country's NIMIC": lambda make, _: make.user(make.nimic("SE")),
    "a colleague without administrator rights": lambda make, body: make.user(body, administrator=False),
    "a colleague with a temporary password": lambda make, body: make.user(body, password_is_temporary=True),
}


def _nimic() -> Any:
    return select(Authority).where(Authority.kind == AuthorityKind.nimic, Authority.country_code == "DK")


@pytest.mark.rule("R6")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", SEES_NOT)
def test_for_all_others_there_is_no_such_draft(make: Any, body: Authority, actor: Actor, who: str) -> None:
    draft, other = save(actor), make.actor(SEES_NOT[who](make, body))
    assert registration_drafts.find(other, draft.public_id) is None
    assert list(registration_drafts.listed(other)) == []
    for act in (
        lambda: registration_drafts.save(other, draft.public_id, [], version=1, kept=True),
        lambda: registration_drafts.register(other, draft.public_id, 1, lambda _: details()),
        lambda: registration_drafts.discard(other, draft.public_id, 1),
    ):
        with pytest.raises((NotFound, NotAllowed)):
            act()
    assert (draft.version, count(RegistrationDraft)) == (1, 1)


@pytest.mark.rule("R6")
def test_colleagues_share_what_is_kept_and_not_what_is_unfinished(actor: Actor, colleague: Actor) -> None:
    kept, unfinished = save(actor), save(actor, kept=False)
    assert {draft.id for draft in registration_drafts.listed(colleague)} == {kept.id}
    assert {draft.id for draft in registration_drafts.listed(actor)} == {kept.id, unfinished.id}
    assert registration_drafts.find(colleague, unfinished.public_id) is None


@pytest.mark.rule("R82")
def test_with_the_delegation_go_the_drafts(make: Any, body: Authority, actor: Actor) -> None:
    draft = save(actor)
    _db.session.execute(update(Delegation).values(valid_until=Delegation.valid_from))
    _db.session.flush()
    after = make.actor(make.user(body))
    assert registration_drafts.find(after, draft.public_id) is None


# --- Two colleagues --------------------------------------------------------------------------------------------------


@pytest.mark.rule("R26")
def test_the_second_is_told_and_may_save_his_all_the_same(actor: Actor, colleague: Actor) -> None:
    draft = save(actor)
    save(colleague, [("city", "Ribe")], draft.public_id, version=1)
    with pytest.raises(Conflict) as refusal:
        save(actor, [("city", "Skive")], draft.public_id, version=1)
    assert refusal.value.field == OVERTAKEN
    assert draft.typed == [["city", "Ribe"]]
    save(actor, [("city", "Skive")], draft.public_id, version=2)
    assert (draft.typed, draft.version, draft.changed_by_user_id) == ([["city", "Skive"]], 3, actor.user_id)


@pytest.mark.rule("R26")
def test_the_same_sent_twice_is_saved_once(actor: Actor, colleague: Actor) -> None:
    number = uuid.uuid4()
    for _ in range(2):
        save(actor, number=number)
    save(colleague, PAIRS, number, version=7)
    assert (count(RegistrationDraft), acts()) == (1, ["draft.saved"])


@pytest.mark.rule("R26")
def test_a_new_one_of_the_same_number_does_not_replace_what_is_there(actor: Actor) -> None:
    draft = save(actor)
    with pytest.raises(Conflict) as refusal:
        save(actor, [("city", "Skive")], draft.public_id)
    assert refusal.value.field == OVERTAKEN


@pytest.mark.rule("R6")
def test_one_that_is_gone_is_not_saved(actor: Actor) -> None:
    with pytest.raises(NotFound):
        save(actor, version=1)


# --- Registered, discarded, purged -----------------------------------------------------------------------------------


@pytest.mark.rule("R3")
@pytest.mark.rule("R6")
def test_one_that_is_registered_is_gone_and_the_second_gets_the_authority(actor: Actor, colleague: Actor) -> None:
    draft = save(actor)
    number, before = draft.public_id, count(Authority)
    done = registration_drafts.register(colleague, number, 1, lambda found: details(city=dict(found.typed)["city"]))
    assert (done.public_id, done.status, done.registered_by_user_id) == (
        number,
        AuthorityStatus.active,
        colleague.user_id,
    )
    assert registration_drafts.register(actor, number, 1, lambda _: details()) is done
    assert (count(RegistrationDraft), count(Authority), count(OutgoingMail)) == (0, before + 1, 1)


@pytest.mark.rule("R26")
def test_what_was_not_shown_is_neither_registered_nor_discarded(actor: Actor, colleague: Actor) -> None:
    draft, before = save(actor), count(Authority)
    save(colleague, [("city", "Ribe")], draft.public_id, version=1)
    for act in (
        lambda: registration_drafts.register(actor, draft.public_id, 1, lambda _: details()),
        lambda: registration_drafts.discard(actor, draft.public_id, 1),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.field == OVERTAKEN
    assert (count(RegistrationDraft), count(Authority)) == (1, before)


@pytest.mark.rule("R3")
def test_one_that_is_not_right_is_kept(actor: Actor) -> None:
    draft = save(actor)
    with pytest.raises(InvalidInput):
        registration_drafts.register(actor, draft.public_id, 1, lambda _: details(city=""))
    assert count(RegistrationDraft) == 1


@pytest.mark.rule("R6")
def test_untouched_for_long_they_are_purged_and_that_is_logged(
    app: Flask, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, unfinished, touched = save(actor), save(actor, kept=False), save(actor)
    days = {draft.id: app.config[name] for draft, name in ((kept, "DRAFT_DAYS"), (unfinished, "UNFINISHED_DRAFT_DAYS"))}
    assert set(days.values()) == {90, 2}
    now = clock.now()
    for draft_id, limit in days.items():
        for age, gone in ((timedelta(days=limit) - timedelta(minutes=1), 0), (timedelta(days=limit, minutes=1), 1)):
            row = _db.session.get_one(RegistrationDraft, draft_id)
            row.changed_at = now - age
            _db.session.flush()
            assert registration_drafts.purge() == gone
    assert list(_db.session.scalars(select(RegistrationDraft.id))) == [touched.id]
    purged = _db.session.scalars(select(AuditEvent).where(AuditEvent.act == "drafts.purged")).all()
    assert [event.data for event in purged] == [{"drafts": 1}] * 2


@pytest.mark.rule("R49")
def test_they_outlive_who_made_them(make: Any, body: Authority, colleague: Actor) -> None:
    leaver = make.user(body)
    draft = make.draft(leaver)
    _db.session.delete(leaver)
    _db.session.flush()
    _db.session.expire_all()
    assert (draft.made_by_user_id, draft.changed_by_user_id) == (None, None)
    assert registration_drafts.find(colleague, draft.public_id) is draft


# --- At the same moment, with real commits ---------------------------------------------------------------------------


@pytest.fixture
def inside(real_app: Flask) -> Iterator[Flask]:
    with real_app.app_context():
        yield real_app


@pytest.fixture
def tokens(inside: Flask) -> list[str]:
    """Two colleagues, signed in."""
    make = Maker()
    make.nimic()
    body = make.access_manager()
    found = [sessions.begin(make.user(body)) for _ in range(2)]
    _db.session.commit()
    return found


def act(token: str, work: Callable[[Actor], Any]) -> Any:
    """As the door does it: one transaction, with the actor as he is now."""
    with transaction():
        actor = sessions.actor_of(token)
        assert actor is not None
        return work(actor)


def fresh(model: Any) -> int:
    _db.session.rollback()
    return count(model)


@pytest.mark.rule("R26")
def test_of_two_who_save_at_once_the_second_is_told(inside: Flask, tokens: list[str]) -> None:
    for _ in range(ROUNDS):
        number = act(tokens[0], lambda actor: save(actor).public_id)

        def change(token: str, city: str, number: uuid.UUID = number) -> Any:
            return act(token, lambda actor: save(actor, [("city", city)], number, version=1).version)

        results = at_once(inside, lambda f=change: f(tokens[0], "Ribe"), lambda f=change: f(tokens[1], "Skive"))
        assert sorted(str(getattr(result, "field", result)) for result in results) == ["2", OVERTAKEN]


@pytest.mark.rule("R3")
@pytest.mark.rule("R6")
def test_two_who_register_one_draft_at_once_register_one_authority(inside: Flask, tokens: list[str]) -> None:
    before = fresh(Authority)
    for place in range(ROUNDS):
        number = act(tokens[0], lambda actor: save(actor).public_id)

        def register(token: str, number: uuid.UUID = number, place: int = place) -> Any:
            given = details(official_name=f"Kommune {place}", **contacts(place))
            return act(token, lambda actor: registration_drafts.register(actor, number, 1, lambda _: given).public_id)

        assert at_once(inside, *(lambda t=t, f=register: f(t) for t in tokens)) == [number] * 2
        assert fresh(Authority) == before + place + 1
    assert (fresh(RegistrationDraft), fresh(OutgoingMail)) == (0, ROUNDS)


@pytest.mark.rule("R6")
def test_discarded_and_registered_at_once_it_is_one_of_the_two(inside: Flask, tokens: list[str]) -> None:
    for place in range(ROUNDS):
        number, before = act(tokens[0], lambda actor: save(actor).public_id), fresh(Authority)
        given = details(official_name=f"Kommune {place}", **contacts(place))
        results = at_once(
            inside,
            lambda n=number, g=given: bool(
                act(tokens[0], lambda actor: registration_drafts.register(actor, n, 1, lambda _: g))
            ),
            lambda n=number: act(tokens[1], lambda actor: registration_drafts.discard(actor, n, 1)),
        )
        assert sum(isinstance(result, NotFound) for result in results) == 1, results
        assert fresh(Authority) == before + (results[0] is True)
        assert fresh(RegistrationDraft) == 0


@pytest.mark.rule("R6")
def test_a_form_sent_twice_at_once_begins_one_draft(inside: Flask, tokens: list[str]) -> None:
    for place in range(ROUNDS):
        number = uuid.uuid4()
        results = at_once(inside, *[lambda n=number: act(tokens[0], lambda actor: save(actor, number=n).public_id)] * 3)
        assert results == [number] * 3
        assert fresh(RegistrationDraft) == place + 1
