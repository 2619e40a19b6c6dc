"""*Giv adgang til moduler*: choosing a module and granting it, as a browser without scripts does it."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.extensions import db as _db
from app.models import (
    Authority,
    AuthorityKind,
    AuthorityStatus,
    ClassificationEntry,
    ClassificationList,
    Delegation,
    ImiUser,
    LinkedCoordinator,
    ModuleAccess,
    ModuleRole,
)
from app.services import sessions
from app.transaction import transaction
from app.views import module_access as view
from tests.conftest import Client
from tests.make import Maker

SignIn = Callable[..., Client]
HOSTILE = ["<script>alert(1)</script>", "skjult\u202etekst", "klokke\x07", "x" * 1001, "første\nanden"]


@pytest.fixture
def manager(make: Any) -> Authority:
    return make.access_manager("Erhvervsstyrelsen")


@pytest.fixture
def user(make: Any, manager: Authority) -> ImiUser:
    return make.user(manager)


@pytest.fixture
def body(make: Any, manager: Authority) -> Authority:
    """An authority that the access manager manages."""
    return make.authority("Arbejdstilsynet", managed_by=manager)


@pytest.fixture
def browser(sign_in: SignIn, user: ImiUser) -> Client:
    """The access manager's administrator, reading English."""
    return sign_in(user, "en")


def address(row: Authority | uuid.UUID, code: str = "") -> str:
    return f"/authorities/{row if isinstance(row, uuid.UUID) else row.public_id}/grant/{code}"


def coordinator(make: Any, name: str, code: str = "PQ-REQ") -> Authority:
    row = make.authority(name)
    make.access(row, code, ModuleRole.coordinator)
    return row


def entry(code: str) -> ClassificationEntry:
    """The first entry of a list."""
    found = select(ClassificationEntry).join(ClassificationList).where(ClassificationList.code == code)
    return _db.session.scalars(found.order_by(ClassificationEntry.id)).first()


def chosen(page: str) -> set[tuple[str, str]]:
    """The boxes that are ticked on a page: name and value."""
    ticked = re.findall(r'<input class="check" type="(?:radio|checkbox)"[^>]*\schecked[ >]', page)
    ticked += [box for box in re.findall(r"<input[^>]*>", page) if 'type="checkbox"' in box and " checked" in box]
    return {(_attribute(box, "name"), _attribute(box, "value")) for box in ticked}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def errors(page: str) -> list[str]:
    """The sentences of the summary on top."""
    found = re.search(r'<div class="errors".*?</div>', page, re.DOTALL)
    return (
        [html.unescape(line) for line in re.findall(r"<li>(?:<a[^>]*>)?(.*?)(?:</a>)?</li>", found[0])] if found else []
    )


def same(page: str, *varying: object) -> str:
    """A page without what differs from one request to the next: the token, the request's number, the address."""
    for text in varying:
        page = page.replace(str(text), "·")
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", page)
    return re.sub(r"\b[0-9a-f]{32}\b", "", page)


# --- Choosing a module ----------------------------------------------------------------------------------------------


@pytest.mark.rule("R31")
def test_the_modules_of_the_delegation_are_offered_and_no_others(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager(modules=[make.module(code) for code in ("PQ-REG", "PQ-NOT", "SOLVIT-CASE")])
    body = make.authority("Arbejdstilsynet", managed_by=manager)
    make.access(body, "PQ-NOT")
    make.module("SOLVIT-CASE").retired_from = clock.today()
    page = sign_in(make.user(manager), "en").get(address(body))
    assert page.status_code == 200
    assert re.findall(r'/grant/([A-Z0-9-]+)"', page.text) == ["PQ-REG"]
    assert "Professional qualifications – directory of registers" in page.text
    assert "Arbejdstilsynet" in page.text


@pytest.mark.rule("R22")
@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("directory QUALIFICATIONS", {"PQ-REG"}),
        ("erhvervsmæssige registerfortegnelse", {"PQ-REG"}),
        ("erhvervsmaessige register", {"PQ-REG"}),
        ("pq-reg", {"PQ-REG"}),
        ("no such module", set()),
        ("%", set()),
        ("x" * 5000, set()),
    ],
)
def test_modules_are_searched_by_all_the_words(browser: Client, body: Authority, words: str, codes: set[str]) -> None:
    page = browser.get(address(body), query_string={"q": words})
    assert page.status_code == 200
    assert set(re.findall(r'/grant/([A-Z0-9-]+)"', page.text)) == codes
    if not codes:
        assert "No module fits" in page.text


