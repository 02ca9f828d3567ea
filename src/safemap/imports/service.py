"""Use cases of imports: one file of one kind into the tables, with a report."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from sqlalchemy.orm import Session

from safemap.basemap.rules import PlaceKind
from safemap.basemap.service import store_buildings, store_lamps, store_places
from safemap.cameras.service import store_cameras
from safemap.errors import InvalidInput
from safemap.imports import features
from safemap.imports.features import Field, import_features
from safemap.imports.incidents import import_incidents
from safemap.imports.osm import import_osm
from safemap.imports.placed import import_blocks, import_hazards, import_patrols
from safemap.imports.reading import PARQUET, files_of
from safemap.imports.report import ImportReport
from safemap.imports.streets import import_streets
from safemap.imports.villages import import_villages
from safemap.incidents.service import store_incidents

SIMPLE_KINDS = {
    "buildings": ("building", features.BUILDING_FIELDS, features.MULTI_AREA, store_buildings),
    "lamps": ("street_lamp", features.LAMP_FIELDS, features.POINT, store_lamps),
    "places": ("public_place", features.PLACE_FIELDS, features.POINT_OR_AREA, store_places),
    "incidents": ("incident", features.INCIDENT_FIELDS, features.POINT, store_incidents),
    "cameras": ("camera", features.CAMERA_FIELDS, features.POINT, store_cameras),
}
PLACED_KINDS: dict[str, Callable[..., None]] = {
    "hazards": import_hazards,
    "patrols": import_patrols,
    "blocks": import_blocks,
}
KINDS = ("osm", "streets", "villages", *SIMPLE_KINDS, *PLACED_KINDS)
MAP_FILES = {".geojson", ".json", ".topojson", ".shp", ".zip", ".gpkg", *PARQUET}  # other incidents are tables


class UnknownKind(InvalidInput):
    """There is no such kind of import."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            "There is no kind of import “{kind}”.", remedy="Choose one of: {known}.", kind=kind, known=", ".join(KINDS)
        )


class RefusedByDatabase(InvalidInput):
    """A row passed every check here and broke a rule of the database all the same."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            "{file}: the database refused it: {why}.",
            remedy="Nothing was stored. Take that row out or mend it.",
            file=path.name,
            why=why,
        )


@dataclass(frozen=True)
class Choices:
    """What the person who imports may say of a file.

    Parameters
    ----------
    source
        The source's name, if not the one that the kind of file implies.
    village
        For ``osm``: make the file's box a study area of that name.
    place_kind
        For ``places``: what they are, where the file does not say it.
    epsg
        The reference system of a map file's numbers, where the file does not say it.
    """

    source: str | None = None
    village: str | None = None
    place_kind: str | None = None
    epsg: int | None = None


def import_files(
    session: Session,
    kind: str,
    paths: list[Path],
    *,
    choices: Choices = Choices(),
    source: str | None = None,
    on_file: Callable[[Path], None] = lambda _path: None,
) -> ImportReport:
    """Import files of one kind in the session's transaction.

    Parameters
    ----------
    kind
        One of `KINDS`.
    paths
        Files; a folder stands for the files in it.
    choices, source
        What is said of them; `source` is short for choices of only that.
    on_file
        Called before each file, for showing progress.

    Raises
    ------
    UnknownKind, WrongFile, NotFound
        Nothing is stored then.
    """
    if kind not in KINDS:
        raise UnknownKind(kind)
    if source is not None:
        choices = replace(choices, source=source)
    report = ImportReport(kind, [])
    for path in files_of(paths):
        on_file(path)
        report.files.append(path.name)
        try:
            _import_one(session, kind, path, report, choices)
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise RefusedByDatabase(path, str(error).strip().splitlines()[0]) from error
    return report


def _import_one(session: Session, kind: str, path: Path, report: ImportReport, choices: Choices) -> None:
    name, epsg = choices.source or path.stem, choices.epsg
    if kind == "osm":
        import_osm(session, path, report, village=choices.village)
    elif kind == "streets":
        import_streets(session, path, report, source=name, epsg=epsg)
    elif kind == "villages":
        import_villages(session, path, report, source=choices.source, epsg=epsg)
    elif kind == "incidents" and path.suffix.lower() not in MAP_FILES:
        import_incidents(session, path, report, source=choices.source)
    elif kind in PLACED_KINDS:
        PLACED_KINDS[kind](session, path, report, source=name, epsg=epsg)
    else:
        table, fields, shape, store = SIMPLE_KINDS[kind]
        if kind == "places" and choices.place_kind is not None:
            fields = _all_of_one_kind(choices.place_kind)
        import_features(
            session, path, report, source=name, table=table, fields=fields, shape=shape, store=store, epsg=epsg
        )


def _all_of_one_kind(place_kind: str) -> dict[str, Field]:
    if place_kind not in set(PlaceKind):
        raise InvalidInput(
            "There is no kind of place “{kind}”.",
            remedy="Choose one of: {known}.",
            field="as",
            kind=place_kind,
            known=", ".join(PlaceKind),
        )
    return {**features.PLACE_FIELDS, "kind": replace(features.PLACE_FIELDS["kind"], default=place_kind)}
