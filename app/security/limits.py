"""How often is too often (R85): counted by account or address, in the queue's store; in each process while it is down.

A further limit is a line in `LIMITS` and one in `config.SETTINGS`; the door that it is about calls `count`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded
from redis.exceptions import RedisError

from app.errors import TooOften
from app.i18n import _l, ngettext
from app.security.acting import reader
from app.security.refused import note_limit
from app.settings import setting

_log = logging.getLogger("imi.limits")


def address() -> str:
    """The address asked from; of an IPv6 one the network, in which one machine has as many addresses as it likes."""
    said = request.remote_addr or ""
    host = (
        said.split(":")[0] if said.count(":") == 1 else said.removeprefix("[").split("]")[0]
    )  # some proxies tell ports
    try:
        found = ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def account() -> str:
    """The number of the person who is signed in."""
    return str(reader().user_id)


class Limit(NamedTuple):
    """How many, the setting of that name says."""

    window: str  # minute, hour or day
    counted_by: Callable[[], str]
    said: object  # what is told when it is reached


LIMITS = {
    "LIMIT_LOG_INS": Limit("minute", address, _l("There have been very many tries to sign in from your network.")),
    "LIMIT_SEARCHES": Limit("minute", account, _l("You have searched very often in a short time.")),
    "LIMIT_PASSWORDS": Limit("minute", account, _l("You have entered your password very often in a short time.")),
    "LIMIT_ACTS": Limit("minute", account, _l("You have sent very much in a short time.")),
    "LIMIT_INVITED": Limit("minute", address, _l("Very much has been sent from your network in a short time.")),
    "LIMIT_INVITATIONS": Limit("hour", account, _l("You have sent very many invitations in a short time.")),
    "LIMIT_USER_EXPORTS": Limit("hour", account, _l("You have exported lists of users very often in a short time.")),
    "LIMIT_EXPORTS": Limit("hour", account, _l("You have exported lists very often in a short time.")),
    "LIMIT_WRONG_LINKS": Limit(
        "hour", address, _l("Very many links that do not exist have been opened from your network.")
    ),
}
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def init_app(app: Flask, limiter: Limiter) -> None:
    """Make a counter for each limit, from FAB's limiter."""
    app.extensions["imi.limits"] = {name: _counter(limiter, name) for name in LIMITS}
    app.extensions["imi.limiter"] = limiter
    # It would look for limits of the address before each page; ours are of acts, and are counted where these are done.
    looks = app.before_request_funcs[None]
    looks[:] = [each for each in looks if getattr(each, "__self__", None) is not limiter]


def _counter(limiter: Limiter, name: str) -> Callable[[], None]:
    def counted() -> None:
        """Nothing: the limiter counts the calls of a function, and tells functions apart by their names."""

    counted.__qualname__ = name
    limit = limiter.shared_limit(
        lambda: f"{setting(name)} per {LIMITS[name].window}",
        scope=name,
        key_func=LIMITS[name].counted_by,
        cost=lambda: int(g.counted_amount),
    )
    return limit(counted)


def count(name: str, amount: int = 1) -> None:
    """Count one more, or so many, of what has the limit; raises TooOften where that is more than allowed."""
    g.counted_amount = amount
    try:
        current_app.extensions["imi.limits"][name]()
    except RateLimitExceeded as exceeded:
        _tell(name)
        g.retry_after = seconds = _seconds_left(name)
        raise TooOften(f"{LIMITS[name].said} {_when(seconds)}") from exceeded


def _tell(name: str) -> None:
    """Say which limit was reached and where: by whom, the audit log knows, and the process log need not."""
    route = request.url_rule.rule if request.url_rule else "-"
    _log.warning("%s %s was reached at %s", g.get("request_id", "-"), name, route)
    note_limit(name, source=LIMITS[name].counted_by())


def _seconds_left(name: str) -> int:
    """Until the count begins anew; the whole window where the store is gone in this very moment."""
    window = SECONDS[LIMITS[name].window]
    try:
        limiter: Limiter = current_app.extensions["imi.limiter"]
        left = limiter.current_limit.reset_at - int(time.time()) if limiter.current_limit else window
        return max(1, min(window, left))
    except RedisError:
        return window


def _when(seconds: int) -> str:
    if seconds <= SECONDS["minute"]:
        return ngettext(
            "You may try again in %(count)s second.", "You may try again in %(count)s seconds.", seconds, count=seconds
        )
    minutes = -(-seconds // SECONDS["minute"])
    if seconds <= SECONDS["hour"]:
        return ngettext(
            "You may try again in %(count)s minute.", "You may try again in %(count)s minutes.", minutes, count=minutes
        )
    hours = -(-minutes // 60)
    return ngettext("You may try again in %(count)s hour.", "You may try again in %(count)s hours.", hours, count=hours)
