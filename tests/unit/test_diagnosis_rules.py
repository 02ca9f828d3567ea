"""Reasons, titles, hours of events: what a diagnosis says, and in which words."""

import datetime as dt
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.area import ZoneFacts
from safemap.analysis.presence import WeeklyHours
from safemap.analysis.zones import Zone
from safemap.diagnosis.reasons import Known, period_title, used_note, zone_name, zone_reasons
from safemap.diagnosis.rules import Events, ParameterOutOfRange, Parameters, Period, Sentence
from safemap.diagnosis.timing import hour_is_known, incident_shares, report_shares
from safemap.geo.bearings import plane_azimuths_deg
from safemap.geo.crs import GEOD, Lonlat, MetricPlane
from safemap.i18n import translations

CHINESE = translations("zh-Hant").gettext
ENGLISH = translations("en").gettext
TAIPEI = dt.timezone(dt.timedelta(hours=8))
EVERYTHING = Known(cameras=True, patrols=True, blocks=True, lamps=True)
EVERY_DAY, FRIDAY, SATURDAY = 127, 16, 32


def facts(**changes: object) -> ZoneFacts:
    zone = Zone(np.array([0]), np.array([0]), "永和巷", 100.0, 500.0, 0.1, 450.0)
    values = {
        "zone": zone,
        "beside": "",
        "events": np.arange(7),
        "camera_share": 0.0,
        "patrol_share": 0.0,
        "block_share": 0.0,
        "lamp_share": 0.2,
        "routes": np.array([], dtype=np.int64),
        "routes_share": np.array([]),
        "blocks": np.array([], dtype=np.int64),
        "blocks_share": np.array([]),
        "lamp_gap_m": 86.0,
    }
    return ZoneFacts(**values | changes)


def windows(*rows: tuple[int, str, str]) -> WeeklyHours:
    minutes = [[int(text[:2]) * 60 + int(text[3:]) for text in row[1:]] for row in rows]
    return WeeklyHours(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([start for start, _ in minutes], dtype=np.int64),
        np.array([end for _, end in minutes], dtype=np.int64),
    )


def said(
    found: ZoneFacts,
    *,
    period: Period = Period.NIGHT,
    kinds: list[str] | None = None,
    hours: WeeklyHours | None = None,
    known: Known = EVERYTHING,
    events: Events = Events.REPORTS,
) -> list[str]:
    kinds = kinds or ["Too dark", "Hidden corner", "Blocked way", "Things get stolen"] * 2
    reasons = zone_reasons(
        found,
        period,
        events,
        kinds,
        reach_of_event_m=60.0,
        known=known,
        route_hours=windows() if hours is None else hours,
    )
    return [reason.said(ENGLISH) for reason in reasons]


def patrolled(*rows: tuple[int, str, str], period: Period, shares: list[float] | None = None) -> list[str]:
    passing = facts(routes=np.arange(len(rows)), routes_share=np.array(shares or [1.0] * len(rows)))
    return [words for words in said(passing, period=period, hours=windows(*rows)) if "patrol" in words]


def test_the_reasons_of_the_walk() -> None:
    passing = facts(routes=np.array([0]), routes_share=np.array([1.0]))
    hours = windows((EVERY_DAY, "19:00", "22:00"))
    assert said(passing, hours=hours) == [
        "7 reports within 60 m",
        "no camera sees it",
        "no patrol after 22:00",
        "lamp gap of 85 m",
        "no adopted block",
    ]
    reasons = zone_reasons(
        passing,
        Period.NIGHT,
        Events.REPORTS,
        ["Too dark"] * 7 + ["Blocked way"] * 9,
        reach_of_event_m=60.0,
        known=EVERYTHING,
        route_hours=hours,
    )
    chinese = [reason.said(CHINESE) for reason in reasons]
    assert chinese[0] == "60 公尺內有 7 件通報"
    assert chinese[1].startswith("多為「")
    assert chinese[2:] == ["沒有監視器照到", "22:00 以後沒有巡守", "路燈間斷 85 公尺", "沒有認養區塊"]


def test_what_is_not_known_is_not_said() -> None:
    nothing = Known(cameras=False, patrols=False, blocks=False, lamps=False)
    blind = facts(camera_share=math.nan, block_share=math.nan, lamp_share=math.nan, lamp_gap_m=math.nan)
    assert said(blind, known=nothing) == ["7 reports within 60 m"]


def test_one_kind_is_named_when_most_are_of_it() -> None:
    elsewhere = ["Blocked way"] * 9
    assert "mostly: Too dark" in said(facts(), kinds=["Too dark"] * 4 + ["Blocked way"] * 3)
    assert "mostly: Too dark" in said(facts(), kinds=["Too dark"] * 7 + elsewhere)
    two = said(facts(events=np.arange(2)), kinds=["Too dark"] * 2 + elsewhere)
    assert not any("mostly" in words for words in two)
    assert not any("mostly" in words for words in said(facts(), kinds=["Too dark"] * 7))  # so is everything
    half = said(facts(events=np.arange(6)), kinds=["Too dark"] * 3 + ["Blocked way"] * 3)
    assert not any("mostly" in words for words in half)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "no camera sees it"), (0.04, "no camera sees it"), (0.3, "cameras see 30% of it"), (0.95, None)],
)
def test_cameras(share: float, words: str | None) -> None:
    found = [reason for reason in said(facts(camera_share=share)) if "camera" in reason]
    assert found == ([words] if words else [])


