"""Bulk rows in the database: bytes that PostgreSQL reads back the same, and merges that change what differs alone."""

from datetime import UTC, date, datetime

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from safemap.db import merging
from safemap.db.copy import Column, Kind
from safemap.db.indexes import SECONDARY_INDEXES
from safemap.db.merging import MergeCounts, copy_rows, driver_connection, merge_rows

LONG_AGO, FAR_AHEAD = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
words = st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
rows = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**15), 2**15 - 1),
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        words,
        st.none() | st.datetimes(LONG_AGO.replace(tzinfo=None), FAR_AHEAD.replace(tzinfo=None)),
        st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
        st.times(),
        st.none() | st.dictionaries(words.filter(lambda word: word is not None), st.integers() | words, max_size=3),
        st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    ),
    max_size=12,
)


def objects(values: list[object]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows)
def test_every_kind_of_value_comes_back_as_it_went(session: Session, drawn: list[tuple[object, ...]]) -> None:
    connection = driver_connection(session)
    connection.execute("DROP TABLE IF EXISTS any_kind")
    connection.execute(
        "CREATE TEMPORARY TABLE any_kind (i2 int2, i4 int4, f8 float8, b bool, t text, m timestamptz, d date, c time,"
        " j jsonb, g geometry)"
    )
    i2, i4, f8, b, t, m, d, c, j, g = ([row[place] for row in drawn] for place in range(10))
    moments = np.array([np.datetime64("NaT") if value is None else value for value in m], dtype="datetime64[us]")
    days = np.array([np.datetime64("NaT") if value is None else value for value in d], dtype="datetime64[D]")
    columns = [
        Column("i2", Kind.INT2, objects(i2)),
        Column("i4", Kind.INT4, objects(i4)),
        Column("f8", Kind.FLOAT8, objects(f8)),
        Column("b", Kind.BOOL, objects(b)),
        Column("t", Kind.TEXT, objects(t)),
        Column("m", Kind.TIMESTAMPTZ, moments),
        Column("d", Kind.DATE, days),
        Column("c", Kind.TIME, objects(c)),
        Column("j", Kind.JSONB, objects(j)),
        Column("g", Kind.GEOMETRY, objects([None if place is None else shapely.Point(place) for place in g])),
    ]
    copy_rows(connection, "any_kind", columns)
    stored = connection.execute(
        "SELECT i2, i4, f8, b, t, m AT TIME ZONE 'UTC', d, c, j, ST_X(g), ST_Y(g), ST_SRID(g) FROM any_kind"
    ).fetchall()
    expected = [(*row[:9], *((*row[9], 4326) if row[9] else (None, None, None))) for row in drawn]
    assert stored == expected


def lamps(names: list[str], working: bool = True, west: float = 121.5) -> list[Column]:
    return [
        Column("source", Kind.TEXT, objects(["test"] * len(names))),
        Column("source_id", Kind.TEXT, objects(list(names))),
        Column("number", Kind.TEXT, objects(list(names))),
        Column("is_working", Kind.BOOL, np.full(len(names), working)),
        Column("geom", Kind.GEOMETRY, shapely.points(np.linspace(west, west + 0.01, len(names)), 25.0)),
    ]


def test_a_merge_counts_what_is_new_what_differs_and_what_is_the_same(session: Session) -> None:
    assert merge_rows(session, "street_lamp", lamps(["a", "b"])) == MergeCounts(added=2)
    assert merge_rows(session, "street_lamp", lamps(["a", "b"])) == MergeCounts(unchanged=2)
    assert merge_rows(session, "street_lamp", lamps(["a", "b"], working=False)) == MergeCounts(changed=2)
    assert merge_rows(session, "street_lamp", lamps(["b", "c"], working=False, west=121.51)) == MergeCounts(
        added=1, unchanged=1
    )
    assert merge_rows(session, "street_lamp", lamps([])) == MergeCounts()
    assert session.scalar(text("SELECT string_agg(source_id, '' ORDER BY source_id) FROM street_lamp")) == "abc"


def test_what_changes_nothing_makes_no_tile_stale(session: Session) -> None:
    merge_rows(session, "street_lamp", lamps(["a"]))
    version = text("SELECT version FROM layer_version WHERE layer = 'lamps'")
    before = session.scalar(version)
    merge_rows(session, "street_lamp", lamps(["a"]))
    assert session.scalar(version) == before


def test_a_large_first_import_leaves_the_same_indexes_and_rules(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "BULK_ROWS", 3)
    connection = driver_connection(session)

    def kept() -> list[tuple[object, ...]]:
        checks = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'street_lamp'::regclass"
        return [
            *connection.execute(SECONDARY_INDEXES, ("street_lamp",)).fetchall(),
            *connection.execute(f"{checks} ORDER BY conname").fetchall(),
        ]

    before = kept()
    assert merge_rows(session, "street_lamp", lamps(["a", "b", "c"])) == MergeCounts(added=3)
    assert kept() == before


def test_a_large_first_import_with_one_id_twice_fails_and_leaves_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "BULK_ROWS", 3)
    with pytest.raises(psycopg.errors.UniqueViolation), session.begin_nested():
        merge_rows(session, "street_lamp", lamps(["a", "b", "a"]))
    assert session.scalar(text("SELECT count(*) FROM street_lamp")) == 0


def test_points_are_stored_along_a_curve(session: Session) -> None:
    places = np.random.default_rng(7).permutation(400)
    columns = lamps([f"{place:03}" for place in places])
    columns[4] = Column("geom", Kind.GEOMETRY, shapely.points(121.5 + places % 20 / 1e4, 25.0 + places // 20 / 1e4))
    merge_rows(session, "street_lamp", columns)
    step = session.scalar(
        text(
            "SELECT avg(ST_Distance(geom, before)) FROM"
            " (SELECT geom, lag(geom) OVER (ORDER BY id) AS before FROM street_lamp) AS walked"
        )
    )
    assert step < 1.6e-4  # the grid's own step is 1e-4; in the order of the file it would be about 1e-3
