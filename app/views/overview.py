"""The start page."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _
from app.models import AuthorityKind
from app.policy.actor import Actor
from app.policy.authorities import may_register
from app.policy.invitations import may_invite
from app.policy.operations import may_run_jobs
from app.policy.pages import Page, Verb
from app.security.acting import reader
from app.security.manager import granted
from app.views.base import ImiView
from app.views.overview_tasks import tasks_of


class OverviewView(ImiView):
    """Where one is, and what one can do here."""

    route_base = ""
    default_view = "index"
    class_permission_name = Page.overview.value
    method_permission_name = {"index": "read"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What waits, and the ways on (journey 10); at the first log-in, three sentences of help (journey 11)."""
        actor = reader()
        return self.page(
            "overview/overview.html",
            greeting=_(
                "%(name)s, you are signed in for %(authority)s.", name=actor.full_name, authority=actor.authority_name
            ),
            welcome=_welcome(actor) if actor.is_new_here else None,
            tasks=tasks_of(actor),
            ways=_ways(actor),
        )


def _welcome(actor: Actor) -> list[str]:
    if may_register(actor):
        return [
            _("Register an authority under Administration, or find one you manage under Coordinated authorities."),
            _("Give it access to the modules that fit its responsibilities."),
            _("Pass on usernames by telephone, never by e-mail."),
        ]
    if actor.is_administrator:
        return [
            _("Under My authority you see what is registered about your authority."),
            _("Its access manager gives access to modules; you see them on the tab Modules."),
            _("If something is wrong or missing, write to the access manager named on the tab Management information."),
        ]
    return [
        _("Under My authority you see what is registered about your authority."),
        _("The administrators of your authority give you the roles you need."),
        _("Your own details and roles are under your name at the top right."),
    ]


def _ways(actor: Actor) -> list[tuple[str, str, str, str]]:
    """Endpoint, icon, label and sentence of what this person can go on to."""
    ways = [("MyAuthorityView.show", "building", _("My authority"), actor.authority_name)]
    if may_register(actor):
        ways.insert(
            0,
            (
                "RegisterAuthorityView.register",
                "plus",
                _("Register authority"),
                _("A new authority with its first user."),
            ),
        )
    if may_invite(actor):
        ways.insert(
            1,
            (
                "InvitationListView.list",
                "mail",
                _("Registration invitations"),
                _("Let an authority register itself, and validate what it sends."),
            ),
        )
    if may_register(actor) or actor.authority_kind is AuthorityKind.commission:
        ways.append(
            (
                "CoordinatedAuthorityView.list",
                "search",
                _("Coordinated authorities"),
                _("Authorities whose access you manage."),
            )
        )
    if (Verb.read.value, Page.mails.value) in granted():
        ways.append(
            ("MailsView.index", "mail", _("Mails"), _("Mails that were not delivered, and what became of the others."))
        )
    if may_run_jobs(actor):
        ways.append(
            (
                "OperationsView.index",
                "clock",
                _("Jobs and log"),
                _("The automatic jobs of the system, and the state of the log."),
            )
        )
    return ways
