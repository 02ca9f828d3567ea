"""What is kept of a report beside itself: which notice its reporter was shown, and since when it is in its state."""

import datetime as dt

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tests.support.places import SOUTH, WEST, add_village
from tests.support.reports import shown_report

from safemap.hazards.life import Stage
from safemap.hazards.schemas import HazardReport
from safemap.hazards.tables import Hazard

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def sent(session: Session, notice_version: str | None = None) -> Hazard:
    add_village(session)
    report = HazardReport(lon=WEST + 0.004, lat=SOUTH + 0.004, category="lighting")
    public_id = shown_report(session, report, notice_version).seen.public_id
    return session.query(Hazard).filter_by(public_id=public_id).one()


def test_the_notice_that_was_shown_is_kept_with_the_report(session: Session) -> None:
    assert sent(session, "reporters-2026-11-25").notice_version == "reporters-2026-11-25"


def test_a_report_of_a_program_has_none(session: Session) -> None:
    assert sent(session).notice_version is None


def test_what_is_no_version_is_refused(session: Session) -> None:
    with pytest.raises(IntegrityError):
        sent(session, "<b>my own words</b>")


def test_a_state_is_counted_from_its_change_alone(session: Session) -> None:
    kept = sent(session)
    session.execute(text("UPDATE hazard SET state_since = :then"), {"then": LONG_AGO})
    session.execute(text("UPDATE hazard SET stage = 'open', description = '改過'"))
    session.refresh(kept)
    assert kept.state_since == LONG_AGO
    kept.stage = Stage.NO_ACTION.value
    session.flush()
    session.refresh(kept)
    assert dt.datetime.now(dt.UTC) - kept.state_since < dt.timedelta(minutes=5)


def test_an_imported_report_is_fixed_since_the_day_that_its_source_names(session: Session) -> None:
    kept = sent(session)
    session.execute(
        text(
            "INSERT INTO hazard (public_id, village_id, source, source_id, category, severity, noticed_at, stage, "
            "description, accuracy_m, fixed_at, geom) SELECT 'imported', village_id, 'file', '1', category, 1, 'any', "
            "'verified_fixed', '', 0, :then, geom FROM hazard"
        ),
        {"then": LONG_AGO},
    )
    since = session.scalar(text("SELECT state_since FROM hazard WHERE public_id = 'imported'"))
    assert since == LONG_AGO
    session.refresh(kept)
    assert kept.state == "open"
