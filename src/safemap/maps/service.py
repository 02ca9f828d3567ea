"""Use cases of maps to take away: print a handout, write a page that opens offline."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.basemap import service as basemap
from safemap.communities.rules import StudyArea
from safemap.diagnosis import service as diagnoses
from safemap.diagnosis.reasons import period_title
from safemap.diagnosis.rules import DiagnosisNotFound, Events, Period
from safemap.diagnosis.schemas import DiagnosisSeen, PeriodSeen
from safemap.diagnosis.timing import LOCAL_TIME
from safemap.geo.crs import is_in_taiwan
from safemap.hazards.categories import CATEGORIES
from safemap.i18n import DEFAULT_LANGUAGE, mark, translations
from safemap.maps.handout import Facts, make_handout, village_url
from safemap.maps.offline import make_offline_map
from safemap.maps.reading import read_scene
from safemap.maps.rules import FORMATS, Paper
from safemap.maps.scale import MapFrame, frame_for
from safemap.maps.scene import Scene

NOT_MEASURED = mark("Reports on the map; dead zones have not been measured yet")
OPENSTREETMAP = mark("Streets and buildings: © OpenStreetMap contributors (ODbL).")
PRINTED = mark("Printed by {who}, {when}.")
STREETS_LISTED = 8


def handout_pdf(
    session: Session,
    area: StudyArea,
    *,
    paper: Paper = Paper.A3,
    language: str = DEFAULT_LANGUAGE,
    period: Period | None = None,
    scale: int | None = None,
    site_url: str,
    printed_by: str,
    now: datetime,
) -> bytes:
    """Print an area's newest diagnosis; without one, what is reported there.

    Parameters
    ----------
    period
        None: the one with most dead zones, the later one of equals.
    scale
        Denominator; None: the largest round scale that fits.
    printed_by
        Who answers for where the sheet goes: stands at its foot.
    """
    frame = frame_for(area.geometry, area.name, FORMATS[paper], scale)
    scene, facts = _read(
        session, area, frame, language=language, period=period, site_url=site_url, by=printed_by, now=now
    )
    return make_handout(scene, frame, facts, paper, language)


def offline_map(
    session: Session,
    area: StudyArea,
    *,
    language: str = DEFAULT_LANGUAGE,
    period: Period | None = None,
    printed_by: str,
    now: datetime,
) -> str:
    """Write a page with an area's newest diagnosis that opens from a file, with no network."""
    frame = frame_for(area.geometry, area.name, FORMATS[Paper.A3])
    scene, facts = _read(session, area, frame, language=language, period=period, site_url="", by=printed_by, now=now)
    return make_offline_map(scene, frame.plane, facts, language)


def _read(
    session: Session,
    area: StudyArea,
    frame: MapFrame,
    *,
    language: str,
    period: Period | None,
    site_url: str,
    by: str,
    now: datetime,
) -> tuple[Scene, Facts]:
    say = translations(language).gettext
    diagnosis = _latest(session, area)
    found = _found(diagnosis, period)
    scene = read_scene(
        session,
        area,
        frame,
        events=diagnosis.events if diagnosis else Events.REPORTS,
        period=found.period if found else period,
        zones=found.zones if found and found.has_hotspots else (),
        language=language,
        say=say,
        now=now,
    )
    facts = _facts(
        session, area, diagnosis, found, scene, language=language, say=say, site_url=site_url, by=by, now=now
    )
    return scene, facts


def _latest(session: Session, area: StudyArea) -> DiagnosisSeen | None:
    try:
        return diagnoses.latest_diagnosis(session, area.key)
    except DiagnosisNotFound:
        return None


def _found(diagnosis: DiagnosisSeen | None, period: Period | None) -> PeriodSeen | None:
    if diagnosis is None or not diagnosis.has_hotspots:
        return None
    if period is not None:
        return diagnosis.periods[period]
    order = list(Period)
    return max(diagnosis.periods.values(), key=lambda seen: (seen.zone_count, order.index(seen.period)))


def _title(diagnosis: DiagnosisSeen | None, found: PeriodSeen | None, listed: int, say: Callable[[str], str]) -> str:
    """Say the finding, or that there is none yet."""
    if diagnosis is None:
        return say(NOT_MEASURED)
    if found is None:
        return diagnosis.title.said(say)
    known = diagnosis.known.anything
    return period_title(found.period, found.event_count, found.zone_count, listed, is_watch_known=known).said(say)


def _facts(
    session: Session,
    area: StudyArea,
    diagnosis: DiagnosisSeen | None,
    found: PeriodSeen | None,
    scene: Scene,
    *,
    language: str,
    say: Callable[[str], str],
    site_url: str,
    by: str,
    now: datetime,
) -> Facts:
    codes = {say(category.name): category.code for category in CATEGORIES}
    is_named_in_english = language == "en" and area.name_en
    sources = basemap.sources_in(session, area.geometry)
    return Facts(
        title=lambda listed: _title(diagnosis, found, listed, say),
        area_name=area.name_en if is_named_in_english else area.name,
        where=f"{area.county}{area.town}" if area.name != area.town else area.county,
        period=found.name.said(say) if found else "",
        counted=diagnosis.notes[0].said(say) if diagnosis and diagnosis.notes else "",
        data_as_of=(diagnosis.data_as_of if diagnosis else now).astimezone(LOCAL_TIME).date(),
        made_on=now.astimezone(LOCAL_TIME).date(),
        notes=tuple(note.said(say) for note in diagnosis.notes[1:]) if diagnosis else (),
        by_category=tuple(
            (codes.get(line.name.said(say), ""), line.name.said(say), line.count)
            for line in (diagnosis.by_category if diagnosis else ())
        ),
        by_street=tuple(
            (line.name.said(say), line.count) for line in (diagnosis.by_street if diagnosis else ())[:STREETS_LISTED]
        ),
        url=village_url(site_url, area.key),
        attribution=say(OPENSTREETMAP) if any("osm" in source.lower() for source in sources) else "",
        is_fictional=area.is_fictional,
        is_in_taiwan=is_in_taiwan(*area.geometry.centroid.coords[0]),
        is_watch_known=diagnosis.known.anything if diagnosis else True,
        zone_count=found.zone_count if found and scene.zones else 0,
        printed=say(PRINTED).format(who=by, when=f"{now.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"),
    )
