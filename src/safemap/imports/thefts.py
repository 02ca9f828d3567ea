"""Taipei's lists of thefts: a day, a slot of hours, an address that stands for some houses, no coordinates."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import shapely
from sqlalchemy.orm import Session

from safemap.basemap.gazetteer import BORDER_M, Gazetteer, Placed, Town, Unplaced
from safemap.basemap.service import streets_in
from safemap.communities.service import villages_of_towns
from safemap.geo.addresses import TaiwanAddress, normalised, read_address
from safemap.geo.crs import Lonlat
from safemap.imports.dates import roc_digits, slot_from_date, slot_on
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.rows import Lines, Row, hash_of
from safemap.incidents.rules import IncidentKind, TimePrecision

THEFTS = {
    "自行車竊盜": IncidentKind.THEFT_BICYCLE,
    "機車竊盜": IncidentKind.THEFT_MOTORCYCLE,
    "汽車竊盜": IncidentKind.THEFT_CAR,
    "汽車失竊": IncidentKind.THEFT_CAR,
    "住宅竊盜": IncidentKind.BURGLARY,
    "搶奪": IncidentKind.ROBBERY,
    "強盜": IncidentKind.ROBBERY,
    "街頭隨機搶奪": IncidentKind.ROBBERY,
    "街頭隨機強盜": IncidentKind.ROBBERY,
}
HEADER = ["編號", "案類", "發生日期", "發生時段", "發生地點"]  # until 2017 發生(現)日期 and 發生(現)地點
NEAR_M = 200.0  # what is known less exactly is no part of a hotspot

# What is said of an address without a place, and what would be right; {town} is the town that it names.
REFUSALS = {
    Unplaced.NO_TOWN: (
        "no village of {town} is known, so it cannot be placed",
        "Import its boundaries first: safemap import villages FILE.",
    ),
    Unplaced.SEVERAL_TOWNS: (
        "several counties have a {town}, and it names none of them",
        "Such as 臺北市大安區臥龍街188巷1~30號.",
    ),
    Unplaced.NO_STREET: (
        "it names no street, only a landmark or less",
        "A street, a lane or a crossing; it is never put in the middle of a district.",
    ),
    Unplaced.UNCLEAR: ("its street cannot be read whole", "Such as 臺北市大安區臥龍街188巷1~30號."),
    Unplaced.UNKNOWN_STREET: (
        "no street of that name is known in {town}",
        "Import its streets first: safemap import osm or streets FILE.",
    ),
    Unplaced.NOT_IN_VILLAGE: (
        "its street is known in {town}, but not in that village",
        "Check the village and the street; or import the rest of the streets first.",
    ),
    Unplaced.APART: (
        "that name is known in several places of {town}, far apart",
        "An address that names its village, or its section (段), tells which.",
    ),
    Unplaced.OPEN_END: (
        "that street of {town} ends where the imported streets end, and may go on",
        "Import all streets of the district first.",
    ),
    Unplaced.TOO_SHORT: (
        "what is known of that street of {town} is too short for the number",
        "Import all streets of the district first.",
    ),
    Unplaced.NO_CROSSING: (
        "the two streets are known in {town}, but nowhere meet",
        "Check both names; or import the rest of the streets first.",
    ),
}

Finder = Callable[[Sequence[TaiwanAddress]], list[Placed | Unplaced]]


@dataclass(frozen=True, slots=True)
class _Case:
    """A row that is a known kind of case on a known day."""

    line: int
    kind: IncidentKind
    day: datetime
    slot: str
    place: str
    source_id: str


def is_theft_header(cells: Sequence[str]) -> bool:
    """Whether the first columns are those of a list of thefts, by their older or newer names."""
    return [normalised(cell) for cell in cells[: len(HEADER)]] == HEADER  # what stands in brackets goes


def places_of(session: Session) -> Finder:
    """Return what places addresses on the streets in the database; the streets of all of them are read at once."""

    def places(addresses: Sequence[TaiwanAddress]) -> list[Placed | Unplaced]:
        gazetteer = _gazetteer(session, {address.town for address in addresses if address.town})
        return [Unplaced.NO_TOWN if gazetteer is None else gazetteer.place(address) for address in addresses]

    return places


def _gazetteer(session: Session, names: Iterable[str]) -> Gazetteer | None:
    towns = [Town(*key, villages) for key, villages in villages_of_towns(session, names).items()]
    if not towns:
        return None
    outlines = [outline for town in towns for outline in town.villages.values()]
    streets = streets_in(session, cast("Lonlat", shapely.union_all(outlines)), BORDER_M)
    return Gazetteer(towns, streets.names, streets.geometries, streets.from_node_ids, streets.to_node_ids)


def read_thefts(path: Path, rows: Lines, report: ImportReport, find: Finder | None = None) -> list[Row]:
    """Read a list of thefts; with something to find places by, what it does not place is refused.

    One that is told apart by kind, day, slot and address keeps its id when the list is published again: its number
    in the list (編號) begins anew in each.
    """
    cases = _cases(path, rows, report)
    if find is None:
        return [_row(path, case, None, report) for case in cases]
    addresses = [read_address(case.place) for case in cases]
    thefts: list[Row] = []
    for case, address, found in zip(cases, addresses, find(addresses), strict=True):
        if isinstance(found, Placed):
            thefts.append(_row(path, case, found, report))
            continue
        reason, right = REFUSALS[found]
        town = f"{address.county}{address.town}" or "a district that it does not name"
        report.note(path, case.line, Outcome.REFUSED, "發生地點", case.place, reason.format(town=town), right)
    if thefts:
        report.remark(_how_exact(path, thefts))
    return thefts


def _cases(path: Path, rows: Lines, report: ImportReport) -> list[_Case]:
    cases: list[_Case] = []
    same: Counter[tuple[str, ...]] = Counter()
    for line, cells in rows:
        report.rows_read += 1
        texts = [cell.strip() for cell in cells]
        if len(texts) < len(HEADER):
            report.note(path, line, Outcome.REFUSED, "columns", len(texts), "fewer than 5 columns", "A row was cut.")
            continue
        _, sort, day_text, slot, place = texts[: len(HEADER)]
        kind = THEFTS.get(sort)
        if kind is None:
            right = f"One of {', '.join(THEFTS)}."
            report.note(path, line, Outcome.REFUSED, "案類", sort, "unknown kind of case", right)
            continue
        try:
            day = roc_digits(day_text)
        except ValueError as error:
            report.note(path, line, Outcome.REFUSED, "發生日期", day_text, "no date", str(error))
            continue
        key = (sort, day_text, slot, normalised(place))
        same[key] += 1
        cases.append(_Case(line, kind, day, slot, place, hash_of(*key, same[key])))
    return cases


def _row(path: Path, case: _Case, placed: Placed | None, report: ImportReport) -> Row:
    text = slot_from_date(case.slot) or case.slot
    slot = slot_on(case.day, text)
    if slot is None:
        right = "Only the day is known."
        report.note(path, case.line, Outcome.MENDED, "發生時段", case.slot, "no slot of hours", right)
    elif text != case.slot:
        report.note(
            path, case.line, Outcome.MENDED, "發生時段", case.slot, "a slot turned into a date", f"Read as {text}."
        )
    return Row(
        source_id=case.source_id,
        kind=case.kind,
        occurred_at=slot[0] if slot else case.day,
        occurred_until=slot[1] if slot else None,
        precision=TimePrecision.HOURS if slot else TimePrecision.DAY,
        place=case.place,
        killed=0,
        injured=0,
        x=placed.lon if placed else float("nan"),
        y=placed.lat if placed else float("nan"),
        details={"street": placed.street} if placed else None,
        line=case.line,
        accuracy_m=placed.accuracy_m if placed else 0.0,
    )


def _how_exact(path: Path, thefts: Sequence[Row]) -> str:
    accuracies_m = [theft.accuracy_m for theft in thefts]
    half_m, all_m = statistics.median(accuracies_m), max(accuracies_m)
    near = sum(accuracy_m <= NEAR_M for accuracy_m in accuracies_m)
    return (
        f"{path.name}: {len(thefts):,} were placed on the street or lane of their address: half of them within "
        f"{half_m:,.0f} m, all within {all_m:,.0f} m, {near:,} within {NEAR_M:.0f} m."
    )
