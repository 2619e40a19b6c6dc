"""*Myndigheder › Søg*: active authorities of all countries for everybody, and the public page of each."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.models import (
    AccessStatus,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ClassificationEntry,
    ModuleRole,
)
from tests.conftest import Client
from tests.views.test_gate import bare

SignIn = Callable[..., Client]
LIST = "/find-authorities/"
ORDER, DIRECTION = (f"_{what}_FindAuthoritiesView" for what in ("oc", "od"))
HIDDEN = [status for status in AuthorityStatus if status is not AuthorityStatus.active]
PLANTED = "planted907731"


def names(answer: Any) -> list[str]:
    """The names on a page of the list, in their order."""
    assert answer.status_code == 200
    return [html.unescape(name) for name in re.findall(r'<th scope="row"><a href="[^"]+">([^<]*)</a>', answer.text)]


def asked(browser: Client, **query: Any) -> list[str]:
    return names(browser.get(LIST, query_string=query))


def row_of(page: str, name: str) -> str:
    """The row of the list with that name, as text."""
    row = next(row for row in re.findall(r'<tr class="brief">.*?</tr>', page, re.DOTALL) if f">{name}</a>" in row)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Erhvervsstyrelsen")


@pytest.fixture
def population(make: Any, manager: Authority) -> dict[str, Authority]:
    """Active ones of two countries, and one of each status that nobody finds here; all of the manager's."""
    rows = [
        make.authority("Byens Tilsyn", managed_by=manager, city="Aalborg"),
        make.authority("Ø-tilsynet", city="Rønne"),
        make.authority("Stadens Tillsyn", country_code="SE", city="Lund"),
        make.authority("Kommissionen", kind=AuthorityKind.commission, city="Bruxelles"),
        *(make.authority(f"Skjult {status.value}", managed_by=manager, status=status) for status in HIDDEN),
    ]
    return {row.official_name: row for row in rows}


@pytest.fixture
def reader(make: Any, sign_in: SignIn, population: dict[str, Authority]) -> Client:
    """A user who manages nothing, not even his own authority."""
    return sign_in(make.user(population["Byens Tilsyn"], administrator=False), "en")


def people_of(make: Any, population: dict[str, Authority], manager: Authority) -> list[Any]:
    """Everybody who may search: from a plain user to who reads all there is."""
    return [
        make.user(population["Byens Tilsyn"], administrator=False),
        make.user(population["Stadens Tillsyn"]),
        make.user(manager),
        make.user(make.nimic()),
        make.user(population["Kommissionen"]),
    ]


# --- Who, and which rows -------------------------------------------------------------------------------------------


@pytest.mark.rule("R21", "R59", "R70")
def test_everybody_finds_the_active_authorities_of_all_countries_and_no_others(
    make: Any, population: dict[str, Authority], manager: Authority, sign_in: SignIn
) -> None:
    active = ["Byens Tilsyn", "Erhvervsstyrelsen", "Kommissionen", "NIMIC DK", "Stadens Tillsyn", "Ø-tilsynet"]
    for person in people_of(make, population, manager):
        browser = sign_in(person, "en")
        assert asked(browser) == active
        assert asked(browser, q="skjult") == []
        assert "6 authorities" in browser.get(LIST).text
        assert f'href="{LIST}"' in browser.get("/").text  # the entry of the menu


@pytest.mark.rule("R21", "R54")
def test_who_has_not_signed_in_or_must_choose_a_password_finds_nothing(
    make: Any, sign_in: SignIn, client: Client
) -> None:
    body = make.authority()
    page = f"{LIST}{body.public_id}/"
    assert [client.get(path).location.split("?")[0] for path in (LIST, page)] == ["/login/"] * 2
    person = sign_in(make.user(body, password_is_temporary=True))
    assert [person.get(path).location for path in (LIST, page)] == ["/password/"] * 2


@pytest.mark.rule("R21", "R72")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", ["Om tilsyn", "Danmark", "Lokal by", "Udstationering af arbejdstagere (myndighed)"]),
        ("en", ["About inspections", "Denmark", "Lokal by", "Posting of workers (authority)"]),
    ],
)
def test_a_row_says_who_it_is_in_the_readers_language(
    make: Any, sign_in: SignIn, language: str, words: list[str]
) -> None:
    body = make.authority("Tilsynet", city="Lokal by")
    body.texts = [
        AuthorityText(language="da", title="Om tilsyn"),
        AuthorityText(language="en", title="About inspections"),
    ]
    make.access(body, "PQ-REQ")
    module = make.module("PQ-REQ").names[language]
    page = sign_in(make.user(body), language).get(LIST).text
    role = {"da": "myndighed", "en": "authority"}[language]
    assert row_of(page, "Tilsynet") == f"Tilsynet {words[0]} {words[1]} {words[2]} {module} ( {role} )".replace(
        "( ", "("
    ).replace(" )", ")")


