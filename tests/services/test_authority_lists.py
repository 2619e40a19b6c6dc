"""*Koordinerede myndigheder*: what a filter lets through, alone and together, on both databases (R20, R22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    ListScope,
    ModuleRole,
    Reach,
)
from app.policy.actor import Actor
from app.policy.matrix import Act
from app.services import authority_filters, authority_lists, keyset
from app.services.attention import Attention
from app.services.authority_filters import ShownStatus, Wanted
from app.services.keyset import Place
from tests.make import Maker
from tests.statements import statements

BY_NAME = ("official_name", False)
pytestmark = pytest.mark.rule("R20", "R22")


@pytest.fixture
def manager(make: Maker) -> Authority:
    return make.access_manager("Erhvervsstyrelsen")


@pytest.fixture
def actor(make: Maker, manager: Authority) -> Actor:
    return make.actor(make.user(manager))


def found(actor: Actor, wanted: Wanted, place: Place = keyset.FIRST) -> list[str]:
    page = authority_lists.find(actor, Act.find_authorities, wanted, BY_NAME, place, "da").page
    return [row.official_name for row in page.rows]


def entry() -> ClassificationEntry:
    general = select(ClassificationEntry).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    return _db.session.scalars(general.order_by(ClassificationEntry.id).limit(1)).one()


def test_words_are_looked_for_in_all_that_describes_an_authority(make: Maker, actor: Actor) -> None:
    body = make.authority("Fyrvæsenet", city="Korsør")
    body.texts = [AuthorityText(language="en", title="Lighthouses", description="Beacons at sea")]
    body.classification = [entry()]
    _db.session.flush()
    make.authority("Et andet væsen", city="Ribe")
    described = next(iter(entry().names.values()))
    for words in ("fyrvæsen", "KORSOER", "korsør LIGHT", "beacons", described, f"{described} fyr", "væsen fyr"):
        assert found(actor, Wanted(words=words)) == ["Fyrvæsenet"], words
    assert found(actor, Wanted(words="lighthouses ribe")) == []


@pytest.mark.parametrize(
    "words",
    [
        "%",
        "_",
        "\\",
        "*",
        '"',
        "'",
        "NEAR(a b)",
        "a OR b",
        "-fyr",
        "fyr*",
        "^fyr",
        "{fyr}",
        "a" * 5_000,
        "a b c d e f g h i j k",
    ],
)
def test_what_means_something_to_a_database_is_text(make: Maker, actor: Actor, words: str) -> None:
    make.authority("Fyrvæsenet")
    assert found(actor, Wanted(words=words)) == []


def test_signs_are_found_where_they_stand(make: Maker, actor: Actor) -> None:
    make.authority('Nævn "100 %_\\ (rigtigt)*')
    for words in ("100 %", "%_\\", '"100', "rigtigt)*", "(rig", "n 100"):
        assert len(found(actor, Wanted(words=words))) == 1, words


def test_the_shown_status_narrows(make: Maker, actor: Actor, manager: Authority) -> None:
    make.access(make.authority("Aktiv"), "PQ-REG")
    half, whole = make.authority("Halvt suspenderet"), make.authority("Suspenderet")
    make.access(half, "PQ-REG")
    make.access(half, "PQ-ALERT", status=AccessStatus.suspended)
    make.access(whole, "PQ-REG", status=AccessStatus.suspended)
    make.authority("Uden moduler")
    make.authority("Nedlagt", managed_by=manager, status=AuthorityStatus.deactivated)
    by = {status: found(actor, Wanted(status=status)) for status in ShownStatus}
    assert by[ShownStatus.suspended] == ["Suspenderet"]
    assert by[ShownStatus.deactivated] == ["Nedlagt"]
    assert by[ShownStatus.active] == ["Aktiv", "Erhvervsstyrelsen", "Halvt suspenderet", "Uden moduler"]


def test_module_and_role_are_those_of_one_access(make: Maker, actor: Actor) -> None:
    one, other = make.authority("Koordinator"), make.authority("Begge dele")
    make.access(one, "PQ-REQ", ModuleRole.coordinator)
    make.access(other, "PQ-REG")
    make.access(other, "SERV-REQ", ModuleRole.coordinator)
    assert found(actor, Wanted(module="PQ-REQ")) == ["Koordinator"]
    assert found(actor, Wanted(role=ModuleRole.coordinator)) == ["Begge dele", "Koordinator"]
    assert found(actor, Wanted(module="PQ-REG", role=ModuleRole.coordinator)) == []
    assert found(actor, Wanted(module="NO-SUCH")) == []


def test_granted_only_leaves_out_what_is_suspended(make: Maker, actor: Actor) -> None:
    make.access(make.authority("Suspenderet"), "PQ-REG", status=AccessStatus.suspended)
    assert found(actor, Wanted(module="PQ-REG")) == ["Suspenderet"]
    assert found(actor, Wanted(module="PQ-REG", granted_only=True)) == []


def test_the_access_manager_is_looked_for_by_words(make: Maker, actor: Actor) -> None:
    other = make.access_manager("Kulturstyrelsen")
    make.authority("Museet", managed_by=other)
    make.authority("Havnen")
    assert found(actor, Wanted(manager="KULTUR styrelsen")) == ["Museet"]
    assert found(actor, Wanted(manager="havnen")) == []
    assert len(found(actor, Wanted(manager="  "))) == 4


def test_the_classification_is_looked_for_in_the_names_of_entries(make: Maker, actor: Actor) -> None:
    body = make.authority("Fyrvæsenet")
    body.classification = [entry()]
    _db.session.flush()
    make.authority(next(iter(entry().names.values())))  # by name it would be found, by classification it is not
    for name in entry().names.values():
        ids = authority_filters.choices(name.upper()).entry_ids
        assert found(actor, Wanted(entry_ids=ids)) == ["Fyrvæsenet"], name
    assert found(actor, Wanted(entry_ids=authority_filters.choices("findes ikke").entry_ids)) == []
    assert authority_filters.choices(" ").entry_ids is None


def test_filters_narrow_together(make: Maker, actor: Actor, manager: Authority) -> None:
    for number in range(4):
        body = make.authority(f"Fyr {number}", managed_by=manager if number % 2 else None)
        make.access(body, "PQ-REG" if number < 2 else "PQ-ALERT")
    wanted = Wanted(words="fyr", mine=True, module="PQ-REG", why=Attention.no_administrator)
    assert found(actor, wanted) == ["Fyr 1"]
    assert found(actor, replace(wanted, mine=False)) == ["Fyr 0", "Fyr 1"]


@pytest.mark.rule("R70")
def test_the_country_narrows_and_never_widens(make: Maker, actor: Actor) -> None:
    make.authority("Svensk", country_code="SE")
    make.authority("Dansk")
    assert found(actor, Wanted(country="SE")) == []
    commission = make.actor(make.user(make.commission()))
    assert found(commission, Wanted(country="SE")) == ["Svensk"]


@pytest.mark.rule("R5", "R70")
def test_a_username_that_waits_is_told_to_who_may_see_it_only(make: Maker) -> None:
    """Whoever only finds an authority would else know whom to ring with a false tale."""
    narrow = make.access_manager("Fødevarestyrelsen", reach=Reach.own)
    body, other = make.authority("Min", managed_by=narrow), make.authority("Anden")
    for each in (body, other):
        make.user(each, is_superuser=True, first_log_in_at=None)
    waits = Wanted(why=Attention.username_waits)
    assert found(make.actor(make.user(narrow)), waits) == ["Min"]
    assert found(make.actor(make.user(make.nimic())), waits) == ["Anden", "Min"]


@pytest.mark.rule("R70")
def test_a_manager_of_another_country_is_no_word_to_find_by(make: Maker, actor: Actor) -> None:
    """A name of another country's body, typed into any filter, tells nothing about it."""
    make.authority("Svensk", country_code="SE", managed_by=make.authority("Tillväxtverket", country_code="SE"))
    assert found(actor, Wanted(manager="tillvaxtverket")) == []
    assert found(actor, Wanted(words="tillvaxtverket")) == []


