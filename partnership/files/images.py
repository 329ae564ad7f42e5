"""Photographs for publishing: upright, without metadata, in sRGB, and in the sizes and formats that pages offer.

The functions run in a child process (``partnership.child_process``): they open what somebody sent. They take and leave
files by path, and hold no more than the picture as sent beside one of at most ``LONGEST_SIDE``.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..child_process import Refused

# Pillow is imported with the first photograph: every model loads this module.
if TYPE_CHECKING:
    from PIL import Image

#: Widths in pixels, as in docs/design.md; a photograph is never enlarged beyond its own.
WIDTHS = (480, 800, 1280, 1920)
#: Smallest first: a browser takes the first it can show.
FORMATS = {
    "avif": {"quality": 55, "speed": 7, "max_threads": 2},
    "webp": {"quality": 78},
    "jpg": {"quality": 82, "progressive": True},
}
#: The longest side of the stored photograph, in pixels.
LONGEST_SIDE = 2560
#: Millions of pixels that can be decoded in the memory of a child: a JPEG is decoded reduced, WebP and AVIF only whole
#: and with copies.
MEGAPIXELS = {"JPEG": 100, "PNG": 50, "TIFF": 50, "HEIF": 50, "GIF": 50, "BMP": 50, "AVIF": 40, "WEBP": 24}
#: The same of an AVIF with transparent parts, which are decoded beside it.
TRANSPARENT_AVIF = 24
#: What people call what Pillow calls otherwise.
_NAMES = {"HEIF": "HEIC", "WEBP": "WebP"}
#: Pixels of the shorter side, and times that the longer one may be as long.
SHORTEST_SIDE, MOST_DRAWN_OUT = 200, 10
#: Bytes that a progressive JPEG may take while it is read: all of it waits for its last pass.
_MOST_COEFFICIENTS = 330_000_000
#: Rows that are brought to sRGB at a time.
_ROWS = 128


def clean(source: str, target: str) -> dict[str, Any]:
    """Writes the photograph upright, on white, at most ``LONGEST_SIDE`` long, as a JPEG in sRGB without metadata.

    Returns its format and width as it was sent (upright), its size as it is now, and the date that a camera wrote.
    Raises Refused.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here, format by format
    warnings.simplefilter("ignore")
    with open(source, "rb") as file:
        head = file.read(64)
    sent = _heif(source) if _is_heif(head) else _other(source, head)
    small = _in_strips(sent)
    # ImageOps asks the picture itself which way is up.
    orientation = sent.exif.get(0x0112, 1)
    small.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(small)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Pillow saves what else a picture has with it; a new one has pixels alone.
    canvas = Image.new("RGB", upright.size)
    canvas.paste(upright)
    canvas.save(target, "JPEG", quality=90)
    return {
        "format": {"HEIF": "heic"}.get(sent.format, sent.format.lower()),
        "sent_width": sent.size[1] if orientation >= 5 else sent.size[0],
        "width": canvas.width,
        "height": canvas.height,
        "camera_date": _camera_date(sent.exif),
    }


def _camera_date(exif: Any) -> str:
    return str(exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132) or "").strip("\0 ")[:20]


# Opening


class _Sent:
    """A picture as it was sent: what it is, its size, and its rows a strip at a time.

    ``decoded`` is its size as it could be decoded, which of a large JPEG is a part of ``size``; ``brightest`` is what
    a point of one channel can be at most, and 0 where that is 255.
    """

    brightest: float = 0

    def __init__(self, picture_format: str, size: tuple[int, int], exif: Image.Exif, profile: bytes | None):
        self.format, self.size, self.exif, self.profile = picture_format, size, exif, profile
        self.decoded = size

    def strips(self, rows: int) -> Iterator[Image.Image]:
        raise NotImplementedError


class _SentImage(_Sent):
    def __init__(self, image: Image.Image, picture_format: str, size: tuple[int, int], exif: Image.Exif):
        super().__init__(picture_format, size, exif, image.info.get("icc_profile"))
        self.image, self.decoded = image, image.size
        if image.mode.startswith("I;16"):
            self.brightest = 65535
        elif image.mode in {"I", "F"}:
            highest: Any = image.getextrema()[1]
            # Fractions of one, eight bits, or sixteen; more than that is as bright as its brightest point.
            self.brightest = next((limit for limit in (1.0, 255, 65535) if highest <= limit), highest)

    def strips(self, rows: int) -> Iterator[Image.Image]:
        width, height = self.decoded
        for top in range(0, height, rows):
            yield self.image.crop((0, top, width, min(top + rows, height)))


