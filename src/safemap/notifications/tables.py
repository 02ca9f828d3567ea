"""The outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from safemap.db.base import Base


class Message(Base):
    """A letter on its way, or what became of it. The text is empty once it was handed over or given up."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'line')", name="channel"),
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("(sent_at IS NULL AND failed_at IS NULL) OR body = ''", name="wiped"),
        Index(
            "ix_message_waiting",
            "next_attempt_at",
            postgresql_where=text("sent_at IS NULL AND failed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(server_default="email")
    to_address: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    purpose: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handed_over_at: Mapped[datetime | None]  # begun, and committed before the server hears of it
    attempts: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0, server_default="0")
    attempt_id: Mapped[UUID | None]  # the other side's means to know a repeat
    first_attempt_at: Mapped[datetime | None]  # with this id
    is_unsure: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # it may have arrived
    is_repeatable: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    kept_until: Mapped[datetime] = mapped_column(index=True)
