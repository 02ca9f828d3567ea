"""What a map shows, as plain arrays in metres of one plane: everything that drawing needs and nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safemap.geo.crs import Metric


def no_shapes() -> NDArray[np.object_]:
    """Return an empty array of shapes or words."""
    return np.empty(0, dtype=object)


@dataclass(frozen=True, eq=False)
class Ways:
    """Streets as arrays of one length: LineStrings, names in the reader's language, classes."""

    lines: NDArray[np.object_]
    names: NDArray[np.object_]
    classes: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Sites:
    """Public places as arrays of one length: points or areas, names, kinds."""

    shapes: NDArray[np.object_]
    names: NDArray[np.object_]
    kinds: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Marks:
    """Reports or incidents as arrays of one length: ``(n, 2)`` metres, kinds, which are grave, words, when."""

    xy: NDArray[np.float64]
    kinds: NDArray[np.object_]
    is_grave: NDArray[np.bool_]
    words: NDArray[np.object_]
    days: NDArray[np.object_]  # datetime.date, local

    def __len__(self) -> int:
        return len(self.kinds)


@dataclass(frozen=True, eq=False)
class Views:
    """Cameras as arrays of one length; bearings are clockwise from the plane's north, NaN where not known."""

    xy: NDArray[np.float64]
    bearing_deg: NDArray[np.float64]
    field_of_view_deg: NDArray[np.float64]
    reach_m: NDArray[np.float64]
    is_working: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.xy)


@dataclass(frozen=True)
class Watch:
    """A patrol route or an adopted block: its shape, and what the legend says of it."""

    shape: Metric
    words: str


@dataclass(frozen=True)
class Zone:
    """A dead zone as the list beside the map says it."""

    number: int
    line: Metric
    name: str
    reasons: str
    length_m: float


@dataclass(frozen=True, eq=False)
class Scene:
    """One area with everything that is drawn of it."""

    area: Metric
    streets: Ways
    buildings: NDArray[np.object_]
    places: Sites
    lamps_xy: NDArray[np.float64]
    lamps_working: NDArray[np.bool_]
    reports: Marks
    incidents: Marks
    cameras: Views
    routes: tuple[Watch, ...]
    blocks: tuple[Watch, ...]
    zones: tuple[Zone, ...]

    @property
    def is_for_members(self) -> bool:
        """Whether it shows what a burglar would like to know: who watches where and when, and where nobody does."""
        return bool(self.zones or self.routes or self.blocks or len(self.cameras) or len(self.reports))


def no_marks() -> Marks:
    """Return no reports or incidents."""
    return Marks(np.empty((0, 2)), no_shapes(), np.empty(0, dtype=np.bool_), no_shapes(), no_shapes())


def no_views() -> Views:
    """Return no cameras."""
    none = np.empty(0)
    return Views(np.empty((0, 2)), none, none, none, np.empty(0, dtype=np.bool_))
