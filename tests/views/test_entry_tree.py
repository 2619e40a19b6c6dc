"""The tree in which areas of responsibility are chosen: what it offers, what stays in it, and how it is laid out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db as _db
from app.models import Authority, ClassificationEntry, ClassificationList, ListScope
from tests.conftest import Client
from tests.views.test_authority_edit import all_in, path_of
from tests.views.test_invited_body import text_of_page
from tests.views.test_register_authority import errors, go_on

GONE = "Is no longer offered"


def entry(name: str, *, active: bool = True, above: ClassificationEntry | None = None) -> ClassificationEntry:
    areas = select(ClassificationList).where(ClassificationList.code == "policy_areas")
    row = ClassificationEntry(
        list_id=_db.session.scalars(areas).one().id,
        code=name,
        names={"da": name, "en": name},
        active=active,
        parent_id=above.id if above else None,
    )
    _db.session.add(row)
    _db.session.flush()
    return row


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Styrelsen")


@pytest.fixture
def browser(make: Any, sign_in: Callable[..., Client], manager: Authority) -> Client:
    return sign_in(make.user(manager), "en")


@pytest.fixture
def body(make: Any, manager: Authority) -> Authority:
    """Classified under an entry that is offered no more."""
    row = make.authority("Nibe Fyrvæsen", managed_by=manager)
    row.classification = [entry("Lights", active=False)]
    _db.session.flush()
    return row


def tree_of(page: str) -> str:
    return page.split("data-tree", 1)[1].split("</fieldset>", 1)[0]


def values_in(page: str) -> list[str]:
    return re.findall(r'name="classification" value="(\d+)"', page)


@pytest.mark.rule("R2")
@pytest.mark.rule("R23")
def test_active_entries_of_general_lists_are_offered_each_under_its_parent_and_folded(browser: Client) -> None:
    above = entry("Shipping")
    below = entry("Ports", above=above)
    entry("Steam", active=False)
    page = tree_of(browser.get("/register-authority/").text)
    general = (
        select(ClassificationEntry.id).join(ClassificationList).where(ClassificationList.scope == ListScope.general)
    )
    offered = set(map(str, _db.session.scalars(general.where(ClassificationEntry.active.is_(True)))))
    assert (len(values_in(page)), set(values_in(page))) == (len(offered), offered)
    assert "Steam" not in page
    assert GONE not in page
    assert page.count("<details data-branch>") == 3
    assert "<details open" not in page
    after = page.split(f'value="{above.id}"', 1)[1]
    assert re.match(r"[^<>]*>(?:(?!</details>|<li>).)*<details><summary>.*?<ul>\s*<li>", after, re.DOTALL)
    assert values_in(after)[0] == str(below.id)


@pytest.mark.rule("R23")
@pytest.mark.rule("R25")
def test_an_entry_that_is_offered_no_more_stays_until_it_is_taken_away(browser: Client, body: Authority) -> None:
    [old] = body.classification
    page = browser.get(path_of(body)).text
    assert f"Lights Policy areas · {GONE}" in text_of_page(page)
    sent = all_in(page)
    assert sent["classification"] == [str(old.id)]
    assert browser.post(path_of(body), data=sent | {"city": "Nibe"}).status_code == 303
    assert _db.session.get_one(Authority, body.id).classification == [old]
    without = all_in(browser.get(path_of(body)).text) | {"classification": []}
    assert browser.post(path_of(body), data=without).status_code == 303
    assert _db.session.get_one(Authority, body.id).classification == []
    again = browser.post(path_of(body), data=all_in(browser.get(path_of(body)).text) | {"classification": [old.id]})
    assert (again.status_code, set(errors(again.text))) == (422, {"classification"})
    assert GONE in again.text  # which of them it is, is seen


@pytest.mark.rule("R2")
def test_at_a_registration_one_that_is_offered_no_more_is_refused_and_marked(browser: Client, body: Authority) -> None:
    [old] = body.classification
    refused = go_on(browser, classification=[str(old.id)])
    assert (refused.status_code, set(errors(refused.text))) == (422, {"classification"})
    assert f"Lights Policy areas · {GONE}" in text_of_page(refused.text)


@pytest.mark.rule("R73")
def test_the_error_leads_to_the_tree(browser: Client, body: Authority) -> None:
    sent = all_in(browser.get(path_of(body)).text) | {"classification": ["999999"]}
    refused = browser.post(path_of(body), data=sent).text
    assert 'href="#classification"' in refused
    assert re.search(r'<fieldset[^>]* id="classification" tabindex="-1" data-tree', refused)
