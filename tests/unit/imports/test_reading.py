"""Files as people bring them: encodings, broken files, endless lines; each with a sentence that helps."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from safemap.errors import NotFound
from safemap.imports.reading import WrongFile, read_features, table_rows, text_encoding
from safemap.imports.report import ImportReport

WORDS = "里,件數\r\n龍泉里,3\r\n"


def written(tmp_path: Path, content: bytes, name: str = "table.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (WORDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "utf-8"),
        (WORDS.encode("cp950"), "cp950"),
    ],
)
def test_a_table_reads_the_same_in_every_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = written(tmp_path, content)
    assert text_encoding(path) == encoding
    assert list(table_rows(path)) == [(1, ["里", "件數"]), (2, ["龍泉里", "3"])]


def test_rows_are_counted_as_an_editor_counts(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,b\n\n"two\nlines",1\nlast,2')
    assert list(table_rows(path)) == [(1, ["a", "b"]), (3, ["two\nlines", "1"]), (5, ["last", "2"])]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "zip or spreadsheet"),
        (b"%PDF-1.7", "is a PDF"),
        ("里,件數\n".encode("utf-16"), "NUL bytes"),
        (b"a,b\n1,2\n3,\xff\xff\n", "line 3 is neither UTF-8 nor cp950"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(WrongFile, match=says):
        list(table_rows(written(tmp_path, content)))


def test_an_encoding_that_breaks_between_two_pieces_of_the_file_is_no_error(tmp_path: Path) -> None:
    line = "龍泉里," * 30 + "1\n"
    path = written(tmp_path, b"x" + (line * 20_000).encode())
    assert path.stat().st_size > 5 * 1024**2
    assert text_encoding(path) == "utf-8"


def test_an_endless_line_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as stream:
        stream.write(b"id,kind\n")
        for _ in range(50):
            stream.write(b"x" * 1024**2)
    tracemalloc.start()
    try:
        with pytest.raises(WrongFile, match="line 2 is longer than 4 MB"):
            list(table_rows(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * 1024**2


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        list(table_rows(tmp_path / "nothing.csv"))
    with pytest.raises(WrongFile, match="is a folder"):
        list(table_rows(tmp_path))


def test_quotation_marks_that_never_close_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,b\n"' + b"x" * 200_000 + b"\n" * 5)
    with pytest.raises(WrongFile, match="line 2 is no CSV"):
        list(table_rows(path))


def features(*geometries: object) -> dict[str, object]:
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "a"}, "geometry": shape} for shape in geometries],
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"hello", "is no JSON object"),
        (json.dumps(features({"type": "Point", "coordinates": [121.5, 25.0]})).encode()[:-30], "ends in the middle"),
        (json.dumps(features(None)).encode(), "has no geometry"),
        (json.dumps({"type": "FeatureCollection", "features": []}).encode(), "has no geometry"),
        (b'{"a": [1, 2}', "cannot be read as a map file"),
    ],
)
def test_what_is_no_map_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path, content, "map.geojson")
    with pytest.raises(WrongFile, match=says):
        read_features(path, ImportReport("streets", []), ("LineString",))


def test_a_table_is_no_map_file(tmp_path: Path) -> None:
    with pytest.raises(WrongFile):
        read_features(written(tmp_path, b"a,b\n1,2\n"), ImportReport("streets", []), ("LineString",))


def test_heights_and_missing_geometries_do_not_stop_a_file(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        json.dumps(features({"type": "Point", "coordinates": [121.5, 25.0, 7.0]}, None)).encode(),
        "map.geojson",
    )
    frame = read_features(path, ImportReport("lamps", []), ("Point",))
    assert len(frame) == 2
    assert frame.geometry.isna().tolist() == [False, True]
    assert np.allclose(frame.geometry.iloc[0].coords[0][:2], (121.5, 25.0))


@pytest.mark.parametrize("start", [b'{"type":"FeatureCollection","features":[', b'{"features":[{"properties":{"a":"'])
def test_an_endless_value_in_a_map_file_is_refused_without_being_read_whole(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "endless.geojson"
    with path.open("wb") as stream:
        stream.write(start)
        for _ in range(50):
            stream.write(b"x" * 1024**2)
        stream.write(b'"}}]}')
    before = most_memory_mb()
    with pytest.raises(WrongFile, match="cannot be read as a map file"):
        read_features(path, ImportReport("lamps", []), ("Point",))
    assert most_memory_mb() - before < 40


def most_memory_mb() -> float:
    """The most that this process has ever held, GDAL's own memory included."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
