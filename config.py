"""Settings, read once from the environment. Imports nothing from app."""

import base64
import binascii
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

import click
from cryptography.fernet import Fernet
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PROJECT = Path(__file__).resolve().parent


class BadSetting(click.ClickException):
    """A setting that cannot be used; its text is one sentence that names the setting, and all that a command says."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name} {message}.")
        self.name = name


class Setting(NamedTuple):
    """What a setting is for, and what counts when it is not given."""

    meaning: str
    default: str


NEEDED = "needed in production; in development made once and kept under var/keys"
SETTINGS: dict[str, Setting] = {
    "IMI_ENV": Setting("`development` or `production`.", "production"),
    "APP_VAR": Setting("Folder for data of the running system.", "var beside this file"),
    "PORT": Setting("Port of the web server.", "8080"),
    "DATABASE_URL": Setting("SQLAlchemy address of the database.", "SQLite in var/imi.db"),
    "ALLOW_SQLITE": Setting("1 lets production run on SQLite.", "0"),
    "REDIS_URL": Setting("Address of Redis or Valkey.", "needed in production; in development an embedded Valkey"),
    "SMTP_HOST": Setting("Mail server.", "needed in production; in development our own mail catcher"),
    "SMTP_PORT": Setting("Port of the mail server.", "587 for starttls, 465 for tls, 25 for none; catcher: 1025"),
    "SMTP_USERNAME": Setting("Log-in at the mail server.", "none"),
    "SMTP_PASSWORD": Setting("Password at the mail server.", "none"),
    "SMTP_SECURITY": Setting("`none`, `starttls` or `tls`.", "starttls in production, none in development"),
    "SMTP_TIMEOUT": Setting("Seconds to wait for the mail server.", "20"),
    "MAIL_SENDER": Setting("Address that mails are sent from.", "imi@ and the host of PUBLIC_URL"),
    "SECRET_KEY": Setting("Signs sessions and forms; 32 characters or more.", NEEDED),
    "MAIL_KEY": Setting("Fernet keys for secrets in waiting mails, separated by comma; the first encrypts.", NEEDED),
    "LOG_KEY": Setting("Base64 of the 32 bytes that seal the log.", NEEDED),
    "PUBLIC_URL": Setting("Address of the site as people type it.", "needed in production; http://127.0.0.1:PORT"),
    "TRUSTED_HOSTS": Setting("Host names answered, separated by comma.", "needed in production; 127.0.0.1,localhost"),
    "PROXY_HOPS": Setting(
        "Number of proxies whose forwarded headers count; 0 means no proxy.", "needed in production; 0"
    ),
    "INSTALLATION_NAME": Setting("Name shown on pages and in mails.", "Adgangsforvaltning i IMI"),
    "LIMIT_LOG_INS": Setting("Tries to sign in, an address and minute.", "30"),
    "LIMIT_SEARCHES": Setting("Searches, an account and minute.", "60"),
    "LIMIT_PASSWORDS": Setting("Passwords entered while signed in, an account and minute.", "10"),
    "LIMIT_ACTS": Setting("Forms sent, an account and minute.", "120"),
    "LIMIT_INVITED": Setting("Forms sent by invited authorities, an address and minute.", "30"),
    "LIMIT_INVITATIONS": Setting("Invitations sent, an account and hour.", "50"),
    "LIMIT_USER_EXPORTS": Setting("Exports of lists of users, an account and hour.", "5"),
    "LIMIT_EXPORTS": Setting("Exports of other lists, an account and hour.", "30"),
    "LIMIT_WRONG_LINKS": Setting("Links of invitations that do not exist, an address and hour.", "20"),
    "CONFIRMATION_MONTHS": Setting("Months after which administrators are reminded to confirm their data.", "12"),
    "FLASK_DEBUG": Setting("Flask's debugger; refused in production.", "0"),
}

# What holds a secret: never in a sentence, and never left as the documentation writes it.
SECRET = frozenset({"DATABASE_URL", "REDIS_URL", "SMTP_PASSWORD", "SECRET_KEY", "MAIL_KEY", "LOG_KEY"})

# The same everywhere: what the product is, not where it runs.
FIXED: dict[str, Any] = {
    "BABEL_DEFAULT_LOCALE": "da",
    "BABEL_DEFAULT_TIMEZONE": "Europe/Copenhagen",
    "BABEL_TRANSLATION_DIRECTORIES": ";".join(str(PROJECT / "translations" / t) for t in ("flask_appbuilder", "app")),
    "LANGUAGES": {"da": {"flag": "dk", "name": "Dansk"}, "en": {"flag": "gb", "name": "English"}},
    "FAB_CREATE_DB": False,
    "FAB_UPDATE_PERMS": False,
    "FAB_ADD_SECURITY_VIEWS": False,
    "FAB_ADD_OPENAPI_VIEWS": False,
    "FAB_PASSWORD_HASH_METHOD": "scrypt:32768:8:3",
    "PASSWORD_HASH_METHOD": "scrypt:32768:8:3",  # a fifth of a second; a hash says its method, so older ones open
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    # A queue that hangs must not hang the log-in page with it.
    "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    "WTF_CSRF_TIME_LIMIT": None,
    # Our pages send no referrer, which the strict check over https would demand of every form.
    "WTF_CSRF_SSL_STRICT": False,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_REFRESH_EACH_REQUEST": False,  # or files that everybody may cache would carry somebody's session
    "SESSION_COOKIE_SAMESITE": "Lax",
    "MAX_CONTENT_LENGTH": 1024 * 1024,
    "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
    "SESSION_IDLE_MINUTES": 30,
    "PASSWORD_AGAIN_MINUTES": 10,  # so long no guarded act asks for the password again (R90)
    "DRAFT_DAYS": 90,  # so long a draft of a registration may lie untouched (R6)
    "UNFINISHED_DRAFT_DAYS": 2,  # and what nobody asked to be kept
    "INVITATION_DAYS": 30,  # from the day it is sent; a returned registration has as many from the day it is returned
    "INVITATION_REMINDER_DAYS": 3,  # so long before the last day, the invited body is reminded
    "MOST_RESENDS": 5,  # of one invitation
    "REGISTRATION_WAITS_DAYS": 14,  # then validators are reminded
    "REGISTRATION_PURGE_DAYS": 30,  # after a registration was rejected, or lapsed
    "MOST_ROWS_IN_CSV": 1_000_000,  # of an export (R71)
    "MOST_ROWS_IN_XLSX": 100_000,  # it is made as a whole before it is sent; the format itself holds 1,048,576
    "TEMPORARY_PASSWORD_DAYS": 14,
    "TEMPORARY_PASSWORD_DAYS_AFTER_RESET": 7,
    "FAILED_LOG_INS_BEFORE_BLOCK": 5,
    "FAILED_LOG_INS_ALARM": 100,  # in an hour, over all usernames together (R55)
}


class _Reader:
    """The environment with words for what is wrong in it; an empty value counts as none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.production = self.choice("IMI_ENV", "production", ("development", "production")) == "production"
        self.var = Path(self.text("APP_VAR") or PROJECT / "var").absolute()

    def text(self, name: str, default: str = "") -> str:
        value = self._environ.get(name, "").strip() or default
        if "…" in value and name in SECRET:  # as deploy/README.md writes what is to be filled in
            raise BadSetting(name, "still holds the … of the documentation: fill in a value of your own")
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise BadSetting(name, f"is {value!r}, but must be one of: {', '.join(allowed)}")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value[:9]) <= high):
            raise BadSetting(name, f"is {value!r}, but must be a whole number from {low} to {high}")
        return int(value)

    def needed(self, name: str, in_development: str) -> str:
        value = self.text(name)
        if not value and self.production:
            raise BadSetting(name, f"is missing, but production needs it: {SETTINGS[name].meaning.rstrip('.')}")
        return value or in_development

    def key(self, name: str, make: Callable[[], str]) -> str:
        return self.needed(name, "") or _kept(self.var / "keys" / name.lower(), make)


