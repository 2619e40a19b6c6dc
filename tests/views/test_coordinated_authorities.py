"""*Koordinerede myndigheder*: one's own by default, the country where asked, and nobody else's rows ever."""

from __future__ import annotations

import html
import re
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.extensions import db as _db
from app.models import Authority, AuthorityKind, AuthorityStatus, AuthorityText
from app.services import keyset, sessions
from app.views import long_lists
from tests.conftest import Client
from tests.make import Maker

SignIn = Callable[..., Client]
LIST = "/coordinated-authorities/"
ORDER, DIRECTION = (f"_{what}_CoordinatedAuthorityView" for what in ("oc", "od"))
PLANTED = "planted907731"


def names(answer: Any) -> list[str]:
    """The names on a page of the list, in their order."""
    assert answer.status_code == 200
    return [html.unescape(name) for name in re.findall(r'<th scope="row"><a href="[^"]+">([^<]*)</a>', answer.text)]


def asked(browser: Client, **query: Any) -> list[str]:
    return names(browser.get(LIST, query_string=query))


def way(answer: Any, name: str) -> str:
    """The address that a link below the list leads to; nothing where there is no such link."""
    found = re.search(rf'id="page-{name}" href="([^"]+)"', answer.text)
    return html.unescape(found[1]) if found else ""


def turned(browser: Client, name: str, address: str) -> list[list[str]]:
    """The pages from that one on, turned over by a link of that name."""
    pages = []
    while address:
        answer = browser.get(address)
        pages.append(names(answer))
        address = way(answer, name)
    return pages


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Erhvervsstyrelsen", reach="own")


@pytest.fixture
def browser(make: Any, sign_in: SignIn, manager: Authority) -> Client:
    return sign_in(make.user(manager), "en")


@pytest.fixture
def population(make: Any, manager: Authority) -> dict[str, Authority]:
    """One authority of every sort."""
    return {
        row.official_name: row
        for row in [
            make.authority("Min", managed_by=manager),
            make.authority("Min nedlagte", managed_by=manager, status=AuthorityStatus.deactivated),
            make.authority("Anden"),
            make.authority("Anden nedlagte", status=AuthorityStatus.deactivated),
            make.authority("Min kladde", managed_by=manager, status=AuthorityStatus.draft),
            make.authority("Min afventende", managed_by=manager, status=AuthorityStatus.awaiting_validation),
            make.authority("Min returnerede", managed_by=manager, status=AuthorityStatus.returned),
            make.authority("Min afviste", managed_by=manager, status=AuthorityStatus.rejected),
            make.authority("Svensk", country_code="SE"),
            make.authority("Kommissionen", kind=AuthorityKind.commission),
            make.nimic(),
        ]
    }


# --- Which rows -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R20")
def test_an_access_manager_finds_his_own_and_where_asked_the_country(
    population: dict[str, Authority], browser: Client
) -> None:
    assert asked(browser) == asked(browser, mine="yes") == ["Min", "Min nedlagte"]
    assert asked(browser, mine="no") == ["Anden", "Erhvervsstyrelsen", "Min", "Min nedlagte", "NIMIC DK"]


@pytest.mark.rule("R20")
def test_a_nimic_finds_all_of_its_country_and_the_commission_all(
    make: Any, population: dict[str, Authority], manager: Authority, sign_in: SignIn
) -> None:
    registered = {"Anden", "Anden nedlagte", "Erhvervsstyrelsen", "Min", "Min nedlagte", "NIMIC DK"}
    nimic, commission = population["NIMIC DK"], population["Kommissionen"]
    make.link(nimic, commission)
    browser = sign_in(make.user(nimic))
    assert (asked(browser), set(asked(browser, mine="no"))) == ([], registered)
    browser = sign_in(make.user(commission))
    assert asked(browser) == ["NIMIC DK"]
    assert set(asked(browser, mine="no")) == registered | {"Svensk", "Kommissionen"}


@pytest.mark.rule("R70")
def test_who_finds_nobody_does_not_find_the_page(
    make: Any, manager: Authority, sign_in: SignIn, client: Client
) -> None:
    former = make.authority()
    make.delegation(former, valid_until=clock.today() - timedelta(days=1))
    for user in (make.user(manager, administrator=False), make.user(make.authority()), make.user(former)):
        page = sign_in(user, "en").get(LIST)
        assert page.status_code == 404
        assert LIST not in page.text
        assert LIST not in sign_in(user, "en").get("/").text  # nor an entry that leads to it
    assert client.get(LIST).location.startswith("/login/")


