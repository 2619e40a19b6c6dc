"""The users of coordinated authorities: whose they are, how their passwords stand, and never a username (R20, R56)."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.models import Authority
from tests.conftest import Client

SignIn = Callable[..., Client]
LIST = "/coordinated-users/"
ORDER, DIRECTION = (f"_{what}_CoordinatedUserView" for what in ("oc", "od"))
PLANTED = "planted907731"


def names(answer: Any) -> list[str]:
    """The names on a page of the list, in their order."""
    assert answer.status_code == 200
    return [html.unescape(name) for name in re.findall(r'<th scope="row"><a href="[^"]+">([^<]*)</a>', answer.text)]


def asked(browser: Client, **query: Any) -> list[str]:
    return names(browser.get(LIST, query_string=query))


def one_search(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single search a minute; other tests have counted people of the same numbers in the store that all share."""
    monkeypatch.setitem(app.config, "LIMIT_SEARCHES", 1)
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", secrets.token_hex(8))


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Erhvervsstyrelsen", reach="own")


@pytest.fixture
def browser(make: Any, sign_in: SignIn, manager: Authority) -> Client:
    return sign_in(make.user(manager, last_name="Leder"), "en")


@pytest.mark.rule("R20", "R70")
def test_the_users_of_ones_own_authorities_and_where_asked_of_the_country(
    make: Any, manager: Authority, browser: Client
) -> None:
    make.user(make.authority(managed_by=manager), last_name="Min")
    make.user(make.authority(), last_name="Anden")
    make.user(make.authority(country_code="SE"), last_name="Svensk")
    assert asked(browser) == asked(browser, mine="yes") == asked(browser, mine="x") == ["Kim Min"]
    assert asked(browser, mine="no") == ["Kim Anden", "Kim Leder", "Kim Min"]
    assert "3 users" in browser.get(LIST, query_string={"mine": "no"}).text


@pytest.mark.rule("R70")
def test_who_finds_nobody_does_not_find_the_page(
    make: Any, manager: Authority, sign_in: SignIn, client: Client
) -> None:
    former = make.authority()
    make.delegation(former, valid_until=clock.today() - timedelta(days=1))
    for user in (make.user(manager, administrator=False), make.user(make.authority()), make.user(former)):
        assert sign_in(user, "en").get(LIST).status_code == 404
    assert client.get(LIST).location.startswith("/login/")


@pytest.mark.rule("R44", "R71")
def test_no_username_stands_in_the_list(make: Any, manager: Authority, browser: Client) -> None:
    body = make.authority(managed_by=manager)
    make.user(body, username=PLANTED, last_name=PLANTED)
    assert PLANTED in browser.get(LIST).text  # the search would find it
    user = make.user(body, username=f"{PLANTED}x", last_name="Hemmelig")
    for query in ({"q": "hemmelig"}, {"q": "hemmelig", "password": "valid"}):
        page = browser.get(LIST, query_string=query).text
        assert "Hemmelig" in page
        assert f"{PLANTED}x" not in page
    assert asked(browser, q=user.username) == []


@pytest.mark.rule("R56")
def test_the_states_are_told_in_words_and_can_be_asked_for(make: Any, manager: Authority, browser: Client) -> None:
    body = make.authority("Fyrvæsenet", managed_by=manager)
    make.user(body, last_name="Lukket", blocked_at=clock.now(), administrator=False)
    make.user(body, last_name="Ny", first_log_in_at=None)
    page = browser.get(LIST).text
    assert all(words in page for words in ("Blocked", "Valid", "New", "Active", "Fyrvæsenet", "Administrator"))
    assert asked(browser, password="blocked") == ["Kim Lukket"]
    assert asked(browser, login="new") == ["Kim Ny"]
    assert asked(browser, administrators="yes") == ["Kim Ny"]
    for name in ("password", "login", "administrators", "module", "country"):
        assert len(asked(browser, **{name: "nonsense"})) == 2, name


@pytest.mark.rule("R71")
def test_what_is_asked_for_and_the_order_are_kept(make: Any, manager: Authority, browser: Client) -> None:
    body = make.authority(managed_by=manager)
    for number in range(30):
        make.user(body, last_name=f"Nr {number:02}")
    answer = browser.get(LIST, query_string={"q": "nr", ORDER: "last_name", DIRECTION: "desc"})
    assert names(answer)[0] == "Kim Nr 29"
    onward = html.unescape(re.search(r'id="page-next" href="([^"]+)"', answer.text)[1])  # type: ignore[index]
    assert names(browser.get(onward))[-1] == "Kim Nr 00"
    form = re.search(r'<form class="filters".*?</form>', answer.text, re.DOTALL)[0]  # type: ignore[index]
    assert f'name="{ORDER}" value="last_name"' in form
    assert f'name="{DIRECTION}" value="desc"' in form
    assert 'value="nr"' in form


def test_an_empty_list_says_so_and_what_to_do_next(browser: Client) -> None:
    assert "Your authorities have no users yet" in browser.get(LIST).text
    assert "No user fits your search" in browser.get(LIST, query_string={"q": "findes ikke"}).text


@pytest.mark.rule("R85")
def test_searching_is_counted_and_turning_over_is_not(
    app: Any, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_search(app, monkeypatch)
    for _ in range(3):
        assert browser.get(LIST).status_code == 200
    assert [browser.get(LIST, query_string={"q": "a"}).status_code for _ in range(2)] == [200, 429]
    page = browser.get(LIST, query_string={"q": "a", "mine": "no"})
    assert 'value="a"' in page.text  # nothing typed is lost
    assert "You may try again" in page.text


@pytest.mark.rule("R85")
def test_the_number_of_what_would_be_exported_is_a_search_too(
    app: Any, make: Any, manager: Authority, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.user(make.authority(managed_by=manager))
    one_search(app, monkeypatch)
    page = f"{LIST}export"
    assert [browser.get(page).status_code for _ in range(3)] == [browser.get(page).status_code] * 3
    assert browser.get(LIST, query_string={"q": "kim"}).status_code == 200
    assert browser.get(page, query_string={"q": "kim"}).status_code == 429


@pytest.mark.rule("R84")
def test_what_is_searched_for_and_stored_is_shown_as_text(make: Any, manager: Authority, browser: Client) -> None:
    make.user(make.authority(managed_by=manager), last_name="<script>alert(1)</script>")
    for words in ("script", '"><script>alert(2)</script>', "' onfocus=alert(3) '"):
        assert "<script>alert" not in browser.get(LIST, query_string={"q": words}).text
