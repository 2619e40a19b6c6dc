"""The public page of one authority: what everybody in IMI may know of it (R21)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n.things import MODULE_ROLE, language
from app.models import Authority, name_in
from app.policy.authorities import may
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authorities, authority_lists
from app.views import authority_in_words as words
from app.views import way_back
from app.views.base import ImiView


class PublicAuthorityView(ImiView):
    """One page, the same for everybody; who may read more finds the way to the tabs there."""

    route_base = "/find-authorities"
    class_permission_name = Page.find_authorities.value
    method_permission_name = {"show": "read"}

    @expose("/<uuid:public_id>/")
    @has_access
    @takes(query=(way_back.LIST,))
    def show(self, public_id: uuid.UUID) -> Any:
        """Names, contact details, classification, and the modules to which it has access today."""
        actor = reader()
        authority, target = authorities.opened(actor, public_id, Act.read_public_page)
        opens = may(actor, Act.read_tabs, target)
        return self.page(
            "authority/public.html",
            authority=words.public_details(authority),
            lists=words.classification(authorities.entries_of(authority)),
            modules=_modules(authority),
            tabs_url=url_for("AuthorityView.authority", public_id=public_id) if opens else None,
            back_url=way_back.to_list("FindAuthoritiesView.list"),
        )


def _modules(authority: Authority) -> list[tuple[str, object]]:
    """Its modules with the role, in words; neither settings nor coordinators."""
    reads = language()
    granted = authority_lists.modules_of([authority]).get(authority.id, [])
    return [(name_in(names, reads), MODULE_ROLE[role]) for names, role in granted]
