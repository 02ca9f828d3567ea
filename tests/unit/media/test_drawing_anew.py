"""Whatever comes with a photo, only its dots come through; and what cannot be drawn anew is refused."""

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from tests.support import pictures
from tests.support.pictures import CORNERS, RED, SECRETS, corners_of, is_near

from safemap.errors import InvalidInput
from safemap.media import apart, drawing
from safemap.media.kinds import Kind, is_bare_jpeg, kind_of
from safemap.media.rules import (
    FILE_LIMIT_BYTES,
    EmptyFile,
    FileTooHeavy,
    NotAPhoto,
    PhotoUnreadable,
    Picture,
    TooManyPixels,
)

SHAPES: dict[str, Callable[[], bytes]] = {
    "jpeg": pictures.jpeg,
    "jpeg progressive": lambda: pictures.jpeg(progressive=True),
    "jpeg with a second picture": pictures.mpo,
    "jpeg in print colours": lambda: pictures.jpeg(pictures.upright().convert("CMYK")),
    "jpeg in grey": lambda: pictures.jpeg(pictures.upright().convert("L")),
    "png": pictures.png,
    "png with a palette": lambda: pictures.png(pictures.upright().quantize(16)),
    "webp": pictures.webp,
    "webp without loss": lambda: pictures.webp(lossless=True),
    "heic": pictures.heic,
    "avif": pictures.avif,
    "moving png": lambda: pictures.moving("PNG"),
    "moving webp": lambda: pictures.moving("WEBP"),
    "moving avif": lambda: pictures.moving("AVIF"),
}
# What exiftool tells of any JPEG, and of a file.
OWN_GROUPS = ("ExifTool:", "System:", "File:", "JFIF:", "Composite:ImageSize", "Composite:Megapixels")


def drawn(content: bytes) -> Picture:
    """As the app draws it: in the room apart."""
    return apart.drawn_anew(content)


