"""The way to the mail server: one verified connection for many mails, and a plain account of what became of each."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

import flask_mail
from flask import current_app

from app.mail.headers import checked_address, checked_subject
from app.settings import setting

_log = logging.getLogger(__name__)


class Trouble(StrEnum):
    """What stood between us and the mail server, where no answer of the server's tells it."""

    unreachable = "unreachable"
    timeout = "timeout"
    no_tls = "no_tls"
    bad_certificate = "bad_certificate"
    log_in_refused = "log_in_refused"
    closed = "closed"
    no_answer = "no_answer"


class NotSent(Exception):
    """The mail was not taken. `answer` is the server's, or a Trouble."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Later(NotSent):
    """Not taken now; it may be taken later (4xx, or the server is away)."""


class Unreachable(Later):
    """No connection could be made: the next mail would fare no better."""


class Refused(NotSent):
    """Refused for good (5xx)."""


class Unknown(NotSent):
    """The text was handed over and no answer came: taken or not, nobody can tell."""


@dataclass(frozen=True)
class Parcel:
    """A mail ready to go."""

    message_id: str
    recipient: str
    reply_to: str
    subject: str
    language: str
    date: datetime
    text: str = field(repr=False)
    html: str = field(repr=False)


def wrap(parcel: Parcel) -> bytes:
    """The parcel as it goes on the wire; raises InvalidInput.

    The e-mail library builds every header, from checked parts only (R84).
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(setting("INSTALLATION_NAME"), addr_spec=checked_address(setting("MAIL_DEFAULT_SENDER")))
    message["To"] = Address(addr_spec=checked_address(parcel.recipient))
    if parcel.reply_to:
        message["Reply-To"] = Address(addr_spec=checked_address(parcel.reply_to))
    message["Subject"] = checked_subject(parcel.subject)
    message["Date"] = format_datetime(parcel.date)
    message["Message-ID"] = parcel.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = parcel.language
    message.set_content(parcel.text, cte="quoted-printable")
    message.add_alternative(parcel.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


class Connection(flask_mail.Connection):
    """Flask-Mail's connection, with what it lacks: a timeout, and certificates that are verified.

    Opened even where Flask-Mail would suppress sending (TESTING): only jobs send, and a mail that nobody got must not
    count as sent.
    """

    def __enter__(self) -> Self:
        self.host = self.configure_host()
        return self

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt as SMTP_SECURITY says with no way back, and log in; raises Unreachable."""
        host: smtplib.SMTP | None = None
        try:
            host = self._open()
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            host.ehlo_or_helo_if_needed()
            self._log_in(host)
        except BaseException as error:
            if host is not None:
                host.close()
            if isinstance(error, OSError):  # smtplib's errors are such, too
                raise Unreachable(_why(error)) from error
            raise
        return host

    def _open(self) -> smtplib.SMTP:
        name, timeout = urlsplit(setting("PUBLIC_URL")).hostname, setting("SMTP_TIMEOUT")
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.mail.server, self.mail.port or 0, name, timeout=timeout, context=context)
        return smtplib.SMTP(self.mail.server, self.mail.port or 0, name, timeout=timeout)

    def _log_in(self, host: smtplib.SMTP) -> None:
        if not (self.mail.username and self.mail.password):
            return
        try:
            host.login(self.mail.username, self.mail.password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:  # refused, or no way to log in is offered
            _log.warning("The mail server refused the log-in: %s", type(error).__name__)
            raise Unreachable(Trouble.log_in_refused) from error


class Post:
    """`with Post() as post: post.connect(); post.send(parcel)`: one connection, renewed where the server hung up."""

    def __init__(self) -> None:
        self._connection = Connection(current_app.extensions["mail"])
        self._answered = False  # whether this connection has carried anything yet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        host, self._connection.host = self._connection.host, None
        if host is not None:
            with suppress(OSError):
                host.quit()
            host.close()

    def connect(self) -> None:
        """Have a connection; raises Unreachable. Called before a mail is marked as being sent."""
        if self._connection.host is None:
            self._connection.host = self._connection.configure_host()
            self._answered = False

    def send(self, recipient: str, content: bytes) -> str:
        """Hand a wrapped mail over and give back the server's answer; raises Later, Refused or Unknown."""
        try:
            host = self._announce(recipient)
        except HungUp as gone:
            # A server may close a connection that stood idle or carried enough: then, once, with a new one.
            if not gone.may_try_again:
                raise
            host = self._announce(recipient)
        return self._hand_over(host, content)

    def _announce(self, recipient: str) -> smtplib.SMTP:
        """Everything before the text: while this fails, the mail is not taken, and that is certain."""
        self.connect()
        host = self._connection.host
        assert host is not None  # noqa: S101 (for mypy: connect() has just seen to it)
        try:
            self._expect(host.mail(checked_address(setting("MAIL_DEFAULT_SENDER"))))
            self._expect(host.rcpt(checked_address(recipient)))
            self._expect(host.docmd("DATA"), wanted=(354,))
        except OSError as error:
            again = self._answered and isinstance(error, smtplib.SMTPServerDisconnected)
            self._drop()
            raise HungUp(_why(error), may_try_again=again) from error
        return host

    def _hand_over(self, host: smtplib.SMTP, content: bytes) -> str:
        lines = content.removesuffix(b"\r\n").split(b"\r\n")
        try:
            host.send(b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n")
            reply = host.getreply()
        except OSError as error:
            self._drop()
            raise Unknown(Trouble.no_answer) from error
        self._answered = True
        self._expect(reply)
        return _answer(*reply)

    def _expect(self, reply: tuple[int, bytes], wanted: tuple[int, ...] = (250, 251)) -> None:
        """Nothing, if the server agrees. If not, the next mail finds the connection fresh."""
        code, text = reply
        if code in wanted:
            return
        host = self._connection.host
        try:
            if host is None or code == 421 or host.rset()[0] != 250:  # 421: it is closing the connection
                self._drop()
        except OSError:
            self._drop()
        raise Refused(_answer(code, text)) if 500 <= code < 600 else Later(_answer(code, text))

    def _drop(self) -> None:
        host, self._connection.host = self._connection.host, None
        if host is not None:
            host.close()


class HungUp(Later):
    """The server closed the connection before it took anything."""

    def __init__(self, answer: str, *, may_try_again: bool) -> None:
        super().__init__(answer)
        self.may_try_again = may_try_again


def _why(error: OSError) -> str:
    """What to tell of a failed connection; the log learns what is wrong with a certificate, and never what was sent."""
    detail = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
    _log.warning("The mail server could not be used: %s %s", type(error).__name__, detail)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.bad_certificate
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return Trouble.no_tls
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps it
        return Trouble.timeout
    return Trouble.closed if isinstance(error, smtplib.SMTPServerDisconnected) else Trouble.unreachable


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    printable = "".join(c if c.isprintable() else " " for c in words)
    return f"{code} {printable}"[:500].strip()
