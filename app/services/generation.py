"""Very many authorities for measurements: all that they have, made up from a seed, in chunks that are each whole.

It is no act of anybody's, and the log says so in one entry; nobody can sign in as one of these users.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import func, select

from app.errors import InvalidInput
from app.extensions import db
from app.i18n import _l
from app.models import Authority, AuthorityKind, Country, ImiUser, LoggedAct, Model, ModuleAccess
from app.services import audit, bulk, generated_facts, generated_names, installation, nimics, passwords
from app.services.demo_data import COMMISSION
from app.services.generated_facts import Facts
from app.services.generated_rows import Beginning, Chunk, chunks_of
from app.services.registration_details import RegistrationDetails
from app.settings import laid_over

ALL = "all"
QUICK = "pbkdf2:sha256:1"  # of passwords that nobody has
NUMBERED = (Authority, ImiUser, ModuleAccess)


def shares(authorities: int, country: str) -> dict[str, int]:
    """How many authorities each country gets: all the one that is named, or each its share of all.

    InvalidInput for a country that is none, or where reference data are missing.
    """
    known = set(db.session.scalars(select(Country.code)))
    words = {code: each for code, each in generated_names.words().items() if code in known}
    if country != ALL:
        words = {code: each for code, each in words.items() if code == country}
    if not words:
        raise InvalidInput(_l("There is no such country here. Load the reference data first, or name another one."), {})
    total = sum(each.share for each in words.values())
    found = {code: authorities * each.share // total for code, each in words.items()}
    largest = max(words, key=lambda code: words[code].share)
    found[largest] += authorities - sum(found.values())
    return {code: number for code, number in found.items() if number}


def begin(countries: Mapping[str, int], seed: int) -> Facts:
    """Register the Commission and the national coordinators where they are missing; gives what rows rest on."""
    with laid_over(PASSWORD_HASH_METHOD=QUICK):
        commission = _commission()
        there = select(Authority.country_code).where(Authority.kind == AuthorityKind.nimic)
        for code in sorted(set(countries) - set(db.session.scalars(there))):
            nimics.add(commission, code, _details_of_nimic(code))
        return generated_facts.read(seed, passwords.hashed(secrets.token_urlsafe(32)))


def _commission() -> Authority:
    of_commission = select(Authority).where(Authority.kind == AuthorityKind.commission)
    found: Authority | None = db.session.scalar(of_commission)
    return found or installation.create_commission(replace(COMMISSION, language="en")).authority


def _details_of_nimic(country_code: str) -> RegistrationDetails:
    words = generated_names.words()[country_code]
    return RegistrationDetails(
        official_name=f"NIMIC {country_code}",
        titles={"en": f"National IMI coordinator ({country_code})"},
        email=f"nimic@{country_code.lower()}.example",
        phone="+45 33 55 00 00",
        website="",
        street="",
        postal_code="",
        city=words.towns[0],
        entry_ids=frozenset(),
        first_name=words.first[0],
        last_name=words.last[0],
        user_email=f"imi@{country_code.lower()}.example",
        user_phone="+45 33 55 00 00",
        user_language="en",
    )


def chunks(facts: Facts, countries: Mapping[str, int]) -> Iterator[Chunk]:
    """The rows, so many at a time; the next are made while the database takes the last."""
    made = chunks_of(facts, countries, _beginning(countries))
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, made, None)
        while (chunk := coming.result()) is not None:
            coming = maker.submit(next, made, None)
            yield chunk


def _beginning(countries: Mapping[str, int]) -> Beginning:
    """The first free numbers, and the names that are taken."""
    keys: dict[str, set[str]] = {code: set() for code in countries}
    taken = select(Authority.country_code, Authority.official_name_key).where(Authority.country_code.in_(countries))
    for code, key in db.session.execute(taken):
        keys[code or ""].add(key)
    authority, user, access = (bulk.next_id(Model.metadata.tables[each.__tablename__]) for each in NUMBERED)
    return Beginning(authority, user, access, keys)


def store(chunk: Chunk) -> None:
    """Store a chunk; the database's own numbers go on behind it."""
    for name, (columns, rows) in chunk.rows.items():
        bulk.insert(Model.metadata.tables[name], columns, rows)
    for each in NUMBERED:
        bulk.move_numbers_on(Model.metadata.tables[each.__tablename__])


def tell_database() -> None:
    """Let the database know how many rows there are by now: else it checks each key as if there were few."""
    bulk.analyze()


def end(countries: Mapping[str, int], seed: int) -> None:
    """Say in the log what these rows are, in one entry, and let the database know them."""
    data = {"count": sum(countries.values()), "countries": len(countries), "seed": seed}
    audit.record(None, LoggedAct.authority_generated, None, data=data)
    bulk.analyze()


def counts() -> dict[str, int]:
    """How many rows there are of what was generated."""
    tables = ("authority", "ab_user", "module_access", "linked_coordinator", "user_module_role")
    counted = {name: select(func.count()).select_from(Model.metadata.tables[name]) for name in tables}
    return {name: db.session.scalar(statement) or 0 for name, statement in counted.items()}
