"""The refusals: the only exceptions that services and policy raise."""

from __future__ import annotations

from collections.abc import Mapping


class ImiError(Exception):
    """A refusal a person can act on.

    `message` is a lazily translated sentence that says what is not possible, why, and what to do instead (R73).
    """

    status = 400

    def __init__(self, message: object) -> None:
        super().__init__(message)
        self.message = message


class NotFound(ImiError):
    """Unknown and forbidden alike: what a person may not see does not exist for him (R70)."""

    status = 404

    def __init__(self, message: object = "") -> None:
        super().__init__(message)


class NotAllowed(ImiError):
    """The thing is seen, but this act on it is not for this person."""

    status = 403


class Conflict(ImiError):
    """Somebody else was first, or the state of things no longer allows it; `field` says where to show it."""

    status = 409

    def __init__(self, message: object, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooOften(ImiError):
    """Done so often in a short time that one has to wait; the sentence says how long (R85)."""

    status = 429


class InvalidInput(ImiError):
    """Bad values; `fields` maps a field's name to its sentence."""

    status = 422

    def __init__(self, message: object, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})
