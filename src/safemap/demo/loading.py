"""The demo village's files into the database, by the same importers as everybody's."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from safemap.errors import NotFound
from safemap.imports.report import ImportReport
from safemap.imports.service import import_files
from safemap.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "data" / "demo"
SOURCE = "demo"
# The village first: what belongs to it is found by where it lies.
ORDER = (
    "villages",
    "streets",
    "buildings",
    "lamps",
    "places",
    "cameras",
    "patrols",
    "blocks",
    "hazards",
    "incidents",
)


def load_demo(
    session: Session, folder: Path = FOLDER, on_file: Callable[[Path], None] = lambda _: None
) -> list[ImportReport]:
    """Import the demo village; what is there already is left alone."""
    files = [folder / f"{kind}.{'csv' if kind == 'incidents' else 'geojson'}" for kind in ORDER]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise NotFound(
            "The demo village's files are not in {folder}: {missing}.",
            remedy="Make them: safemap demo --regenerate.",
            folder=folder,
            missing=", ".join(missing),
        )
    reports = []
    for kind, file in zip(ORDER, files, strict=True):
        on_file(file)
        reports.append(import_files(session, kind, [file], source=SOURCE))
    return reports
