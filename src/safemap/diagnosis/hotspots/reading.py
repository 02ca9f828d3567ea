"""Events and streets of an area, brought together in metres: what can be hit, and what was."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy.orm import Session

from safemap.analysis.hotspots.checks import NotUsable
from safemap.analysis.hotspots.grid import Grid, Placed, grid_over, place_events, suggest_cell_m
from safemap.analysis.hotspots.honesty import REPEATED_SHARE, share_repeated, usual_accuracy_m
from safemap.analysis.hotspots.hot_cells import Null
from safemap.analysis.hotspots.streets import put_on_streets
from safemap.analysis.segments import BORDER_REACH_M, Segments, cut_streets
from safemap.analysis.shapes import points_of
from safemap.basemap import service as basemap
from safemap.basemap.rules import StreetClass
from safemap.communities.rules import StudyArea
from safemap.communities.service import villages_drawn
from safemap.diagnosis.counted import FAMILIES
from safemap.diagnosis.hotspots.rules import CELL_STEP_M, MOST_OFF_STREETS, HotspotParameters
from safemap.diagnosis.rules import Events
from safemap.diagnosis.timing import LOCAL_TIME
from safemap.geo.crs import Metric
from safemap.hazards import service as hazards
from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.publishing import StreetParts, street_parts
from safemap.hazards.rules import STREET_ACCURACY_M, NoticedAt
from safemap.incidents import service as incidents
from safemap.incidents.rules import KIND_NAMES, IncidentKind, TimePrecision

SAME_PLACE_M = 1.0  # from the middle of a street's part, as the database and this program compute it
NOT_KNOWN = np.datetime64("NaT", "m")
DAY_MIN = 24 * 60


@dataclass(frozen=True, eq=False)
class Ground:
    """Where events can be: an area and its streets, in metres.

    Attributes
    ----------
    outline
        The area.
    lines, names
        Streets that touch it or run along its border, rails left out.
    segments
        The same, cut to pieces of at most 60 m.
    parts
        Parts of streets inside each village: what a report's place is told by.
    villages, village_names
        The villages that it consists of.
    """

    area: StudyArea
    outline: Metric
    streets: basemap.Streets
    segments: Segments
    parts: StreetParts
    villages: NDArray[np.object_]
    village_names: tuple[str, ...]

    @property
    def names(self) -> NDArray[np.object_]:
        """``(n,)`` of the streets; empty where there is none."""
        return self.streets.names

    @cached_property
    def part_lines(self) -> NDArray[np.object_]:
        """Parts of streets in metres."""
        return self.area.plane.to_metric_all(self.parts.shapes)

    @cached_property
    def part_middles(self) -> NDArray[np.float64]:
        """``(k, 2)`` where a report on each part counts."""
        return shapely.get_coordinates(self.area.plane.to_metric_all(points_of(self.parts.middles))).reshape(-1, 2)


def read_ground(session: Session, area: StudyArea) -> Ground:
    """Read an area's streets."""
    every = basemap.streets_in(session, area.geometry, BORDER_REACH_M)
    kept = every.classes != StreetClass.RAIL.value
    found = replace(every, **{name: column[kept] for name, column in vars(every).items()})
    lines = area.plane.to_metric_all(found.geometries)
    names, outlines = villages_drawn(session, area.village_ids)
    return Ground(
        area=area,
        outline=area.plane.to_metric(area.geometry),
        streets=found,
        segments=cut_streets(lines, found.from_node_ids, found.to_node_ids),
        parts=street_parts(session, area.village_ids, found),
        villages=area.plane.to_metric_all(np.array(outlines, dtype=object)),
        village_names=tuple(names),
    )


@dataclass(frozen=True, eq=False)
class When:
    """When events happened, as arrays of one length: local minutes between which each did; NaT where not known."""

    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.start)

    def after(self, since: np.datetime64) -> "When":
        """Return those that began after a minute."""
        kept = self.start > since
        return When(self.start[kept], self.end[kept])


