"""The search box of the header, and what it finds: pages, authorities, people."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access

from app.i18n import _
from app.i18n.help import TOPICS
from app.i18n.things import AUTHORITY_STATUS, language
from app.models import Authority, ImiUser, name_in
from app.policy.pages import Page
from app.security.acting import reader
from app.security.parameters import takes
from app.services import authorities, search
from app.services.word_search import LONGEST, words_of
from app.views.base import ImiView, too_many_searches
from app.views.help import is_for_reader
from app.views.rendering import menu_entries


class SearchView(ImiView):
    """For everybody who is signed in; what is found is what he may see."""

    route_base = "/search"
    default_view = "index"
    class_permission_name = Page.search.value
    method_permission_name = {"index": "read"}

    @expose("/")
    @has_access
    @takes(query=("q",))
    def index(self) -> Any:
        """What was found, by kind; each with the way to it."""
        text = request.args.get("q", "").strip()
        wait = too_many_searches(looks=bool(text.strip()))
        found = search.NOTHING if wait else search.find(reader(), text)
        page = self.page(
            "search/found.html",
            title=_("Search"),
            text=text[:LONGEST],
            wait=wait,
            pages=[] if wait else _pages(text),
            authorities=_authorities(found),
            more_authorities=found.more_authorities,
            people=[_person(user) for user in found.people],
            more_people=found.more_people,
        )
        return page, (429 if wait else 200)


def _pages(text: str) -> list[tuple[str, str]]:
    """Pages of the reader's menus, and topics of the help, whose names hold all the words."""
    words = words_of(text)
    topics = [
        (_("Help: %(topic)s", topic=topic.title), url_for("HelpView.show", name=topic.name))
        for topic in TOPICS.values()
        if is_for_reader(topic)
    ]
    return [
        (name, url)
        for name, url in (*_of_menus(), *topics)
        if words and all(word in " ".join(words_of(name)) for word in words)
    ]


def _of_menus() -> list[tuple[str, str]]:
    """The entries of the menu, those that lie under another with its name before theirs; and of one's own name."""
    found = []
    for entry in menu_entries():
        for leaf in entry["children"] or [entry]:
            name = leaf["label"] if leaf is entry else f"{entry['label']} › {leaf['label']}"
            found.append((str(name), str(leaf["url"])))
    return [
        *found,
        (_("My profile"), url_for("ProfileView.show")),
        (_("Change password"), url_for("PasswordView.change")),
    ]


def _authorities(found: search.Found) -> list[dict[str, Any]]:
    titles = authorities.titles_of(found.authorities, language()) if found.authorities else {}
    return [_authority(row, titles.get(row.id, ""), row.id in found.opens) for row in found.authorities]


def _authority(row: Authority, title: str, opens: bool) -> dict[str, Any]:
    country = name_in(row.country.names, language()) if row.country else ""
    return {
        "name": row.official_name,
        "title": title,
        "where": ", ".join(filter(None, [row.city, country])),
        "status": AUTHORITY_STATUS[row.status],
        "url": url_for("AuthorityView.authority" if opens else "PublicAuthorityView.show", public_id=row.public_id),
    }


def _person(user: ImiUser) -> dict[str, str]:
    return {
        "name": user.full_name,
        "email": user.email_address,
        "authority": user.authority.official_name,
        "url": url_for("AuthorityView.users", public_id=user.authority.public_id),
    }
