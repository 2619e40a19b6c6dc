"""One authority on one sheet, to be printed: what its tabs show, for who may see them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app import clock
from app.i18n.things import AUTHORITY_STATUS, language
from app.models import Authority
from app.policy.authorities import may
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.services import authorities, users
from app.views import authority_in_words as words
from app.views.authority import belongs_to, marks
from app.views.base import ImiView
from app.views.readers_form import day, moment


class AuthoritySheetView(ImiView):
    """The print sheet. It has the scope of the tabs, and shows of them what the reader may see there (R70)."""

    route_base = "/authorities"
    class_permission_name = Page.authority.value
    method_permission_name = {"sheet": "read"}

    @expose("/<uuid:public_id>/print")
    @has_access
    def sheet(self, public_id: uuid.UUID) -> Any:
        """All tabs below each other, with who printed them, and when."""
        actor = reader()
        authority, target = authorities.opened(actor, public_id, Act.read_tabs)
        accesses = authorities.accesses_of(authority)
        names = authorities.coordinators_of(authority)
        status = authorities.status_by(authority, accesses)
        belongs_to(actor, authority)
        people = _people(authority, status) if may(actor, Act.read_users, target) else {}
        return self.page(
            "authority/sheet.html",
            authority=words.details(authority),
            status=AUTHORITY_STATUS[status],
            marks=marks(actor, target),
            lists=words.classification(authorities.entries_of(authority)),
            accesses=[words.access(access, names.get(access.id, [])) for access in accesses],
            back_url=url_for("AuthorityView.authority", public_id=public_id),
            printed_at=moment(clock.now(), "long"),
            printed_by=actor,
            **people,
        )


def _people(authority: Authority, status: str) -> dict[str, Any]:
    """What the tabs Users and Management information show."""
    people, roles = authorities.users_of(authority), users.roles_in_words(authority, language())
    return {
        "users": [words.user(person, roles.get(person.id, ""), []) for person in people],
        "managers": [words.manager(link) for link in authorities.managers_of(authority)],
        "status_text": words.meaning(authority, status),
        "registered_text": day(authority.registered_at),
    }
