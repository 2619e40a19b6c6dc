"""What the application does without: each is a door that need not be guarded (`docs/security.md`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
APP = PROJECT / "app"
FILES = sorted(APP.rglob("*.py"))

# module: why it is not imported
NOT_IMPORTED = {
    "subprocess": "no program is started",
    "pty": "no program is started",
    "pickle": "what is read must not be able to act",
    "marshal": "what is read must not be able to act",
    "shelve": "what is read must not be able to act",
    "dill": "what is read must not be able to act",
    "yaml": "what is read must not be able to act",
    "xml": "no XML is read",
    "lxml": "no XML is read",
    "ldap": "no directory is asked",
    "ldap3": "no directory is asked",
    "memcache": "there is no such store",
    "pymemcache": "there is no such store",
    "requests": "no address on the net is fetched",
    "httpx": "no address on the net is fetched",
    "aiohttp": "no address on the net is fetched",
    "urllib3": "no address on the net is fetched",
    "urllib.request": "no address on the net is fetched",
    "http.client": "no address on the net is fetched",
    "ftplib": "no address on the net is fetched",
    "socket": "connections are the libraries' matter",
    "zipfile": "nothing is unpacked",
    "tarfile": "nothing is unpacked",
    "random": "its numbers can be foreseen; `secrets` has others",
    "flask_cors": "no other site may read",
}
NOT_CALLED = {
    "eval": "no text is run",
    "exec": "no text is run",
    "compile": "no text is run",
    "__import__": "nothing is imported by a name from outside",
    "render_template_string": "templates are files",
    "from_string": "templates are files",
    "send_file": "no file is sent but those of static/",
    "send_from_directory": "no file is sent but those of static/",
    "system": "no program is started",
    "popen": "no program is started",
    "md5": "it is broken",
    "sha1": "it is broken",
}


# The demo is to be the same each time, and protects nothing.
EXCEPT = {"services/seeded.py": {"random"}}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    """The names of what is called; `re.compile` is another thing than `compile`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "compile":
            yield node.func.attr


def faults(source: str) -> set[str]:
    tree = ast.parse(source)
    names = {part for name in imported(tree) for part in (name, name.split(".")[0])}
    return (names & NOT_IMPORTED.keys()) | (set(called(tree)) & NOT_CALLED.keys())


def test_nothing_runs_text_starts_programs_or_asks_the_net() -> None:
    found = {path.relative_to(APP).as_posix(): faults(path.read_text("utf-8")) for path in FILES}
    assert {name: words for name, words in found.items() if words} == EXCEPT


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import subprocess", "subprocess"),
        ("from xml.etree import ElementTree", "xml"),
        ("import urllib.request", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("import os\nos.system('ls')", "system"),
        ("eval('1')", "eval"),
        ("import hashlib\nhashlib.md5(b'')", "md5"),
    ],
)
def test_a_planted_one_is_found(source: str, fault: str) -> None:
    assert fault in faults(source)
    assert not faults("import re, urllib.parse\nfrom urllib.parse import quote\nre.compile('x')")


def test_statements_are_put_together_by_sqlalchemy() -> None:
    """SQL as text stands where the tables are described, as constants, and in no room that knows what people typed."""
    words = {f"sqlalchemy.{name}" for name in ("text", "DDL", "literal_column", "TextClause")}
    found = set()
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        if words & set(imported(tree)) or {"exec_driver_sql", "op"} & set(called(tree)):
            found.add(path.relative_to(APP).as_posix().split("/")[0])
    assert found == {"models", "database.py"}


def test_scripts_write_text_and_never_markup() -> None:
    """Our own scripts; htmx puts in only what this site has drawn, and runs no script in it (see the page's head)."""
    scripts = "".join(path.read_text("utf-8") for path in sorted((APP / "static").glob("*.js")))
    assert "textContent" in scripts
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|postMessage|WebSocket"
    assert re.findall(forbidden, scripts) == []
    head = (APP / "templates" / "appbuilder" / "init.html").read_text("utf-8")
    for part in ('"allowEval":false', '"allowScriptTags":false', '"selfRequestsOnly":true', '"historyCacheSize":0'):
        assert part in head


def test_no_template_turns_off_escaping() -> None:
    """Only FAB's widgets are put in as they are: each is drawn from a template that escapes."""
    pages = sorted((APP / "templates").rglob("*.html"))
    assert len(pages) > 20
    pattern = re.compile(r"\S*\s*\|\s*safe\b|autoescape\s+false")
    found = [words for path in pages for words in pattern.findall(path.read_text("utf-8"))]
    drawn = re.compile(r'widgets\.get\("[a-z]+"\)\([^{}]*\) \| safe')
    assert len(found) == sum(len(drawn.findall(path.read_text("utf-8"))) for path in pages)


@pytest.mark.rule("R87")
def test_browsers_keep_nothing_but_the_chosen_theme() -> None:
    scripts = "".join(path.read_text("utf-8") for path in sorted((APP / "static").glob("*.js")))
    assert set(re.findall(r"localStorage\.\w+\(\"(\w+)\"", scripts)) == {"theme"}
    assert not re.search(r"sessionStorage|indexedDB|document\.cookie|caches\.", scripts)


def pinned(name: str) -> dict[str, str]:
    """The versions by the names of the libraries, without their extras."""
    lines = re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (PROJECT / name).read_text("utf-8"))
    return dict(lines)


def test_every_library_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (PROJECT / name).read_text("utf-8").splitlines() if re.match(r"[A-Za-z]", line)]
        assert len(lines) > 30
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( ;.*)?", line)] == []
    # The tests are installed from the second alone: what the product stands on stands there too, in the same version.
    product, tests = (pinned(name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert product.items() <= tests.items()
    vendored = (APP / "static" / "vendor" / "versions.json").read_text("utf-8")
    assert {"bootstrap", "htmx.org"} <= set(re.findall(r'"([^"]+)":', vendored))
