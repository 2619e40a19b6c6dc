"""FAB's SecurityManager, answering from the table of rights instead of from tables in the database.

FAB's own permission and role tables stay empty; a page's questions are answered from sets, resolved once a request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, g
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import LoginManager, current_user

from app.models import ImiUser
from app.policy.actor import Actor
from app.policy.pages import Grant, grants_of
from app.services import sessions


class ImiAppBuilder(AppBuilder):
    """FAB without the pages it adds by itself: its menu API, its `/back`, its language switch by GET."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)


class ImiSecurityManager(SecurityManager):
    """Users are sessions' actors; rights are computed; nothing is written."""

    user_model = ImiUser

    def create_login_manager(self, app: Flask) -> LoginManager:
        manager = LoginManager(app)
        manager.user_loader(self.load_user)
        # Sessions are rows that end on the server: comparing addresses would only put people out who move about.
        manager.session_protection = None
        return manager

    def load_user(self, token: str) -> Actor | None:
        """The actor of the session whose token the cookie holds, in one statement."""
        return sessions.actor_of(token) if isinstance(token, str) else None

    def register_views(self) -> None:
        """None: accounts are managed by pages of ours, through services."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return (permission_name, view_name) in granted()

    def get_user_menu_access(self, menu_names: Iterable[str] | None = None) -> set[str]:  # noqa: ARG002
        return {page for verb, page in granted() if verb == "menu_access"}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002
        return False

    def get_first_user(self) -> Any:
        """FAB asks at start-up whether there is anybody; the web process touches no table then."""
        return None


def granted() -> frozenset[Grant]:
    """Every (verb, page) of the person of this request."""
    if "granted" not in g:
        g.granted = frozenset() if current_user.is_anonymous else grants_of(current_user._get_current_object())
    answer: frozenset[Grant] = g.granted
    return answer
