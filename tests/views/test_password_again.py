"""The password entered again before far-reaching acts, as a browser meets it: by views of this test's own, guarded."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from flask import Flask, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import func, select

from app import clock
from app.extensions import db as _db
from app.i18n import _l
from app.models import AuditEvent, AuditRepeat, ImiUser, UserSession
from app.policy.pages import Page
from app.security.acting import acting
from app.security.parameters import takes
from app.services import sessions
from app.transaction import transaction
from app.views.base import ImiView
from app.views.password_again import password_again
from tests.conftest import Client, application_over
from tests.make import PASSWORD, Maker
from tests.standing_clock import StandingClock
from tests.statements import statements

WRONG = "Forkert-Kodeord-7"
FORM = {"name": ["Åse <b>&\"'"], "module": ["1", "2", "2"], "empty": [""], "text": ["to\r\nlinjer"]}
PURPOSE = "You are about to try it out."


class GuardedView(ImiView):
    """A page and a form behind the password, and what came of them."""

    route_base = "/guarded"
    class_permission_name = Page.profile.value
    method_permission_name: ClassVar[dict[str, str]] = {"form": "read", "act": "write", "both": "write"}
    done: ClassVar[list[Any]] = []

    @expose("/form")
    @has_access
    @password_again(_l("You are about to try it out."))
    def form(self) -> str:
        return "the form"

    @expose("/act", methods=["POST"])
    @has_access
    @password_again(_l("You are about to try it out."), back="ProfileView.show")
    @takes(form=FORM, lists=("module",))
    def act(self) -> Any:
        with acting() as actor:
            self.done.append((actor.user_id, actor.password_entered_at, request.form.to_dict(flat=False)))
        assert not {"password_again", "password_again_language"} & set(request.values)
        return redirect("/profile/")

    @expose("/both/<int:number>", methods=["GET", "POST"])
    @has_access
    @password_again(_l("You are about to try it out."))
    @takes(query=("q",))
    def both(self, number: int) -> str:
        self.done.append((request.method, number, request.args.get("q")))
        return f"number {number}"


class OfManagersView(ImiView):
    """A guarded page that only some may open."""

    route_base = "/managers"
    class_permission_name = Page.register_authority.value
    method_permission_name: ClassVar[dict[str, str]] = {"form": "read"}

    @expose("/form")
    @has_access
    @password_again(_l("You are about to try it out."))
    def form(self) -> str:
        return "the form"


def with_guarded(application: Flask) -> Flask:
    with application.app_context():
        for view in (GuardedView, OfManagersView):
            application.appbuilder.add_view_no_menu(view)  # type: ignore[attr-defined]
    application.test_client_class = Client
    return application


@pytest.fixture(scope="module")
def app(new_database: Callable[..., str], template_database: str) -> Iterator[Flask]:
    """The application with those views, over a database whose changes are rolled back."""
    application = with_guarded(application_over(new_database(template_database)))
    yield application
    with application.app_context():
        _db.engine.dispose()


@pytest.fixture(autouse=True)
def done() -> list[Any]:
    GuardedView.done.clear()
    return GuardedView.done


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock(datetime(2026, 7, 15, 10, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def user(make: Any, time: StandingClock) -> ImiUser:
    """Somebody of an ordinary authority."""
    user: ImiUser = make.user(make.authority())
    return user


@pytest.fixture
def late(user: ImiUser, sign_in: Any, time: StandingClock) -> Any:
    """His browser, in which he gave his password ten minutes ago."""
    client = sign_in(user)
    time.move(minutes=10)
    return client


def hidden(page: str) -> dict[str, list[str]]:
    """What the page's form would send, but for the token and the password."""
    [form] = re.findall(r'<form id="password-again".*?</form>', page, re.DOTALL)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    [_token] = found.pop("csrf_token")  # one: the page's own
    return found


def asks(answer: Any) -> bool:
    return answer.status_code == 403 and 'name="password_again"' in answer.text