def settings(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Everything the application is configured with; raises BadSetting."""
    read = _Reader(os.environ if environ is None else environ)
    if read.choice("FLASK_DEBUG", "0", ("0", "1", "true", "false")) in ("1", "true") and read.production:
        raise BadSetting("FLASK_DEBUG", "is on, but production must run without the debugger")
    site = _site(read)
    return FIXED | site | _database(read) | _queue(read) | _mail(read, site["PUBLIC_URL"]) | _keys(read) | _limits(read)


def _limits(read: _Reader) -> dict[str, int]:
    """How often is too often (R85), and how long is too long (R93)."""
    names = [name for name in SETTINGS if name.startswith("LIMIT_")]
    months = read.number("CONFIRMATION_MONTHS", int(SETTINGS["CONFIRMATION_MONTHS"].default), 1, 120)
    return {"CONFIRMATION_MONTHS": months} | {
        name: read.number(name, int(SETTINGS[name].default), 1, 1_000_000) for name in names
    }


def _site(read: _Reader) -> dict[str, Any]:
    port = read.number("PORT", 8080, 1, 65535)
    address = _public_url(read, port)
    name = read.text("INSTALLATION_NAME", "Adgangsforvaltning i IMI")
    if len(name) > 100 or _has_control(name):
        raise BadSetting("INSTALLATION_NAME", "must be one line of 100 characters at most")
    read.needed("PROXY_HOPS", "0")  # with a 0 that nobody chose, all who come by a proxy would share one address
    return {
        "IMI_ENV": "production" if read.production else "development",
        "DEVELOPMENT": not read.production,
        "APP_VAR": read.var,
        "APP_NAME": name,
        "INSTALLATION_NAME": name,
        "PORT": port,
        "PUBLIC_URL": address,
        "TRUSTED_HOSTS": _trusted_hosts(read, address),
        "PROXY_HOPS": read.number("PROXY_HOPS", 0, 0, 9),
        "PREFERRED_URL_SCHEME": "https" if read.production else "http",
        "SESSION_COOKIE_NAME": "__Host-session" if read.production else "session",
        "SESSION_COOKIE_SECURE": read.production,
    }


# As names are written in an address: a leading dot, for one, Werkzeug reads as "and all below".
LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*", re.ASCII)
ADDRESS = re.compile(rf"(https?)://({HOST.pattern}|\[[0-9a-fA-F:.]+\])(:[1-9][0-9]{{0,4}})?", re.ASCII)


def _has_control(value: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in value)


def _trusted_hosts(read: _Reader, address: str) -> list[str]:
    given = read.needed("TRUSTED_HOSTS", "127.0.0.1,localhost").split(",")
    hosts = [host.strip() for host in given if host.strip()]
    if not hosts or not all(HOST.fullmatch(host) for host in hosts):
        raise BadSetting("TRUSTED_HOSTS", "must be host names without port or wildcard, separated by comma")
    own = urlsplit(address).hostname
    if read.production and own not in [host.lower() for host in hosts]:
        raise BadSetting("TRUSTED_HOSTS", f"lacks {own!r}, the host of PUBLIC_URL, so that no page would be answered")
    return hosts


def _public_url(read: _Reader, port: int) -> str:
    value = read.needed("PUBLIC_URL", f"http://127.0.0.1:{port}")
    if "@" in value:
        raise BadSetting("PUBLIC_URL", "must not hold the name or password of a user")
    allowed = ("https",) if read.production else ("http", "https")
    found = ADDRESS.fullmatch(value)
    if not found or found[1] not in allowed or not _has_real_port(value):
        schemes = " or ".join(f"{scheme}://" for scheme in allowed)
        rule = f"begin with {schemes}, go on with a host name, and have no path or trailing slash"
        raise BadSetting("PUBLIC_URL", f"is {value!r}, but must {rule}")
    if read.production and _is_this_machine(urlsplit(value).hostname or ""):
        raise BadSetting("PUBLIC_URL", f"is {value!r}, but production needs an address that others can reach")
    return value


def _has_real_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:  # more than 65535, or a bracketed host that is no address
        return False


def _is_this_machine(host: str) -> bool:
    return re.fullmatch(r"127\.[0-9.]+|[0.]+|::1?|(.*\.)?localhost", host) is not None


def _database(read: _Reader) -> dict[str, Any]:
    url = read.text("DATABASE_URL", f"sqlite:///{read.var / 'imi.db'}")
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url.startswith("sqlite:////"):
        _check_sqlite(read, url)
        options: dict[str, Any] = {"connect_args": {"timeout": 15}}
    elif url.startswith("postgresql+psycopg://"):
        _check_postgresql(read, url)
        options = {"pool_pre_ping": True, "connect_args": {"options": POSTGRESQL_OPTIONS}}
    else:
        raise BadSetting("DATABASE_URL", "must be postgresql://… or sqlite:/// and an absolute path")
    # A failing statement's parameters are personal data, and would stand in the error log.
    return {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, **options}}


# A process that is frozen while it holds the head of the log would else hold up all others for ever.
POSTGRESQL_OPTIONS = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"


def _parsed(url: str) -> URL:
    """The address as it will be read when it is used."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise BadSetting("DATABASE_URL", "cannot be read as the address of a database") from None


def _check_sqlite(read: _Reader, url: str) -> None:
    if read.production and read.choice("ALLOW_SQLITE", "0", ("0", "1")) != "1":
        raise BadSetting("DATABASE_URL", "is SQLite, but production needs postgresql://… or ALLOW_SQLITE=1")
    parsed = _parsed(url)
    if parsed.query or (parsed.database or "").endswith(("/", ":memory:")):
        raise BadSetting("DATABASE_URL", "must be sqlite:/// and the absolute path of a file, and nothing after it")


THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# Others lead elsewhere than the address says (hostaddr, service), or take back what is safe.
QUERY = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})
QUERY |= {"connect_timeout", "application_name", "target_session_attrs"}


