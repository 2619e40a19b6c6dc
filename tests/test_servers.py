"""The parts that other tests stand on do what those tests believe."""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import NullPool, create_engine, text

from tests import servers
from tests.servers import SmtpSink


def _mail(to: str = "kim@example.dk") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "imi@example.dk", to, "Velkommen, Åse"
    mail.set_content("Hej")
    return mail


def _send(sink: SmtpSink, timeout: float = 5) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=timeout) as client:
        client.send_message(_mail())


def test_a_database_of_ones_own_on_a_real_postgresql() -> None:
    server, name = servers.postgres_url(), f"own_{uuid4().hex}"
    url = servers.create_database(server, name)
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT current_database()")) == name
            connection.execute(text("CREATE EXTENSION pg_trgm"))
            connection.execute(text("CREATE EXTENSION unaccent"))
    finally:
        servers.drop_database(server, name)


def test_a_real_queue() -> None:
    with Redis.from_url(servers.valkey_url()) as client:
        key = uuid4().hex
        client.set(key, "1", ex=10)
        assert client.get(key) == b"1"


def test_the_sink_keeps_what_it_is_sent() -> None:
    with SmtpSink() as sink:
        _send(sink)
        assert sink.messages[0]["Subject"] == "Velkommen, Åse"
        assert sink.recipients == [["kim@example.dk"]]


def test_the_sink_refuses() -> None:
    with SmtpSink("refuse") as sink, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        _send(sink)
    assert refusal.value.recipients["kim@example.dk"][0] == 550


def test_the_sink_takes_a_greylisted_mail_at_the_second_try() -> None:
    with SmtpSink("greylist") as sink:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            _send(sink)
        assert refusal.value.recipients["kim@example.dk"][0] == 451
        _send(sink)
        assert len(sink.messages) == 1


@pytest.mark.parametrize(("mode", "kept"), [("hang", 0), ("mute", 1)])
def test_the_sink_leaves_the_sender_waiting(mode: servers.Mode, kept: int) -> None:
    with SmtpSink(mode) as sink:
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            _send(sink, timeout=0.3)
        assert len(sink.messages) == kept


def test_the_sink_hangs_up_after_the_mail() -> None:
    with SmtpSink("drop") as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            _send(sink)
        assert len(sink.messages) == 1


def _starttls(client: smtplib.SMTP, context: ssl.SSLContext) -> None:
    client.starttls(context=context)
    client.login("imi", "secret")
    client.send_message(_mail())


@pytest.mark.parametrize("tls", [False, True])
def test_the_sink_speaks_tls_with_the_certificate_it_is_given(tmp_path: Path, tls: bool) -> None:
    files = servers.make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=files[0])
    with SmtpSink(certificate=files, tls=tls) as sink:
        if tls:
            with smtplib.SMTP_SSL("127.0.0.1", sink.port, timeout=5, context=trusting) as client:
                client.send_message(_mail())
        else:
            with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
                _starttls(client, trusting)
            assert sink.log_ins == [("imi", "secret")]
        assert len(sink.messages) == 1


def _without_tls(sink: SmtpSink, _: Path) -> None:
    _send(sink)


def _with_a_stranger_s_certificate(sink: SmtpSink, folder: Path) -> None:
    other = servers.make_certificate(folder, "mail.example.dk")
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as client:
        _starttls(client, ssl.create_default_context(cafile=other[0]))


@pytest.mark.parametrize("attempt", [_without_tls, _with_a_stranger_s_certificate])
def test_the_sink_takes_nothing_without_tls(tmp_path: Path, attempt: Callable[[SmtpSink, Path], None]) -> None:
    with SmtpSink(certificate=servers.make_certificate(tmp_path)) as sink:
        with pytest.raises((smtplib.SMTPException, ssl.SSLCertVerificationError)):
            attempt(sink, tmp_path)
        assert not sink.messages
