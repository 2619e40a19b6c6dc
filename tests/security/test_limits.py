"""How often is too often: counted exactly, told kindly, logged without a person, and never a reason to stand still."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from redis import Redis
from redis.exceptions import RedisError

from app.errors import TooOften
from app.extensions import db as _db
from app.models import Authority, ModuleRole
from app.security import limits
from app.services import sessions
from app.transaction import transaction
from config import SETTINGS
from run import queue_binary
from tests.conftest import Client, application_over
from tests.make import PASSWORD, Maker

LIST = "/coordinated-authorities/"
WRONG = "Forkert-Kodeord-7"


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Three searches and three tries to sign in a minute."""
    monkeypatch.setitem(app.config, "LIMIT_SEARCHES", 3)
    monkeypatch.setitem(app.config, "LIMIT_LOG_INS", 3)
    # Other tests have counted people of the same numbers in the store that all share.
    monkeypatch.setattr(app.extensions["imi.limiter"], "_key_prefix", secrets.token_hex(8))
    return app


def anywhere() -> dict[str, str]:
    """An address that no other test asks from."""
    return {"REMOTE_ADDR": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}


def names(page: str) -> list[str]:
    return re.findall(r'/authorities/[0-9a-f-]{36}/(?:[?]list=[^"]*)?"[^>]*>([^<]+)<', page)


@pytest.mark.rule("R85")
def test_each_limit_is_a_setting_and_each_such_setting_a_limit() -> None:
    assert limits.LIMITS.keys() == {name for name in SETTINGS if name.startswith("LIMIT_")}


