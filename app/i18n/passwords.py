"""Passwords in words: what is wrong with a chosen one, what state one is in."""

from __future__ import annotations

from app.i18n import _l

# Keyed by the values of policy.passwords.Problem.
SENTENCES: dict[str, object] = {
    "too_short": _l("Use at least 8 characters."),
    "too_long": _l("Use at most 128 characters."),
    "no_upper": _l("Use at least one upper-case letter."),
    "no_lower": _l("Use at least one lower-case letter."),
    "no_digit": _l("Use at least one digit."),
    "common": _l("This password is among the most common ones and easy to guess. Choose another."),
    "context": _l("The password must not be a name of yours, of your authority or of the system."),
    "used_before": _l("You have used this password before. Choose one that is not among your last five."),
}

# Keyed by the values of policy.passwords.PasswordStatus: the word, and its tone on screen.
STATUS: dict[str, tuple[object, str]] = {
    "temporary": (_l("Temporary"), "info"),
    "valid": (_l("Valid"), "ok"),
    "blocked": (_l("Blocked"), "error"),
    "expired": (_l("Expired"), "warn"),
}
