"""Photos of reports: sent by who holds a report's own link; and where a photo says that it was taken."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, status
from pydantic import BaseModel, Field
from starlette.responses import Response

from safemap.db.session import unit_of_work
from safemap.hazards.photos import PhotoSeen
from safemap.hazards.rules import FOLLOW_UP_PATH
from safemap.identity.limits import PHOTOS
from safemap.identity.rules import Kind, Verb
from safemap.media import service as media
from safemap.media.rules import FILE_LIMIT_BYTES, PhotoState
from safemap.web.deps import Configured, engine_of
from safemap.web.limits import spend_for
from safemap.web.permits import open_to_all
from safemap.web.photos_in import SentPhoto, take_photo
from safemap.web.viewing import Seen, keys_of_app

router = APIRouter(tags=["photos"])

KINDS = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "application/octet-stream")
BINARY = {"schema": {"type": "string", "format": "binary", "maxLength": FILE_LIMIT_BYTES}}
FILE_IN_A_FORM = {
    "schema": {
        "type": "object",
        "properties": {"photos": {"type": "string", "format": "binary"}},
        "required": ["photos"],
    }
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One photo of at most 12 MB and 50 million dots; its kind is told by its bytes.",
        "content": {**dict.fromkeys(KINDS, BINARY), "multipart/form-data": FILE_IN_A_FORM},
    }
}


class PhotoTaken(BaseModel):
    """A photo as it was taken in: drawn anew, without where, when and with what it was taken."""

    photo: str = Field(description="Its id; another one once a part of it has been covered.")
    state: PhotoState
    width_px: int
    height_px: int
    url: str = Field(description="Where its reporter sees it.")


class PlaceOfPhoto(BaseModel):
    """Where a photo says that it was taken; nulls: it does not say."""

    lon: float | None
    lat: float | None


@router.post(
    "/reports/{follow_up}/photos",
    summary="Add a photo to a report",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=BODY,
    dependencies=[open_to_all(Verb.EDIT_OWN, Kind.REPORT)],
)
def add(
    request: Request,
    settings: Configured,
    viewer: Seen,
    follow_up: str,
    photo: SentPhoto,
    response: Response,
    *,
    wait: Annotated[bool, Query(description="Show it to nobody else until somebody has looked.")] = False,
    idempotency_key: Annotated[
        str, Header(max_length=200, description="Random, for each photo: sent twice, it is taken once.")
    ] = "",
) -> PhotoTaken:
    """Add a photo by the report's own link, whose token stands in the address. It is drawn anew or refused."""
    seen = take_photo(request, viewer, follow_up, photo, key=idempotency_key, asks_to_wait=wait)
    response.headers["Cache-Control"] = "no-store"
    return _taken(seen, f"{settings.site_url}{FOLLOW_UP_PATH}{follow_up}/photos/{seen.public_id}")


@router.post(
    "/photos/position",
    summary="Where a photo says that it was taken",
    openapi_extra=BODY,
    dependencies=[open_to_all(Verb.ADD, Kind.REPORT)],
)
def position(request: Request, viewer: Seen, photo: SentPhoto, response: Response) -> PlaceOfPhoto:
    """Read the position out of a photo, to propose it to its sender; neither is stored or written down."""
    with unit_of_work(engine_of(request)) as session:
        spend_for(request, session, keys_of_app(request), viewer, PHOTOS)
    found = media.position_of(photo)
    response.headers["Cache-Control"] = "no-store"
    return PlaceOfPhoto(lon=found[0] if found else None, lat=found[1] if found else None)


def _taken(seen: PhotoSeen, url: str) -> PhotoTaken:
    return PhotoTaken(photo=seen.public_id, state=seen.state, width_px=seen.width_px, height_px=seen.height_px, url=url)
