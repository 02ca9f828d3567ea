"""The whole measurement of one area: segments, density and guardianship by period, dead zones."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.density import (
    classes_of,
    densest_share,
    density_along,
    density_breaks,
    drawn_from_per_km,
    events_near,
)
from safemap.analysis.guardianship import (
    Presence,
    block_presence,
    camera_chances,
    combined,
    lit_points,
    patrol_presence,
)
from safemap.analysis.presence import DayPeriod
from safemap.analysis.scene import FEWEST_EVENTS, FEWEST_NEAR, Events, Method, Scene
from safemap.analysis.segments import BORDER_REACH_M, Samples, Segments, cut_streets, sample_segments
from safemap.analysis.shapes import points_of
from safemap.analysis.sight import Walls
from safemap.analysis.zones import Zone, dead_zones, longest_gap_m, street_beside

DENSITY_DECIMALS = 4  # of events per km: a ten-thousandth is rounding, and nothing that a legend should name
BEYOND = 4.0  # bandwidths around the area from which events and streets still reach in


@dataclass(frozen=True, eq=False)
class Hazard:
    """Density along segments, of all events or of one period's.

    Attributes
    ----------
    density_per_km, density_class
        Events per km of street, means along each segment; classes from 0 (next to none) to 5, by the breaks of all
        hours.
    event_count
        Distinct events within reach (``<=``) of each segment.
    expected_count
        Events of the area that belong here, parts of events added up.
    has_hotspots
        Whether they are enough to speak of hotspots.
    """

    density_per_km: NDArray[np.float64]
    density_class: NDArray[np.int64]
    event_count: NDArray[np.int64]
    expected_count: float
    has_hotspots: bool


@dataclass(frozen=True, eq=False)
class Guardianship:
    """Shares from 0 to 1 along segments in one period; NaN where a source is not known or does not matter then."""

    camera: NDArray[np.float64]
    patrol: NDArray[np.float64]
    block: NDArray[np.float64]
    lamp: NDArray[np.float64]
    combined: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ZoneFacts:
    """A dead zone and what its reasons are made of.

    Attributes
    ----------
    beside
        Of a zone without a name: the street that it leads off; may be empty.
    events
        Places of the distinct events of the period within reach of it.
    camera_share, patrol_share, block_share, lamp_share
        Means over its length; NaN as in `Guardianship`.
    routes, routes_share
        Places of the routes that pass it, and the share of its length that each passes.
    blocks, blocks_share
        The same of adopted blocks.
    lamp_gap_m
        Longest way without light, along the segments that bear its name; NaN by day and where lamps are not known.
    """

    zone: Zone
    beside: str
    events: NDArray[np.int64]
    camera_share: float
    patrol_share: float
    block_share: float
    lamp_share: float
    routes: NDArray[np.int64]
    routes_share: NDArray[np.float64]
    blocks: NDArray[np.int64]
    blocks_share: NDArray[np.float64]
    lamp_gap_m: float


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured: per segment, and per period in the order that was asked for.

    Attributes
    ----------
    zones, zone_counts
        The worst dead zones of each period, at most `zone_limit`; and how many there are.
    off_streets
        Events of the area that are too far from every street to be in any street's density.
    """

    segments: Segments
    samples: Samples
    names: NDArray[np.object_]
    breaks_per_km: NDArray[np.float64]
    all_hours: Hazard
    hazard: tuple[Hazard, ...]
    guardianship: tuple[Guardianship, ...]
    zones: tuple[tuple[ZoneFacts, ...], ...]
    zone_counts: tuple[int, ...]
    off_streets: int


