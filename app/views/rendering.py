"""What the templates need from Python: form controls, addresses of assets, icons, the menu, languages, dates, numbers.

`init_app(app)` puts all of it into Jinja's globals and filters. Nothing here asks the database or the user, the menu
excepted (`menu_entries`), so that an error page can be drawn when both are out of reach.
"""

from __future__ import annotations

import hashlib
import itertools
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.routing import BuildError

from app.i18n import _, catalogue
from app.policy.pages import Page
from app.views.form_fields import (
    control,
    field_kind,
    field_label,
    form_errors,
    is_optional,
    language_rows,
    options,
)
from app.views.readers_form import clock, day, lang, languages, moment, number

# --- Addresses --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _hash_of(path: str, modified_ns: int) -> str:  # noqa: ARG001  the time of change is part of the key
    """Content hash of a static file; an edited file gets a new address at once."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset_url(path: str) -> str:
    """Address of a file under static/, with its content hash: it may be cached for ever."""
    if current_app.config["DEVELOPMENT"]:
        return _asset_url(path)
    known = current_app.extensions.setdefault("asset addresses", {})
    if path not in known:
        known[path] = _asset_url(path)
    return str(known[path])


def _asset_url(path: str) -> str:
    file = Path(current_app.static_folder or "") / path
    if not file.is_file():
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_hash_of(str(file), file.stat().st_mtime_ns))


def safe_url(endpoint: str, **values: Any) -> str | None:
    """The endpoint's address, or None where the application has no such page."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def here() -> str:
    """Path and query of the page shown: where the language switch comes back to. Only a GET can be come back to."""
    if not has_request_context():
        return "/"
    if request.method != "GET":
        return str(g.get("page_address", "/"))
    return request.full_path.rstrip("?")


def icon(name: str, label: str | None = None) -> Markup:
    """One icon of the sprite; decoration unless it has a label."""
    return _drawn(name, label, asset_url("icons.svg"))


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str | None, sprite: str) -> Markup:
    role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon" width="20" height="20" focusable="false" {}><use href="{}#{}"></use></svg>'
    ).format(role, sprite, name)


# --- The menu ---------------------------------------------------------------------------------------------------------


def menu_entries() -> list[dict[str, Any]]:
    """The part of FAB's menu that this person may use, with the entry of this page marked.

    A view whose address does not lie under its entry's says where it belongs with `g.menu_current = "name of entry"`.
    """
    builder = getattr(current_app, "appbuilder", None)
    if builder is None:
        return []
    visible = current_app.jinja_env.filters["is_menu_visible"]
    entries = [entry for item in builder.menu.get_list() if (entry := _entry(item, visible))]
    leaves = [leaf for entry in entries for leaf in (entry["children"] or [entry])]
    current = _current(leaves)
    for entry in entries:
        entry["current"] = current is not None and (entry is current or current in entry["children"])
    if current:
        current["current"] = True
    return entries


def _entry(item: Any, visible: Any) -> dict[str, Any] | None:
    if item is None or item.name == "-" or not item.should_render() or not visible(item):
        return None
    children = [child for part in item.childs if (child := _entry(part, visible))]
    if item.childs and not children:
        return None
    return {
        "name": item.name,
        "label": _(str(item.label)),
        "current": False,
        "children": children,
        "url": "" if children else item.get_url(),
    }


def _current(leaves: list[dict[str, Any]]) -> dict[str, Any] | None:
    named = g.get("menu_current")
    if named:
        return next((leaf for leaf in leaves if leaf["name"] == named), None)
    fitting = [leaf for leaf in leaves if _leads_to(leaf["url"], request.path)]
    return max(fitting, key=lambda leaf: len(leaf["url"]), default=None)


def _leads_to(url: str, path: str) -> bool:
    url = url.split("?", maxsplit=1)[0]
    return path == url or (len(url) > 1 and path.startswith(url.rstrip("/") + "/"))


def menu_counts() -> dict[str, int]:
    """What waits, by the name of its entry in the menu. Read with the person, so that no page asks for it."""
    return {Page.awaiting_validation.value: current_user.awaiting_validation}


# --- Pages ------------------------------------------------------------------------------------------------------------


def page_numbers(page: int, pages: int) -> list[int | None]:
    """The page numbers worth a link, counted from 1: first, last, the neighbours; None where some are left out."""
    wanted = sorted({1, pages, *range(max(1, page - 1), min(pages, page + 1) + 1)})
    shown: list[int | None] = wanted[:1]
    for before, this in itertools.pairwise(wanted):
        if this - before == 2:
            shown.append(before + 1)  # a gap of one page is shown rather than skipped
        elif this - before > 2:
            shown.append(None)
        shown.append(this)
    return shown


def init_sentences(app: Flask) -> None:
    """Let templates look their sentences up as the rest does; after FAB, which has a slower way."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: catalogue().ugettext(message),
        lambda singular, plural, number: catalogue().ungettext(singular, plural, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]  # else one leads to the other at each sentence


def init_app(app: Flask) -> None:
    """Make all of this known to the templates."""
    app.jinja_env.globals.update(
        asset_url=asset_url,
        safe_url=safe_url,
        here=here,
        icon=icon,
        menu_entries=menu_entries,
        menu_counts=menu_counts,
        control=control,
        field_kind=field_kind,
        field_label=field_label,
        field_options=options,
        form_errors=form_errors,
        is_optional=is_optional,
        language_rows=language_rows,
        lang=lang,
        languages=languages,
        page_numbers=page_numbers,
        day=day,
        clock=clock,
        moment=moment,
        number=number,
    )
    app.jinja_env.filters.update(day=day, clock=clock, moment=moment, number=number)
