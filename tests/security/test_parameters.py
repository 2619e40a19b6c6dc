"""What a request may carry: every route, with what its page does not take."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from wtforms import FieldList, FormField, IntegerField, SelectMultipleField, StringField

from app.security.parameters import fits_into_64_bits, taken_by, takes
from app.views.imi_form import ImiForm
from tests.make import PASSWORD
from tests.registering import typed
from tests.views.test_gate import address, changed, rules

# What each page takes, from its address and from what is sent; a page that is not here takes nothing. Who adds a
# parameter writes it down here.
PLACES = {"after", "before", "last"}
LIST = {f"{kind}_CoordinatedAuthorityView" for kind in ("_oc", "_od")} | PLACES
USERS = {f"{kind}_CoordinatedUserView" for kind in ("_oc", "_od")} | PLACES
FOUND = {f"{kind}_FindAuthoritiesView" for kind in ("_oc", "_od")} | PLACES
OF_AUTHORITIES = {"q", "mine", "show", "status", "module", "role", "manager", "classification", "country"}
OF_USERS = {"q", "mine", "login", "password", "administrators", "module", "country"}
ALONG = {"list", "users"}  # the way back to a list as it was left
QUERY = {
    **{f"AuthorityView.{tab}": ALONG for tab in ("authority", "classification", "modules", "users", "management")},
    "PublicAuthorityView.show": {"list"},
    "FindAuthoritiesView.list": FOUND | {"q", "country", "module", "role", "classification"},
    "CoordinatedAuthorityView.list": LIST | OF_AUTHORITIES,
    "CoordinatedAuthorityView.export": LIST - PLACES | OF_AUTHORITIES,
    "CoordinatedUserView.list": USERS | OF_USERS,
    "CoordinatedUserView.export": USERS - PLACES | OF_USERS,
    "CoordinatedUserView.export_file": USERS - PLACES | OF_USERS,
    "AwaitingValidationView.index": {"page"},
    "InvitationListView.export": {"q", "state"} | {f"{kind}_InvitationListView" for kind in ("_oc", "_od")},
    "InvitationListView.list": {"q", "state"} | {f"{kind}_InvitationListView" for kind in ("_oc", "_od", "page")},
    "InvitedBodyView.registration": {"problems"},
    "MailsView.index": {"state", "page"},
    "ModuleAccessView.choose": {"q"},
    "OperationsView.index": {"job"},
    "PasswordAgainView.enter": {"next"},
    "AuthorityEditView.edit": {"tab"} | ALONG,
    "AuthorityEditView.confirm": ALONG,
    "RegistrationDraftsView.edit": {"problems"},
    "SearchView.index": {"q"},
    "SignInView.login": {"next"},
    "static": {"v"},
}
REGISTRATION = {
    *("official_name", "title_*", "phone", "email", "website", "street", "postal_code", "city", "classification"),
    *("first_name", "last_name", "user_email", "user_phone", "user_language"),
    *("external_scheme", "external_value", "not_the_same"),
}
SENT = {
    "AuthorityEditView.confirm": {"version"},
    "AuthorityEditView.edit": {
        *("official_name", "title_*", "description_*", "phone", "email", "website", "street", "postal_code", "city"),
        *("classification", "working_languages", "external_scheme", "external_value", "not_the_same"),
        *("step", "version", "before", "seen", "switch_language"),
    },
    "CoordinatedAuthorityView.export": {"kind"},
    "CoordinatedUserView.export": {"password_again", "password_again_language"},
    "CoordinatedUserView.export_file": {"kind"},
    "InvitationListView.export": {"kind"},
    "AwaitingValidationView.reject": {"reason", "version", "switch_language"},
    "AwaitingValidationView.send_back": {"reason", "version", "switch_language"},
    "AwaitingValidationView.validate": REGISTRATION | {"version", "seen"},
    "InvitationsView.cancel": {"reason", "version", "switch_language"},
    "InvitationsView.new": {
        *("invited_name", "recipient_email", "language", "message", "modules", "classification", "not_the_same"),
        *("step", "number", "seen", "switch_language"),
    },
    "InvitationsView.resend": {"version"},
    "InvitedBodyView.registration": REGISTRATION | {"step", "shown", "switch_language"},
    "InvitedBodyView.send": REGISTRATION | {"step", "shown", "switch_language"},
    "RegistrationCorrectionsView.correct": REGISTRATION | {"step", "version", "switch_language"},
    "InvitationBatchView.new": {
        *("rows", "language", "message", "modules", "classification", "anyway"),
        *("step", "previewed", "switch_language"),
    },
    "LanguageView.switch": {"language", "next"},
    "ModuleAccessView.grant": {
        *("role", "coordinator_words", "coordinators", "classification", "reason", "step", "switch_language"),
        *("settings_approval", "settings_refusal", "settings_allocation"),
    },
    "MailsView.send_again": {"password_again", "password_again_language"},
    "PasswordAgainView.enter": {"password_again", "password_again_language", "next", "switch_language"},
    "PasswordView.change": {"current_password", "new_password", "repeat_password"},
    "RegisterAuthorityView.passed_on": {"how", "at"},
    "RegisterAuthorityView.register": REGISTRATION | {"step", "number", "switch_language"},
    "RegistrationDraftsView.discard": {"version"},
    "RegistrationDraftsView.edit": REGISTRATION | {"step", "version", "before", "number", "switch_language"},
    "RegistrationDraftsView.register": REGISTRATION | {"step", "version", "seen"},
    "SignInView.login": {"username", "password", "next"},
}
JUNK = (
    *("junk=1", "junk", "=1", "[]=1", "q[]=1", "__proto__=1", "csrf_token=x", "language=en", "id=1", "_method=DELETE"),
    *("next=%2F&next=%2F", "q=a&q=b", "mine=no&mine=yes", "v=1&v=2", "page_InvitationListView=1&q=a&q=a"),
    *("q=%00", "%00=1", "next=%00", "v=%00", "q=%ff", "q=%ED%A0%80", "%ff=%fe", "next=/%C0%80"),
    f"page_InvitationListView={2**63}",
    f"page_InvitationListView=-{10**40}",
    "x" * 5000 + "=1",
    "&".join(f"a{number}=1" for number in range(2000)),
)
FORM_JUNK = (
    "junk=1",
    "password=x&password=y",
    "is_administrator=y",
    "id=1",
    "%00=1",
    "username=%00",
    "next=%ff",
    "[]=",
)


@pytest.fixture
def hostile(app: Flask, world: SimpleNamespace, sign_in: Any, client: Any) -> dict[str, Any]:
    """A browser of nobody, of an administrator and of a national coordinator, with the tokens of their forms."""
    people = {name: sign_in(world.people[name]) for name in ("administrator", "national coordinator")}
    return {name: (browser, browser.token()) for name, browser in {"nobody": client, **people}.items()}


@pytest.mark.rule("R81")
def test_each_page_takes_what_is_written_down_and_nothing_else(app: Flask) -> None:
    with app.test_request_context("/"):
        found = {rule.endpoint: taken_by(rule.endpoint) for rule in app.url_map.iter_rules()}
    assert {name: set(taken.query) for name, taken in found.items() if taken.query} == QUERY
    assert {name: set(taken.form) for name, taken in found.items() if taken.form} == SENT


@pytest.mark.rule("R81")
def test_junk_in_any_address_is_refused_and_changes_nothing(
    app: Flask, world: SimpleNamespace, hostile: dict[str, Any], stored: Callable[[], Any]
) -> None:
    before, tried = stored(), 0
    for name, (browser, _token) in hostile.items():
        for rule in rules(app, "GET"):
            path = address(rule, world.body.public_id)
            with browser.get(path) as answer:
                opens = answer.status_code
            for query in JUNK if name == "national coordinator" else JUNK[:4]:
                answer = browser.get(f"{path}?{query}")
                answer.close()
                # Who may not open the page is told that first; nobody is told less than that it is not possible.
                assert answer.status_code in ({400, 404} if opens in (200, 404) else {302, 400}), (name, path, query)
                assert answer.status_code == 400 or opens != 200, (name, path, query)
                tried += 1
    assert tried > 500
    assert changed(before, stored()) == []


@pytest.mark.rule("R81")
def test_bytes_that_are_no_letters_are_refused_everywhere(
    app: Flask, world: SimpleNamespace, hostile: dict[str, Any]
) -> None:
    for browser, _token in hostile.values():
        for rule in rules(app, "GET"):
            raw = {"QUERY_STRING": "q=\xff\xfe"}
            answer = browser.get(address(rule, world.body.public_id), environ_overrides=raw)
            assert answer.status_code == 400, rule.rule
        assert browser.get("/findes-ikke", environ_overrides={"QUERY_STRING": "\xff"}).status_code == 400
        for path in (f"/authorities/{world.body.public_id}/grant/%00", "/%00", "/dev/mails/%00", "/static/%00"):
            assert browser.get(path).status_code == 404, path


@pytest.mark.rule("R81")
def test_junk_in_any_form_is_refused_and_changes_nothing(
    app: Flask, world: SimpleNamespace, hostile: dict[str, Any], stored: Callable[[], Any]
) -> None:
    before, tried = stored(), 0
    for name, (browser, token) in hostile.items():
        for rule in rules(app, "POST"):
            path = address(rule, world.body.public_id)
            for junk in FORM_JUNK:
                body = f"csrf_token={token}&{junk}"
                answer = browser.post(path, data=body, content_type="application/x-www-form-urlencoded")
                assert answer.status_code in (400, 401, 404), (name, path, junk)
                tried += 1
            twice = f"csrf_token={token}&csrf_token={token}"
            answer = browser.post(path, data=twice, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (400, 401, 404), (name, path)
            answer = browser.post(f"{path}?junk=1", data={"csrf_token": token})
            assert answer.status_code in (400, 401, 404), (name, path)
    assert tried == 3 * len(rules(app, "POST")) * len(FORM_JUNK) > 300
    assert changed(before, stored()) == []


@pytest.mark.parametrize("kind", ["json", "text", "file", "parts", "bytes"])
def test_what_no_form_of_ours_sends_is_refused(
    app: Flask, world: SimpleNamespace, hostile: dict[str, Any], stored: Callable[[], Any], kind: str
) -> None:
    before = stored()
    for browser, token in hostile.values():
        for rule in rules(app, "POST"):
            words: dict[str, Any] = {
                "json": {"data": '{"language": "en"}', "content_type": "application/json"},
                "text": {"data": "language=en", "content_type": "text/plain"},
                "file": {"data": {"language": (BytesIO(b"en"), "en.txt")}},
                "parts": {"data": {"language": "en"}, "content_type": "multipart/form-data"},
                "bytes": {"data": b"\xff\xfe&language=en", "content_type": "application/x-www-form-urlencoded"},
            }[kind]
            answer = browser.post(address(rule, world.body.public_id), headers={"X-CSRFToken": token}, **words)
            assert answer.status_code in (400, 401, 404), rule.rule
    assert changed(before, stored()) == []


@pytest.mark.rule("R81")
@pytest.mark.parametrize("more", ["junk=1", "twice"])
def test_a_right_form_with_one_thing_too_many_does_nothing(
    make: Any, world: SimpleNamespace, sign_in: Any, client: Any, stored: Callable[[], Any], more: str
) -> None:
    """Every form there is, filled in well."""
    user = world.people["national coordinator"]
    draft = make.draft(user)
    browser = sign_in(user)
    new = "Et-Nyt-Kodeord-8"
    coordinator = world.coordinator.authority.public_id
    grant = {"role": "authority", "settings_approval": "y", "coordinators": str(coordinator)}
    forms: list[tuple[Any, str, dict[str, str]]] = [
        (browser, "/register-authority/", {**typed(), "step": "check"}),
        (browser, "/register-authority/", {**typed(), "step": "draft"}),
        (browser, f"/register-authority/drafts/{draft.public_id}/", {**typed(), "step": "draft", "version": "1"}),
        (browser, f"/register-authority/drafts/{draft.public_id}/register", {"version": "1"}),
        (browser, f"/register-authority/drafts/{draft.public_id}/discard", {"version": "1"}),
        (browser, f"/register-authority/{world.body.public_id}/passed-on", {"how": "telephone", "at": "x"}),
        (browser, f"/authorities/{world.body.public_id}/grant/PQ-REQ", grant),
        (browser, "/language/", {"language": "en"}),
        (browser, f"/register-authority/{world.body.public_id}/username", {}),
        (browser, "/logout/", {}),
        (client, "/login/", {"username": user.username, "password": PASSWORD}),
        (client, "/password/", {"current_password": PASSWORD, "new_password": new, "repeat_password": new}),
    ]
    before = stored()
    for sender, path, fields in forms:
        sent: dict[str, Any] = {"csrf_token": sender.token(), **fields}
        name = next(iter(fields), "csrf_token")
        sent |= {name: [sent[name], sent[name]]} if more == "twice" else {"junk": "1"}
        answer = sender.post(path, data=sent)
        assert answer.status_code == (401 if path == "/password/" else 400), path  # nobody is signed in there yet
        assert changed(before, stored()) == [], path
    assert browser.get("/profile/").status_code == 200
    assert client.get("/profile/").status_code == 302
    for sender, path, fields in forms:  # without it, each is accepted
        if path == "/password/":
            assert sender.send(path, {**fields, "junk": "1"}).status_code == 400
        assert sender.send(path, fields).status_code in (200, 302, 303, 422), path


@pytest.mark.rule("R73")
@pytest.mark.parametrize(("language", "sentence"), [("da", "som siden ikke tager imod"), ("en", "does not take")])
def test_the_refusal_says_what_to_do_and_repeats_nothing_that_was_sent(
    make: Any, sign_in: Any, caplog: pytest.LogCaptureFixture, language: str, sentence: str
) -> None:
    browser = sign_in(make.user(make.nimic()), language)
    answer = browser.get("/coordinated-authorities/?hemmelig=geheim")
    assert answer.status_code == 400
    assert sentence in answer.text
    said = answer.text + caplog.text
    assert re.search("hemmelig|geheim", said) is None
    assert "refused at /coordinated-authorities/: a parameter that the page does not take" in caplog.text


def test_a_title_in_a_language_that_the_country_has_not_is_refused(
    make: Any, sign_in: Any, stored: Callable[[], Any]
) -> None:
    browser = sign_in(make.user(make.access_manager()))
    before = stored()
    for name in ("title_sv", "title_", "title_da-0", "title_xx"):
        answer = browser.send("/register-authority/", {**typed(), name: "x", "step": "create"})
        assert answer.status_code == 400, name
    assert changed(before, stored()) == []


def test_a_form_whose_token_ran_out_is_not_drawn_again_with_junk(make: Any, sign_in: Any) -> None:
    browser = sign_in(make.user(make.access_manager()))
    drawn = browser.post("/register-authority/", data={**typed(), "csrf_token": "x"})
    assert (drawn.status_code, "Sørine" in drawn.text) == (400, True)
    for junk in ({"junk": "1"}, {"title_sv": "x"}):
        refused = browser.post("/register-authority/", data={**typed(), **junk, "csrf_token": "x"})
        assert (refused.status_code, "Sørine" in refused.text) == (400, False), junk


# --- What a form's class says ----------------------------------------------------------------------------------------


class Line(ImiForm):
    amount = IntegerField()


class Everything(ImiForm):
    name = StringField()
    places = IntegerField()
    areas = SelectMultipleField()
    lines = FieldList(FormField(Line))
    inner = FormField(Line)


def test_a_forms_class_says_what_its_page_takes(app: Flask) -> None:
    @takes(form=Everything, also=("step",), lists=("ticked",))
    def page() -> None: ...

    taken = page._taken  # type: ignore[attr-defined]
    assert taken.form == {"name", "places", "areas", "lines-*", "inner-*", "step"}
    assert taken.lists == {"areas", "ticked"}
    assert taken.numbers == {"places"}


@pytest.mark.parametrize(
    "value", ["0", "-1", str(2**63 - 1), f"+{2**63 - 1}", "0" * 50 + "7", "", "x", "1e400", "²", " 5 "]
)
def test_what_fits_into_64_bits(value: str) -> None:
    assert fits_into_64_bits(value)


@pytest.mark.parametrize("value", [str(2**63), str(-(2**64)), "9" * 5000, f" {10**19} ", f"+{10**30}"])
def test_what_does_not_fit_into_64_bits(value: str) -> None:
    assert not fits_into_64_bits(value)