def test_a_short_gap_between_lamps_is_no_reason() -> None:
    assert not any("lamp" in words for words in said(facts(lamp_gap_m=39.0)))
    assert "no street lamp lights it" in said(facts(lamp_gap_m=39.0, lamp_share=0.0))
    assert "lamp gap of 40 m" in said(facts(lamp_gap_m=40.0))


def test_a_block_that_sleeps_is_another_matter_than_none() -> None:
    asleep = facts(blocks=np.array([0]), blocks_share=np.array([1.0]))
    assert "adopted block not watched at this time" in said(asleep)
    assert not any("block" in words for words in said(facts(block_share=0.2)))


@pytest.mark.parametrize(
    ("window", "period", "words"),
    [
        ((EVERY_DAY, "19:00", "22:00"), Period.NIGHT, ["no patrol after 22:00"]),
        ((EVERY_DAY, "19:00", "22:00"), Period.EVENING, ["no patrol before 19:00"]),
        ((EVERY_DAY, "18:00", "20:30"), Period.EVENING, ["no patrol after 20:30"]),
        ((EVERY_DAY, "18:00", "22:00"), Period.EVENING, []),
        ((EVERY_DAY, "19:00", "22:00"), Period.DAY, ["no patrol before 19:00"]),
        ((EVERY_DAY, "22:00", "01:00"), Period.NIGHT, ["no patrol after 01:00"]),
        ((EVERY_DAY, "22:00", "01:00"), Period.EVENING, ["no patrol before 22:00"]),
        ((EVERY_DAY, "02:00", "06:00"), Period.NIGHT, ["no patrol before 02:00"]),
        ((FRIDAY + SATURDAY, "22:00", "06:00"), Period.NIGHT, ["patrol on Fri, Sat only"]),
        ((31, "22:00", "06:00"), Period.NIGHT, ["patrol on Mon to Fri only"]),
        ((1 + 4 + 8 + 16 + 64, "22:00", "06:00"), Period.NIGHT, ["patrol on Mon, Wed to Fri, Sun only"]),
        ((FRIDAY, "20:00", "23:00"), Period.NIGHT, ["no patrol after 23:00", "patrol on Fri only"]),
        ((FRIDAY, "20:00", "21:00"), Period.NIGHT, ["no patrol after 21:00"]),
    ],
)
def test_when_the_patrol_is_not_there(window: tuple[int, str, str], period: Period, words: list[str]) -> None:
    assert patrolled(window, period=period) == words


def test_where_the_patrol_does_not_go() -> None:
    nights = (EVERY_DAY, "22:00", "06:00")
    assert patrolled(period=Period.NIGHT) == ["no patrol passes"]
    assert patrolled(nights, period=Period.NIGHT, shares=[0.2]) == ["no patrol passes"]
    assert patrolled(nights, period=Period.NIGHT, shares=[0.5]) == ["patrol passes 50% of it only"]


def test_teams_that_share_a_week_are_there_all_week() -> None:
    assert patrolled((64, "22:00", "06:00"), (63, "22:00", "06:00"), period=Period.NIGHT) == []


def test_titles_are_findings() -> None:
    def title(*numbers: int) -> str:
        return period_title(Period.NIGHT, *numbers).said(ENGLISH)

    assert title(30, 7, 7) == "7 dead zones at night (22:00–06:00)"
    assert title(30, 1, 1) == "1 dead zone at night (22:00–06:00)"
    assert title(30, 0, 0) == "No dead zone at night (22:00–06:00)"
    assert title(30, 40, 12) == "40 dead zones at night (22:00–06:00); the 12 worst are listed"
    assert title(19, 0, 0) == "Only 19 at night (22:00–06:00): too few to speak of hotspots"
    unknown = period_title(Period.NIGHT, 30, 7, 7, is_watch_known=False).said(ENGLISH)
    assert unknown == "7 places to look at first at night (22:00–06:00); who watches there is not known"
    assert period_title(Period.NIGHT, 30, 7, 7).said(CHINESE) == "深夜（22:00–06:00）有 7 處治安死角"


def test_notes_and_names() -> None:
    assert used_note(Events.TRAFFIC, 42, instead_of_reports=3).said(CHINESE) == (
        "計入 42 件交通事故，因為未結案的通報只有 3 件。"
    )
    assert used_note(Events.REPORTS, 42, instead_of_reports=None).said(ENGLISH) == "Counted are 42 open reports."
    assert [zone_name(*names).said(CHINESE) for names in (("永和巷", ""), ("", "永和巷"), ("", ""))] == [
        "永和巷",
        "永和巷旁的無名小路",
        "無名小路",
    ]


