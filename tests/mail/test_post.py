"""The way to the mail server, against real servers of every bad temper."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.mail.post import Later, Parcel, Post, Refused, Trouble, Unknown, Unreachable, wrap
from tests.servers import SmtpSink, free_port, make_certificate

PARCEL = Parcel(
    message_id="<one@example.org>",
    recipient="anne@example.org",
    reply_to="desk@example.org",
    subject="Ny myndighed: Søfartsstyrelsen",
    language="da",
    date=datetime(2026, 11, 24, 12, tzinfo=UTC),
    text="Kære Åse\n.\nlinje\n",
    html="<p>Kære Åse</p>\n",
)


def use(app: Flask, port: int, *, starttls: bool = False, tls: bool = False, timeout: float = 5, **more: Any) -> None:
    """Let the application send through the server at that port."""
    app.config["SMTP_TIMEOUT"] = timeout
    state = app.extensions["mail"]
    state.server, state.port = "127.0.0.1", port
    state.use_tls, state.use_ssl = starttls, tls
    state.username, state.password = more.get("username"), more.get("password")


def send(app: Flask, *parcels: Parcel) -> list[str]:
    with app.app_context(), Post() as post:
        return [post.send(parcel.recipient, wrap(parcel)) for parcel in parcels]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """One for 127.0.0.1 that clients of this test trust."""
    files = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    return files


@pytest.mark.rule("R84")
def test_the_message_is_whole(app: Flask) -> None:
    with SmtpSink() as sink:
        use(app, sink.port)
        assert send(app, PARCEL) == ["250 OK"]
    message = sink.messages[0]
    assert message["Message-ID"] == PARCEL.message_id
    assert message["Subject"] == PARCEL.subject
    assert message["To"] == PARCEL.recipient
    assert message["Reply-To"] == PARCEL.reply_to
    assert message["Auto-Submitted"] == "auto-generated"
    assert app.config["INSTALLATION_NAME"] in message["From"]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain = message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r", "") == PARCEL.text


def test_many_mails_go_over_one_connection(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    with SmtpSink() as sink:
        use(app, sink.port)
        monkeypatch.setattr(Post, "connect", _counting(Post.connect, opened))
        send(app, *[PARCEL] * 5)
    assert len(sink.messages) == 5
    assert len(set(opened)) == 1


def _counting(connect: Any, opened: list[int]) -> Any:
    def counted(post: Post) -> None:
        connect(post)
        opened.append(id(post._connection.host))

    return counted


def test_a_refusal_and_a_delay_are_told_apart_and_leave_the_connection_usable(app: Flask) -> None:
    with SmtpSink("refuse") as sink, app.app_context(), Post() as post:
        use(app, sink.port)
        with pytest.raises(Refused, match="550 5.1.1 no such mailbox"):
            post.send(PARCEL.recipient, wrap(PARCEL))
        sink.mode = "greylist"
        with pytest.raises(Later, match="451 4.7.1"):
            post.send(PARCEL.recipient, wrap(PARCEL))
        assert post.send(PARCEL.recipient, wrap(PARCEL)) == "250 OK"


@pytest.mark.parametrize("mode", ["mute", "drop"])
def test_without_an_answer_to_the_text_nobody_knows(app: Flask, mode: Any) -> None:
    with SmtpSink(mode) as sink:
        use(app, sink.port, timeout=0.5)
        with pytest.raises(Unknown):
            send(app, PARCEL)
    assert len(sink.messages) == 1


def test_a_silent_server_does_not_hold_us(app: Flask) -> None:
    with SmtpSink("hang") as sink:
        use(app, sink.port, timeout=0.5)
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=Trouble.timeout):
            send(app, PARCEL)
    assert time.monotonic() - begun < 3


def test_no_server(app: Flask) -> None:
    use(app, free_port())
    with pytest.raises(Unreachable, match=Trouble.unreachable):
        send(app, PARCEL)


@pytest.mark.rule("R89")
def test_without_tls_nothing_is_sent_where_it_is_demanded(app: Flask) -> None:
    with SmtpSink() as sink:
        for words in ({"starttls": True}, {"tls": True}):
            use(app, sink.port, timeout=2, **words)
            with pytest.raises(Unreachable, match=Trouble.no_tls):
                send(app, PARCEL)
    assert sink.messages == []


@pytest.mark.rule("R89")
@pytest.mark.parametrize("words", [{"starttls": True}, {"tls": True}])
def test_a_certificate_that_nobody_vouches_for_is_refused(app: Flask, tmp_path: Path, words: dict[str, bool]) -> None:
    with SmtpSink(certificate=make_certificate(tmp_path), tls="tls" in words) as sink:
        use(app, sink.port, **words)
        with pytest.raises(Unreachable, match=Trouble.bad_certificate):
            send(app, PARCEL)
    assert sink.messages == []


@pytest.mark.rule("R89")
def test_a_certificate_for_another_host_is_refused(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_certificate(tmp_path, "elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with SmtpSink(certificate=files) as sink:
        use(app, sink.port, starttls=True)
        with pytest.raises(Unreachable, match=Trouble.bad_certificate):
            send(app, PARCEL)
    assert sink.messages == []


def test_verified_starttls_and_log_in(app: Flask, certificate: tuple[Path, Path]) -> None:
    with SmtpSink(certificate=certificate) as sink:
        use(app, sink.port, starttls=True, username="imi", password="planted")
        assert send(app, PARCEL) == ["250 OK"]
    assert sink.log_ins == [("imi", "planted")]


def test_verified_tls(app: Flask, certificate: tuple[Path, Path]) -> None:
    with SmtpSink(certificate=certificate, tls=True) as sink:
        use(app, sink.port, tls=True)
        assert send(app, PARCEL) == ["250 OK"]


def test_a_server_that_lets_nobody_in_is_told(app: Flask, certificate: tuple[Path, Path]) -> None:
    with SmtpSink(certificate=certificate, tls=True) as sink:  # this one then offers no log-in
        use(app, sink.port, tls=True, username="imi", password="planted")
        with pytest.raises(Unreachable, match=Trouble.log_in_refused):
            send(app, PARCEL)
    assert sink.messages == []
