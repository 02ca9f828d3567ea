"""Use cases of diagnoses: make one, see the latest, draw its segments."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.analysis.area import measure_area
from safemap.analysis.scene import Scene
from safemap.communities.rules import StudyArea
from safemap.diagnosis import repository
from safemap.diagnosis.counted import choose_events, read_counted
from safemap.diagnosis.hotspots.service import measure_hotspots
from safemap.diagnosis.reasons import chance_notes, off_streets_notes, used_note
from safemap.diagnosis.records import counts_of, segment_rows, zone_rows
from safemap.diagnosis.rules import DAY_PERIODS, DiagnosisNotFound, Events, NoStreets, Parameters, Period
from safemap.diagnosis.schemas import DiagnosisSeen, ZoneSeen
from safemap.diagnosis.showing import shown
from safemap.diagnosis.tables import Diagnosis
from safemap.diagnosis.timing import LOCAL_TIME
from safemap.diagnosis.watchers import read_streets, read_watchers, unknown_notes


def diagnose(
    session: Session, area: StudyArea, parameters: Parameters | None = None, *, now: datetime
) -> DiagnosisSeen:
    """Measure an area as it is known now, store what was found, and return it; its hotspots are looked for too.

    Parameters
    ----------
    now
        With a time zone: adopted blocks count that are in force on this day in Taiwan.

    Raises
    ------
    NoStreets
        The area has no streets that can be walked.
    """
    given = parameters or Parameters()
    events, reports = (given.events, None) if given.events is not None else choose_events(session, area)
    used = replace(given, events=events)
    streets = read_streets(session, area, used)
    counted = read_counted(session, area, events, used)
    watchers = read_watchers(session, area, used, now.astimezone(LOCAL_TIME).date())
    scene = Scene(
        area=area.plane.to_metric(area.geometry),
        streets=streets.lines,
        events=counted.events,
        buildings=watchers.buildings,
        cameras=watchers.cameras,
        routes=watchers.routes,
        blocks=watchers.blocks,
        lamps=watchers.lamps,
    )
    measured = measure_area(scene, tuple(DAY_PERIODS.values()), used)
    if len(measured.segments) == 0:
        raise NoStreets(area.name)
    families = measure_hotspots(session, area, now=now)
    known = watchers.known(streets)
    instead = None if reports is None or events is Events.REPORTS else reports
    notes = (
        used_note(events, counted.count, instead_of_reports=instead),
        *counted.notes,
        *off_streets_notes(measured.off_streets, used.bandwidth_m),
        *chance_notes(counted.count, families[events].findings),
        *unknown_notes(known),
        *watchers.notes,
    )
    diagnosis_id = repository.add(
        session,
        Diagnosis(
            area_key=area.key,
            area_name=area.name,
            made_at=now,
            data_as_of=counted.newest or now,
            events=events.value,
            event_count=counted.count,
            has_hotspots=measured.all_hours.has_hotspots,
            parameters=asdict(used),
            counts=watchers.counts | counts_of(measured, counted, known),
            notes=[note.as_record() for note in notes],
            density_breaks=measured.breaks_per_km.tolist(),
        ),
        area.village_ids,
    )
    lines = area.plane.to_lonlat_all(measured.segments.lines)
    repository.add_segments(session, diagnosis_id, segment_rows(measured, streets.edge_ids, lines))
    hotspots = families[events].hotspots
    repository.add_zones(
        session,
        zone_rows(
            diagnosis_id, measured, counted, watchers, known=known, parameters=used, lines=lines, hotspots=hotspots
        ),
    )
    return diagnosis_seen(session, diagnosis_id)


def diagnosis_seen(session: Session, diagnosis_id: int) -> DiagnosisSeen:
    """Return a diagnosis by its number.

    Raises
    ------
    DiagnosisNotFound
        No diagnosis has that number.
    """
    diagnosis = repository.by_id(session, diagnosis_id)
    if diagnosis is None:
        raise DiagnosisNotFound(str(diagnosis_id))
    return shown(session, diagnosis)


def latest_diagnosis(session: Session, area_key: str, events: Events | None = None) -> DiagnosisSeen:
    """Return the newest diagnosis of a study area; of some events, or of any.

    Raises
    ------
    DiagnosisNotFound
        The area has none yet.
    """
    diagnosis = repository.latest(session, area_key, None if events is None else events.value)
    if diagnosis is None:
        raise DiagnosisNotFound(area_key)
    return shown(session, diagnosis)


def zones(session: Session, diagnosis_id: int, period: Period) -> tuple[ZoneSeen, ...]:
    """Return the dead zones of one period, the worst first."""
    return diagnosis_seen(session, diagnosis_id).periods[period].zones


def segments_geojson(session: Session, diagnosis_id: int, period: Period | None = None) -> bytes:
    """Return all segments as GeoJSON: density, class and shares by source in one period, or density of all hours."""
    return repository.segments_geojson(session, diagnosis_id, period)