def cookie_of(client: Any) -> str:
    return str(client.get_cookie("session").value)


def another_with(app: Flask, cookie: str) -> Any:
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client


def acts(db: Any) -> list[str]:
    return list(db.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))


# --- When one is asked -----------------------------------------------------------------------------------------------


@pytest.mark.rule("R90")
def test_the_password_counts_for_ten_minutes_from_signing_in(
    user: ImiUser, sign_in: Any, time: StandingClock, done: list[Any]
) -> None:
    client = sign_in(user)
    time.move(minutes=9, seconds=59)
    assert client.get("/guarded/form").text == "the form"
    assert client.send("/guarded/act", FORM).status_code == 302
    time.move(seconds=1)
    assert asks(client.get("/guarded/form"))
    assert asks(client.send("/guarded/act", FORM))
    assert len(done) == 1


@pytest.mark.rule("R90")
def test_how_long_is_a_setting(
    app: Flask, late: Any, time: StandingClock, monkeypatch: pytest.MonkeyPatch, user: ImiUser
) -> None:
    monkeypatch.setitem(app.config, "PASSWORD_AGAIN_MINUTES", 11)
    assert late.get("/guarded/form").text == "the form"
    time.move(minutes=1)
    page = late.get("/guarded/form")
    assert asks(page)
    assert "de næste 11 minutter" in page.text


@pytest.mark.rule("R90")
def test_the_page_says_what_it_is_for_in_both_languages(late: Any) -> None:
    """What is for is the view's own sentence: in this test it has no Danish."""
    danish = late.get("/guarded/form").text
    assert danish.count("<h1>") == 1
    assert "<h1>Skriv dit password igen</h1>" in danish
    assert "intet af det, du har skrevet, går tabt" in danish
    late.send("/language/", {"language": "en"})
    english = late.get("/guarded/form").text
    assert "<h1>Enter your password again</h1>" in english
    assert PURPOSE in english
    assert "nothing you have typed is lost" in english
    assert re.search(r'<input[^>]*name="password_again"[^>]*>', english)[0].count("autofocus") == 1  # type: ignore[index]


@pytest.mark.rule("R90")
def test_asking_costs_no_statement(db: Any, user: ImiUser, sign_in: Any, time: StandingClock) -> None:
    client = sign_in(user)
    for _ in ("let through", "asked"):
        with statements(db) as heard:
            client.get("/guarded/form")
        assert len(heard) == 1  # who it is
        time.move(minutes=10)
        client.get("/profile/")  # notes the use


@pytest.mark.rule("R70")
@pytest.mark.rule("R90")
def test_who_may_not_is_not_asked(make: Any, sign_in: Any, client: Any, time: StandingClock) -> None:
    """The gate stands before: the page is the same 404, and nobody is told what it is for."""
    browser = sign_in(make.user(make.authority()))
    time.move(minutes=11)
    assert browser.get("/managers/form").status_code == 404
    assert PURPOSE not in browser.get("/password-again/?next=/managers/form").text
    assert client.get("/guarded/form").location.startswith("/login/")
    assert client.send("/guarded/act").status_code == 401
    manager = sign_in(make.user(make.access_manager()))
    time.move(minutes=11)
    assert PURPOSE in manager.get("/password-again/?next=/managers/form").text
    assert asks(manager.get("/managers/form"))