@pytest.mark.rule("R21", "R70")
def test_suspended_access_is_neither_shown_nor_found(
    make: Any, population: dict[str, Authority], reader: Client
) -> None:
    make.access(population["Byens Tilsyn"], "PQ-REQ", role=ModuleRole.coordinator)
    make.access(population["Ø-tilsynet"], "PQ-REQ", status=AccessStatus.suspended)
    module = make.module("PQ-REQ").names["en"]
    page = reader.get(LIST).text
    assert f"{module} (coordinator)" in row_of(page, "Byens Tilsyn")
    assert row_of(page, "Ø-tilsynet").endswith("Rønne None")
    assert asked(reader, module="PQ-REQ") == ["Byens Tilsyn"]
    assert asked(reader, role="authority") == []
    assert asked(reader, module="PQ-REQ", role="coordinator") == ["Byens Tilsyn"]
    assert asked(reader, module="SERV-REQ", role="coordinator") == []


@pytest.mark.rule("R21")
def test_the_list_is_narrowed_by_country_and_classification(
    make: Any, db: Any, population: dict[str, Authority], reader: Client
) -> None:
    assert asked(reader, country="SE") == ["Stadens Tillsyn"]
    assert asked(reader, country="DK", q="tilsyn") == ["Byens Tilsyn", "Ø-tilsynet"]
    entry = db.session.query(ClassificationEntry).filter(ClassificationEntry.list.has(scope="general")).first()
    population["Ø-tilsynet"].classification = [entry]
    db.session.flush()
    for words in entry.names.values():
        assert asked(reader, classification=words) == asked(reader, q=words) == ["Ø-tilsynet"]
    assert asked(reader, classification="findes ikke") == []


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("AARHUS hoeje", ["Høje Råd"]),
        ("råd høje", ["Høje Råd"]),
        ("hoje rad", ["Høje Råd"]),
        ("pædagog", ["Høje Råd"]),  # the informal title
        ("klager skoler", ["Høje Råd"]),  # the description
        ("høje lund", []),
        ("%", ['Nævn 100 %_\\ *rigtigt* O\'Neill "x"']),
        ("_\\", ['Nævn 100 %_\\ *rigtigt* O\'Neill "x"']),
        ("o'neill", ['Nævn 100 %_\\ *rigtigt* O\'Neill "x"']),
        ('"x"', ['Nævn 100 %_\\ *rigtigt* O\'Neill "x"']),
        ("*rigtigt*", ['Nævn 100 %_\\ *rigtigt* O\'Neill "x"']),
        ("h%je", []),
        ("h_je", []),
        ("råd*", []),
    ],
)
def test_all_the_words_wherever_they_stand(make: Any, reader: Client, words: str, found: list[str]) -> None:
    row = make.authority("Høje Råd", country_code="SE", city="Århus")
    row.texts = [AuthorityText(language="da", title="Pædagogerne", description="Klager over skoler")]
    make.authority('Nævn 100 %_\\ *rigtigt* O\'Neill "x"')
    make.authority("Noget andet")
    assert asked(reader, q=words) == found


@pytest.mark.rule("R22", "R84")
@pytest.mark.parametrize(
    "words",
    [
        *(
            "NEAR(tilsyn",
            "NEAR(a b, 2)",
            "til AND syn",
            "tilsyn OR lund",
            "NOT tilsyn",
            "-stadens",
            "^tilsyn",
            '"',
            '""',
        ),
        *("search_key:til", "{a b}", "tilsyn + tilsyn", "til*", "(", ")", "'", "';--", "\\", "\\%", "%%%", "___"),
        *("\x07", "by\x00ens", "lund\x07by", "\ufeff", "\u200b", "\ufdfa" * 200, "x" * 7000, "zq " * 400, "🙂"),
    ],
)
def test_no_sign_means_anything_but_itself(population: dict[str, Authority], reader: Client, words: str) -> None:
    for box in ("q", "classification"):
        if "\x00" in words:  # refused before it comes to any page (R81)
            assert reader.get(LIST, query_string={box: words}).status_code == 400
            continue
        answer = reader.get(LIST, query_string={box: words})
        assert answer.status_code == 200
        is_nothing = not words.strip().replace("\x07", "").replace("\ufeff", "").replace("\u200b", "")
        assert (names(answer) == []) is not (is_nothing)