@dataclass(frozen=True, eq=False)
class Read:
    """Events of one family, as arrays of one length, oldest first.

    Attributes
    ----------
    xy
        ``(n, 2)`` where each counts: on its street.
    street
        ``(n,)`` place of that street among the ground's; -1 when none is near enough: it takes no part.
    accuracy_m
        Radius within which each position is known.
    start, end
        Local times between which each happened, datetime64 to the minute; NaT where not known.
    kinds
        Message ids.
    is_counted
        Which are counted where they are: of reports the open ones; the others tell how they came.
    noticed_at
        Of reports, when the danger is there; empty of incidents.
    rough
        How many more are known too roughly to be placed.
    when
        When all of them happened, those too that are known too roughly to be placed.
    """

    events: Events
    xy: NDArray[np.float64]
    street: NDArray[np.int64]
    accuracy_m: NDArray[np.float64]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    kinds: NDArray[np.object_]
    is_counted: NDArray[np.bool_]
    noticed_at: NDArray[np.object_]
    rough: int
    when: When

    def __len__(self) -> int:
        return len(self.xy)

    def taken(self, which: NDArray[np.bool_]) -> "Read":
        """Return some of them."""
        columns = {
            name: getattr(self, name)[which]
            for name in ("xy", "street", "accuracy_m", "start", "end", "kinds", "is_counted", "noticed_at")
        }
        return Read(self.events, **columns, rough=self.rough, when=self.when)

    def all_counted(self) -> "Read":
        """Return the same with every one counted where it is."""
        return replace(self, is_counted=np.ones(len(self), dtype=np.bool_))

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """When the oldest and the newest happened, or were reported."""
        known = self.start[~np.isnat(self.start)]
        return (_moment(known.min()), _moment(known.max())) if len(known) else (None, None)

    @property
    def newest(self) -> datetime | None:
        """When the newest happened, or was reported."""
        return self.span[1]

    @property
    def days(self) -> NDArray[np.float64]:
        """Days since 1970, by the local clock."""
        return np.asarray(self.start.astype("datetime64[m]").astype(np.float64) / DAY_MIN)


def read_events(session: Session, ground: Ground, events: Events, parameters: HotspotParameters) -> Read:
    """Read one family of an area's events, those of the window that ends with the newest."""
    read = _reports(session, ground) if events is Events.REPORTS else _incidents(session, ground, events, parameters)
    if len(read.when) == 0:
        return read
    since = read.when.start.max() - np.timedelta64(parameters.window_days, "D")
    is_open_report = read.is_counted & (events is Events.REPORTS)  # it is there, however long ago somebody said so
    return replace(read.taken((read.start > since) | is_open_report), when=read.when.after(since))


@dataclass(frozen=True, eq=False)
class OnGround:
    """Events laid on cells of the ground.

    Attributes
    ----------
    read
        The events that are counted; those on no street are outside.
    by_street
        Whether exposure is metres of street; else no street is known, or not all of them, and it is area.
    off_streets
        Of incidents on no street that is known.
    repeated_share
        Of events at the place of another one. Reports are moved to the middle of their street, and exposure with
        them, so that this says nothing of them: 0.
    """

    read: Read
    placed: Placed
    by_street: bool
    off_streets: int
    accuracy_m: float
    repeated_share: float

    @property
    def grid(self) -> Grid:
        """The cells."""
        return self.placed.grid

    @property
    def null(self) -> Null:
        """What "by chance" means for these events."""
        return Null.SHUFFLE if self.repeated_share >= REPEATED_SHARE else Null.EXPOSURE

    @property
    def is_in(self) -> NDArray[np.bool_]:
        """``(n,)`` which events take part."""
        return self.placed.cell >= 0


def lay_on(ground: Ground, read: Read) -> OnGround:
    """Lay events on cells whose exposure is the street in them: a place without any is none where they could be.

    Where many incidents lie on no known street, the known ones are not all there are: each missing one would make a
    hotspot of the known one beside it. Then exposure is the ground, and all take part.
    """
    counted = read.taken(read.is_counted)
    accuracy_m = usual_accuracy_m(counted.accuracy_m)
    by_reports = read.events is Events.REPORTS
    reach_m = SAME_PLACE_M if by_reports else BORDER_REACH_M
    region = Metric(shapely.buffer(ground.outline, reach_m))
    cell_m = CELL_STEP_M * float(np.ceil(suggest_cell_m(region.area, accuracy_m) / CELL_STEP_M))
    grid = grid_over(region, cell_m)
    off_streets = int((counted.street < 0).sum())
    is_incomplete = not by_reports and off_streets > MOST_OFF_STREETS * len(counted)
    exposed = None if is_incomplete else _by_street(grid, ground, by_reports=by_reports)
    is_on = (counted.street >= 0) | (exposed is None)
    placed = place_events(exposed or grid, counted.xy[is_on])
    cell = np.full(len(counted), -1, dtype=np.int64)
    cell[is_on] = placed.cell
    whole = Placed(placed.grid, placed.counts, cell, placed.outside + int((~is_on).sum()))
    repeated = 0.0 if by_reports else share_repeated(counted.xy)
    return OnGround(counted, whole, exposed is not None, off_streets, accuracy_m, repeated)


