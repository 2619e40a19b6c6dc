"""*Hjælp*: the topic of each page, for who may open the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.i18n.help import TOPICS
from app.i18n.help.topic import GROUPS
from app.policy.pages import Page
from app.views.help import TOPIC_OF
from tests.pages.every_page import NO_PAGES
from tests.views.test_gate import rules

# Pages without a topic of their own: their Help leads to the list of topics.
WITHOUT = {"HelpView.index", "HelpView.show", "DevMailsView.index", "DevMailsView.show"}


def topics_in(page: str) -> set[str]:
    main = page.split('id="help-topic"', 1)[1].split("</main>", maxsplit=1)[0]
    return set(re.findall(r'href="/help/([a-z-]+)"', main))


def help_link(page: str) -> str:
    return re.findall(r'class="tool" href="([^"]+)" data-help', page)[0]


def test_every_page_has_its_topic(app: Flask) -> None:
    pages = {rule.endpoint for rule in rules(app, "GET")} - NO_PAGES.keys() - WITHOUT
    assert pages - TOPIC_OF.keys() == set()
    assert TOPIC_OF.keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_topic_is_reached_and_leads_to_topics_there_are() -> None:
    reached = set(TOPIC_OF.values()).union(*(topic.see_also for topic in TOPICS.values()))
    assert reached == TOPICS.keys()
    assert {topic.page for topic in TOPICS.values()} <= {*Page, ""}
    assert {topic.group for topic in TOPICS.values()} == GROUPS.keys()


def test_who_is_not_signed_in_reads_of_signing_in_and_of_being_invited(client: Any) -> None:
    assert topics_in(client.get("/help/").text) == {"invited", "sign-in", "password"}
    assert client.get("/help/sign-in").status_code == 200
    assert client.get("/help/register-authority").status_code == 404
    assert help_link(client.get("/login/").text) == "/help/sign-in"


def test_nobody_reads_of_pages_that_are_not_his(app: Flask, make: Any, sign_in: Any) -> None:
    user = sign_in(make.user(make.authority(), administrator=False))
    seen = topics_in(user.get("/help/").text)
    assert {"profile", "authority", "search"} <= seen
    assert not seen & {"register-authority", "grant-modules", "coordinated-authorities", "mails", "jobs"}
    assert user.get("/help/mails").status_code == user.get("/help/findes-ikke").status_code == 404


def test_help_leads_from_the_page_to_its_topic(make: Any, sign_in: Any) -> None:
    manager = sign_in(make.user(make.access_manager()))
    assert help_link(manager.get("/register-authority/").text) == "/help/register-authority"
    assert help_link(manager.get("/help/").text) == "/help/"
    page = manager.get("/help/register-authority").text
    assert topics_in(page) == {"receipt", "grant-modules"}


@pytest.mark.parametrize("name", ["x" * 5000, "%00", "..%2f..%2fetc", "sign-in%0d%0aX:1", "SIGN-IN"])
def test_an_unknown_topic_is_a_clean_answer(client: Any, name: str) -> None:
    assert client.get(f"/help/{name}").status_code in (400, 404)


@pytest.mark.rule("R54")
def test_who_must_choose_a_password_can_read_how(make: Any, sign_in: Any) -> None:
    body = make.authority()
    person = sign_in(make.user(body, password_is_temporary=True))
    assert help_link(person.get("/password/").text) == "/help/password"
    assert topics_in(person.get("/help/").text) == {"invited", "sign-in", "password"}
