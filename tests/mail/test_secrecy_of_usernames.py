"""No mail of any kind ever contains a username: every kind, in every language, with many people's data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from app import clock
from app.mail.kinds import KINDS
from app.mail.letters import LANGUAGES, compose
from app.mail.post import Parcel, wrap
from app.models import ImiUser
from app.services import passwords, usernames

PEOPLE = 12
NAMES = [
    *(("Anne", "Jensen"), ("Søren", "Åkjær"), ("Γιάννης", "Παπαδόπουλος"), ("Иван", "Иванов"), ("Zoë", "d'Été")),
    *(("Imi", "Portal"), ("Log", "In"), ("A", "B"), ("Kim", "Larsen"), ("Łucja", "Żółć"), ("李", "王"), ("Mail", "To")),
]


@pytest.fixture
def people(make: Any) -> list[ImiUser]:
    """Users as the system makes them, with drawn usernames."""
    body = make.authority("Ålborg Kommune")
    return [
        make.user(body, first_name=first, last_name=last, username=usernames.draw(first, last))
        for first, last in NAMES[:PEOPLE]
    ]


def fact(name: str, user: ImiUser, chance: random.Random) -> object:
    """Something of the kind that the fact's name speaks of."""
    known: dict[str, object] = {
        "name": user.full_name,
        "authority": f"{user.authority.official_name} {chance.randrange(10**6):06d}",
        "access_manager": f"Styrelsen for {user.last_name}",
        "password": passwords._temporary(),
        "email": user.email_address,
    }
    if "day" in name or name.endswith("_on"):
        return clock.today() + timedelta(days=chance.randrange(400))
    return known.get(name, f"{user.full_name} {chance.randrange(10**6):06d}")


def parcel(kind: str, language: str, user: ImiUser, facts: dict[str, object]) -> Parcel:
    letter = compose(kind, language, facts)
    return Parcel(
        message_id="<1@imi.example>",
        recipient=user.email_address,
        reply_to="post@aalborg.example",
        subject=letter.subject,
        language=language,
        date=clock.now(),
        text=letter.text,
        html=letter.html,
    )


def parts_of(content: bytes) -> Iterator[tuple[str, str]]:
    """Everything a mail says, by place: raw, headers, text and HTML, decoded."""
    message: Any = message_from_bytes(content, policy=policy.default)
    yield "raw", content.decode("utf-8", "replace")
    for part in message.walk():
        yield from ((f"header {name}", str(value)) for name, value in part.items())
        if not part.is_multipart():
            yield part.get_content_subtype(), part.get_content()


def found_in(content: bytes, words: list[str]) -> set[str]:
    """The places where one of the words stands, whatever case."""
    return {place for place, said in parts_of(content) for word in words if word.lower() in said.lower()}


@pytest.mark.rule("R5")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_username_is_found(people: list[ImiUser], kind: str, language: str) -> None:
    """First: the search finds what it is for, in every part of a mail."""
    user, chance = people[1], random.Random(7)
    facts = {name: fact(name, user, chance) for name in KINDS[kind].facts}
    names = [name for name, value in facts.items() if isinstance(value, str)]
    places: set[str] = set()
    for name in names:
        content = wrap(parcel(kind, language, user, {**facts, name: f"x {user.username.upper()} y"}))
        places |= found_in(content, [user.username])
    assert {"plain", "html"} <= places
    good = parcel(kind, language, user, facts)
    for field in ("subject", "recipient", "reply_to"):
        value = user.username if field == "subject" else f"{user.username}@x.example"
        planted = Parcel(**{**{name: getattr(good, name) for name in good.__dataclass_fields__}, field: value})
        assert any(place.startswith("header") for place in found_in(wrap(planted), [user.username]))


@pytest.mark.rule("R5")
@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_holds_a_username(people: list[ImiUser], kind: str, language: str) -> None:
    all_usernames, chance = [user.username for user in people], random.Random(11)
    for user in people:
        facts = {name: fact(name, user, chance) for name in KINDS[kind].facts}
        content = wrap(parcel(kind, language, user, facts))
        assert found_in(content, all_usernames) == set()
        assert "html" in found_in(content, [str(facts.get("access_manager", user.last_name)).replace("'", "&#39;")])


@pytest.mark.rule("R5")
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_has_a_place_for_one(app: Any, kind: str) -> None:
    assert not [name for name in KINDS[kind].facts if "user" in name]
    facts: dict[str, object] = dict.fromkeys(KINDS[kind].facts, "x") | {"last_day": date(2026, 12, 8)}
    with app.app_context(), pytest.raises(ValueError, match="is written from"):
        compose(kind, "da", {**facts, "username": "anjen123456"})