class _SentHeif(_Sent):
    """Its pixels stay where the decoder put them: a copy of 50 megapixels would not fit beside them."""

    def __init__(self, heif: Any, exif: Image.Exif):
        super().__init__("HEIF", heif.size, exif, heif.info.get("icc_profile"))
        self.heif = heif

    def strips(self, rows: int) -> Iterator[Image.Image]:
        from PIL import Image

        width, height = self.decoded
        stride, mode = self.heif.stride, self.heif.mode
        for top in range(0, height, rows):
            count = min(rows, height - top)
            content = self.heif.data[top * stride : (top + count) * stride]
            yield Image.frombuffer(mode, (width, count), content, "raw", mode, stride, 1)


def _is_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in {
        *(b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"msf1"),
        *((b"mif1",) if b"avif" not in head else ()),
    }


def _heif(source: str) -> _Sent:
    import pi_heif  # type: ignore[import-untyped]
    from PIL import Image

    try:
        heif = pi_heif.open_heif(source, convert_hdr_to_8bit=True)
        _check_size("HEIF", *heif.size)
        len(heif.data)  # decodes
    except (OSError, ValueError, RuntimeError, EOFError, SyntaxError) as error:
        raise _unreadable("HEIC", error) from error
    exif = Image.Exif()
    if content := heif.info.get("exif"):
        exif.load(content)
    # The decoder has turned the picture already.
    exif[0x0112] = 1
    return _SentHeif(heif, exif)


