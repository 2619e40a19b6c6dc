"""*Giv adgang til moduler*: choose a module, then what it offers (§2.1.2)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.errors import Conflict, NotFound
from app.i18n import _
from app.i18n.things import MODULE_TYPE, language
from app.models import Authority, AuthorityStatus, Module, RegistrationRoute, name_in
from app.policy.authorities import Target, may
from app.policy.folding import fold
from app.policy.matrix import Act
from app.policy.pages import Page
from app.security.acting import acting, reader
from app.security.parameters import takes
from app.services import authorities, coordinators, invitation_reading, module_access
from app.views import invitations_in_words
from app.views.base import ImiView, drawn_again, show_refusal, too_many_searches
from app.views.grant_form import GRANT_FIELDS, GRANT_LISTS, choices_of, grant_form, public_ids
from app.views.lists import current_entry
from app.views.registration_pages import step_items


class ModuleAccessView(ImiView):
    """Step 2 of a registration, and the tab Modules' *Giv adgang*."""

    route_base = "/authorities/<uuid:public_id>/grant"
    default_view = "choose"
    class_permission_name = Page.module_access.value
    method_permission_name = {"choose": "write", "grant": "write"}

    @expose("/")
    @has_access
    @takes(query=("q",))
    def choose(self, public_id: uuid.UUID) -> Any:
        """The modules that can be granted; those outside the actor's delegation are not there (R31)."""
        authority, target = _open(public_id)
        words = request.args.get("q", "")[:200]
        modules = [module for module in module_access.grantable(reader(), authority, target) if _fits(module, words)]
        invited = authority.route is RegistrationRoute.invited
        suggested = invitation_reading.suggested_for(authority) if invited else frozenset()
        return self.page(
            "module_access/choose.html",
            authority=authority,
            title=_("Grant access to modules"),
            suggested=[_row(module, public_id) for module in modules if module.id in suggested],
            modules=[_row(module, public_id) for module in modules if module.id not in suggested],
            q=words,
            **(
                {"step_items": invitations_in_words.step_items(), "step_index": 3}
                if invited
                else {"step_items": step_items(_receipt_url(target, public_id)), "step_index": 2}
            ),
            back_url=url_for("AuthorityView.modules", public_id=public_id),
            back_label=_("The authority's modules"),
            done_url=url_for("AuthorityView.modules", public_id=public_id),
        )

    @expose("/<code>", methods=["GET", "POST"])
    @has_access
    @takes(made=GRANT_FIELDS, lists=GRANT_LISTS, also=("step", "switch_language"))
    def grant(self, public_id: uuid.UUID, code: str) -> Any:
        """Role, classification, settings, linked coordinators; then the authority has access."""
        again = drawn_again()
        module = module_access.module_by_code(code)
        authority, target = _open(public_id, module)
        if request.method == "GET" and module not in module_access.grantable(reader(), authority, target):
            return _not_now(authority, module)
        if request.form.get("step") == "search":
            return self._search(authority, module)
        form = grant_form(module, _offered(authority, module))
        if again or not form.is_submitted():
            return self._form(form, authority, module)
        if not form.validate() or not show_refusal(form, lambda: _grant(form, public_id, code)):
            return self._form(form, authority, module), 422
        flash(_done(authority, module), "success")
        return redirect(url_for("ModuleAccessView.choose", public_id=public_id))

    def _search(self, authority: Authority, module: Module) -> Any:
        """The form with the coordinators that the search finds; after too many searches only with the chosen ones."""
        wait = too_many_searches(looks=bool(request.form.get("coordinator_words", "").strip()))
        form = grant_form(module, _offered(authority, module, searched=not wait))
        if wait:
            flash(wait, "warning")
        return self._form(form, authority, module), (429 if wait else 200)

    def _form(self, form: Any, authority: Authority, module: Module) -> str:
        reads = language()
        return self.page(
            "module_access/grant.html",
            title=_("Grant access to %(module)s", module=name_in(module.names, reads)),
            authority=authority,
            form=form,
            keep_form="grant",
            enter_step="search",
            verb_object=_("Grant access"),
            cancel_url=url_for("ModuleAccessView.choose", public_id=authority.public_id),
            back_label=_("Modules"),
            explanation=_(
                "The administrators of the authority automatically get the user roles that go with its role and"
                " settings."
            ),
            coordinator_words=request.form.get("coordinator_words", "")[:200],
        )


def _open(public_id: uuid.UUID, module: Module | None = None) -> tuple[Authority, Target]:
    actor = reader()
    current_entry(Page.coordinated_authorities.value)
    authority = authorities.get(actor, public_id, Act.grant_modules, module_id=module.id if module else None)
    if authority.status is not AuthorityStatus.active:
        raise Conflict(_("The authority is deactivated. Reactivate it before you give it access to modules."))
    return authority, authorities.target_of(actor, authority)


def _receipt_url(target: Target, public_id: uuid.UUID) -> str:
    """Where one may go back to the receipt: those who may see the username."""
    may_see = may(reader(), Act.see_username, target)
    return url_for("RegisterAuthorityView.receipt", public_id=public_id) if may_see else ""


def _not_now(authority: Authority, module: Module) -> Any:
    """To who comes back to the form of a module that the authority has by now: a word, and its modules (R73)."""
    if not module_access.has_access(authority, module):
        raise NotFound
    flash(_("The authority already has access to this module. You find it on the tab Modules."), "info")
    return redirect(url_for("AuthorityView.modules", public_id=authority.public_id))


def _row(module: Module, public_id: uuid.UUID) -> dict[str, Any]:
    reads = language()
    name, area = name_in(module.names, reads), name_in(module.area.names, reads)
    return {
        "name": name,
        "area": "" if name.startswith(area) else area,  # most names begin with their area's
        "area_code": module.area.code,
        "type_word": MODULE_TYPE[module.type],
        "url": url_for("ModuleAccessView.grant", public_id=public_id, code=module.code),
    }


def _fits(module: Module, words: str) -> bool:
    text = fold(" ".join([*module.names.values(), *module.area.names.values(), module.code]))
    return all(word in text for word in fold(words).split())


def _offered(authority: Authority, module: Module, *, searched: bool = True) -> list[Authority]:
    """Coordinators to choose from: the chosen ones, and up to twenty that the search finds."""
    if not module.offers_coordinator:
        return []
    chosen = coordinators.named(authority, module, public_ids(request.form.getlist("coordinators")))
    found = coordinators.search(authority, module, request.form.get("coordinator_words", "")) if searched else []
    return list({row.id: row for row in [*chosen, *found]}.values())


def _grant(form: Any, public_id: uuid.UUID, code: str) -> bool:
    with acting() as actor:
        module_access.grant(actor, public_id, code, choices_of(form))
    return True


def _done(authority: Authority, module: Module) -> str:
    return _(
        "%(authority)s now has access to %(module)s, and its administrators have the user roles that go with it. Grant"
        " access to a further module, or finish.",
        authority=authority.official_name,
        module=name_in(module.names, language()),
    )
