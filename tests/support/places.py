"""Small made-up villages in the database, for tests that need somewhere to be."""

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy.orm import Session

from safemap.communities.tables import Village
from safemap.geo.crs import WGS84

WEST, SOUTH, EAST, NORTH = 120.35, 24.60, 120.36, 24.61


def add_village(
    session: Session,
    *,
    name: str = "榕樹里",
    code: str = "T001",
    town: str = "示範區",
    county: str = "示範市",
    box: tuple[float, float, float, float] = (WEST, SOUTH, EAST, NORTH),
    is_fictional: bool = True,
) -> Village:
    """Add a village that is a box of west, south, east, north in degrees."""
    village = Village(
        source="test",
        code=code,
        county=county,
        town=town,
        name=name,
        name_en="",
        is_fictional=is_fictional,
        geom=from_shape(shapely.MultiPolygon([shapely.box(*box)]), srid=WGS84),
    )
    session.add(village)
    session.flush()
    return village