def _check_postgresql(read: _Reader, url: str) -> None:
    parsed = _parsed(url)
    if not read.production:
        return
    if unknown := sorted(parsed.query.keys() - QUERY):
        raise BadSetting(
            "DATABASE_URL", f"holds {unknown[0]!r}, but after the ? it may hold only {', '.join(sorted(QUERY))}"
        )
    named = [parsed.host or "", *parsed.normalized_query.get("host", ())]
    hosts = [host for several in (named[1:] or named) for host in several.split(",")]
    if not all(hosts):
        rule = (
            "names no host, so that other settings of the machine would choose one: name it, or ?host= and the folder"
        )
        raise BadSetting("DATABASE_URL", f"{rule} of a socket")
    if not all(host.startswith("/") or host in THIS_MACHINE for host in (*hosts, *filter(None, named[:1]))):
        if parsed.normalized_query.get("sslmode") != ("verify-full",):
            raise BadSetting("DATABASE_URL", "names another machine, so production needs ?sslmode=verify-full in it")


def _queue(read: _Reader) -> dict[str, Any]:
    given = read.needed("REDIS_URL", "")
    url = given or f"unix://{queue_socket(read.var)}"
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise BadSetting("REDIS_URL", "must begin with redis://, rediss:// or unix://")
    if read.production and parts.scheme != "unix":
        _check_queue_is_safe(parts)
    limits = f"redis+{url}" if parts.scheme == "unix" else url
    return {"REDIS_URL": url, "QUEUE_EMBEDDED": not given, "RATELIMIT_STORAGE_URI": limits}


