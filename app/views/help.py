"""*Hjælp*: what one can do on a page, step by step, beside the page itself."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for
from flask_appbuilder import expose
from flask_login import current_user

from app.i18n import _
from app.i18n.help import TOPICS, Topic
from app.i18n.help.topic import GROUPS
from app.security.manager import granted
from app.views.base import ImiView

# Which topic a page leads to; a page that is not named here leads to the list of topics.
TOPIC_OF = {
    "OverviewView.index": "overview",
    "SignInView.login": "sign-in",
    "PasswordView.change": "password",
    "PasswordAgainView.enter": "password",
    "ProfileView.show": "profile",
    "SearchView.index": "search",
    "ProfileView.username": "profile",
    "RegisterAuthorityView.register": "register-authority",
    "RegistrationDraftsView.check": "register-authority",
    "RegistrationDraftsView.discard": "register-authority",
    "RegistrationDraftsView.edit": "register-authority",
    "RegistrationDraftsView.register": "register-authority",
    "InvitationBatchView.new": "invite-many",
    "RegisterAuthorityView.receipt": "receipt",
    "RegisterAuthorityView.username": "receipt",
    "RegisterAuthorityView.passed_on": "receipt",
    "InvitationListView.list": "invitations",
    "InvitationsView.new": "invitations",
    "InvitationsView.show": "invitations",
    "InvitationsView.resend": "invitations",
    "InvitationsView.cancel": "invitations",
    "AwaitingValidationView.index": "validation",
    "AwaitingValidationView.show": "validation",
    "AwaitingValidationView.validate": "validation",
    "AwaitingValidationView.send_back": "validation",
    "AwaitingValidationView.reject": "validation",
    "RegistrationCorrectionsView.correct": "validation",
    "InvitedBodyView.index": "invited",
    "InvitedBodyView.registration": "invited",
    "InvitedBodyView.check": "invited",
    "InvitedBodyView.send": "invited",
    "ModuleAccessView.choose": "grant-modules",
    "ModuleAccessView.grant": "grant-modules",
    "CoordinatedAuthorityView.list": "coordinated-authorities",
    "CoordinatedUserView.list": "coordinated-users",
    "MyAuthorityView.show": "authority",
    "AuthorityView.authority": "authority",
    "AuthoritySheetView.sheet": "authority",
    "AuthorityEditView.edit": "edit-authority",
    "AuthorityView.classification": "classification",
    "AuthorityView.modules": "modules",
    "AuthorityView.users": "users",
    "AuthorityView.management": "management",
    "MailsView.index": "mails",
    "MailsView.show": "mails",
    "MailsView.give_up": "mails",
    "OperationsView.index": "jobs",
}


class HelpView(ImiView):
    """Open to everybody; of the topics one sees those of pages that one may open."""

    route_base = "/help"
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """All topics, by what they belong to."""
        groups = [
            (title, [topic for topic in TOPICS.values() if topic.group == group and is_for_reader(topic)])
            for group, title in GROUPS.items()
        ]
        return self.page(
            "help/index.html", title=_("Help"), groups=[(title, topics) for title, topics in groups if topics]
        )

    @expose("/<name>")
    def show(self, name: str) -> Any:
        """One topic; the same 404 for one that there is not and one that is not for the reader."""
        topic = TOPICS.get(name)
        if topic is None or not is_for_reader(topic):
            abort(404)
        others = [TOPICS[other] for other in topic.see_also if is_for_reader(TOPICS[other])]
        return self.page("help/topic.html", title=topic.title, topic=topic, others=others)


def is_for_reader(topic: Topic) -> bool:
    """Whether the reader may open the page that the topic is about."""
    if not topic.page:
        return True
    return not current_user.is_anonymous and any(page == topic.page for _verb, page in granted())


def address(known: bool) -> str:
    """Where *Hjælp* leads from the page that is shown; in a failure the header knows nobody, and asks for nobody."""
    topic = TOPICS.get(TOPIC_OF.get(request.endpoint or "", ""))
    name = topic.name if topic and (known or not topic.page) and is_for_reader(topic) else None
    if name is None:
        return url_for("HelpView.index")
    return url_for("HelpView.show", name=name)


def init_app(app: Flask) -> None:
    """Tell the header where help is."""
    app.jinja_env.globals["help_address"] = address
