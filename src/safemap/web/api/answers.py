"""What all API routes share: answers with an ETag, documented failures, refusal of unknown parameters."""

import hashlib
from collections.abc import Callable
from importlib import metadata
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from safemap.db.freshness import identity_of, layer_versions
from safemap.identity.rules import ANONYMOUS, Viewer
from safemap.web import geojson
from safemap.web.api.schemas import FeatureCollection, Problem, PropertiesT
from safemap.web.deps import language_of
from safemap.web.rules import UnknownParameter


class Json(JSONResponse):
    """An answer in JSON, made of bytes; a JSON answer for FastAPI too, which describes all others as texts."""

    def render(self, content: bytes) -> bytes:
        """Send the bytes as they are."""
        return content


class GeoJson(Json):
    """An answer in GeoJSON."""

    media_type = geojson.MEDIA_TYPE


def _failure(description: str) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["properties"]["errors"] = {
        "type": "array",
        "items": schema.pop("$defs")["FieldError"],
    }
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


FAILURES: dict[int | str, dict[str, Any]] = {
    "4XX": _failure("What was asked for is wrong, unknown or not possible."),
    503: _failure("The database does not answer."),
}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What the asker has is still right."}}


def documented(model: type[BaseModel], description: str) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of an answer that a route gives as bytes."""
    return {200: {"model": model, "description": description}, **UNCHANGED}


def documented_features(properties: type[PropertiesT], description: str) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a FeatureCollection."""
    return documented(FeatureCollection[properties], description)  # type: ignore[valid-type]


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse what the route does not take.

    Raises
    ------
    UnknownParameter
        It names the first one, and all that are known.
    """
    if not request.query_params:
        return
    route = request.scope["route"]
    known = _parameters_of(route)
    for name in request.query_params:
        if name not in known:
            raise UnknownParameter(name, ", ".join(sorted(known)))


def _parameters_of(route: APIRoute) -> frozenset[str]:
    def names(dependant: Dependant) -> set[str]:
        own = {field.alias for field in dependant.query_params}
        return own.union(*(names(child) for child in dependant.dependencies))

    return frozenset(names(route.dependant) | {"lang"})


def fresh_answer(
    request: Request,
    session: Session,
    layers: tuple[str, ...],
    build: Callable[[], bytes],
    kind: type[Response] = GeoJson,
    viewer: Viewer = ANONYMOUS,
) -> Response:
    """Answer with what `build` makes, or 304 when the asker has it as of the layers' versions.

    The versions are read first: a write in between gives newer content under the older tag, which the next asker
    finds out, never the reverse. What is made for a viewer has a tag of its own for what they may see.
    """
    etag = _etag(request, session, layers, viewer)
    cached = "no-store" if viewer.is_signed_in else "no-cache"
    headers = {"ETag": etag, "Cache-Control": cached, "Vary": "Accept-Language, Cookie, Authorization"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return kind(build(), headers=headers)


def _etag(request: Request, session: Session, layers: tuple[str, ...], viewer: Viewer) -> str:
    rights = sorted((grant.role, sorted(grant.village_ids or ())) for grant in viewer.grants)
    seed = f"{identity_of(session)} {metadata.version('safemap')} {rights} {sorted(viewer.verbs or ())}"
    versions = "-".join(map(str, layer_versions(session, layers)))
    return f'W/"{hashlib.sha256(seed.encode()).hexdigest()[:10]}-{versions}-{language_of(request).code}"'
