"""One authority: its five tabs, each with an address of its own (screens: five tabs)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _
from app.i18n.things import AUTHORITY_STATUS, language
from app.models import Authority, AuthorityStatus, ImiUser
from app.policy.actor import Actor
from app.policy.authorities import Target, may
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authorities, authority_editing, users
from app.views import authority_in_words as words
from app.views import way_back
from app.views.base import ImiView
from app.views.lists import current_entry
from app.views.readers_form import day

COMES_ALONG = (way_back.LIST, way_back.USERS)
READ = dict.fromkeys(("authority", "classification", "modules", "users", "management"), "read")


class AuthorityView(ImiView):
    """The tabs. Who may read one at all decides the scope in the query; a tab that is not for him is not shown."""

    route_base = "/authorities"
    class_permission_name = Page.authority.value
    method_permission_name = READ

    @expose("/<uuid:public_id>/")
    @has_access
    @takes(query=COMES_ALONG)
    def authority(self, public_id: uuid.UUID) -> Any:
        """Tab Authority: names, titles, contact details."""
        authority, context = self._open(public_id, Act.read_tabs, "authority")
        authorities.with_details(authority)
        shown: dict[str, Any] = {"authority": words.details(authority), "confirmed_at": authority.confirmed_at}
        shown["unconfirmed_for"] = authority_editing.unconfirmed_for(authority)
        if authority.confirmed_at:
            shown["confirmed_by"] = authority_editing.confirmed_by(authority) or _("a former user")
        if context["edit_url"]:
            shown["confirm_url"] = url_for("AuthorityEditView.confirm", public_id=public_id, **_along())
            shown["version"] = authority.version
        return self.page("authority/authority.html", **context | shown)

    @expose("/<uuid:public_id>/classification")
    @has_access
    @takes(query=COMES_ALONG)
    def classification(self, public_id: uuid.UUID) -> Any:
        """Tab Classification: the entries, by list."""
        authority, context = self._open(public_id, Act.read_tabs, "classification")
        lists = words.classification(authorities.entries_of(authority))
        return self.page("authority/classification.html", **context, lists=lists)

    @expose("/<uuid:public_id>/modules")
    @has_access
    @takes(query=COMES_ALONG)
    def modules(self, public_id: uuid.UUID) -> Any:
        """Tab Modules: the accesses with role, status, coordinators, since."""
        authority, context = self._open(public_id, Act.read_tabs, "modules")
        names = authorities.coordinators_of(authority)
        rows = [words.access(access, names.get(access.id, [])) for access in authorities.accesses_of(authority)]
        grants = authority.status is AuthorityStatus.active and may(reader(), Act.grant_modules, context["target"])
        address = url_for("ModuleAccessView.choose", public_id=public_id) if grants else None
        return self.page("authority/modules.html", **context, accesses=rows, grant_url=address)

    @expose("/<uuid:public_id>/users")
    @has_access
    @takes(query=COMES_ALONG)
    def users(self, public_id: uuid.UUID) -> Any:
        """Tab Users: name, states, roles; never a username."""
        authority, context = self._open(public_id, Act.read_users, "users")
        people = authorities.users_of(authority)
        roles = users.roles_in_words(authority, language())
        tells = may(reader(), Act.see_username, context["target"])
        rows = [
            words.user(person, roles.get(person.id, ""), _receipt(person, public_id) if tells else [])
            for person in people
        ]
        return self.page("authority/users.html", **context, users=rows, warning=_few_administrators(people))

    @expose("/<uuid:public_id>/management")
    @has_access
    @takes(query=COMES_ALONG)
    def management(self, public_id: uuid.UUID) -> Any:
        """Tab Management information: status, access managers, administrators (R29)."""
        authority, context = self._open(public_id, Act.read_users, "management")
        managers = [words.manager(link) for link in authorities.managers_of(authority)]
        people = authorities.users_of(authority, administrators_only=True)
        return self.page(
            "authority/management.html",
            **context,
            managers=managers,
            administrators=[words.administrator(person) for person in people],
            status_text=words.meaning(authority, context["status_key"]),
            registered_text=day(authority.registered_at),
        )

    def _open(self, public_id: uuid.UUID, act: Act, tab: str) -> tuple[Authority, dict[str, Any]]:
        """The authority in the actor's scope, and what all tabs show."""
        actor = reader()
        authority = authorities.get(actor, public_id, act)
        target = authorities.target_of(actor, authority)
        belongs_to(actor, authority)
        return authority, {
            "authority": {
                "official_name": authority.official_name,
                "city": authority.city,
                "country_name": words.country(authority),
            },
            "target": target,
            "tabs": _tabs(actor, target, public_id),
            "current_tab": tab,
            "status_key": (status := authorities.shown_status(authority)),
            "status": AUTHORITY_STATUS[status],
            "marks": marks(actor, target),
            "edit_url": _edit_url(actor, target, public_id, tab),
            **_back(actor, authority),
            "print_url": url_for("AuthoritySheetView.sheet", public_id=public_id),
        }