def test_a_sentence_survives_being_stored() -> None:
    days = (Sentence("Fri"), Sentence("Sat"))
    nested = Sentence("patrol on {days} only", {"days": days, "n": 3, "of": Sentence("mostly: {category}")})
    assert Sentence.from_record(nested.as_record()) == nested


@pytest.mark.parametrize(
    "wrong",
    [
        {"reach_of_event_m": 0.0},
        {"reach_of_event_m": math.nan},
        {"weight_camera": 1.5},
        {"hazard_share": -0.1},
        {"zone_limit": 0},
        {"longest_segment_m": math.inf},
    ],
)
def test_parameters_out_of_range_are_refused_by_name(wrong: dict[str, float]) -> None:
    name = next(iter(wrong))
    with pytest.raises(ParameterOutOfRange, match=name) as caught:
        Parameters(**wrong)  # type: ignore[arg-type]
    assert caught.value.field == name


class TestHoursOfReports:
    @pytest.mark.parametrize(
        ("noticed", "category", "shares"),
        [
            ("any", "theft", [1, 1, 1]),
            ("day", "theft", [1, 0, 0]),
            ("night", "theft", [0, 1, 1]),
            ("any", "lighting", [0, 1, 1]),
            ("day", "lighting", [1, 0, 0]),
        ],
    )
    def test_they_count_when_they_were_noticed(self, noticed: str, category: str, shares: list[float]) -> None:
        assert report_shares([noticed], [category]).tolist() == [shares]

    def test_none_is_an_empty_table(self) -> None:
        assert report_shares([], []).shape == (0, 3)
        assert incident_shares([], [], []).shape == (0, 3)
        assert hour_is_known([], []).shape == (0,)


def at(hour: int, minute: int = 0, day: int = 1) -> dt.datetime:
    return dt.datetime(2026, 5, day, hour, minute, tzinfo=TAIPEI)


class TestHoursOfIncidents:
    @pytest.mark.parametrize(
        ("start", "until", "precision", "shares"),
        [
            (at(6), None, "minute", [1, 0, 0]),
            (at(17, 59), None, "minute", [1, 0, 0]),
            (at(18), None, "minute", [0, 1, 0]),
            (at(22), None, "minute", [0, 0, 1]),
            (at(5, 59), None, "minute", [0, 0, 1]),
            (at(0), None, "minute", [0, 0, 1]),
            (at(20), at(23), "hours", [0, 2 / 3, 1 / 3]),
            (at(22), at(6, day=2), "hours", [0, 0, 1]),
            (at(17), at(7, day=2), "hours", [2 / 14, 4 / 14, 8 / 14]),
            (at(12), at(12, day=3), "hours", [1 / 2, 1 / 6, 1 / 3]),
            (at(20), at(20), "hours", [0, 1, 0]),
            (at(0), None, "hours", [1 / 2, 1 / 6, 1 / 3]),
            (at(0), None, "day", [1 / 2, 1 / 6, 1 / 3]),
            (at(0), None, "month", [1 / 2, 1 / 6, 1 / 3]),
        ],
    )
    def test_parts_of_each_period(
        self, start: dt.datetime, until: dt.datetime | None, precision: str, shares: list[float]
    ) -> None:
        assert incident_shares([start], [until], [precision])[0].tolist() == pytest.approx(shares)

    def test_hours_are_those_of_taiwan(self) -> None:
        assert incident_shares([dt.datetime(2026, 5, 1, 15, tzinfo=dt.UTC)], [None], ["minute"]).tolist() == [[0, 0, 1]]

    @given(st.integers(0, 2_000_000), st.integers(0, 10_000))
    def test_the_parts_make_one(self, start: int, minutes: int) -> None:
        begun = at(0) + dt.timedelta(minutes=start)
        parts = incident_shares([begun], [begun + dt.timedelta(minutes=minutes)], ["hours"])[0]
        assert parts.sum() == pytest.approx(1)
        assert (parts >= 0).all()


@pytest.mark.parametrize("place", [(121.54, 25.03), (118.32, 24.43), (24.94, 60.17)])
def test_azimuths_are_turned_into_the_plane(place: tuple[float, float]) -> None:
    """A point 100 m ahead on the ellipsoid lies ahead in the plane as well."""
    plane = MetricPlane.around(Lonlat(shapely.Point(place)))
    azimuths = np.array([0.0, 33.0, 180.0, 271.0, math.nan])
    turned = plane_azimuths_deg(plane, np.tile(place, (5, 1)), azimuths)
    assert math.isnan(turned[4])
    for azimuth, bearing in zip(azimuths[:4], turned[:4], strict=True):
        lon, lat, _ = GEOD.fwd(*place, azimuth, 100.0)
        here, there = (np.array(plane.to_metric(Lonlat(shapely.Point(xy))).coords[0]) for xy in (place, (lon, lat)))
        ahead = math.degrees(math.atan2(*(there - here))) % 360
        assert abs((ahead - bearing + 180) % 360 - 180) < 0.01
