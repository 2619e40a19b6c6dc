"""The gate: every route there is, tried by who may not, without a token, and by GET."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app import clock
from app.models import AuthorityKind, AuthorityStatus, ImiUser, MailState, ModuleRole, Reach
from app.policy.pages import GRANTS
from app.security.gate import OPEN, own_path, right_of
from app.services import sessions
from tests.conftest import application_over
from tests.make import PASSWORD
from tests.registering import TYPED
from tests.services.test_undelivered_mails import mail_to, new_user
from tests.statements import statements

# Every route there is: its methods, its address, and what answers. Who adds one writes it down here.
ROUTES = {
    "GET / OverviewView.index",
    "GET /authorities/<uuid:public_id>/ AuthorityView.authority",
    "GET /authorities/<uuid:public_id>/classification AuthorityView.classification",
    "GET,POST /authorities/<uuid:public_id>/edit AuthorityEditView.edit",
    "POST /authorities/<uuid:public_id>/confirm AuthorityEditView.confirm",
    "GET /authorities/<uuid:public_id>/grant/ ModuleAccessView.choose",
    "GET,POST /authorities/<uuid:public_id>/grant/<code> ModuleAccessView.grant",
    "GET /authorities/<uuid:public_id>/management AuthorityView.management",
    "GET /authorities/<uuid:public_id>/modules AuthorityView.modules",
    "GET /authorities/<uuid:public_id>/print AuthoritySheetView.sheet",
    "GET /authorities/<uuid:public_id>/users AuthorityView.users",
    "GET /coordinated-authorities/ CoordinatedAuthorityView.list",
    "GET /coordinated-users/ CoordinatedUserView.list",
    "GET /dev/mails/ DevMailsView.index",
    "GET /dev/mails/<name> DevMailsView.show",
    "GET /dev/mails/<name>/html DevMailsView.html",
    "GET /help/ HelpView.index",
    "GET /help/<name> HelpView.show",
    "GET /healthz HealthView.alive",
    "GET /invitation/<token>/ InvitedBodyView.index",
    "GET /invitation/<token>/check InvitedBodyView.check",
    "GET,POST /invitation/<token>/registration InvitedBodyView.registration",
    "GET,POST /invitation/<token>/send InvitedBodyView.send",
    "GET /invitations/ InvitationListView.list",
    "GET /invitations/<uuid:public_id>/ InvitationsView.show",
    "GET,POST /invitations/<uuid:public_id>/cancel InvitationsView.cancel",
    "GET,POST /invitations/<uuid:public_id>/resend InvitationsView.resend",
    "GET,POST /invitations/new InvitationsView.new",
    "GET,POST /invitations/many/ InvitationBatchView.new",
    "POST /language/ LanguageView.switch",
    "GET,POST /login/ SignInView.login",
    "POST /logout/ SignInView.sign_out",
    "GET /my-authority/ MyAuthorityView.show",
    "GET /operations/ OperationsView.index",
    "POST /operations/jobs/<name>/run OperationsView.run",
    "GET /operations/mails/ MailsView.index",
    "GET /operations/mails/<uuid:public_id>/ MailsView.show",
    "POST /operations/mails/<uuid:public_id>/arrived MailsView.arrived",
    "GET,POST /operations/mails/<uuid:public_id>/give-up MailsView.give_up",
    "POST /operations/mails/<uuid:public_id>/send-again MailsView.send_again",
    "GET,POST /password-again/ PasswordAgainView.enter",
    "GET,POST /password/ PasswordView.change",
    "GET /profile/ ProfileView.show",
    "POST /profile/username ProfileView.username",
    "GET,POST /register-authority/ RegisterAuthorityView.register",
    "POST /register-authority/<uuid:public_id>/passed-on RegisterAuthorityView.passed_on",
    "GET /register-authority/<uuid:public_id>/receipt RegisterAuthorityView.receipt",
    "POST /register-authority/<uuid:public_id>/username RegisterAuthorityView.username",
    "GET,POST /register-authority/drafts/<uuid:public_id>/ RegistrationDraftsView.edit",
    "GET /register-authority/drafts/<uuid:public_id>/check RegistrationDraftsView.check",
    "GET,POST /register-authority/drafts/<uuid:public_id>/discard RegistrationDraftsView.discard",
    "POST /register-authority/drafts/<uuid:public_id>/register RegistrationDraftsView.register",
    "GET /search/ SearchView.index",
    "GET /tasks/awaiting-validation/ AwaitingValidationView.index",
    "GET /tasks/awaiting-validation/<uuid:public_id>/ AwaitingValidationView.show",
    "GET,POST /tasks/awaiting-validation/<uuid:public_id>/correct RegistrationCorrectionsView.correct",
    "GET,POST /tasks/awaiting-validation/<uuid:public_id>/reject AwaitingValidationView.reject",
    "GET,POST /tasks/awaiting-validation/<uuid:public_id>/send-back AwaitingValidationView.send_back",
    "POST /tasks/awaiting-validation/<uuid:public_id>/validate AwaitingValidationView.validate",
    "GET /static/<path:filename> static",
    "GET /static/appbuilder/<path:filename> appbuilder.static",
}
OPEN_ROUTES = {
    "DevMailsView.html",
    "DevMailsView.index",
    "DevMailsView.show",
    "HealthView.alive",
    "HelpView.index",
    "HelpView.show",
    "InvitedBodyView.check",
    "InvitedBodyView.index",
    "InvitedBodyView.registration",
    "InvitedBodyView.send",
    "LanguageView.switch",
    "SignInView.login",
    "static",
}
NEVER = {"appbuilder.static"}  # FAB's own files: no page of ours uses them, so nobody gets them
ACCOUNT = {"PasswordView.change", "SignInView.sign_out"}  # what a temporary password opens
LINK = "A" * 43  # the token of an invitation, in the form in which we make them
MAIL = "20260715T100000000000-0123abcd"


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def described(rule: Rule) -> str:
    return f"{','.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))} {rule.rule} {rule.endpoint}"


def beside(public_id: uuid.UUID) -> uuid.UUID:
    """The number of the registration that awaits validation by an authority, in these tests."""
    return uuid.UUID(int=public_id.int ^ 1)


def address(rule: Rule, public_id: uuid.UUID) -> str:
    if rule.rule.startswith("/tasks/"):
        public_id = beside(public_id)
    words = {
        "<token>": LINK,
        "<uuid:public_id>": str(public_id),
        "<code>": "PQ-REQ",
        "<name>": MAIL,
        "<path:filename>": "ui.css",
    }
    path = rule.rule.replace("/jobs/<name>", "/jobs/tidy_up").replace("/help/<name>", "/help/sign-in")
    for word, value in words.items():
        path = path.replace(word, value)
    assert "<" not in path, "give the new part of an address a value here"
    return path


@pytest.fixture
def world(make: Any) -> SimpleNamespace:
    """Two countries, and in the first one of each kind of body, with people."""
    nimic, abroad = make.nimic(), make.nimic("SE")
    manager, small = make.access_manager(), make.access_manager(reach=Reach.own)
    body = make.authority("Fyret", managed_by=manager)
    coordinator = make.access(make.authority(managed_by=manager), "PQ-REQ", ModuleRole.coordinator)
    make.access(body, "SERV-NOT", linked=None)
    gone = make.authority("Nedlagt", status=AuthorityStatus.deactivated, managed_by=nimic)
    make.draft(make.user(manager), public_id=body.public_id)  # here it has the authority's number, as mails below
    # So have an invitation and a registration, by who has invited.
    link = {"token_hash": sessions.hash_of(LINK), "typed": list(map(list, TYPED.items())), "typed_at": clock.now()}
    make.invitation(manager, public_id=body.public_id, **link)
    make.waiting(manager, public_id=beside(body.public_id))
    make.invitation(nimic, public_id=gone.public_id)
    commission = make.authority("Kommissionen", kind=AuthorityKind.commission)
    neighbour = make.authority("Grannen", country_code="SE")
    user = make.user(body, is_superuser=True, first_log_in_at=None)
    for authority in (
        body,
        gone,
    ):  # a mail has an id of its own; here it is the authority's, so that each route finds one
        mail_to(authority, MailState.unsure, user=new_user(make, authority), public_id=authority.public_id)
    return SimpleNamespace(
        body=body,
        gone=gone,
        coordinator=coordinator,
        people={
            "user": make.user(body, administrator=False),
            "administrator": user,
            "access manager": make.user(manager),
            "access manager of others": make.user(small),
            "national coordinator": make.user(nimic),
            "Commission": make.user(commission),
            "user abroad": make.user(neighbour, administrator=False),
            "national coordinator abroad": make.user(abroad),
        },
    )


@pytest.fixture
def stored(db: Any) -> Callable[[], dict[str, list[str]]]:
    """All that the database holds, but when a session was last used, which is noted once a minute, and the log, in
    which refusals stand."""

    def rows() -> dict[str, list[str]]:
        db.session.rollback()
        return {
            name: sorted(
                repr(row) for row in db.session.execute(select(*(c for c in table.columns if c.name != "last_seen_at")))
            )
            for name, table in db.metadatas[None].tables.items()
            if not name.startswith("audit_")
        }

    return rows


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    return [name for name in after if after[name] != before[name]]


def signed_in(world: SimpleNamespace, sign_in: Any, client: Any) -> dict[str, Any]:
    """A browser for each, and one in which nobody is signed in."""
    return {"nobody": client} | {name: sign_in(user) for name, user in world.people.items()}


def bare(answer: Any, public_id: uuid.UUID) -> tuple[Any, ...]:
    """The answer without the number of the request and the id that was asked for."""
    text = re.sub(r"\b[0-9a-f]{32}\b", "NUMBER", answer.text.replace(str(public_id), "ID"))
    headers = [(name, value) for name, value in answer.headers if name != "Set-Cookie"]
    return answer.status_code, headers, text


# --- The routes there are --------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_there_are_just_these_routes(app: Flask) -> None:
    """None of FAB's own: no menu by API, no language by GET, no way past our services."""
    assert {described(rule) for rule in app.url_map.iter_rules()} == ROUTES


