"""Photos beside a file of reports: files named in its column ``photos``, through the same door as all photos."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.errors import InvalidInput
from safemap.hazards.photos import import_photo
from safemap.imports.reading import as_json_list
from safemap.imports.report import ImportReport, Outcome
from safemap.media.rules import FILE_LIMIT_BYTES, FileTooHeavy

WITHOUT_IT = "The report was taken without it."


def names_of(value: Any) -> tuple[str, ...]:
    """Read the names of a report's photos: a list, or text with semicolons between them."""
    parts = value.split(";") if isinstance(value, str) and not value.startswith("[") else as_json_list(value)
    return tuple(str(part).strip() for part in parts if str(part).strip())


def import_photos(
    session: Session,
    path: Path,
    source: str,
    source_ids: NDArray[np.object_],
    names: NDArray[np.object_],
    report: ImportReport,
) -> None:
    """Take in the photos of reports that have just been stored; each is drawn anew, and waits until somebody looked.

    A photo that is refused is noted, and its report is there without it. One that was imported before is not touched,
    so parts that were covered stay covered.
    """
    added = known = 0
    for source_id, own in zip(source_ids.tolist(), names.tolist(), strict=True):
        for name in own:
            try:
                if import_photo(session, source, source_id, name, _content(path, name)):
                    added += 1
                else:
                    known += 1
            except InvalidInput as refused:
                right = f"{WITHOUT_IT} {refused.remedy.format(**refused.values)}".strip()
                report.note(path, source_id, Outcome.MENDED, "photos", name, _reason(refused), right)
            except OSError:
                right = f"{WITHOUT_IT} Put it into the folder of {path.name}, and name it as it is written there."
                report.note(path, source_id, Outcome.MENDED, "photos", name, "a photo that is not there", right)
    if added or known:
        report.remark(f"{path.name}: {added:,} photos taken in, {known:,} known before; new ones wait for a moderator.")


def _content(path: Path, name: str) -> bytes:
    """Read a file of the folder; what lies elsewhere, by whatever way, is not there."""
    folder = path.parent.resolve()
    file = (folder / name).resolve()
    if not (file.is_relative_to(folder) and file.is_file()):
        raise FileNotFoundError(name)
    if file.stat().st_size > FILE_LIMIT_BYTES:
        raise FileTooHeavy
    return file.read_bytes()


def _reason(refused: InvalidInput) -> str:
    return refused.message.format(**refused.values)
