"""Every setting of safemap, read once from the environment (prefix ``SAFEMAP_``) and passed down."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""Where ``migrations/`` and ``data/`` stand: the checkout, or the folder that the image was built from."""


def default_home() -> Path:
    """Return safemap's data folder: under the user's data directory, as the XDG specification names it.

    Root's own is closed to everybody else, PostgreSQL's unprivileged user included, so root's is a system folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/safemap")
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "safemap"


class Settings(BaseSettings):
    """What a person who runs safemap can choose; each has a default that works."""

    model_config = SettingsConfigDict(env_prefix="SAFEMAP_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=default_home, description="Data folder: private database, backups, caches.")
    database_url: str = Field(
        default="", description="PostgreSQL + PostGIS to use; empty: safemap makes and runs its own in SAFEMAP_HOME."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key that second factors are encrypted with; empty: made at the first use, in SAFEMAP_HOME.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the web app listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that the web app listens on.")
    public_url: str = Field(
        default="", description="Address that people see, for QR codes and links; empty: http://localhost:PORT."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Web worker processes.")
    raster_url: str = Field(
        default="",
        description="Optional raster base map, e.g. an NLSC EMAP template with {z}/{y}/{x}; empty: none is asked for.",
    )
    raster_attribution: str = Field(default="", description="Who must be named for the raster base map.")
    tile_cache_mb: int = Field(default=64, ge=0, description="Memory for drawn vector tiles, per worker, in MB.")
    smtp_url: SecretStr = Field(default=SecretStr(""), description="Mail server; empty: letters stay in the outbox.")
    mail_from: str = Field(default="", description="Address that letters come from.")
    line_channel_token: SecretStr = Field(
        default=SecretStr(""), description="Access token of a LINE Messaging API channel; empty: nothing goes by LINE."
    )
    line_channel_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret of that channel, by which calls from LINE are known."
    )
    line_url: str = Field(default="https://api.line.me", description="Where LINE's Messaging API is.")
    jobs_in_web: bool = Field(
        default=True, description="Whether web processes do what waits in the background queue, beside their pages."
    )
    agencies: SecretStr = Field(
        default=SecretStr(""),
        description="Agencies whose staff sign in with their account there: a JSON list, or the path of its file.",
    )
    demo: bool = Field(
        default=False,
        description="Whether visitors may look at the fictional village as any of its people; no mail is sent then.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    rate_factor: float = Field(
        default=1.0, gt=0, le=1000, description="Multiplies how often one address or person may do something."
    )
    controller: str = Field(
        default="", description="Who collects personal data here, as notices name them: the body that runs the site."
    )
    contact: str = Field(default="", description="How to reach the controller: an address, a telephone number.")
    log_level: str = Field(default="info", description="debug, info, warning or error.")

    @property
    def site_url(self) -> str:
        """The address that people see, without a slash at its end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")
