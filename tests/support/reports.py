"""Reports for tests, past what a moderator does with them."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from safemap.hazards.life import Stage
from safemap.hazards.rules import Visibility
from safemap.hazards.schemas import HazardReport, HazardSeen
from safemap.hazards.service import Reported, report_by_follow_up, take_report
from safemap.hazards.tables import Hazard


def shown_report(session: Session, report: HazardReport, notice_version: str | None = None) -> Reported:
    """Take a report and put it on the map, as after a moderator has looked; its words still wait."""
    taken = take_report(session, report, notice_version)
    show(session, taken.seen)
    return Reported(report_by_follow_up(session, taken.follow_up), taken.follow_up)


def show(session: Session, *seen: HazardSeen) -> None:
    """Put reports on the map; of none named, all."""
    ids = [one.public_id for one in seen]
    statement = update(Hazard).values(visibility=Visibility.SHOWN.value, stage=Stage.OPEN.value)
    session.execute(statement.where(Hazard.public_id.in_(ids)) if ids else statement)