def test_the_title_is_the_readers_else_english_else_any(make: Maker, actor: Actor) -> None:
    for name, languages in {"A": ("de", "en", "da"), "B": ("de", "en"), "C": ("fr", "de")}.items():
        make.authority(name).texts = [AuthorityText(language=code, title=code) for code in languages]
    make.authority("D").texts = [AuthorityText(language="da", title="", description="Kun en beskrivelse")]
    _db.session.flush()
    rows = authority_lists.find(actor, Act.find_authorities, Wanted(), BY_NAME, keyset.FIRST, "da").page.rows
    assert {row.official_name: row.title for row in rows if len(row.official_name) == 1} == {
        "A": "da",
        "B": "en",
        "C": "de",
        "D": "",
    }


def test_a_page_is_one_statement_with_its_count(make: Maker, actor: Actor) -> None:
    for number in range(30):
        make.authority(f"Fyr {number:02}")
    with statements(_db) as asked:
        page = authority_lists.find(actor, Act.find_authorities, Wanted(words="fyr"), BY_NAME, keyset.FIRST, "da")
    assert (len(asked), page.count, len(page.page.rows)) == (1, 30, 25)
    onward = Place(after=page.page.next)
    second = authority_lists.find(actor, Act.find_authorities, Wanted(words="fyr"), BY_NAME, onward, "da")
    assert (second.count, len(second.page.rows)) == (30, 5)


def test_a_row_that_is_gone_leads_to_the_first_page(make: Maker, actor: Actor) -> None:
    bodies = [make.authority(f"Fyr {number:02}") for number in range(30)]
    place = Place(after=bodies[27].public_id)
    assert found(actor, Wanted(words="fyr"), place) == ["Fyr 28", "Fyr 29"]
    bodies[27].status, bodies[27].purge_on = AuthorityStatus.deactivated, clock.today() + timedelta(days=9)
    bodies[27].deactivated_at = clock.now()
    _db.session.flush()
    assert found(actor, Wanted(words="fyr"), place)[0] == "Fyr 00"
