"""What can be asked of a file of events, what a person may say about it, and how it can be wrong."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from safemap.analysis.hotspots.honesty import EVERYTHING_FROM, HOT_CELLS_FROM, ONE_ANSWER_FROM, SCORES_FROM
from safemap.analysis.hotspots.problems import FEWEST, WITHIN_M
from safemap.errors import InvalidInput, NotYetPossible


class Method(StrEnum):
    """What is looked for."""

    HOT_CELLS = "hot-cells"
    DENSITY = "density"
    SCAN = "scan"
    STREETS = "streets"
    NEAR_REPEAT = "near-repeat"
    HOURS = "hours"
    TRENDS = "trends"
    PROBLEMS = "problems"
    SCORE = "score"


# Events from which a method says what it can say; with fewer, the command says what may be said of so few.
NEEDS = {
    Method.HOT_CELLS: HOT_CELLS_FROM,
    Method.DENSITY: EVERYTHING_FROM,
    Method.SCAN: ONE_ANSWER_FROM,
    Method.STREETS: HOT_CELLS_FROM,
    Method.NEAR_REPEAT: ONE_ANSWER_FROM,
    Method.HOURS: EVERYTHING_FROM,
    Method.TRENDS: EVERYTHING_FROM,
    Method.PROBLEMS: 0,
    Method.SCORE: SCORES_FROM,
}
IN_CELLS = {Method.HOT_CELLS, Method.DENSITY, Method.SCAN, Method.TRENDS, Method.SCORE}
BY_TIME = {Method.NEAR_REPEAT, Method.HOURS, Method.TRENDS, Method.SCORE}
IN_PAIRS = {Method.NEAR_REPEAT, Method.PROBLEMS}  # every event may meet every other: not to be split into parts


class Role(StrEnum):
    """What a column says of an event."""

    X = "x"
    Y = "y"
    SHAPE = "geometry"
    TIME = "time"
    CLOCK = "clock"
    UNTIL = "until"
    WEIGHT = "weight"
    ACCURACY = "accuracy"
    KIND = "kind"
    REPORTER = "reporter"


@dataclass(frozen=True)
class Choices:
    """What the person who asks may say; what is not said is found out, and told.

    Attributes
    ----------
    columns
        Which column has which role, where the person says it.
    crs
        EPSG number of the events' coordinates; None: the file says it, or its numbers do.
    zone
        Times are told in this zone; those without an offset are taken to be in it.
    accuracy_m
        Radius within which positions are known, where no column says it.
    only
        Kinds that are looked at; empty: all.
    mix
        Whether several kinds may be counted together.
    mask, streets, exposure
        Files: where an event could have happened; streets; points whose weight says how much could be hit.
    each
        A column of the mask: each of its areas is a study of its own, and all are corrected together.
    cell_m, reach_m, bandwidth_m
        Side of cells, reach of windows, width of densities; None: chosen, and told.
    hexagons
        Whether cells are hexagons.
    steps, recent
        Into how many steps of time trends are cut, and how many of the last are "now".
    split
        Score: the day from which on events are foretold; None: the last quarter of the time.
    area_share
        Score: share of the area that each map may flag.
    within_m, fewest
        Problems: how near reports are neighbours, and how many make a group.
    distance_m, days
        Near repeats: upper edges of the bands.
    seed
        Of everything random.
    """

    columns: dict[Role, str]
    crs: int | None = None
    zone: str = "Asia/Taipei"
    accuracy_m: float | None = None
    only: tuple[str, ...] = ()
    mix: bool = False
    mask: Path | None = None
    streets: Path | None = None
    exposure: Path | None = None
    each: str | None = None
    cell_m: float | None = None
    reach_m: float | None = None
    bandwidth_m: float | None = None
    hexagons: bool = False
    steps: int = 12
    recent: int = 3
    split: str | None = None
    area_share: float = 0.05
    within_m: float = WITHIN_M
    fewest: int = FEWEST
    distance_m: tuple[float, ...] = (100.0, 200.0, 400.0)
    days: tuple[float, ...] = (7.0, 14.0, 28.0)
    seed: int = 1


class NoPositions(InvalidInput):
    """A file's events have no coordinates."""

    def __init__(self, file: str, columns: list[str], place: str = "") -> None:
        super().__init__(
            "{file}: no event has coordinates; its columns are {columns}. Its places are words (column {place})."
            if place
            else "{file}: no event has coordinates; its columns are {columns}.",
            remedy="Name the columns with --x and --y, or place the events on their lanes first: the middle of a"
            " district is no place. Hours of the week need no coordinates: --method hours.",
            field="geometry",
            file=file,
            columns=", ".join(columns[:12]),
            place=place,
        )


