"""Prints each rule of docs/rules.md with the tests that say they prove it: `@pytest.mark.rule("R5")`."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
RULE = re.compile(r"^[\s|*#-]*\[?(R\d+)\b", re.MULTILINE)


def main() -> int:
    """The table; 1 if a test names a rule that is not written down."""
    page = PROJECT / "docs" / "rules.md"
    rules = set(RULE.findall(page.read_text("utf-8"))) if page.exists() else set()
    tests = tests_by_rule(PROJECT / "tests")
    for rule in sorted(rules, key=_number):
        print(f"{rule}\t{', '.join(tests[rule]) or '-'}")
    without = sorted((rule for rule in rules if not tests[rule]), key=_number)
    unknown = sorted(tests.keys() - rules, key=_number)
    print(f"{len(rules)} rules, {len(without)} without a test: {' '.join(without)}", file=sys.stderr)
    if unknown:
        print(f"In tests, but not in docs/rules.md: {' '.join(unknown)}", file=sys.stderr)
    return 1 if unknown else 0


def tests_by_rule(folder: Path) -> defaultdict[str, list[str]]:
    """The names of the tests that carry the mark, by rule, read without running them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).as_posix()
        for test, rule in _marks(ast.parse(path.read_text("utf-8")), name):
            found[rule].append(test)
    return found


def _marks(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inner = f"{name}::{child.name}" if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
        if isinstance(child, ast.Call) and ast.unparse(child.func) == "pytest.mark.rule":
            yield from ((name, str(each.value)) for each in child.args if isinstance(each, ast.Constant))
        yield from _marks(child, inner)


def _number(rule: str) -> tuple[int, str]:
    return (int(digits) if (digits := rule[1:]).isdigit() else 0, rule)


if __name__ == "__main__":
    sys.exit(main())
