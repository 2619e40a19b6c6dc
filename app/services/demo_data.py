"""Who and what the demo installation holds: its files, read. Bodies and addresses are those of real ones, so that lists
look as in life; their domains end in `.example`, and all persons are invented."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.models import InvitationStatus, ModuleRole, Reach
from app.services.installation import CommissionDetails

FOLDER = Path(__file__).parent.parent / "reference" / "demo"
COMMISSION = CommissionDetails(
    name="Europa-Kommissionen",
    city="Bruxelles",
    first_name="Elena",
    last_name="Marchetti",
    email="elena.marchetti@kommissionen.example",
    phone="+32 2 555 01 00",
    language="da",
)
LANGUAGES = {"DK": "da", "SE": "sv"}  # of titles


class UserState(StrEnum):
    """How it ends with a user: with a password in which state, or removed."""

    active = "active"
    new = "new"
    blocked = "blocked"
    expired = "expired"
    removed = "removed"


@dataclass(frozen=True)
class DemoAccess:
    """Access to a module; `suspended`: in the end."""

    code: str
    role: ModuleRole
    suspended: bool


@dataclass(frozen=True)
class DemoAuthority:
    """An authority with its first user. `by` names the authority that registers it; empty: its NIMIC.

    `registered` and `deactivated` are days ago; None: drawn, or not at all. `domain` is that of its addresses.
    """

    country: str
    name: str
    titles: dict[str, str]
    street: str
    postal_code: str
    city: str
    domain: str
    entries: tuple[str, ...] = ()
    accesses: tuple[DemoAccess, ...] = ()
    by: str = ""
    first_user: str = ""
    username: str = ""
    state: UserState = UserState.active
    registered: int | None = None
    deactivated: int | None = None

    @property
    def is_nimic(self) -> bool:
        """Whether it is the national coordinator of its country."""
        return self.username.startswith("nimic")

    @property
    def is_early(self) -> bool:
        """Whether others rest on it: it manages access, or coordinates a module."""
        return any(access.role is ModuleRole.coordinator for access in self.accesses) or (self.registered or 0) > 640


@dataclass(frozen=True)
class DemoDelegation:
    """What is delegated to the authority; no codes: all modules. The days are days ago; those to come are negative."""

    delegate: str
    reach: Reach
    codes: tuple[str, ...]
    begins: int
    ends: int | None
    revoked: int | None


@dataclass(frozen=True)
class DemoInvitation:
    """An invitation, `sent` so many days ago, and what becomes of it; without a title nobody opens it.

    Entries and modules are suggested. `text` is what the invited body is told: why its invitation is cancelled, or its
    registration returned or rejected. One that is returned and expires lapses; one that expires without a text was
    never sent in. `domain` is that of the body's addresses, `user_domain` that of its first user; empty: drawn from the
    name, and the same.
    """

    status: InvitationStatus
    name: str
    title: str
    city: str
    postal_code: str
    street: str
    language: str
    by: str
    sent: int
    text: str
    entries: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    domain: str = ""
    user_domain: str = ""


@dataclass(frozen=True)
class DemoNames:
    """The first and last names that a country's people are made of."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def authorities() -> list[DemoAuthority]:
    """All bodies but the Commission, the national coordinators among them."""
    return [_authority(row) for row in _read("authorities")]


def delegations() -> list[DemoDelegation]:
    """All delegations, in force or not."""
    return [
        DemoDelegation(
            delegate=row["delegate"],
            reach=Reach(row["reach"]),
            codes=tuple(row["modules"].split()),
            begins=int(row["from"]),
            ends=_number(row["until"]),
            revoked=_number(row["revoked"]),
        )
        for row in _read("delegations")
    ]


def invitations() -> list[DemoInvitation]:
    """All invitations."""
    same = ("name", "title", "city", "postal_code", "street", "language", "by", "text", "domain", "user_domain")
    return [
        DemoInvitation(
            status=InvitationStatus(row["status"]),
            sent=int(row["sent"]),
            entries=tuple(row["entries"].split()),
            modules=tuple(row["modules"].split()),
            **{name: row[name] for name in same},
        )
        for row in _read("invitations")
    ]


def names() -> dict[str, DemoNames]:
    """Names of people, by country."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in _read("persons"):
        found.setdefault(row["country"], {}).setdefault(row["part"], []).extend(row["names"].split())
    return {country: DemoNames(tuple(each["first"]), tuple(each["last"])) for country, each in found.items()}


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _authority(row: dict[str, str]) -> DemoAuthority:
    titles = {LANGUAGES[row["country"]]: row["title"], "en": row["title_en"]}
    same = ("country", "name", "street", "postal_code", "city", "domain", "by", "first_user", "username")
    return DemoAuthority(
        titles=titles,
        entries=tuple(row["entries"].split()),
        accesses=tuple(_access(code) for code in row["modules"].split()),
        state=UserState(row["state"] or UserState.active),
        registered=_number(row["registered"]),
        deactivated=_number(row["deactivated"]),
        **{name: row[name] for name in same},
    )


def _access(code: str) -> DemoAccess:
    """`SERV-REQ*` as coordinator, `SERV-REQ~` suspended in the end."""
    role = ModuleRole.coordinator if code.endswith("*") else ModuleRole.authority
    return DemoAccess(code.rstrip("*~"), role, code.endswith("~"))


def _number(text: str) -> int | None:
    return int(text) if text else None
