"""The password entered again in the middle of a form, in a real browser: by the keyboard, and in another language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_wtf.csrf import generate_csrf

from app.extensions import db as _db
from app.models import UserSession
from app.policy.pages import Page
from app.services import sessions
from app.transaction import transaction
from app.views.base import ImiView
from tests.browser import browser, comes_to, faults
from tests.make import PASSWORD, Maker
from tests.site import served
from tests.views.test_password_again import GuardedView, with_guarded

# What a browser does depends on no database.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True, scope="session")

FORM = """<form method="post" action="/guarded/act"><input type="hidden" name="csrf_token" value="{}">
<textarea name="text"></textarea><input name="module"><input name="module"><button>Send</button></form>"""
TEXT = 'To "linjer"\nmed <æ> & 1'


class PlainView(ImiView):
    """A form whose act is guarded."""

    route_base = "/plain"
    class_permission_name = Page.profile.value
    method_permission_name: ClassVar[dict[str, str]] = {"show": "read"}

    @expose("/")
    @has_access
    def show(self) -> str:
        return FORM.format(generate_csrf())


def cookie_of(application: Flask) -> str:
    """Somebody's session, in which the password was entered long ago."""
    with application.app_context(), transaction():
        token = sessions.begin(Maker().user(Maker().authority()))
        long_ago = UserSession.__table__.update().values(password_entered_at=datetime(2026, 1, 1, tzinfo=UTC))
        _db.session.execute(long_ago)
    serializer: Any = application.session_interface.get_signing_serializer(application)  # type: ignore[attr-defined]
    return str(serializer.dumps({"_user_id": token, "_fresh": True, "locale": "da"}))


@pytest.mark.rule("R72")
@pytest.mark.rule("R90")
def test_nothing_typed_is_lost_on_the_way(real_app: Flask) -> None:
    with_guarded(real_app)
    with real_app.app_context():
        real_app.appbuilder.add_view_no_menu(PlainView)  # type: ignore[attr-defined]
    GuardedView.done.clear()
    cookie = cookie_of(real_app)
    with served(real_app) as address, browser() as chromium:
        page = chromium.new_page()
        page.set_default_timeout(10_000)
        page.context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page.goto(f"{address}/plain/")
        page.fill("textarea", TEXT)
        for number, name in enumerate(("Åse", "")):
            page.locator('[name="module"]').nth(number).fill(name)
        page.click("text=Send")
        comes_to(page, "Skriv dit password igen")
        page.get_by_role("button", name="English").click()
        comes_to(page, "Enter your password again")
        for typed in ("Forkert-1", PASSWORD):  # the field has the focus, or is filled; Enter sends it
            assert faults(page) == []
            page.fill('[name="password_again"]', typed)
            with page.expect_navigation():
                page.keyboard.press("Enter")
        assert page.url == f"{address}/profile/"
    [(_who, _when, form)] = GuardedView.done
    assert form.pop("csrf_token")
    assert form == {"text": [TEXT.replace("\n", "\r\n")], "module": ["Åse", ""]}