# --- A page ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R90")
def test_a_page_is_gone_on_to_once_the_password_is_entered(db: Any, late: Any, done: list[Any]) -> None:
    page = late.get("/guarded/both/7?q=s%C3%B8").text
    assert 'action="/password-again/"' in page
    answer = late.send("/password-again/", {**hidden(page), "password_again": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/guarded/both/7?q=s%C3%B8")
    assert done == []
    assert late.get(answer.location).text == "number 7"
    assert done == [("GET", 7, "sø")]
    assert acts(db) == ["password.entered_again"]


@pytest.mark.rule("R73")
@pytest.mark.rule("R90")
@pytest.mark.parametrize(("typed", "sentence"), [(WRONG, "This is not your password."), ("", "Write your password.")])
def test_a_wrong_password_asks_again_and_still_knows_what_for(late: Any, typed: str, sentence: str) -> None:
    late.send("/language/", {"language": "en"})
    answer = late.send("/password-again/", {"next": "/guarded/form", "password_again": typed})
    assert asks(answer)
    assert sentence in answer.text
    assert PURPOSE in answer.text
    assert hidden(answer.text) == {"next": ["/guarded/form"]}
    assert WRONG not in answer.text
    assert asks(late.get("/guarded/form"))


@pytest.mark.rule("R81")
@pytest.mark.rule("R90")
@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "/\n"]
)
def test_one_goes_on_to_this_site_only(late: Any, target: str) -> None:
    assert hidden(late.get("/password-again/", query_string={"next": target}).text) == {"next": ["/"]}
    assert late.send("/password-again/", {"next": target, "password_again": PASSWORD}).location == "/"


@pytest.mark.rule("R72")
def test_a_switch_of_language_comes_back_to_the_page(late: Any) -> None:
    answer = late.send("/password-again/", {"next": "/guarded/form", "password_again": WRONG})
    back = html.unescape(re.findall(r'name="next" value="([^"]*)"', answer.text)[0])
    assert back == "/password-again/?next=/guarded/form"
    switched = late.send("/language/", {"language": "en", "next": back})
    assert PURPOSE in late.get(switched.location).text


