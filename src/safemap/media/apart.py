"""A room apart: files are decoded in a process of their own, with little memory and time and nothing to write to.

Whatever a file does to its decoder ends with that process. What comes out is looked at again before it is believed.
"""

import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore

import safemap
from safemap.media.kinds import is_bare_jpeg
from safemap.media.rules import (
    FILE_LIMIT_BYTES,
    LARGE_PX,
    Box,
    EmptyFile,
    FileTooHeavy,
    NotAPhoto,
    PhotosBusy,
    PhotoUnreadable,
    Picture,
    TooManyPixels,
    checked_boxes,
)

WITHIN_S = 30.0  # a 50-million-dot HEIC takes 4 s
AT_ONCE = 2  # each takes a processor, and up to the memory that `room` allows
WAITING = 6  # more are told to come again: each that waits holds a thread of the web app
WAIT_S = 20.0
TASKS = {"draw": b"D", "cover": b"C", "position": b"P"}
HEAD = struct.Struct(">IIII")  # width and height in dots, bytes of the large and of the small file
POSITION = struct.Struct(">dd")
BOX = struct.Struct(">dddd5s")

_free = BoundedSemaphore(AT_ONCE)
_places = BoundedSemaphore(AT_ONCE + WAITING)


def drawn_anew(content: bytes) -> Picture:
    """Return the picture of a file that somebody sent.

    Raises
    ------
    EmptyFile, FileTooHeavy, NotAPhoto, TooManyPixels, PhotoUnreadable
        It is refused, and nothing of it is kept.
    PhotosBusy
        Others are being read.
    """
    return _picture_of(_done("draw", _bounded(content)))


def covered(large: bytes, boxes: Sequence[Box]) -> Picture:
    """Return a kept picture with parts of it covered.

    Raises
    ------
    NoBox, BadBox
        The boxes cannot be used.
    PhotosBusy
        Others are being read.
    """
    wanted = checked_boxes(tuple(boxes))
    told = b"".join(
        BOX.pack(
            *(box.left_percent, box.top_percent, box.width_percent, box.height_percent), box.cover.value[:5].encode()
        )
        for box in wanted
    )
    return _picture_of(_done("cover", len(wanted).to_bytes(2, "big") + told + large))


def position_of(content: bytes) -> tuple[float, float] | None:
    """Return the longitude and latitude in degrees that a file names, to propose them; nothing is kept.

    Raises
    ------
    EmptyFile, FileTooHeavy, NotAPhoto, TooManyPixels, PhotosBusy
        As when it is drawn anew.
    """
    try:
        answer = _done("position", _bounded(content))
    except PhotoUnreadable:
        return None
    if len(answer) != POSITION.size:
        return None
    lon, lat = POSITION.unpack(answer)
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def _bounded(content: bytes) -> bytes:
    if not content:
        raise EmptyFile
    if len(content) > FILE_LIMIT_BYTES:
        raise FileTooHeavy
    return content


def _done(task: str, content: bytes) -> bytes:
    """Run one task in a process of its own and return what it answered."""
    if not _places.acquire(blocking=False):
        raise PhotosBusy
    try:
        if not _free.acquire(timeout=WAIT_S):
            raise PhotosBusy
        try:
            ended = _run(task, content)
        finally:
            _free.release()
    finally:
        _places.release()
    if ended.stdout == b"N":
        raise NotAPhoto
    if ended.stdout == b"X":
        raise TooManyPixels
    state, answer = ended.stdout[:1], ended.stdout[1:]
    if ended.returncode != 0 or state != b"K":
        raise PhotoUnreadable
    return answer


def _run(task: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [sys.executable, "-m", "safemap.media.room"],
            input=TASKS[task] + content,
            capture_output=True,
            timeout=WITHIN_S,
            check=False,
            cwd="/",
            env={"PYTHONPATH": _where(), "LC_ALL": "C.UTF-8", "PATH": os.defpath},  # no secret of ours
        )
    except subprocess.TimeoutExpired:
        raise PhotoUnreadable from None


def _where() -> str:
    return str(Path(safemap.__file__).parents[1])


def _picture_of(answer: bytes) -> Picture:
    """Read a picture, and believe nothing: both files must be bare, and of the size that is said."""
    if len(answer) < HEAD.size:
        raise PhotoUnreadable
    width_px, height_px, large_bytes, small_bytes = HEAD.unpack_from(answer)
    files = answer[HEAD.size :]
    large, small = files[:large_bytes], files[large_bytes:]
    is_sound = 0 < width_px <= LARGE_PX and 0 < height_px <= LARGE_PX and len(small) == small_bytes
    if not (is_sound and is_bare_jpeg(large) and is_bare_jpeg(small)):
        raise PhotoUnreadable
    return Picture(large, small, width_px, height_px)
