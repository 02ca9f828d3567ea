"""Events of one part of the files: arrays of one length, and facts that add up over parts."""

from collections import Counter
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from safemap.analysis.hotspots.parts import Values
from safemap.geo.crs import WGS84, reproject
from safemap.imports.report import ImportReport, Outcome

NO_TIME = np.datetime64("NaT", "m")


@dataclass(frozen=True, eq=False)
class Labels:
    """Words of many events, each kept once: ``names[code[i]]`` is that of the i-th; -1 for none."""

    names: tuple[str, ...]
    code: NDArray[np.int32]

    def words(self) -> NDArray[np.object_]:
        """``(n,)`` words, empty for none."""
        return np.array([*self.names, ""], dtype=object)[self.code]

    def different(self) -> frozenset[str]:
        """Return the words that occur."""
        return frozenset(self.names[code] for code in np.unique(self.code).tolist() if code >= 0)

    def taken(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Labels":
        """Take some events' words."""
        return Labels(self.names, self.code[which])


@dataclass(frozen=True)
class Trouble:
    """What was the matter with some rows, with the first of them."""

    outcome: Outcome
    reason: str
    count: int
    file: str
    row: str
    field: str
    value: str
    right: str


@dataclass(frozen=True, eq=False)
class Facts:
    """What is said of events as a whole; those of two parts add up.

    Attributes
    ----------
    rows
        Rows read, those that were refused among them.
    events, placed, timed
        Events of the kinds that were chosen; those of them with a position; those with a time.
    kinds
        How many of each kind there were before any was chosen.
    kind_column
        The column that says it; empty when none does.
    first, last
        Earliest and latest time; NaT without any.
    accuracy
        Radii of the events with a position; no value when none is known.
    reporters
        Different people; None when no column says it.
    read
        ``(file, role, column)``, in the order of the files.
    header
        The first file's columns.
    box
        ``(west, south, east, north)`` of all positions, in degrees; None without any.
    troubles, remarks
        What the readers noted.
    """

    rows: int = 0
    events: int = 0
    placed: int = 0
    timed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    kind_column: str = ""
    first: np.datetime64 = NO_TIME
    last: np.datetime64 = NO_TIME
    accuracy: Values | None = None
    reporters: frozenset[str] | None = None
    read: tuple[tuple[str, str, str], ...] = ()
    header: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[str, ...] = ()

    def __add__(self, other: "Facts") -> "Facts":
        times = [time for time in (self.first, self.last, other.first, other.last) if not np.isnat(time)]
        return Facts(
            rows=self.rows + other.rows,
            events=self.events + other.events,
            placed=self.placed + other.placed,
            timed=self.timed + other.timed,
            kinds=self.kinds + other.kinds,
            kind_column=self.kind_column or other.kind_column,
            first=min(times, default=NO_TIME),
            last=max(times, default=NO_TIME),
            accuracy=self.accuracy + other.accuracy
            if self.accuracy is not None and other.accuracy is not None
            else self.accuracy or other.accuracy,
            reporters=(self.reporters or frozenset()) | (other.reporters or frozenset())
            if self.reporters is not None or other.reporters is not None
            else None,
            read=tuple(dict.fromkeys(self.read + other.read)),
            header=self.header or other.header,
            box=_around(self.box, other.box),
            troubles=_joined(self.troubles + other.troubles),
            remarks=tuple(dict.fromkeys(self.remarks + other.remarks)),
        )


Box = tuple[float, float, float, float]


def _around(one: Box | None, other: Box | None) -> Box | None:
    if one is None or other is None:
        return one or other
    west, south = (min(one[axis], other[axis]) for axis in (0, 1))
    east, north = (max(one[axis], other[axis]) for axis in (2, 3))
    return west, south, east, north


def _joined(troubles: tuple[Trouble, ...]) -> tuple[Trouble, ...]:
    """Add up equal troubles of one file, and show the first row of each."""
    found: dict[tuple[Outcome, str, str], Trouble] = {}
    for trouble in troubles:
        key = (trouble.outcome, trouble.reason, trouble.file)
        before = found.get(key)
        if before is not None:
            given = {one.name: getattr(before, one.name) for one in fields(Trouble)}
            trouble = Trouble(**given | {"count": before.count + trouble.count})  # noqa: PLW2901
        found[key] = trouble
    return tuple(found.values())


def troubles_of(report: ImportReport) -> tuple[Trouble, ...]:
    """Count what a report has noted, by reason."""
    return tuple(
        Trouble(outcome, reason, count, note.file, note.row, note.field, note.value, note.right)
        for outcome, reason, count, note in report.reasons()
    )


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one part.

    Attributes
    ----------
    xy, epsg
        ``(n, 2)`` in the system of that number, longitude or easting first; NaN without a position.
    begin, until
        ``(n,)`` local times to the minute; NaT where not known.
    weight, accuracy_m
        ``(n,)``; None where no column says it.
    kinds, reporters
        None where no column says it.
    """

    xy: NDArray[np.float64]
    epsg: int
    begin: NDArray[np.datetime64]
    until: NDArray[np.datetime64]
    weight: NDArray[np.float64] | None
    accuracy_m: NDArray[np.float64] | None
    kinds: Labels | None
    reporters: Labels | None
    facts: Facts

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def has_place(self) -> NDArray[np.bool_]:
        """``(n,)``."""
        return ~np.isnan(self.xy[:, 0])

    def in_system(self, epsg: int) -> NDArray[np.float64]:
        """``(n, 2)`` in another system; without moving what is in it already."""
        return self.xy if epsg == self.epsg else reproject(self.xy, self.epsg, epsg)

    def box(self) -> "Box | None":
        """Return the box of all positions in degrees, by its corners; None without any."""
        here = self.xy[self.has_place]
        if len(here) == 0:
            return None
        corners = np.array([here.min(axis=0), here.max(axis=0)])
        (west, south), (east, north) = (corners if self.epsg == WGS84 else reproject(corners, self.epsg)).tolist()
        return west, south, east, north

    def taken(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Events":
        """Take some events; the facts stay those of the whole part."""
        return Events(
            xy=self.xy[which],
            epsg=self.epsg,
            begin=self.begin[which],
            until=self.until[which],
            weight=None if self.weight is None else self.weight[which],
            accuracy_m=None if self.accuracy_m is None else self.accuracy_m[which],
            kinds=None if self.kinds is None else self.kinds.taken(which),
            reporters=None if self.reporters is None else self.reporters.taken(which),
            facts=self.facts,
        )


def joined(parts: list[Events]) -> Events:
    """Put parts together into one; a column that only some have is filled for the others."""
    facts = Facts()
    for part in parts:
        facts += part.facts
    systems = {part.epsg for part in parts}
    epsg = systems.pop() if len(systems) == 1 else WGS84

    def numbers(name: str, default: float) -> NDArray[np.float64] | None:
        given = [getattr(part, name) for part in parts]
        if all(values is None for values in given):
            return None
        filled = [
            np.full(len(part), default) if values is None else values for part, values in zip(parts, given, strict=True)
        ]
        return np.concatenate(filled)

    return Events(
        xy=np.concatenate([part.in_system(epsg) for part in parts]),
        epsg=epsg,
        begin=np.concatenate([part.begin for part in parts]),
        until=np.concatenate([part.until for part in parts]),
        weight=numbers("weight", 1.0),
        accuracy_m=numbers("accuracy_m", 0.0),
        kinds=_joined_labels([(len(part), part.kinds) for part in parts]),
        reporters=_joined_labels([(len(part), part.reporters) for part in parts]),
        facts=facts,
    )


def _joined_labels(parts: list[tuple[int, Labels | None]]) -> Labels | None:
    if all(labels is None for _, labels in parts):
        return None
    names = sorted({name for _, labels in parts if labels is not None for name in labels.names})
    place = {name: number for number, name in enumerate(names)}
    codes = []
    for number, labels in parts:
        if labels is None:
            codes.append(np.full(number, -1, dtype=np.int32))
        else:
            moved = np.array([*(place[name] for name in labels.names), -1], dtype=np.int32)
            codes.append(moved[labels.code])
    return Labels(tuple(names), np.concatenate(codes))
