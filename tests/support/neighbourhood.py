"""A small neighbourhood in the database: a grid of named lanes, with whatever a test puts on it."""

import datetime as dt
import itertools

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy.orm import Session
from tests.support.places import SOUTH, WEST

from safemap.basemap.tables import Building, StreetEdge, StreetLamp, StreetNode
from safemap.blocks.tables import Block
from safemap.cameras.tables import Camera
from safemap.communities.tables import Village
from safemap.geo.crs import WGS84, Lonlat, MetricPlane
from safemap.hazards.tables import Hazard
from safemap.incidents.tables import Incident
from safemap.patrols.tables import PatrolRoute, PatrolTeam

TAIPEI = dt.timezone(dt.timedelta(hours=8))
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=TAIPEI)
EVERY_DAY = 127
numbers = itertools.count(1)


class Neighbourhood:
    """Adds things by metres east and north of a corner near the village's south-west."""

    def __init__(self, session: Session, village: Village, corner: tuple[float, float] = (WEST, SOUTH)) -> None:
        self.session, self.village = session, village
        self.plane = MetricPlane.around(Lonlat(shapely.Point(corner)))
        self.east, self.north = self.plane.to_metric(Lonlat(shapely.Point(corner))).coords[0]

    def place(self, shape: object, *, multi: bool = False) -> object:
        moved = shapely.affinity.translate(shape, self.east, self.north)
        lonlat = self.plane.to_lonlat(moved)
        if multi:
            kind = shapely.MultiLineString if lonlat.geom_type == "LineString" else shapely.MultiPolygon
            lonlat = kind([lonlat])
        return from_shape(lonlat, srid=WGS84)

    def _source(self) -> dict[str, str]:
        return {"source": "test", "source_id": str(next(numbers))}

    def _add(self, *rows: object) -> None:
        self.session.add_all(rows)
        self.session.flush()

    def lanes(self, side: int = 6, block_m: float = 100.0, **changes: object) -> None:
        """A grid of `side` by `side` junctions; 「橫1巷」 runs east from the south, 「直1巷」 north from the west."""
        node = {}
        for column in range(side):
            for row in range(side):
                node[column, row] = StreetNode(
                    **self._source(), geom=self.place(shapely.Point(100 + column * block_m, 100 + row * block_m))
                )
        self._add(*node.values())
        for column in range(side):
            for row in range(side):
                for to, name in (((column + 1, row), f"橫{row + 1}巷"), ((column, row + 1), f"直{column + 1}巷")):
                    if to in node:
                        self.street(node[column, row], node[to], (column, row), to, block_m, name=name, **changes)
        self.session.flush()

    def street(
        self,
        start: StreetNode,
        end: StreetNode,
        start_at: tuple[int, int],
        end_at: tuple[int, int],
        block_m: float,
        **changes: object,
    ) -> None:
        line = shapely.LineString([(100 + x * block_m, 100 + y * block_m) for x, y in (start_at, end_at)])
        self.session.add(
            StreetEdge(
                **self._source(),
                from_node_id=start.id,
                to_node_id=end.id,
                street_class="lane",
                length_m=line.length,
                geom=self.place(line),
                **changes,
            )
        )

    def reports(self, east_m: float, north_m: float, number: int = 1, **changes: object) -> None:
        """Reports a metre apart from each other, eastwards."""
        for place in range(number):
            values = {
                "public_id": f"report{next(numbers)}",
                "village_id": self.village.id,
                "category": "theft",
                "severity": 2,
                "noticed_at": "any",
                "accuracy_m": 0.0,
                "reported_at": NOW - dt.timedelta(days=30) + dt.timedelta(hours=next(numbers) % 300),
                "geom": self.place(shapely.Point(east_m + place, north_m)),
            }
            self.session.add(Hazard(**values | changes))
        self.session.flush()

    def incidents(self, east_m: float, north_m: float, number: int = 1, **changes: object) -> None:
        for place in range(number):
            values = {
                **self._source(),
                "kind": "accident_a2",
                "occurred_at": dt.datetime(2026, 5, 1, 20, 30, tzinfo=TAIPEI),
                "geom": self.place(shapely.Point(east_m + place, north_m)),
            }
            self.session.add(Incident(**values | changes))
        self.session.flush()

    def camera(self, east_m: float, north_m: float, **changes: object) -> None:
        values = {"kind": "dome", "site": "public", "reach_m": 60.0}
        self._add(Camera(**self._source(), geom=self.place(shapely.Point(east_m, north_m)), **values | changes))

    def lamp(self, east_m: float, north_m: float, *, is_working: bool = True) -> None:
        point = self.place(shapely.Point(east_m, north_m))
        self._add(StreetLamp(**self._source(), is_working=is_working, geom=point))

    def building(self, west_m: float, south_m: float, east_m: float, north_m: float) -> None:
        box = self.place(shapely.box(west_m, south_m, east_m, north_m), multi=True)
        self._add(Building(**self._source(), geom=box))

    def route(self, *points: tuple[float, float], weekdays: int = EVERY_DAY, start: str, end: str) -> None:
        team = PatrolTeam(village_id=self.village.id, name=f"第{next(numbers)}隊")
        self._add(team)
        self._add(
            PatrolRoute(
                **self._source(),
                team_id=team.id,
                name="路線",
                weekdays=weekdays,
                starts_at=dt.time.fromisoformat(start),
                ends_at=dt.time.fromisoformat(end),
                geom=self.place(shapely.LineString(points), multi=True),
            )
        )

    def block(self, west_m: float, south_m: float, east_m: float, north_m: float, **changes: object) -> None:
        values = {
            "weekdays": EVERY_DAY,
            "starts_at": dt.time(9),
            "ends_at": dt.time(21),
            "in_force_from": dt.date(2026, 1, 1),
            "in_force_until": dt.date(2026, 12, 31),
        }
        self._add(
            Block(
                **self._source(),
                village_id=self.village.id,
                name="區塊",
                adopter="榕樹國小",
                adopter_kind="school",
                geom=self.place(shapely.box(west_m, south_m, east_m, north_m)),
                **values | changes,
            )
        )