@pytest.mark.parametrize("shape", SHAPES)
def test_only_dots_come_through(shape: str, tmp_path: Path) -> None:
    sent = SHAPES[shape]()
    if "moving" not in shape and "second" not in shape:
        assert any(secret in sent for secret in SECRETS)
    picture = drawn(sent)
    for content in (picture.large, picture.small):
        assert is_bare_jpeg(content)
        assert not [secret for secret in (*SECRETS, b"Exif", b"ICC_PROFILE", b"xmp", b"SECRET") if secret in content]
        read = Image.open(io.BytesIO(content))
        assert (read.format, read.mode, getattr(read, "n_frames", 1)) == ("JPEG", "RGB", 1)
        assert not read.getexif()
        assert not set(read.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_nothing_but_the_formats_own(shape: str, tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(SHAPES[shape]())
    assert any(not name.startswith(OWN_GROUPS) for name in pictures.groups_of(tmp_path / "sent"))
    picture = drawn(SHAPES[shape]())
    for name, content in (("large.jpg", picture.large), ("small.jpg", picture.small)):
        (tmp_path / name).write_bytes(content)
        found = pictures.groups_of(tmp_path / name)
        assert {name for name in found if not name.startswith(OWN_GROUPS)} == set()
        assert {"File:ImageWidth", "File:ImageHeight"} <= found
        assert not [name for name in found if "Comment" in name or "Trailer" in name or "Warning" in name]


@pytest.mark.parametrize("shape", [name for name in SHAPES if "grey" not in name])
def test_the_picture_is_the_one_that_was_taken(shape: str) -> None:
    picture = drawn(SHAPES[shape]())
    assert (picture.width_px, picture.height_px) == (320, 200)
    loose = 80 if "print" in shape else 24
    assert all(is_near(a, b, loose) for a, b in zip(corners_of(picture.large), CORNERS, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_of_holding_the_camera_comes_out_upright(orientation: int) -> None:
    picture = drawn(pictures.jpeg(orientation=orientation))
    assert (picture.width_px, picture.height_px) == (320, 200)
    assert all(is_near(a, b) for a, b in zip(corners_of(picture.large), CORNERS, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_other_kinds_are_turned_upright_as_well(kind: str) -> None:
    target = io.BytesIO()
    pictures.upright().transpose(pictures.LAID[6]).save(target, kind, exif=pictures.exif(6))  # type: ignore[arg-type]
    assert all(is_near(a, b) for a, b in zip(corners_of(drawn(target.getvalue()).large), CORNERS, strict=True))


def test_a_heic_that_was_turned_is_not_turned_twice() -> None:
    target = io.BytesIO()
    laid = pictures.upright().transpose(Image.Transpose.ROTATE_90)
    laid.save(target, "HEIF", exif=pictures.exif(6), quality=90)  # the writer turns EXIF's word into the file's own
    assert all(is_near(a, b) for a, b in zip(corners_of(drawn(target.getvalue()).large), CORNERS, strict=True))


def test_large_photos_are_made_smaller_and_small_ones_stay() -> None:
    picture = drawn(pictures.jpeg(pictures.upright(5000, 2500)))
    assert (picture.width_px, picture.height_px) == (2048, 1024)
    assert Image.open(io.BytesIO(picture.large)).size == (2048, 1024)
    assert Image.open(io.BytesIO(picture.small)).size == (480, 240)
    assert drawn(pictures.png(Image.new("RGB", (1, 1), RED))).width_px == 1
    assert drawn(pictures.png(Image.new("RGB", (9000, 2), RED))).height_px == 1


def test_what_one_sees_through_lies_on_white() -> None:
    clear = pictures.upright().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 160, 100))
    by_palette = pictures.upright().quantize(8)
    told = io.BytesIO()
    by_palette.save(told, "PNG", transparency=by_palette.getpixel((5, 5)))
    for sent in (pictures.png(clear), pictures.webp(clear), told.getvalue()):
        left_above, right_above, *_ = corners_of(drawn(sent).large)
        assert is_near(left_above, (255, 255, 255))
        assert is_near(right_above, CORNERS[1])


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    target = io.BytesIO()
    Image.new("I;16", (64, 64), 0x8000).save(target, "PNG")
    assert is_near(corners_of(drawn(target.getvalue()).large)[0], (128, 128, 128))


def test_colours_of_another_profile_become_srgb() -> None:
    target = io.BytesIO()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    pictures.upright().save(target, "PNG", icc_profile=lab)
    assert b"ICC" not in drawn(target.getvalue()).large
    target = io.BytesIO()
    pictures.upright().save(target, "PNG", icc_profile=b"no profile at all" * 20)
    assert all(is_near(a, b) for a, b in zip(corners_of(drawn(target.getvalue()).large), CORNERS, strict=True))


REFUSED: dict[str, tuple[Callable[[], bytes], type[InvalidInput]]] = {
    "nothing": (lambda: b"", EmptyFile),
    "too many bytes": (lambda: b"\xff\xd8\xff" + bytes(FILE_LIMIT_BYTES), FileTooHeavy),
    "a drawing with scripts": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', NotAPhoto),
    "a page": (lambda: b"<!doctype html><title>x</title>", NotAPhoto),
    "a moving GIF": (lambda: b"GIF89a" + bytes(40), NotAPhoto),
    "a paper": (lambda: b"%PDF-1.7\n", NotAPhoto),
    "a TIFF": (lambda: b"II*\x00" + bytes(40), NotAPhoto),
    "a film": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(40), NotAPhoto),
    "half a JPEG": (lambda: pictures.jpeg()[: pictures.jpeg().index(b"SECRET-TAIL") - 400], PhotoUnreadable),
    "half a PNG": (lambda: pictures.png()[:600], PhotoUnreadable),
    "half a WebP": (lambda: pictures.webp()[:600], PhotoUnreadable),
    "half a HEIC": (lambda: pictures.heic()[:900], PhotoUnreadable),
    "half an AVIF": (lambda: pictures.avif()[:900], PhotoUnreadable),
    "a JPEG's first three bytes": (lambda: b"\xff\xd8\xff", PhotoUnreadable),
    "a bomb of a PNG": (lambda: pictures.bomb_png(30_000), TooManyPixels),
    "a PNG a little too large": (lambda: pictures.bomb_png(7_072), TooManyPixels),
    "a bomb of a WebP": (lambda: pictures.bomb_webp(16_000), TooManyPixels),
    "a bomb of a JPEG": (lambda: pictures.bomb_jpeg(60_000), TooManyPixels),
}


@pytest.mark.parametrize("shape", REFUSED)
def test_what_cannot_be_drawn_anew_is_refused(shape: str) -> None:
    make, error = REFUSED[shape]
    with pytest.raises(error) as refused:
        drawn(make())
    assert refused.value.remedy
    assert refused.value.field == "photos"


def test_a_kind_is_told_by_the_bytes() -> None:
    assert [kind_of(make()) for make in (pictures.jpeg, pictures.png, pictures.webp, pictures.heic, pictures.avif)] == [
        Kind.JPEG,
        Kind.PNG,
        Kind.WEBP,
        Kind.HEIF,
        Kind.AVIF,
    ]


def test_a_decoder_that_dies_or_lies_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = drawn(pictures.jpeg())
    head = apart.HEAD.pack(bare.width_px, bare.height_px, len(bare.large), len(bare.small))
    answers = [
        b"",
        b"K",
        b"K" + head,
        b"K" + head + bare.large + bare.small + b"!",
        b"K" + apart.HEAD.pack(1, 1, len(pictures.jpeg()), len(bare.small)) + pictures.jpeg() + bare.small,
        b"K" + apart.HEAD.pack(4000, 1, len(bare.large), len(bare.small)) + bare.large + bare.small,
        b"N and more",
    ]

    class Ended:
        def __init__(self, stdout: bytes, returncode: int = 0) -> None:
            self.stdout, self.returncode = stdout, returncode

    for answer in answers:
        monkeypatch.setattr(apart.subprocess, "run", lambda *_a, said=answer, **_k: Ended(said))
        with pytest.raises(PhotoUnreadable):
            apart.drawn_anew(b"\xff\xd8\xff")
    whole = b"K" + head + bare.large + bare.small
    monkeypatch.setattr(apart.subprocess, "run", lambda *_a, **_k: Ended(whole, -9))
    with pytest.raises(PhotoUnreadable):
        apart.drawn_anew(b"\xff\xd8\xff")
    monkeypatch.setattr(apart.subprocess, "run", lambda *_a, **_k: Ended(whole))
    assert apart.drawn_anew(b"\xff\xd8\xff").large == bare.large


IN_THE_ROOM = """
import os, signal, sys, tempfile
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from safemap.media import room
room.shut_in()
told = []
try:
    (Path(tempfile.gettempdir()) / f"room-{os.getpid()}").write_bytes(b"a photo")
except OSError:
    told.append("no file")
try:
    bytes(2_000_000_000)
except MemoryError:
    told.append("no memory")
print(*told, sep=", ")
"""


def test_the_room_has_little_memory_and_nowhere_to_write() -> None:
    ended = subprocess.run([sys.executable, "-c", IN_THE_ROOM], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "no file, no memory"


@pytest.mark.parametrize("shape", ["jpeg", "png", "webp", "heic", "avif"])
def test_a_place_is_read_to_propose_it(shape: str) -> None:
    found = apart.position_of(SHAPES[shape]())
    assert found is not None
    assert found == pytest.approx((pictures.LON, pictures.LAT), abs=1e-5)


def test_no_place_no_proposal() -> None:
    assert apart.position_of(drawn(pictures.jpeg()).large) is None
    target = io.BytesIO()
    notes = Image.Exif()
    notes.get_ifd(0x8825).update({1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)})
    pictures.upright().save(target, "JPEG", exif=notes.tobytes())
    assert apart.position_of(target.getvalue()) is None
    with pytest.raises(NotAPhoto):
        apart.position_of(b"<svg/>")


@given(st.binary(min_size=8, max_size=300).filter(lambda words: len(set(words)) > 4))
@settings(max_examples=60)
@example(b"SECRET-OWNER and where they live")
def test_no_run_of_bytes_of_the_notes_survives(words: bytes) -> None:
    target = io.BytesIO()
    pictures.upright(64, 48).save(target, "JPEG", exif=b"Exif\x00\x00" + words, comment=words)
    sent = target.getvalue() + words
    assert words in sent
    picture = drawing.drawn_anew(sent)
    bare = io.BytesIO()
    pictures.upright(64, 48).save(bare, "JPEG")
    plain = drawing.drawn_anew(bare.getvalue())
    assert (picture.large, picture.small) == (plain.large, plain.small)
    assert words not in picture.large


@given(st.binary(max_size=400))
@settings(max_examples=80)
def test_any_bytes_are_drawn_anew_or_raise(more: bytes) -> None:
    whole = pictures.jpeg(pictures.upright(64, 48))
    for sent in (more, b"\xff\xd8\xff" + more, whole[: len(more) * 7] + more + whole[len(more) * 7 + len(more) :]):
        try:
            picture = drawing.drawn_anew(sent)
        except Exception:  # noqa: BLE001 - that it raises is what is asked
            continue
        assert is_bare_jpeg(picture.large)
        assert is_bare_jpeg(picture.small)


def test_bare_is_bare() -> None:
    bare = drawn(pictures.jpeg()).large
    assert is_bare_jpeg(bare)
    assert not is_bare_jpeg(b"")
    assert not is_bare_jpeg(bare + b"x")
    assert not is_bare_jpeg(bare[:-1])
    assert not is_bare_jpeg(bare[:-2])
    assert not is_bare_jpeg(bare[:2] + pictures.segment(0xFE, b"a word") + bare[2:])
    assert not is_bare_jpeg(bare[:20] + pictures.segment(0xE1, b"Exif\x00\x00") + bare[20:])
    assert not is_bare_jpeg(bare + bare)
    assert not is_bare_jpeg(pictures.jpeg())
