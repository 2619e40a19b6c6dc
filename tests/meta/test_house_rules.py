"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
APP = PROJECT / "app"
FILES = sorted(APP.rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def calls(*names: str) -> Iterator[str]:
    """The files in which a method of such a name is called on a session."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield named(path)


def test_only_the_transaction_commits() -> None:
    assert set(calls("commit", "rollback")) == {"transaction.py"}


def test_only_the_queue_enqueues() -> None:
    """Others call `queue.enqueue`, which knows the closed list of jobs."""
    files = {named(path) for path in FILES if re.search(r"\benqueue_(call|at|in)\b|Queue\(", path.read_text("utf-8"))}
    assert files <= {"queue.py", "jobs/worker.py"}


def test_services_begin_no_transaction() -> None:
    users = {named(path).split("/")[0] for path in FILES if "with transaction()" in path.read_text("utf-8")}
    assert users <= {"views", "jobs", "cli", "security", "transaction.py"}


@pytest.mark.rule("R50")
def test_roles_are_compared_in_policy_only() -> None:
    """One exception: the gate asks whether a person must first choose a password."""
    pattern = re.compile(r"(?<!Module)(?<!User)\bRole\.")
    assert {named(p) for p in FILES if pattern.search(p.read_text("utf-8")) and "policy/" not in named(p)} == {
        "security/gate.py"
    }


def test_no_file_outgrows_its_room() -> None:
    long = {named(path): n for path in FILES if (n := len(path.read_text("utf-8").splitlines())) > 300}
    assert long == {}


def test_nothing_is_swallowed() -> None:
    broad = re.compile(r"except( Exception| BaseException)?\s*(as \w+)?:")
    found = {named(path): broad.findall(path.read_text("utf-8")) for path in FILES}
    # Two raise it again. The third is the edge of a job: a run that fails is noted as such, and the next goes on.
    assert {name for name, hits in found.items() if hits} == {"transaction.py", "mail/post.py", "jobs/runs.py"}


def test_rooms_are_named_for_what_is_in_them() -> None:
    forbidden = {"utils.py", "helpers.py", "common.py", "misc.py", "forms.py"}
    assert {path.name for path in FILES} & forbidden == set()


def test_the_readme_tells_every_setting() -> None:
    from config import SETTINGS

    readme = (PROJECT / "README.md").read_text("utf-8")
    assert [name for name, setting in SETTINGS.items() if f"| `{name}` | {setting.meaning} |" not in readme] == []


def test_templates_have_no_inline_script_or_style() -> None:
    """What the content security policy would refuse."""
    pattern = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=\"|javascript:")
    pages = [path for path in (APP / "templates").rglob("*.html") if "mail" not in path.parts]
    assert [path.name for path in pages if pattern.search(path.read_text("utf-8"))] == []
    assert pattern.search('<p style="x">')


def test_every_enumeration_has_its_words() -> None:
    from app.i18n import log, operations, passwords, rights, things
    from app.models import (
        AccessStatus,
        AuthorityKind,
        AuthorityStatus,
        LoggedAct,
        MailState,
        ModuleRole,
        ModuleType,
        RunState,
        Setting,
    )
    from app.policy.matrix import Act, Domain, InvitationAct, Invited
    from app.policy.pages import Page, Verb
    from app.policy.passwords import PasswordStatus, Problem
    from app.policy.plans import Job
    from app.policy.roles import Role
    from app.services.audit_verification import FaultKind

    pairs = [
        (AuthorityStatus, things.AUTHORITY_STATUS),
        (AuthorityKind, things.AUTHORITY_KIND),
        (AccessStatus, things.ACCESS_STATUS),
        (ModuleRole, things.MODULE_ROLE),
        (ModuleType, things.MODULE_TYPE),
        (Setting, things.SETTING),
        (PasswordStatus, passwords.STATUS),
        (Problem, passwords.SENTENCES),
        (LoggedAct, log.ACTS),
        (FaultKind, log.FAULTS),
        (Job, operations.JOBS),
        (RunState, operations.RUN_STATES),
        (MailState, operations.MAIL_STATES),
        (Role, rights.ROLES),
        (Act, rights.ACTS),
        (Domain, rights.DOMAINS),
        (InvitationAct, rights.INVITATION_ACTS),
        (Invited, rights.INVITED),
        (Page, rights.PAGES),
        (Verb, rights.VERBS),
    ]
    missing = {kind.__name__: [m.value for m in kind if m.value not in words] for kind, words in pairs}  # type: ignore[attr-defined]
    assert missing == {kind.__name__: [] for kind, _ in pairs}