@pytest.mark.rule("R70")
def test_the_number_counts_what_is_seen_only(population: dict[str, Authority], browser: Client) -> None:
    assert "2 authorities" in browser.get(LIST).text
    assert "5 authorities" in browser.get(LIST, query_string={"mine": "no"}).text
    assert "1 authority" in browser.get(LIST, query_string={"mine": "no", "q": "anden"}).text


def test_an_empty_list_says_so_and_what_to_do_next(browser: Client) -> None:
    page = browser.get(LIST)
    assert names(page) == []
    assert "You manage no authorities yet" in page.text
    assert "No authority fits your search" in browser.get(LIST, query_string={"q": "findes ikke"}).text


@pytest.mark.rule("R20")
def test_only_no_widens_the_list(population: dict[str, Authority], browser: Client) -> None:
    for value in ("", "yes", "NO", "0", "nej", "\x07", "no "):
        assert asked(browser, mine=value) == ["Min", "Min nedlagte"]


@pytest.mark.rule("R72")
def test_the_informal_title_is_the_readers(make: Any, manager: Authority, sign_in: SignIn) -> None:
    row = make.authority(managed_by=manager)
    row.texts = [AuthorityText(language="da", title="Tilsyn"), AuthorityText(language="en", title="Inspectorate")]
    user = make.user(manager)
    pages = [sign_in(user, language).get(LIST).text for language in ("da", "en")]
    assert [("Tilsyn" in page, "Inspectorate" in page) for page in pages] == [(True, False), (False, True)]


@pytest.mark.rule("R44", "R71")
def test_no_username_stands_in_the_list(make: Any, manager: Authority, browser: Client) -> None:
    row = make.authority(f"Hos {PLANTED}", managed_by=manager)
    user = make.user(row, username=PLANTED)
    assert PLANTED in browser.get(LIST).text  # the search would find it
    row.official_name = row.texts[0].title = "Hos ham"
    row.official_name_key = "hos ham"
    _db.session.flush()
    for query in ({}, {"mine": "no"}, {"q": user.username}, {"q": user.email}):
        page = browser.get(LIST, query_string=query).text
        # What was typed stands in the box again, and in the addresses that keep the search.
        assert PLANTED not in re.sub(r'(href|value|action|data-hx-get)="[^"]*"', "", page)
        assert ("Hos ham" in page) is ("q" not in query)


@pytest.mark.parametrize(
    "query", ["endpoint=x", "_method=FOO", "_external=1", "_scheme=javascript", "_anchor=x", "filename=y"]
)
def test_what_a_list_does_not_know_is_in_none_of_its_links(sixty: list[str], browser: Client, query: str) -> None:
    """FAB's own would hand it to the maker of addresses, which takes it for itself."""
    assert browser.get(f"{LIST}?{query}&mine=no").status_code == 400
    links = re.findall(r'href="([^"]*_oc_[^"]*)"', browser.get(f"{LIST}?mine=no&q=k").text)
    assert links
    assert all(link.startswith(f"{LIST}?mine=no&amp;q=k&amp;") for link in links)


# --- Search ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("TILSYNET", ["Arbejdstilsynet"]),
        ("soefarts", ["Søfartsstyrelsen"]),
        ("SØFARTS", ["Søfartsstyrelsen"]),
        ("odense", ["Søfartsstyrelsen"]),
        ("københavn", ["Arbejdstilsynet"]),
        ("KØBENHAVN", ["Arbejdstilsynet"]),
        ("koebenhavn", ["Arbejdstilsynet"]),
        ("kobenhavn", ["Arbejdstilsynet"]),  # as one writes who does not know the letter
        ("om arbejdstil", ["Arbejdstilsynet"]),  # the informal title
        ("københavn arbejds", ["Arbejdstilsynet"]),
        ("odense arbejds", []),
        ("ærø ølst", ["Nævn 100 %_\\ rigtigt"]),
        ("%", ["Nævn 100 %_\\ rigtigt"]),
        ("_", ["Nævn 100 %_\\ rigtigt"]),
        ("\\", ["Nævn 100 %_\\ rigtigt"]),
        ("o%se", []),
        ("od_nse", []),
        ("n%vn", []),
        ("", ["Arbejdstilsynet", "Nævn 100 %_\\ rigtigt", "Søfartsstyrelsen"]),
        (" ", ["Arbejdstilsynet", "Nævn 100 %_\\ rigtigt", "Søfartsstyrelsen"]),
    ],
)
def test_all_the_words_wherever_they_stand_without_case_and_accents(
    make: Any, manager: Authority, browser: Client, words: str, found: list[str]
) -> None:
    make.authority("Arbejdstilsynet", managed_by=manager)
    make.authority("Søfartsstyrelsen", managed_by=manager, city="Odense")
    make.authority("Nævn 100 %_\\ rigtigt", managed_by=manager, city="ÆRØ ØLSTYKKE")
    make.authority("Arbejdstilsynet i Lund", country_code="SE")
    assert asked(browser, q=words) == found


