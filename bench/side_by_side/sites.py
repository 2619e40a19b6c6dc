"""The three sites over one database, each served by gunicorn with two workers, and a reader signed in at each."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode

import psutil

from bench.side_by_side.data import Filled, environment
from bench.side_by_side.places import KEPT, PEERS_PYTHON, PROJECT, PYTHON
from bench.side_by_side.statements import Asked, counted_by
from tests import servers

WORKERS = 2
HOST = "127.0.0.1"
# No reader types as fast as a load, and none opens so many pages: R85 would answer for the product.
LIMITS = {f"LIMIT_{name}": "1000000" for name in ("LOG_INS", "SEARCHES", "ACTS")}
PRODUCTION = {
    "IMI_ENV": "production",
    "PUBLIC_URL": "https://imi.example",
    "TRUSTED_HOSTS": f"imi.example,{HOST}",
    "PROXY_HOPS": "0",
    "ALLOW_SQLITE": "1",
    "SMTP_HOST": "mail.imi.example",
}
STARTED_WITHIN = 60
COUNTING = {
    "product": [PYTHON, "-m", "bench.side_by_side.statements"],
    "peer": [PEERS_PYTHON, "-m", "bench.peer.statements"],
}


@dataclass(frozen=True)
class Site:
    """A site that runs: where, the process of gunicorn, and the cookies of who is signed in."""

    name: str
    port: int
    process: int
    environment: Mapping[str, str]
    cookies: str = ""

    def address(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    def statements(self, asked: Asked) -> dict[str, int]:
        """How many statements each page costs; the bare page's are known."""
        words = COUNTING.get(self.name)
        return counted_by(words, self.environment, asked) if words else dict.fromkeys(asked, 3)

    def memory(self) -> dict[str, float]:
        """Megabytes of the largest worker: all that it holds, and what it shares with nobody."""
        workers = [each.memory_full_info() for each in psutil.Process(self.process).children()]
        return {name: max(getattr(each, name) for each in workers) / 1e6 for name in ("rss", "uss")}


@contextmanager
def all_running(data: Filled) -> Iterator[dict[str, Site]]:
    """Product, peer and bare page, each with its reader signed in; they end with the block."""
    here = environment(data.address)
    product = {**PRODUCTION, **LIMITS, "REDIS_URL": servers.valkey_url()}
    bare = {"BENCH_USER": str(data.facts["user"]), "BENCH_MANAGER": str(data.facts["manager"])}
    with ExitStack() as stack:
        found = [
            stack.enter_context(_running(name, words, here | more))
            for name, words, more in (
                ("product", [PYTHON, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:create_app()"], product),
                ("peer", [PEERS_PYTHON, "-m", "gunicorn", "bench.peer.wsgi"], {}),
                ("bare", [PYTHON, "-m", "gunicorn", "bench.side_by_side.bare:app"], bare),
            )
        ]
        yield {site.name: _signed_in(site, data.facts) for site in found}


@contextmanager
def _running(name: str, words: list[str], env: Mapping[str, str]) -> Iterator[Site]:
    port = servers.free_port()
    more = ["--workers", str(WORKERS), "--bind", f"{HOST}:{port}"]
    with (KEPT / f"{name}.log").open("w") as log:
        process = subprocess.Popen([*words, *more], cwd=PROJECT, env=env, stdout=log, stderr=log)
    try:
        _wait_for(name, port, process)
        yield Site(name, port, process.pid, env)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTED_WITHIN
    while process.poll() is None and time.monotonic() < end:
        try:
            asked(port, "GET", "/")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{name} did not start: see {KEPT / name}.log")


def asked(
    port: int, method: str, path: str, cookies: str = "", form: Mapping[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    """One request without a browser's manners: cookies that are for https only are sent to this machine as well."""
    connection = HTTPConnection(HOST, port, timeout=30)
    headers = {"Cookie": cookies} if cookies else {}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(form) if form else None, headers)
    answer = connection.getresponse()
    return answer, answer.read()


LOG_IN = {"product": "/login/", "peer": "/admin/login/"}
TOKEN = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)"[^>]*value="([^"]+)"')


def _signed_in(site: Site, facts: Mapping[str, Any]) -> Site:
    """The site with the cookies of its reader, who has typed his password into its page."""
    if site.name not in LOG_IN:
        return site
    path = LOG_IN[site.name]
    answer, page = asked(site.port, "GET", path)
    token = TOKEN.search(page.decode())
    if token is None:
        raise RuntimeError(f"{site.name} asks for no password: {answer.status}")
    form = {"username": facts["username"], "password": facts["password"], token[1]: token[2]}
    answer, _page = asked(site.port, "POST", path, _cookies(answer), form)
    if answer.status not in (302, 303):
        raise RuntimeError(f"{site.name} lets nobody in: {answer.status}")
    return replace(site, cookies=_cookies(answer))


def _cookies(answer: HTTPResponse) -> str:
    return "; ".join(line.split(";")[0] for line in answer.headers.get_all("Set-Cookie", []))
