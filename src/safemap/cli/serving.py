"""``safemap up``: the web app."""

from typing import Annotated

import typer

from safemap.db.opening import open_database
from safemap.notifications.service import couriers_of
from safemap.settings import Settings
from safemap.web.serving import listen, serve


def register(app: typer.Typer) -> None:
    """Add ``safemap up`` to the commands."""

    @app.command("up")
    def up(
        host: Annotated[
            str | None, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.", show_default=False)
        ] = None,
        port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port.", show_default=False)] = None,
        workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes.", show_default=False)] = None,
    ) -> None:
        """Start the web app, with its database, until Ctrl+C."""
        run(host=host, port=port, workers=workers)


def run(*, host: str | None = None, port: int | None = None, workers: int | None = None, demo: bool = False) -> None:
    """Take the port, open the database, serve until told to stop."""
    named = {"host": host, "port": port, "workers": workers, "demo": demo}
    chosen = {name: value for name, value in named.items() if value}
    settings = Settings().model_copy(update=chosen)
    couriers_of(settings)  # a wrong setting is said here, once, and not by each worker
    with listen(settings.host, settings.port) as taken:
        open_database(settings).dispose()  # processes that are forked or spawned must not share its connections
        shown = "localhost" if settings.host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else settings.host  # noqa: S104
        typer.echo(f"safemap is at http://{shown}:{settings.port}/ (Ctrl+C stops it)")
        serve(settings, taken)
    typer.echo("safemap has stopped.")
