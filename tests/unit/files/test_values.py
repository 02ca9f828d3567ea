"""Cells become numbers, local times and words; what cannot be read is named with its row."""

import numpy as np
import pandas as pd
import pytest

from safemap.files.rules import WrongValue
from safemap.files.values import coordinates, labels, numbers, texts, times

ZONE = "Asia/Taipei"


def begins(words: list[str], clock: list[str] | None = None, zone: str = ZONE) -> list[str]:
    hands = None if clock is None else pd.Series(clock, dtype=object)
    return [str(moment) for moment in times(pd.Series(words, dtype=object), hands, zone).begin]


def test_one_column_may_hold_every_way_of_writing_a_time() -> None:
    words = [
        "2025-03-01T21:30",
        "2025-03-01 21:30:59+08:00",
        "2025-03-01T13:30Z",
        "2025/3/1 下午 09:30",
        "114/3/1 21:30",
    ]
    assert set(begins(words)) == {"2025-03-01T21:30"}
    assert begins(["1140301", "20250301", "114年3月1日", "2025-03-01"]) == ["2025-03-01T00:00"] * 4


def test_empty_is_no_time_and_words_are_wrong() -> None:
    found = times(pd.Series(["", "昨天", "2025-03-01"], dtype=object), None, ZONE)
    assert np.isnat(found.begin).tolist() == [True, True, False]
    assert found.is_wrong.tolist() == [False, True, False]


def test_a_clock_and_a_slot_beside_a_day() -> None:
    assert begins(["1140301", "20250301"], ["2130", "21:30"]) == ["2025-03-01T21:30"] * 2
    found = times(pd.Series(["1140301"], dtype=object), pd.Series(["22~24"], dtype=object), ZONE)
    assert (str(found.begin[0]), str(found.until[0])) == ("2025-03-01T22:00", "2025-03-02T01:00")


def test_whole_numbers_of_a_spreadsheet_are_dates_though_they_are_floats() -> None:
    assert [str(moment) for moment in times(pd.Series([1140301.0, np.nan]), None, ZONE).begin] == [
        "2025-03-01T00:00",
        "NaT",
    ]


def test_times_are_told_in_the_zone_that_was_asked_for() -> None:
    assert begins(["2025-03-01T13:30Z"], zone="Europe/Helsinki") == ["2025-03-01T15:30"]
    assert begins(["2025-03-01T13:30"], zone="Europe/Helsinki") == ["2025-03-01T13:30"]
    assert begins(["2025/3/1 13:30"], zone="Europe/Helsinki") == ["2025-03-01T13:30"]
    aware = pd.Series(pd.to_datetime(["2025-03-01T13:30Z"]))
    assert str(times(aware, None, ZONE).begin[0]) == "2025-03-01T21:30"
    assert str(times(aware.dt.tz_localize(None), None, ZONE).begin[0]) == "2025-03-01T13:30"


def test_days_of_a_map_file_with_clocks_beside_them() -> None:
    days = pd.Series(pd.to_datetime(["2025-03-01"]))
    assert str(times(days, pd.Series(["21:30"], dtype=object), ZONE).begin[0]) == "2025-03-01T21:30"


@pytest.mark.parametrize("bad", ["-1", "many", "inf", "nan"])
def test_a_number_that_is_none_is_named_with_file_row_field_and_value(bad: str) -> None:
    with pytest.raises(WrongValue) as refused:
        numbers(pd.Series(["1,200", bad, bad]), "a.csv", np.array([2, 3, 4]), "權重", empty=1.0)
    assert str(refused.value) == (
        f"a.csv, row 3: 權重 is “{bad}” (and 1 other rows). It has to be a number of at least 0."
    )


def test_thousands_and_empty_cells() -> None:
    assert numbers(pd.Series(["1,200", "", None]), "a", np.arange(3), "b", empty=7.0).tolist() == [1200.0, 7.0, 7.0]
    with pytest.raises(WrongValue, match="b is “”"):
        numbers(pd.Series([""]), "a", np.arange(1), "b", empty=np.nan)


def test_coordinates_tell_empty_from_wrong() -> None:
    found, wrong = coordinates(pd.Series(["121.5", "", "東"], dtype=object))
    assert np.isnan(found).tolist() == [False, True, True]
    assert wrong.tolist() == [False, False, True]


def test_words_are_kept_once_in_one_order() -> None:
    one, other = labels(pd.Series(["b", "a", "", "b"])), labels(pd.Series(["", "b", "a"]))
    assert one.names == other.names == ("a", "b")
    assert one.words().tolist() == ["b", "a", "", "b"]
    assert one.different() == {"a", "b"}
    assert texts(pd.Series([1.0, np.nan, 2.0])).tolist() == ["1", "", "2"]