def measure_area(scene: Scene, periods: tuple[DayPeriod, ...], method: Method) -> Measured:
    """Measure an area: where events are dense, who watches, and where both are bad, in each period of the day.

    A segment is dead in a period when it is among the `hazard_share` of street length with the highest density,
    has at least two events within reach, and its combined guardianship is below `guardianship_limit`.
    With fewer than 20 events in a period there are no hotspots and no dead zones in it.

    Streets beyond the area's edge, as far as they are given, carry what lies on them into it.
    """
    streets = scene.streets
    around = cut_streets(
        streets.lines,
        streets.from_node,
        streets.to_node,
        longest_m=method.longest_segment_m,
        area=scene.area,
        border_reach_m=BORDER_REACH_M + BEYOND * method.bandwidth_m,
    )
    inside = around.belonging_to(scene.area)
    segments = around.taken(inside)
    samples = sample_segments(segments)
    names = streets.names[segments.edge]
    near = events_near(segments.lines, scene.events.xy, method.reach_of_event_m)
    parts = np.column_stack([np.ones(len(scene.events)), scene.events.period_share])
    along = density_along(
        around,
        scene.events.xy,
        parts * scene.events.weight[:, None],
        bandwidth_m=method.bandwidth_m,
        accuracy_m=scene.events.accuracy_m,
    )
    breaks, all_hours, hazard = _hazards(scene.events, parts, along.per_km[inside], segments, near, method)
    watch = _watch(scene, segments, samples, periods, method)
    guardianship = tuple(watch.of_period(place, period.is_dark, method) for place, period in enumerate(periods))
    ground = _Ground(scene.events, method, segments, samples, names, near, watch)
    found = [ground.zones(hazard[place], guardianship[place]) for place in range(len(periods))]
    zones = tuple(
        tuple(ground.facts(zone, place, period, guardianship[place]) for zone in found[place][: method.zone_limit])
        for place, period in enumerate(periods)
    )
    counts = tuple(len(zones_of_period) for zones_of_period in found)
    off = int((along.is_off & scene.events.is_inside).sum())
    return Measured(segments, samples, names, breaks, all_hours, hazard, guardianship, zones, counts, off)


def _hazards(
    events: Events,
    parts: NDArray[np.float64],
    density: NDArray[np.float64],
    segments: Segments,
    near: tuple[NDArray[np.int64], NDArray[np.int64]],
    method: Method,
) -> tuple[NDArray[np.float64], Hazard, tuple[Hazard, ...]]:
    """Density and counts of all hours (first) and of each period, by one set of breaks."""
    # Streets that lie alike have the same density, whatever the last digits of their coordinates.
    is_drawn = density >= drawn_from_per_km(method.bandwidth_m)
    density = np.asarray(np.round(density * is_drawn, DENSITY_DECIMALS), dtype=np.float64)
    breaks = density_breaks(density[:, 0], segments.length_m)
    segment, event = near
    hazards = []
    for column, part in enumerate(parts.T):
        expected = float(part[events.is_inside].sum())
        is_enough = expected >= FEWEST_EVENTS - 1e-9
        classes = classes_of(density[:, column], breaks)
        hazards.append(
            Hazard(
                density_per_km=density[:, column],
                density_class=classes if is_enough else np.zeros_like(classes),
                event_count=np.bincount(segment[part[event] > 0], minlength=len(segments)),
                expected_count=expected,
                has_hotspots=is_enough,
            )
        )
    return breaks, hazards[0], tuple(hazards[1:])


@dataclass(frozen=True, eq=False)
class _Watch:
    """Guardianship at samples, before it is averaged over segments."""

    camera: NDArray[np.float64]
    patrol: NDArray[np.float64]
    block: NDArray[np.float64]
    lamp: NDArray[np.float64]
    is_lit: NDArray[np.bool_]
    light_is_known: NDArray[np.bool_]
    routes: Presence
    blocks: Presence

    def of_period(self, place: int, is_dark: bool, method: Method) -> Guardianship:
        lamp = self.lamp if is_dark else np.full_like(self.lamp, np.nan)
        shares = (self.camera, self.patrol[:, place], self.block[:, place], lamp)
        weights = (method.weight_camera, method.weight_patrol, method.weight_block, method.weight_lamp)
        return Guardianship(*shares, combined(shares, weights, self.camera.shape))


def _watch(
    scene: Scene, segments: Segments, samples: Samples, periods: tuple[DayPeriod, ...], method: Method
) -> _Watch:
    walls = Walls(scene.buildings)
    count, unknown = len(segments), np.full(len(segments), np.nan)
    nobody = np.zeros(0, dtype=np.int64)
    routes = blocks = Presence(np.full((len(samples), len(periods)), np.nan), nobody, nobody)
    if scene.routes is not None:
        routes = patrol_presence(samples.xy, scene.routes, periods, walls, reach_m=method.reach_of_patrol_m)
    if scene.blocks is not None:
        blocks = block_presence(samples.xy, scene.blocks, periods)
    camera = unknown
    if scene.cameras is not None:
        camera = samples.mean_of_segments(camera_chances(samples.xy, scene.cameras, walls), count)
    is_lit, light_is_known = _light(scene, segments, samples, walls, method.reach_of_lamp_m)
    lamp = samples.mean_of_segments(np.where(light_is_known, is_lit, np.nan), count)
    return _Watch(
        camera=camera,
        patrol=samples.mean_of_segments(routes.share, count),
        block=samples.mean_of_segments(blocks.share, count),
        lamp=lamp,
        is_lit=is_lit,
        light_is_known=light_is_known,
        routes=routes,
        blocks=blocks,
    )


