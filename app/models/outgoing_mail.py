"""The outbox: mails as rows, written in the transaction of the act that causes them."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, closed, new_public_id


class MailState(StrEnum):
    """`claimed`: leased by a worker. `sending`: handed over, no answer yet. `unsure`: the answer never came."""

    queued = "queued"
    claimed = "claimed"
    sending = "sending"
    sent = "sent"
    failed = "failed"
    unsure = "unsure"
    given_up = "given_up"


class OutgoingMail(Model):
    """A mail to one recipient. Its body is encrypted (`MAIL_KEY`); a secret one is wiped once it is over (R87).

    `kind` is the number in the list of mails (M1 …). `replaced_by_id` is the mail that was sent in its
    place. `body` is the encrypted JSON of text and HTML, empty when wiped.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        CheckConstraint(
            "NOT holds_secret OR body IS NULL OR state IN ('queued', 'claimed', 'sending', 'unsure')",
            name="secret_is_wiped",
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_moment"),
        CheckConstraint("state NOT IN ('claimed', 'sending') OR lease_until IS NOT NULL", name="leased_has_end"),
        Index("ix_outgoing_mail_due", "state", "due_at", "id"),
        Index("ix_outgoing_mail_authority", "authority_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[uuid.UUID] = mapped_column(default=new_public_id, unique=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(5))
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("authority.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    holds_secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MailState] = mapped_column(closed(MailState, "mail_state"), default=MailState.queued)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner: Mapped[str] = mapped_column(String(40), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    server_answer: Mapped[str] = mapped_column(String(500), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="SET NULL"), index=True)
    # Whose link it carries, so that it is wiped once the link is dead, and a new one is made when it is sent again.
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id", ondelete="SET NULL"), index=True)
