"""Follow a village with a feed reader or a map program: what everybody sees, without an account."""

from typing import Annotated
from urllib.parse import quote, urlencode

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.feeds import require_categories, told_to_all
from safemap.hazards.life import STAGE_NAMES
from safemap.identity.rules import Kind, Verb
from safemap.web import geojson
from safemap.web.api.answers import fresh_answer
from safemap.web.deps import Configured, Db, InVillage, Speaks
from safemap.web.feeds import Feed, atom
from safemap.web.pages._common import place_name_in
from safemap.web.permits import open_to_all

router = APIRouter()

TOLD_TO_ALL = [open_to_all(Verb.SEE_APPROXIMATE, Kind.PUBLIC_COUNT)]
Categories = Annotated[list[str], Query(description="Only these; may be repeated.")]


class Atom(Response):
    """An answer that is a feed."""

    media_type = "application/atom+xml"


@router.get("/villages/{key}/reports.atom", dependencies=TOLD_TO_ALL)
def reports_atom(
    request: Request,
    session: Db,
    settings: Configured,
    area: InVillage,
    speaks: Speaks,
    category: Categories = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Tell the latest changes at public places to a feed reader."""
    require_categories(category)
    page_url = f"{settings.site_url}/villages/{quote(area.key)}"
    asked = [("lang", speaks.code), *(("category", code) for code in category)]
    feed = Feed(
        name=place_name_in(area, speaks.code),
        language=speaks.code,
        own_url=f"{page_url}/reports.atom?{urlencode(asked)}",
        page_url=f"{page_url}?{urlencode({'lang': speaks.code})}",
        site_url=settings.site_url,
        is_fictional=area.is_fictional,
    )

    def build() -> bytes:
        return atom(feed, told_to_all(session, area.village_ids, category), speaks.words.gettext)

    return fresh_answer(request, session, ("base", "hazards"), build, Atom)


@router.get("/villages/{key}/reports.geojson", dependencies=TOLD_TO_ALL)
def reports_geojson(
    request: Request,
    session: Db,
    settings: Configured,
    area: InVillage,
    speaks: Speaks,
    category: Categories = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Tell the same to a program that draws maps."""
    require_categories(category)

    def build() -> bytes:
        told = told_to_all(session, area.village_ids, category)
        return geojson.collection(
            [f"{settings.site_url}/hazards/{one.seen.public_id}" for one in told],
            np.array([shapely.Point(one.seen.lon, one.seen.lat) for one in told], dtype=object),
            [
                {
                    "category": one.seen.category,
                    "category_name": speaks.say(CATEGORY_BY_CODE[one.seen.category].name),
                    "severity": one.seen.severity,
                    "stage": one.seen.stage,
                    "stage_name": speaks.say(STAGE_NAMES[one.seen.stage]),
                    "state": one.seen.state,
                    "description": one.seen.description,
                    "published": one.seen.reported_at,
                    "updated": one.changed_at,
                }
                for one in told
            ],
            is_fictional=area.is_fictional,
        )

    return fresh_answer(request, session, ("base", "hazards"), build)
