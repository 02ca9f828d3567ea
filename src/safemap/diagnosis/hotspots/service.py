"""Use cases of hotspots: measure an area, see what was found, draw it, see how earlier maps fared."""

from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from orjson import Fragment
from sqlalchemy.orm import Session

from safemap.analysis.shapes import points_of
from safemap.communities.rules import StudyArea
from safemap.diagnosis.hotspots import repository
from safemap.diagnosis.hotspots.measuring import Found, measure
from safemap.diagnosis.hotspots.reading import Ground, Read, lay_on, read_events, read_ground
from safemap.diagnosis.hotspots.rules import HotspotParameters, HotspotsNotMeasured, PlaceKind
from safemap.diagnosis.hotspots.schemas import Findings, MapCells, Scored, ScoreSeen, as_stored
from safemap.diagnosis.hotspots.scoring import events_since, score_map
from safemap.diagnosis.rules import Events
from safemap.diagnosis.tables import HotspotAnalysis
from safemap.geo.crs import Lonlat, Metric


@dataclass(frozen=True)
class HotspotsSeen:
    """An analysis as pages and prints see it.

    Parameters
    ----------
    names_en
        English names of its streets, where a source has them.
    families
        How many events of each family are known in the area, as of its newest analyses.
    """

    id: int
    area_key: str
    area_name: str
    made_at: datetime
    data_as_of: datetime
    findings: Findings
    parameters: HotspotParameters
    names_en: dict[str, str]
    families: dict[Events, int]

    @property
    def events(self) -> Events:
        """Its family of events."""
        return self.findings.events


@dataclass(frozen=True)
class MeasuredFamily:
    """One family's findings and where they hold, for whoever measures the same area on.

    Parameters
    ----------
    hotspots
        Rank of each hotspot, and the windows around its hot cells, in metres: what more events than chance lie in.
    """

    findings: Findings
    hotspots: tuple[tuple[int, Metric], ...]


def measure_hotspots(
    session: Session, area: StudyArea, parameters: HotspotParameters | None = None, *, now: datetime
) -> dict[Events, MeasuredFamily]:
    """Look for hotspots of each family of events apart, store what was found, and score earlier maps on what came."""
    used = parameters or HotspotParameters()
    ground = read_ground(session, area)
    measured: dict[Events, MeasuredFamily] = {}
    for events in Events:
        read = read_events(session, ground, events, used)
        found = measure(ground, read, used)
        _score_earlier(session, area, read, now)
        _store(session, ground, found, used, now)
        hotspots = tuple((place.rank, Metric(place.shape)) for place in found.places if place.kind is PlaceKind.HOTSPOT)
        measured[events] = MeasuredFamily(found.findings, hotspots)
    return measured


def latest_hotspots(session: Session, area: StudyArea, events: Events | None = None) -> HotspotsSeen:
    """Return the newest analysis of one family; without one, of the first family of which more than counts is said.

    Raises
    ------
    HotspotsNotMeasured
        Nobody has looked for any there.
    """
    found = {Events(analysis.events): analysis for analysis in repository.latest(session, area.key)}
    if not found:
        raise HotspotsNotMeasured(area.name)
    read = {one: Findings.model_validate(found[one].findings) for one in Events if one in found}
    families = {one: findings.n_all for one, findings in read.items()}
    chosen = events or _first_to_say_more(read)
    if chosen not in found:
        raise HotspotsNotMeasured(area.name)
    analysis = found[chosen]
    known = {
        name: value for name, value in analysis.parameters.items() if name in HotspotParameters.__dataclass_fields__
    }
    return HotspotsSeen(
        id=analysis.id,
        area_key=analysis.area_key,
        area_name=analysis.area_name,
        made_at=analysis.made_at,
        data_as_of=analysis.data_as_of,
        findings=read[chosen],
        parameters=HotspotParameters(**known),
        names_en=repository.english_names(session, sorted(read[chosen].streets_named()), area.geometry),
        families=families,
    )