@pytest.mark.parametrize("name", ["country", "module", "role", "last", "after", "before"])
def test_an_unknown_choice_is_as_none(population: dict[str, Authority], reader: Client, name: str) -> None:
    whole = asked(reader)
    for value in ("nonsense", "", "\x07", "x" * 5_000, "'; DROP TABLE authority; --", "None", "0"):
        assert asked(reader, **{name: value}) == whole, value


@pytest.mark.rule("R70")
def test_a_column_that_is_not_offered_sorts_nothing(population: dict[str, Authority], reader: Client) -> None:
    whole = asked(reader)
    for column in ("id", "email", "registered_at", "country", "modules", "status", "nonsense", "", "\x07"):
        assert asked(reader, **{ORDER: column, DIRECTION: "desc"}) == whole, column
    by_city = ["Kommissionen", "Stadens Tillsyn", "Ø-tilsynet", "Byens Tilsyn"]  # Bruxelles, Lund, Rønne, Aalborg
    found = asked(reader, **{ORDER: "city", DIRECTION: "asc"})
    assert [name for name in found if name in by_city] == by_city
    assert asked(reader, **{ORDER: "city", DIRECTION: "desc"}) == found[::-1]


@pytest.mark.rule("R70")
def test_what_is_not_found_is_no_place_in_the_list(make: Any, population: dict[str, Authority], reader: Client) -> None:
    """Else the place would tell how the name of an authority begins that nobody is to find here."""
    for number in range(30):
        make.authority(f"Aa {number:02}")
    whole = asked(reader)
    for status in HIDDEN:
        place = population[f"Skjult {status.value}"].public_id
        assert asked(reader, after=place) == asked(reader, before=place) == whole
    onward = re.search(r'id="page-next" href="([^"]+)"', reader.get(LIST).text)
    assert onward
    assert not set(names(reader.get(html.unescape(onward[1])))) & set(whole)


@pytest.mark.rule("R81")
def test_the_page_takes_its_own_parameters_only(reader: Client) -> None:
    for query in ("mine=no", "status=active", "manager=x", "show=no_modules", "junk=1", "q=a&q=b"):
        assert reader.get(f"{LIST}?{query}").status_code == 400, query