def _other(source: str, head: bytes) -> _Sent:
    from PIL import Image, UnidentifiedImageError

    name = name_of(head)
    try:
        image = Image.open(source, formats=["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
    except UnidentifiedImageError as error:
        if name in _READABLE:
            raise Refused("damaged", name=name) from error
        raise Refused("format", name=name) if name else Refused("unknown") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise _unreadable(name, error) from error
    # A telephone puts further pictures, such as one of depth, behind the first: still a JPEG.
    picture_format = "JPEG" if image.format == "MPO" else image.format or ""
    _check_frames(image, picture_format)
    _check_size(picture_format, *image.size)
    size, exif = image.size, image.getexif()
    if picture_format == "AVIF" and image.mode == "RGBA":
        _check_pixels("transparent", "AVIF", *size, TRANSPARENT_AVIF)
    if picture_format == "JPEG":
        _check_coefficients(image)
        factor = max(1.0, max(size) / LONGEST_SIDE)
        image.draft(image.mode, (math.ceil(size[0] / factor), math.ceil(size[1] / factor)))
    try:
        # Only decoding shows that the picture is complete.
        image.load()
    except (OSError, SyntaxError, ValueError, struct.error, EOFError) as error:
        raise _unreadable(name, error) from error
    return _SentImage(image, picture_format, size, exif)


def _unreadable(name: str, error: BaseException) -> Exception:
    return error if isinstance(error, MemoryError) else Refused("damaged", name=name)


#: First bytes of what is no photograph to be read here, at their place, with the name that people know it by.
_SIGNATURES: list[tuple[int, bytes, str]] = [
    (0, b"%PDF-", "PDF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"FUJIFILMCCD-RAW", "RAW"),
    (8, b"CR\x02\0", "RAW"),
    (4, b"ftypcrx ", "RAW"),
    (0, b"IIRO", "RAW"),
    (0, b"IIU\0", "RAW"),
    (4, b"ftypqt", "MOV"),
    (4, b"ftypisom", "MP4"),
    (4, b"ftypmp4", "MP4"),
    (4, b"ftyp3gp", "3GP"),
    (0, b"\x1aE\xdf\xa3", "WebM"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG"),
    (0, b"%!PS", "EPS"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS"),
    (0, b"PK\x03\x04", "ZIP, Word, Excel"),
    (0, b"\xd0\xcf\x11\xe0", "Word, Excel"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftyp", "HEIC"),
]


_READABLE = {"JPEG", "PNG", "GIF", "WebP", "TIFF", "BMP", "AVIF", "HEIC"}


def name_of(head: bytes) -> str:
    """What a file is, from its first bytes; empty where they do not say."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t ") if head[:1] in b"\xef\r\n\t <" else head
    return next((name for place, start, name in _SIGNATURES if head[place : place + len(start)] == start), "")


# What is refused


def _check_size(picture_format: str, width: int, height: int) -> None:
    shorter, longer = sorted((width, height))
    if longer > MOST_DRAWN_OUT * shorter:
        raise Refused("strip", width=width, height=height)
    if shorter < SHORTEST_SIDE:
        raise Refused("small", width=width, height=height, least=SHORTEST_SIDE)
    _check_pixels("pixels", _NAMES.get(picture_format, picture_format), width, height, MEGAPIXELS[picture_format])


def _check_pixels(code: str, name: str, width: int, height: int, most: int) -> None:
    if width * height > most * 1_000_000:
        raise Refused(code, name=name, most=most, megapixels=math.ceil(width * height / 1_000_000))


def _check_frames(image: Image.Image, picture_format: str) -> None:
    """A second picture behind the first of a JPEG is the telephone’s own; pages and films are not photographs."""
    if picture_format == "TIFF":
        tags = getattr(image, "tag_v2", {})
        # Cameras store a small picture in front of what they saw: “DNG version”, or “reduced image” with others inside.
        if 50706 in tags or (tags.get(254) == 1 and 330 in tags):
            raise Refused("format", name="RAW")
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and picture_format == "TIFF":
        raise Refused("pages", count=frames)
    if frames > 1 and picture_format != "JPEG":
        raise Refused("moving", name=_NAMES.get(picture_format, picture_format))


def _check_coefficients(image: Image.Image) -> None:
    """A progressive JPEG takes two bytes for each value of its pixels, whatever it is reduced to."""
    layers = getattr(image, "layer", [])
    if not image.info.get("progressive") or not layers:
        return
    wide, tall = max(layer[1] for layer in layers), max(layer[2] for layer in layers)
    values = sum(image.width * image.height * layer[1] * layer[2] / (wide * tall) for layer in layers)
    if 2 * values > _MOST_COEFFICIENTS:
        raise Refused("progressive", megapixels=round(image.width * image.height / 1_000_000))


# To sRGB on white


def _in_strips(sent: _Sent) -> Image.Image:
    """The picture in sRGB on white, made smaller by a whole number where it is much too large."""
    from PIL import Image

    width, height = sent.decoded
    factor = max(1, max(width, height) // LONGEST_SIDE)
    rows = factor * math.ceil(_ROWS / factor)
    canvas = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
    transform = None
    for number, strip in enumerate(sent.strips(rows)):
        colours, alpha = _split(_in_eight_bits(strip, sent.brightest))
        if number == 0:
            transform = _transform(sent.profile, colours.mode)
        opaque = _on_white(transform(colours) if transform else colours.convert("RGB"), alpha)
        canvas.paste(opaque.reduce(factor), (0, number * rows // factor))
    return canvas


def _in_eight_bits(strip: Image.Image, brightest: float) -> Image.Image:
    """Pictures of one channel may have 16 or 32 bits, or fractions; Pillow would cut them off at 255."""
    if strip.mode.startswith("I;16"):
        strip = strip.convert("I")
    if strip.mode not in {"I", "F"} or brightest <= 0:
        return strip.convert("L") if strip.mode in {"I", "F"} else strip
    return strip.point(lambda value: value * (255 / brightest)).convert("L")


def _split(strip: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Its colours, and how opaque each point is where some may not be."""
    if strip.mode == "LA":
        return strip.getchannel("L"), strip.getchannel("A")
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        return strip.convert("RGB"), strip.getchannel("A")
    if strip.mode == "1":
        return strip.convert("L"), None
    return (strip, None) if strip.mode in {"L", "RGB", "CMYK", "LAB"} else (strip.convert("RGB"), None)


def _on_white(colours: Image.Image, alpha: Image.Image | None) -> Image.Image:
    from PIL import Image

    if alpha is None:
        return colours
    return Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)


def _transform(profile: bytes | None, mode: str) -> Callable[[Image.Image], Image.Image] | None:
    """From the colours of a profile to sRGB; None where they are to be taken for sRGB already."""
    from PIL import ImageCms

    if not profile and mode != "LAB":
        return None
    try:
        source: Any = ImageCms.ImageCmsProfile(BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        space = source.profile.xcolor_space.strip() if profile else "Lab"
        source_mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}[space]
        if source_mode != mode and (source_mode, mode) != ("RGB", "L"):
            return None
        transform: Any = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), source_mode, "RGB")
    except (ImageCms.PyCMSError, OSError, KeyError):
        return None
    apply: Any = ImageCms.applyTransform
    return lambda colours: apply(colours.convert(source_mode), transform)


# Renditions


def widths_of(width: int) -> list[int]:
    """The widths of the renditions of a photograph; its own when it is smaller than all of ``WIDTHS``."""
    return [smaller for smaller in WIDTHS if smaller <= width] or [width]


def render(source: str, folder: str) -> None:
    """Writes a cleaned photograph in each width and format, as ``<width>.<format>``."""
    from PIL import Image

    with Image.open(source, formats=["JPEG"]) as opened:
        image = opened.convert("RGB")
    for width in widths_of(image.width):
        height = max(1, round(image.height * width / image.width))
        sized = image.resize((width, height), Image.Resampling.LANCZOS)
        for suffix, options in FORMATS.items():
            sized.save(Path(folder) / f"{width}.{suffix}", {"jpg": "JPEG"}.get(suffix, suffix.upper()), **options)


def shrink(source: str, target: str, longest_side: int) -> None:
    """Writes a smaller JPEG of a cleaned photograph."""
    from PIL import Image

    with Image.open(source, formats=["JPEG"]) as image:
        image.thumbnail((longest_side, longest_side))
        image.save(target, "JPEG", quality=82)