@pytest.mark.rule("R89")
def test_production_has_no_pages_for_developers(app: Flask) -> None:
    production = application_over(app.config["SQLALCHEMY_DATABASE_URI"], IMI_ENV="production", DEVELOPMENT=False)
    found = {described(rule) for rule in production.url_map.iter_rules()}
    assert found == {route for route in ROUTES if "/dev/" not in route}


@pytest.mark.rule("R70")
def test_just_these_routes_are_open(app: Flask) -> None:
    assert set(OPEN) == OPEN_ROUTES
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= OPEN_ROUTES


@pytest.mark.rule("R70")
def test_every_other_route_asks_for_a_right_that_somebody_holds(app: Flask) -> None:
    """A route that names none, or one that no role has, is shut for all: on purpose, or it is broken."""
    held = frozenset[Any]().union(*GRANTS.values())
    with app.test_request_context("/"):
        shut = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if rule.endpoint not in OPEN_ROUTES and right_of(rule.endpoint) not in held
        }
    assert shut == NEVER


# --- Who may not -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("R70")
def test_who_is_not_signed_in_is_led_to_sign_in_from_every_page(
    app: Flask, world: SimpleNamespace, client: Any, stored: Any
) -> None:
    token, before = client.token(), stored()
    for public_id in (world.body.public_id, uuid.uuid4()):
        for rule in app.url_map.iter_rules():
            if rule.endpoint in OPEN_ROUTES:
                continue
            path = address(rule, public_id)
            if "GET" in (rule.methods or ()):
                answer = client.get(path)
                assert answer.status_code == 302, path
                assert urlsplit(answer.location).path == "/login/", path
            if "POST" in (rule.methods or ()):
                assert client.post(path, data={"csrf_token": token}).status_code == 401, path
    assert changed(before, stored()) == []


