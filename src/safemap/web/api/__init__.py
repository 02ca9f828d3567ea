"""JSON and GeoJSON for programs, under ``/api/v1``."""

from fastapi import APIRouter, Depends

from safemap.web.api import diagnosis, hazards, hotspots, layers, photos, places, similar, villages
from safemap.web.api.answers import FAILURES, refuse_unknown_parameters
from safemap.web.deps import language_of_api

router = APIRouter(
    prefix="/api/v1",
    dependencies=[Depends(refuse_unknown_parameters), Depends(language_of_api)],
    responses=FAILURES,
)
for part in (villages, places, hazards, similar, photos, layers, diagnosis, hotspots):
    router.include_router(part.router)
