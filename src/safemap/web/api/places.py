"""Places by name: the list that a phone takes along, and what is meant by words."""

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from safemap.basemap.finding import Found
from safemap.basemap.listing import PlaceList, place_list
from safemap.identity.rules import Kind, Verb
from safemap.web import geojson
from safemap.web.api.answers import Json, documented, fresh_answer
from safemap.web.api.schemas import FoundPlaces, PlaceNames
from safemap.web.deps import Db, InVillage
from safemap.web.permits import open_to_all
from safemap.web.places import WORDS_AT_MOST, found_in
from safemap.web.viewing import Seen

router = APIRouter(tags=["places"])

DECIMALS = 6  # of a degree: 0.1 m


@router.get(
    "/villages/{key}/places",
    summary="What can be named in a village",
    response_class=Json,
    responses=documented(PlaceNames, "Each kind by name. A phone keeps it and finds places with no connection."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.LAMP)],
)
def places(request: Request, session: Db, area: InVillage) -> Response:
    """Named streets with their lines, public places with their outlines, lamps by the numbers on their poles."""
    return fresh_answer(
        request,
        session,
        ("base", "lamps"),
        lambda: geojson.dumped(_listed(place_list(session, area.geometry))),
        Json,
    )


@router.get(
    "/villages/{key}/places/found",
    summary="What is meant by words",
    response_class=Json,
    responses=documented(FoundPlaces, "The likeliest first."),
    dependencies=[open_to_all(Verb.SEE_EXACT, Kind.LAMP)],
)
def found(
    request: Request,
    session: Db,
    area: InVillage,
    viewer: Seen,
    words: Annotated[
        str,
        Query(
            max_length=WORDS_AT_MOST,
            description="An address, a corner, a landmark, the number of a lamp or camera.",
            examples=["平安路1巷3號"],
        ),
    ],
) -> Response:
    """Places in the village that words may mean, as the form for reports understands them."""
    return fresh_answer(
        request,
        session,
        ("base", "lamps", "cameras"),
        lambda: geojson.dumped({"found": [_as_record(one) for one in found_in(session, viewer, area, words)]}),
        Json,
        viewer=viewer,
    )


def _as_record(one: Found) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "name": one.name,
        "name_en": one.name_en,
        "lon": one.lon,
        "lat": one.lat,
        "accuracy_m": one.accuracy_m,
        "street": one.street,
        "is_sure": one.is_sure,
    }


def _listed(listed: PlaceList) -> dict[str, Any]:
    return {
        "streets": [
            {"name": street.name, "name_en": street.name_en, "lines": [_places_of(line) for line in street.lines]}
            for street in listed.streets
        ],
        "places": [
            {
                "kind": place.kind,
                "name": place.name,
                "name_en": place.name_en,
                "at": _places_of(place.at)[0],
                "outline": _places_of(place.outline.exterior) if place.outline else None,
            }
            for place in listed.places
        ],
        "lamps": [[lamp.number, round(lamp.lon, DECIMALS), round(lamp.lat, DECIMALS)] for lamp in listed.lamps],
    }


def _places_of(shape: shapely.Geometry) -> list[list[float]]:
    return [[round(float(lon), DECIMALS), round(float(lat), DECIMALS)] for lon, lat in shapely.get_coordinates(shape)]
