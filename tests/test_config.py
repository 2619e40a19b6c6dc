"""Each setting: right, wrong, missing; and none that is read without being written down."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from config import PROJECT, SETTINGS, BadSetting, settings

LOG_KEY = base64.b64encode(bytes(range(32))).decode()
MAIL_KEYS = [base64.urlsafe_b64encode(bytes(range(start, start + 32))).decode() for start in (100, 220)]
PRODUCTION = {
    "APP_VAR": "/srv/imi",
    "DATABASE_URL": "postgresql://imi:secret@db.example.dk/imi?sslmode=verify-full",
    "REDIS_URL": "rediss://:secret@queue.example.dk:6379/0",
    "SMTP_HOST": "mail.example.dk",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
    "MAIL_KEY": ", ".join(MAIL_KEYS),
    "LOG_KEY": LOG_KEY,
    "PUBLIC_URL": "https://imi.example.dk",
    "TRUSTED_HOSTS": "imi.example.dk, www.imi.example.dk",
}


def production(**more: str) -> dict[str, Any]:
    return settings({**PRODUCTION, **more})


def development(folder: Path, **more: str) -> dict[str, Any]:
    return settings({"IMI_ENV": "development", "APP_VAR": str(folder / "var"), **more})


class Noted(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


@pytest.mark.parametrize("environment", ["development", "production"])
def test_every_setting_that_is_read_is_documented_and_the_other_way_round(tmp_path: Path, environment: str) -> None:
    sqlite = {"DATABASE_URL": "", "ALLOW_SQLITE": "1"}
    environ = Noted({**PRODUCTION, **sqlite, "IMI_ENV": environment, "APP_VAR": str(tmp_path)})
    settings(environ)
    assert environ.asked == SETTINGS.keys() - ({"ALLOW_SQLITE"} if environment == "development" else set())


def test_every_setting_says_what_it_is_for() -> None:
    assert all(setting.meaning.endswith(".") and setting.default for setting in SETTINGS.values())


@pytest.mark.rule("R89")
@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"APP_VAR"}))
def test_production_names_what_is_missing(name: str) -> None:
    with pytest.raises(BadSetting, match=rf"^{name} .*production needs.*\.$"):
        production(**{name: " "})


WRONG_ANYWHERE = [
    ("IMI_ENV", "test", "must be one of: development, production"),
    ("PORT", "0", "from 1 to 65535"),
    ("PORT", "http", "from 1 to 65535"),
    ("PORT", "²", "from 1 to 65535"),
    ("PORT", "8080" * 5000, "from 1 to 65535"),
    ("PROXY_HOPS", "-1", "from 0 to 9"),
    ("SMTP_PORT", "65536", "from 1 to 65535"),
    ("SMTP_TIMEOUT", "0", "from 1 to 600"),
    ("SMTP_SECURITY", "ssl", "none, starttls, tls"),
    ("MAIL_SENDER", "IMI <imi@example.dk>", "one plain e-mail address"),
    ("MAIL_SENDER", "imi", "one plain e-mail address"),
    ("DATABASE_URL", "mysql://db/imi", "postgresql://"),
    ("DATABASE_URL", "sqlite:///imi.db", "absolute path"),
    ("DATABASE_URL", "sqlite://", "absolute path"),
    ("REDIS_URL", "http://queue", "redis://, rediss:// or unix://"),
    ("SECRET_KEY", "short", "32 random characters"),
    ("SECRET_KEY", "a" * 64, "32 random characters"),
    ("MAIL_KEY", "nonsense", "base64 of 32 random bytes"),
    ("MAIL_KEY", f"{MAIL_KEYS[0]},", "base64 of 32 random bytes"),
    ("LOG_KEY", base64.b64encode(b"short").decode(), "base64 of 32 random bytes"),
    ("LOG_KEY", base64.b64encode(bytes(32)).decode(), "base64 of 32 random bytes"),
    ("PUBLIC_URL", "https://imi.example.dk/", "no path or trailing slash"),
    ("PUBLIC_URL", "imi.example.dk", "begin with"),
    ("TRUSTED_HOSTS", "*", "host names"),
    ("TRUSTED_HOSTS", "https://imi.example.dk", "host names"),
    ("TRUSTED_HOSTS", ",", "host names"),
    ("FLASK_DEBUG", "perhaps", "must be one of"),
]
WRONG_IN_PRODUCTION = [
    ("PUBLIC_URL", "http://imi.example.dk", "begin with https://"),
    ("SMTP_SECURITY", "none", "starttls or tls"),
    ("REDIS_URL", "redis://queue.example.dk", "rediss:// with a password"),
    ("REDIS_URL", "rediss://queue.example.dk", "rediss:// with a password"),
    ("DATABASE_URL", "sqlite:////srv/imi/imi.db", "ALLOW_SQLITE=1"),
    ("DATABASE_URL", "postgresql://db.example.dk/imi?sslmode=require", "sslmode=verify-full"),
    ("FLASK_DEBUG", "1", "without the debugger"),
]


@pytest.mark.rule("R89")
@pytest.mark.parametrize(("name", "value", "says"), WRONG_ANYWHERE + WRONG_IN_PRODUCTION)
def test_a_wrong_value_is_refused_in_production(name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=rf"^{name} .*\.$") as refusal:
        production(**{name: value})
    assert says in str(refusal.value)
    assert refusal.value.name == name


@pytest.mark.parametrize(("name", "value", "says"), WRONG_ANYWHERE)
def test_a_wrong_value_is_refused_in_development(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=rf"^{name} ") as refusal:
        development(tmp_path, **{name: value})
    assert says in str(refusal.value)


@pytest.mark.parametrize(("name", "value", "_"), WRONG_IN_PRODUCTION)
def test_development_is_less_strict(tmp_path: Path, name: str, value: str, _: str) -> None:
    assert development(tmp_path, **{name: value})["DEVELOPMENT"]


def test_secrets_do_not_stand_in_the_sentence() -> None:
    for name in ("SECRET_KEY", "MAIL_KEY", "LOG_KEY", "DATABASE_URL", "REDIS_URL"):
        with pytest.raises(BadSetting) as refusal:
            production(**{name: "gopher://kim:hemmelig"})
        assert "hemmelig" not in str(refusal.value)


def test_production_as_given() -> None:
    found = production()
    assert found["IMI_ENV"] == "production"
    assert found["SQLALCHEMY_DATABASE_URI"].startswith("postgresql+psycopg://imi:secret@db.example.dk/imi")
    assert found["SQLALCHEMY_ENGINE_OPTIONS"] == {"hide_parameters": True, "pool_pre_ping": True}
    assert (found["MAIL_PORT"], found["MAIL_USE_TLS"], found["MAIL_USE_SSL"]) == (587, True, False)
    assert found["MAIL_DEFAULT_SENDER"] == "imi@imi.example.dk"
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert found["SESSION_COOKIE_SECURE"]
    assert found["TRUSTED_HOSTS"] == ["imi.example.dk", "www.imi.example.dk"]
    assert found["MAIL_KEY"] == tuple(MAIL_KEYS)
    assert found["LOG_KEY"] == bytes(range(32))
    assert not found["QUEUE_EMBEDDED"]
    assert not found["MAIL_CATCHER"]
    assert found["RATELIMIT_STORAGE_URI"] == PRODUCTION["REDIS_URL"]


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_mail_server_s_port_follows_its_security(security: str, port: int) -> None:
    assert production(SMTP_SECURITY=security)["MAIL_PORT"] == port
    assert production(SMTP_SECURITY=security, SMTP_PORT="2525")["MAIL_PORT"] == 2525


@pytest.mark.parametrize("url", ["postgresql:///imi", "postgresql://u@127.0.0.1/imi", "postgresql://u@/i?host=/run/pg"])
def test_a_database_on_this_machine_needs_no_tls(url: str) -> None:
    assert production(DATABASE_URL=url)["SQLALCHEMY_DATABASE_URI"] == url.replace(":", "+psycopg:", 1)


def test_sqlite_in_production_when_allowed() -> None:
    assert production(DATABASE_URL="", ALLOW_SQLITE="1")["SQLALCHEMY_DATABASE_URI"] == "sqlite:////srv/imi/imi.db"


def test_development_needs_nothing(tmp_path: Path) -> None:
    found = development(tmp_path, PORT="8099")
    var = tmp_path / "var"
    assert found["PUBLIC_URL"] == "http://127.0.0.1:8099"
    assert found["TRUSTED_HOSTS"] == ["127.0.0.1", "localhost"]
    assert found["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{var}/imi.db"
    assert found["SQLALCHEMY_ENGINE_OPTIONS"] == {"hide_parameters": True, "connect_args": {"timeout": 15}}
    assert found["REDIS_URL"] == f"unix://{var}/queue/valkey.sock"
    assert found["RATELIMIT_STORAGE_URI"] == f"redis+unix://{var}/queue/valkey.sock"
    assert (found["MAIL_CATCHER"], found["MAIL_SERVER"], found["MAIL_PORT"]) == (True, "127.0.0.1", 1025)
    assert found["SESSION_COOKIE_NAME"] == "session"
    assert found["APP_NAME"] == found["INSTALLATION_NAME"] == "Adgangsforvaltning i IMI"


@pytest.mark.rule("R89")
def test_development_makes_its_keys_once_and_for_its_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first = development(tmp_path)
    finally:
        os.umask(old)
    second = development(tmp_path)
    assert [first[name] for name in ("SECRET_KEY", "MAIL_KEY", "LOG_KEY")] == [
        second[name] for name in ("SECRET_KEY", "MAIL_KEY", "LOG_KEY")
    ]
    assert development(tmp_path / "other")["SECRET_KEY"] != first["SECRET_KEY"]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "var").rglob("*")}
    assert modes == {"keys": 0o700, "secret_key": 0o600, "mail_key": 0o600, "log_key": 0o600}
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_the_queue_s_other_place_is_read_from_where_run_py_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "var" / "queue").mkdir(parents=True)
    (tmp_path / "var" / "queue" / "socket-path").write_text("/run/imi/valkey.sock", "utf-8")
    assert development(tmp_path)["REDIS_URL"] == "unix:///run/imi/valkey.sock"


def test_config_imports_nothing_from_app() -> None:
    code = "import config, sys; sys.exit(any(name.split('.')[0] == 'app' for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
