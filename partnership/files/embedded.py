"""Pictures inside of documents: what they say of where they were taken and by whom, and the same pictures without it.

The pixels stay as they are, byte for byte. The functions run in a child process (``partnership.child_process``).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_OTHERS = (b"II*\0", b"MM\0*", b"RIFF")
#: In EXIF: whoever took it, wrote it or owns the camera. Where it was taken stands in a part of its own.
_PERSONS, _OWNER, _CAMERA, _PLACE, _ORIENTATION = (0x013B, 0x9C9D), 0xA430, 0x8769, 0x8825, 0x0112
#: In IPTC, record 2: who made it; place, city and country.
_IPTC_PERSONS, _IPTC_PLACES = {80, 122}, {90, 92, 95, 101}
_XMP_PERSONS = re.compile(
    r"<(dc:creator|Iptc4xmpExt:PersonInImage|aux:OwnerName|exifEX:CameraOwnerName)\b[^>]{0,200}>(.{0,2000}?)</\1>",
    re.DOTALL,
)
_XMP_PLACES = re.compile(r"exif:GPSL\w{5,8}|photoshop:(?:City|State|Country)|Iptc4xmp(?:Core:Location|Ext:City)")
_PNG_PERSONS = ("Author", "Creator", "Artist")


def statements(content: bytes) -> list[tuple[str, str]]:
    """What the picture says beside its pixels: pairs of “place” or “person” and the words, where there are any.

    Empty for what is no picture, or one that cannot be opened.
    """
    from PIL import Image

    if not content.startswith((_JPEG, _PNG, *_OTHERS)):
        return []
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG", "TIFF", "WEBP"]) as image:
            return list(dict.fromkeys(_statements(image)))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error, EOFError):
        return []


def _statements(image: Any) -> Iterator[tuple[str, str]]:
    from PIL import IptcImagePlugin

    exif = image.getexif()
    if exif.get_ifd(_PLACE):
        yield "place", "GPS"
    owner = exif.get_ifd(_CAMERA).get(_OWNER)
    for words in (*(exif.get(tag) for tag in _PERSONS), owner, *(image.info.get(name) for name in _PNG_PERSONS)):
        if text := _text(words):
            yield "person", text
    for (record, field), words in (IptcImagePlugin.getiptcinfo(image) or {}).items():
        kind = "person" if field in _IPTC_PERSONS else "place" if field in _IPTC_PLACES else ""
        if record == 2 and kind:
            yield kind, _text(words[0] if isinstance(words, list) else words)
    yield from statements_of_xmp(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b"")


def statements_of_xmp(xmp: str | bytes) -> Iterator[tuple[str, str]]:
    """The same of XMP, a text beside a picture or a document."""
    text = xmp if isinstance(xmp, str) else xmp.decode("utf-8", "replace")
    for _name, words in _XMP_PERSONS.findall(text):
        if person := " ".join(re.sub(r"<[^>]{0,200}>", " ", words).split()):
            yield "person", person
    if _XMP_PLACES.search(text):
        yield "place", "XMP"


def _text(words: Any) -> str:
    if isinstance(words, bytes):
        # What Windows writes is UTF-16.
        words = words.decode("utf-16-le" if b"\0" in words else "utf-8", "replace")
    return " ".join(str(words or "").replace("\0", " ").split())


def without(content: bytes) -> bytes:
    """The picture with nothing beside pixels, colours and which way is up; as it was where that cannot be done."""
    if content.startswith(_JPEG):
        return _jpeg_without(content)
    return _png_without(content) if content.startswith(_PNG) else content


#: Segments of a JPEG that its picture needs: JFIF, the profile of its colours, and how they are coded.
_NEEDED = {0xE0, 0xE2, 0xEE}


#: The next mark in the coded rows, where 0xFF stands for itself before a zero and counts rows before 0xD0 to 0xD7.
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _jpeg_without(content: bytes) -> bytes:
    """Ends with the picture: a telephone puts further ones behind it."""
    parts, place = [content[:2], _upright(content)], 2
    while match := _MARK.search(content, place):
        start, mark = match.start(), content[match.start() + 1]
        if mark == 0xD9:
            return b"".join([*parts, content[place : start + 2]])
        # What stands between two marks are rows.
        parts.append(content[place:start])
        place = start + 2 + struct.unpack_from(">H", content, start + 2)[0]
        is_beside = 0xE0 <= mark <= 0xEF or mark == 0xFE
        # A further picture is found by its place in the file, which changes.
        if not is_beside or (mark in _NEEDED and not content.startswith(b"MPF\0", start + 4)):
            parts.append(content[start:place])
    return content


def _upright(content: bytes) -> bytes:
    """EXIF that says which way is up, and nothing else; nothing where that is plain."""
    from PIL import Image

    with Image.open(BytesIO(content), formats=["JPEG"]) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
    if orientation == 1:
        return b""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    written = exif.tobytes()
    return b"\xff\xe1" + struct.pack(">H", len(written) + 2) + written


def _png_without(content: bytes) -> bytes:
    parts, place = [_PNG], len(_PNG)
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind not in {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}:
            parts.append(content[place : place + 12 + length])
        place += 12 + length
    return b"".join(parts)