@pytest.mark.rule("R85")
def test_searches_are_limited_by_account(limited: Flask, make: Any, sign_in: Any) -> None:
    manager = make.nimic()
    make.authority("Fyret", managed_by=manager)
    browser, colleague = sign_in(make.user(manager), "en"), sign_in(make.user(manager), "en")
    assert [browser.get(f"{LIST}?q=fyr").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert colleague.get(f"{LIST}?q=fyr").status_code == 200
    assert browser.get(LIST).status_code == 200  # looking without searching
    assert browser.get(f"{LIST}?q=+").status_code == 200


@pytest.mark.rule("R85")
def test_who_searched_too_often_is_told_when_to_try_again_and_finds_the_words_still_there(
    limited: Flask, make: Any, sign_in: Any
) -> None:
    manager = make.nimic()
    make.authority("Fyret", managed_by=manager)
    browser = sign_in(make.user(manager), "en")
    found = [browser.get(f"{LIST}?q=fyr") for _ in range(4)]
    assert names(found[0].text) == ["Fyret"]
    assert "Retry-After" not in found[0].headers
    answer = found[3]
    assert names(answer.text) == []
    assert 'name="q" maxlength="200" value="fyr"' in answer.text
    said = re.search(
        r"You have searched very often in a short time. You may try again in (\d+) seconds?\.", answer.text
    )
    assert said is not None
    assert 0 < int(said[1]) <= 60
    assert answer.headers["Retry-After"] == said[1]


@pytest.mark.rule("R85")
def test_looking_for_coordinators_is_a_search_and_loses_nothing_typed(limited: Flask, make: Any, sign_in: Any) -> None:
    manager = make.nimic()
    body = make.authority(managed_by=manager)
    coordinator: Authority = make.authority("Nævn")
    make.access(coordinator, "PQ-REQ", ModuleRole.coordinator)
    browser = sign_in(make.user(manager), "en")
    typed = {"role": "authority", "reason": "Begrundelse", "coordinators": [str(coordinator.public_id)]}
    typed |= {"step": "search", "coordinator_words": "nævn"}
    answers = [browser.send(f"/authorities/{body.public_id}/grant/PQ-REQ", typed) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    for answer in (answers[0], answers[3]):
        assert "Begrundelse" in answer.text
        assert 'value="nævn"' in answer.text
        assert f'value="{coordinator.public_id}" checked' in answer.text
    assert "You have searched very often" in answers[3].text
    assert browser.get(f"{LIST}?q=x").status_code == 429  # the same count


@pytest.mark.rule("R85")
def test_the_log_names_the_limit_and_the_route_and_nobody(
    limited: Flask, make: Any, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    user, place = make.user(make.authority()), anywhere()
    data = {"csrf_token": client.token(), "username": user.username, "password": WRONG}
    for _ in range(4):
        answer = client.post("/login/", data=data, environ_overrides=place)
    assert answer.status_code == 429
    [record] = [record for record in caplog.records if record.name == "imi.limits"]
    assert record.levelname == "WARNING"
    assert re.fullmatch(r"[0-9a-f]{32} LIMIT_LOG_INS was reached at /login/", record.getMessage())
    assert place["REMOTE_ADDR"] not in caplog.text
    assert user.username not in caplog.text


@pytest.mark.rule("R85")
def test_who_tried_too_often_to_sign_in_sees_the_form_and_the_username_again(
    limited: Flask, make: Any, client: Any
) -> None:
    user, place = make.user(make.authority()), anywhere()
    data = {"csrf_token": client.token(), "username": user.username, "password": WRONG}
    for _ in range(3):
        assert client.post("/login/", data=data, environ_overrides=place).status_code == 401
    answer = client.post("/login/", data={**data, "password": PASSWORD}, environ_overrides=place)
    assert answer.status_code == 429
    assert f'value="{user.username}"' in answer.text
    assert PASSWORD not in answer.text
    assert "Du kan prøve igen om" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert client.get("/profile/").status_code == 302  # the right password did not help
    assert client.post("/login/", data={**data, "password": PASSWORD}, environ_overrides=anywhere()).status_code == 302


@pytest.mark.rule("R85")
def test_a_limit_that_no_page_draws_itself_is_a_page_with_what_to_do(
    limited: Flask, make: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.views.overview._ways", lambda actor: limits.count("LIMIT_SEARCHES", 4))
    answer = sign_in(make.user(make.authority()), "en").get("/")
    assert answer.status_code == 429
    assert "You may try again in" in answer.text
    assert "Nothing has been changed" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.rule("R85")
def test_so_many_at_once_count_as_so_many(limited: Flask, make: Any, sign_in: Any) -> None:
    user = make.user(make.authority())
    with limited.test_request_context("/"):
        from flask_login import login_user

        login_user(make.actor(user))
        limits.count("LIMIT_SEARCHES", 2)
        limits.count("LIMIT_SEARCHES")
        with pytest.raises(TooOften):
            limits.count("LIMIT_SEARCHES")


@pytest.mark.rule("R85")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("LIMIT_INVITATIONS", "You have sent very many invitations in a short time."),
        ("LIMIT_WRONG_LINKS", "Very many links that do not exist have been opened from your network."),
    ],
)
def test_invitations_are_limited_by_account_and_wrong_links_by_address_an_hour(
    limited: Flask, db: Any, make: Any, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    from flask_login import login_user

    monkeypatch.setitem(limited.config, name, 2)
    people, places = [make.actor(make.user(make.authority())) for _ in range(2)], [anywhere() for _ in range(2)]
    db.session.commit()

    def count(person: int, place: int) -> None:
        with limited.test_request_context("/", environ_base=places[place]):
            login_user(people[person])
            limits.count(name)

    by_account = name == "LIMIT_INVITATIONS"
    for _ in range(2):
        count(0, 0)
    with pytest.raises(TooOften) as refusal, force_locale("en"):
        count(*((0, 1) if by_account else (1, 0)))
    assert str(refusal.value.message).startswith(said)
    count(*((1, 0) if by_account else (0, 1)))
    assert limits.LIMITS[name].window == "hour"


@pytest.mark.rule("R85")
@pytest.mark.parametrize(
    ("asked_from", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:ffff::1]:443", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("_gateway", "unknown"),
    ],
)
def test_an_address_is_counted_by_what_one_machine_has_one_of(app: Flask, asked_from: str, counted: str) -> None:
    with app.test_request_context("/", environ_overrides={"REMOTE_ADDR": asked_from}):
        assert limits.address() == counted


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second."), (60, "60 seconds."), (61, "2 minutes."), (3600, "60 minutes."), (3601, "2 hours.")],
)
def test_the_time_to_wait_in_words(app: Flask, seconds: int, said: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert limits._when(seconds) == f"You may try again in {said}"


# --- When the store is gone ------------------------------------------------------------------------------------------


class Store:
    """A Valkey of the test's own, that can be stopped and made to hang."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="imi-limits-")
        self.url = f"unix://{self.folder}/s"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        words = [queue_binary(), "--port", "0", "--unixsocket", f"{self.folder}/s", "--save", "", "--dir", self.folder]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < end
            time.sleep(0.02)
        return process

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def come_back(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        else:
            self.process = self._start()

    def remove(self) -> None:
        self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.folder)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.remove()


@pytest.mark.rule("R85")
@pytest.mark.parametrize("how", ["stop", "hang"])
def test_when_the_store_fails_one_signs_in_all_the_same_and_soon(
    new_database: Callable[..., str], template_database: str, store: Store, how: str
) -> None:
    """The limits go on in memory, and in the store again when it is back."""
    uri = {"RATELIMIT_STORAGE_URI": f"redis+{store.url}"}
    application = application_over(new_database(template_database), LIMIT_LOG_INS=3, **uri)
    application.test_client_class = Client
    with application.app_context():
        make = Maker()
        username = make.user(make.authority()).username
        _db.session.commit()
        _db.session.remove()
    browser: Any = application.test_client()
    data = {"csrf_token": browser.token(), "username": "nobody123", "password": WRONG}
    right = {"username": username, "password": PASSWORD}
    there = [browser.post("/login/", data=data, environ_overrides=anywhere()).status_code for _ in range(2)]
    getattr(store, how)()
    place, answers, slowest = anywhere(), [], 0.0
    for _ in range(4):
        begun = time.monotonic()
        answers.append(browser.post("/login/", data=data, environ_overrides=place).status_code)
        slowest = max(slowest, time.monotonic() - begun)
    begun = time.monotonic()
    signed_in = browser.post("/login/", data={**data, **right}, environ_overrides=anywhere())
    slowest = max(slowest, time.monotonic() - begun)
    assert there == [401, 401]
    assert answers == [401, 401, 401, 429]
    assert signed_in.status_code == 302
    assert slowest < 2.5
    store.come_back()
    _is_counted_in(store, browser)
    with application.app_context():
        _db.engine.dispose()


def _is_counted_in(store: Store, browser: Any) -> None:
    """The store is asked whether it is back now and then, by requests; then it counts again."""
    end = time.monotonic() + 20
    with Redis.from_url(store.url) as client:
        client.flushall()
        while not client.keys("*LIMIT_LOG_INS*"):
            assert time.monotonic() < end
            time.sleep(0.2)
            data = {"csrf_token": browser.token(), "username": "nobody123", "password": WRONG}
            browser.post("/login/", data=data, environ_overrides=anywhere())


def test_the_limits_store_is_the_queues(app: Flask) -> None:
    assert app.config["RATELIMIT_STORAGE_URI"].endswith(app.config["REDIS_URL"].removeprefix("unix:"))
    assert Path(app.config["REDIS_URL"].removeprefix("unix://")).is_socket()


@pytest.mark.rule("R85")
def test_passwords_entered_while_signed_in_are_limited_by_account(
    new_database: Callable[..., str], template_database: str
) -> None:
    """Each costs a slow hash: who sends many would hold up the others."""
    limited = application_over(new_database(template_database), LIMIT_PASSWORDS="2")
    limited.test_client_class = Client
    with limited.app_context():
        browser = signed_in_browser(limited)
        for path, field in (("/password/", "current_password"), ("/password-again/", "password_again")):
            sent = {field: "Forkert-1", "new_password": "Et-Nyt-Kodeord-8", "repeat_password": "Et-Nyt-Kodeord-8"}
            answers = [browser.send(path, sent if path == "/password/" else {field: "Forkert-1"}) for _ in range(2)]
            assert answers[-1].status_code == (422 if path == "/password/" else 429)
        _db.session.remove()
        _db.engine.dispose()


@pytest.mark.rule("R85")
def test_forms_sent_are_limited_by_account_whatever_they_are(
    new_database: Callable[..., str], template_database: str
) -> None:
    limited = application_over(new_database(template_database), LIMIT_ACTS="3")
    limited.test_client_class = Client
    with limited.app_context():
        browser = signed_in_browser(limited)
        statuses = [browser.send("/language/", {"language": code}).status_code for code in ("en", "da", "en", "da")]
        assert statuses == [302, 302, 302, 429]
        assert browser.get("/profile/").status_code == 200  # looking is not limited
        assert browser.send("/logout/").status_code == 302  # and the way out is open
        _db.session.remove()
        _db.engine.dispose()


def signed_in_browser(application: Flask) -> Any:
    with transaction():
        token = sessions.begin(Maker().user(Maker().authority()))
    browser: Any = application.test_client()
    with browser.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True, locale="da")
    return browser
