"""Signing the head of the log, and only where what is signed follows from what was signed before (R68)."""

from __future__ import annotations

import logging

from sqlalchemy import update

from app import clock
from app.extensions import db
from app.models import AuditHead
from app.services import audit_anchor, audit_chain
from app.services.audit_verification import Fault, fault_since, standing

_log = logging.getLogger("imi.log_head")


class BrokenChain(Exception):
    """What was signed last, or what was written since, is not what stands; so it is not signed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def sign_head() -> int:
    """Sign the end of the chain, in the database and, for safe keeping elsewhere, in the structured log.

    Gives how many entries are signed that were not before; where there are none, the last signature stands. Whoever
    rewrites the chain afterwards, or cuts it off, cannot sign what he made, and this does not do it for him: raises
    BrokenChain where the last signature, or an entry since, does not hold.
    """
    head = audit_chain.locked_head()
    _, anchor = standing()
    new = head.position - (anchor.position if anchor else 0)
    if not new:
        return 0
    if fault := fault_since(anchor, head):
        raise BrokenChain(fault)
    signed = audit_anchor.sign(head, clock.now())
    db.session.execute(
        update(AuditHead).values(
            signed_position=signed.position,
            signed_hash=signed.hash,
            signed_at=signed.signed_at,
            signature=signed.signature,
        ),
        execution_options={"synchronize_session": False},
    )
    _log.info(signed.line())
    return new
