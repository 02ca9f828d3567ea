"""No byte that goes out holds an exact private place, a reporter's link, held words, a held photo or a patrol's hours.

A machine sends reports, calls them public and private again, lets words be read, takes reports back and measures; after
each step somebody who may not know looks at every address that answers GET.
"""

import io
import itertools
import logging
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support import pictures
from tests.support.routes import addresses, every_route
from tests.support.told import tells_duty, without_moments
from tests.web.conftest import browser_of

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.diagnosis.service import diagnose
from safemap.identity.rules import Role
from safemap.maps.service import offline_map
from safemap.media import apart
from safemap.settings import Settings
from safemap.web.logs import Line

DUTIES = (("21:37", "01:23"), ("07:43", "18:19"))
VISITED = 5  # reports whose own pages are opened by whoever looks
BESIDE = 100  # characters between what may be the two coordinates of one place, or of a box around it
LOOKERS = {
    "visitor": (),
    "resident": (Role.RESIDENT,),
    "volunteer": (Role.VOLUNTEER,),
    "adopter": (Role.ADOPTER,),
    "fire officer": (Role.FIRE_OFFICER,),
}
# Beyond an address alone: what a page or the API takes.
ASKED = {
    "/villages/{key}": [f"layer={layer}" for layer in ("reports", "watch", "density", "zones", "traffic")],
    "/api/v1/villages/{key}/hazards": ["limit=1000", "state=open", "category=lighting", "bbox=121.5,25.0,121.51,25.01"],
    "/api/v1/villages/{key}/diagnosis/segments": ["period=night"],
    "/villages/{key}/reports.atom": ["lang=zh-Hant", "category=lighting"],
    "/villages/{key}/reports.geojson": ["category=lighting&category=traffic"],
    "/villages/{key}/mark": ["lon=121.505&lat=25.005"],
    "/api/v1/villages/{key}/places/found": ["words=平安路", "words=A-1"],
    **{
        f"{prefix}/villages/{{key}}/{page}": [f"events={family}" for family in ("reports", "traffic", "crime")]
        for prefix in ("", "/api/v1")
        for page in ("hotspots", "times", "trends", "scores", "hotspots/streets")
    },
    **{
        f"/villages/{{key}}/{drawn}.geojson": [f"events={family}" for family in ("reports", "traffic")]
        for drawn in ("hotspots", "hotspot-events", "density")
    },
}


class Report:
    """A report as the machine knows it."""

    def __init__(self, lon: float, lat: float, words: str, follow_up: str, *, is_public: bool) -> None:
        self.lon, self.lat, self.words, self.follow_up = lon, lat, words, follow_up
        self.is_public, self.is_read = is_public, False
        self.public_id = ""

    @property
    def east(self) -> set[str]:
        """Its longitude as a text could hold it: five decimals, cut off or rounded."""
        return {f"{self.lon:.7f}"[:-2], f"{self.lon:.5f}"}

    @property
    def north(self) -> set[str]:
        """Its latitude likewise."""
        return {f"{self.lat:.7f}"[:-2], f"{self.lat:.5f}"}


class Photographed:
    """A photo as the machine knows it."""

    def __init__(self, public_id: str, of: Report) -> None:
        self.public_id, self.of = public_id, of
        self.is_shown = self.tells_no_place = False

    @property
    def may_be_seen(self) -> bool:
        """Whether anybody but its reporter and staff may."""
        return self.is_shown and (self.of.is_public or self.tells_no_place)


def coordinates_in(told: str) -> dict[str, list[int]]:
    """All numbers of five decimals and more in a text, cut off there, and where they stand."""
    found: dict[str, list[int]] = {}
    for number in re.finditer(r"\d+\.\d{5}", told):
        found.setdefault(number[0], []).append(number.start())
    return found


def told_by(content: bytes) -> str:
    """All text of an answer, that of a PDF's pages and streams too."""
    if not content.startswith(b"%PDF"):
        return content.decode("utf-8", "replace")
    told = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            told.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            told.append(stream.decode("latin-1"))
    return "\n".join(told)