@pytest.mark.rule("R54")
@pytest.mark.rule("R53")
@pytest.mark.parametrize("state", ["temporary", "expired", "temporary and expired"])
def test_before_a_password_is_chosen_every_route_leads_to_the_change_page(
    app: Flask, make: Any, sign_in: Any, stored: Any, state: str
) -> None:
    nimic, body = make.nimic(), make.authority()
    tomorrow, long_ago = clock.now() + timedelta(days=1), clock.now() - timedelta(days=200)
    values: dict[str, dict[str, Any]] = {
        "temporary": {"password_is_temporary": True, "temporary_password_expires_at": tomorrow},
        "expired": {"password_set_at": long_ago},
        "temporary and expired": {"password_is_temporary": True, "temporary_password_expires_at": long_ago},
    }
    client = sign_in(make.user(nimic, **values[state]))
    token, before = client.token(), stored()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ROUTES | ACCOUNT:
            continue
        path = address(rule, body.public_id)
        for method in (rule.methods or set()) & {"GET", "POST", "HEAD"}:
            answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert (answer.status_code, answer.location) == (302, "/password/"), (method, path)
    assert client.get("/password/").status_code == 200
    assert changed(before, stored()) == []


@pytest.mark.rule("R70")
def test_an_unknown_authority_and_a_forbidden_one_are_answered_alike(
    app: Flask, world: SimpleNamespace, sign_in: Any, client: Any, stored: Any
) -> None:
    """By every route, to everybody whom it is not for: the same bytes, the same headers, nothing done."""
    browsers = signed_in(world, sign_in, client)
    foreign = [(name, world.body) for name in ("user abroad", "national coordinator abroad")]
    # One's own country is no help where the right is missing: a deactivated one that is somebody else's.
    foreign += [(name, world.gone) for name in ("user", "administrator", "access manager", "access manager of others")]
    about_one = [rule for rule in app.url_map.iter_rules() if "public_id" in rule.arguments]
    before, unknown, tried = stored(), uuid.uuid4(), 0
    for name, authority in foreign:
        browser = browsers[name]
        token = browser.token()
        nowhere = bare(browser.get(f"/findes-ikke/{unknown}"), unknown)
        assert nowhere[0] == 404
        for rule in about_one:
            for method in (rule.methods or set()) & {"GET", "POST"}:
                words = {"data": {"csrf_token": token}} if method == "POST" else {}
                answers = [
                    bare(browser.open(address(rule, public_id), method=method, **words), public_id)
                    for public_id in (authority.public_id, unknown)
                ]
                assert answers[0] == answers[1] == nowhere, (name, method, rule.rule)
                tried += 1
    assert tried == len(foreign) * sum(len((rule.methods or set()) & {"GET", "POST"}) for rule in about_one) > 60
    assert changed(before, stored()) == []
    # Whom they are for, they answer otherwise: what is compared above is a refusal.
    path = f"/authorities/{world.body.public_id}/"
    assert {browsers[name].get(path).status_code for name in ("user", "access manager", "Commission")} == {200}
    assert browsers["national coordinator"].get(f"/authorities/{world.gone.public_id}/").status_code == 200


