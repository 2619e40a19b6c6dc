"""One's own profile."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import passwords as password_words
from app.i18n.things import language, language_name
from app.models import name_in
from app.policy.actor import Actor
from app.policy.pages import Page
from app.security.acting import reader
from app.services import profiles
from app.views.base import ImiView


class ProfileView(ImiView):
    """What is registered about the person who reads."""

    route_base = "/profile"
    class_permission_name = Page.profile.value
    method_permission_name = {"show": "read", "username": "write"}

    @expose("/")
    @has_access
    def show(self) -> Any:
        """Name, address, authority, roles."""
        return self._page(reader())

    @expose("/username", methods=["POST"])
    @has_access
    def username(self) -> Any:
        """One's own username, shown by a POST and kept in no cache (R44)."""
        actor = reader()
        return self._page(actor, profiles.own(actor).username)

    def _page(self, actor: Actor, username: str = "") -> str:
        user = profiles.own(actor)
        shown = {
            "full_name": user.full_name,
            "email": user.email_address,
            "phone": user.phone,
            "language_name": language_name(user.language),
            "authority_name": actor.authority_name,
            "is_administrator": user.is_administrator,
            "password_status": password_words.STATUS[actor.password_status],
            "password_changed_at": user.password_set_at,
            "last_login_at": user.last_log_in_at,
        }
        return self.page(
            "profile/show.html",
            user=shown,
            username=username,
            reveal_url=url_for("ProfileView.username"),
            roles=_roles(actor),
            password_url=url_for("PasswordView.change"),
        )


def _roles(actor: Actor) -> list[tuple[str, str]]:
    """Module, and the roles in it as one line."""
    reads = language()
    found = [(module, role) for module, role in profiles.roles_of(actor)]
    rows = [(name_in(module.names, reads), name_in(role.names, reads)) for module, role in found]
    return [
        (module, ", ".join(role for _module, role in roles)) for module, roles in groupby(rows, key=lambda row: row[0])
    ]