def _light(
    scene: Scene, segments: Segments, samples: Samples, walls: Walls, reach_m: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which samples are lit, and of which this is known.

    What a source says of a whole street ("lit") holds where no lamp of it is known. Where one is, even one that is
    out of order, the lamps decide: a street that is lit as a rule has its dark gaps.
    """
    edge = segments.edge[samples.segment]
    street_lit = scene.streets.lit[edge]
    if scene.lamps is None:
        return street_lit == 1.0, ~np.isnan(street_lit)
    has_lamp = lit_points(samples.xy, scene.lamps.xy, Walls(np.empty(0, dtype=object)), reach_m=reach_m)
    lamps_of_edge = np.bincount(edge, weights=has_lamp, minlength=len(scene.streets.lit))
    working_xy = scene.lamps.xy[scene.lamps.is_working]
    is_lit = lit_points(samples.xy, working_xy, walls, reach_m=reach_m)
    return is_lit | ((street_lit == 1.0) & (lamps_of_edge[edge] == 0)), np.ones(len(samples), dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class _Ground:
    """What zones of every period are found on."""

    events: Events
    method: Method
    segments: Segments
    samples: Samples
    names: NDArray[np.object_]
    near: tuple[NDArray[np.int64], NDArray[np.int64]]
    watch: _Watch

    def zones(self, hazard: Hazard, guardianship: Guardianship) -> list[Zone]:
        """Find all dead zones of one period, the worst first."""
        if not hazard.has_hotspots:
            return []
        is_high = densest_share(hazard.density_per_km, self.segments.length_m, self.method.hazard_share)
        is_unwatched = guardianship.combined < self.method.guardianship_limit
        return dead_zones(
            self.segments,
            self.names,
            hazard.density_per_km,
            guardianship.combined,
            is_high & (hazard.event_count >= FEWEST_NEAR) & is_unwatched,
            shortest_m=self.method.shortest_zone_m,
        )

    def facts(self, zone: Zone, place: int, period: DayPeriod, guardianship: Guardianship) -> ZoneFacts:
        """Gather what the reasons of a zone in the `place`-th period are made of."""
        in_zone = np.zeros(len(self.segments), dtype=np.bool_)
        in_zone[zone.segments] = True
        segment, event = self.near
        events = np.unique(event[in_zone[segment]])
        is_mine = in_zone[self.samples.segment]
        routes, routes_share = _passing(self.watch.routes, is_mine, self.samples)
        blocks, blocks_share = _passing(self.watch.blocks, is_mine, self.samples)
        gap_m = np.nan
        if period.is_dark and self.watch.light_is_known[is_mine].all():
            gap_m = longest_gap_m(self.segments, self.samples, zone.named, self.watch.is_lit)

        def mean(share: NDArray[np.float64]) -> float:
            return float(np.average(share[zone.segments], weights=self.segments.length_m[zone.segments]))

        return ZoneFacts(
            zone=zone,
            beside=street_beside(self.segments, self.names, zone),
            events=events[self.events.period_share[events, place] > 0],
            camera_share=mean(guardianship.camera),
            patrol_share=mean(guardianship.patrol),
            block_share=mean(guardianship.block),
            lamp_share=mean(guardianship.lamp),
            routes=routes,
            routes_share=routes_share,
            blocks=blocks,
            blocks_share=blocks_share,
            lamp_gap_m=gap_m,
        )


def _passing(
    presence: Presence, is_mine: NDArray[np.bool_], samples: Samples
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Who comes by a zone, and the share of its length that each passes."""
    mine = is_mine[presence.point]
    guardians, which = np.unique(presence.guardian[mine], return_inverse=True)
    passed_m = np.bincount(which, weights=samples.length_m[presence.point[mine]], minlength=len(guardians))
    return guardians, passed_m / samples.length_m[is_mine].sum()


def nearest_segment(segments: Segments, points_xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of the segment nearest to each point; -1 when there is none."""
    if len(segments) == 0 or len(points_xy) == 0:
        return np.full(len(points_xy), -1, dtype=np.int64)
    nearest: NDArray[np.int64] = np.asarray(shapely.STRtree(segments.lines).nearest(points_of(points_xy)))
    return nearest
