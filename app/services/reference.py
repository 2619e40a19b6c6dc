"""Reference data: files of master data, brought into the database as often as wanted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from app.extensions import db
from app.i18n import _l
from app.models import (
    Area,
    ClassificationEntry,
    ClassificationList,
    Country,
    ListScope,
    Module,
    ModuleClassificationList,
    ModuleType,
    Setting,
    UserRole,
)
from app.services import finding_keys
from app.services.reference_files import COLUMNS, FLAGS, NAMES, OPTIONAL, Line, Rows, read

# The folder that comes with the program.
SHIPPED = Path(__file__).parent.parent / "reference"

ACTIVE_FROM = date(2020, 1, 1)

Values = dict[str, Any]
Wish = tuple[Line, Values]


class Counts(NamedTuple):
    """How many rows the files ask for, by kind; how many of all of them were added, how many changed."""

    countries: int
    areas: int
    modules: int
    user_roles: int
    lists: int
    entries: int
    added: int
    changed: int


def is_missing() -> bool:
    """Whether no reference data have been loaded yet."""
    return db.session.scalar(select(Country.code).limit(1)) is None


def load(folder: Path) -> Counts:
    """Bring the files of a folder into the database: add what is new, change names and flags, delete nothing.

    Rows that are in no file stay as they are, and so do names in other languages, retired entries and the day from
    which a module is active. Raises InvalidInput, with file and line, for a file that cannot be used.
    """
    files = {name: read(folder / name) for name in COLUMNS}
    with db.session.no_autoflush:
        return _Load(files).run()


@dataclass
class _Load:
    """One load: the files, how many rows they ask for, and which rows were added or changed."""

    files: Mapping[str, list[Line]]
    asked: dict[type[Any], int] = field(default_factory=dict)
    added: set[Any] = field(default_factory=set)
    changed: set[Any] = field(default_factory=set)

    def run(self) -> Counts:
        self._bring(Country, ("code",), self._countries())
        areas = self._bring(Area, ("code",), self._areas())
        lists = self._bring(ClassificationList, ("code",), self._lists())
        entries = self._bring(ClassificationEntry, ("list_id", "code"), self._entries(lists))
        self._set_parents(lists, entries)
        modules = self._bring(Module, ("code",), self._modules(areas), active_from=ACTIVE_FROM, retired_from=None)
        self._add_lists_of_modules(modules, lists)
        self._bring(UserRole, ("module_id", "code"), self._user_roles(modules))
        db.session.flush()
        finding_keys.renew_described_by({row.id for row in self.changed if isinstance(row, ClassificationEntry)})
        return self._counts()

    def _counts(self) -> Counts:
        asked = self.asked
        sizes = (asked[Country], asked[Area], asked[Module], asked[UserRole])
        classification = (asked[ClassificationList], asked[ClassificationEntry])
        return Counts(*sizes, *classification, len(self.added), len(self.changed))

    def _bring(self, model: type[Any], key: tuple[str, ...], wanted: Iterable[Wish], **when_new: object) -> Rows:
        """Add or change the wanted rows; all rows of the table, also those that nobody asked for, by their key."""
        rows = _rows(model, key)
        new: dict[Hashable, Values] = {}
        asked: set[Hashable] = set()
        for line, values in wanted:
            _check_lengths(model, line, values)
            at = tuple(values[name] for name in key)
            if at in asked:
                raise line.wrong(_l("The same row stands in the file twice. Please remove one."))
            asked.add(at)
            if at in rows:
                self._change(rows[at], values | {"names": rows[at].names | _names(line)})
            else:
                new[at] = when_new | values | {"names": _names(line)}
        self.asked[model] = len(asked)
        return self._add(model, key, new) if new else rows

    def _change(self, row: Any, values: Values) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        self._note(row)

    def _add(self, model: type[Any], key: tuple[str, ...], new: Mapping[Hashable, Values]) -> Rows:
        """All new rows in one statement; an absent value is written as such, lest it part one row from the next."""
        db.session.execute(insert(model), list(new.values()), execution_options={"render_nulls": True})
        rows = _rows(model, key)
        self.added |= {rows[at] for at in new}
        return rows

    def _note(self, row: Any) -> None:
        if row not in self.added and db.session.is_modified(row):
            self.changed.add(row)

    def _countries(self) -> Iterator[Wish]:
        for line in self.files["countries.csv"]:
            yield line, {"code": line.needed("code"), "languages": line.several("languages"), "note": line.text("note")}

    def _areas(self) -> Iterator[Wish]:
        for line in self.files["areas.csv"]:
            yield line, {"code": line.needed("code"), "act": line.text("act"), "position": line.position}

    def _lists(self) -> Iterator[Wish]:
        for line in self.files["classification_lists.csv"]:
            values: Values = {"code": line.needed("code"), "position": line.position}
            yield line, values | {"scope": line.choice("scope", ListScope), "hierarchical": line.flag("hierarchical")}

    def _entries(self, lists: Rows) -> Iterator[Wish]:
        for line in self.files["classification_entries.csv"]:
            list_id = line.row_of(lists, line.text("list")).id
            yield line, {"list_id": list_id, "code": line.needed("code"), "position": line.position}

    def _set_parents(self, lists: Rows, entries: Rows) -> None:
        """Put entries below others, now that all of them have their numbers."""
        by_id = {entry.id: entry for entry in entries.values()}
        lines = self.files["classification_entries.csv"]
        for line in lines:
            listed = lists[line.text("list"),]
            if line.text("parent") and not listed.hierarchical:
                raise line.wrong(_l("Entries of this list have no parents, because it is not hierarchical."))
            parent = line.row_of(entries, line.text("parent"), listed.id) if line.text("parent") else None
            entry = entries[listed.id, line.needed("code")]
            entry.parent_id = parent.id if parent else None
            self._note(entry)
        for line in lines:
            _refuse_circle(line, entries[lists[line.text("list"),].id, line.needed("code")], by_id)
        db.session.flush()

    def _modules(self, areas: Rows) -> Iterator[Wish]:
        for line in self.files["modules.csv"]:
            values: Values = {name: line.flag(name) for name in FLAGS}
            values |= {name: line.day(name) for name in OPTIONAL["modules.csv"] if line.text(name)}
            values |= {"code": line.needed("code"), "type": line.choice("type", ModuleType), "position": line.position}
            _check_module(line, values)
            yield line, values | {"area_code": line.row_of(areas, line.text("area")).code}

    def _add_lists_of_modules(self, modules: Rows, lists: Rows) -> None:
        links = db.session.execute(select(ModuleClassificationList.module_id, ModuleClassificationList.list_id))
        there = {tuple(link) for link in links}
        for line in self.files["modules.csv"]:
            module = modules[line.needed("code"),]
            for code in line.several("classification_lists"):
                listed = line.row_of(lists, code)
                if listed.scope != ListScope.module:
                    raise line.wrong(_l("The list “%(value)s” does not describe modules.", value=code))
                if (module.id, listed.id) not in there:
                    self._link(module, listed)
                    there.add((module.id, listed.id))

    def _link(self, module: Module, listed: ClassificationList) -> None:
        db.session.add(ModuleClassificationList(module_id=module.id, list_id=listed.id))
        if module not in self.added:
            self.changed.add(module)

    def _user_roles(self, modules: Rows) -> Iterator[Wish]:
        """Each module of the files gets the roles of its type."""
        wishes = [
            (line.choice("module_type", ModuleType), line, _role(line)) for line in self.files["module_roles.csv"]
        ]
        for row in self.files["modules.csv"]:
            module = modules[row.needed("code"),]
            yield from ((line, role | {"module_id": module.id}) for kind, line, role in wishes if kind == module.type)


def _rows(model: type[Any], key: tuple[str, ...]) -> Rows:
    return {tuple(getattr(row, name) for name in key): row for row in db.session.scalars(select(model))}


def _names(line: Line) -> dict[str, str]:
    return {language: line.needed(name) for name, language in NAMES.items()}


def _role(line: Line) -> Values:
    setting = line.choice("needs_setting", Setting) if line.text("needs_setting") else None
    flags: Values = {name: line.flag(name) for name in ("for_authority", "for_coordinator")}
    if not any(flags.values()):
        raise line.wrong(_l("The role is for nobody: “for_authority”, “for_coordinator” or both must be true."))
    return flags | {"code": line.needed("code"), "needs_setting": setting, "position": line.position}


def _check_module(line: Line, values: Values) -> None:
    """What the database refuses of a module, in words (R32, R33)."""
    if values["requires_linked_coordinator"] and not values["offers_coordinator"]:
        raise line.wrong(_l("A module that requires a linked coordinator must offer a coordinator."))
    if values["has_request_settings"] and values["type"] is not ModuleType.request:
        raise line.wrong(_l("Only a module of the type “request” can have request settings."))
    if values.get("retired_from", date.max) < values.get("active_from", ACTIVE_FROM):
        raise line.wrong(_l("A module cannot be retired before it is active."))


def _check_lengths(model: type[Any], line: Line, values: Values) -> None:
    for name, value in values.items():
        length = getattr(model.__table__.c[name].type, "length", None)
        if isinstance(value, str) and length and len(value) > length:
            limit = {"name": name, "length": length}
            raise line.wrong(_l("The field “%(name)s” is longer than %(length)s characters.", **limit))


def _refuse_circle(line: Line, entry: ClassificationEntry, by_id: Mapping[int, ClassificationEntry]) -> None:
    above, seen = entry.parent_id, {entry.id}
    while above is not None:
        if above in seen:
            raise line.wrong(_l("The entry stands below itself. Please correct “parent”."))
        seen.add(above)
        above = by_id[above].parent_id