def places_geojson(session: Session, analysis_id: int) -> bytes:
    """Return the numbered places of an analysis as GeoJSON."""
    return repository.places_geojson(session, analysis_id)


def place_geometries(session: Session, analysis_id: int) -> dict[str, Fragment]:
    """Return the shapes of numbered places as ready GeoJSON geometries, by kind and rank: ``hotspot-1``."""
    return {name: Fragment(shape) for name, shape in repository.place_shapes(session, analysis_id)}


def streets_geojson(session: Session, analysis_id: int) -> bytes:
    """Return the segments with density of an analysis as GeoJSON; none where too few events allow no density."""
    return repository.streets_geojson(session, analysis_id)


def counted_places(
    session: Session, area: StudyArea, events: Events, parameters: HotspotParameters
) -> tuple[NDArray[np.object_], list[int]]:
    """Return where events are counted as they are known now (Points in degrees), and how many at each place."""
    ground = read_ground(session, area)
    on = lay_on(ground, read_events(session, ground, events, parameters))
    counted = on.read.taken(on.is_in)
    places, numbers = np.unique(np.round(counted.xy, 1), axis=0, return_counts=True)
    return area.plane.to_lonlat_all(points_of(places.reshape(-1, 2))), numbers.tolist()


def scores_seen(session: Session, area_key: str, events: Events) -> tuple[ScoreSeen, ...]:
    """Return how the published maps of an area and family fared, the newest first."""
    return tuple(
        ScoreSeen(
            published_at=analysis.made_at,
            data_as_of=analysis.data_as_of,
            map_n=analysis.event_count,
            later_until=score.later_until,
            later_n=score.later_count,
            scored=None if score.scored is None else Scored.model_validate(score.scored),
        )
        for analysis, score in repository.scores_of(session, area_key, events.value)
    )


def _first_to_say_more(read: dict[Events, Findings]) -> Events:
    """Reports first, when they are enough for an answer; else the family with most events."""
    enough = [one for one, findings in read.items() if findings.answer]
    return enough[0] if enough else max(read, key=lambda one: read[one].n)


def _store(session: Session, ground: Ground, found: Found, parameters: HotspotParameters, now: datetime) -> None:
    area, findings = ground.area, found.findings
    analysis_id = repository.add(
        session,
        HotspotAnalysis(
            area_key=area.key,
            area_name=area.name,
            made_at=now,
            data_as_of=found.newest or now,
            events=findings.events.value,
            event_count=findings.n,
            parameters=asdict(parameters),
            findings=as_stored(findings),
            map_cells=as_stored(found.map_cells) if found.map_cells else None,
        ),
        area.village_ids,
    )
    repository.add_places(
        session,
        analysis_id,
        (
            (place.kind, place.rank, Lonlat(area.plane.to_lonlat(Metric(place.shape))))
            for place in found.places
            if not place.shape.is_empty
        ),
    )
    if found.streets is not None:
        repository.add_streets(
            session,
            analysis_id,
            {
                "street": found.streets.names.tolist(),
                "length_m": found.streets.length_m.tolist(),
                "per_km": found.streets.per_km.tolist(),
                "density_class": found.streets.classes.tolist(),
                "line": shapely.to_wkb(area.plane.to_lonlat_all(found.streets.lines)).tolist(),
            },
        )


def _score_earlier(session: Session, area: StudyArea, read: Read, now: datetime) -> None:
    for analysis in repository.maps_to_score(session, area.key, read.events.value):
        cells = MapCells.model_validate(analysis.map_cells)
        later = events_since(read, analysis.data_as_of)
        if cells.epsg != area.plane.epsg or later.newest is None:
            continue
        count, scored = score_map(cells, later)
        repository.keep_score(
            session,
            analysis.id,
            scored_at=now,
            later_until=later.newest,
            later_count=count,
            scored=as_stored(scored) if scored else None,
        )