@pytest.mark.rule("R70")
def test_a_page_one_may_not_open_is_answered_like_one_there_is_not(
    world: SimpleNamespace, sign_in: Any, client: Any
) -> None:
    browser = signed_in(world, sign_in, client)["administrator"]
    unknown = uuid.uuid4()
    nowhere = bare(browser.get("/findes-ikke"), unknown)
    for path in (
        "/coordinated-authorities/",
        "/register-authority/",
        "/operations/",
        "/operations/mails/",
        "/logout/",
        "/static/appbuilder/css/ab.css",
    ):
        assert bare(browser.get(path), unknown) == nowhere, path


# --- What changes something ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["no token", "an empty token", "a made-up token", "another browser's token"])
def test_every_form_without_this_browsers_token_is_refused(
    app: Flask, world: SimpleNamespace, sign_in: Any, client: Any, stored: Any, sent: str
) -> None:
    browsers = signed_in(world, sign_in, client)
    stranger = app.test_client().token()
    data = {
        "no token": {},
        "an empty token": {"csrf_token": ""},
        "a made-up token": {"csrf_token": "x" + stranger[1:]},
        "another browser's token": {"csrf_token": stranger},
    }[sent]
    person = world.people["national coordinator"]
    typed = {"username": person.username, "password": PASSWORD, "language": "en", "step": "create"}
    for browser in browsers.values():
        browser.token()  # it has one of its own
    before, posts = stored(), rules(app, "POST")
    for name in ("nobody", "administrator", "national coordinator"):
        for rule in posts:
            answer = browsers[name].post(address(rule, world.body.public_id), data=data | typed)
            assert answer.status_code == 400, (name, rule.rule)
            assert person.username not in answer.text
    assert len(posts) == 29
    assert changed(before, stored()) == []


