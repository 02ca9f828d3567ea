"""Who each part of a map comes from: named in its legend and in its corner."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from sqlalchemy.orm import Session

from safemap.basemap import service as basemap
from safemap.blocks import service as blocks
from safemap.cameras import service as cameras
from safemap.communities import service as communities
from safemap.communities.rules import StudyArea
from safemap.geo.crs import Lonlat
from safemap.hazards import service as hazards
from safemap.i18n import mark
from safemap.incidents import service as incidents
from safemap.incidents.rules import IncidentFamily
from safemap.patrols import service as patrols

OPENSTREETMAP = mark("© OpenStreetMap contributors")
NOBODYS = "box"  # a study area made of a file's extent has no author
SOURCE_NAMES = {
    "": mark("residents"),
    "demo": mark("invented data"),
    "npa": mark("National Police Agency"),
    "npa-old": mark("National Police Agency"),
    "npa-crime": mark("National Police Agency"),
    "nlsc": mark("National Land Surveying and Mapping Center"),
    "taipei": mark("Taipei City Government"),
    "taipei-theft": mark("Taipei City Police Department"),
}


class Layer(StrEnum):
    """What the map can show; one at a time, so that nothing fights."""

    REPORTS = "reports"
    DENSITY = "density"
    WATCH = "watch"
    ZONES = "zones"
    TRAFFIC = "traffic"
    CRIME = "crime"


@dataclass(frozen=True)
class Credit:
    """A part of a map and the names of its sources, both in the reader's words."""

    part: str
    sources: tuple[str, ...]
    is_ground: bool  # drawn under every layer


@dataclass(frozen=True)
class Credits:
    """All that a map names."""

    parts: tuple[Credit, ...]

    @property
    def ground(self) -> str:
        """The names for the map's corner under every layer."""
        return self._names(is_ground=True)

    @property
    def drawn(self) -> str:
        """The names that the layer adds to the corner."""
        return self._names(is_ground=False)

    @property
    def by_source(self) -> dict[str, list[str]]:
        """The parts that come from the same sources, under those sources' names."""
        parts: dict[str, list[str]] = {}
        for part in self.parts:
            parts.setdefault(", ".join(part.sources), []).append(part.part)
        return parts

    def _names(self, *, is_ground: bool) -> str:
        names = (name for part in self.parts if part.is_ground == is_ground for name in part.sources)
        return ", ".join(dict.fromkeys(names))


Sources = Callable[[Session, Lonlat], list[str]]
REPORTS: tuple[str, Sources] = (mark("Reports"), hazards.sources_in)
INCIDENTS: tuple[str, Sources] = (mark("Published incidents"), incidents.sources_in)
GUARDIANS: tuple[tuple[str, Sources], ...] = (
    (mark("Cameras"), cameras.sources_in),
    (mark("Patrols"), patrols.sources_in),
    (mark("Adopted blocks"), blocks.sources_in),
    (mark("Street lamps"), basemap.lamp_sources_in),
)
MEASURED = (REPORTS, INCIDENTS, *GUARDIANS)
PARTS_OF: dict[Layer, tuple[tuple[str, Sources], ...]] = {
    Layer.REPORTS: (REPORTS,),
    Layer.DENSITY: (REPORTS, INCIDENTS),
    Layer.WATCH: GUARDIANS,
    Layer.ZONES: MEASURED,
    Layer.TRAFFIC: ((INCIDENTS[0], partial(incidents.sources_in, family=IncidentFamily.TRAFFIC)),),
    Layer.CRIME: ((INCIDENTS[0], partial(incidents.sources_in, family=IncidentFamily.CRIME)),),
}


def credits_of(session: Session, area: StudyArea, layer: Layer | None, say: Callable[[str], str]) -> Credits:
    """Return whom a map of an area names: for its ground, and for a layer's parts; parts without rows are left out."""
    place = area.geometry
    ground = [
        (mark("Boundary"), [one for one in communities.boundary_sources(session, area) if one != NOBODYS]),
        (mark("Streets and buildings"), basemap.sources_in(session, place)),
    ]
    drawn = [(part, found(session, place)) for part, found in (PARTS_OF[layer] if layer else ())]
    return Credits(
        tuple(
            Credit(say(part), tuple(dict.fromkeys(named(source, say) for source in sources)), is_ground=is_ground)
            for parts, is_ground in ((ground, True), (drawn, False))
            for part, sources in parts
            if sources
        )
    )


def named(source: str, say: Callable[[str], str]) -> str:
    """Name a source: as its licence asks, as an office is called, or else as its file is called."""
    if "osm" in source.lower():
        return say(OPENSTREETMAP)
    return say(SOURCE_NAMES[source]) if source in SOURCE_NAMES else source
