"""Where tiles come from: asyncpg connections of this worker, and tiles drawn before."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import asyncpg
from sqlalchemy import Engine

from safemap.db.freshness import IDENTITY_SQL
from safemap.web import tile_sql
from safemap.web.tile_sql import TileQuery

CONNECTIONS = 8  # per worker; PostgreSQL's processors are the limit long before
QUERY_LIMIT_MS = 20_000
KEY_BYTES = 300  # what one kept tile costs beside its bytes

TileKey = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Tile:
    """A drawn tile, as it is kept: compressed, except when it is empty."""

    version: int
    packed: bytes


class TileCache:
    """The tiles that were asked for last, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiles)

    def find(self, key: TileKey) -> Tile | None:
        """Return a kept tile, stale or not."""
        tile = self._tiles.get(key)
        if tile is not None:
            self._tiles.move_to_end(key)
        return tile

    def keep(self, key: TileKey, tile: Tile) -> None:
        """Keep a tile in place of an older one of its key; those asked for longest ago make room."""
        old = self._tiles.pop(key, None)
        if old is not None:
            self.held_bytes -= len(old.packed) + KEY_BYTES
        self._tiles[key] = tile
        self.held_bytes += len(tile.packed) + KEY_BYTES
        while self.held_bytes > self.limit_bytes:
            _, dropped = self._tiles.popitem(last=False)
            self.held_bytes -= len(dropped.packed) + KEY_BYTES


class SharedReading:
    """One reading for all who ask before it begins: nobody gets an answer older than the own question.

    A hundred who ask at once cost one query, and who asks after a write was committed sees it.
    """

    def __init__(self, read: Callable[[], Awaitable[int]]) -> None:
        self._read = read
        self._under_way: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None

    async def result(self) -> int:
        """Join the next reading."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._under_way))
        return await asyncio.shield(self._next)  # whoever leaves does not take it from the others

    async def _after(self, earlier: asyncio.Task[int] | None) -> int:
        if earlier is not None:
            await asyncio.wait([earlier])
        self._under_way, self._next = self._next, None
        return await self._read()


class ReadingConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that only reads, so that nothing has to be reset after use: one round trip less per tile."""

    def get_reset_query(self) -> str:
        """Return nothing to run."""
        return ""


class TileStore:
    """Draws tiles through a pool of its own, opened at the first need.

    Parameters
    ----------
    engine
        Says which database.
    cache_mb
        Room for drawn tiles; 0 keeps none.
    """

    def __init__(self, engine: Engine, cache_mb: int) -> None:
        self._address = address_of(engine)
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._versions: dict[str, SharedReading] = {}
        self.cache = TileCache(cache_mb * 1024**2) if cache_mb else None
        self.signature = ""  # of the queries and the database: other tiles are never taken for these

    async def draw(self, z: int, x: int, y: int, query: TileQuery) -> tuple[int, bytes]:
        """Return the layer's version and the tile's bytes as of one moment."""
        pool = await self._opened()
        version, tile = await pool.fetchrow(query.sql, z, x, y, *query.values)
        return version, tile

    async def version(self, layer: str) -> int:
        """Return a layer's version, read after this was called."""
        if layer not in self._versions:
            self._versions[layer] = SharedReading(lambda: self._read_version(layer))
        return await self._versions[layer].result()

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _opened(self) -> asyncpg.Pool:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    pool = asyncpg.create_pool(
                        **self._address,
                        min_size=0,
                        max_size=CONNECTIONS,
                        connection_class=ReadingConnection,
                        init=self._meet,
                        timeout=10,
                        server_settings={
                            "jit": "off",
                            "statement_timeout": str(QUERY_LIMIT_MS),
                            "default_transaction_read_only": "on",
                        },
                    )
                    await pool
                    self._pool = pool
        return self._pool

    async def _meet(self, connection: asyncpg.Connection) -> None:
        seed = await connection.fetchval(IDENTITY_SQL) + tile_sql.BASE_SQL + tile_sql.INCIDENTS_SQL
        self.signature = hashlib.sha256((seed + tile_sql.INCIDENT_GRID_SQL).encode()).hexdigest()[:10]

    async def _read_version(self, layer: str) -> int:
        pool = await self._opened()
        return int(await pool.fetchval(tile_sql.VERSION_SQL, layer) or 0)


# What asyncpg reads of libpq's words; a word that it does not know would be sent to the server as a setting.
KNOWN_TO_ASYNCPG = {"sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl", "passfile", "service"}


def address_of(engine: Engine) -> dict[str, object]:
    """Return an engine's address as asyncpg takes it: over TCP or a Unix socket, whatever spelling it came in."""
    words = engine.dialect.create_connect_args(engine.url)[1]
    hosts = str(words.get("host") or "").split(",")
    ports = [int(port) for port in str(words.get("port") or "").split(",") if port]
    return {
        "dsn": "postgresql://?" + urlencode({name: words[name] for name in KNOWN_TO_ASYNCPG if words.get(name)}),
        "host": hosts if len(hosts) > 1 else hosts[0] or None,
        "port": ports if len(ports) > 1 else ports[0] if ports else None,
        "user": words.get("user"),
        "password": words.get("password"),
        "database": words.get("dbname"),
    }