def test_with_its_token_a_form_is_accepted(world: SimpleNamespace, sign_in: Any) -> None:
    """Else the test above would prove nothing."""
    client = sign_in(world.people["administrator"])
    assert client.send("/profile/username").status_code == 200
    assert client.send("/language/", {"language": "en"}).status_code == 302
    assert client.send("/logout/").status_code == 302


def test_no_address_changes_anything(
    app: Flask, world: SimpleNamespace, sign_in: Any, client: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens it: every row of every table is as before."""
    browsers = signed_in(world, sign_in, client)
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)  # so that the time of last use is due to be noted
    before, gets, opened = stored(), rules(app, "GET"), set()
    for browser in browsers.values():
        for rule in gets:
            path = address(rule, world.body.public_id)
            answer = browser.get(f"{path}?language=en&next=/profile/&mine=no")
            assert answer.status_code in (200, 302, 400, 404), rule
            answer = browser.get(path)
            # 403: a link of who is invited, opened by who is signed in
            assert answer.status_code in (200, 302, 404) or rule.rule.startswith("/invitation/"), rule.rule
            opened |= {rule.endpoint} if answer.status_code == 200 else set()
            answer.close()  # a file of static/ is open until then
    assert changed(before, stored()) == []
    assert sum(map(len, before.values())) > 100
    refused = {rule.endpoint for rule in gets} - opened
    led_on = {"MyAuthorityView.show", "InvitedBodyView.send"}
    assert refused == NEVER | led_on | {"DevMailsView.show", "DevMailsView.html"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_other_methods_open_nothing(app: Flask, world: SimpleNamespace, sign_in: Any, stored: Any, method: str) -> None:
    client = sign_in(world.people["national coordinator"])
    token, before = client.token(), stored()
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            continue
        answer = client.open(address(rule, world.body.public_id), method=method, headers={"X-CSRFToken": token})
        assert answer.status_code == 404, rule.rule
    assert changed(before, stored()) == []


# --- Addresses to go on to -------------------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/profile\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:/evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "#x",
    "",
    " //evil.example",
    " /profile/",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x1f/evil.example",
    "/\x7f/evil.example",
    "/\x85/evil.example",
    "/\u2028/evil.example",
    "/\u200b/evil.example",
    "/\u202e/evil.example",
    "/\ufeff/evil.example",
    "\u3000//evil.example",
    "//[",
]
HERE = [
    "/",
    "/profile/",
    "/coordinated-authorities/?mine=no&q=s%C3%B8",
    "/%2F/evil.example",
    "/%5Cevil.example",
    "/login/?next=https://evil.example",
    "/søg?q=ærø",
    "/a:b",
]


@pytest.mark.rule("R81")
@pytest.mark.parametrize("target", ELSEWHERE)
def test_one_goes_on_to_nowhere_but_a_path_of_this_site(target: str) -> None:
    assert own_path(target) == "/"


@pytest.mark.rule("R81")
@pytest.mark.parametrize("target", HERE)
def test_one_goes_on_to_the_path_one_came_from(target: str) -> None:
    assert own_path(target) == target


@pytest.mark.rule("R81")
def test_no_redirect_leads_to_another_site(app: Flask, make: Any, client: Any) -> None:
    """As a browser reads it: backslashes are slashes, and blanks and control characters are nothing."""
    user = make.user(make.authority())
    for target in ELSEWHERE + HERE:
        answers = [
            client.send("/language/", {"language": "da", "next": target}),
            client.send("/login/", {"username": user.username, "password": PASSWORD, "next": target}),
            app.test_client().get("/profile/", query_string={"next": target}),
            app.test_client().get(f"/profile/?{target}".encode("ascii", "replace").decode()),
        ]
        if "\0" in target:
            assert {answer.status_code for answer in answers} == {400}
            continue
        for answer in answers:
            assert answer.status_code == 302
            location = re.sub(r"[\x00-\x20]", "", answer.location).replace("\\", "/")
            assert urlsplit(urljoin("https://here.example/a/", location)).netloc == "here.example", (target, location)


@pytest.mark.rule("R81")
def test_a_page_of_sign_in_offers_no_way_to_another_site(client: Any) -> None:
    for target in ELSEWHERE:
        page = client.get("/login/", query_string={"next": target}).text
        hidden = re.findall(r'name="next" value="([^"]*)"', page)
        assert all(value.startswith("/login/") for value in hidden), target  # the language switch's own


@pytest.mark.rule("R81")
def test_another_host_is_refused(client: Any) -> None:
    for host in ("evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"):
        assert client.get("/login/", headers={"Host": host}).status_code == 400, host
    assert client.get("/login/", headers={"Host": "localhost"}).status_code == 200


@pytest.mark.rule("R81")
def test_forwarded_headers_count_for_nothing_where_no_proxy_is_set(client: Any) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    answer = client.get("/profile/", headers=forwarded)
    assert answer.location.startswith("/login/")
    assert "evil.example" not in client.get("/login/", headers=forwarded).text


# --- Cost, and fragments ---------------------------------------------------------------------------------------------


def test_the_sign_in_page_asks_the_database_nothing(db: Any, make: Any, client: Any, sign_in: Any) -> None:
    browser = sign_in(make.user(make.authority()))
    with statements(db) as heard:
        assert client.get("/login/").status_code == 200
        assert client.post("/login/", data={"username": "x", "password": "y"}).status_code == 400
        assert client.get("/profile/").status_code == 302
        assert client.get("/findes-ikke").status_code == 404
    assert heard == []
    with statements(db) as heard:
        assert browser.get("/findes-ikke").status_code == 404
        assert browser.get("/profile/").status_code == 200
    assert heard  # what is heard is the database


def test_a_fragment_of_a_page_behind_sign_in_tells_the_page_to_load_again(client: Any) -> None:
    answer = client.get("/coordinated-authorities/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers.get("HX-Refresh")) == (401, "true")
    assert "HX-Refresh" not in client.get("/coordinated-authorities/").headers


def test_a_cookie_that_nobody_signed_opens_nothing(app: Flask, make: Any, sign_in: Any) -> None:
    good = sign_in(make.user(make.authority())).get_cookie("session").value
    head, rest = good.split(".", 1)
    for value in ("", "x", good[:-1], f"{head}x.{rest}", f"{head}.{rest[:-4]}AAAA", head, "e30.e30.e30"):
        client = app.test_client()
        client.set_cookie("session", value)
        assert client.get("/profile/").location.startswith("/login/"), value


def test_a_session_without_a_person_opens_nothing(app: Flask, make: Any) -> None:
    """A number of a user is no token, as FAB would have it."""
    user = make.user(make.nimic())
    for value in (str(user.id), str(user.public_id), "", None, user.username):
        client: Any = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=value, _fresh=True)
        assert client.get("/profile/").location.startswith("/login/"), value


def test_everybody_in_these_tests_is_who_the_test_says(world: SimpleNamespace, sign_in: Any, client: Any) -> None:
    """Each browser shows its person's own address, so that a refusal above is a refusal of that person."""
    browsers = signed_in(world, sign_in, client)
    for name, user in world.people.items():
        assert isinstance(user, ImiUser)
        assert user.email_address in browsers[name].get("/profile/").text
