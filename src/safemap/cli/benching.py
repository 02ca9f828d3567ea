"""`safemap bench NAME`: speeds as ratios against a peer or a limit in the same run."""

import importlib
import json
import math
import pkgutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import safemap.bench
from safemap.bench.measure import Measure
from safemap.errors import NotFound
from safemap.settings import Settings

NOT_BENCHMARKS = {"measure"}
WIDE = 160  # columns where no terminal says its own


def bench_names() -> list[str]:
    """Names of the benchmarks: the modules of `safemap.bench` that measure something."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(safemap.bench.__path__)
        if module.name not in NOT_BENCHMARKS and not module.name.startswith("_")
    )


def register(app: typer.Typer) -> None:
    """Add `safemap bench`."""

    @app.command("bench")
    def bench(
        name: Annotated[str, typer.Argument(help=f"One of: {', '.join(bench_names())}.")],
        json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file too.")] = None,
    ) -> None:
        """Measure speed and memory against a peer in the same run."""
        if name not in bench_names():
            raise NotFound(
                "There is no benchmark “{name}”.",
                remedy="Choose one of: {known}.",
                name=name,
                known=", ".join(bench_names()),
            )
        measures: list[Measure] = importlib.import_module(f"safemap.bench.{name}").run(Settings())
        _print(measures)
        if json_file is not None:
            json_file.write_text(json.dumps([measure.as_record() for measure in measures], indent=1) + "\n")
        if any(measure.holds is False for measure in measures):
            raise typer.Exit(1)


def _print(measures: list[Measure]) -> None:
    table = Table("what", "ours", "peer", "ratio", "wanted", "holds")
    for measure in measures:
        ratio = "" if math.isnan(measure.ratio) else f"{measure.ratio:.2f}"
        peer = "" if measure.peer is None else f"{measure.peer:,.4g} {measure.unit} ({measure.peer_name})"
        holds = {True: "yes", False: "NO", None: "not told"}[measure.holds]
        table.add_row(measure.name, f"{measure.ours:,.4g} {measure.unit}", peer, ratio, measure.wanted, holds)
    screen = Console()
    (screen if screen.is_terminal else Console(width=WIDE)).print(table)
