"""Writes docs/permissions.md, in Danish and English, from the tables that the application answers from."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from flask_babel import Babel, force_locale

from app.i18n import rights as words
from app.policy.matrix import (
    ACT_LIMITS,
    DOMAIN_LIMITS,
    INVITATION_LIMITS,
    INVITATIONS,
    INVITE_LIMITS,
    INVITED_LIMITS,
    INVITES,
    MATRIX,
    REGISTER_LIMITS,
    REGISTERS,
    Act,
    InvitationAct,
)
from app.policy.pages import GRANTS, Page, Verb
from app.policy.roles import Role
from config import FIXED, PROJECT

FILE = PROJECT / "docs" / "permissions.md"
HOW = "<!-- Written by `make permissions` from app/policy and app/i18n/rights.py; a test holds it against them. -->"
COLUMNS = [role for role in Role if role is not Role.restricted]


def page() -> str:
    """The whole page, Danish first."""
    application = Flask("permissions")
    application.config.from_mapping(FIXED)
    Babel(application)
    parts = [HOW]
    with application.app_context():
        for language in ("da", "en"):
            with force_locale(language):
                parts += _in_one_language()
    return "\n\n".join(parts) + "\n"


def _in_one_language() -> Iterator[str]:
    yield f"# {words.TITLE}"
    yield from (str(sentence) for sentence in words.EXPLANATION)
    yield f"## {words.HEADINGS['acts']}"
    yield _table([words.HEADINGS["act"], *(words.ROLES[role] for role in COLUMNS)], [*_acts()])
    yield f"## {words.HEADINGS['rules']}"
    yield "\n".join(f"- **{rule}** {words.RULES[rule]}" for rule in rules())
    yield f"## {words.HEADINGS['pages']}"
    yield _table([words.HEADINGS["page"], *(words.ROLES[role] for role in Role)], [*_pages()])


def _acts() -> Iterator[list[object]]:
    yield [
        f"{words.REGISTER}{_notes(REGISTER_LIMITS)}",
        *(words.REGISTERED if role in REGISTERS else "–" for role in COLUMNS),
    ]
    yield [
        f"{words.INVITE}{_notes(INVITE_LIMITS)}",
        *(words.REGISTERED if role in INVITES else "–" for role in COLUMNS),
    ]
    for invited in InvitationAct:
        name = f"{words.INVITATION_ACTS[invited]}{_notes(INVITATION_LIMITS[invited])}"
        yield [name, *(_invited(invited, role) for role in COLUMNS)]
    for act in Act:
        yield [f"{words.ACTS[act]}{_notes(ACT_LIMITS.get(act, ()))}", *(_cell(act, role) for role in COLUMNS)]


def _cell(act: Act, role: Role) -> str:
    """On which authorities; what he may as a user or administrator besides stands in those columns."""
    domain = MATRIX[act].get(role)
    return f"{words.DOMAINS[domain]}{_notes(DOMAIN_LIMITS[domain])}" if domain else "–"


def _invited(act: InvitationAct, role: Role) -> str:
    """On which invitations."""
    domain = INVITATIONS[act].get(role)
    return f"{words.INVITED[domain]}{_notes(INVITED_LIMITS[domain])}" if domain else "–"


def _pages() -> Iterator[list[object]]:
    for each in Page:
        yield [words.PAGES[each], *(_verbs(each, role) for role in Role)]


def _verbs(each: Page, role: Role) -> str:
    """What somebody with the role can do on the page, his other roles included."""
    others = () if role is Role.restricted else (Role.user,)
    granted = GRANTS[role].union(*(GRANTS[other] for other in others))
    return ", ".join(str(words.VERBS[verb]) for verb in Verb if (verb, each) in granted) or "–"


def rules() -> list[str]:
    """Every rule that a note names, in order."""
    of_acts = (*ACT_LIMITS.values(), *DOMAIN_LIMITS.values())
    of_invitations = (*INVITATION_LIMITS.values(), *INVITED_LIMITS.values())
    noted = {*REGISTER_LIMITS, *INVITE_LIMITS}.union(*of_acts, *of_invitations)
    return sorted(noted, key=lambda rule: int(rule[1:]))


def _notes(limits: Iterable[str]) -> str:
    return f" <sup>{', '.join(limits)}</sup>" if limits else ""


def _table(head: list[object], rows: list[list[object]]) -> str:
    lines: list[list[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
