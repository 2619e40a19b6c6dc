"""Usernames: how they are drawn, and who is shown one until when."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from itertools import chain, repeat
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.errors import Conflict, NotFound
from app.extensions import db as _db
from app.models import AuditEvent, AuditPerson, AuthorityKind, AuthorityStatus, ImiUser, Reach, RetiredUsername
from app.policy.folding import ascii_letters
from app.services import passing_on, usernames

NAMES = {
    "Danish": ("Søren", "Åkjær", "soaak"),
    "French": ("Zoë", "Ÿçé", "zoyce"),
    "Polish": ("Łucja", "Żółć", "luzol"),
    "short": ("A", "B", "ab"),
    "apostrophe and hyphen": ("Anne-Marie", "O'Neill", "anone"),
    "long": ("x" * 64, "y" * 64, "xxyyy"),
    "Chinese": ("李", "王", "imi"),
    "only signs": ("---", "'.", "imi"),
    "empty": ("", "", "imi"),
}
# In these some letters look like Latin ones; what they fold to is `policy.folding`'s matter.
OTHER_SCRIPTS = {"Greek": ("Γιάννης", "Παπαδόπουλος"), "Cyrillic": ("Иван", "Жуков"), "Georgian": ("ნინო", "ბერიძე")}


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the digits be drawn as told, the last of them for ever."""

    def draw(*drawn: str) -> None:
        coming = chain("".join(drawn), repeat(drawn[-1][-1]))
        monkeypatch.setattr(usernames.secrets, "choice", lambda _: next(coming))

    return draw


@pytest.mark.rule("R44")
@pytest.mark.parametrize("kind", NAMES)
def test_letters_of_the_name_and_six_digits(db: Any, kind: str) -> None:
    first, last, letters = NAMES[kind]
    username = usernames.draw(first, last)
    assert re.fullmatch(re.escape(letters) + "[0-9]{6}", username), username
    assert 6 <= len(username) <= 32


@pytest.mark.rule("R44")
@pytest.mark.parametrize("script", OTHER_SCRIPTS)
def test_names_in_other_scripts_have_a_username_that_can_be_typed(db: Any, script: str) -> None:
    first, last = OTHER_SCRIPTS[script]
    letters = ascii_letters(first)[:2] + ascii_letters(last)[:3] or "imi"
    username = usernames.draw(first, last)
    assert re.fullmatch("[a-z]{1,5}[0-9]{6}", username), username
    assert username.startswith(letters)