# --- Granting -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R32")
def test_a_form_has_what_its_module_offers(make: Any, browser: Client, body: Authority) -> None:
    names = {
        code: set(re.findall(r'name="([a-z_]+)"', browser.get(address(body, code)).text))
        for code in ("PQ-REQ", "PQ-NOT", "RTPD-DECL")
    }
    shared = {"role", "reason"}
    settings = {"settings_approval", "settings_refusal", "settings_allocation"}
    ours = shared | settings | {"coordinator_words", "coordinators", "classification"}
    coordinator(make, "Nævn")
    offered = set(re.findall(r'name="([a-z_]+)"', browser.get(address(body, "PQ-REQ")).text))
    assert offered & ours == ours
    assert names["PQ-NOT"] & ours == shared | {"classification"}  # nobody coordinates it: nothing to search
    assert names["RTPD-DECL"] & ours == shared


@pytest.mark.rule("R32")
def test_access_is_granted_with_what_was_chosen(make: Any, browser: Client, body: Authority) -> None:
    linked, profession = coordinator(make, "Nævn"), entry("professions")
    answer = browser.send(
        address(body, "PQ-REQ"),
        {
            "role": "authority",
            "coordinators": [str(linked.public_id)],
            "classification": [str(profession.id)],
            "settings_refusal": "y",
            "reason": "Ny opgave",
        },
    )
    assert (answer.status_code, answer.location) == (302, address(body))
    access = _db.session.scalars(select(ModuleAccess).where(ModuleAccess.authority_id == body.id)).one()
    assert (access.module.code, access.role, access.grant_reason) == ("PQ-REQ", ModuleRole.authority, "Ny opgave")
    assert (access.approval, access.refusal, access.allocation) == (False, True, False)
    assert access.classification == [profession]
    assert _db.session.scalars(select(LinkedCoordinator.access_id)).all() == [access.id]
    page = browser.get(answer.location).text
    assert "Arbejdstilsynet now has access to Professional qualifications" in page
    assert "/grant/PQ-REQ" not in page


def test_nothing_is_granted_without_the_token(browser: Client, body: Authority) -> None:
    assert browser.post(address(body, "PQ-REG"), data={"role": "authority"}).status_code == 400
    assert _db.session.scalars(select(ModuleAccess)).all() == []


@pytest.mark.rule("R33")
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(make: Any, browser: Client, body: Authority) -> None:
    profession = entry("professions")
    answer = browser.send(
        address(body, "PQ-REQ"),
        {"role": "authority", "classification": [str(profession.id)], "settings_approval": "y", "reason": "Ny opgave"},
    )
    assert answer.status_code == 422
    assert [line.split(":")[0] for line in errors(answer.text)] == ["Linked coordinators"]
    assert {("role", "authority"), ("classification", str(profession.id))} <= chosen(answer.text)
    assert "settings_approval" in {name for name, _ in chosen(answer.text)}
    assert ">Ny opgave</textarea>" in answer.text.replace("\r\n", "")
    assert _db.session.scalars(select(ModuleAccess)).all() == []


