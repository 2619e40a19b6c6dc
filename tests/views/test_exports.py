"""Lists as files: the rows of the list, whole and nothing else, noted in the log, safe to open."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.errors import TooOften
from app.extensions import db as _db
from app.models import (
    AccessStatus,
    AuditEvent,
    AuditLink,
    Authority,
    AuthorityKind,
    AuthorityStatus,
    AuthorityText,
    ImiUser,
    InvitationStatus,
    UserSession,
)
from app.security import limits
from app.services import audit_reading, exports
from app.settings import laid_over
from tests.conftest import Client
from tests.exported import csv_rows, xlsx_rows
from tests.make import PASSWORD

SignIn = Callable[..., Client]
AUTHORITIES, USERS, INVITATIONS = "/coordinated-authorities/", "/coordinated-users/", "/invitations/"
FILES = {AUTHORITIES: f"{AUTHORITIES}export", USERS: f"{USERS}export/file", INVITATIONS: f"{INVITATIONS}export"}
ACTS = {AUTHORITIES: "authorities.exported", USERS: "users.exported", INVITATIONS: "invitations.exported"}
NAME = {AUTHORITIES: "Official name", USERS: "First name", INVITATIONS: "Authority"}


def export(browser: Client, path: str, kind: str = "csv", **query: Any) -> Any:
    return browser.send(FILES[path], {"kind": kind}, query_string=query, buffered=True)


def names(answer: Any, column: str = "Official name") -> list[str]:
    return [row[column] for row in csv_rows(answer)]


def logged(act: str) -> list[AuditEvent]:
    return list(_db.session.scalars(select(AuditEvent).where(AuditEvent.act == act).order_by(AuditEvent.id)))


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Erhvervsstyrelsen", reach="own")


@pytest.fixture
def person(make: Any, manager: Authority) -> ImiUser:
    return make.user(manager, first_name="Åse", last_name="Ærø", username="aaseaeroe907731")


@pytest.fixture
def browser(sign_in: SignIn, person: ImiUser) -> Client:
    return sign_in(person, "en")


# --- What the files hold ----------------------------------------------------------------------------------------------


@pytest.mark.rule("R71")
def test_an_authority_is_exported_with_all_that_the_list_tells(make: Any, manager: Authority, browser: Client) -> None:
    row = make.authority(
        "Søfartsstyrelsen",
        managed_by=manager,
        city="Korsør",
        postal_code="4220",
        street="Caspar Brands Plads 9",
        phone="+45 72 19 60 00",
        email="sfs@dma.example",
        website="https://dma.example",
        identifier_scheme="cvr",
        identifier_value="29831610",
        confirmed_at=clock.now() - timedelta(days=3),
    )
    row.texts = [AuthorityText(language="da", title="Søfart"), AuthorityText(language="en", title="Shipping")]
    make.link(row, make.authority("Beredskabsstyrelsen"))
    make.access(row, "SERV-NOT")
    make.access(row, "PQ-REQ", status=AccessStatus.suspended)
    today = clock.today()
    expected = {
        "Official name": "Søfartsstyrelsen",
        "Informal title": "Shipping",
        "Country": "Denmark",
        "City": "Korsør",
        "Postal code": "4220",
        "Street and number": "Caspar Brands Plads 9",
        "Telephone": "'+45 72 19 60 00",
        "E-mail": "sfs@dma.example",
        "Website": "https://dma.example",
        "Status": "Active",
        "Access managers": "Beredskabsstyrelsen; Erhvervsstyrelsen",
        "Data confirmed": (today - timedelta(days=3)).isoformat(),
        "Registered": today.isoformat(),
    }
    [found] = csv_rows(export(browser, AUTHORITIES))
    assert {name: found[name] for name in expected} == expected
    assert found["Identifier"].endswith(" 29831610")
    assert found["Modules"].endswith("(Authority)")
    assert found["Modules"].count("(") == 1  # what is suspended is no access
    assert len(found) == len(expected) + 2
    [in_excel] = xlsx_rows(export(browser, AUTHORITIES, "xlsx"))
    assert in_excel["Telephone"] == ("s", "+45 72 19 60 00")
    assert in_excel["Postal code"] == ("s", "4220")
    assert in_excel["Registered"][0] == "n"


@pytest.mark.rule("R71")
@pytest.mark.rule("R44")
def test_no_export_holds_a_username_a_secret_or_a_number_of_ours(
    make: Any, manager: Authority, person: ImiUser, browser: Client
) -> None:
    body = make.authority(managed_by=manager)
    user = make.user(body, username="plantet907732")
    make.invitation(manager)
    for path in FILES:
        for kind in ("csv", "xlsx"):
            answer = export(browser, path, kind, mine="no") if path != INVITATIONS else export(browser, path, kind)
            text = repr(xlsx_rows(answer)) if kind == "xlsx" else answer.text
            for planted in (user.username, person.username, user.password, user.email, str(user.public_id)):
                assert planted not in text, path
            for row in (body, manager):
                assert str(row.public_id) not in text
    with_users = csv_rows(export(browser, USERS))
    assert list(with_users[0]) == [
        *("First name", "Last name", "E-mail", "Telephone", "Authority", "City", "Country"),
        *("Administrator", "Log-in", "Password", "Last log-in"),
    ]
    assert with_users[0]["E-mail"] == user.email_address


@pytest.mark.rule("R56")
@pytest.mark.rule("R71")
def test_a_user_is_exported_with_the_states_of_the_list(make: Any, manager: Authority, browser: Client) -> None:
    body = make.authority("Fyret", managed_by=manager, city="Skagen")
    make.user(body, first_name="A", administrator=False, first_log_in_at=None, password_is_temporary=True)
    make.user(body, first_name="B", blocked_at=clock.now(), last_log_in_at=clock.now())
    make.user(body, first_name="C", active=False)  # removed
    columns = ("First name", "Authority", "City", "Country", "Administrator", "Log-in", "Password", "Last log-in")
    assert [tuple(row[name] for name in columns) for row in csv_rows(export(browser, USERS))] == [
        ("A", "Fyret", "Skagen", "Denmark", "No", "New", "Expired", ""),
        ("B", "Fyret", "Skagen", "Denmark", "Yes", "Active", "Blocked", clock.today().isoformat()),
    ]


@pytest.mark.rule("R13")
@pytest.mark.rule("R71")
def test_an_invitation_is_exported_as_it_stands_today(make: Any, manager: Authority, browser: Client) -> None:
    now = clock.now()
    make.invitation(manager, invited_name="Frisk", recipient_email="frisk@fyret.example", times_sent=3)
    make.invitation(manager, invited_name="Gammel", sent_at=now - timedelta(days=31), expires_at=now)
    rows = csv_rows(export(browser, INVITATIONS))
    assert rows[0] == {
        "Authority": "Frisk",
        "E-mail address": "frisk@fyret.example",
        "Country": "Denmark",
        "Status": "Sent",
        "Saved, not sent yet": "No",
        "Sent": clock.today().isoformat(),
        "Last day": rows[0]["Last day"],
        "Times sent again": "2",
        "Invited by": "Erhvervsstyrelsen",
    }
    assert rows[0]["Last day"] > rows[0]["Sent"]
    assert (rows[1]["Status"], rows[1]["Last day"]) == ("Expired", "")


@pytest.mark.rule("R72")
def test_headings_and_states_are_in_the_readers_language(make: Any, person: ImiUser, sign_in: SignIn) -> None:
    make.authority(managed_by=person.authority)
    [row] = csv_rows(export(sign_in(person), AUTHORITIES))
    assert row["Officielt navn"]
    assert (row["Status"], row["Land"]) == ("Aktiv", "Danmark")


@pytest.mark.rule("R71")
@pytest.mark.parametrize("path", FILES)
def test_an_empty_list_is_a_file_with_headings(path: str, browser: Client) -> None:
    for kind in ("csv", "xlsx"):
        answer = export(browser, path, kind, q="findes ikke")
        assert (csv_rows if kind == "csv" else xlsx_rows)(answer) == []
        assert answer.data
    assert logged(ACTS[path])[-1].data["count"] == 0


@pytest.mark.rule("R71")
def test_names_with_quotes_breaks_and_pictures_stay_in_their_cell(
    make: Any, manager: Authority, browser: Client
) -> None:
    hostile = ['"Fyr"; & <Havn>', "To\r\nlinjer", "🌊 Ærø 👩‍👩‍👧", "=1+1", "\t@x", 'a;"=1']
    for name in hostile:
        make.authority(name, managed_by=manager)
    shown = {name.replace("\r\n", " ").replace("\t", " ") for name in hostile}
    assert {row["Official name"] for row in xlsx_rows(export(browser, AUTHORITIES, "xlsx"))} == {
        ("s", name) for name in shown
    }
    found = names(export(browser, AUTHORITIES))
    assert {name.replace("'", "") for name in found} == shown
    assert not [name for name in found if re.match(r"[\s\"]*[=+\-@]", name)]


@pytest.mark.rule("R71")
@pytest.mark.parametrize("path", FILES)
def test_the_file_is_named_after_the_list_and_the_day_and_kept_nowhere(path: str, browser: Client) -> None:
    for kind in ("csv", "xlsx"):
        answer = export(browser, path, kind)
        what = path.strip("/").removeprefix("coordinated-")
        assert answer.headers["Content-Disposition"] == f"attachment; filename={what}-{clock.today()}.{kind}"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(answer.headers["Content-Length"]) == len(answer.data)


# --- Which rows, in which order ---------------------------------------------------------------------------------------


@pytest.mark.rule("R71")
def test_filters_and_order_are_those_of_the_list_and_its_place_is_not(
    make: Any, manager: Authority, browser: Client
) -> None:
    for name, city in (("Ålborg", "A"), ("Ærø", "C"), ("Bornholm", "B"), ("Zefyr", "D")):
        make.authority(f"{name} havn", managed_by=manager, city=city)
    gone = make.authority("Anholt havn", managed_by=manager, status=AuthorityStatus.deactivated, city="E")
    make.authority("Andens havn")
    assert names(export(browser, AUTHORITIES)) == [
        *("Anholt havn", "Bornholm havn", "Zefyr havn", "Ærø havn", "Ålborg havn"),
    ]
    assert "Andens havn" in names(export(browser, AUTHORITIES, mine="no"))
    assert names(export(browser, AUTHORITIES, status="deactivated")) == ["Anholt havn"]
    assert names(export(browser, AUTHORITIES, q="havn zef")) == ["Zefyr havn"]
    order = {"_oc_CoordinatedAuthorityView": "city", "_od_CoordinatedAuthorityView": "desc"}
    assert names(export(browser, AUTHORITIES, status="active", **order)) == [
        *("Zefyr havn", "Ærø havn", "Bornholm havn", "Ålborg havn"),
    ]
    for place in ({"after": gone.public_id}, {"last": "yes"}):  # the page has none, and so takes none
        assert export(browser, AUTHORITIES, **place).status_code == 400


@pytest.mark.rule("R71")
def test_the_list_offers_what_it_shows_and_keeps_it(make: Any, manager: Authority, browser: Client) -> None:
    make.authority("Fyret", managed_by=manager)
    query = {"q": "fyr", "status": "active", "_oc_CoordinatedAuthorityView": "city", "last": "yes"}
    page = browser.get(AUTHORITIES, query_string=query).text
    [action] = re.findall(r'action="(/coordinated-authorities/export[^"]*)"', page)
    assert action == "/coordinated-authorities/export?q=fyr&amp;status=active&amp;_oc_CoordinatedAuthorityView=city"
    page = browser.get(INVITATIONS, query_string={"state": "sent", "page_InvitationListView": "1"}).text
    assert 'action="/invitations/export?state=sent"' in page
    page = browser.get(USERS, query_string={"mine": "no", "last": "yes"}).text
    assert 'href="/coordinated-users/export?mine=no"' in page
    page = browser.get(f"{USERS}export", query_string={"mine": "no"}).text
    assert 'action="/coordinated-users/export/file?mine=no"' in page
    assert 'href="/coordinated-users/?mine=no"' in page


@pytest.mark.rule("R71")
def test_users_and_invitations_are_narrowed_and_sorted_as_their_lists(
    make: Any, manager: Authority, browser: Client
) -> None:
    body = make.authority("Fyret", managed_by=manager)
    for name in ("Ø", "A", "Å"):
        make.user(body, first_name=name, last_name=name)
    make.user(body, first_name="Blokeret", last_name="B", blocked_at=clock.now())
    assert names(export(browser, USERS), "First name") == ["A", "Blokeret", "Ø", "Å"]
    assert names(export(browser, USERS, password="blocked"), "First name") == ["Blokeret"]
    order = {"_oc_CoordinatedUserView": "last_name", "_od_CoordinatedUserView": "desc"}
    assert names(export(browser, USERS, password="valid", **order), "First name") == ["Å", "Ø", "A"]
    make.invitation(manager, invited_name="Afsluttet", status=InvitationStatus.cancelled, closed_at=clock.now())
    for name in ("Bådene", "Åen"):
        make.invitation(manager, invited_name=name)
    assert names(export(browser, INVITATIONS, state="cancelled"), "Authority") == ["Afsluttet"]
    assert names(export(browser, INVITATIONS, q="aaen"), "Authority") == ["Åen"]
    by_name = {"_oc_InvitationListView": "invited_name", "_od_InvitationListView": "asc", "state": "sent"}
    assert names(export(browser, INVITATIONS, **by_name), "Authority") == ["Bådene", "Åen"]


@pytest.mark.rule("R70")
@pytest.mark.rule("R71")
def test_nobody_exports_what_he_does_not_see(make: Any, manager: Authority, browser: Client) -> None:
    other = make.access_manager("Andre")
    make.authority("Svensk", country_code="SE")
    make.authority("Kladde", managed_by=manager, status=AuthorityStatus.draft)
    make.authority("Nedlagt hos andre", managed_by=other, status=AuthorityStatus.deactivated)
    make.invitation(other, invited_name="Andres opfordring")
    assert set(names(export(browser, AUTHORITIES, mine="no", country="SE"))) == {"Andre", "Erhvervsstyrelsen"}
    assert csv_rows(export(browser, INVITATIONS)) == []
    for path in ("/coordinated-authorities/", "/coordinated-users/"):
        assert export(browser, path, mine="no", module="findes-ikke").status_code == 200


@pytest.mark.rule("R71")
def test_users_are_exported_of_those_only_on_whom_one_acts(
    make: Any, manager: Authority, person: ImiUser, browser: Client, sign_in: SignIn
) -> None:
    """The list shows more, and the page says so."""
    make.user(make.authority(managed_by=manager), first_name="Min")
    make.user(make.authority(), first_name="Andens")
    nimic = make.user(make.nimic(), first_name="Koordinator")
    commission = make.user(make.authority("Kommissionen", kind=AuthorityKind.commission), first_name="Kommissær")
    assert set(names(export(browser, USERS, mine="no"), "First name")) == {"Min", "Åse"}
    assert "Some users of the list are left out" in browser.get(f"{USERS}export", query_string={"mine": "no"}).text
    assert "Some users of the list are left out" not in browser.get(f"{USERS}export").text
    of_nimic = names(export(sign_in(nimic, "en"), USERS, mine="no"), "First name")
    assert set(of_nimic) == {"Min", "Andens", "Åse", "Koordinator"}
    of_commission = names(export(sign_in(commission, "en"), USERS, mine="no"), "First name")
    assert set(of_commission) == {"Koordinator", "Kommissær"}


@pytest.mark.rule("R70")
@pytest.mark.parametrize("path", FILES)
def test_for_whom_the_list_is_not_the_export_is_not(path: str, make: Any, sign_in: SignIn, client: Client) -> None:
    body = make.authority()
    for administrator in (True, False):
        browser = sign_in(make.user(body, administrator=administrator))
        assert export(browser, path).status_code == 404
    assert client.send(FILES[path], {"kind": "csv"}).status_code == 401
    assert logged(ACTS[path]) == []


@pytest.mark.rule("R82")
def test_rights_are_those_of_the_moment_in_which_the_export_begins(
    make: Any, manager: Authority, person: ImiUser, browser: Client
) -> None:
    make.authority("Fyret", managed_by=manager)
    assert names(export(browser, AUTHORITIES)) == ["Fyret"]
    person.is_administrator = False
    assert export(browser, AUTHORITIES).status_code == 404


# --- An act -----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R67")
@pytest.mark.rule("R71")
def test_an_export_is_logged_with_its_filters_and_its_number(
    make: Any, manager: Authority, person: ImiUser, browser: Client
) -> None:
    make.authority("Fyret", managed_by=manager)
    query = {"q": "plantet907731", "mine": "no", "status": "active", "module": "SERV-NOT"}
    answer = export(browser, AUTHORITIES, "xlsx", **query)
    assert xlsx_rows(answer) == []
    [event] = logged("authorities.exported")
    assert event.actor_user_id == person.id
    assert event.authority_id == manager.id
    assert event.data == {
        "count": 0,
        "kind": "XLSX",
        "filters": {"mine": "no", "words": "yes", "status": "active", "module": "SERV-NOT"},
    }
    with browser.application.test_request_context(headers={"Accept-Language": "en"}):
        said = audit_reading.sentence(event, {"actor.name": "Åse Ærø"})
    assert said == (
        "Åse Ærø exported a list of authorities as XLSX (rows: 0; "
        "filters: Only my authorities: No, Search words: used, Status: Active, Module: SERV-NOT)."
    )


@pytest.mark.rule("R44")
@pytest.mark.rule("R71")
def test_the_log_keeps_no_words_that_were_typed(make: Any, browser: Client) -> None:
    """They may be a person's name, or a username that was typed into the wrong box."""
    for path in FILES:
        assert export(browser, path, q="plantet907733").status_code == 200
        [event] = logged(ACTS[path])
        assert event.data["filters"]["words"] == "yes"
        assert "plantet907733" not in repr(event.data)


