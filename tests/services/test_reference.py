"""Loading master data from files."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session

from app.clock import now
from app.errors import InvalidInput
from app.models import (
    Area,
    Authority,
    AuthorityClassification,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Country,
    Module,
    ModuleClassificationList,
    UserRole,
)
from app.services.reference import SHIPPED, load


@pytest.fixture
def session(db: Any) -> Iterator[Session]:
    """A database into which the shipped files have been loaded; refusals are in English."""
    with force_locale("en"):
        yield db.session()


@pytest.fixture
def emptied(session: Session) -> Session:
    """A database without reference data."""
    for table in (UserRole, ModuleClassificationList, Module, ClassificationEntry, ClassificationList, Area, Country):
        session.execute(delete(table))
    return session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be changed."""
    copy = tmp_path / "reference"
    copy.mkdir()
    for path in SHIPPED.glob("*.csv"):
        shutil.copy(path, copy)
    return copy


def rewrite(path: Path, change: Any) -> None:
    """Change the rows of a file: `change` takes and gives a list of dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _set(code: str, /, **fields: str) -> Any:
    return lambda rows: [row | fields if row["code"] == code else row for row in rows]


def _without(code: str) -> Any:
    return lambda rows: [row for row in rows if row["code"] != code]


def test_shipped_files_fill_an_empty_database(emptied: Session) -> None:
    counts = load(SHIPPED)
    assert counts[:6] == (30, 20, 42, 160, 10, 138)
    assert counts.added == sum(counts[:6])
    assert counts.changed == 0

    module = emptied.scalars(select(Module).where(Module.code == "PQ-REQ")).one()
    assert (module.names["en"], module.area_code) == ("Professional qualifications – requests for information", "PQ")
    assert (module.has_request_settings, module.active_from, module.retired_from) == (True, date(2020, 1, 1), None)
    assert [each.code for each in module.classification_lists] == ["professions"]
    roles = ["viewer", "request_handler", "allocator", "approver", "refusal_handler"]
    assert [each.code for each in module.user_roles] == roles

    entry = emptied.scalars(select(ClassificationEntry).where(ClassificationEntry.code == "DK01")).one()
    assert emptied.get_one(ClassificationEntry, entry.parent_id).code == "regional"
    assert emptied.get_one(Country, "BE").languages == ["nl", "fr", "de"]
    first = select(Area.code).order_by(Area.position).limit(2)
    assert list(emptied.scalars(first)) == ["PQ", "EPC"]


def test_second_load_changes_nothing_and_few_statements_suffice(emptied: Session) -> None:
    said: list[str] = []
    event.listen(emptied.connection(), "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    first = load(SHIPPED)
    assert len(said) < 30
    said.clear()
    second = load(SHIPPED)
    assert second == first._replace(added=0)
    assert {statement.split()[0] for statement in said} == {"SELECT"}
    assert len(said) < 10


def test_changes_of_a_file_reach_rows_that_are_there(session: Session, folder: Path) -> None:
    module = session.scalars(select(Module).where(Module.code == "PW-REQ")).one()
    module.names = {**module.names, "de": "Entsendung"}
    module.active_from = date(2024, 5, 1)
    session.flush()
    more = {"name_da": "Udstationering", "requires_linked_coordinator": "false"}
    rewrite(folder / "modules.csv", _set("PW-REQ", **more, classification_lists="professions;service_keywords"))
    rewrite(folder / "countries.csv", _set("GR", note="IMI skriver EL"))
    rewrite(folder / "classification_entries.csv", _set("DK01", parent="local"))
    rewrite(folder / "module_roles.csv", _set("allocator", for_coordinator="false"))

    counts = load(folder)
    requests = session.scalar(select(func.count()).select_from(UserRole).where(UserRole.code == "allocator"))
    assert (counts.added, counts.changed) == (0, 3 + (requests or 0))
    session.expire_all()
    assert module.names == {
        "da": "Udstationering",
        "en": "Posting of workers – requests for information",
        "de": "Entsendung",
    }
    assert (module.requires_linked_coordinator, module.active_from) == (False, date(2024, 5, 1))
    assert [each.code for each in module.classification_lists] == ["professions", "service_keywords"]
    entry = session.scalars(select(ClassificationEntry).where(ClassificationEntry.code == "DK01")).one()
    assert session.get_one(ClassificationEntry, entry.parent_id).code == "local"


def test_days_of_a_module_can_be_given(session: Session, folder: Path) -> None:
    days = {"active_from": "2021-03-01", "retired_from": "2027-01-31"}
    rewrite(
        folder / "modules.csv", lambda rows: [row | (days if row["code"] == "SDG-REP" else {}) for row in rows[::-1]]
    )
    load(folder)
    found = {each.code: (each.active_from, each.retired_from) for each in session.scalars(select(Module))}
    assert found["SDG-REP"] == (date(2021, 3, 1), date(2027, 1, 31))
    assert found["PQ-REQ"] == (date(2020, 1, 1), None)


def test_order_of_the_file_is_the_order_on_screen(session: Session, folder: Path) -> None:
    rewrite(folder / "modules.csv", lambda rows: rows[::-1])
    load(folder)
    assert session.scalars(select(Module.code).order_by(Module.position)).first() == "SDG-REP"


def test_rows_that_vanish_from_the_files_stay(session: Session, folder: Path) -> None:
    entry = session.scalars(select(ClassificationEntry).where(ClassificationEntry.code == "construction")).one()
    retired = session.scalars(select(ClassificationEntry).where(ClassificationEntry.code == "crafts")).one()
    body = Authority(status=AuthorityStatus.draft, country_code="DK", registered_at=now())
    session.add(body)
    session.flush()
    session.add(AuthorityClassification(authority_id=body.id, entry_id=entry.id))
    retired.active = False
    session.flush()
    for file, code in (
        ("classification_entries.csv", "construction"),
        ("modules.csv", "SDG-REP"),
        ("countries.csv", "LI"),
        ("module_roles.csv", "case_coordinator"),
        ("areas.csv", "FIRE"),  # still named by a module
    ):
        rewrite(folder / file, _without(code))
    rewrite(folder / "modules.csv", _set("PQ-REQ", classification_lists=""))

    counts = load(folder)
    session.expire_all()
    assert (counts.added, counts.modules, counts.countries) == (0, 41, 29)
    assert (entry.active, retired.active) == (True, False)
    assert body.classification == [entry]
    assert session.get(Country, "LI")
    assert session.get(Area, "FIRE")
    module = session.scalars(select(Module).where(Module.code == "SDG-REP")).one()
    assert len(module.user_roles) == 3
    module = session.scalars(select(Module).where(Module.code == "PQ-REQ")).one()
    assert [each.code for each in module.classification_lists] == ["professions"]


def test_module_made_by_hand_is_left_alone(session: Session) -> None:
    module = Module(code="OWN", area_code="PQ", type="request", names={"da": "Vores"}, active_from=date(2025, 1, 1))
    session.add(module)
    session.flush()
    assert load(SHIPPED).added == 0
    assert (module.names, module.user_roles) == ({"da": "Vores"}, [])


BAD = [
    ("modules.csv", lambda rows: [row | {"colour": "red"} for row in rows], "colour"),
    ("modules.csv", lambda rows: [{n: v for n, v in row.items() if n != "area"} for row in rows], "area"),
    ("modules.csv", _set("PQ-REQ", area="NOWHERE"), "line 2: .*“NOWHERE”"),
    ("modules.csv", _set("PQ-NOT", type="letter"), "line 3: .*“type”"),
    ("modules.csv", _set("PQ-REQ", offers_coordinator="yes"), "“offers_coordinator”"),
    ("modules.csv", _set("PQ-REQ", offers_coordinator="false"), "must offer a coordinator"),
    ("modules.csv", _set("PQ-ALERT", has_request_settings="true"), "request settings"),
    ("modules.csv", _set("PQ-REQ", classification_lists="professions;nothing"), "“nothing”"),
    ("modules.csv", _set("PQ-REQ", classification_lists="policy_areas"), "does not describe modules"),
    ("modules.csv", _set("PQ-REQ", code="P" * 31), "longer than 30"),
    ("modules.csv", _set("PQ-NOT", code="PQ-REQ"), "twice"),
    ("modules.csv", lambda rows: [row | {"active_from": "1. maj"} for row in rows], "“active_from”"),
    ("modules.csv", lambda rows: [row | {"retired_from": "2019-12-31"} for row in rows], "retired before"),
    ("countries.csv", _set("DK", name_da=" "), "“name_da” is empty"),
    ("module_roles.csv", _set("viewer", for_authority="false", for_coordinator="false"), "for nobody"),
    ("module_roles.csv", _set("viewer", needs_setting="power"), "“needs_setting”"),
    ("classification_lists.csv", _set("professions", scope="all"), "“scope”"),
    ("classification_entries.csv", _set("construction", list="nowhere"), "“nowhere”"),
    ("classification_entries.csv", _set("DK01", parent="construction"), "“construction”"),
    ("classification_entries.csv", _set("construction", parent="crafts"), "not hierarchical"),
    ("classification_entries.csv", _set("regional", parent="DK01"), "below itself"),
]


@pytest.mark.parametrize(("file", "change", "sentence"), BAD)
def test_file_that_is_wrong_is_refused_with_its_line(
    session: Session, folder: Path, file: str, change: Any, sentence: str
) -> None:
    rewrite(folder / file, change)
    with pytest.raises(InvalidInput) as refusal:
        load(folder)
    said = str(refusal.value.message)
    assert said.startswith(file)
    assert re.search(sentence, said)


@pytest.mark.parametrize("content", [None, b"", b"code;name_da\n", b"\xff\xfe", b'code,"', b"a" * 200_000])
def test_file_that_cannot_be_read_is_refused(session: Session, folder: Path, content: bytes | None) -> None:
    path = folder / "areas.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"areas\.csv"):
        load(folder)


def test_row_with_too_few_fields_is_refused(session: Session, folder: Path) -> None:
    path = folder / "areas.csv"
    path.write_text(path.read_text("utf-8") + "NEW,Nyt\n", "utf-8")
    with pytest.raises(InvalidInput, match=r"line 22: The row has more or fewer fields"):
        load(folder)


def test_lists_of_the_shipped_files_are_whole(session: Session) -> None:
    """Each list has entries, each module of a type has roles, each area a module but those that wait for theirs."""
    load(SHIPPED)
    empty = select(ClassificationList.code).where(ClassificationList.id.not_in(select(ClassificationEntry.list_id)))
    assert list(session.scalars(empty)) == []
    bare = select(Module.code).where(Module.id.not_in(select(UserRole.module_id)))
    assert list(session.scalars(bare)) == []
    unused = select(Area.code).where(Area.code.not_in(select(Module.area_code)))
    assert list(session.scalars(unused)) == []


@pytest.mark.rule("R51")
def test_common_passwords_are_ten_thousand_in_small_letters() -> None:
    words = (SHIPPED / "common_passwords.txt").read_text("utf-8").splitlines()
    assert len(words) == len(set(words)) >= 10_000
    assert words[:3] == ["123456", "123456789", "qwerty"]
    assert all(word == word.lower().strip() and word for word in words)
    assert "Redistribution and use" in (SHIPPED / "common_passwords.LICENSE.txt").read_text("utf-8")
