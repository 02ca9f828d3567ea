"""What runs in the room apart: reads a task and a file, answers with a picture or a position, and ends.

The first byte of the answer is K (done), N (no photo) or X (too many dots); anything else is a failure.
"""

import resource
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from safemap.media import drawing
from safemap.media.apart import BOX, HEAD, POSITION, TASKS
from safemap.media.rules import Box, Cover, NotAPhoto, Picture, TooManyPixels

MEMORY_BYTES = 1_500_000_000  # of addresses, libraries included: 50 million dots of RGBA twice, and a decoder
PROCESSOR_S = 25
COVERS = {cover.value[:5].encode(): cover for cover in Cover}


def main() -> None:
    """Do one task."""
    shut_in()
    warnings.simplefilter("ignore")  # of notes that are not read; what matters is an error
    told = sys.stdin.buffer.read()
    sys.stdout.buffer.write(answer_to(told[:1], told[1:]))


def shut_in() -> None:
    """Give up what a decoder does not need: memory, time, files to write, a trace of the photo after a crash."""
    with suppress(OSError), Path("/proc/self/oom_score_adj").open("w") as score:
        score.write("1000")  # when memory runs out, the room goes first, and no database
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def answer_to(task: bytes, content: bytes) -> bytes:
    """Return the answer to a task; failures are the process's."""
    try:
        if task == TASKS["position"]:
            found = drawing.position_of(content)
            return b"K" + (POSITION.pack(*found) if found else b"")
        if task == TASKS["cover"]:
            return b"K" + _framed(_covered(content))
        return b"K" + _framed(drawing.drawn_anew(content))
    except NotAPhoto:
        return b"N"
    except TooManyPixels:
        return b"X"


def _covered(content: bytes) -> Picture:
    count = int.from_bytes(content[:2], "big")
    ends = 2 + count * BOX.size
    boxes = []
    for left, top, width, height, cover in BOX.iter_unpack(content[2:ends]):
        boxes.append(Box(left, top, width, height, COVERS[cover]))
    return drawing.covered(content[ends:], boxes)


def _framed(picture: Picture) -> bytes:
    head = HEAD.pack(picture.width_px, picture.height_px, len(picture.large), len(picture.small))
    return head + picture.large + picture.small


if __name__ == "__main__":
    main()
