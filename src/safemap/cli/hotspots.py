"""`safemap hotspots`: look at a file of events, say what may be said of it, write what was found; no database."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from safemap.cli.languages import known_language
from safemap.errors import InvalidInput
from safemap.files.rules import Choices, Method, Role
from safemap.files.service import Answer, require_targets, study_files, write_answer
from safemap.files.spread import spread_over
from safemap.files.writing import as_json
from safemap.i18n import DEFAULT_LANGUAGE, LANGUAGES, mark, translations

DEFAULTS = Choices({})
COLUMNS, HOW_EXACTLY, PROCESSES = "What the columns say", "How exactly", "Several processes"
STANDARD_OUTPUT = Path("-")
WIDTH_OF_A_FILE = 10_000  # columns when the summary goes to a file or a pipe: a sentence is a line
TOOK_PART, HOW, DOUBTS, READ = mark("What it rests on"), mark("How it was looked at"), mark("In doubt"), mark("Read")
WRITTEN = mark("Written: {file}, {rows:,} rows. Its columns:")
COLUMN = mark("{name}: {meaning}")
MORE = mark("… and {more} more.")
LINES_SHOWN, REMARKS_SHOWN = 12, 4
Say = Callable[[str], str]


def _column(about: str, *names: str) -> Any:
    return typer.Option(*names, help=about, rich_help_panel=COLUMNS)


def _exactly(about: str, *names: str) -> Any:
    return typer.Option(*names, help=about, rich_help_panel=HOW_EXACTLY)


def _process(about: str) -> Any:
    return typer.Option(help=about, rich_help_panel=PROCESSES)


def _listed(edges: tuple[float, ...]) -> str:
    return ",".join(f"{edge:g}" for edge in edges)


def register(app: typer.Typer) -> None:
    """Add `safemap hotspots`."""

    @app.command("hotspots")
    def hotspots(
        files: Annotated[
            list[Path],
            typer.Argument(
                help="Events: CSV, GeoJSON, GeoPackage, GeoParquet, shapefile; or folders.", metavar="FILE…"
            ),
        ],
        method: Annotated[Method, typer.Option(help="What is looked for.")] = Method.HOT_CELLS,
        mask: Annotated[
            Path | None, typer.Option(help="Areas: where an event could have happened.", metavar="FILE", dir_okay=False)
        ] = None,
        streets: Annotated[
            Path | None,
            typer.Option(help="Streets: what events are compared by, and named by.", metavar="FILE", dir_okay=False),
        ] = None,
        exposure: Annotated[
            Path | None,
            typer.Option(help="Points (with weight) that events are compared by: addresses, lamps.", metavar="FILE"),
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(help="Write rows here: .geojson, .gpkg, .parquet, .csv.", metavar="FILE", dir_okay=False),
        ] = None,
        json_file: Annotated[
            Path | None,
            typer.Option("--json", help="Write the summary here too; - prints it instead of words.", metavar="FILE"),
        ] = None,
        language: Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")] = DEFAULT_LANGUAGE,
        x: Annotated[str | None, _column("Column of longitudes or eastings.")] = None,
        y: Annotated[str | None, _column("Column of latitudes or northings.")] = None,
        time: Annotated[str | None, _column("Column of times.")] = None,
        clock: Annotated[str | None, _column("Column of times of day, or slots of hours.")] = None,
        until: Annotated[str | None, _column("Column of ends, for events known within a span.")] = None,
        weight: Annotated[str | None, _column("Column of weights, for densities.")] = None,
        accuracy: Annotated[str | None, _column("Column of radii of accuracy, in metres.")] = None,
        accuracy_m: Annotated[float | None, _column("That radius, the same for all.")] = None,
        kind: Annotated[str | None, _column("Column of kinds.")] = None,
        reporter: Annotated[str | None, _column("Column of who reported; only counted.")] = None,
        only: Annotated[list[str] | None, _column("A kind to look at; may be repeated.")] = None,
        mix: Annotated[bool, _column("Count different kinds together, on purpose.", "--mix")] = False,
        crs: Annotated[int | None, _column("EPSG number of the events' coordinates.")] = None,
        zone: Annotated[str, _column("Time zone in which hours are told.")] = DEFAULTS.zone,
        each: Annotated[
            str | None,
            _exactly("hot-cells: a column of the mask; each of its areas by itself, corrected together."),
        ] = None,
        cell_m: Annotated[float | None, _exactly("Side of cells.")] = None,
        reach_m: Annotated[float | None, _exactly("Reach of the window around a cell.")] = None,
        bandwidth_m: Annotated[float | None, _exactly("density, streets: width of the kernel.")] = None,
        hexagons: Annotated[bool, _exactly("Cells are hexagons.", "--hexagons")] = False,
        steps: Annotated[int, _exactly("trends: steps that the time is cut into.")] = DEFAULTS.steps,
        recent: Annotated[int, _exactly("trends: how many of the last steps are now.")] = DEFAULTS.recent,
        split: Annotated[
            str | None,
            _exactly("score: the day from which on events are foretold; else the last quarter."),
        ] = None,
        area_share: Annotated[float, _exactly("score: share of the area that is flagged.")] = DEFAULTS.area_share,
        distance_m: Annotated[str, _exactly("near-repeat: upper edges of the bands of distance.")] = _listed(
            DEFAULTS.distance_m
        ),
        days: Annotated[str, _exactly("near-repeat: upper edges of the bands of time.")] = _listed(DEFAULTS.days),
        within_m: Annotated[float, _exactly("problems: how near reports are neighbours.")] = DEFAULTS.within_m,
        fewest: Annotated[int, _exactly("problems: how many make a group.")] = DEFAULTS.fewest,
        seed: Annotated[int, _exactly("Of everything random.")] = DEFAULTS.seed,
        workers: Annotated[int | None, _process("Work with so many processes here (Dask).")] = None,
        scheduler: Annotated[
            str | None,
            _process("Work on the workers of this Dask scheduler, tcp://HOST:PORT."),
        ] = None,
    ) -> None:
        """Find hotspots in a file, by tests that do not cry wolf, and say what may be said; needs no database."""
        say = translations(known_language(language)).gettext
        named = {
            Role.X: x,
            Role.Y: y,
            Role.TIME: time,
            Role.CLOCK: clock,
            Role.UNTIL: until,
            Role.WEIGHT: weight,
            Role.ACCURACY: accuracy,
            Role.KIND: kind,
            Role.REPORTER: reporter,
        }
        choices = Choices(
            {role: column for role, column in named.items() if column is not None},
            crs=crs,
            zone=zone,
            accuracy_m=accuracy_m,
            only=tuple(only or ()),
            mix=mix,
            mask=mask,
            streets=streets,
            exposure=exposure,
            each=each,
            cell_m=cell_m,
            reach_m=reach_m,
            bandwidth_m=bandwidth_m,
            hexagons=hexagons,
            steps=steps,
            recent=recent,
            split=split,
            area_share=area_share,
            within_m=within_m,
            fewest=fewest,
            distance_m=_edges(distance_m, "distance-m"),
            days=_edges(days, "days"),
            seed=seed,
        )
        to_file = None if json_file == STANDARD_OUTPUT else json_file
        sources = [*files, *(path for path in (mask, streets, exposure) if path is not None)]
        require_targets(out, to_file, sources)
        with spread_over(workers, scheduler) as spread:
            answer = study_files(files, method, choices, spread)
            write_answer(answer, say, out=out, json_file=to_file)
        if json_file == STANDARD_OUTPUT:
            sys.stdout.buffer.write(as_json(answer.as_record(say)))
        else:
            _print(answer, say, out)


def _edges(given: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(edge) for edge in given.split(","))
    except ValueError as error:
        raise InvalidInput(
            "--{option}: “{given}” is no list of numbers.",
            remedy="Such as 100,200,400.",
            field=option,
            option=option,
            given=given,
        ) from error


def _print(answer: Answer, say: Say, out: Path | None) -> None:
    """Print the finding first, then what it rests on, then what is in doubt."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE

    found, record = answer.found, answer.as_record(say)
    lines: list[RenderableType] = [Text(record["title"], style="bold"), *map(Text, record["lead"])]
    lines += _listed_lines(record["items"], say)
    for heading, sentences in (
        (DOUBTS, record["doubts"]),
        (TOOK_PART, record["took_part"]),
        (HOW, record["how"]),
        (READ, [*record["read"], *record["remarks"]]),
    ):
        if sentences:
            most = REMARKS_SHOWN if heading is READ else LINES_SHOWN
            lines += [Text(), Text(say(heading), style="underline"), *_listed_lines(sentences, say, most)]
    if out is not None:
        columns = [say(COLUMN).format(name=name, meaning=meaning) for name, meaning in record["columns"].items()]
        written = say(WRITTEN).format(file=out, rows=len(found.frame))
        lines += [Text(), Text(written), *_listed_lines(columns, say, len(columns))]
    for line in lines:
        console.print(line)


def _listed_lines(sentences: list[str], say: Say, most: int = LINES_SHOWN) -> list[RenderableType]:
    shown = sentences[:most]
    if len(sentences) > most:
        shown.append(say(MORE).format(more=len(sentences) - most))
    return [Padding(Text(f"· {words}"), (0, 0, 0, 2), expand=False) for words in shown]
