"""One authority: its five tabs, each with an address of its own (screens: five tabs)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _
from app.i18n import passwords as password_words
from app.i18n.things import (
    ACCESS_STATUS,
    AUTHORITY_STATUS,
    LOG_IN_STATUS,
    MODULE_ROLE,
    SETTING,
    language,
    language_name,
)
from app.models import AccessManagerLink, Authority, AuthorityStatus, ImiUser, ModuleAccess, name_in
from app.policy.actor import Actor
from app.policy.authorities import Target, may
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import reader
from app.services import authorities, users
from app.views.base import ImiView
from app.views.identifiers_in_words import identifier_text
from app.views.lists import current_entry
from app.views.readers_form import day

READ = dict.fromkeys(("authority", "classification", "modules", "users", "management"), "read")


class AuthorityView(ImiView):
    """The tabs. Who may read one at all decides the scope in the query; a tab that is not for him is not shown."""

    route_base = "/authorities"
    class_permission_name = Page.authority.value
    method_permission_name = READ

    @expose("/<uuid:public_id>/")
    @has_access
    def authority(self, public_id: uuid.UUID) -> Any:
        """Tab Authority: names, titles, contact details."""
        authority, context = self._open(public_id, Act.read_tabs, "authority")
        authorities.with_details(authority)
        shown = {
            "official_name": authority.official_name,
            "titles": [(language_name(text.language), text.title) for text in authority.texts if text.title],
            "descriptions": [
                (language_name(text.language), text.description) for text in authority.texts if text.description
            ],
            "phone": authority.phone,
            "email": authority.email,
            "website": authority.website,
            "street": authority.street,
            "postal_code": authority.postal_code,
            "city": authority.city,
            "country_name": _country(authority),
            "working_languages_text": ", ".join(language_name(code) for code in authority.working_languages),
            "external_text": identifier_text(
                authority.country_code, authority.identifier_scheme, authority.identifier_value
            ),
        }
        return self.page("authority/authority.html", **context | {"authority": shown})

    @expose("/<uuid:public_id>/classification")
    @has_access
    def classification(self, public_id: uuid.UUID) -> Any:
        """Tab Classification: the entries, by list."""
        authority, context = self._open(public_id, Act.read_tabs, "classification")
        reads = language()
        lists: dict[str, list[str]] = {}
        for entry in authorities.entries_of(authority):
            lists.setdefault(name_in(entry.list.names, reads), []).append(name_in(entry.names, reads))
        return self.page("authority/classification.html", **context, lists=list(lists.items()))

    @expose("/<uuid:public_id>/modules")
    @has_access
    def modules(self, public_id: uuid.UUID) -> Any:
        """Tab Modules: the accesses with role, status, coordinators, since."""
        authority, context = self._open(public_id, Act.read_tabs, "modules")
        names = authorities.coordinators_of(authority)
        rows = [_access(access, names.get(access.id, [])) for access in authorities.accesses_of(authority)]
        grants = authority.status is AuthorityStatus.active and may(reader(), Act.grant_modules, context["target"])
        address = url_for("ModuleAccessView.choose", public_id=public_id) if grants else None
        return self.page("authority/modules.html", **context, accesses=rows, grant_url=address)

    @expose("/<uuid:public_id>/users")
    @has_access
    def users(self, public_id: uuid.UUID) -> Any:
        """Tab Users: name, states, roles; never a username."""
        authority, context = self._open(public_id, Act.read_users, "users")
        people = authorities.users_of(authority)
        roles = users.roles_in_words(authority, language())
        tells = may(reader(), Act.see_username, context["target"])
        rows = [
            _user(person, roles.get(person.id, ""), _receipt(person, public_id) if tells else []) for person in people
        ]
        return self.page("authority/users.html", **context, users=rows, warning=_few_administrators(people))

    @expose("/<uuid:public_id>/management")
    @has_access
    def management(self, public_id: uuid.UUID) -> Any:
        """Tab Management information: status, access managers, administrators (R29)."""
        authority, context = self._open(public_id, Act.read_users, "management")
        managers = [
            {"name": link.manager.official_name, "note": _reached(link)} for link in authorities.managers_of(authority)
        ]
        administrators = [
            {"name": person.full_name, "email": person.email_address}
            for person in authorities.users_of(authority, administrators_only=True)
        ]
        return self.page(
            "authority/management.html",
            **context,
            managers=managers,
            administrators=administrators,
            status_text=_meaning(authority, context["status_key"]),
            registered_text=day(authority.registered_at),
        )

    def _open(self, public_id: uuid.UUID, act: Act, tab: str) -> tuple[Authority, dict[str, Any]]:
        """The authority in the actor's scope, and what all tabs show."""
        actor = reader()
        authority = authorities.get(actor, public_id, act)
        target = authorities.target_of(actor, authority)
        if authority.id == actor.authority_id:
            current_entry(Page.my_authority.value)
        else:
            current_entry(Page.coordinated_authorities.value)
        return authority, {
            "authority": {
                "official_name": authority.official_name,
                "city": authority.city,
                "country_name": _country(authority),
            },
            "target": target,
            "tabs": _tabs(actor, target, public_id),
            "current_tab": tab,
            "status_key": (status := authorities.shown_status(authority)),
            "status": AUTHORITY_STATUS[status],
            "marks": _marks(actor, target),
            "back_url": _back(actor, authority),
            "back_label": _("Coordinated authorities"),
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


def _tabs(actor: Actor, target: Target, public_id: uuid.UUID) -> list[tuple[str, str, str]]:
    tabs = [
        ("authority", _("Authority"), Act.read_tabs),
        ("classification", _("Classification"), Act.read_tabs),
        ("modules", _("Modules"), Act.read_tabs),
        ("users", _("Users"), Act.read_users),
        ("management", _("Management information"), Act.read_users),
    ]
    return [
        (key, label, url_for(f"AuthorityView.{key}", public_id=public_id))
        for key, label, act in tabs
        if may(actor, act, target)
    ]


def _marks(actor: Actor, target: Target) -> list[tuple[str, str]]:
    """R24: an act on an authority that is not one's own to manage is marked, and so is its page."""
    if may(actor, Act.edit_data, target) and not target.is_mine and target.id != actor.authority_id:
        return [(_("Not your own authority"), "info")]
    return []


def _back(actor: Actor, authority: Authority) -> str | None:
    if authority.id == actor.authority_id:
        return None
    return url_for("CoordinatedAuthorityView.list")


def _country(authority: Authority) -> str:
    return name_in(authority.country.names, language()) if authority.country else ""


def _access(access: ModuleAccess, coordinators: list[str]) -> dict[str, Any]:
    reads = language()
    return {
        "name": name_in(access.module.names, reads),
        "area": ", ".join(name_in(entry.names, reads) for entry in access.classification),
        "settings": ", ".join(str(word) for name, word in SETTING.items() if getattr(access, name)),
        "role": MODULE_ROLE[access.role],
        "status": ACCESS_STATUS[access.status],
        "coordinators": coordinators,
        "since": access.suspended_at or access.granted_at,
        "acts": [],
    }


def _user(person: ImiUser, roles_text: str, acts: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "name": person.full_name,
        "email": person.email_address,
        "login": LOG_IN_STATUS["active" if person.first_log_in_at else "new"],
        "password": password_words.STATUS[users.password_status(person)],
        "is_administrator": person.is_administrator,
        "roles_text": roles_text,
        "acts": acts,
    }


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


def _meaning(authority: Authority, status: str) -> str:
    """What the status means, in words (§3.1.3)."""
    if status == "deactivated":
        return _("The authority is deactivated and will be deleted on %(day)s.", day=day(authority.purge_on))
    if status == "suspended":
        return _("All its access to modules is suspended.")
    return _("The authority can be found by others and use the modules to which it has access.")


def _reached(link: AccessManagerLink) -> str:
    """Since when, and where to ask."""
    return " · ".join(filter(None, [_since(link.since), link.manager.email, link.manager.phone]))


def _since(moment: datetime) -> str:
    return _("since %(day)s", day=day(moment))
