"""Cells of columns become numbers, local times and words; what cannot be read is named with its row."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safemap.files.events import Labels
from safemap.files.rules import WrongValue
from safemap.imports.dates import TAIPEI, any_time

ISO_DAY = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
SPLIT = "\x1f"
OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})"

Mask = NDArray[np.bool_]


def texts(series: pd.Series) -> pd.Series:
    """Return cells as texts without spaces around, empty where nothing stands; whole numbers without a point."""
    if pd.api.types.is_float_dtype(series.dtype):
        known = series.notna()
        whole = bool((series[known] == np.floor(series[known])).all())
        series = series.astype("Int64") if whole else series
    return series.astype("string").fillna("").str.strip().astype(object)


def numbers(series: pd.Series, file: str, rows: NDArray[np.int64], name: str, *, empty: float) -> NDArray[np.float64]:
    """Return cells as numbers of at least 0, `empty` where nothing stands (NaN: nothing may be empty).

    Raises
    ------
    WrongValue
        A cell is no such number.
    """
    words = texts(series)
    found = pd.to_numeric(words.str.replace(",", ""), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    is_empty = (words == "").to_numpy(dtype=np.bool_)
    found = np.where(is_empty, empty, found)
    wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(wrong):
        first = int(wrong[0])
        raise WrongValue(file, int(rows[first]), name, words.iloc[first], "a number of at least 0", len(wrong) - 1)
    return found


def coordinates(series: pd.Series) -> tuple[NDArray[np.float64], Mask]:
    """Return cells as numbers, NaN where none stands, and where something else stands."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(series), dtype=np.bool_)
    words = texts(series)
    found = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return found, np.isnan(found) & (words != "").to_numpy(dtype=np.bool_)


def labels(series: pd.Series) -> Labels:
    """Return cells as words that are kept once; an empty cell has none."""
    words = texts(series)
    code, names = pd.factorize(words.mask(words == ""), sort=True)
    return Labels(tuple(str(name) for name in names), code.astype(np.int32))


@dataclass(frozen=True, eq=False)
class Times:
    """Local times: ``(n,)`` begins and ends to the minute, NaT where there is none; and where something else stands."""

    begin: NDArray[np.datetime64]
    until: NDArray[np.datetime64]
    is_wrong: Mask


def times(series: pd.Series, clock: pd.Series | None, zone: str) -> Times:
    """Read times, with a clock or a slot of hours beside a day where there is one, as local times of a zone."""
    nothing = np.full(len(series), np.datetime64("NaT", "m"))
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        local = series.dt.tz_convert(zone).dt.tz_localize(None) if series.dt.tz is not None else series
        if clock is None:
            return Times(local.to_numpy().astype("datetime64[m]"), nothing, np.zeros(len(series), dtype=np.bool_))
        series = local.dt.strftime("%Y-%m-%d")
    words = texts(series)
    begin, until, wrong = nothing.copy(), nothing.copy(), np.zeros(len(series), dtype=np.bool_)
    todo = (words != "").to_numpy(dtype=np.bool_, copy=True)
    if clock is None:
        for pattern, has_offset in ((ISO_DAY, False), (ISO_DAY + OFFSET, True)):
            plain = todo & words.str.fullmatch(pattern).to_numpy(dtype=np.bool_)
            read = pd.to_datetime(words[plain], format="ISO8601", errors="coerce", utc=has_offset)
            if has_offset:
                read = read.dt.tz_convert(zone).dt.tz_localize(None)
            begin[plain] = read.to_numpy().astype("datetime64[m]")
            todo &= np.isnat(begin)
        hands = pd.Series("", index=words.index)
    else:
        hands = texts(clock)
    # Whatever else people write, each different text once.
    which, written = pd.factorize((words + SPLIT + hands)[todo])
    spans = [_span(day, hand, zone) for day, _, hand in (str(pair).partition(SPLIT) for pair in written)]
    if spans:
        begin[todo] = np.array([span[0] for span in spans], dtype="datetime64[m]")[which]
        until[todo] = np.array([span[1] for span in spans], dtype="datetime64[m]")[which]
        wrong[todo] = np.isnat(begin[todo])
    return Times(begin, until, wrong)


def _span(day: str, hand: str, zone: str) -> tuple[np.datetime64, np.datetime64]:
    try:
        begin, until = any_time(day, hand)
    except ValueError:
        return np.datetime64("NaT", "m"), np.datetime64("NaT", "m")
    local = [
        np.datetime64("NaT", "m") if moment is None else np.datetime64(_local(moment, zone).replace(tzinfo=None), "m")
        for moment in (begin, until)
    ]
    return local[0], local[1]


def _local(moment: datetime, zone: str) -> datetime:
    """A time without an offset is local already."""
    return moment if moment.tzinfo is TAIPEI else moment.astimezone(ZoneInfo(zone))