class MyAuthorityView(ImiView):
    """The way to one's own authority."""

    route_base = "/my-authority"
    default_view = "show"
    class_permission_name = Page.my_authority.value
    method_permission_name = {"show": "read"}

    @expose("/")
    @has_access
    def show(self) -> Any:
        """On to the tabs of one's own authority."""
        return redirect(url_for("AuthorityView.authority", public_id=reader().authority_public_id))


def belongs_to(actor: Actor, authority: Authority) -> None:
    """Mark the entry of the menu under which the authority's pages lie."""
    own = authority.id == actor.authority_id
    current_entry((Page.my_authority if own else Page.coordinated_authorities).value)


def _tabs(actor: Actor, target: Target, public_id: uuid.UUID) -> list[tuple[str, str, str]]:
    tabs = [
        ("authority", _("Authority"), Act.read_tabs),
        ("classification", _("Classification"), Act.read_tabs),
        ("modules", _("Modules"), Act.read_tabs),
        ("users", _("Users"), Act.read_users),
        ("management", _("Management information"), Act.read_users),
    ]
    return [
        (key, label, url_for(f"AuthorityView.{key}", public_id=public_id, **_along()))
        for key, label, act in tabs
        if may(actor, act, target)
    ]


def _along() -> dict[str, Any]:
    return {**way_back.kept()}


def marks(actor: Actor, target: Target) -> list[tuple[str, str]]:
    """R24: an act on an authority that is not one's own to manage is marked, and so is its page."""
    if may(actor, Act.edit_data, target) and not target.is_mine and target.id != actor.authority_id:
        return [(_("Not your own authority"), "info")]
    return []


def _edit_url(actor: Actor, target: Target, public_id: uuid.UUID, tab: str) -> str | None:
    """The way to edit what stands on the tab, for who may; the form leads back to it (R23)."""
    if target.status is not AuthorityStatus.active or not may(actor, Act.edit_data, target):
        return None
    if tab == "classification":
        return url_for(
            "AuthorityEditView.edit", public_id=public_id, tab=tab, _anchor="part-classification", **_along()
        )
    return url_for("AuthorityEditView.edit", public_id=public_id, **_along())


def _back(actor: Actor, authority: Authority) -> dict[str, Any]:
    """The way back to the list from which the authority was opened, as it was left."""
    if authority.id == actor.authority_id:
        return {"back_url": None, "back_label": ""}
    if way_back.USERS in way_back.kept():
        url = way_back.to_list("CoordinatedUserView.list", way_back.USERS)
        return {"back_url": url, "back_label": _("Users of coordinated authorities")}
    return {"back_url": way_back.to_list("CoordinatedAuthorityView.list"), "back_label": _("Coordinated authorities")}


def _receipt(person: ImiUser, public_id: uuid.UUID) -> list[tuple[str, str]]:
    """The way back to the username of a first user who does not have it yet (R5)."""
    if not person.is_superuser or person.first_log_in_at or person.username_passed_on_at:
        return []
    return [(_("Pass on the username"), url_for("RegisterAuthorityView.receipt", public_id=public_id))]


def _few_administrators(people: Any) -> str | None:
    """R48: the list warns where there is one administrator only."""
    if sum(person.is_administrator for person in people) == 1:
        return _(
            "The authority has one administrator only. It should have two, so that one can help if the other cannot."
        )
    return None
