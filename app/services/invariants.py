"""What must never be so and no constraint of the database keeps (fully): checked every night (R75).

The table is closed. What the database refuses on both SQLite and PostgreSQL is not asked again here: unique names (R9),
one national coordinator a country and one Commission, both active (R64), links to coordinators (module, country, role
and status of both ends: R33, R39), the role that changes only while suspended (R38), user roles of another module or
authority (R46), moments and dates that belong to a state (R60), wiped secrets of finished mails (R87). Why the rest
stands in no constraint: `docs/decisions/0004`.
"""

from __future__ import annotations

from app.services.invariant import Finding
from app.services.invariants_of_access import ACCESS
from app.services.invariants_of_authorities import AUTHORITIES
from app.services.invariants_of_finding import FINDING
from app.services.invariants_of_users import USERS

TABLE = (*AUTHORITIES, *ACCESS, *USERS, *FINDING)
_SENTENCES = {each.name: each.sentence for each in TABLE}


def sentence_of(name: str) -> object:
    """What is wrong where the invariant of that name does not hold; the name itself for one that is no longer asked."""
    return _SENTENCES.get(name, name)


def check() -> list[Finding]:
    """Everything that is not as it must be, in the order of the table; reads only, and locks nobody."""
    return [finding for each in TABLE if (finding := each.check()) is not None]
