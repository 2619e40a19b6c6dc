"""One authority's five tabs: who sees which, what stands on them, and what never does."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.extensions import db as _db
from app.models import (
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ClassificationList,
    ModuleRole,
    UserModuleRole,
)
from tests.conftest import Client

SignIn = Callable[..., Client]
TABS = ("", "classification", "modules", "users", "management")
FOR_ALL = {"", "classification", "modules"}
PLANTED = "planted907731"


def address(row: Authority | uuid.UUID, tab: str = "") -> str:
    return f"/authorities/{row if isinstance(row, uuid.UUID) else row.public_id}/{tab}"


def tabs_on(page: str) -> list[str]:
    """The last part of the address of every tab that is shown."""
    nav = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    return re.findall(r'href="/authorities/[^/"]+/([a-z]*)"', nav[0]) if nav else []


def text_of(page: str) -> str:
    """What is read on the page, without tags."""
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0] if main else page)).split())


def same(page: str, *varying: object) -> str:
    """A page without what differs from one request to the next."""
    for text in varying:
        page = page.replace(str(text), "·")
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", page)
    return re.sub(r"\b[0-9a-f]{32}\b", "", page)


def full(make: Any, manager: Authority) -> Authority:
    """An authority with something on every tab, and a username that may be on none."""
    row = make.authority(
        "Arbejdstilsynet",
        managed_by=manager,
        website="https://at.example",
        street="Landskronagade 33",
        postal_code="2100",
        phone="+45 70 12 12 88",
        working_languages=["da", "en"],
        identifier_scheme="CVR",
        identifier_value="21481815",
    )
    row.texts = [
        AuthorityText(language="da", title="Tilsynet med arbejdsmiljøet", description="Fører tilsyn."),
        AuthorityText(language="en", title="Working environment authority"),
    ]
    entries = _db.session.query(ClassificationEntry).join(ClassificationList)
    row.classification = entries.filter(ClassificationList.code == "policy_areas").limit(2).all()
    coordinator = make.authority("Søfartsstyrelsen")
    standing = make.access(coordinator, "PQ-REQ", ModuleRole.coordinator)
    access = make.access(row, "PQ-REQ", linked=standing)
    make.access(row, "PQ-REG", status=AccessStatus.suspended)
    anne = make.user(row, first_name="Anne", last_name="Olsen", email_address="anne@at.example", username=PLANTED)
    make.user(row, administrator=False, first_name="Bo", last_name="Jensen", first_log_in_at=None)
    role = make.module("PQ-REQ").user_roles[0]
    _db.session.add(
        UserModuleRole(
            user_id=anne.id,
            user_role_id=role.id,
            authority_id=row.id,
            access_id=access.id,
            module_id=access.module_id,
        )
    )
    _db.session.flush()
    return row


# --- What stands on the tabs ----------------------------------------------------------------------------------------


def test_an_access_manager_reads_all_that_is_known(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager("Erhvervsstyrelsen")
    row, browser = full(make, manager), sign_in(make.user(manager), "en")
    pages = {tab: browser.get(address(row, tab)) for tab in TABS}
    assert {page.status_code for page in pages.values()} == {200}
    for tab, words in {
        "": [
            "Arbejdstilsynet",
            "Tilsynet med arbejdsmiljøet",
            "Working environment authority",
            "Fører tilsyn.",
            "+45 70 12 12 88",
            "https://at.example",
            "Landskronagade 33",
            "2100 København",
            "Denmark",
            "Danish, English",
            "CVR-nummer 21481815",
        ],
        "classification": ["Policy areas", "Construction"],
        "modules": ["requests for information", "Søfartsstyrelsen", "Granted", "Suspended"],
        "users": ["Anne Olsen", "anne@at.example", "Bo Jensen", "Viewer", "New", "Active", "one administrator only"],
        "management": ["Erhvervsstyrelsen", "since", "Anne Olsen", "Active"],
    }.items():
        for word in words:
            assert word in text_of(pages[tab].text), (tab, word)
    assert "Bo Jensen" not in text_of(pages["management"].text)
    for tab, page in pages.items():
        assert tabs_on(page.text) == list(TABS)
        assert re.findall(r'href="/authorities/[^/"]+/([a-z]*)" aria-current="page"', page.text) == [tab]


@pytest.mark.rule("R72")
def test_a_tab_is_in_the_readers_language(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row, user = full(make, manager), make.user(manager)
    for language, words in (("da", ["Dansk", "Danmark"]), ("en", ["Danish", "Denmark"])):
        page = text_of(sign_in(user, language).get(address(row)).text).lower()
        assert all(word.lower() in page for word in words)


@pytest.mark.rule("R44")
def test_no_username_stands_on_any_tab(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row = full(make, manager)
    browsers = [sign_in(make.user(manager)), sign_in(make.user(row, username="planted907732"))]
    row.street = f"hos {PLANTED}"
    _db.session.flush()
    assert PLANTED in browsers[0].get(address(row)).text  # the search would find it
    row.street = ""
    _db.session.flush()
    for browser in browsers:
        for tab in TABS:
            page = browser.get(address(row, tab))
            assert page.status_code == 200
            assert "planted90773" not in page.text
            assert "user.invalid" not in page.text


@pytest.mark.rule("R29")
@pytest.mark.parametrize("shown", ["Active", "Suspended", "Deactivated"])
def test_the_status_is_shown_in_words(make: Any, sign_in: SignIn, shown: str) -> None:
    manager = make.access_manager()
    status = AuthorityStatus.deactivated if shown == "Deactivated" else AuthorityStatus.active
    row = make.authority(managed_by=manager, status=status)
    if shown != "Active":
        make.access(row, "PQ-REG", status=AccessStatus.suspended)
    page = text_of(sign_in(make.user(manager), "en").get(address(row, "management")).text)
    assert shown in page
    assert not [word for word in {"Active", "Suspended", "Deactivated"} - {shown} if re.search(rf"\b{word}\b", page)]
    assert ("2 July 2026" in page) is (shown == "Deactivated")  # the day on which it is removed


@pytest.mark.rule("R48")
def test_the_list_of_users_warns_of_one_administrator_only(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row, browser = make.authority(managed_by=manager), sign_in(make.user(manager), "en")
    for number, warned in ((0, False), (1, True), (2, False)):
        for _ in range(min(number, 1)):
            make.user(row)
        make.user(row, administrator=False)
        assert ("one administrator only" in browser.get(address(row, "users")).text) is warned


@pytest.mark.rule("R24")
def test_the_page_of_an_authority_that_is_not_ones_own_is_marked(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    delegate, mine, other = make.access_manager(), make.authority(managed_by=manager), make.authority()
    browser = sign_in(make.user(manager), "en")
    marked = ["Not your own authority" in browser.get(address(row)).text for row in (mine, other, delegate, manager)]
    assert marked == [False, True, False, False]


@pytest.mark.rule("R31")
def test_giving_access_is_offered_where_it_is_allowed(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    user, body = make.user(manager), make.authority(managed_by=manager)
    delegate, gone = make.access_manager(), make.authority(managed_by=manager, status=AuthorityStatus.deactivated)
    offered = [
        f'href="/authorities/{row.public_id}/grant/"' in sign_in(who, "en").get(address(row, "modules")).text
        for who, row in (
            (user, body),
            (user, manager),
            (user, delegate),
            (user, gone),
            (make.user(body), body),
            (make.user(make.nimic()), delegate),
        )
    ]
    assert offered == [True, False, False, False, False, True]


def test_an_empty_authority_says_so_on_every_tab(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row, browser = make.authority(), sign_in(make.user(manager), "en")
    for tab, words in {
        "classification": "The authority is not classified",
        "modules": "The authority has no access to any module",
        "users": "The authority has no users",
        "management": "Nobody has administrator rights",
    }.items():
        assert words in browser.get(address(row, tab)).text


@pytest.mark.rule("R84")
def test_what_is_stored_is_shown_as_text(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager()
    row = make.authority("<script>alert(1)</script>", managed_by=manager, street='"><img src=x onerror=alert(2)>')
    make.user(row, first_name="<b>Anne", last_name="</b>", email_address="'><script>@x.example")
    browser = sign_in(make.user(manager))
    for tab in TABS:
        page = browser.get(address(row, tab)).text
        assert not re.search(r"<script>alert|<img src=x|<b>Anne|'><script>", page)


# --- Who sees which -------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
@pytest.mark.parametrize("who", ["user", "administrator", "access manager", "nimic", "commission"])
def test_each_role_sees_the_tabs_that_are_for_it_on_its_own_authority(make: Any, sign_in: SignIn, who: str) -> None:
    own = {
        "access manager": make.access_manager,
        "nimic": make.nimic,
        "commission": lambda: make.authority(kind=AuthorityKind.commission),
    }.get(who, make.authority)()
    browser = sign_in(make.user(own, administrator=who != "user"), "en")
    seen = FOR_ALL if who == "user" else set(TABS)
    missing = same(browser.get(address(uuid.uuid4())).text)
    for tab in TABS:
        answer = browser.get(address(own, tab))
        if tab in seen:
            assert answer.status_code == 200
            assert set(tabs_on(answer.text)) == seen
        else:
            assert (answer.status_code, same(answer.text)) == (404, missing)


@pytest.mark.rule("R59")
def test_users_of_a_deactivated_authority_read_it(make: Any, sign_in: SignIn) -> None:
    gone = make.authority(status=AuthorityStatus.deactivated)
    browser = sign_in(make.user(gone), "en")
    assert [browser.get(address(gone, tab)).status_code for tab in TABS] == [200, 200, 200, 404, 404]


@pytest.mark.rule("R20")
def test_who_finds_which_authority(make: Any, sign_in: SignIn) -> None:
    manager, nimic = make.access_manager(), make.nimic()
    commission = make.authority(kind=AuthorityKind.commission)
    rows = {
        "mine": make.authority(managed_by=manager),
        "other": make.authority(),
        "my deactivated": make.authority(managed_by=manager, status=AuthorityStatus.deactivated),
        "deactivated": make.authority(status=AuthorityStatus.deactivated),
        "foreign": make.authority(country_code="SE"),
        "draft": make.authority(managed_by=manager, status=AuthorityStatus.draft),
        "awaiting": make.authority(managed_by=manager, status=AuthorityStatus.awaiting_validation),
        "rejected": make.authority(managed_by=manager, status=AuthorityStatus.rejected),
        "nimic": nimic,
    }
    expected = {
        manager: {"mine", "other", "my deactivated", "nimic"},
        nimic: {"mine", "other", "my deactivated", "deactivated", "nimic"},
        commission: {"mine", "other", "my deactivated", "deactivated", "foreign", "nimic"},
        rows["mine"]: {"mine"},
    }
    for body, found in expected.items():
        browser = sign_in(make.user(body))
        assert {name for name, row in rows.items() if browser.get(address(row)).status_code == 200} == found


@pytest.mark.rule("R70")
def test_what_is_out_of_scope_is_answered_as_what_does_not_exist(make: Any, sign_in: SignIn) -> None:
    manager, unknown = make.access_manager(), uuid.uuid4()
    browser = sign_in(make.user(manager), "en")
    hidden = [
        make.authority("Skatteverket", country_code="SE"),
        make.authority("Nedlagt", status=AuthorityStatus.deactivated),
        make.authority("Afventer", status=AuthorityStatus.awaiting_validation, managed_by=manager),
    ]
    for tab in TABS:
        missing = browser.get(address(unknown, tab))
        assert missing.status_code == 404
        for row in hidden:
            answer = browser.get(address(row, tab))
            assert (answer.status_code, same(answer.text, row.public_id)) == (404, same(missing.text, unknown))
            assert row.official_name not in answer.text


@pytest.mark.rule("R30")
def test_a_delegation_that_has_ended_opens_nothing(make: Any, sign_in: SignIn) -> None:
    former = make.authority()
    make.delegation(former, valid_until=clock.today() - timedelta(days=1))
    row, browser = make.authority(managed_by=former), sign_in(make.user(former))
    assert {browser.get(address(row, tab)).status_code for tab in TABS} == {404}


@pytest.mark.parametrize("path", ["/authorities/", "/authorities/1/", "/authorities/x'--/users", "/authorities/%00/"])
def test_a_broken_number_is_a_page_that_does_not_exist(make: Any, sign_in: SignIn, path: str) -> None:
    assert sign_in(make.user(make.nimic())).get(path).status_code == 404


@pytest.mark.rule("R70")
def test_who_is_not_signed_in_is_led_to_sign_in_whatever_he_asks_for(make: Any, client: Client) -> None:
    row = make.authority()
    for number in (row.public_id, uuid.uuid4()):
        answer = client.get(address(number, "users"))
        assert answer.status_code == 302
        assert answer.location.startswith("/login/?next=")


def test_two_users_one_test_two_answers(make: Any, sign_in: SignIn) -> None:
    """The actor of one request never answers for another's."""
    first, second = make.authority("Første"), make.authority("Anden")
    browsers = [sign_in(make.user(row)) for row in (first, second)]
    for _ in range(2):
        for browser, own, other in zip(browsers, (first, second), (second, first), strict=True):
            assert browser.get(address(own)).status_code == 200
            assert browser.get(address(other)).status_code == 404


def test_the_way_to_ones_own_authority(make: Any, sign_in: SignIn, client: Client) -> None:
    own = make.authority()
    answer = sign_in(make.user(own, administrator=False)).get("/my-authority/")
    assert (answer.status_code, answer.location) == (302, address(own))
    assert client.get("/my-authority/").location.startswith("/login/")