def _by_street(grid: Grid, ground: Ground, *, by_reports: bool) -> Grid | None:
    """Return the cells with the street in them as exposure; None where the area has none."""
    try:
        if by_reports:
            return grid.by_points(ground.part_middles, shapely.length(ground.part_lines))
        return grid.by_street_length(ground.segments.lines)
    except NotUsable:
        return None


def _reports(session: Session, ground: Ground) -> Read:
    """Reports, each in the middle of its street's part: no member may learn more of one."""
    found = hazards.reports_by_street(session, ground.area.village_ids)
    xy = shapely.get_coordinates(ground.area.plane.to_metric_all(found.places)).reshape(-1, 2)
    street = np.full(len(xy), -1, dtype=np.int64)
    if len(ground.part_middles) and len(xy):
        away_m, part = cKDTree(ground.part_middles).query(xy)
        street = np.where(away_m <= SAME_PLACE_M, ground.parts.of_street[part], -1)
        xy = np.where((street >= 0)[:, None], ground.part_middles[part], xy)
    start = np.array([_minute(moment) for moment in found.reported_at], dtype="datetime64[m]")
    end = np.full(len(xy), NOT_KNOWN)
    return Read(
        events=Events.REPORTS,
        xy=xy,
        street=street,
        accuracy_m=np.full(len(xy), STREET_ACCURACY_M),
        start=start,
        end=end,
        kinds=np.array([CATEGORY_BY_CODE[code].name for code in found.categories], dtype=object),
        is_counted=found.is_open,
        noticed_at=np.array([NoticedAt(noticed) for noticed in found.noticed_at], dtype=object),
        rough=0,
        when=When(start, end),
    )


def _incidents(session: Session, ground: Ground, events: Events, parameters: HotspotParameters) -> Read:
    """Incidents in the area and on the streets along its border, each moved to the nearest point of a street."""
    found = incidents.incidents_in(session, ground.area.geometry, BORDER_REACH_M, family=FAMILIES[events])
    points = ground.area.plane.to_metric_all(found.geometries)
    shapely.prepare(ground.outline)
    is_near = shapely.dwithin(ground.outline, points, BORDER_REACH_M) if len(points) else np.zeros(0, dtype=np.bool_)
    is_known = is_near & (found.accuracy_m <= parameters.worst_accuracy_m)
    kept = np.flatnonzero(is_known)
    xy = shapely.get_coordinates(points[kept]).reshape(-1, 2)
    on = put_on_streets(ground.segments, xy, reach_m=parameters.reach_m)
    street = np.where(on.piece >= 0, ground.segments.edge[on.piece], -1) if len(ground.segments) else on.piece
    is_on = on.piece >= 0
    if is_on.any():
        moved = shapely.line_interpolate_point(ground.segments.lines[on.piece[is_on]], on.along_m[is_on])
        xy[is_on] = shapely.get_coordinates(moved)
    times = [
        _times(at, until, precision)
        for at, until, precision in zip(
            found.occurred_at[is_near], found.occurred_until[is_near], found.precisions[is_near], strict=True
        )
    ]
    when = When(*(np.array([pair[side] for pair in times], dtype="datetime64[m]") for side in (0, 1)))
    is_placed = is_known[is_near]
    return Read(
        events=events,
        xy=xy,
        street=street,
        accuracy_m=found.accuracy_m[kept],
        start=when.start[is_placed],
        end=when.end[is_placed],
        kinds=np.array([KIND_NAMES[IncidentKind(kind)] for kind in found.kinds[kept]], dtype=object),
        is_counted=np.ones(len(kept), dtype=np.bool_),
        noticed_at=np.full(len(kept), "", dtype=object),
        rough=int((is_near & ~is_known).sum()),
        when=when,
    )


def _times(at: datetime, until: datetime | None, precision: str) -> tuple[np.datetime64, np.datetime64]:
    """Return the local minutes between which something happened."""
    start = _minute(at)
    if precision == TimePrecision.MINUTE:
        return start, NOT_KNOWN
    if precision == TimePrecision.HOURS and until is not None:
        return start, _minute(until)
    days = 1 if precision != TimePrecision.MONTH else 31
    return start, start + np.timedelta64(days * DAY_MIN, "m")


def _minute(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(LOCAL_TIME).replace(tzinfo=None), "m")


def _moment(minute: np.datetime64) -> datetime:
    found: datetime = minute.astype("datetime64[us]").item()
    return found.replace(tzinfo=LOCAL_TIME)


def moment_after(minute: np.datetime64, days: float = 0.0) -> datetime:
    """Return a local minute, or one so many days later, as a moment."""
    return _moment(minute) + timedelta(days=days)