def _check_queue_is_safe(parts: SplitResult) -> None:
    if parts.scheme != "rediss" or not parts.password:
        raise BadSetting("REDIS_URL", "must be rediss:// with a password in production, or unix:// for a local socket")
    unverified = {"ssl_cert_reqs": ("none", "optional"), "ssl_check_hostname": ("false", "no", "0", "n", "f")}
    for name, value in parse_qsl(parts.query):
        if value.lower() in unverified.get(name.lower(), ()):
            raise BadSetting("REDIS_URL", f"says {name}={value}, but production verifies the queue's certificate")


def queue_socket(var: Path) -> Path:
    """Where the embedded queue listens: run.py writes another place down when this path is too long for a socket."""
    note = var / "queue" / "socket-path"
    return Path(note.read_text("utf-8").strip()) if note.exists() else var / "queue" / "valkey.sock"


def _mail(read: _Reader, public_url: str) -> dict[str, Any]:
    catcher = not read.needed("SMTP_HOST", "")
    security = read.choice("SMTP_SECURITY", "starttls" if read.production else "none", ("none", "starttls", "tls"))
    if read.production and security == "none":
        raise BadSetting("SMTP_SECURITY", "is 'none', but production sends mail only over starttls or tls")
    port = 1025 if catcher else {"none": 25, "starttls": 587, "tls": 465}[security]
    sender = read.text("MAIL_SENDER", f"imi@{urlsplit(public_url).hostname}")
    if sender.count("@") != 1 or any(character in sender for character in " <>,") or _has_control(sender):
        raise BadSetting("MAIL_SENDER", f"is {sender!r}, but must be one plain e-mail address")
    username, password = _mail_log_in(read)
    return {
        "MAIL_CATCHER": catcher,
        "MAIL_SERVER": read.text("SMTP_HOST", "127.0.0.1"),
        "MAIL_PORT": read.number("SMTP_PORT", port, 1, 65535),
        "MAIL_USERNAME": username,
        "MAIL_PASSWORD": password,
        "MAIL_USE_TLS": security == "starttls",
        "MAIL_USE_SSL": security == "tls",
        "MAIL_DEFAULT_SENDER": sender,
        "SMTP_SECURITY": security,
        "SMTP_TIMEOUT": read.number("SMTP_TIMEOUT", 20, 1, 600),
    }