@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("role", "emperor", "Role in the module"),
        ("role", "", "Role in the module"),
        ("classification", "abc", "Classification"),
        ("classification", "-1", "Classification"),
        ("classification", "9" * 40, "Classification"),
        ("classification", "٣", "Classification"),
        ("classification", "1 OR 1=1", "Classification"),
        ("coordinators", "abc", "Linked coordinators"),
        ("coordinators", "9" * 500, "Linked coordinators"),
        ("coordinators", "2012745f-5249-47b0-9528-1fc7faa9af0e", "Linked coordinators"),
        ("coordinators", "\x07", "Linked coordinators"),
        *(("reason", text, "Reason") for text in HOSTILE),
    ],
)
def test_broken_and_hostile_values_are_refused_at_their_field(
    make: Any, browser: Client, body: Authority, field: str, value: str, label: str
) -> None:
    linked = str(coordinator(make, "Nævn").public_id)
    typed = {"role": "authority", "coordinators": [linked], "reason": "Begrundelse", "settings_approval": "y"}
    answer = browser.send(address(body, "PQ-REQ"), {**typed, field: value})
    assert answer.status_code == 422
    assert [line.split(":")[0] for line in errors(answer.text)] == [label]
    kept = chosen(answer.text)
    assert "settings_approval" in {name for name, _ in kept}
    if field != "coordinators":
        assert ("coordinators", linked) in kept
    if field == "reason":
        typed_text = html.unescape(
            re.search(r'<textarea[^>]*name="reason"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)[1]
        )
        assert typed_text.replace("\r\n", "\n").strip("\n") == value
        assert "<script>alert" not in answer.text
    else:
        assert "Begrundelse" in answer.text
    assert _db.session.scalars(select(ModuleAccess).where(ModuleAccess.authority_id == body.id)).all() == []


@pytest.mark.parametrize("field", ["settings_approval", "coordinators", "coordinator_words"])
def test_what_the_module_has_not_is_refused_whole(browser: Client, body: Authority, field: str) -> None:
    """The form made for the module has no such field: nothing of what is posted is done."""
    answer = browser.send(address(body, "RTPD-DECL"), {"role": "authority", field: "y"})
    assert answer.status_code == 400
    assert _db.session.scalars(select(ModuleAccess).where(ModuleAccess.authority_id == body.id)).all() == []


@pytest.mark.rule("R75")
def test_what_somebody_else_has_just_granted_is_told_as_a_page(make: Any, browser: Client, body: Authority) -> None:
    make.access(body, "PQ-REG")
    back = browser.get(address(body, "PQ-REG"))
    assert (back.status_code, back.location) == (302, f"/authorities/{body.public_id}/modules")
    assert "already has access to this module" in browser.get(back.location).text
    answer = browser.send(address(body, "PQ-REG"), {"role": "authority"})
    assert answer.status_code == 409
    assert "already has access to this module" in answer.text


@pytest.mark.rule("R41")
@pytest.mark.parametrize("dates", [{"retired_from": 0}, {"active_from": 1}])
def test_a_module_that_takes_no_grants_today(make: Any, browser: Client, body: Authority, dates: Any) -> None:
    for name, number in dates.items():
        setattr(make.module("PQ-REG"), name, clock.today() + timedelta(days=number))
    assert browser.get(address(body, "PQ-REG")).status_code == 404
    assert browser.send(address(body, "PQ-REG"), {"role": "authority"}).status_code == 409


# --- The search for coordinators, without scripts -------------------------------------------------------------------


@pytest.mark.rule("R33")
def test_searching_coordinators_keeps_all_that_is_chosen(make: Any, browser: Client, body: Authority) -> None:
    for number in range(25):
        coordinator(make, f"Afdeling {number:02}")
    last, profession = coordinator(make, "Ørsted"), entry("professions")
    first = browser.get(address(body, "PQ-REQ")).text
    assert str(last.public_id) not in first
    assert 'name="step" value="search"' in first  # the button that asks
    one = re.search(r'name="coordinators" value="([^"]+)"', first)[1]
    typed = {
        "role": "authority",
        "coordinators": [one],
        "classification": [str(profession.id)],
        "settings_allocation": "y",
        "reason": "Ny opgave",
        "coordinator_words": "oersted",
        "step": "search",
    }
    answer = browser.send(address(body, "PQ-REQ"), typed)
    assert answer.status_code == 200
    assert errors(answer.text) == []
    offered = re.findall(r'name="coordinators" value="([^"]+)"', answer.text)
    assert offered == [one, str(last.public_id)]
    kept = chosen(answer.text)
    assert {("role", "authority"), ("coordinators", one), ("classification", str(profession.id))} <= kept
    assert ("coordinators", str(last.public_id)) not in kept
    assert "settings_allocation" in {name for name, _ in kept}
    assert "Ny opgave" in answer.text
    assert 'value="oersted"' in answer.text
    assert _db.session.scalars(select(ModuleAccess).where(ModuleAccess.authority_id == body.id)).all() == []
    del typed["step"]
    typed["coordinators"] = [one, str(last.public_id)]
    assert browser.send(address(body, "PQ-REQ"), typed).status_code == 302
    assert len(_db.session.scalars(select(LinkedCoordinator)).all()) == 2


@pytest.mark.rule("R84")
@pytest.mark.parametrize(
    "words", ["\x07", "%", "\\", "<script>alert(1)</script>", '" onfocus="x', "x" * 4000, "\ufeff"]
)
def test_hostile_words_find_nothing_and_do_no_harm(make: Any, browser: Client, body: Authority, words: str) -> None:
    coordinator(make, "Nævn")
    answer = browser.send(address(body, "PQ-REQ"), {"step": "search", "coordinator_words": words, "role": "authority"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert ' onfocus="x"' not in answer.text


@pytest.mark.rule("R70")
def test_a_search_shows_nobody_out_of_the_country_and_nothing_to_others(
    make: Any, browser: Client, body: Authority, sign_in: SignIn
) -> None:
    foreign = make.authority("Skatteverket", country_code="SE")
    make.access(foreign, "PQ-REQ", ModuleRole.coordinator)
    answer = browser.send(address(body, "PQ-REQ"), {"step": "search", "coordinators": [str(foreign.public_id)]})
    assert "Skatteverket" not in answer.text
    ordinary = sign_in(make.user(body), "en")
    assert ordinary.send(address(body, "PQ-REQ"), {"step": "search", "coordinator_words": "s"}).status_code == 404


# --- Out of scope ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_what_is_out_of_scope_is_answered_as_what_does_not_exist(
    make: Any, browser: Client, manager: Authority
) -> None:
    unknown = uuid.uuid4()
    hidden = [
        manager,
        make.nimic(),
        make.access_manager("Sundhedsstyrelsen"),
        make.authority(kind=AuthorityKind.commission),
        make.authority("Skatteverket", country_code="SE"),
        make.authority("Kladde", status=AuthorityStatus.draft, managed_by=manager),
        make.authority("Afventer", status=AuthorityStatus.awaiting_validation, managed_by=manager),
    ]
    for code in ("", "PQ-REG"):
        wanted = same(browser.get(address(unknown, code)).text, unknown)
        sent = same(browser.send(address(unknown, code or "X"), {"role": "authority"}).text, unknown)
        for row in hidden:
            answer = browser.get(address(row, code))
            assert (answer.status_code, same(answer.text, row.public_id)) == (404, wanted)
            answer = browser.send(address(row, code or "X"), {"role": "authority"})
            assert (answer.status_code, same(answer.text, row.public_id)) == (404, sent)
            assert row.official_name not in answer.text
    assert _db.session.scalars(select(ModuleAccess)).all() == []


@pytest.mark.rule("R31")
def test_a_module_outside_the_delegation_is_answered_as_one_that_does_not_exist(make: Any, sign_in: SignIn) -> None:
    manager = make.access_manager(modules=[make.module("PQ-REG")])
    body, browser = make.authority(managed_by=manager), sign_in(make.user(manager), "en")
    assert browser.get(address(body, "PQ-REG")).status_code == 200
    pages = [
        (browser.get(address(body, code)), browser.send(address(body, code), {"role": "authority"}))
        for code in ("PQ-NOT", "NO-SUCH", "%00", "..%2f", "x" * 3000)
    ]
    assert {answer.status_code for pair in pages for answer in pair} == {404}
    assert len({same(answer.text) for pair in pages for answer in pair}) == 1
    assert _db.session.scalars(select(ModuleAccess)).all() == []


@pytest.mark.rule("R70")
def test_who_grants_nothing_does_not_find_the_pages(make: Any, body: Authority, sign_in: SignIn, client: Any) -> None:
    manager = make.access_manager()
    for user in (make.user(body), make.user(body, administrator=False), make.user(manager, administrator=False)):
        assert sign_in(user).get(address(body)).status_code == 404
        assert sign_in(user).get(address(body, "PQ-REG")).status_code == 404
        assert sign_in(user).send(address(body, "PQ-REG"), {"role": "authority"}).status_code == 404
    assert client.get(address(body)).location.startswith("/login/")
    assert client.send(address(body, "PQ-REG"), {"role": "authority"}).status_code == 401
    assert _db.session.scalars(select(ModuleAccess)).all() == []


@pytest.mark.rule("R59")
def test_a_deactivated_authority_is_refused_with_a_way_on(make: Any, browser: Client, manager: Authority) -> None:
    gone = make.authority(managed_by=manager, status=AuthorityStatus.deactivated)
    answer = browser.send(address(gone, "PQ-REG"), {"role": "authority"})
    assert answer.status_code == 409
    assert "Reactivate it before you give it access" in answer.text


# --- Rights are judged when the act takes effect (R82) ---------------------------------------------------------------


@pytest.mark.rule("R82")
def test_a_delegation_revoked_while_the_form_is_on_its_way_is_refused(
    real_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the person of the request has been read, and before the transaction of the act begins."""
    with real_app.app_context():
        make = Maker()
        manager = make.access_manager()
        body = address(make.authority(managed_by=manager), "PQ-REG")
        token = sessions.begin(make.user(manager))
        _db.session.commit()
        _db.session.remove()
    real_app.test_client_class = Client

    def revoke() -> None:
        with real_app.app_context():
            with transaction():
                _db.session.execute(update(Delegation).values(revoked_at=clock.now()))
            _db.session.remove()

    def form_then_revoked(*args: Any) -> Any:
        form = original(*args)
        if form.is_submitted():
            thread = Thread(target=revoke)
            thread.start()
            thread.join()
        return form

    original = view.grant_form
    monkeypatch.setattr(view, "grant_form", form_then_revoked)
    with real_app.app_context():
        browser: Any = real_app.test_client()
        with browser.session_transaction() as cookie:
            cookie.update(_user_id=token, _fresh=True, locale="en")
        assert browser.get(body).status_code == 200
        assert browser.send(body, {"role": "authority"}).status_code == 404
        assert _db.session.scalars(select(ModuleAccess)).all() == []
        assert _db.session.scalar(select(Delegation.revoked_at)) is not None