@pytest.mark.rule("R85")
@pytest.mark.parametrize("box", ["q", "classification"])
def test_searches_are_counted_and_turning_over_is_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch, population: dict[str, Authority], reader: Client, box: str
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_SEARCHES", 2)
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", f"found-{uuid.uuid4()}")
    for _ in range(4):
        assert reader.get(LIST, query_string={"country": "SE"}).status_code == 200
    answers = [reader.get(LIST, query_string={box: f"tilsyn{number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Please wait a little" in answers[2].text
    assert 'value="tilsyn2"' in answers[2].text  # nothing typed is lost


@pytest.mark.rule("R72")
@pytest.mark.parametrize(
    ("language", "later"), [("da", ["Danmark", "Spanien", "Tyskland", "Østrig"]), ("en", ["Austria", "Denmark"])]
)
def test_countries_are_offered_in_the_order_of_their_names(
    make: Any, sign_in: SignIn, language: str, later: list[str]
) -> None:
    page = sign_in(make.user(make.authority()), language).get(LIST).text
    chooser = page[page.index('id="country"') : page.index("</select>", page.index('id="country"'))]
    offered = re.findall(r"<option[^>]*>([^<]+)</option>", chooser)
    assert [name for name in offered if name in later] == later


def test_an_empty_list_says_so_and_what_to_do_next(reader: Client) -> None:
    page = reader.get(LIST, query_string={"q": "findes ikke", "role": "coordinator"}).text
    assert "No authority fits your search" in page
    assert "Only active authorities are found" in page
    assert "1 chosen" in page
    assert 'value="findes ikke"' in page
    assert '<option value="coordinator" selected>' in page


# --- The public page -----------------------------------------------------------------------------------------------


@pytest.fixture
def known(make: Any, db: Any, manager: Authority) -> Authority:
    """A body with everything there is to know of it, and with what is nobody's business, planted."""
    body = make.authority(
        "Havnetilsynet",
        managed_by=manager,
        country_code="DK",
        phone="+45 12 34 56 78",
        email="post@havn.example",
        website="https://havn.example/",
        working_languages=["da", "sv"],
        identifier_scheme="CVR",
        identifier_value="12345674",
    )
    body.texts = [
        AuthorityText(language="da", title="Om havne", description="Fører tilsyn med havne."),
        AuthorityText(language="en", title="About ports"),
    ]
    entry = db.session.query(ClassificationEntry).filter(ClassificationEntry.list.has(scope="general")).first()
    body.classification = [entry]
    make.user(body, first_name=PLANTED, last_name=PLANTED, username=PLANTED, email_address=f"{PLANTED}@havn.example")
    coordinator = make.access(make.authority(f"Koordinator {PLANTED}"), "PQ-REQ", role=ModuleRole.coordinator)
    make.access(body, "PQ-REQ", linked=coordinator)
    make.access(body, "SERV-REQ", status=AccessStatus.suspended)
    manager.official_name = f"Adgangsforvalter {PLANTED}"
    db.session.flush()
    return body


@pytest.mark.rule("R21", "R70")
def test_everybody_reads_what_is_public_and_nothing_else(
    make: Any, known: Authority, population: dict[str, Authority], manager: Authority, sign_in: SignIn
) -> None:
    for person in people_of(make, population, manager):
        page = sign_in(person, "en").get(f"{LIST}{known.public_id}/").text
        body = page[page.index("<main") : page.index("</main>")]
        for words in ("Havnetilsynet", "Om havne", "About ports", "Fører tilsyn med havne.", "Swedish", "Denmark"):
            assert words in body
        assert 'href="tel:+4512345678"' in body
        assert 'href="mailto:post@havn.example"' in body
        assert make.module("PQ-REQ").names["en"] in body
        assert html.escape(known.classification[0].names["en"]) in body
        for words in (PLANTED, "12345674", make.module("SERV-REQ").names["en"], "Suspended", "Settings"):
            assert words not in body


@pytest.mark.rule("R21", "R70")
def test_the_tabs_are_offered_to_who_may_read_them(
    make: Any, known: Authority, population: dict[str, Authority], manager: Authority, sign_in: SignIn
) -> None:
    tabs = f"/authorities/{known.public_id}/"
    people = [*people_of(make, population, manager), make.user(known, administrator=False)]
    for person in people:
        browser = sign_in(person, "en")
        offered = f'href="{tabs}"' in browser.get(f"{LIST}{known.public_id}/").text
        assert offered is (browser.get(tabs).status_code == 200)
    assert [f'href="{tabs}"' in sign_in(person).get(f"{LIST}{known.public_id}/").text for person in people] == [
        *(False, False, True, True, True),
        True,
    ]


@pytest.mark.rule("R21", "R59", "R70")
def test_what_is_not_active_is_answered_like_what_there_is_not(
    make: Any, population: dict[str, Authority], manager: Authority, sign_in: SignIn
) -> None:
    for person in people_of(make, population, manager):
        browser = sign_in(person, "en")
        unknown = [uuid.uuid4(), *(population[f"Skjult {status.value}"].public_id for status in HIDDEN)]
        answers = [bare(browser.get(f"{LIST}{public_id}/"), public_id) for public_id in unknown]
        assert answers[0][0] == 404
        assert all(answer == answers[0] for answer in answers)


def test_an_address_that_names_nobody_is_not_found(reader: Client) -> None:
    for name in ("1", "nonsense", str(uuid.uuid4())[:-1], "%00", "..", "x" * 5_000):
        assert reader.get(f"{LIST}{name}/").status_code in (400, 404), name


@pytest.mark.rule("R84")
def test_what_is_stored_is_shown_as_text(make: Any, reader: Client) -> None:
    bad = "<script>alert(1)</script>"
    body = make.authority(bad, city=bad, phone="<b>12</b>")
    body.texts = [AuthorityText(language="da", title=bad, description=bad)]
    for page in (reader.get(LIST, query_string={"q": "script"}), reader.get(f"{LIST}{body.public_id}/")):
        assert html.escape(bad) in page.text
        assert "<script>alert" not in page.text
        assert "<b>12" not in page.text