class UnknownColumn(InvalidInput):
    """A column that was named is not in the file."""

    def __init__(self, file: str, option: str, named: str, columns: list[str]) -> None:
        super().__init__(
            "{file}: there is no column “{named}” (--{option}).",
            remedy="Its columns are: {columns}.",
            field=option,
            file=file,
            option=option,
            named=named,
            columns=", ".join(columns[:40]),
        )


class KnownForm(InvalidInput):
    """Columns were named for a police file, whose columns are known."""

    def __init__(self, file: str, options: list[str]) -> None:
        super().__init__(
            "{file} is a police file, whose columns and rows are known; {options} cannot be chosen.",
            remedy="Leave that out.",
            field=options[0],
            file=file,
            options=", ".join(f"--{option}" for option in options),
        )


class WrongValue(InvalidInput):
    """A value of a row cannot be used."""

    def __init__(self, file: str, row: int, field: str, value: object, right: str, others: int = 0) -> None:
        super().__init__(
            "{file}, row {row}: {field} is “{value}” (and {others:,} other rows)."
            if others
            else "{file}, row {row}: {field} is “{value}”.",
            remedy="It has to be {right}.",
            field=field,
            file=file,
            row=row,
            value=str(value)[:80],
            right=right,
            others=others,
        )


class MixedKinds(InvalidInput):
    """Events of different kinds, whose causes and remedies differ, in one file."""

    def __init__(self, files: str, column: str, kinds: list[tuple[str, int]]) -> None:
        shown = ", ".join(f"{kind or '(empty)'} ({count:,})" for kind, count in kinds[:8])
        more = f" and {len(kinds) - 8} more" if len(kinds) > 8 else ""
        super().__init__(
            "{files}: column {column} holds different kinds of events: {kinds}.",
            remedy="Choose with --only KIND, or count them together on purpose with --mix.",
            field="kind",
            files=files,
            column=column,
            kinds=shown + more,
        )


class NoneOfKind(InvalidInput):
    """No event is of the kinds that were chosen."""

    def __init__(self, only: tuple[str, ...], kinds: list[str]) -> None:
        super().__init__(
            "No event is of kind {only}.",
            remedy="There are: {kinds}.",
            field="only",
            only=", ".join(only),
            kinds=", ".join(kinds[:12]) or "none, for no column says it: name it with --kind",
        )


class AreaMissing(InvalidInput):
    """A method that needs to know where events could have happened, and nobody says."""

    def __init__(self, method: Method) -> None:
        super().__init__(
            "{method} needs to know where events could have happened.",
            remedy="Name an area with --mask FILE, or streets with --streets FILE: with empty surroundings counted in,"
            " every town is a hotspot.",
            field="mask",
            method=method.value,
        )


class StreetsMissing(InvalidInput):
    """Streets are asked about, and there are none."""

    def __init__(self) -> None:
        super().__init__(
            "streets needs the streets.", remedy="Name their file with --streets FILE (lines).", field="streets"
        )


class TimesMissing(InvalidInput):
    """A method that needs times, and no event has one."""

    def __init__(self, method: Method, files: str, columns: list[str]) -> None:
        super().__init__(
            "{method} needs times, and no event of {files} has one; its columns are {columns}.",
            remedy="Name the column with --time.",
            field="time",
            method=method.value,
            files=files,
            columns=", ".join(columns[:12]),
        )


class NothingInside(InvalidInput):
    """No event lies in the area."""

    def __init__(self, number: int, events: str, area: str) -> None:
        super().__init__(
            "None of {number:,} events lies in the area: they lie around {events}, the area around {area} (longitude,"
            " latitude).",
            remedy="Check that both are of one place, and the reference systems of both files (--crs EPSG).",
            field="mask",
            number=number,
            events=events,
            area=area,
        )


class NoEvents(InvalidInput):
    """Nothing is left to look at."""

    def __init__(self, files: str) -> None:
        super().__init__("{files}: no event is left to look at.", remedy="Bring a file with events.", files=files)


class DoesNotGoTogether(InvalidInput):
    """Two choices that exclude each other, or one that is out of range."""

    def __init__(self, option: str, why: str, right: str) -> None:
        super().__init__("--{option}: {why}.", remedy=right, field=option, option=option, why=why)


class DaskMissing(NotYetPossible):
    """Several processes were asked for, and Dask is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "--workers and --scheduler need Dask.",
            remedy="Install it: pip install --require-hashes -r requirements/dask.lock (or the extra safemap[dask]).",
        )
