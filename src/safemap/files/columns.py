"""Which column says what: by the names that publishers use, or as the person says; and always told."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from safemap.files.rules import Role, UnknownColumn

# As they are written, but for case, spaces, lines and full width; of several in one file the first counts.
NAMES: dict[Role, tuple[str, ...]] = {
    Role.X: (
        "lon",
        "longitude",
        "lng",
        "long",
        "x",
        "經度",
        "wgs84經度",
        "經度wgs84",
        "經度longitude",
        "twd97x",
        "twd97橫坐標",
        "pointx",
        "x座標",
        "座標x",
        "xcoord",
        "easting",
        "wgs84e",
    ),
    Role.Y: (
        "lat",
        "latitude",
        "y",
        "緯度",
        "wgs84緯度",
        "緯度wgs84",
        "緯度latitude",
        "twd97y",
        "twd97縱坐標",
        "pointy",
        "y座標",
        "座標y",
        "ycoord",
        "northing",
        "wgs84n",
    ),
    Role.SHAPE: ("geometry", "geom", "wkt", "thegeom"),
    Role.TIME: (
        "occurredat",
        "reportedat",
        "datetime",
        "timestamp",
        "when",
        "date",
        "time",
        "start",
        "發生日期時間",
        "發生日期",
        "發生(現)日期",
        "發生時間",
        "通報時間",
        "立案日期",
        "日期時間",
        "日期",
        "時間",
    ),
    Role.CLOCK: ("發生時間", "發生時段", "時段", "時間", "clock", "hour", "time"),
    Role.UNTIL: ("occurreduntil", "until", "end", "endtime", "結束時間"),
    Role.WEIGHT: ("weight", "權重"),
    Role.ACCURACY: ("accuracym", "accuracy", "hacc", "positionaccuracym", "誤差", "誤差公尺"),
    Role.KIND: ("kind", "category", "type", "案類", "類別", "種類", "事故類別名稱", "事故類別", "故障類別"),
    Role.REPORTER: ("reporter", "reporterid", "reportedby", "通報人"),
}
ONLY_WHERE_PLACES_ARE_COLUMNS = {Role.X, Role.Y, Role.SHAPE}
PLACE_WORDS = ("地點", "地址", "address", "place", "location", "路口")


@dataclass(frozen=True)
class Columns:
    """The column of each role that has one."""

    of: Mapping[Role, str]

    def __contains__(self, role: Role) -> bool:
        return role in self.of


def choose_columns(file: str, header: list[str], said: Mapping[Role, str], *, has_shapes: bool) -> Columns:
    """Choose a column for each role: the one that was named, else the first known name.

    Parameters
    ----------
    has_shapes
        Whether the file has geometries, so that no columns are needed for positions.

    Raises
    ------
    UnknownColumn
        A column that was named is not there.

    Examples
    --------
    >>> choose_columns("a.csv", ["發生日期", "發生時間", "經度", "緯度"], {}, has_shapes=False).of[Role.CLOCK]
    '發生時間'
    """
    chosen: dict[Role, str] = {}
    for role, named in said.items():
        if named not in header:
            raise UnknownColumn(file, role.value, named, header)
        chosen[role] = named
    by_name: dict[str, str] = {}
    for column in header:
        by_name.setdefault(plain(column), column)
    for role, names in NAMES.items():
        if role in chosen or (has_shapes and role in ONLY_WHERE_PLACES_ARE_COLUMNS):
            continue
        taken = set(chosen.values())
        found = next((by_name[name] for name in names if name in by_name and by_name[name] not in taken), None)
        if found is not None:
            chosen[role] = found
    if Role.CLOCK in chosen and (Role.TIME not in chosen or not _is_day(chosen[Role.TIME], said)):
        del chosen[Role.CLOCK]  # a clock belongs to a day
    if Role.SHAPE in chosen and Role.X in chosen and Role.Y in chosen and Role.SHAPE not in said:
        del chosen[Role.SHAPE]  # numbers say the same
    return Columns(chosen)


def place_column(header: list[str]) -> str:
    """Return a column that holds places as words; empty when there is none."""
    return next((column for column in header if any(word in plain(column) for word in PLACE_WORDS)), "")


def plain(name: str) -> str:
    """Return a column's name without case, spaces, lines and full width."""
    words = unicodedata.normalize("NFKC", name).strip().lower()
    return "".join(character for character in words if character not in " _-.")


def _is_day(column: str, said: Mapping[Role, str]) -> bool:
    """Tell a column of days from one whose times hold their clock already."""
    name = plain(column)
    is_day = ("日期" in name or "date" in name) and "時間" not in name and "time" not in name
    return Role.CLOCK in said or is_day
