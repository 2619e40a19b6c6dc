"""`docs/security.md` says what is so: no item of the standard missing, each proof there, each table as in the code."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from app.models import LoggedAct, Model
from app.security.headers import HEADERS, HSTS
from config import FIXED, NEEDED, SETTINGS

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "security.md").read_text("utf-8")
ITEMS = dict(
    line.split()
    for line in (Path(__file__).parent / "asvs_items.txt").read_text("utf-8").splitlines()
    if line[0] != "#"
)
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\S+) \| (.+?) \| (.+?) \| (.*?) \|$", re.MULTILINE)
REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
WORK_UNDER_WAY = "LEAD"
# Rows whose proof is being written now. Who fills one in takes its number away here.
AWAITED: set[str] = set()
# The guide of the EU demands them of the default policy of passwords, and the rule book knows no other exception.
EXCEPTIONS = {"6.2.5", "6.2.10"}
REASONED = {"does not apply", "exception", "not yet"}
FEWEST_WORDS = 4


@cache
def rules() -> frozenset[str]:
    return frozenset(re.findall(r"^- \*\*(R\d+)\*\*", (PROJECT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE))


@cache
def functions_of(path: str) -> frozenset[str]:
    file = PROJECT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def faults(page: str) -> list[str]:
    """What is wrong with the tables of items, a sentence each."""
    rows = ROW.findall(page)
    found = Counter(number for number, *_ in rows)
    wrong = [f"{number} is missing" for number in ITEMS if not found[number]]
    wrong += [f"{number} stands there {times} times" for number, times in found.items() if times > 1]
    for row in rows:
        wrong += [f"{row[0]}: {problem}" for problem in _problems(*row)]
    return wrong


def _problems(number: str, level: str, asks: str, verdict: str, told: str) -> list[str]:
    if number not in ITEMS:
        return ["is no item"]
    wrong = [] if level == ITEMS[number] else [f"is of level {ITEMS[number]}"]
    wrong += [
        f"there is no test {path}::{name}" for path, name in REFERENCE.findall(told) if name not in functions_of(path)
    ]
    wrong += [] if asks.strip() else ["does not say what it asks for"]
    if verdict in REASONED:
        is_short = len(told.split()) < FEWEST_WORDS
        return wrong + (["has no reason"] if is_short or WORK_UNDER_WAY in told else [])
    kept = re.fullmatch(r"kept((?: R\d+)*)", verdict)
    if kept is None:
        return [*wrong, f"has no verdict but {verdict!r}"]
    return wrong + _unproven(number, kept[1].split(), told)


def _unproven(number: str, named: list[str], told: str) -> list[str]:
    """What is kept names tests and nothing else; what is under way may wait for them, and for its rule."""
    parts = {part.strip() for part in told.split(",")}
    wrong = [f"names {part!r}, which is no test" for part in parts if not REFERENCE.fullmatch(part)]
    if WORK_UNDER_WAY in parts:
        wrong.remove(f"names {WORK_UNDER_WAY!r}, which is no test")
        return wrong if number in AWAITED else [*wrong, "waits for nothing that is under way"]
    wrong += ["is filled in: take it out of AWAITED"] if number in AWAITED else []
    return wrong + [f"there is no rule {rule}" for rule in named if rule not in rules()]


def table(under: str) -> list[list[str]]:
    """The rows of the first table after a heading or a sentence, without its head."""
    lines = PAGE[PAGE.index(under) :].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("|")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- The standard ----------------------------------------------------------------------------------------------------


def test_there_are_as_many_items_as_the_standard_has() -> None:
    assert Counter(ITEMS.values()) == {"1": 70, "2": 183}


def test_every_item_has_one_verdict_and_what_it_rests_on() -> None:
    assert faults(PAGE) == []


def test_only_what_the_guide_demands_is_an_exception() -> None:
    assert {row[0] for row in ROW.findall(PAGE) if row[3] == "exception"} == EXCEPTIONS


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("\n| 1.1.1 |", "\n| 1.1.9 |", "1.1.1 is missing"),
        ("\n| 1.1.1 |", "\n| 1.1.9 |", "1.1.9: is no item"),
        ("\n| 1.1.2 |", "\n| 1.1.1 |", "1.1.1 stands there 2 times"),
        ("\n| 1.1.1 | 2 |", "\n| 1.1.1 | 1 |", "1.1.1: is of level 2"),
        (
            "| 1.2.6 | 2 | LDAP | does not apply |",
            "| 1.2.6 | 2 | LDAP | perhaps |",
            "1.2.6: has no verdict but 'perhaps'",
        ),
        (
            "| 1.2.6 | 2 | LDAP | does not apply |",
            "| 1.2.6 | 2 | LDAP | kept, does not apply |",
            "1.2.6: has no verdict but 'kept, does not apply'",
        ),
        ("There is no Java.", "No.", "1.3.8: has no reason"),
        (
            "test_no_template_turns_off_escaping`",
            "test_gone`",
            "1.1.2: there is no test tests/meta/test_what_is_not_there.py::test_gone",
        ),
        ("| kept R89 | `tests/test_config.py::test_production_as_given` |", "| kept R89 | LEAD |", "3.3.1: waits for"),
        (
            "| kept R89 | `tests/test_config.py::test_production_as_given` |",
            "| kept R89 | a look |",
            "3.3.1: names 'a look'",
        ),
        ("| kept R89 | `tests/test_config.py::test_production_as_given` |", "| kept R89 |  |", "3.3.1: names ''"),
        (
            "| kept R89 | `tests/test_config.py::test_production_as_given` |",
            "| kept R999 | `tests/test_config.py::test_production_as_given` |",
            "3.3.1: there is no rule R999",
        ),
    ],
)
def test_a_planted_fault_is_found(old: str, new: str, says: str) -> None:
    assert old in PAGE
    assert any(fault.startswith(says) for fault in faults(PAGE.replace(old, new, 1)))


# --- What is written down --------------------------------------------------------------------------------------------


def test_the_headers_on_the_page_are_those_of_every_answer() -> None:
    shown = {names(name)[0]: names(value)[0] for name, value in table("Every answer carries these headers")}
    assert shown == {**HEADERS, "Strict-Transport-Security": HSTS}


@pytest.mark.rule("R89")
def test_every_key_is_in_the_table() -> None:
    rows = table("### Keys")
    assert [names(row[0])[0] for row in rows] == [
        name for name, setting in SETTINGS.items() if setting.default == NEEDED
    ]
    assert all(cell for row in rows for cell in row)


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    for _limit, setting, value in table("### Limits"):
        name = names(setting)[0]
        assert str(FIXED[name] if name in FIXED else SETTINGS[name].default) == value, setting


@pytest.mark.rule("R84")
def test_the_lengths_on_the_page_are_those_of_the_database() -> None:
    rows = table("### What a field takes")
    assert len(rows) > 10
    for field, most in rows:
        name, column = names(field)[0].split(".")
        assert str(Model.metadata.tables[name].c[column].type.length) == most, field  # type: ignore[attr-defined]


def test_every_connection_is_in_the_table() -> None:
    """The settings that name a server which the product asks."""
    servers = {name for name in SETTINGS if name.endswith(("_URL", "_HOST")) and name != "PUBLIC_URL"}
    assert {names(row[1])[0] for row in table("### Whom the product speaks to")} == servers


def test_every_table_has_a_level() -> None:
    """Who adds a table to the database says here how sensitive it is."""
    levels = Counter(name for row in table("### Data and their levels") for name in names(row[2]))
    assert set(levels) == set(Model.metadata.tables)
    assert set(levels.values()) == {1}


def recorded() -> set[str]:
    """The acts that can be written into the log: a closed list."""
    return {act.value for act in LoggedAct}


@pytest.mark.rule("R67")
def test_every_act_that_is_logged_is_in_the_table() -> None:
    acts = recorded()
    assert len(acts) > 8
    [row] = [row for row in table("### What is logged") if row[0] == "acts"]
    assert {act.split(".")[0] for act in acts} == set(names(row[1]))


def test_logs_go_nowhere_else() -> None:
    """Standard error, and the tables of the log: no file, no server."""
    handler = re.compile(r"\w*(File|Socket|SysLog|SMTP|HTTP|Datagram)Handler|addHandler|basicConfig\([^)]*filename")
    found = [path.name for path in (PROJECT / "app").rglob("*.py") if handler.search(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("### What the operator must do", ["TLS", "HSTS", "Backups", "PostgreSQL", "without DDL"]),
        ("### Reporting a hole", ["in private", "three working days"]),
        ("### Keys", ["MultiFernet", "once a year"]),
        ("**Guessing.**", ["block its owner on purpose"]),
        ("**Sessions.**", ["any number of sessions", "NIST SP 800-63B"]),
        ("**Words no password may be**", ["name of the authority", "username", "*IMI*"]),
        ("### What is encrypted, hashed and signed", ["scrypt", "SHA-256", "Fernet", "HMAC", "TLS", "secrets"]),
        ("### Data and their levels", ["stored as a hash", "apart and salted", "three years"]),
        ("### What costs most", ["scrypt", "mails", "queue"]),
        ("### How soon libraries are mended", ["seven days", "thirty", "ninety", "requirements.txt"]),
    ],
)
def test_the_page_says_what_it_is_asked_to_say(heading: str, words: list[str]) -> None:
    part = re.split(r"\n#{2,3} ", PAGE[PAGE.index(heading) + 4 :], maxsplit=1)[0]
    assert [word for word in words if word not in part] == []
