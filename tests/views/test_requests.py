"""What the log says of a request, and what counts of what proxies and senders say about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import select

from app.extensions import db as _db
from app.mail import secrecy
from app.models import OutgoingMail
from app.security import limits
from tests.conftest import Client, application_over
from tests.registering import checked, typed

# --- The log ---------------------------------------------------------------------------------------------------------


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "imi.requests"]


def test_the_log_names_the_route_and_nothing_that_stands_in_the_address(
    make: Any, sign_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    body = make.authority()
    browser = sign_in(make.user(body, email_address="kim.hemmelig@myndighed.example"))
    browser.get(f"/authorities/{body.public_id}/users?q=geheim")
    browser.get(f"/authorities/{body.public_id}/users")
    browser.get("/findes-ikke/geheim?token=geheim")
    browser.send("/language/", {"language": "en", "next": "/geheim"})
    said = lines(caplog)
    pattern = re.compile(r"[0-9a-f]{32} (GET|POST) (\S+) \d{3} \d+ ms")
    routes = [match[2] for line in said if (match := pattern.fullmatch(line))]
    assert routes == ["/authorities/<uuid:public_id>/users"] * 2 + ["-", "/login/", "/language/"]
    assert re.search(f"geheim|hemmelig|{body.public_id}", caplog.text) is None


def test_a_number_of_a_request_is_never_the_senders(make: Any, sign_in: Any, caplog: pytest.LogCaptureFixture) -> None:
    browser, given = sign_in(make.user(make.authority())), "0123456789abcdef0123456789abcdef"
    names = ("X-Request-ID", "X-Request-Id", "Request-Id", "X-Correlation-ID", "X-Amzn-Trace-Id", "traceparent")
    answers = [browser.get("/findes-ikke", headers={name: given}) for name in names]
    assert all(given not in answer.text and given not in str(answer.headers) for answer in answers)
    numbers = [line.split()[0] for line in lines(caplog)]
    assert len(set(numbers)) == len(names)
    assert given not in caplog.text


# --- Proxies ---------------------------------------------------------------------------------------------------------

PROXY = {"REMOTE_ADDR": "10.0.0.1"}


@pytest.fixture
def behind(new_database: Callable[..., str], template_database: str) -> Iterator[Callable[..., tuple[Any, Any]]]:
    """The application behind so many proxies: a browser before it, and what it has seen of each request."""
    made: list[Flask] = []

    def application(hops: int, **more: Any) -> tuple[Any, list[tuple[str | None, str, str, str]]]:
        url = new_database(template_database)
        found = application_over(url, PROXY_HOPS=hops, TRUSTED_HOSTS=["imi.example.dk"], **more)
        found.test_client_class = Client
        seen: list[tuple[str | None, str, str, str]] = []
        found.before_request(lambda: seen.append((request.remote_addr, request.scheme, request.host, limits.address())))
        made.append(found)
        return found.test_client(), seen

    yield application
    for each in made:
        with each.app_context():
            _db.engine.dispose()


def forwarded(addresses: str, schemes: str = "", hosts: str = "", **more: str) -> dict[str, str]:
    named = {"X-Forwarded-For": addresses, "X-Forwarded-Proto": schemes, "X-Forwarded-Host": hosts, **more}
    return {"Host": "imi.example.dk", **{name: value for name, value in named.items() if value}}


FORGED = forwarded(
    "6.6.6.6, 192.0.2.9, 10.0.0.2",
    "http, https, https",
    "evil.example, imi.example.dk, imi.example.dk",
    **{"Forwarded": "for=6.6.6.6;host=evil.example", "X-Forwarded-Port": "6666", "X-Forwarded-Prefix": "/evil"},
    **{"X-Real-IP": "6.6.6.6", "CF-Connecting-IP": "6.6.6.6", "True-Client-IP": "6.6.6.6"},
)


@pytest.mark.rule("R81")
@pytest.mark.parametrize(
    ("hops", "seen_as"),
    [
        (0, ("10.0.0.1", "http", "imi.example.dk", "10.0.0.1")),
        (1, ("10.0.0.2", "https", "imi.example.dk", "10.0.0.2")),
        (2, ("192.0.2.9", "https", "imi.example.dk", "192.0.2.9")),
    ],
)
def test_forwarded_headers_count_for_the_number_of_proxies_set_and_no_more(
    behind: Callable[..., tuple[Any, Any]], hops: int, seen_as: tuple[str, ...]
) -> None:
    """A sender can begin such a header with what he likes; the proxies add to its end."""
    browser, seen = behind(hops)
    page = browser.get("/login/", headers=FORGED, environ_overrides=PROXY)
    assert page.status_code == 200
    assert seen == [seen_as]
    assert re.search("evil|6666", page.text + str(page.headers)) is None


@pytest.mark.rule("R81")
@pytest.mark.parametrize("hops", [1, 2])
def test_a_header_with_fewer_entries_than_proxies_counts_for_nothing(
    behind: Callable[..., tuple[Any, Any]], hops: int
) -> None:
    browser, seen = behind(hops)
    few = ", ".join(["6.6.6.6"] * (hops - 1))
    browser.get("/login/", headers=forwarded(few), environ_overrides=PROXY)
    browser.get("/login/", headers=forwarded(""), environ_overrides=PROXY)
    assert [address for address, *_ in seen] == ["10.0.0.1", "10.0.0.1"]


@pytest.mark.rule("R81")
def test_a_proxy_cannot_name_another_host_either(behind: Callable[..., tuple[Any, Any]]) -> None:
    browser, _ = behind(1)
    answer = browser.get("/login/", headers=forwarded("192.0.2.9", "https", "evil.example"), environ_overrides=PROXY)
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.rule("R81", "R85")
@pytest.mark.parametrize("hops", [0, 1, 2])
def test_the_limit_counts_the_client_and_no_address_that_he_makes_up(
    behind: Callable[..., tuple[Any, Any]], hops: int
) -> None:
    browser, _ = behind(hops, LIMIT_LOG_INS=2, RATELIMIT_STORAGE_URI="memory://", RATELIMIT_STORAGE_OPTIONS={})
    peer = {0: "192.0.2.9", 1: "10.0.0.1", 2: "10.0.0.1"}[hops]
    real = {0: [], 1: ["192.0.2.9"], 2: ["192.0.2.9", "10.0.0.2"]}[hops]
    page = browser.get("/login/", headers={"Host": "imi.example.dk"})
    token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    data = {"csrf_token": token, "username": "nobody123", "password": "Forkert-Kodeord-7"}
    statuses = []
    for made_up in ("6.6.6.1", "6.6.6.2", "6.6.6.3, 6.6.6.4"):
        headers = forwarded(", ".join([made_up, *real]))
        answer = browser.post("/login/", data=data, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
        statuses.append(answer.status_code)
    assert statuses == [401, 401, 429]
    other = [address.replace("192.0.2.9", "192.0.2.10") for address in real]
    peer = peer.replace("192.0.2.9", "192.0.2.10")
    headers = forwarded(", ".join(other))
    assert (
        browser.post("/login/", data=data, headers=headers, environ_overrides={"REMOTE_ADDR": peer}).status_code == 401
    )


# --- Addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R81")
def test_no_address_in_a_page_or_mail_comes_from_the_request(
    app: Flask, make: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://imi.example.dk")
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["localhost", "alias.example"])
    monkeypatch.setattr("app.queue.enqueue", lambda *_: None)
    browser = sign_in(make.user(make.access_manager()))
    token, alias = browser.token(), {"headers": {"Host": "alias.example"}}
    browser.set_cookie("session", browser.get_cookie("session").value, domain="alias.example")
    path, data = checked(browser, typed(), **alias)
    answer = browser.post(path, data={**data, "csrf_token": token}, **alias)
    assert answer.status_code == 303
    pages = [
        browser.get(path, **alias) for path in (answer.location, "/", "/coordinated-authorities/?q=a", "/profile/")
    ]
    assert {page.status_code for page in pages} == {200}
    mail = _db.session.scalars(select(OutgoingMail)).one()
    body = secrecy.unseal(mail.body or b"")
    written = "".join(
        [*(page.text for page in pages), answer.location, mail.subject, mail.message_id, body.text, body.html]
    )
    assert re.search(r"alias\.example|localhost", written) is None
    assert "https://imi.example.dk" in body.text
    assert mail.message_id.endswith("@imi.example.dk>")