@pytest.mark.rule("R44")
def test_the_digits_come_from_the_systems_secret_source(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def choice(among: str) -> str:
        asked.append(among)
        return "7"

    monkeypatch.setattr(secrets, "choice", choice)
    assert usernames.draw("Anne", "Jensen") == "anjen777777"
    assert asked == ["0123456789"] * 6


@pytest.mark.rule("R44")
def test_the_same_name_does_not_lead_to_the_same_username(db: Any) -> None:
    assert len({usernames.draw("Anne", "Jensen") for _ in range(20)}) > 15


@pytest.mark.rule("R44")
@pytest.mark.parametrize("taken", ["anjen111111", "ANJEN111111", "AnJen111111"])
def test_nobody_gets_what_somebody_has_whatever_case(
    db: Any, make: Any, digits: Callable[..., None], taken: str
) -> None:
    make.user(make.authority(), username=taken)
    assert not usernames.is_free("anjen111111")
    digits("111111", "2")
    assert usernames.draw("Anne", "Jensen") == "anjen222222"


@pytest.mark.rule("R44")
@pytest.mark.parametrize("retired", ["anjen111111", "ANJEN111111"])
def test_nobody_gets_what_somebody_had(db: Any, digits: Callable[..., None], retired: str) -> None:
    db.session.add(RetiredUsername(username_hash=usernames.hash_of(retired), retired_at=clock.now()))
    db.session.flush()
    digits("111111", "2")
    assert usernames.draw("Anne", "Jensen") == "anjen222222"


@pytest.mark.rule("R44")
def test_where_none_is_free_it_is_refused_and_not_tried_for_ever(
    db: Any, make: Any, digits: Callable[..., None]
) -> None:
    make.user(make.authority(), username="anjen111111")
    digits("1")
    with pytest.raises(Conflict):
        usernames.draw("Anne", "Jensen")


@pytest.mark.rule("R44")
def test_what_is_kept_of_a_retired_one_cannot_be_guessed_without_the_key(
    app: Any, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = usernames.hash_of("anjen111111")
    assert kept == usernames.hash_of("AnJen111111")
    assert kept != hashlib.sha256(b"anjen111111").hexdigest()
    monkeypatch.setitem(app.config, "LOG_KEY", b"another key of thirty-two bytes.")
    assert usernames.hash_of("anjen111111") != kept


# --- Shown on the receipt --------------------------------------------------------------------------------------------


class Scene:
    """An authority with its first user, registered by one access manager; others stand around it."""

    def __init__(self, make: Any) -> None:
        self.nimic = make.nimic()
        self.manager = make.access_manager(reach=Reach.own)
        self.authority = make.authority("Ålborg Kommune", managed_by=self.manager)
        self.user = make.user(
            self.authority, is_superuser=True, username="hemlig424242", first_log_in_at=None, last_name="Nybegynder"
        )


@pytest.fixture
def scene(make: Any) -> Scene:
    return Scene(make)


SEES: dict[str, Callable[[Any, Scene], Any]] = {
    "who registered it": lambda make, scene: make.user(scene.manager),
    "the NIMIC": lambda make, scene: make.user(scene.nimic),
    "a delegate for the country": lambda make, scene: make.user(make.access_manager()),
    "its own administrator": lambda make, scene: make.user(scene.authority),
}
SEES_NOT: dict[str, Callable[[Any, Scene], Any]] = {
    "a delegate for its own": lambda make, scene: make.user(make.access_manager(reach=Reach.own)),
    "an ordinary administrator": lambda make, scene: make.user(make.authority()),
    "a user of who registered it": lambda make, scene: make.user(scene.manager, administrator=False),
    "a user of its own": lambda make, scene: make.user(scene.authority, administrator=False),
    "another country's NIMIC": lambda make, scene: make.user(make.nimic("SE")),
    "the Commission": lambda make, scene: make.user(make.authority(kind=AuthorityKind.commission)),
    "one with a temporary password": lambda make, scene: make.user(scene.nimic, password_is_temporary=True),
}


def events() -> list[AuditEvent]:
    return list(_db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


@pytest.mark.rule("R5")
@pytest.mark.rule("R44")
@pytest.mark.parametrize("who", SEES)
def test_it_is_shown_to_whom_the_matrix_allows_and_the_look_is_logged(make: Any, scene: Scene, who: str) -> None:
    actor = make.actor(SEES[who](make, scene))
    assert passing_on.reveal(actor, scene.authority).username == "hemlig424242"
    [event] = events()
    assert (event.act, event.actor_user_id, event.subject_kind, event.subject_id, event.authority_id) == (
        "username.shown",
        actor.user_id,
        "ab_user",
        scene.user.id,
        scene.authority.id,
    )


@pytest.mark.rule("R24")
def test_a_look_at_one_that_is_not_ones_own_is_marked_in_the_log(make: Any, scene: Scene) -> None:
    for who in ("who registered it", "its own administrator", "the NIMIC", "a delegate for the country"):
        passing_on.reveal(make.actor(SEES[who](make, scene)), scene.authority)
    assert [event.outside_own for event in events()] == [False, False, True, True]


@pytest.mark.rule("R5")
@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", SEES_NOT)
def test_for_all_others_it_does_not_exist(make: Any, scene: Scene, who: str) -> None:
    actor = make.actor(SEES_NOT[who](make, scene))
    with pytest.raises(NotFound):
        passing_on.reveal(actor, scene.authority)
    assert events() == []


@pytest.mark.rule("R78")
def test_a_delegate_is_not_shown_that_of_another_access_manager(make: Any, scene: Scene) -> None:
    make.user(scene.manager, is_superuser=True, first_log_in_at=None)
    actor = make.actor(make.user(make.access_manager()))
    with pytest.raises(NotFound):
        passing_on.reveal(actor, scene.manager)


@pytest.mark.rule("R44")
def test_the_log_of_the_look_does_not_hold_it(make: Any, scene: Scene) -> None:
    passing_on.reveal(make.actor(SEES["the NIMIC"](make, scene)), scene.authority)

    def logged() -> str:
        return "".join(repr(_db.session.execute(select(m.__table__)).all()) for m in (AuditEvent, AuditPerson))

    assert "Nybegynder" in logged()
    assert scene.user.username not in logged()
    event = events()[0]
    _db.session.add(AuditPerson(event_id=event.id, person_id=1, field="x", value=scene.user.username, salt=b"s" * 32))
    _db.session.flush()
    assert scene.user.username in logged()  # the search would have found it


HAS_IT = {
    "has logged in": {"first_log_in_at": clock.now()},
    "was told": {"username_passed_on_at": clock.now(), "username_passed_on_how": "Pr. telefon"},
}


@pytest.mark.rule("R5")
@pytest.mark.parametrize("why", HAS_IT)
def test_it_is_no_longer_shown_once_the_user_has_it(make: Any, scene: Scene, why: str) -> None:
    for name, value in HAS_IT[why].items():
        setattr(scene.user, name, value)
    _db.session.flush()
    with pytest.raises(Conflict):
        passing_on.reveal(make.actor(SEES["who registered it"](make, scene)), scene.authority)
    assert events() == []


@pytest.mark.rule("R49")
def test_that_of_a_removed_user_is_not_shown(make: Any, scene: Scene) -> None:
    scene.user.active = False
    _db.session.flush()
    with pytest.raises(NotFound):
        passing_on.reveal(make.actor(SEES["who registered it"](make, scene)), scene.authority)


@pytest.mark.rule("R5")
def test_only_the_first_users_is_shown(make: Any, scene: Scene) -> None:
    scene.user.is_superuser = False
    _db.session.flush()
    with pytest.raises(NotFound):
        passing_on.reveal(make.actor(SEES["who registered it"](make, scene)), scene.authority)
    assert _db.session.scalars(select(ImiUser).where(ImiUser.is_superuser)).all() == []


@pytest.mark.rule("R9")
@pytest.mark.parametrize("status", [AuthorityStatus.draft, AuthorityStatus.awaiting_validation])
def test_one_that_is_not_registered_has_none_to_show(make: Any, scene: Scene, status: AuthorityStatus) -> None:
    scene.authority.status = status
    _db.session.flush()
    with pytest.raises(NotFound):
        passing_on.reveal(make.actor(SEES["the NIMIC"](make, scene)), scene.authority)
