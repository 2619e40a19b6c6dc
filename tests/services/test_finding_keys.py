"""The keys by which authorities and people are found follow whatever changes their names (R22)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db as _db
from app.models import Authority, AuthorityText, ClassificationEntry, ClassificationList, ImiUser, ListScope
from app.services import finding_keys

pytestmark = pytest.mark.rule("R22")


def key_of(row: Authority | ImiUser) -> str:
    _db.session.flush()
    kind = type(row)
    return _db.session.scalars(select(kind.search_key).where(kind.id == row.id)).one()


def entry() -> ClassificationEntry:
    general = select(ClassificationEntry).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    return _db.session.scalars(general.order_by(ClassificationEntry.id).limit(1)).one()


def test_an_authority_gets_them_when_it_comes_in(make: Any) -> None:
    body = make.authority("Aabenraa Kommune", city="Ærøskøbing")
    assert key_of(body).splitlines() == [
        *("aabenraa kommune", "aeroeskoebing", "om aabenraa kommune", "aeroskobing"),
    ]
    order = select(Authority.sort_key, Authority.city_sort_key).where(Authority.id == body.id)
    assert tuple(_db.session.execute(order).one()) == ("}benr} kommune", "{r|sk|bing")


@pytest.mark.parametrize("name", ["official_name", "city"])
def test_they_follow_name_and_town(make: Any, name: str) -> None:
    body = make.authority("Fyrvæsenet", city="Korsør")
    setattr(body, name, "Helsingør")
    assert "helsingoer" in key_of(body)
    assert ("korsoer" not in key_of(body)) is (name == "city")


def test_they_follow_a_text_that_is_added_changed_and_removed(make: Any) -> None:
    body = make.authority("Fyrvæsenet")
    body.texts.append(AuthorityText(language="en", title="Lighthouses", description="Of all seas"))
    assert "lighthouses" in key_of(body)
    assert "of all seas" in key_of(body)
    next(text for text in body.texts if text.language == "en").title = "Beacons"
    assert "lighthouses" not in key_of(body)
    assert "beacons" in key_of(body)
    body.texts[:] = [text for text in body.texts if text.language != "en"]
    assert "beacons" not in key_of(body)


def test_a_text_alone_is_enough_to_make_them_anew(make: Any) -> None:
    body = make.authority("Fyrvæsenet")
    _db.session.expire_all()
    _db.session.get_one(AuthorityText, (body.id, "da")).title = "Fyr og bøjer"
    assert "fyr og boejer" in key_of(body)


def test_they_follow_the_classification(make: Any) -> None:
    body, described = make.authority("Fyrvæsenet"), entry()
    body.classification = [described]
    assert finding_keys.keys_of_authorities([body.id])[body.id]["search_key"] == key_of(body)
    assert len(key_of(body).splitlines()) > 3
    body.classification = []
    assert key_of(body).splitlines() == ["fyrvaesenet", "koebenhavn", "om fyrvaesenet", "kobenhavn"]


def test_they_follow_an_entry_that_gets_another_name(make: Any) -> None:
    body, described = make.authority("Fyrvæsenet"), entry()
    body.classification = [described]
    _db.session.flush()
    version = body.version
    described.names = {"da": "Nyt område", "en": "New area"}
    _db.session.flush()
    finding_keys.renew_described_by({described.id})
    assert "nyt omraade" in key_of(body)
    _db.session.refresh(body)
    assert body.version == version


def test_a_person_gets_them_and_they_follow(make: Any) -> None:
    user = make.user(make.authority(), first_name="Åse", last_name="Møller", email_address="aam@fyr.example")
    assert key_of(user) == "aase moeller\nase moller\naam@fyr.example"
    user.last_name = "Ågård"
    assert key_of(user) == "aase aagaard\nase agard\naam@fyr.example"
    assert user.username not in key_of(user)


def test_what_has_no_part_in_them_asks_for_nothing(make: Any) -> None:
    body = make.authority()
    _db.session.expire_all()
    body = _db.session.get_one(Authority, body.id)
    body.phone = "+45 33 55 01 00"
    _db.session.flush()
    assert "texts" not in body.__dict__
