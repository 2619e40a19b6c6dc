"""A real browser, and what a page must be like in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

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
expect.set_options(timeout=10_000)

NARROWEST = 320  # what WCAG 1.4.10 asks for; also 1280 pixels at 400 %

# What the policy has stopped is an event of the page; Chromium does not say all of it to the console.
TELL_OF_THE_POLICY = """addEventListener("securitypolicyviolation", (event) => {
  console.error(`Policy: ${event.effectiveDirective} stops ${event.blockedURI}`);
});"""


def chromium() -> str:
    """Where Chromium is; an error that says how to get it where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("The tests need Chromium; on Debian: apt-get install chromium.")
    return found


_open: list[Browser] = []
_playwright: list[Playwright] = []


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, closed in the end. One may be open while another is: what drives them is there once in a process."""
    if not _playwright:
        _playwright.append(sync_playwright().start())
    running = _playwright[0].chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    _open.append(running)
    try:
        yield running
    finally:
        running.close()
        _open.remove(running)
        if not _open:
            _playwright.pop().stop()


@dataclass
class Watch:
    """What a page says to its console, what fails in it, what the policy stops, and what it asks of others."""

    site: str
    reports: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        """Watch a page from now on."""
        page.set_default_timeout(10_000)
        page.add_init_script(TELL_OF_THE_POLICY)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.reports.append(str(error)))
        page.on("request", lambda request: self._note(request.url))
        return page

    def _hear(self, kind: str, text: str) -> None:
        # A refused form is answered 422, which Chromium reports as if a resource had failed. And htmx reports what it
        # gives up because the page is left; of what fails it says htmx:sendError besides.
        given_up = text.startswith(("htmx:sendAbort,", "htmx:afterRequest,"))
        if kind in ("error", "warning") and "status of 422" not in text and not given_up:
            self.reports.append(text)

    def _note(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "about:", "blob:")):
            self.foreign.append(url)


def comes_to(page: Page, heading: str) -> None:
    """Wait for the page of that heading: a click returns before what it leads to is there."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def faults(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong, as (rule, element)."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [
        {"rule": violation["id"], "element": node["html"][:160], "why": node["failureSummary"][:300]}
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def too_wide(page: Page, width: int) -> list[str]:
    """The innermost elements that make the page scroll sideways at that width; none where it does not."""
    page.set_viewport_size({"width": width, "height": 900})
    return list(
        page.evaluate(
            """() => {
              const page = document.documentElement, edge = window.innerWidth;
              if (page.scrollWidth <= edge) return [];
              const all = [...document.body.querySelectorAll("*")];
              const wide = all.filter((e) => e.getBoundingClientRect().right > edge);
              const inner = wide.filter((e) => !wide.some((other) => other !== e && e.contains(other)));
              return [`${page.scrollWidth} > ${edge}`, ...inner.map((e) => e.outerHTML.slice(0, 120))];
            }"""
        )
    )


def dead_without_scripts(page: Page) -> list[str]:
    """What a person without scripts sees and cannot use: buttons of no form, forms that nothing sends."""
    return list(
        page.evaluate(
            """() => {
              const seen = (e) => e.checkVisibility({visibilityProperty: true});
              const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(seen);
              const typed = "input:not([type=hidden]), select, textarea";
              const sends = (form) => all("button, input").some((b) => b.form === form && b.type === "submit")
                || all(typed, form).length === 1;
              const dead = [
                ...all("button").filter((b) => b.type === "button" || !b.form),
                ...all("a").filter((a) => !a.getAttribute("href") || a.getAttribute("href") === "#"),
                ...all("form").filter((f) => !sends(f)),
              ];
              return dead.map((e) => e.outerHTML.slice(0, 160));
            }"""
        )
    )
