"""Photos beside a file of reports come in by the same door: drawn anew or refused, once, and waiting."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.database.test_import_files import HAZARD, INSIDE, VILLAGE_BOX, collection, facts, rows
from tests.support import pictures
from tests.support.places import add_village

from safemap.imports.report import ImportReport
from safemap.imports.service import import_files
from safemap.media.kinds import is_bare_jpeg
from safemap.media.rules import FILE_LIMIT_BYTES


@pytest.fixture(autouse=True)
def _village(session: Session) -> None:
    add_village(session, box=VILLAGE_BOX)


def imported(session: Session, folder: Path, photos: object) -> ImportReport:
    path = collection(folder, (INSIDE, {**HAZARD, "photos": photos}))
    return import_files(session, "hazards", [path])


@pytest.mark.parametrize("shape", [pictures.jpeg, pictures.heic, pictures.png, pictures.webp])
def test_a_place_goes_in_and_none_comes_out(session: Session, tmp_path: Path, shape: object) -> None:
    (tmp_path / "lamp.jpg").write_bytes(shape())  # type: ignore[operator]
    report = imported(session, tmp_path, "lamp.jpg")
    assert (report.kept, report.mended, report.refused) == (1, 0, 0)
    [(state, large, small)] = rows(
        session,
        "SELECT state, large, small FROM photo JOIN photo_picture ON photo_id = id JOIN hazard_photo USING (photo_id)",
    )
    assert state == "held"
    assert is_bare_jpeg(bytes(large))
    assert is_bare_jpeg(bytes(small))


@pytest.mark.parametrize("photos", ["a.png; b/c.jpg", '["a.png", "b/c.jpg"]', ["a.png", "b/c.jpg"]])
def test_several_are_named_as_text_or_as_a_list(session: Session, tmp_path: Path, photos: object) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.png").write_bytes(pictures.png())
    (tmp_path / "b" / "c.jpg").write_bytes(pictures.jpeg())
    assert imported(session, tmp_path, photos).kept == 1
    assert rows(session, "SELECT count(*) FROM photo") == [(2,)]


def test_a_second_import_adds_nothing_and_another_file_takes_its_place(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(pictures.png())
    imported(session, tmp_path, "a.png")
    session.execute(text("UPDATE photo SET state = 'shown'"))
    assert any("1 known before" in remark for remark in imported(session, tmp_path, "a.png").remarks)
    assert rows(session, "SELECT state FROM photo") == [("shown",)]
    (tmp_path / "a.png").write_bytes(pictures.png(pictures.upright(64, 64)))
    imported(session, tmp_path, "a.png")
    assert rows(session, "SELECT state, width_px FROM photo") == [("held", 64)]


def test_what_is_refused_is_told_and_the_report_is_there(session: Session, tmp_path: Path) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(pictures.jpeg())
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "drawing.jpg").write_bytes(b"<svg/>")
    (folder / "link.jpg").symlink_to(outside)
    with (folder / "heavy.jpg").open("wb") as file:
        file.truncate(FILE_LIMIT_BYTES + 1)
    for name, reason in (
        ("drawing.jpg", "This file is not a photo."),
        ("heavy.jpg", "The photo is larger than 12 MB."),
        ("none.jpg", "a photo that is not there"),
        ("../outside.jpg", "a photo that is not there"),
        (str(outside), "a photo that is not there"),
        ("link.jpg", "a photo that is not there"),
    ):
        report = imported(session, folder, name)
        assert facts(report) == [("mended", "h1", reason)], name
        assert all(note.right.startswith("The report was taken without it.") for note in report.notes)
    assert rows(session, "SELECT (SELECT count(*) FROM hazard), (SELECT count(*) FROM photo)") == [(1, 0)]


def test_a_report_has_four_at_most_here_too(session: Session, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.png").write_bytes(pictures.png())
    report = imported(session, tmp_path, ";".join(f"{number}.png" for number in range(5)))
    assert facts(report) == [("mended", "h1", "A report has at most 4 photos.")]
    assert rows(session, "SELECT count(*) FROM photo") == [(4,)]
