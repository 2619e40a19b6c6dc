"""The pages, and the menu that leads to them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from jinja2 import pass_context
from werkzeug.middleware.proxy_fix import ProxyFix

from app.i18n import _l
from app.policy.pages import Page
from app.security import gate, headers, limits, manager, origin, parameters, signing
from app.views import errors, help, rendering, requests


def prepare(app: Flask) -> None:
    """What stands before FAB: numbers of requests, headers, error pages, what templates need."""
    app.request_class = parameters.StrictRequest
    requests.init_app(app)
    signing.init_app(app)
    headers.init_app(app)
    origin.init_app(app)
    errors.init_app(app)
    rendering.init_app(app)
    help.init_app(app)
    app.jinja_env.tests["granted"] = _is_granted
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


@pass_context
def _is_granted(_context: Any, right: tuple[str, str]) -> bool:
    """Whether this request's person has the right. It asks for the context only so that Jinja does not answer it once
    for all, by the rights of whoever opens a page first: a test of constants is worked out when a template is compiled.
    """
    return right in manager.granted()


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Every page, in the order of the menu, and the gate before them."""
    from app.views.authority import AuthorityView, MyAuthorityView
    from app.views.authority_edit import AuthorityEditView
    from app.views.authority_sheet import AuthoritySheetView
    from app.views.awaiting_validation import AwaitingValidationView
    from app.views.coordinated_authorities import CoordinatedAuthorityView
    from app.views.coordinated_users import CoordinatedUserView
    from app.views.find_authorities import FindAuthoritiesView
    from app.views.health import HealthView
    from app.views.help import HelpView
    from app.views.invitation_batches import InvitationBatchView
    from app.views.invitation_list import InvitationListView
    from app.views.invitations import InvitationsView
    from app.views.invited_body import InvitedBodyView
    from app.views.lists import install_links
    from app.views.mails import MailsView
    from app.views.module_access import ModuleAccessView
    from app.views.operations import OperationsView
    from app.views.password_again import PasswordAgainView
    from app.views.passwords import PasswordView
    from app.views.profile import ProfileView
    from app.views.public_authority import PublicAuthorityView
    from app.views.register_authority import RegisterAuthorityView
    from app.views.registration_corrections import RegistrationCorrectionsView
    from app.views.registration_drafts import RegistrationDraftsView
    from app.views.search import SearchView
    from app.views.sign_in import LanguageView, SignInView

    administration = {"category": Page.administration.value, "category_label": _l("Administration")}
    appbuilder.add_link(Page.overview.value, href="OverviewView.index", label=_l("Overview"))
    appbuilder.add_view(
        FindAuthoritiesView,
        Page.find_authorities.value,
        label=_l("Search"),
        category=Page.authorities.value,
        category_label=_l("Authorities"),
    )
    appbuilder.add_view(
        RegisterAuthorityView, Page.register_authority.value, label=_l("Register authority"), **administration
    )
    appbuilder.add_view(
        CoordinatedAuthorityView,
        Page.coordinated_authorities.value,
        label=_l("Coordinated authorities"),
        **administration,
    )
    appbuilder.add_view(
        InvitationListView, Page.invitations.value, label=_l("Registration invitations"), **administration
    )
    appbuilder.add_view(
        AwaitingValidationView,
        Page.awaiting_validation.value,
        label=_l("Awaiting validation"),
        category=Page.tasks.value,
        category_label=_l("My tasks"),
    )
    appbuilder.add_view(MyAuthorityView, Page.my_authority.value, label=_l("My authority"))
    operations = {"category": Page.operations.value, "category_label": _l("Operations")}
    appbuilder.add_view(MailsView, Page.mails.value, label=_l("Mails"), **operations)
    appbuilder.add_view(OperationsView, Page.jobs.value, label=_l("Jobs and log"), **operations)
    account = (SignInView, LanguageView, PasswordView, PasswordAgainView, ProfileView)
    for view in (
        PublicAuthorityView,
        CoordinatedUserView,
        AuthorityView,
        AuthorityEditView,
        AuthoritySheetView,
        ModuleAccessView,
        RegistrationDraftsView,
        InvitationsView,
        RegistrationCorrectionsView,
        InvitedBodyView,
        InvitationBatchView,
        *account,
        SearchView,
        HelpView,
        HealthView,
    ):
        appbuilder.add_view_no_menu(view)
    appbuilder.sm.auth_view = next(view for view in appbuilder.baseviews if isinstance(view, SignInView))
    if app.config["IMI_ENV"] == "development":
        from app.views.dev_mails import DevMailsView

        appbuilder.add_view_no_menu(DevMailsView)
    install_links(app)
    rendering.init_sentences(app)
    limits.init_app(app, appbuilder.sm.limiter)
    requests.follow_person(app)
    gate.init_app(app)
    parameters.init_app(app)
