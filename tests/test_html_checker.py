"""The HTML checker that is not there is an error which says what to install, and no page test is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import html_checker


@pytest.fixture(autouse=True)
def _asked_for_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_checker, "port", html_checker.port.__wrapped__)


def test_a_machine_without_java_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="apt-get install default-jre-headless"):
        html_checker.html_faults("")


def test_a_checker_that_was_not_fetched_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(html_checker, "JAR", tmp_path / "vnu.jar")
    with pytest.raises(RuntimeError, match="make test"):
        html_checker.html_faults("")
