"""*Hjælp*: the guide's steps in our own words, a topic for what a page is for.

A topic tells what one does there, step by step, and what is good to know. Topics stand in the order of the menu; which
page leads to which topic stands in `app.views.help`.
"""

from __future__ import annotations

from app.i18n.help.account import ACCOUNT
from app.i18n.help.authorities import AUTHORITIES
from app.i18n.help.invitations import INVITATIONS
from app.i18n.help.operations import OPERATIONS
from app.i18n.help.registration import REGISTRATION
from app.i18n.help.topic import Topic

TOPICS: dict[str, Topic] = {
    topic.name: topic for topic in (*ACCOUNT, *REGISTRATION, *INVITATIONS, *AUTHORITIES, *OPERATIONS)
}

__all__ = ["TOPICS", "Topic"]
