"""The web app, put together."""

import asyncio
import importlib
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import Engine
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from safemap.db.opening import open_database
from safemap.identity.agencies.openid import providers_of
from safemap.identity.keys import keys_of
from safemap.jobs.worker import work_until
from safemap.notifications.service import couriers_of
from safemap.settings import Settings
from safemap.web import api, health, offline, pages, tiles
from safemap.web.assets import Assets
from safemap.web.errors import register_errors
from safemap.web.middleware import FrontDoor
from safemap.web.own_forms import refuse_foreign_writes
from safemap.web.peers import proxies_of
from safemap.web.tile_store import TileStore
from safemap.web.viewing import session_of_request

COMPRESSED_FROM_BYTES = 1000
OPENAPI_URL = "/api/v1/openapi.json"


def create_app(settings: Settings, engine: Engine | None = None) -> FastAPI:
    """Make the app; without an engine the database is started and brought up to date first."""
    app = FastAPI(
        title="safemap",
        version=metadata.version("safemap"),
        description="Community safety maps: hazards, guardians, dead zones. GeoJSON in degrees, longitude first.",
        openapi_url=OPENAPI_URL,
        docs_url=None,  # FastAPI's own page loads its scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(refuse_foreign_writes)],
    )
    app.state.settings = settings
    app.state.engine = engine or open_database(settings, is_hurried=True)
    app.state.keys = keys_of(settings)
    couriers_of(settings)  # a setting that cannot be used is said now, not by the first letter
    app.state.agencies = providers_of(settings)
    register_errors(app)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=COMPRESSED_FROM_BYTES,
        compresslevel=4,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf"),
    )
    app.add_middleware(FrontDoor, settings=settings)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies_of(settings))
    app.include_router(health.router)
    app.include_router(tiles.router)
    app.include_router(offline.router)
    app.include_router(api.router)
    for router in page_routers():
        app.include_router(router, include_in_schema=False, dependencies=[Depends(session_of_request)])
    app.mount("/static", Assets(), name="static")
    return app


def app_from_environment() -> FastAPI:
    """Make the app for a worker process, from the environment alone."""
    settings = Settings()
    logging.getLogger("safemap").setLevel(settings.log_level.upper())
    return create_app(settings)


def page_routers() -> list[APIRouter]:
    """Return the routers of all page modules."""
    names = sorted(module.name for module in pkgutil.iter_modules(pages.__path__))
    modules = [importlib.import_module(f"{pages.__name__}.{name}") for name in names]
    return [module.router for module in modules if hasattr(module, "router")]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.tiles = TileStore(app.state.engine, app.state.settings.tile_cache_mb)
    ended = asyncio.Event()
    is_at_work = app.state.settings.jobs_in_web
    work = asyncio.create_task(work_until(ended, app.state.settings, app.state.engine)) if is_at_work else None
    yield
    ended.set()
    if work is not None:
        await work
    await app.state.tiles.close()
    app.state.engine.dispose()
