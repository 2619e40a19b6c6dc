"""What is done by the clock, and every time it was done."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime, closed


class Schedule(Model):
    """When a job is due next. Any number of schedulers move it on, by compare-and-set."""

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_due: Mapped[datetime] = mapped_column(UtcDateTime)


class RunState(StrEnum):
    """`due`: waits for a worker. `running`: leased to one. `done`, `failed`: over. `lost`: died too often."""

    due = "due"
    running = "running"
    done = "done"
    failed = "failed"
    lost = "lost"


class JobRun(Model):
    """One run of a scheduled job: for a slot of the schedule, or because a person asked for it.

    `counts` is what came of it, a number a name, and `findings` what a check found wrong, without persons' data.
    `error` is the kind of what went wrong, never its words, which may hold such data. A run `is_idle` where it found
    nothing to do.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("name", "slot"),
        CheckConstraint("state <> 'running' OR lease_until IS NOT NULL", name="leased_has_end"),
        CheckConstraint("(state IN ('done', 'failed', 'lost')) = (ended_at IS NOT NULL)", name="ended_has_moment"),
        Index("ix_job_run_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    slot: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[RunState] = mapped_column(closed(RunState, "run_state"), default=RunState.due)
    asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    owner: Mapped[str] = mapped_column(String(40), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    is_idle: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(String(120), default="")
