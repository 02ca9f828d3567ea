"""``safemap db``: start, stop, look at, save and restore the database."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from safemap.db.backup import back_up, restore
from safemap.db.cluster import Cluster, cluster_of, ensure_running
from safemap.db.migration import migrate, newest_revision, revision_of
from safemap.db.programs import ServerPrograms, choose_server
from safemap.db.server import check_server, without_password
from safemap.db.upgrade import upgrade as upgrade_cluster
from safemap.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Start, stop, look at, save and restore the database.")


def register(app: typer.Typer) -> None:
    """Add ``safemap db`` to the commands."""
    app.add_typer(commands, name="db")


@commands.command()
def start() -> None:
    """Start the database (made on first use) and bring its tables up to date."""
    url = ensure_running(Settings())
    migrate(url)
    typer.echo(f"The database runs: {without_password(url)}")


@commands.command()
def stop() -> None:
    """Stop safemap's own database; what it holds is kept."""
    was_running = cluster_of(Settings()).stop()
    typer.echo("The database has stopped." if was_running else "The database was not running.")


@commands.command()
def url() -> None:
    """Print the address of the database, for psql and other programs; starts it if needed."""
    typer.echo(ensure_running(Settings()))


@commands.command()
def status() -> None:
    """Say what database there is, whether it runs, and whether its tables are up to date; starts nothing."""
    settings = Settings()
    if settings.database_url:
        check_server(settings.database_url, may_change=False)
        typer.echo(f"SAFEMAP_DATABASE_URL: {without_password(settings.database_url)} answers.")
        _say_revision(settings.database_url)
        return
    cluster = cluster_of(settings)
    seen = cluster.status()
    if not seen.exists:
        typer.echo(f"No database yet in {seen.data}; `safemap db start` makes it.")
        return
    typer.echo(f"Data:    {seen.data} (PostgreSQL {seen.data_major}, {seen.size_bytes / 1024**2:.0f} MB)")
    if seen.running_pid is None:
        typer.echo("Server:  stopped")
    elif seen.running_version is None:
        typer.echo(f"Server:  process {seen.running_pid} does not answer; `safemap db start` starts it again")
    else:
        typer.echo(f"Server:  PostgreSQL {seen.running_version}, process {seen.running_pid}")
        typer.echo(f"Address: {cluster.url()}")
        _say_revision(cluster.url())


def _say_revision(url: str) -> None:
    found, newest = revision_of(url), newest_revision()
    state = "up to date" if found == newest else f"`safemap db start` brings them to {newest}"
    typer.echo(f"Tables:  {found or 'none'} ({state})")


@commands.command()
def upgrade() -> None:
    """Move safemap's own database to the newest installed PostgreSQL; the old data and a backup are kept."""
    cluster = cluster_of(Settings())
    file = upgrade_cluster(cluster)
    if file is None:
        typer.echo(f"The database is PostgreSQL {cluster.data_major}'s, the newest that is installed with PostGIS.")
    else:
        typer.echo(f"The database is PostgreSQL {cluster.data_major}'s now. A backup of the old one: {file}")


@commands.command()
def backup(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")]) -> None:
    """Save the whole database in one file, with counts and checksums of every table."""
    settings = Settings()
    url = ensure_running(settings)
    manifest = back_up(url, file, _client_programs(settings))
    size = file.stat().st_size / 1024**2
    typer.echo(f"{file}: {len(manifest.tables)} tables, {manifest.rows:,} rows, {size:.1f} MB")


@commands.command(name="restore")
def restore_backup(file: Annotated[Path, typer.Argument(help="A file that `safemap db backup` wrote.")]) -> None:
    """Restore a backup into an empty database and check every count and checksum."""
    settings = Settings()
    url = ensure_running(settings)
    manifest = restore(url, file, _client_programs(settings))
    migrate(url)
    typer.echo(
        f"Restored {len(manifest.tables)} tables, {manifest.rows:,} rows of {manifest.made_at}; "
        "every count and checksum agrees."
    )


def _client_programs(settings: Settings) -> ServerPrograms:
    """Return pg_dump and pg_restore: the cluster's own, or for another's server the newest that are installed."""
    cluster = Cluster(settings.home)
    if not settings.database_url:
        return cluster.programs()
    client = shutil.which("pg_dump")
    if client and not cluster.servers():
        return ServerPrograms(0, Path(client).parent)
    return choose_server(cluster.servers())
