"""The rows of generated authorities: plain values, made without a database, so that they are made while it is busy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from app.models import AccessStatus, AuthorityStatus, ModuleRole
from app.policy.calendar import add_months, day_of
from app.policy.finding import authority_keys, person_keys
from app.policy.folding import ascii_letters
from app.policy.likeness import match_keys
from app.services import generated_names
from app.services.generated_facts import Facts, OfModule
from app.services.generated_names import Name, Words
from app.services.seeded import Seeded

SIZE = 10_000  # authorities in a chunk
DAYS = 730
COORDINATORS = 500  # the first of so many authorities of a country coordinates all modules
FURTHER_USERS = (1, 2, 2, 3, 3, 4)  # each as often as the others: two and a half on average
ACCESSES = (1, 1, 2, 2, 3)
DEACTIVATED, NEW = 0.03, 0.05
SUSPENDED = "Myndigheden er nedlagt."
MONTHS_TO_REMOVAL = 6
_VERSION_4, _UNVERSIONED = 0x4000 << 64, ~(0xF000 << 64)

Columns = tuple[str, ...]
Row = tuple[Any, ...]
Coordinators = list[dict[int, int]]  # of each coordinator, the number of its access by that of the module


@dataclass(frozen=True)
class Beginning:
    """The first free numbers, and the names that are taken, by country."""

    authority: int
    user: int
    access: int
    names: Mapping[str, set[str]]


@dataclass(frozen=True)
class Chunk:
    """Rows by table, in an order in which they can be inserted, and how many authorities they are of."""

    rows: Mapping[str, tuple[Columns, list[Row]]]
    authorities: int


COLUMNS: dict[str, Columns] = {
    "authority_text": ("authority_id", "language", "title"),
    "authority_classification": ("authority_id", "entry_id"),
    "ab_user": (
        *("id", "public_id", "authority_id", "first_name", "last_name", "username", "email", "email_address"),
        *("phone", "language", "password", "active", "is_superuser", "is_administrator", "password_is_temporary"),
        *("password_set_at", "temporary_password_expires_at", "first_log_in_at", "last_log_in_at", "registered_at"),
        *("sort_key", "search_key"),
    ),
    "access_manager_link": ("authority_id", "manager_id", "since", "added_by_user_id"),
    "module_access": (
        *("id", "authority_id", "module_id", "country_code", "status", "role", "granted_at", "granted_by_user_id"),
        *("suspended_at", "suspension_reason"),
    ),
    "module_access_classification": ("access_id", "entry_id"),
    "linked_coordinator": ("access_id", "coordinator_id", "module_id", "country_code"),
    "user_module_role": ("user_id", "user_role_id", "authority_id", "access_id", "module_id"),
}


@dataclass(frozen=True)
class _Body:
    """An authority that is to be made, and the coordinators that its country has by then."""

    country: str
    words: Words
    name: Name
    coordinators: Coordinators


def chunks_of(facts: Facts, countries: Mapping[str, int], beginning: Beginning) -> Iterator[Chunk]:
    """All rows, country by country."""
    bodies, maker = _bodies(countries, beginning), _Maker(facts, beginning)
    while some := list(islice(bodies, SIZE)):
        yield maker.chunk(some)


def _bodies(countries: Mapping[str, int], beginning: Beginning) -> Iterator[_Body]:
    words = generated_names.words()
    for code, authorities in countries.items():
        taken, coordinators = beginning.names[code], Coordinators()
        free = (name for name in generated_names.names(words[code]) if name.key not in taken)
        yield from (_Body(code, words[code], name, coordinators) for name in islice(free, authorities))


class _Maker:
    """Makes rows, and knows which numbers are next."""

    def __init__(self, facts: Facts, beginning: Beginning) -> None:
        # The same each time, but when it is added to what the same seed has made: then the numbers must be others.
        self._facts, self._random = facts, Seeded(f"{facts.seed} {beginning.authority}")
        self._authority, self._user, self._access = beginning.authority, beginning.user, beginning.access
        days = range(1, DAYS)
        self._moments = [_stored(facts.now - timedelta(days=day, minutes=7 * day % 480)) for day in days]
        self._removals = [_removal(facts.now - timedelta(days=day)) for day in range(1, 170)]
        self._soon = _stored(facts.now + timedelta(days=10))
        self._rows: dict[str, list[Row]] = {}

    def chunk(self, bodies: list[_Body]) -> Chunk:
        """The rows of some authorities; who of them coordinates is added to the coordinators of its country."""
        self._rows = {name: [] for name in COLUMNS}
        authorities = [self._add(body) for body in bodies]
        columns = tuple(authorities[0])
        first = {"authority": (columns, [tuple(each.values()) for each in authorities])}
        return Chunk(first | {name: (COLUMNS[name], rows) for name, rows in self._rows.items()}, len(authorities))

    def _add(self, body: _Body) -> dict[str, Any]:
        """One authority with all that it has; gives its own row."""
        country, number, day = body.country, self._authority, self._below(DAYS - 3) + 2
        self._authority += 1
        is_coordinator = number % COORDINATORS == 0 or not body.coordinators
        is_active = is_coordinator or self._random.random() > DEACTIVATED
        first_user = self._add_users(country, body.words, number, day)
        keys = self._add_details(country, body.words, body.name, number, day)
        if is_coordinator:
            body.coordinators.append(self._add_coordination(country, number, day))
        else:
            self._add_accesses(country, number, first_user, day, body.coordinators, is_active)
        return self._authority_row(country, body.name, number, day, is_active) | keys

    def _authority_row(self, country: str, name: Name, number: int, day: int, is_active: bool) -> dict[str, Any]:
        nimic, user = self._facts.nimics[country]
        deactivated_at, purge_on = (None, None) if is_active else self._removals[self._below(min(day, 160))]
        contact = {
            "phone": f"+45 {number:08d}",
            "email": f"post@m{number}.example",
            "website": f"https://www.m{number}.example",
        }
        return {
            "id": number,
            "public_id": self._uuid(),
            "status": (AuthorityStatus.active if is_active else AuthorityStatus.deactivated).value,
            "country_code": country,
            "official_name": name.name,
            "official_name_key": name.key,
            **contact,
            **match_keys(official_name=name.name, country_code=country, **contact),
            "street": f"{name.town} {number % 190 + 1}",
            "postal_code": f"{number % 9000 + 1000}",
            "city": name.town,
            "working_languages": "[]",
            "registered_by_user_id": user,
            "registered_by_authority_id": nimic,
            "registered_at": self._moments[day],
            "deactivated_at": deactivated_at,
            "purge_on": purge_on,
        }

    def _add_details(self, country: str, words: Words, name: Name, number: int, day: int) -> dict[str, str]:
        """Title, classification and access manager; gives the keys by which all of it is found."""
        nimic, user = self._facts.nimics[country]
        title = f"{name.subject[:1].upper()}{name.subject[1:]} {words.joint} {name.town}".replace("  ", " ")
        self._rows["authority_text"].append((number, self._facts.languages[country], title))
        area = self._facts.policy_areas[self._below(len(self._facts.policy_areas))]
        self._rows["authority_classification"] += ((number, area), (number, self._facts.local))
        self._rows["access_manager_link"].append((number, nimic, self._moments[day], user))
        entries = [self._facts.entry_names[entry] for entry in (area, self._facts.local)]
        return authority_keys(name.name, name.town, [(title, "")], entries)

    def _add_users(self, country: str, words: Words, authority: int, day: int) -> int:
        """The first user, an administrator, and some more; gives his number."""
        first_user = self._user
        for place in range(1 + FURTHER_USERS[self._below(len(FURTHER_USERS))]):
            first, last = words.first[self._below(len(words.first))], words.last[self._below(len(words.last))]
            letters = ascii_letters(first)[:2] + ascii_letters(last)[:3] or "imi"
            number, public_id = self._user, self._uuid()
            self._user += 1
            mailbox = f"{ascii_letters(first) or 'post'}{place or ''}@m{authority}.example"
            same = (number, public_id, authority, first, last, _username(letters, number), f"{public_id}@user.invalid")
            administers = place == 0 or self._random.random() < 0.3
            about = (mailbox, f"+45 {number:08d}", self._language(country), self._facts.password_hash, True)
            keys = person_keys(first, last, mailbox)
            self._rows["ab_user"].append(
                (*same, *about, place == 0, administers, *self._password(day), keys["sort_key"], keys["search_key"])
            )
        return first_user

    def _password(self, day: int) -> Row:
        """Temporary, set and until when, first and last signed in, registered: new ones have never signed in."""
        registered = self._moments[day]
        if self._random.random() < NEW:
            return (True, registered, self._soon, None, None, registered)
        last = self._below(min(day, 170))
        return (False, self._moments[last], None, self._moments[day - 1], self._moments[last], registered)

    def _add_coordination(self, country: str, authority: int, day: int) -> dict[int, int]:
        """Access as coordinator to all modules that have some; gives its numbers by those of the modules."""
        made: dict[int, int] = {}
        for module in self._facts.modules:
            if module.has_coordinators:
                made[module.id] = self._add_access(country, authority, module, day, ModuleRole.coordinator, True)
        return made

    def _add_accesses(
        self, country: str, authority: int, user: int, day: int, coordinators: Coordinators, is_active: bool
    ) -> None:
        for module in self._random.sample(self._facts.modules, ACCESSES[self._below(len(ACCESSES))]):
            access = self._add_access(country, authority, module, day, ModuleRole.authority, is_active)
            if module.has_coordinators and is_active:
                coordinator = coordinators[self._below(len(coordinators))][module.id]
                self._rows["linked_coordinator"].append((access, coordinator, module.id, country))
            for role in module.user_roles[ModuleRole.authority]:
                self._rows["user_module_role"].append((user, role, authority, access, module.id))

    def _add_access(
        self, country: str, authority: int, module: OfModule, day: int, role: ModuleRole, is_active: bool
    ) -> int:
        number = self._access
        self._access += 1
        moment, (_, user) = self._moments[day - 1], self._facts.nimics[country]
        status = AccessStatus.granted if is_active else AccessStatus.suspended
        suspended = (None, "") if is_active else (self._moments[0], SUSPENDED)
        same = (number, authority, module.id, country, status.value, role.value, moment, user)
        self._rows["module_access"].append(same + suspended)
        if module.entries:
            entry = module.entries[self._below(len(module.entries))]
            self._rows["module_access_classification"].append((number, entry))
        return number

    def _language(self, country: str) -> str:
        return "da" if country == "DK" else "en"

    def _uuid(self) -> str:
        return f"{self._random.getrandbits(128) & _UNVERSIONED | _VERSION_4:032x}"

    def _below(self, end: int) -> int:
        return int(self._random.random() * end)


def _username(letters: str, number: int) -> str:
    """Letters of the name and digits; no two numbers have the same, and the demo's have fewer digits (R44)."""
    return f"{letters}{number * 7_368_787 % 100_000_000:08d}"


def _stored(moment: datetime) -> str:
    """As both databases keep a moment, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _removal(moment: datetime) -> tuple[str, str]:
    """When a body was deactivated, and when it is to be removed."""
    purge_on: date = add_months(day_of(moment), MONTHS_TO_REMOVAL)
    return _stored(moment), purge_on.isoformat()