class Leaks(RuleBasedStateMachine):
    """What happens to reports, and who looks."""

    world: Engine
    open: TestClient
    staff: TestClient
    lookers: dict[str, TestClient]
    logged: pytest.LogCaptureFixture
    in_turn = itertools.cycle(sorted(set(LOOKERS) - {"visitor"}))

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[Report] = []
        self.withdrawn: list[Report] = []
        self.photos: list[Photographed] = []
        self.crowd: list[Report] = []  # nothing happens to them, and nobody opens their pages
        self.number = 0
        with self.world.begin() as connection:
            connection.execute(text("DELETE FROM hazard"))
            connection.execute(text("DELETE FROM diagnosis"))
            connection.execute(text("DELETE FROM hotspot_analysis"))
        self.logged.clear()

    # --- What happens ---

    @rule(east=st.integers(0, 98), north=st.integers(0, 98), is_public=st.booleans())
    def report(self, east: int, north: int, is_public: bool) -> None:
        self.number += 1
        # Nothing else in this world has a 7 or a 3 at its fifth decimal.
        lon, lat = 121.50007 + east / 1e4 + 0.0000013, 25.00003 + north / 1e4 + 0.0000021
        words = f"第{self.number}盞燈壞了"
        sent = {"lon": lon, "lat": lat, "category": "lighting", "description": words, "is_public_place": is_public}
        answer = self.open.post("/api/v1/villages/V1/hazards", json=sent)
        assert answer.status_code == 201
        made = Report(lon, lat, words, answer.json()["follow_up"].rpartition("/")[2], is_public=is_public)
        made.public_id = answer.json()["report"]["public_id"]
        self.reports.append(made)

    @rule(east=st.integers(1, 99_999))
    def report_outside(self, east: int) -> None:
        lon, lat = 120.5 + east / 1e7, 24.1234567
        answer = self.open.post("/api/v1/villages/V1/hazards", json={"lon": lon, "lat": lat, "category": "lighting"})
        assert answer.status_code == 400
        assert f"{lat:.5f}" not in answer.text
        assert f"{lon:.5f}" not in answer.text

    @precondition(lambda self: self.reports)
    @rule(which=st.integers(0, 99), to=st.sampled_from(["public", "private"]))
    def call(self, which: int, to: str) -> None:
        one = self.reports[which % len(self.reports)]
        assert self.staff.post(f"/moderation/{one.public_id}/{to}").status_code == 200
        one.is_public = to == "public"

    @precondition(lambda self: self.reports)
    @rule(which=st.integers(0, 99), decision=st.sampled_from(["show", "hide", "hold"]))
    def moderate(self, which: int, decision: str) -> None:
        one = self.reports[which % len(self.reports)]
        answer = self.staff.post(f"/moderation/{one.public_id}/{decision}", data={"reason": "insults"})
        assert answer.status_code == 200
        one.is_read = decision == "show"

    @precondition(lambda self: self.reports)
    @rule(which=st.integers(0, 99))
    def photograph(self, which: int) -> None:
        one = self.reports[which % len(self.reports)]
        kind = {"Content-Type": "image/jpeg"}
        answer = self.open.post(f"/api/v1/reports/{one.follow_up}/photos", content=b"drawn anew", headers=kind)
        if answer.status_code == 201:  # a fifth is refused
            self.photos.append(Photographed(answer.json()["photo"], one))

    @precondition(lambda self: self.photos)
    @rule(which=st.integers(0, 99), decision=st.sampled_from(["show", "hide", "hold"]), says=st.booleans())
    def decide_on_a_photo(self, which: int, decision: str, says: bool) -> None:
        photo = self.photos[which % len(self.photos)]
        sent = {"reason": "shocks", "tells_no_place": "yes" if says else ""}
        answer = self.staff.post(f"/moderation/photos/{photo.public_id}/{decision}", data=sent)
        assert answer.status_code == (200 if photo.of in self.reports else 404)
        photo.is_shown = decision == "show"
        if decision != "hide":  # who hides a photo says nothing of its place
            photo.tells_no_place = decision == "show" and says

    @precondition(lambda self: self.reports)
    @rule(which=st.integers(0, 99))
    def withdraw(self, which: int) -> None:
        one = self.reports.pop(which % len(self.reports))
        assert self.open.post(f"/r/{one.follow_up}/withdraw").status_code == 200
        one.is_public = one.is_read = False  # nothing of it may be told any more
        self.withdrawn.append(one)

    @rule(east=st.integers(0, 9), north=st.integers(0, 98), number=st.integers(20, 24))
    def report_many(self, east: int, north: int, number: int) -> None:
        """Enough reports on one street for hotspots to be spoken of."""
        for place in range(number):
            self.report(east=east * 10 + place % 9, north=north, is_public=False)
            self.crowd.append(self.reports.pop())

    @rule()
    def measure(self) -> None:
        with unit_of_work(self.world) as session:
            diagnose(session, study_area(session, "V1"), now=datetime(2026, 11, 20, tzinfo=UTC))

    # --- Who looks ---

    @rule(who=st.sampled_from(sorted(LOOKERS)))
    def look(self, who: str) -> None:
        browser = self.lookers[who]
        for address in self.every_address():
            answer = browser.get(address)
            assert answer.status_code < 500
            if address.startswith("/photos/") and answer.status_code == 200:
                shown = [photo.public_id for photo in self.photos if photo.may_be_seen and photo.of in self.reports]
                assert address.split("/")[2] in shown, f"{who} at {address}"
            told = told_by(answer.content) + str(answer.headers)
            self.judge(told, f"{who} at {address}", hides_hours=who == "visitor")

    def teardown(self) -> None:
        """Whatever happened, the public looks at the end, and one of the others in turn."""
        self.look("visitor")
        self.look(next(self.in_turn))

    @invariant()
    def logs_tell_nothing(self) -> None:
        ours = [Line().format(record) for record in self.logged.records if not record.name.startswith("httpx")]
        self.judge("\n".join(ours), "the log", hides_hours=True, has_outlines=False)
        self.logged.clear()

    @precondition(lambda self: self.reports)
    @rule()
    def take_the_map_along(self) -> None:
        with unit_of_work(self.world) as session:
            page = offline_map(
                session, study_area(session, "V1"), printed_by="林幹事", now=datetime(2026, 11, 20, tzinfo=UTC)
            )
        self.judge(page, "the offline map", hides_hours=False)

    @property
    def all_ever(self) -> list[Report]:
        return [*self.reports, *self.withdrawn]

    def every_address(self) -> Iterator[str]:
        values = {
            **{name: ["none-of-it"] for name in self.places},
            "key": ["V1", "town-測試縣平安區"],
            "public_id": [one.public_id for one in self.all_ever[-VISITED:]] or ["none"],
            "photo_id": [photo.public_id for photo in self.photos[-VISITED:]] or ["none"],
            "layer": ["base", "incidents"],
            "z": ["16"],
            "x": ["54885"],
            "y": ["28055"],
        }
        for path in self.paths:
            for address in addresses(path, values):
                yield address
                yield from (f"{address}?{query}" for query in ASKED.get(path, ()))

    def judge(self, told: str, where: str, *, hides_hours: bool, has_outlines: bool = True) -> None:
        """A place is told when both of its coordinates stand side by side: one alone is in outlines by chance.

        Where there are no outlines, one alone is too much.
        """
        told = without_moments(told)
        standing = coordinates_in(told)
        shown = {spelt for one in self.reports if one.is_public for spelt in one.east | one.north}
        for one in (*self.all_ever, *self.crowd):
            if not one.is_public and not (one.east & shown and one.north & shown):
                east, north = (
                    [place for number in spelt for place in standing.get(number, ())] for spelt in (one.east, one.north)
                )
                assert not any(abs(one - other) < BESIDE for one in east for other in north), where
                assert has_outlines or not (east or north), where
            assert one.follow_up not in told, where
            if not one.is_read:
                assert one.words not in told, where
        for photo in self.photos:
            # A page that lets nobody in says where it would have led: at its own address.
            assert photo.may_be_seen or photo.public_id in where or photo.public_id not in told, where
        if hides_hours:
            assert [duty for duty in DUTIES if tells_duty(told, *duty)] == [], where


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(database_url=database_url, home=tmp_path_factory.mktemp("home"), rate_factor=1000.0)


