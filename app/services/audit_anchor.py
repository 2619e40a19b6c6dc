"""Signed heads of the log: what is signed, with which key, and how they are read from a file of the structured log."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.errors import InvalidInput
from app.i18n import _l
from app.services.audit_chain import Head, in_utc
from app.settings import setting

MARK = "log-head "


@dataclass(frozen=True)
class Anchor:
    """A signed head, as it stands in the database or was kept elsewhere."""

    position: int
    hash: str
    signed_at: datetime
    signature: str

    def is_ours(self) -> bool:
        """Whether it was signed with our key."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            _key().public_key().verify(signature, _text(self.position, self.hash, self.signed_at))
        except (InvalidSignature, binascii.Error, ValueError, OverflowError):
            return False
        return True

    def line(self) -> str:
        """As it stands in the structured log."""
        values = {"position": self.position, "hash": self.hash, "signature": self.signature}
        return MARK + json.dumps(values | {"signed_at": in_utc(self.signed_at)}, sort_keys=True)


def sign(head: Head, moment: datetime) -> Anchor:
    """Sign the end of the chain (Ed25519)."""
    signature = _key().sign(_text(head.position, head.hash, moment))
    return Anchor(head.position, head.hash, moment, base64.b64encode(signature).decode())


def _key() -> Ed25519PrivateKey:
    """It comes from LOG_KEY, which is not in the database."""
    return Ed25519PrivateKey.from_private_bytes(setting("LOG_KEY"))


def _text(position: int, hash_: str, moment: datetime) -> bytes:
    return f"{position} {hash_} {in_utc(moment)}".encode()


def anchors_in(lines: Iterable[str]) -> list[Anchor]:
    """The signed heads in a file of the structured log; InvalidInput where there is none, or one cannot be read."""
    texts = [line.partition(MARK)[2] for line in lines if MARK in line]
    if not texts:
        raise InvalidInput(_l("The file holds no signed head of the log: none of its lines says log-head."))
    try:
        return [_anchor(json.loads(text)) for text in texts]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInput(_l("The file holds a head of the log that cannot be read.")) from error


def _anchor(values: Mapping[str, Any]) -> Anchor:
    moment = datetime.fromisoformat(values["signed_at"])
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone is refused.")
    return Anchor(int(values["position"]), str(values["hash"]), moment, str(values["signature"]))
