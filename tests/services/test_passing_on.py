"""*Mark as passed on*: how and when a username was told, by whom, and that it is shown to nobody afterwards (R5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.errors import Conflict, ImiError, InvalidInput, NotFound
from app.extensions import db as _db
from app.models import AuditEvent, AuthorityKind, ImiUser, PassedOnHow, Reach
from app.policy.matrix import Act
from app.services import authorities, passing_on, sessions, sign_in
from app.transaction import transaction
from tests.make import PASSWORD, Maker
from tests.services.test_registration_drafts import at_once

HOW = PassedOnHow.telephone.value


class Scene:
    """An authority registered an hour ago, its first user, and who registered it."""

    def __init__(self, make: Any, number: int = 24) -> None:
        self.manager = make.access_manager(reach=Reach.own)
        self.authority = make.authority(f"Kommune {number}", managed_by=self.manager)
        self.user = make.user(
            self.authority,
            is_superuser=True,
            username=f"hemlig4242{number:02}",
            first_log_in_at=None,
            registered_at=clock.now() - timedelta(hours=1),
        )
        self.registrar = make.user(self.manager, first_name="Åse", last_name="Bork")


@pytest.fixture
def scene(make: Any) -> Scene:
    return Scene(make)


@pytest.fixture
def actor(make: Any, scene: Scene) -> Any:
    return make.actor(scene.registrar)


def logged() -> list[AuditEvent]:
    marks = select(AuditEvent).where(AuditEvent.act == "username.passed_on").order_by(AuditEvent.id)
    return list(_db.session.scalars(marks))


@pytest.mark.rule("R5")
@pytest.mark.parametrize("how", PassedOnHow)
def test_how_when_and_by_whom_is_noted_and_it_is_shown_no_more(scene: Scene, actor: Any, how: PassedOnHow) -> None:
    passing_on.reveal(actor, scene.authority)
    at = clock.now() - timedelta(minutes=10)
    passing_on.mark(actor, scene.authority, how.value, at)
    [event] = logged()
    assert (event.actor_user_id, event.subject_id, event.data) == (
        scene.registrar.id,
        scene.user.id,
        {"how": how.value, "when": at.isoformat()},
    )
    assert passing_on.passed_on(scene.user) == passing_on.PassedOn(how.value, at, "Åse Bork")
    with pytest.raises(Conflict):
        passing_on.reveal(actor, scene.authority)


@pytest.mark.rule("R5")
def test_nobody_can_have_told_what_nobody_has_seen(scene: Scene, actor: Any) -> None:
    assert not passing_on.was_shown(scene.user)
    with pytest.raises(Conflict, match="Nobody has looked|Ingen har set"):
        passing_on.mark(actor, scene.authority, HOW, clock.now())
    passing_on.reveal(actor, scene.authority)
    assert passing_on.was_shown(scene.user)
    passing_on.mark(actor, scene.authority, HOW, clock.now())


@pytest.mark.rule("R5")
def test_the_second_who_marks_it_is_told(make: Any, scene: Scene, actor: Any) -> None:
    passing_on.reveal(actor, scene.authority)
    passing_on.mark(actor, scene.authority, HOW, clock.now())
    with pytest.raises(Conflict, match="colleague|kollega"):
        passing_on.mark(make.actor(make.user(scene.manager)), scene.authority, "in_person", clock.now())
    assert (len(logged()), scene.user.username_passed_on_how) == (1, HOW)


@pytest.mark.rule("R5")
def test_of_one_who_has_signed_in_there_is_nothing_to_mark(scene: Scene, actor: Any) -> None:
    passing_on.reveal(actor, scene.authority)
    scene.user.first_log_in_at = clock.now()
    _db.session.flush()
    with pytest.raises(Conflict, match="signed in|logget ind"):
        passing_on.mark(actor, scene.authority, HOW, clock.now())
    assert (logged(), scene.user.username_passed_on_at) == ([], None)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("how", ["", "mail", "email", "e-mail", "Telephone", "x" * 10_000])
def test_never_by_mail_nor_by_what_is_no_way(scene: Scene, actor: Any, how: str) -> None:
    passing_on.reveal(actor, scene.authority)
    with pytest.raises(InvalidInput) as refusal:
        passing_on.mark(actor, scene.authority, how, clock.now())
    assert set(refusal.value.fields) == {"how"}


@pytest.mark.rule("R5")
def test_neither_in_the_future_nor_before_the_registration(
    scene: Scene, actor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing_on.reveal(actor, scene.authority)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    minute = timedelta(minutes=1)
    begun = scene.user.registered_at
    for at in (moment + timedelta(seconds=1), moment + timedelta(days=400), begun - minute, begun - 9999 * minute):
        with pytest.raises(InvalidInput) as refusal:
            passing_on.mark(actor, scene.authority, HOW, at)
        assert set(refusal.value.fields) == {"at"}
    # The clock of the wall has no seconds: the minute of the registration itself counts.
    passing_on.mark(actor, scene.authority, HOW, begun.replace(second=0, microsecond=0))


SEES_NOT: dict[str, Callable[[Any, Scene], Any]] = {
    "a delegate for its own": lambda make, scene: make.user(make.access_manager(reach=Reach.own)),
    "an ordinary administrator": lambda make, scene: make.user(make.authority()),
    "a user of who registered it": lambda make, scene: make.user(scene.manager, administrator=False),
    "another country's NIMIC": lambda make, scene: make.user(make.nimic("SE")),
    "the Commission": lambda make, scene: make.user(make.authority(kind=AuthorityKind.commission)),
}


@pytest.mark.rule("R5")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", SEES_NOT)
def test_who_may_not_see_it_may_not_mark_it(make: Any, scene: Scene, actor: Any, who: str) -> None:
    passing_on.reveal(actor, scene.authority)
    with pytest.raises(NotFound):
        passing_on.mark(make.actor(SEES_NOT[who](make, scene)), scene.authority, HOW, clock.now())
    assert logged() == []


@pytest.mark.rule("R24")
def test_a_mark_on_one_that_is_not_ones_own_is_marked_in_the_log(make: Any, scene: Scene) -> None:
    actor = make.actor(make.user(make.access_manager()))
    passing_on.reveal(actor, scene.authority)
    passing_on.mark(actor, scene.authority, HOW, clock.now())
    assert logged()[0].outside_own is True


# --- At the same moment, with real commits ---------------------------------------------------------------------------


@pytest.fixture
def inside(real_app: Flask) -> Iterator[Flask]:
    with real_app.app_context():
        yield real_app


def act(token: str, work: Callable[[Any, Any], Any], public_id: Any) -> Any:
    """As the door does it."""
    with transaction():
        actor = sessions.actor_of(token)
        assert actor is not None
        return work(actor, authorities.lock(actor, public_id, Act.see_username))


def mark(token: str, public_id: Any) -> datetime:
    def work(actor: Any, authority: Any) -> Any:
        return passing_on.mark(actor, authority, HOW, clock.now()).username_passed_on_at

    found: datetime = act(token, work, public_id)
    return found


@pytest.mark.rule("R5")
def test_of_two_colleagues_at_once_one_marks_it_and_the_other_is_told(inside: Flask) -> None:
    make = Maker()
    for number in range(5):
        scene = Scene(make, number)
        tokens = [sessions.begin(make.user(scene.manager)) for _ in range(2)]
        public_id = scene.authority.public_id
        _db.session.commit()
        act(tokens[0], passing_on.reveal, public_id)
        results = at_once(inside, *(lambda t=token, p=public_id: mark(t, p) for token in tokens))
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "datetime"]
        _db.session.rollback()
        assert len(logged()) == number + 1


@pytest.mark.rule("R5")
@pytest.mark.rule("R45")
def test_marked_and_signed_in_at_once_the_log_in_always_counts(inside: Flask) -> None:
    make = Maker()
    for number in range(5):
        scene = Scene(make, number)
        token, public_id, user_id = sessions.begin(scene.registrar), scene.authority.public_id, scene.user.id
        _db.session.commit()
        act(token, passing_on.reveal, public_id)
        results = at_once(
            inside,
            lambda t=token, p=public_id: mark(t, p),
            lambda n=number: sign_in_as(f"hemlig4242{n:02}"),
        )
        _db.session.rollback()
        user = _db.session.get_one(ImiUser, user_id)
        assert user.first_log_in_at is not None
        assert (user.username_passed_on_at is not None) == (not isinstance(results[0], ImiError))


def sign_in_as(username: str) -> None:
    with transaction():
        assert sign_in.attempt(username, PASSWORD).outcome is sign_in.Outcome.signed_in
