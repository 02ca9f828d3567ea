"""Columns are known by the names that publishers use, or as the person says."""

import pytest

from safemap.files.columns import choose_columns, place_column
from safemap.files.rules import Role, UnknownColumn


def chosen(header: list[str], said: dict[Role, str] | None = None, *, has_shapes: bool = False) -> dict[str, str]:
    return {
        role.value: name for role, name in choose_columns("a.csv", header, said or {}, has_shapes=has_shapes).of.items()
    }


def test_safemaps_own_table() -> None:
    header = ["id", "kind", "occurred_at", "occurred_until", "lon", "lat", "accuracy_m", "place"]
    assert chosen(header) == {
        "x": "lon",
        "y": "lat",
        "time": "occurred_at",
        "until": "occurred_until",
        "accuracy": "accuracy_m",
        "kind": "kind",
    }


def test_a_chinese_table_with_a_day_and_a_clock() -> None:
    assert chosen(["案類", "發生日期", "發生時間", "經度", "緯度", "通報人"]) == {
        "x": "經度",
        "y": "緯度",
        "time": "發生日期",
        "clock": "發生時間",
        "kind": "案類",
        "reporter": "通報人",
    }


@pytest.mark.parametrize("name", ["Longitude", " LONGITUDE ", "ｌｏｎｇｉｔｕｄｅ", "WGS84 經度", "TWD97_X", "POINT_X"])
def test_case_spaces_lines_and_full_width_do_not_matter(name: str) -> None:
    assert chosen([name])["x"] == name


def test_a_time_alone_is_a_time_and_beside_a_date_it_is_a_clock() -> None:
    assert chosen(["time"]) == {"time": "time"}
    assert chosen(["time", "date"]) == {"time": "date", "clock": "time"}
    assert chosen(["發生時間"]) == {"time": "發生時間"}
    assert "clock" not in chosen(["datetime", "hour"])


def test_severity_is_no_weight_unless_somebody_says_so() -> None:
    assert chosen(["severity"]) == {}
    assert chosen(["severity"], {Role.WEIGHT: "severity"}) == {"weight": "severity"}


def test_what_is_said_comes_first_and_no_column_has_two_roles() -> None:
    assert chosen(["time", "x"], {Role.TIME: "x"}) == {"time": "x"}


def test_numbers_are_read_before_shapes_and_shapes_need_no_columns() -> None:
    assert chosen(["lon", "lat", "geometry"]) == {"x": "lon", "y": "lat"}
    assert chosen(["geometry", "when"]) == {"geometry": "geometry", "time": "when"}
    assert chosen(["lon", "lat", "when"], has_shapes=True) == {"time": "when"}


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownColumn, match=r"a.csv: there is no column “當時” \(--time\). Its columns are: 時間, x"):
        chosen(["時間", "x"], {Role.TIME: "當時"})


def test_the_column_of_places_in_words_is_found() -> None:
    assert place_column(["編號", "發生(現)地點"]) == "發生(現)地點"
    assert place_column(["id"]) == ""
