"""Photographs for publishing: upright, without metadata, and in the sizes and formats that pages offer."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO, TYPE_CHECKING

from django.core.files.base import ContentFile

# Pillow is imported with the first photograph: every model loads this module.
if TYPE_CHECKING:
    from PIL import Image

#: Widths in pixels, as in docs/design.md; a photograph is never enlarged beyond its own.
WIDTHS = (480, 800, 1280, 1920)
#: Smallest first: a browser takes the first it can show.
FORMATS = {"avif": {"quality": 55, "speed": 7}, "webp": {"quality": 78}, "jpg": {"quality": 82, "progressive": True}}
#: The longest side of the stored photograph, in pixels.
LONGEST_SIDE = 2560


def cleaned(file: IO[bytes]) -> ContentFile:
    """The photograph upright, at most ``LONGEST_SIDE`` long, as a JPEG in sRGB without metadata."""
    from PIL import Image, ImageOps

    with Image.open(file) as opened:
        image = _in_srgb(ImageOps.exif_transpose(opened))
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Pillow saves what else is in the file, such as a comment; a new image has pixels alone.
    canvas = Image.new("RGB", image.size)
    canvas.paste(image)
    return ContentFile(_encoded(canvas, "jpg", quality=90), name="photograph.jpg")


def _in_srgb(image: Image.Image) -> Image.Image:
    """A picture whose colour profile cannot be converted is taken to be in sRGB already."""
    from PIL import ImageCms

    if profile := image.info.get("icc_profile"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def widths_of(width: int) -> list[int]:
    """The widths of the renditions of a photograph; its own when it is smaller than all of ``WIDTHS``."""
    return [smaller for smaller in WIDTHS if smaller <= width] or [width]


def renditions(file: IO[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Each width and format of a cleaned photograph, one at a time: an encoder needs ten times the picture’s size."""
    from PIL import Image

    with Image.open(file) as opened:
        image = opened.convert("RGB")
    for width in widths_of(image.width):
        sized = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        for suffix, options in FORMATS.items():
            yield width, suffix, _encoded(sized, suffix, **options)


def _encoded(image: Image.Image, suffix: str, **options) -> bytes:
    target = BytesIO()
    image.save(target, format={"jpg": "JPEG"}.get(suffix, suffix.upper()), **options)
    return target.getvalue()