@pytest.mark.rule("R67")
@pytest.mark.parametrize("path", FILES)
def test_what_is_not_logged_is_not_sent(path: str, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry stands in the log, sealed, before a row is read; where it cannot, nothing is read."""
    sealed: list[bool] = []
    write = exports.write

    def watched(*args: Any) -> None:
        assert not _db.session.new
        [event] = logged(ACTS[path])
        sealed.append(bool(_db.session.scalar(select(AuditLink).where(AuditLink.event_id == event.id))))
        write(*args)

    monkeypatch.setattr(exports, "write", watched)
    assert export(browser, path).status_code == 200
    assert sealed == [True]

    def refuses(*_args: Any, **_words: Any) -> None:
        raise TooOften("the log is away")

    monkeypatch.setattr(exports.audit, "record", refuses)
    assert export(browser, path).status_code == 429
    assert sealed == [True]


@pytest.mark.rule("R71")
@pytest.mark.parametrize("path", FILES)
def test_an_export_is_sent_by_a_form_of_ours_only(path: str, browser: Client) -> None:
    assert browser.get(FILES[path]).status_code == 404
    assert browser.post(FILES[path], data={"kind": "csv"}).status_code == 400
    for kind in ("", "pdf", "CSV", "csv\n"):
        assert browser.send(FILES[path], {"kind": kind}).status_code == 400
    assert browser.send(FILES[path]).status_code == 400
    assert logged(ACTS[path]) == []


@pytest.mark.rule("R71")
@pytest.mark.parametrize("path", FILES)
def test_two_presses_are_two_exports_and_each_is_whole(path: str, make: Any, person: ImiUser, browser: Client) -> None:
    token = browser.token()
    answers = [browser.post(FILES[path], data={"kind": "csv", "csrf_token": token}, buffered=True) for _ in range(2)]
    assert answers[0].data == answers[1].data
    assert len(logged(ACTS[path])) == 2


@pytest.mark.rule("R85")
@pytest.mark.parametrize(
    ("path", "limit", "most"), [(USERS, "LIMIT_USER_EXPORTS", 5), (AUTHORITIES, "LIMIT_EXPORTS", 30)]
)
def test_exports_are_limited_by_account_and_hour(
    path: str, limit: str, most: int, app: Flask, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, limit, most)
    assert [export(browser, path).status_code for _ in range(most)] == [200] * most
    answer = export(browser, path)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert "exported lists" in answer.text
    assert len(logged(ACTS[path])) == most
    other = INVITATIONS if path == USERS else USERS
    assert export(browser, other).status_code == 200  # users are counted by themselves


@pytest.mark.rule("R85")
def test_the_defaults_are_five_lists_of_users_and_thirty_others(app: Flask) -> None:
    from config import SETTINGS

    assert (SETTINGS["LIMIT_USER_EXPORTS"].default, SETTINGS["LIMIT_EXPORTS"].default) == ("5", "30")
    assert {limits.LIMITS[name].window for name in ("LIMIT_USER_EXPORTS", "LIMIT_EXPORTS")} == {"hour"}


@pytest.mark.rule("R90")
def test_users_are_exported_after_the_password_only(make: Any, manager: Authority, browser: Client) -> None:
    make.user(make.authority(managed_by=manager), first_name="Kaj")
    session = _db.session.scalars(select(UserSession)).one()
    session.password_entered_at = clock.now() - timedelta(minutes=11)
    page = browser.get(f"{USERS}export", query_string={"mine": "no"})
    assert (page.status_code, "You are about to export users" in page.text) == (403, True)
    assert 'href="/coordinated-users/?mine=no"' in page.text  # cancelling leads back to the list as it was
    answer = export(browser, USERS, mine="no")
    assert (answer.status_code, answer.location) == (302, "/coordinated-users/export?mine=no")
    assert logged("users.exported") == []
    entered = {"password_again": PASSWORD, "next": "/coordinated-users/export?mine=no"}
    answer = browser.send("/password-again/", entered)
    assert (answer.status_code, answer.location) == (302, "/coordinated-users/export?mine=no")
    assert names(export(browser, USERS), "First name") == ["Kaj"]


@pytest.mark.rule("R71")
def test_a_list_that_is_too_long_is_refused_kindly(
    make: Any, manager: Authority, browser: Client, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MOST_ROWS_IN_XLSX", 2)
    for name in ("A", "B", "Zefyr"):
        make.authority(name, managed_by=manager)
    answer = export(browser, AUTHORITIES, "xlsx", status="active")
    assert (answer.status_code, answer.location) == (302, "/coordinated-authorities/?status=active")
    page = browser.get(answer.location).text
    assert "The list has more than 2 rows, which is too much for Excel." in page
    assert logged("authorities.exported") == []
    assert len(csv_rows(export(browser, AUTHORITIES, status="active"))) == 3
    assert len(xlsx_rows(export(browser, AUTHORITIES, "xlsx", q="zefyr"))) == 1


# --- Many rows --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R71")
def test_rows_go_over_the_batches_each_once(
    make: Any, manager: Authority, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    made = [make.authority(f"Nr. {number}", managed_by=manager) for number in range(7)]
    make.access(made[6], "SERV-NOT")
    rows = csv_rows(export(browser, AUTHORITIES))
    assert [row["Official name"] for row in rows] == [row.official_name for row in made]
    assert [bool(row["Modules"]) for row in rows] == [False] * 6 + [True]
    assert {row["Access managers"] for row in rows} == {"Erhvervsstyrelsen"}


def test_what_a_killed_process_left_behind_is_taken_away(app: Flask, browser: Client, tmp_path: Path) -> None:
    import os

    var = Path(app.config["APP_VAR"])
    old, young = (var / f"export-{uuid.uuid4().hex}" for _ in range(2))
    for folder in (old, young):
        folder.mkdir()
        (folder / "sheet1.xml").write_text("rows")
    os.utime(old, (0, 0))
    assert export(browser, AUTHORITIES, "xlsx").status_code == 200
    assert (old.exists(), young.exists()) == (False, True)
    (young / "sheet1.xml").unlink()
    young.rmdir()
    assert not list(var.glob("export-*"))


@pytest.mark.rule("R71")
def test_what_changes_meanwhile_neither_doubles_nor_hides_a_row(real_app: Flask) -> None:
    """Another transaction renames, adds and takes away while a file is being written."""
    from tests.make import Maker

    with real_app.app_context():
        make = Maker()
        manager = make.access_manager("Styrelsen")
        for number in range(9):
            make.authority(f"Havn {number}", managed_by=manager)
        actor = make.actor(make.user(manager))
        _db.session.commit()
        assert actor
        from app.services import authority_export
        from app.services.authority_filters import Wanted

        exported = authority_export.of(Wanted(mine=True), ("official_name", False), "da")
        with laid_over(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(exports, "BATCH", 3)
            lines = iter(exported.read(actor))
            seen = [next(lines).row.official_name]
            with _db.engine.begin() as connection:
                connection.exec_driver_sql(
                    "UPDATE authority SET official_name = 'Ændret', sort_key = 'zzz' WHERE official_name = 'Havn 0'"
                )
                connection.exec_driver_sql("UPDATE authority SET sort_key = '0' WHERE official_name = 'Havn 8'")
            seen += [line.row.official_name for line in lines]
        assert seen == [f"Havn {number}" for number in range(9)]