@pytest.mark.rule("R84")
@pytest.mark.parametrize("words", ["\x07", "a\x07b", "'; DROP TABLE authority; --", "\ufeff", "x" * 7000, "a " * 400])
def test_junk_is_looked_for_and_not_found(make: Any, manager: Authority, browser: Client, words: str) -> None:
    make.authority("Byret", managed_by=manager)
    assert browser.get(LIST, query_string={"q": words}).status_code == 200


@pytest.mark.rule("R84")
def test_what_is_searched_for_and_stored_is_shown_as_text(make: Any, manager: Authority, browser: Client) -> None:
    make.authority("<script>alert(1)</script>", managed_by=manager, city='"><img src=x>')
    for words in ("script", '"><script>alert(2)</script>', "' onfocus=alert(3) '"):
        page = browser.get(LIST, query_string={"q": words}).text
        assert not re.search(r"<script>alert|<img src=x", page)


# --- Order and pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def sixty(make: Any, manager: Authority) -> list[str]:
    """Sixty authorities in the order of their names, a third of them in each of three towns."""
    towns = ("Odense", "Aarhus", "Ribe")
    return [
        make.authority(f"Kommune {number:02}", managed_by=manager, city=towns[number % 3]).official_name
        for number in range(60)
    ]


def test_pages_of_twenty_five_in_the_order_of_names(sixty: list[str], browser: Client) -> None:
    assert turned(browser, "next", LIST) == [sixty[:25], sixty[25:50], sixty[50:]]
    last = browser.get(way(browser.get(LIST), "last"))
    assert names(last) == sixty[35:]
    assert (way(last, "next"), way(last, "last")) == ("", "")
    assert turned(browser, "previous", way(last, "previous"))[-1] == sixty[:25]
    assert way(last, "first") == LIST
    assert (way(browser.get(LIST), "previous"), way(browser.get(LIST), "first")) == ("", "")


def test_a_page_that_would_begin_before_the_first_row_is_the_first(sixty: list[str], browser: Client) -> None:
    second = browser.get(way(browser.get(LIST), "next"))
    row = _db.session.scalars(select(Authority).where(Authority.official_name == sixty[3])).one()
    assert asked(browser, before=row.public_id) == names(browser.get(way(second, "previous"))) == sixty[:25]


@pytest.mark.rule("R70")
def test_a_row_out_of_scope_or_of_nobody_is_no_place_in_the_list(sixty: list[str], make: Any, browser: Client) -> None:
    """Else the place would tell how the name of an authority of another country begins."""
    foreign = make.authority("Kommune 30x", country_code="SE").public_id
    for place in (foreign, uuid.uuid4(), "nonsense", "", "\x07", 2**63):
        assert asked(browser, after=place) == asked(browser, before=place) == sixty[:25], place


def test_the_place_stays_where_its_row_was_when_rows_come_in_between(
    sixty: list[str], make: Any, manager: Authority, browser: Client
) -> None:
    onward = way(browser.get(LIST), "next")
    make.authority("Kommune 00 a", managed_by=manager)
    assert names(browser.get(onward)) == sixty[25:50]  # by numbers of pages, "Kommune 24" would come twice


def test_danish_letters_stand_last(make: Any, manager: Authority, browser: Client) -> None:
    wanted = ["Vejle", "Ærø", "Østersø", "Aabenraa", "Århus"]
    for name in sorted(wanted):
        make.authority(name, managed_by=manager)
    assert asked(browser) == wanted


