"""A real browser, and what a page must be like in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    """Where Chromium is; an error that says how to get it where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError(
            "The tests need Chromium; on Debian: apt-get install chromium. NO_BROWSER=1 leaves them out knowingly."
        )
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, closed in the end."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


@dataclass
class Watch:
    """What a page says to its console, what fails in it, and what it asks of others."""

    site: str
    reports: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        """Watch a page from now on."""
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.reports.append(str(error)))
        page.on("request", lambda request: self._note(request.url))
        return page

    def _hear(self, kind: str, text: str) -> None:
        # A refused form is answered 422, which Chromium reports as if a resource had failed.
        if kind in ("error", "warning") and "status of 422" not in text:
            self.reports.append(text)

    def _note(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "about:", "blob:")):
            self.foreign.append(url)


def faults(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong, as (rule, element)."""
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [
        {"rule": violation["id"], "element": node["html"][:160], "why": node["failureSummary"][:300]}
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
