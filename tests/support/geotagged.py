"""Photos as phones write them, as far as where they were taken goes: the packaging of each format and no picture."""

import struct


def tiff(lon: float | None, lat: float, order: str = "<") -> bytes:
    """A TIFF block whose GPS directory names a place; without a longitude it has none."""

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")

    def degrees(value: float) -> bytes:
        whole = abs(value)
        minutes = (whole - int(whole)) * 60
        seconds = round((minutes - int(minutes)) * 60 * 10_000)
        return struct.pack(f"{order}6I", int(whole), 1, int(minutes), 1, seconds, 10_000)

    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    if lon is None:
        return head + struct.pack(f"{order}H", 1) + entry(0x0112, 3, 1, struct.pack(f"{order}H", 1)) + bytes(4)
    first = struct.pack(f"{order}H", 1) + entry(0x8825, 4, 1, struct.pack(f"{order}I", 26)) + bytes(4)
    at = 26 + 2 + 4 * 12 + 4
    gps = struct.pack(f"{order}H", 4)
    gps += entry(1, 2, 2, b"N\0" if lat >= 0 else b"S\0") + entry(2, 5, 3, struct.pack(f"{order}I", at))
    gps += entry(3, 2, 2, b"E\0" if lon >= 0 else b"W\0") + entry(4, 5, 3, struct.pack(f"{order}I", at + 24))
    return head + first + gps + bytes(4) + degrees(lat) + degrees(lon)


def jpeg(block: bytes) -> bytes:
    """A JPEG with another segment before the one that says where."""
    comment = b"\xff\xfe\x00\x06note"
    exif = b"Exif\0\0" + block
    return b"\xff\xd8" + comment + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xda\0\x02\xff\xd9"


def png(block: bytes) -> bytes:
    """A PNG with an eXIf chunk."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + bytes(4)

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"eXIf", block) + chunk(b"IEND", b"")


def webp(block: bytes) -> bytes:
    """A WebP with an EXIF chunk behind one of odd length."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    body = b"WEBP" + chunk(b"VP8X", bytes(11)) + chunk(b"EXIF", block)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic(block: bytes) -> bytes:
    """A HEIC whose meta box names an Exif item, which lies behind it."""

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content) + 8) + kind + content

    def item(number: int, kind: bytes) -> bytes:
        return box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", number, 0) + kind + b"\0")

    brand = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    names = box(b"iinf", bytes(4) + struct.pack(">H", 2) + item(1, b"hvc1") + item(2, b"Exif"))
    content = struct.pack(">I", 0) + block

    def places(at: int) -> bytes:
        one = struct.pack(">HHHII", 1, 0, 1, 0, 10)
        return box(b"iloc", bytes(4) + b"\x44\0" + struct.pack(">H", 2) + one + struct.pack(
            ">HHHII", 2, 0, 1, at, len(content)
        ))  # fmt: skip

    size = len(brand) + 8 + 4 + len(names) + len(places(0))
    meta = box(b"meta", bytes(4) + names + places(size + 8))
    return brand + meta + box(b"mdat", content)
