"""``safemap diagnose``: measure a village or town and print its dead zones with their reasons."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from safemap.communities import service as communities
from safemap.db.opening import open_database
from safemap.db.session import unit_of_work
from safemap.diagnosis import service as diagnoses
from safemap.diagnosis.rules import LIST_SEPARATOR, Events, Parameters, Period
from safemap.diagnosis.schemas import CountSeen, DiagnosisSeen, PeriodSeen
from safemap.errors import InvalidInput
from safemap.i18n import DEFAULT_LANGUAGE, LANGUAGES, mark, translations
from safemap.settings import Settings

Say = Callable[[str], str]
DEFAULTS = Parameters()
BY_KIND, BY_STREET, MEASURED = mark("By kind"), mark("By street"), mark("Measured {when}, newest record {as_of}.")
LENGTH, SCORE, WATCHED = mark("Length"), mark("Score"), mark("Watched")
PLACE, WHY, COUNT = mark("Street"), mark("Why"), mark("Number")


def register(app: typer.Typer) -> None:
    """Add `safemap diagnose`."""

    @app.command("diagnose")
    def diagnose(
        village: Annotated[str, typer.Argument(help="A village or a town, by name or code: 榕樹里, 大安區.")],
        json_file: Annotated[
            Path | None, typer.Option("--json", help="Write everything to this file too.", dir_okay=False)
        ] = None,
        events: Annotated[
            Events | None, typer.Option(help="What to count; if left out: open reports when there are enough.")
        ] = None,
        period: Annotated[Period | None, typer.Option(help="Print this period only.")] = None,
        language: Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")] = DEFAULT_LANGUAGE,
        reach_of_event_m: Annotated[
            float, typer.Option(help="How far an event reaches, in metres.")
        ] = DEFAULTS.reach_of_event_m,
        hazard_share: Annotated[
            float, typer.Option(help="Part of the street length, densest first, that counts as high hazard.")
        ] = DEFAULTS.hazard_share,
        guardianship_limit: Annotated[
            float, typer.Option(help="Combined guardianship from which on a street is watched, 0 to 1.")
        ] = DEFAULTS.guardianship_limit,
        reach_of_patrol_m: Annotated[
            float, typer.Option(help="How far from its route a patrol watches, in metres.")
        ] = DEFAULTS.reach_of_patrol_m,
        reach_of_lamp_m: Annotated[
            float, typer.Option(help="How far a street lamp lights, in metres.")
        ] = DEFAULTS.reach_of_lamp_m,
        zone_limit: Annotated[int, typer.Option(help="Most dead zones listed for a period.")] = DEFAULTS.zone_limit,
    ) -> None:
        """Find where danger gathers and nobody watches, by time of day; stored, and printed with reasons."""
        if language not in LANGUAGES:
            raise InvalidInput(
                "There is no language “{named}”.",
                remedy="Choose one of: {known}.",
                field="language",
                named=language,
                known=", ".join(LANGUAGES),
            )
        parameters = Parameters(
            events=events,
            reach_of_event_m=reach_of_event_m,
            hazard_share=hazard_share,
            guardianship_limit=guardianship_limit,
            reach_of_patrol_m=reach_of_patrol_m,
            reach_of_lamp_m=reach_of_lamp_m,
            zone_limit=zone_limit,
        )
        with unit_of_work(open_database(Settings())) as session:
            area = communities.study_area(session, village)
            seen = diagnoses.diagnose(session, area, parameters, now=datetime.now(UTC))
        say = translations(language).gettext
        periods = [seen.periods[period]] if period else list(seen.periods.values())
        Console().print(_printed(seen, periods, say, language))
        if json_file is not None:
            record = seen.as_record(say, language)
            json_file.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _printed(seen: DiagnosisSeen, periods: list[PeriodSeen], say: Say, language: str) -> Group:
    when = say(MEASURED).format(when=f"{seen.made_at:%Y-%m-%d %H:%M}", as_of=f"{seen.data_as_of:%Y-%m-%d}")
    parts: list[Text | Table] = [Text(seen.area_name, style="bold"), Text(when, style="dim")]
    parts += [Text("· " + note.said(say)) for note in seen.notes]
    if seen.has_hotspots:
        for found in periods:
            parts += [Text(), Text(found.title.said(say), style="bold")]
            if found.zones:
                parts.append(_zone_table(found, say, language))
    else:
        parts += [Text(), Text(seen.title.said(say), style="bold")]
        parts += [_count_table(say(BY_KIND), seen.by_category, say), _count_table(say(BY_STREET), seen.by_street, say)]
    return Group(*parts)


def _zone_table(found: PeriodSeen, say: Say, language: str) -> Table:
    table = Table("", say(PLACE), show_lines=True)
    table.add_column(say(LENGTH), justify="right")
    table.add_column(say(SCORE), justify="right")
    table.add_column(say(WATCHED), justify="right")
    table.add_column(say(WHY), ratio=1, overflow="fold")
    for zone in found.zones:
        table.add_row(
            str(zone.rank),
            Text(zone.named(language, say)),
            f"{zone.length_m:,.0f} m",
            f"{zone.score:,.0f}",
            f"{zone.guardianship_share:.0%}",
            Text(say(LIST_SEPARATOR).join(reason.said(say) for reason in zone.reasons)),
        )
    return table


def _count_table(title: str, lines: tuple[CountSeen, ...], say: Say) -> Table:
    table = Table(title)
    table.add_column(say(COUNT), justify="right")
    for line in lines:
        table.add_row(Text(line.name.said(say)), str(line.count))
    return table
