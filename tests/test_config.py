"""Each setting: right, wrong, missing; and none that is read without being written down."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from config import PROJECT, SECRET, SETTINGS, BadSetting, keep_to_owner, settings


def random_bytes(name: str) -> bytes:
    """32 bytes that look random and are the same in every run."""
    return hashlib.sha256(name.encode()).digest()


LOG_KEY = base64.b64encode(random_bytes("log")).decode()
MAIL_KEYS = [base64.urlsafe_b64encode(random_bytes(name)).decode() for name in ("new", "old")]
PRODUCTION = {
    "APP_VAR": "/srv/imi",
    "DATABASE_URL": "postgresql://imi:secret@db.example.dk/imi?sslmode=verify-full",
    "REDIS_URL": "rediss://:secret@queue.example.dk:6379/0",
    "SMTP_HOST": "mail.example.dk",
    "SECRET_KEY": base64.urlsafe_b64encode(random_bytes("sessions")).decode(),
    "MAIL_KEY": ", ".join(MAIL_KEYS),
    "LOG_KEY": LOG_KEY,
    "PUBLIC_URL": "https://imi.example.dk",
    "TRUSTED_HOSTS": "imi.example.dk, www.imi.example.dk",
    "PROXY_HOPS": "1",
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
    ("SECRET_KEY", "0123456789abcdefghijklmnopqrstuv", "32 random characters"),
    ("SECRET_KEY", "k3jf84hf9w2l" * 4, "32 random characters"),
    ("SECRET_KEY", "please-change-me-1f9d8a7c6b5e4d3c", "32 random characters"),
    ("SECRET_KEY", "MyVerySecretKey-8f7e6d5c4b3a2910", "32 random characters"),
    ("SECRET_KEY", "…", "documentation"),
    ("SECRET_KEY", LOG_KEY, "LOG_KEY"),
    ("SECRET_KEY", MAIL_KEYS[1], "MAIL_KEY"),
    ("MAIL_KEY", "…", "documentation"),
    ("MAIL_KEY", f"{MAIL_KEYS[0]},{MAIL_KEYS[0]}", "MAIL_KEY already"),
    ("MAIL_KEY", base64.urlsafe_b64encode(bytes(range(9, 41))).decode(), "base64 of 32 random bytes"),
    ("LOG_KEY", "…", "documentation"),
    ("LOG_KEY", base64.b64encode(bytes(range(32))).decode(), "base64 of 32 random bytes"),
    ("LOG_KEY", base64.b64encode(random_bytes("old")).decode(), "MAIL_KEY already"),
    ("DATABASE_URL", "postgresql://imi_app:…@db.example.dk/imi", "documentation"),
    ("SMTP_PASSWORD", "…", "documentation"),
    ("LIMIT_LOG_INS", "0", "from 1 to 1000000"),
    ("LIMIT_SEARCHES", "many", "from 1 to 1000000"),
    ("MAIL_KEY", "nonsense", "base64 of 32 random bytes"),
    ("MAIL_KEY", f"{MAIL_KEYS[0]},", "base64 of 32 random bytes"),
    ("LOG_KEY", base64.b64encode(b"short").decode(), "base64 of 32 random bytes"),
    ("LOG_KEY", base64.b64encode(bytes(32)).decode(), "base64 of 32 random bytes"),
    ("PUBLIC_URL", "https://imi.example.dk/", "no path or trailing slash"),
    ("PUBLIC_URL", "imi.example.dk", "begin with"),
    ("TRUSTED_HOSTS", "*", "host names"),
    ("TRUSTED_HOSTS", "https://imi.example.dk", "host names"),
    ("TRUSTED_HOSTS", ",", "host names"),
    ("TRUSTED_HOSTS", "imi.example.dk, .dk", "host names"),
    ("TRUSTED_HOSTS", "imi.example.dk, imi..dk", "host names"),
    ("TRUSTED_HOSTS", "imi.example.dk, imi.dk.", "host names"),
    ("TRUSTED_HOSTS", "imi.example.dk, -imi.dk", "host names"),
    ("TRUSTED_HOSTS", "imi.example.dk, i\nmi.dk", "host names"),
    ("PUBLIC_URL", "https://evil@imi.example.dk", "name or password"),
    ("PUBLIC_URL", "https://imi.example.dk:http", "a host name"),
    ("PUBLIC_URL", "https://imi.example.dk:", "a host name"),
    ("PUBLIC_URL", "https://imi.example.dk:0", "a host name"),
    ("PUBLIC_URL", "https://imi.example.dk:65536", "a host name"),
    ("PUBLIC_URL", "https://imi.exa\tmple.dk", "a host name"),
    ("PUBLIC_URL", "https://imi.exam ple.dk", "a host name"),
    ("PUBLIC_URL", "https://…", "a host name"),
    ("PUBLIC_URL", "https://example…", "a host name"),
    ("PUBLIC_URL", "https://<host>", "a host name"),
    ("PUBLIC_URL", "https://imi..dk", "a host name"),
    ("PUBLIC_URL", "https://[1]", "a host name"),
    ("INSTALLATION_NAME", "IMI\r\nBcc: all", "one line of 100"),
    ("INSTALLATION_NAME", "IMI\u202e", "one line of 100"),
    ("INSTALLATION_NAME", "I" * 101, "one line of 100"),
    ("MAIL_SENDER", "imi\x00@example.dk", "one plain e-mail address"),
    ("MAIL_SENDER", "imi\t@example.dk", "one plain e-mail address"),
    ("SMTP_USERNAME", "imi", "SMTP_PASSWORD is missing, but SMTP_USERNAME is given"),
    ("SMTP_PASSWORD", "x", "SMTP_USERNAME is missing, but SMTP_PASSWORD is given"),
    ("FLASK_DEBUG", "perhaps", "must be one of"),
]
WRONG_IN_PRODUCTION = [
    ("PUBLIC_URL", "http://imi.example.dk", "begin with https://"),
    ("SMTP_SECURITY", "none", "starttls or tls"),
    ("REDIS_URL", "redis://queue.example.dk", "rediss:// with a password"),
    ("REDIS_URL", "rediss://queue.example.dk", "rediss:// with a password"),
    ("REDIS_URL", "rediss://:k@queue.example.dk?ssl_cert_reqs=none", "verifies"),
    ("REDIS_URL", "rediss://:k@queue.example.dk?SSL_CERT_REQS=None", "verifies"),
    ("REDIS_URL", "rediss://:k@queue.example.dk/0?db=1&ssl_check_hostname=False", "verifies"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?host=db.example.dk", "sslmode=verify-full"),
    ("DATABASE_URL", "postgresql://u@/imi?host=/run/pg,db.example.dk", "sslmode=verify-full"),
    ("DATABASE_URL", "postgresql://u:p#x@db.example.dk/imi", "sslmode=verify-full"),
    ("DATABASE_URL", "postgresql:///imi", "names no host"),
    ("DATABASE_URL", "postgresql://u@/imi?sslmode=verify-full", "names no host"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?host=/run/pg,", "names no host"),
    ("DATABASE_URL", "postgresql://u@/imi?hostaddr=192.0.2.1", "holds 'hostaddr'"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?service=other", "holds 'service'"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?servicefile=/tmp/x", "holds 'servicefile'"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?passfile=/tmp/x", "holds 'passfile'"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?conninfo=x", "holds 'conninfo'"),
    ("DATABASE_URL", "postgresql://u@localhost/imi?options=-c%20lock_timeout=0", "holds 'options'"),
    ("PUBLIC_URL", "https://localhost", "others can reach"),
    ("PUBLIC_URL", "https://127.0.0.1:8443", "others can reach"),
    ("PUBLIC_URL", "https://[::1]", "others can reach"),
    ("PUBLIC_URL", "https://0.0.0.0", "others can reach"),
    ("PUBLIC_URL", "https://imi.example.com", "lacks 'imi.example.com', the host of PUBLIC_URL"),
    ("TRUSTED_HOSTS", "www.imi.example.dk", "lacks 'imi.example.dk', the host of PUBLIC_URL"),
    ("DATABASE_URL", "sqlite:////srv/imi/imi.db", "ALLOW_SQLITE=1"),
    ("DATABASE_URL", "postgresql://db.example.dk/imi?sslmode=require", "sslmode=verify-full"),
    ("FLASK_DEBUG", "1", "without the debugger"),
]


def is_named(refusal: BadSetting, name: str, says: str) -> None:
    """The sentence begins with the setting that is wrong; where two hold one key, it names both."""
    assert str(refusal).startswith(f"{refusal.name} ")
    assert {refusal.name, name} <= set(re.findall(r"[A-Z][A-Z_]+", str(refusal)))
    assert says in str(refusal)


@pytest.mark.rule("R89")
@pytest.mark.parametrize(("name", "value", "says"), WRONG_ANYWHERE + WRONG_IN_PRODUCTION)
def test_a_wrong_value_is_refused_in_production(name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=r"\.$") as refusal:
        production(**{name: value})
    is_named(refusal.value, name, says)


@pytest.mark.parametrize(("name", "value", "says"), WRONG_ANYWHERE)
def test_a_wrong_value_is_refused_in_development(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        development(tmp_path, **{"MAIL_KEY": PRODUCTION["MAIL_KEY"], "LOG_KEY": LOG_KEY, name: value})
    is_named(refusal.value, name, says)


@pytest.mark.parametrize(("name", "value", "_"), WRONG_IN_PRODUCTION)
def test_development_is_less_strict(tmp_path: Path, name: str, value: str, _: str) -> None:
    assert development(tmp_path, **{name: value})["DEVELOPMENT"]


def test_secrets_do_not_stand_in_the_sentence() -> None:
    for name in SECRET - {"SMTP_PASSWORD"}:
        with pytest.raises(BadSetting) as refusal:
            production(**{name: "gopher://kim:hemmelig"})
        assert "hemmelig" not in str(refusal.value)
    for name, _, _ in WRONG_ANYWHERE + WRONG_IN_PRODUCTION:
        assert name in SETTINGS
    for value in ("rediss://:hemmelig@q?ssl_cert_reqs=none", "redis://:hemmelig@q", "rediss://:hemmelig…@q"):
        with pytest.raises(BadSetting) as refusal:
            production(REDIS_URL=value)
        assert "hemmelig" not in str(refusal.value)


def test_keys_that_are_random_are_never_taken_for_made_up_ones() -> None:
    for number in range(300):
        keys = [base64.b64encode(random_bytes(f"{name} {number}")).decode() for name in ("a", "b", "c")]
        assert production(SECRET_KEY=keys[0], MAIL_KEY=keys[1], LOG_KEY=keys[2])


def test_production_as_given() -> None:
    found = production()
    assert found["IMI_ENV"] == "production"
    assert found["SQLALCHEMY_DATABASE_URI"].startswith("postgresql+psycopg://imi:secret@db.example.dk/imi")
    patience = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    assert found["SQLALCHEMY_ENGINE_OPTIONS"] == {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "connect_args": {"options": patience},
    }
    assert (found["MAIL_PORT"], found["MAIL_USE_TLS"], found["MAIL_USE_SSL"]) == (587, True, False)
    assert found["MAIL_DEFAULT_SENDER"] == "imi@imi.example.dk"
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert found["SESSION_COOKIE_SECURE"]
    assert found["TRUSTED_HOSTS"] == ["imi.example.dk", "www.imi.example.dk"]
    assert found["MAIL_KEY"] == tuple(MAIL_KEYS)
    assert found["LOG_KEY"] == random_bytes("log")
    assert not found["QUEUE_EMBEDDED"]
    assert not found["MAIL_CATCHER"]
    assert found["RATELIMIT_STORAGE_URI"] == PRODUCTION["REDIS_URL"]


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_mail_server_s_port_follows_its_security(security: str, port: int) -> None:
    assert production(SMTP_SECURITY=security)["MAIL_PORT"] == port
    assert production(SMTP_SECURITY=security, SMTP_PORT="2525")["MAIL_PORT"] == 2525


@pytest.mark.parametrize(
    "url", ["postgresql://u@localhost/imi", "postgresql://u@127.0.0.1/imi", "postgresql://u@/i?host=/run/pg"]
)
def test_a_database_on_this_machine_needs_no_tls(url: str) -> None:
    assert production(DATABASE_URL=url)["SQLALCHEMY_DATABASE_URI"] == url.replace(":", "+psycopg:", 1)


def test_sqlite_in_production_when_allowed() -> None:
    assert production(DATABASE_URL="", ALLOW_SQLITE="1")["SQLALCHEMY_DATABASE_URI"] == "sqlite:////srv/imi/imi.db"


IN_MEMORY = ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true", "sqlite:///imi.db"]
NO_FILE = ["sqlite:////srv/imi.db?mode=memory&uri=true", "sqlite:////srv/", "sqlite:////srv/:memory:"]


@pytest.mark.rule("R89")
@pytest.mark.parametrize("url", IN_MEMORY + NO_FILE)
def test_sqlite_in_production_is_a_file_that_is_named_in_full(url: str) -> None:
    with pytest.raises(BadSetting, match="^DATABASE_URL must be .*absolute path"):
        production(DATABASE_URL=url, ALLOW_SQLITE="1")


@pytest.mark.parametrize("hops", ["0", "2"])
def test_how_many_proxies_there_are_is_chosen(hops: str) -> None:
    assert production(PROXY_HOPS=hops)["PROXY_HOPS"] == int(hops)
    with pytest.raises(BadSetting, match="^PROXY_HOPS is missing.*0 means no proxy"):
        production(PROXY_HOPS="")


def test_a_log_in_at_the_mail_server_is_a_name_and_a_password() -> None:
    found = production(SMTP_USERNAME="imi", SMTP_PASSWORD="x")
    assert (found["MAIL_USERNAME"], found["MAIL_PASSWORD"]) == ("imi", "x")
    assert (production()["MAIL_USERNAME"], production()["MAIL_PASSWORD"]) == (None, None)


@pytest.mark.parametrize("address", ["https://imi.example.dk:8443", "https://IMI.example.dk"])
def test_an_address_with_a_port_or_capitals_is_one_too(address: str) -> None:
    assert production(PUBLIC_URL=address)["PUBLIC_URL"] == address


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


@pytest.mark.rule("R89")
def test_what_lies_open_in_var_is_closed_to_others(tmp_path: Path) -> None:
    var = tmp_path / "var"
    for name in ("keys/secret_key", "mails/a.eml", "imi.db"):
        (var / name).parent.mkdir(parents=True, exist_ok=True)
        (var / name).write_text(name, "utf-8")
    outside = tmp_path / "outside"
    outside.write_text("x", "utf-8")
    outside.chmod(0o644)
    (var / "link").symlink_to(outside)
    for path in (var, var / "keys", var / "mails"):
        path.chmod(0o755)
    for path in (var / "keys" / "secret_key", var / "mails" / "a.eml", var / "imi.db"):
        path.chmod(0o666)
    keep_to_owner(var)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [var, *var.rglob("*")] if not path.is_symlink()}
    assert modes == {name: 0o700 if name in ("var", "keys", "mails") else 0o600 for name in modes}
    assert outside.stat().st_mode & 0o777 == 0o644
    keep_to_owner(tmp_path / "not there")


@pytest.mark.rule("R89")
@pytest.mark.parametrize("name", ["", "keys", "keys/secret_key"])
def test_what_belongs_to_another_user_in_var_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text("x", "utf-8")
    foreign, lstat = (tmp_path / name).resolve(), Path.lstat

    def seen(path: Path) -> Any:
        """The rest is ours; who may not give files away cannot make them another's for a test."""
        found = list(lstat(path))
        found[4] += path == foreign
        return os.stat_result(found)

    keep_to_owner(tmp_path)
    monkeypatch.setattr(Path, "lstat", seen)
    with pytest.raises(BadSetting, match="^APP_VAR holds .* belongs to another user"):
        keep_to_owner(tmp_path)


def test_the_queue_s_other_place_is_read_from_where_run_py_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "var" / "queue").mkdir(parents=True)
    (tmp_path / "var" / "queue" / "socket-path").write_text("/run/imi/valkey.sock", "utf-8")
    assert development(tmp_path)["REDIS_URL"] == "unix:///run/imi/valkey.sock"


def test_config_imports_nothing_from_app() -> None:
    code = "import config, sys; sys.exit(any(name.split('.')[0] == 'app' for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
