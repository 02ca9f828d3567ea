"""Use cases of imports: one file of one kind into the tables, with a report."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from safemap.basemap.service import store_buildings, store_lamps, store_places
from safemap.cameras.service import store_cameras
from safemap.errors import InvalidInput
from safemap.imports import features
from safemap.imports.features import import_features
from safemap.imports.incidents import import_incidents
from safemap.imports.osm import import_osm
from safemap.imports.placed import import_blocks, import_hazards, import_patrols
from safemap.imports.report import ImportReport
from safemap.imports.streets import import_streets
from safemap.imports.villages import import_villages

SIMPLE_KINDS = {
    "buildings": ("building", features.BUILDING_FIELDS, features.MULTI_AREA, store_buildings),
    "lamps": ("street_lamp", features.LAMP_FIELDS, features.POINT, store_lamps),
    "places": ("public_place", features.PLACE_FIELDS, features.POINT_OR_AREA, store_places),
    "cameras": ("camera", features.CAMERA_FIELDS, features.POINT, store_cameras),
}
PLACED_KINDS: dict[str, Callable[..., None]] = {
    "hazards": import_hazards,
    "patrols": import_patrols,
    "blocks": import_blocks,
}
KINDS = ("osm", "streets", "villages", "incidents", *SIMPLE_KINDS, *PLACED_KINDS)


class UnknownKind(InvalidInput):
    """There is no such kind of import."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            "There is no kind of import “{kind}”.", remedy="Choose one of: {known}.", kind=kind, known=", ".join(KINDS)
        )


def import_files(
    session: Session,
    kind: str,
    paths: list[Path],
    *,
    source: str | None = None,
    village: str | None = None,
    on_file: Callable[[Path], None] = lambda _path: None,
) -> ImportReport:
    """Import files of one kind in the session's transaction.

    Parameters
    ----------
    kind
        One of `KINDS`.
    paths
        Files; a folder stands for the files in it.
    source
        The source's name, if not the one that the kind of file implies.
    village
        For ``osm``: make the file's box a study area of that name.
    on_file
        Called before each file, for showing progress.

    Raises
    ------
    UnknownKind, WrongFile, NotFound
        Nothing is stored then.
    """
    if kind not in KINDS:
        raise UnknownKind(kind)
    report = ImportReport(kind, [])
    for path in [file for named in paths for file in _files_of(named)]:
        on_file(path)
        report.files.append(path.name)
        _import_one(session, kind, path, report, source=source, village=village)
    return report


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    if not files:
        raise InvalidInput("{path} is a folder without files.", remedy="Name a file, or a folder of files.", path=path)
    return files


def _import_one(
    session: Session, kind: str, path: Path, report: ImportReport, *, source: str | None, village: str | None
) -> None:
    name = source or path.stem
    if kind == "osm":
        import_osm(session, path, report, village=village)
    elif kind == "streets":
        import_streets(session, path, report, source=name)
    elif kind == "villages":
        import_villages(session, path, report, source=source)
    elif kind == "incidents":
        import_incidents(session, path, report, source=source)
    elif kind in PLACED_KINDS:
        PLACED_KINDS[kind](session, path, report, source=name)
    else:
        table, fields, shape, store = SIMPLE_KINDS[kind]
        import_features(session, path, report, source=name, table=table, fields=fields, shape=shape, store=store)