def test_more_than_a_thousand_are_not_counted(
    sixty: list[str], browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "60 authorities" in browser.get(LIST).text
    monkeypatch.setattr(keyset, "MOST_COUNTED", 50)
    monkeypatch.setattr(long_lists, "MOST_COUNTED", 50)
    assert "More than 50 authorities" in browser.get(LIST).text


@pytest.mark.rule("R71")
def test_columns_sort_both_ways_and_every_row_stands_on_one_page(sixty: list[str], browser: Client) -> None:
    assert asked(browser, **{ORDER: "official_name", DIRECTION: "desc"}) == sixty[:-26:-1]
    for direction, first in (("asc", 0), ("desc", 1)):  # Odense, Ribe, Aarhus; many rows of one town
        pages = turned(browser, "next", f"{LIST}?{ORDER}=city&{DIRECTION}={direction}")
        seen = [name for page in pages for name in page]
        assert sorted(seen) == sixty
        assert {int(name.split()[1]) % 3 for name in seen[:20]} == {first}
        last = browser.get(f"{LIST}?{ORDER}=city&{DIRECTION}={direction}&last=yes")
        assert names(last) == seen[-25:]
        assert turned(browser, "previous", way(last, "previous"))[-1] == seen[:25]


def test_searching_and_sorting_keep_to_the_scope(sixty: list[str], make: Any, browser: Client) -> None:
    make.authority("Kommune fremmed")
    found = asked(browser, q="kommune", **{ORDER: "city", DIRECTION: "desc"})
    assert len(found) == 25
    assert "Kommune fremmed" not in found
    assert asked(browser, q="fremmed") == []
    assert asked(browser, q="fremmed", mine="no") == ["Kommune fremmed"]


@pytest.mark.rule("R70")
def test_a_column_that_is_not_offered_sorts_nothing(sixty: list[str], browser: Client) -> None:
    for column in ("id", "email", "registered_at", "password", "users.username", "nonsense", "", "\x07"):
        for direction in ("asc", "desc"):
            assert asked(browser, **{ORDER: column, DIRECTION: direction}) == sixty[:25], (column, direction)
    for direction in ("; DROP", "", "ASC"):
        assert asked(browser, **{ORDER: "city", DIRECTION: direction}) == sixty[:25], direction


@pytest.mark.parametrize("name", ["show", "status", "module", "role", "country", "last"])
def test_an_unknown_choice_is_as_none(sixty: list[str], browser: Client, name: str) -> None:
    for value in ("nonsense", "", "\x07", "x" * 5_000, "'; DROP TABLE authority; --"):
        assert asked(browser, **{name: value}) == sixty[:25], value


JUNK = (
    "_flt_0_official_name=",
    "_flt_0_nonsense=1",
    "_flt_99_city=x",
    "_flt_0_id=1&_flt_0_id=2",
    "_flt_0_scope=find_authorities",
    "_flt_=",
    "psize_CoordinatedAuthorityView=100000",
    "psize_CoordinatedAuthorityView=x",
    "page_Other=x",
    "page_=x",
    "page_CoordinatedAuthorityView=2",
    "after=1&after=2",
    "_oc_=id&_od_=asc",
    "q=%ff%fe",
    "q=%ED%A0%80",
    "q=%00",
    "q=a&q=b",
    "%00=%00",
    "[]=[]",
    "&&&==",
)


@pytest.mark.rule("R70")
def test_junk_in_the_address_is_refused(browser: Client) -> None:
    for query in JUNK:
        assert browser.get(f"{LIST}?{query}").status_code == 400, query
    assert browser.get(f"{LIST}?{ORDER}=city").status_code == 200
    assert browser.get(f"{LIST}?after={2**63 - 1}&&").status_code == 200


@pytest.mark.rule("R70")
def test_only_the_list_can_be_reached(make: Any, manager: Authority, browser: Client) -> None:
    """FAB's writing routes, its search form and its export are not there."""
    number = make.authority(managed_by=manager).id
    for path in ("add", f"show/{number}", f"edit/{number}", f"delete/{number}", "action_post", "download", "api/read"):
        assert browser.get(LIST + path).status_code == 404
        assert browser.send(LIST + path).status_code == 404
    assert browser.send(LIST).status_code == 404


# --- Many at once ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_filters_are_each_requests_own(real_app: Flask) -> None:
    """FAB's one object of filters a process showed wrong rows on 9 of 180 pages with six threads; none may be."""
    with real_app.app_context():
        make, users = Maker(), []
        for letter in "ABCDEF":
            manager = make.access_manager(f"Styrelse {letter}")
            expected = [make.authority(f"{letter} {number}", managed_by=manager).official_name for number in range(4)]
            users.append((sessions.begin(make.user(manager)), letter, expected))
        _db.session.commit()
        _db.session.remove()
    wrong: list[tuple[str, object]] = []

    def read(token: str, letter: str, expected: list[str]) -> None:
        browser = real_app.test_client()
        with browser.session_transaction() as cookie:
            cookie.update(_user_id=token, _fresh=True, locale="en")
        for number in range(30):
            query, right = [
                ({}, expected),
                ({"q": "2"}, [f"{letter} 2"]),
                ({"q": letter, "mine": "no", ORDER: "city", DIRECTION: "asc"}, expected),
            ][number % 3]
            answer = browser.get(LIST, query_string=query)
            if query.get("mine"):  # the letter stands in names of others too
                fits = answer.status_code == 200 and set(right) <= set(names(answer))
            else:
                fits = answer.status_code == 200 and names(answer) == right
            read_pages.append(letter)
            if not fits or f'value="{query.get("q", "")}"' not in answer.text:
                wrong.append((letter, query))

    read_pages: list[str] = []
    threads = [threading.Thread(target=read, args=user) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_pages) == 180
    assert wrong == []
