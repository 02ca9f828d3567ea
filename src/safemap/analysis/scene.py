"""What an area is measured with: its streets, events, guardians, and every number of the method."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.guardianship import Cameras, Guardians
from safemap.geo.crs import Metric


@dataclass(frozen=True, kw_only=True)
class Method:
    """Every number that the measurement can be made with.

    The weights are this project's judgement, not a measurement: a passive camera deters less than people who are
    there. They can be changed, and every page that shows a combined figure shows the parts beside it.
    """

    reach_of_event_m: float = 100.0  # about one block front: what a person on the spot can see and hear
    reach_of_patrol_m: float = 20.0  # both sides of the street that is walked
    reach_of_lamp_m: float = 20.0  # half of the 40 m between lamps that city streets are lit by
    longest_segment_m: float = 60.0
    weight_camera: float = 0.5
    weight_patrol: float = 0.6
    weight_block: float = 0.6
    weight_lamp: float = 0.3
    hazard_share: float = 0.25  # the quarter of street length with the highest density is "high hazard"
    guardianship_limit: float = 0.35  # at or above: somebody watches
    shortest_zone_m: float = 20.0  # a stub of a few steps is no place to send anybody to
    zone_limit: int = 12  # zones listed, as many as fit on a printed sheet with their reasons

    @property
    def bandwidth_m(self) -> float:
        """Standard deviation of what an event spreads to along streets: nineteen of twenty parts are in its reach."""
        return self.reach_of_event_m / 2


FEWEST_NEAR = 2  # events within a bandwidth: one report alone makes no dead zone
FEWEST_EVENTS = 20  # below: on random maps of 20 points density always "finds" a hotspot


@dataclass(frozen=True, eq=False)
class StreetLines:
    """Streets that can be walked, as arrays of one length.

    Attributes
    ----------
    lines
        LineStrings in metres.
    from_node, to_node
        Node numbers of their ends, not negative.
    names
        Street names; empty where there is none.
    lit
        1 lit, 0 not lit, NaN where nobody says. Lamps that are known along a street know better.
    """

    lines: NDArray[np.object_]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    names: NDArray[np.object_]
    lit: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Events:
    """Reports or incidents, those of the area first asked for and those just outside it.

    Attributes
    ----------
    xy
        ``(n, 2)`` in metres.
    accuracy_m
        ``(n,)`` radius within which the position is known.
    weight
        ``(n,)`` how much each counts; 1 as a rule.
    period_share
        ``(n, p)`` the part of each that falls into each period, 0 to 1. What is there at any time is 1 in every
        one; what happened at an unknown hour is spread by the hours.
    is_inside
        ``(n,)`` whether it lies in the area; the others only make the edge honest.
    """

    xy: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    weight: NDArray[np.float64]
    period_share: NDArray[np.float64]
    is_inside: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.xy)


@dataclass(frozen=True, eq=False)
class Lamps:
    """Street lamps: ``(n, 2)`` in metres, and whether each works."""

    xy: NDArray[np.float64]
    is_working: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that is known of an area, in metres of one plane; None where a source is not known there at all."""

    area: Metric | None
    streets: StreetLines
    events: Events
    buildings: NDArray[np.object_]
    cameras: Cameras | None
    routes: Guardians | None
    blocks: Guardians | None
    lamps: Lamps | None
