"""What every function here refuses: numbers that are none, arrays of another shape, degrees where metres belong."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from safemap.errors import InvalidInput

LARGEST_LON_DEG, LARGEST_LAT_DEG = 180.0, 90.0


class NotUsable(InvalidInput):
    """An array or a number that nothing can be computed from: says which, what it was, what would be right."""

    def __init__(self, field: str, found: str, wanted: str) -> None:
        super().__init__(
            "“{what}” cannot be used: {found}.",
            remedy="It has to be {wanted}.",
            field=field,
            what=field,
            found=found,
            wanted=wanted,
        )


class LooksLikeDegrees(InvalidInput):
    """Longitude and latitude, where metres are needed."""

    def __init__(self, field: str, west: float, south: float, east: float, north: float) -> None:
        super().__init__(
            "The coordinates “{what}” lie between {west:.6g} and {east:.6g}, {south:.6g} and {north:.6g}: that looks"
            " like longitude and latitude.",
            remedy="Reproject them to metres first: TWD97 / TM2 or the UTM zone.",
            field=field,
            what=field,
            west=west,
            south=south,
            east=east,
            north=north,
        )


def points_checked(xy: ArrayLike, field: str = "xy") -> NDArray[np.float64]:
    """Return coordinates as ``(n, 2)`` floats; an empty list is ``(0, 2)``.

    Raises
    ------
    NotUsable
        Another shape, or a coordinate that is not a finite number.

    Examples
    --------
    >>> points_checked([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    points = np.asarray(xy, dtype=np.float64)
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise NotUsable(field, f"its shape is {points.shape}", "n rows of x and y")
    if not np.isfinite(points).all():
        bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
        raise NotUsable(
            field,
            f"{len(bad)} of {len(points)} rows hold no finite number, the first of them row {bad[0]}",
            "finite numbers only; leave out what has no place, and say how many that were",
        )
    return points


def numbers_checked(
    values: ArrayLike | None, count: int, field: str, *, default: float = 1.0, least: float = 0.0
) -> NDArray[np.float64]:
    """Return ``(count,)`` finite floats of at least `least`; the default for all where None is given.

    Raises
    ------
    NotUsable
        Another number of values, one that is not finite, or one below `least`.
    """
    if values is None:
        return np.full(count, default)
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (count,):
        raise NotUsable(field, f"its shape is {numbers.shape}", f"{count} numbers, one for each")
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= least)))
    if len(bad):
        raise NotUsable(field, f"row {bad[0]} is {numbers[bad[0]]}", f"finite and at least {least:g} everywhere")
    return numbers


def counts_checked(values: ArrayLike, field: str) -> NDArray[np.int64]:
    """Return whole numbers of at least 0, of any shape, as int64.

    Raises
    ------
    NotUsable
        A value is negative, broken or not finite. Weighted sums are no counts: exact tests count events.
    """
    given = np.asarray(values)
    counts = given.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))))
    if len(bad):
        raise NotUsable(field, f"value {bad[0]} is {counts.flat[bad[0]]}", "whole numbers of at least 0")
    return given.astype(np.int64)


def positive(value: float, field: str, unit: str) -> float:
    """Return a finite number above 0.

    Raises
    ------
    NotUsable
        It is not.
    """
    if not (np.isfinite(value) and value > 0):
        raise NotUsable(field, f"it is {value}", f"above 0 {unit}".rstrip())
    return float(value)


def share(value: float, field: str) -> float:
    """Return a number above 0 and below 1.

    Raises
    ------
    NotUsable
        It is not.
    """
    if not 0.0 < value < 1.0:
        raise NotUsable(field, f"it is {value}", "above 0 and below 1")
    return float(value)


def are_degrees(xy: NDArray[np.float64]) -> bool:
    """Tell whether all coordinates could be longitude and latitude; False without any."""
    # One bound after the other: the first of them lets metres pass.
    bounds = ((0, LARGEST_LON_DEG), (1, LARGEST_LAT_DEG))
    return len(xy) > 0 and all(xy[:, axis].max() <= most and xy[:, axis].min() >= -most for axis, most in bounds)


def refuse_degrees(xy: NDArray[np.float64], length_m: float = np.inf, field: str = "xy") -> None:
    """Refuse what looks like longitude and latitude.

    In the planes that are in use, TM2 and UTM, eastings begin at 100 km. What lies within ±180 and ±90 and is spread
    over less than one length that was asked for is taken for degrees; toy examples of some hundred metres pass.

    Parameters
    ----------
    xy
        ``(n, 2)``.
    length_m
        The shortest length that the computation works with; points that are not spread at all pass any.

    Raises
    ------
    LooksLikeDegrees
        They look like it.

    Examples
    --------
    >>> from safemap.errors import InvalidInput
    >>> try:
    ...     refuse_degrees(np.array([[121.53, 25.03], [121.56, 25.01]]), 50.0)
    ... except InvalidInput as refusal:
    ...     print(refusal.values["west"], refusal.remedy)
    121.53 Reproject them to metres first: TWD97 / TM2 or the UTM zone.
    """
    if not are_degrees(xy):
        return
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    if length_m == np.inf or 0.0 < max(east - west, north - south) < length_m:
        raise LooksLikeDegrees(field, west, south, east, north)
