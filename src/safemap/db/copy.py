"""Columns of numpy and shapely values as PostgreSQL's binary COPY format, laid out whole columns at a time.

Format: https://www.postgresql.org/docs/current/sql-copy.html (Binary Format). A row is a 16-bit count of fields, then
each field as a 32-bit length (-1: NULL) and its bytes in network order; geometries are EWKB.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from safemap.geo.crs import WGS84

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_AT_ONCE = 65_536  # some 10 MB a piece: enough to forget Python's overhead, little enough to stay small
POSTGRES_EPOCH = np.datetime64("2000-01-01T00:00:00", "us")
POINT_WITH_SRID = np.uint32(0x20000001)

Bytes = NDArray[np.uint8]


class Kind(StrEnum):
    """Types of columns that can be copied."""

    INT2 = "int2"
    INT4 = "int4"
    FLOAT8 = "float8"
    BOOL = "bool"
    TEXT = "text"
    TIMESTAMPTZ = "timestamptz"  # numpy datetime64 in UTC
    DATE = "date"
    TIME = "time"  # datetime.time
    JSONB = "jsonb"  # dicts
    GEOMETRY = "geometry"  # shapely, degrees
    POINT = "point"  # (n, 2) longitudes and latitudes; a million points need no Python object then


@dataclass(frozen=True)
class Column:
    """One column: its name in the table, its type, its values; None, NaN and NaT are NULL."""

    name: str
    kind: Kind
    values: Any  # a numpy array, or an Arrow array of strings

    def __len__(self) -> int:
        return len(self.values)

    def taken(self, order: NDArray[np.int64]) -> "Column":
        """Return the column with its rows in another order."""
        values = self.values.take(pa.array(order)) if isinstance(self.values, pa.Array) else self.values[order]
        return Column(self.name, self.kind, values)


def copy_buffers(columns: Sequence[Column]) -> Iterator[bytes]:
    """Lay out columns of one length as pieces of a binary COPY stream, header and trailer included."""
    count = len(columns[0]) if columns else 0
    if any(len(column) != count for column in columns):
        lengths = ", ".join(f"{column.name} {len(column)}" for column in columns)
        message = f"columns differ in length: {lengths}"
        raise ValueError(message)
    yield SIGNATURE
    for start in range(0, count, ROWS_AT_ONCE):
        piece = [Column(column.name, column.kind, column.values[start : start + ROWS_AT_ONCE]) for column in columns]
        yield _rows(piece).tobytes()
    yield TRAILER


def _rows(columns: Sequence[Column]) -> Bytes:
    fields = [_field(column) for column in columns]
    count = len(columns[0])
    width = np.full(count, 2, dtype=np.int64)
    for lengths, _ in fields:
        width += 4 + np.maximum(lengths, 0)
    ends = np.cumsum(width)
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    place = ends - width
    _put_fixed(out, place, np.full(count, len(columns), dtype=">i2"))
    place += 2
    for lengths, content in fields:
        _put_fixed(out, place, lengths.astype(">i4"))
        place += 4
        size = np.maximum(lengths, 0)
        _put(out, place, size, content)
        place += size
    return out


def _put_fixed(out: Bytes, place: NDArray[np.int64], values: NDArray[Any]) -> None:
    content = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.itemsize)
    for offset in range(values.itemsize):
        out[place + offset] = content[:, offset]


def _put(out: Bytes, place: NDArray[np.int64], size: NDArray[np.int64], content: Bytes) -> None:
    if len(size) and size[0] > 0 and bool((size == size[0]).all()):
        matrix = content.reshape(len(size), int(size[0]))
        if size[0] <= 32:  # a column at a time is quicker than one big index for narrow fields
            for offset in range(int(size[0])):
                out[place + offset] = matrix[:, offset]
            return
    starts = np.cumsum(size) - size
    out[np.repeat(place - starts, size) + np.arange(len(content))] = content


def _field(column: Column) -> tuple[NDArray[np.int64], Bytes]:
    """Return the length of each value (-1: NULL) and all bytes one after the other."""
    return ENCODERS[column.kind](column.values)


def _moments(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    moments = values.astype("datetime64[us]")
    return _fixed((moments - POSTGRES_EPOCH).astype(np.int64).astype(">i8"), np.isnat(moments))


def _dates(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    days = values.astype("datetime64[D]")
    return _fixed((days - POSTGRES_EPOCH.astype("datetime64[D]")).astype(np.int32).astype(">i4"), np.isnat(days))


def _times(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    seconds = [(value.hour * 60 + value.minute) * 60 + value.second for value in values]
    microseconds = np.array(seconds, dtype=np.int64) * 1_000_000 + [value.microsecond for value in values]
    return _fixed(microseconds.astype(">i8"), None)


def _documents(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    version = b"\x01"
    return _bytes(
        [
            None if value is None else version + json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
            for value in values
        ]
    )


def _numbers(values: NDArray[Any], kind: str) -> tuple[NDArray[np.int64], Bytes]:
    if values.dtype == object:
        missing = np.array([value is None for value in values], dtype=np.bool_)
        filled = np.array([0 if value is None else value for value in values])
        return _fixed(filled.astype(kind), missing)
    missing_numbers = np.isnan(values) if values.dtype.kind == "f" else None
    if missing_numbers is not None and bool(missing_numbers.any()):
        values = np.where(missing_numbers, 0, values)
    return _fixed(values.astype(kind), missing_numbers)


def _fixed(values: NDArray[Any], missing: NDArray[np.bool_] | None) -> tuple[NDArray[np.int64], Bytes]:
    size = values.dtype.itemsize
    if missing is None or not bool(missing.any()):
        return np.full(len(values), size, dtype=np.int64), np.ascontiguousarray(values).view(np.uint8)
    lengths = np.where(missing, -1, size).astype(np.int64)
    return lengths, np.ascontiguousarray(values[~missing]).view(np.uint8)


def _texts(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    if isinstance(values, pa.Array):
        return _from_arrow(values.cast(pa.large_string()))
    return _from_arrow(pa.array(values, type=pa.large_string(), from_pandas=True))


def _bytes(values: list[bytes | None]) -> tuple[NDArray[np.int64], Bytes]:
    return _from_arrow(pa.array(values, type=pa.large_binary()))


def _from_arrow(array: Any) -> tuple[NDArray[np.int64], Bytes]:
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    held = array.buffers()[2]
    content = np.frombuffer(held, dtype=np.uint8)[offsets[0] : offsets[-1]] if held else np.empty(0, dtype=np.uint8)
    lengths = np.diff(offsets)
    if array.null_count:
        lengths = np.where(array.is_null().to_numpy(zero_copy_only=False), -1, lengths)
    return lengths, content


def _geometries(values: NDArray[Any]) -> tuple[NDArray[np.int64], Bytes]:
    kinds = shapely.get_type_id(values)
    missing = kinds == -1
    if bool(((kinds == 0) | missing).all()) and not bool(shapely.is_empty(values[~missing]).any()):
        return _points(shapely.get_coordinates(values[~missing]), missing)
    with_srid = shapely.set_srid(values, WGS84)
    return _bytes(list(shapely.to_wkb(with_srid, include_srid=True, byte_order=1, output_dimension=2)))


def _lonlats(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], Bytes]:
    missing = np.isnan(values[:, 0]) | np.isnan(values[:, 1])
    return _points(values[~missing], missing)


def _points(coords: NDArray[np.float64], missing: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Bytes]:
    layout = np.dtype([("order", "u1"), ("kind", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points = np.empty(len(coords), dtype=layout)
    points["order"], points["kind"], points["srid"] = 1, POINT_WITH_SRID, WGS84
    points["x"], points["y"] = coords[:, 0], coords[:, 1]
    lengths = np.where(missing, -1, layout.itemsize).astype(np.int64)
    return lengths, cast("Bytes", points.view(np.uint8))


ENCODERS: dict[Kind, Callable[[NDArray[Any]], tuple[NDArray[np.int64], Bytes]]] = {
    Kind.INT2: lambda values: _numbers(values, ">i2"),
    Kind.INT4: lambda values: _numbers(values, ">i4"),
    Kind.FLOAT8: lambda values: _numbers(values, ">f8"),
    Kind.BOOL: lambda values: _numbers(values, "u1"),
    Kind.TIMESTAMPTZ: _moments,
    Kind.DATE: _dates,
    Kind.TIME: _times,
    Kind.TEXT: _texts,
    Kind.JSONB: _documents,
    Kind.GEOMETRY: _geometries,
    Kind.POINT: _lonlats,
}