@pytest.fixture(scope="module")
def lookers(client: TestClient, world: Engine) -> dict[str, TestClient]:
    return {
        name: browser_of(client, world, name.replace(" ", ""), *roles) if roles else client
        for name, roles in LOOKERS.items()
    }


@pytest.fixture
def machine(
    client: TestClient,
    staff: TestClient,
    lookers: dict[str, TestClient],
    world: Engine,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> type[Leaks]:
    drawn = apart.drawn_anew(pictures.png())
    monkeypatch.setattr(apart, "drawn_anew", lambda _: drawn)  # a second each, else
    with world.begin() as connection:
        connection.execute(text("UPDATE patrol_route SET starts_at = '{}', ends_at = '{}'".format(*DUTIES[0])))
        connection.execute(text("UPDATE block SET starts_at = '{}', ends_at = '{}'".format(*DUTIES[1])))
    app: Any = client.app
    gets = sorted({route.path for route in every_route(app) if "GET" in route.methods and route.rules})
    caplog.set_level(logging.DEBUG)
    Leaks.world, Leaks.open, Leaks.logged = world, client, caplog
    Leaks.staff, Leaks.lookers = staff, lookers
    Leaks.paths = gets
    Leaks.places = {place for path in gets for place in re.findall(r"\{(\w+)\}", path)}
    return Leaks


def test_nothing_leaks_whatever_happens(machine: type[Leaks]) -> None:
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_leak_would_be_seen(machine: type[Leaks]) -> None:
    made = machine()
    made.report(east=12, north=54, is_public=False)
    one = made.reports[0]
    duty = "from {} to {}".format(*DUTIES[0])
    place = f"[{one.lon:.6f}, {one.lat:.6f}]"
    for told in (place, f"at {one.lat:.5f} and {one.lon:.5f}", one.words, f"/r/{one.follow_up}", duty):
        with pytest.raises(AssertionError):
            made.judge(told, "here", hides_hours=True)
    with pytest.raises(AssertionError):
        made.judge(f"{one.lat:.5f}", "the log", hides_hours=True, has_outlines=False)
    exact = made.staff.get(f"/api/v1/hazards/{one.public_id}").text
    with pytest.raises(AssertionError, match="here"):
        made.judge(exact, "here", hides_hours=False)
    made.report(east=12, north=54, is_public=True)  # where this one is seen, nothing is learnt of the other
    made.judge(place, "here", hides_hours=True)
    assert any("handout.pdf" in address for address in made.every_address())
