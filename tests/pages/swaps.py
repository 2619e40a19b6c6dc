"""Parts of a page that htmx replaces: whoever works by keyboard is not thrown to the top of the page by it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

# What is loaded again by the clock has no control; tests/stories/test_operations.py looks at the focus there.
SWAPPING = (
    ":is([data-hx-get], [data-hx-post], [data-hx-put], [data-hx-patch], [data-hx-delete]):not([data-hx-trigger^=every])"
)
TELL_WHEN_SETTLED = """() => {
  window.settled = new Promise((settled, failed) => {
    addEventListener("htmx:afterSettle", () => settled(true), {once: true});
    setTimeout(() => failed(new Error("htmx replaced nothing")), 5000);
  });
}"""
FOCUSED = """() => {
  const has = document.activeElement;
  return has === document.body ? "" : has.id || (has.hasAttribute("data-focus") ? "[data-focus]" : has.outerHTML);
}"""


def focus_after(page: Page, control: Locator, typed: str = "") -> str:
    """Type into the control, or press it where nothing is to be typed; the id of what has the focus once htmx is done.

    It is "[data-focus]" where the control is gone and the part's own place for the focus got it, and "" for nothing.
    """
    control.focus()
    page.evaluate(TELL_WHEN_SETTLED)
    if typed:
        page.keyboard.type(typed)
    else:
        page.keyboard.press("Enter")
    page.evaluate("() => window.settled")
    return str(page.evaluate(FOCUSED))
