"""A stored request as its asker and its reviewers see it."""

from datetime import datetime

from sqlalchemy.orm import Session

from safemap.identity.signing_in import today
from safemap.privacy import repository
from safemap.privacy.rules import About, Ask, Field, Refusal, State, is_overdue
from safemap.privacy.schemas import RequestSeen, Step
from safemap.privacy.tables import DataRequest


def seen(session: Session, request: DataRequest, now: datetime) -> RequestSeen:
    """Return a request with its history."""
    day = today(now)
    state = State(request.state)
    return RequestSeen(
        id=request.id,
        number=request.number,
        ask=Ask(request.ask),
        about=About(request.about),
        state=state,
        field=Field(request.field) if request.field else None,
        value=request.value,
        wish=request.wish,
        refusal=Refusal(request.refusal) if request.refusal else None,
        received_at=request.received_at,
        received_on=request.received_on,
        due_on=request.due_on,
        days_left=(request.due_on - day).days,
        is_overdue=is_overdue(state, request.due_on, day),
        is_extended=request.extended_at is not None,
        is_wiped=request.wiped_at is not None,
        decided_at=request.decided_at,
        closed_at=request.closed_at,
        waits_for_proof=request.proof_hash is not None,
        report_id=request.report_id,
        steps=tuple(
            Step(step.at, State(step.state), step.due_on, step.words)
            for step in repository.steps_of(session, [request.id])
        ),
    )