def _mail_log_in(read: _Reader) -> tuple[str | None, str | None]:
    """Username and password at the mail server; with one of them alone nobody would be logged in, unnoticed."""
    found = {name: read.text(name) or None for name in ("SMTP_USERNAME", "SMTP_PASSWORD")}
    given = [name for name, value in found.items() if value]
    if len(given) == 1:
        [missing] = found.keys() - set(given)
        raise BadSetting(missing, f"is missing, but {given[0]} is given: give both or neither")
    return found["SMTP_USERNAME"], found["SMTP_PASSWORD"]


def _keys(read: _Reader) -> dict[str, Any]:
    secret = read.key("SECRET_KEY", secrets.token_urlsafe)
    if len(secret) < 32 or len(set(secret)) < 10 or _is_made_up(secret.encode()):
        raise BadSetting("SECRET_KEY", "is too weak: it must be 32 random characters or more")
    mail_keys = tuple(key.strip() for key in read.key("MAIL_KEY", lambda: Fernet.generate_key().decode()).split(","))
    log_key = _decoded("LOG_KEY", read.key("LOG_KEY", lambda: base64.b64encode(secrets.token_bytes(32)).decode()))
    raw_mail_keys = [_decoded("MAIL_KEY", _plain(key)) for key in mail_keys]
    _check_each_is_its_own({"SECRET_KEY": [_raw(secret)], "MAIL_KEY": raw_mail_keys, "LOG_KEY": [log_key]})
    return {"SECRET_KEY": secret, "MAIL_KEY": mail_keys, "LOG_KEY": log_key}


def _check_each_is_its_own(keys: Mapping[str, list[bytes]]) -> None:
    """One key for two purposes would let who has the one do the other."""
    seen: dict[bytes, str] = {}
    for name, values in keys.items():
        for value in values:
            if value in seen:
                raise BadSetting(
                    name, f"holds a key that stands in {seen[value]} already: each must be random by itself"
                )
            seen[value] = name


def _is_made_up(value: bytes) -> bool:
    """Whether somebody typed it: words of examples, a run of neighbours, a part that is repeated."""
    said = value.lower()
    if any(word in said for word in (b"change", b"secret", b"example", b"password", b"development", b"insecure")):
        return True
    steps = [after - before for before, after in pairwise(value)]
    return 2 * max(steps.count(step) for step in set(steps)) > len(steps) or value in (value + value)[1:-1]


def _plain(key: str) -> str:
    return key.translate(str.maketrans("-_", "+/"))


def _raw(value: str) -> bytes:
    """The bytes a key stands for, so that the same key is known in each way to write it."""
    try:
        return base64.b64decode(_plain(value), validate=True)
    except (binascii.Error, ValueError):
        return value.encode()


def _decoded(name: str, value: str) -> bytes:
    raw = _raw(value) if "-" not in value and "_" not in value else b""
    if len(raw) != 32 or len(set(raw)) < 8 or _is_made_up(raw):
        raise BadSetting(name, "must be base64 of 32 random bytes (MAIL_KEY: each key, separated by comma)")
    return raw


def keep_to_owner(var: Path) -> None:
    """Take away what group and others may do with the folder and all in it (R89).

    Raises BadSetting where something in it belongs to another user, who could change it as he likes.
    """
    for path in [var.resolve(), *var.resolve().rglob("*")]:
        with suppress(FileNotFoundError):  # not made yet, or put away by another process in this moment
            _keep_to_owner(path)


def _keep_to_owner(path: Path) -> None:
    found = path.lstat()
    if found.st_uid != os.getuid():
        raise BadSetting("APP_VAR", f"holds {path}, which belongs to another user: give it to the one who runs this")
    if found.st_mode & 0o077 and not stat.S_ISLNK(found.st_mode):
        path.chmod(stat.S_IMODE(found.st_mode) & 0o700)


def _kept(path: Path, make: Callable[[], str]) -> str:
    """A development key: made by the first process that asks, read by all others."""
    if not path.exists():
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # is 0600 by itself
            file.write(make())
            file.flush()
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(file.name, path)
    return path.read_text("utf-8")