# --- A form ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R90")
def test_nothing_typed_is_lost_and_the_act_never_sees_the_password(
    user: ImiUser, late: Any, time: StandingClock, done: list[Any]
) -> None:
    page = late.send("/guarded/act", FORM).text
    assert hidden(page) == FORM
    assert 'action="' not in re.findall(r'<form id="password-again"[^>]*>', page)[0]  # the address itself
    assert 'href="/profile/"' in page  # the way back
    answer = late.send("/guarded/act", {**hidden(page), "password_again": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/profile/")
    [(who, entered_at, form)] = done
    assert (who, entered_at) == (user.id, time.moment)
    assert form.pop("csrf_token")
    assert form == FORM


@pytest.mark.rule("R90")
@pytest.mark.parametrize("typed", [WRONG, ""])
def test_a_wrong_password_keeps_what_was_typed(late: Any, done: list[Any], typed: str) -> None:
    answer = late.send("/guarded/act", {**FORM, "password_again": typed})
    assert asks(answer)
    assert hidden(answer.text) == FORM
    assert WRONG not in answer.text
    assert done == []


@pytest.mark.rule("R72")
@pytest.mark.rule("R90")
def test_a_switch_of_language_loses_nothing_and_does_nothing(late: Any, done: list[Any], time: StandingClock) -> None:
    """Whatever stands in the field, and though the password was entered in another tab meanwhile."""
    sent = {**FORM, "password_again": PASSWORD, "password_again_language": "en"}
    for _ in ("before", "after"):
        page = late.send("/guarded/act", sent)
        assert asks(page)
        assert hidden(page.text) == FORM
        assert "<h1>Enter your password again</h1>" in page.text
        assert 'form="password-again" name="password_again_language" value="da"' in page.text
        late.send("/password-again/", {"password_again": PASSWORD})
    assert done == []


@pytest.mark.rule("R90")
def test_a_field_of_the_page_is_taken_out_even_where_nothing_is_asked(
    user: ImiUser, sign_in: Any, done: list[Any]
) -> None:
    """Another tab was quicker: what was typed here goes on as it is, without the password."""
    client = sign_in(user)
    assert client.send("/guarded/act", {**FORM, "password_again": PASSWORD}).status_code == 302
    assert set(done[0][2]) == {*FORM, "csrf_token"}


@pytest.mark.rule("R90")
def test_without_a_token_no_password_is_tried(db: Any, late: Any, done: list[Any]) -> None:
    for path in ("/guarded/act", "/password-again/"):
        assert late.post(path, data={"password_again": PASSWORD}).status_code == 400
    assert (acts(db), done) == ([], [])


@pytest.mark.rule("R90")
def test_a_part_of_a_page_leads_to_the_whole_one(late: Any) -> None:
    answer = late.get("/guarded/both/3?q=1", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (403, "")
    assert answer.headers["HX-Redirect"] == "/password-again/?next=/guarded/both/3?q%3D1"
    assert hidden(late.get(answer.headers["HX-Redirect"]).text) == {"next": ["/guarded/both/3?q=1"]}


# --- What comes of it ------------------------------------------------------------------------------------------------


@pytest.mark.rule("R90")
def test_the_right_password_gives_a_new_token_and_the_old_one_dies(
    app: Flask, db: Any, user: ImiUser, late: Any, time: StandingClock
) -> None:
    before = cookie_of(late)
    late.send("/password-again/", {"password_again": PASSWORD})
    copied = another_with(app, before)
    assert cookie_of(late) != before
    assert copied.get("/profile/").status_code == 200  # what was on its way arrives
    assert asks(copied.get("/guarded/form"))  # but the password was not entered for it
    time.move(seconds=10)
    assert copied.get("/profile/").location.startswith("/login/")
    assert late.get("/guarded/form").text == "the form"
    late.send("/logout/")
    assert late.get("/profile/").location.startswith("/login/")


@pytest.mark.rule("R90")
def test_entering_it_in_two_tabs_at_once_puts_neither_out(
    app: Flask, user: ImiUser, late: Any, time: StandingClock, done: list[Any]
) -> None:
    """A second request was sent before the first one's answer brought the new token; whichever answer comes last."""
    token, before = late.token(), cookie_of(late)
    answers = []
    for _ in ("first", "second"):
        tab = another_with(app, before)
        sent = {**FORM, "password_again": PASSWORD, "csrf_token": token}
        assert tab.post("/guarded/act", data=sent).status_code == 302
        answers.append(tab)
    assert len(done) == 2
    time.move(minutes=1)
    for tab in answers:
        assert tab.get("/guarded/form").text == "the form"
        # A form that was open in the meantime still has a good token.
        assert tab.post("/guarded/act", data={**FORM, "csrf_token": token}).status_code == 302


@pytest.mark.rule("R90")
def test_both_requests_come_through_where_they_truly_come_at_once(real_app: Flask) -> None:
    with_guarded(real_app)
    with real_app.app_context(), transaction():
        user = Maker().user(Maker().authority())
        session_token = sessions.begin(user)
        long_ago = UserSession.__table__.update().values(password_entered_at=datetime(2026, 1, 1, tzinfo=UTC))
        _db.session.execute(long_ago)
    first: Any = real_app.test_client()
    with first.session_transaction() as cookie:
        cookie.update(_user_id=session_token, _fresh=True, locale="da")
    token, before = first.token(), cookie_of(first)

    def send(_number: int) -> Any:
        tab = another_with(real_app, before)
        tab.post("/guarded/act", data={**FORM, "password_again": PASSWORD, "csrf_token": token})
        return tab.get("/guarded/form").text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == ["the form"] * 4


@pytest.mark.rule("R55")
@pytest.mark.rule("R90")
@pytest.mark.parametrize("path", ["/password-again/", "/guarded/act"])
def test_the_fifth_wrong_password_blocks_and_the_rights_end(
    db: Any, make: Any, sign_in: Any, time: StandingClock, done: list[Any], path: str
) -> None:
    user = make.user(make.access_manager())
    client = sign_in(user)
    time.move(minutes=10)
    assert client.get("/register-authority/").status_code == 200
    for _ in range(4):
        assert asks(client.send(path, {"password_again": WRONG}))
    for typed in (WRONG, PASSWORD):  # the fifth; and then not even the right one
        answer = client.send(path, {"password_again": typed})
        assert answer.status_code == 409
        assert "blokeret" in answer.text
    assert db.session.scalar(select(ImiUser.blocked_at).where(ImiUser.id == user.id)) == time.moment
    # Counted: the first is an entry, the others are in its count (R67).
    assert sorted(acts(db)) == ["password.blocked", "password.entered_wrongly"]
    assert db.session.scalars(select(AuditRepeat.times)).all() == [5]
    assert client.get("/register-authority/").status_code == 404
    assert client.send("/login/", {"username": user.username, "password": PASSWORD}).status_code == 401
    assert done == []


@pytest.mark.rule("R55")
@pytest.mark.rule("R90")
def test_wrong_ones_here_and_at_sign_in_count_together_and_a_right_one_ends_the_row(
    db: Any, user: ImiUser, late: Any, client: Any
) -> None:
    for _ in range(3):
        client.send("/login/", {"username": user.username, "password": WRONG})
    late.send("/password-again/", {"password_again": WRONG})
    counted = select(ImiUser.failed_log_ins).where(ImiUser.id == user.id)
    assert db.session.scalar(counted) == 4
    late.send("/password-again/", {"password_again": PASSWORD})
    assert db.session.scalar(counted) == 0


@pytest.mark.rule("R67")
@pytest.mark.rule("R90")
def test_it_is_logged_and_nothing_typed_is_in_the_log(db: Any, user: ImiUser, late: Any) -> None:
    late.send("/password-again/", {"password_again": WRONG})
    late.send("/password-again/", {"password_again": PASSWORD})
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.act, event.actor_user_id, event.subject_id) for event in events] == [
        ("password.entered_wrongly", user.id, user.id),
        ("password.entered_again", user.id, user.id),
    ]
    for table in db.metadatas[None].tables.values():
        assert WRONG not in repr(db.session.execute(select(table)).all())


@pytest.mark.rule("R54")
@pytest.mark.rule("R90")
def test_a_temporary_password_is_not_entered_again(make: Any, sign_in: Any, time: StandingClock) -> None:
    until = time.moment.replace(year=2027)
    client = sign_in(make.user(make.authority(), password_is_temporary=True, temporary_password_expires_at=until))
    assert client.get("/password-again/").location == "/password/"
    assert client.send("/password-again/", {"password_again": PASSWORD}).location == "/password/"


@pytest.mark.rule("R90")
def test_changing_the_password_counts_as_entering_it(user: ImiUser, late: Any) -> None:
    new = "Skovens-dybe-ro-3"
    words = {"current_password": PASSWORD, "new_password": new, "repeat_password": new}
    assert late.send("/password/", words).status_code == 302
    assert late.get("/guarded/form").text == "the form"


def test_the_old_session_is_not_prolonged_by_its_last_seconds(
    db: Any, user: ImiUser, sign_in: Any, time: StandingClock
) -> None:
    """One that ends in five seconds anyway ends in five."""
    client = sign_in(user)
    db.session.execute(UserSession.__table__.update().values(expires_at=time.moment.replace(second=5)))
    client.send("/password-again/", {"password_again": PASSWORD})
    assert db.session.scalar(select(func.min(UserSession.expires_at))) == time.moment.replace(second=5)


@pytest.mark.rule("R90")
def test_signing_out_ends_the_token_before_too(app: Flask, late: Any) -> None:
    """The one that lives ten seconds longer for what was on its way."""
    before = cookie_of(late)
    late.send("/password-again/", {"password_again": PASSWORD})
    assert another_with(app, before).get("/profile/").status_code == 200
    late.send("/logout/")
    assert another_with(app, before).get("/profile/").status_code == 302


@pytest.mark.rule("R85")
@pytest.mark.rule("R90")
def test_too_many_passwords_lose_nothing_typed(
    app: Flask, late: Any, done: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_PASSWORDS", 1)
    for status in (403, 429):
        answer = late.send("/guarded/act", {**FORM, "password_again": WRONG})
        assert answer.status_code == status
        assert hidden(answer.text) == FORM
    assert "for mange gange" in answer.text
    assert done == []
