"""Pictures as telephones, scanners and programs make them: right as published, or refused with what to do."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image, ImageCms

from partnership.files import photographs
from tests.factories import make_heic, make_image

WHITE = (255, 255, 255)
TRANSPARENT_BLACK = (0, 0, 0, 0)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def cleaned(content: bytes) -> Image.Image:
    """The photograph as it is kept."""
    return Image.open(photographs.clean(ContentFile(content, name="x.bin")))


def is_close(pixel: tuple[int, ...], expected: tuple[int, ...], by: int = 6) -> bool:
    return max(abs(a - b) for a, b in zip(pixel, expected, strict=True)) <= by


def exchanged_profile() -> bytes:
    """The profile of screens with red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def grey(mode: str, value: float) -> Image.Image:
    return Image.new(mode, (400, 300), value)


def palette(alpha: int) -> Image.Image:
    image = Image.new("P", (400, 300), 0)
    image.putpalette([0, 0, 0, alpha, 200, 200, 200, 255], "RGBA")
    return image


ORANGE = (230, 140, 30)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (make_image(400, 300, kind="JPEG").read(), (200, 210, 190)),
        (saved(Image.new("RGB", (400, 300), ORANGE), "AVIF", quality=90), ORANGE),
        (saved(Image.new("RGB", (400, 300), ORANGE), "TIFF", compression="tiff_lzw"), ORANGE),
        (saved(Image.new("RGB", (400, 300), ORANGE), "WEBP", quality=95), ORANGE),
        (saved(Image.new("CMYK", (400, 300), (0, 100, 220, 20)), "TIFF"), (235, 143, 32)),
        (saved(Image.new("LAB", (400, 300), (255, 128, 128)), "TIFF"), WHITE),
        (saved(Image.new("RGB", (400, 300), ORANGE).quantize(8), "GIF"), ORANGE),
        (saved(Image.new("RGB", (400, 300), ORANGE), "BMP"), ORANGE),
        (saved(Image.new("1", (400, 300), 1), "PNG"), WHITE),
        (saved(grey("I;16", 32_000), "PNG"), (125, 125, 125)),
        (saved(grey("I;16", 32_000), "TIFF"), (125, 125, 125)),
        (saved(grey("I", 32_000), "TIFF"), (125, 125, 125)),
        (saved(grey("F", 0.5), "TIFF"), (128, 128, 128)),
        (saved(Image.new("RGBA", (400, 300), TRANSPARENT_BLACK), "PNG"), WHITE),
        (saved(Image.new("RGBA", (400, 300), (0, 0, 0, 128)), "WEBP", lossless=True), (127, 127, 127)),
        (saved(Image.new("LA", (400, 300), (0, 0)), "PNG"), WHITE),
        (saved(Image.new("RGBA", (400, 300), TRANSPARENT_BLACK), "TIFF"), WHITE),
        (saved(palette(0), "PNG"), WHITE),
        (saved(Image.new("RGB", (400, 300), (0, 0, 0)), "PNG", transparency=(0, 0, 0)), WHITE),
        (saved(Image.new("L", (400, 300), 0), "PNG", transparency=0), WHITE),
        (saved(Image.new("P", (400, 300), 0), "GIF", transparency=0), WHITE),
    ],
)
def test_what_was_seen_is_what_is_kept(content, expected):
    photograph = cleaned(content)

    assert (photograph.format, photograph.mode) == ("JPEG", "RGB")
    assert is_close(photograph.getpixel((200, 200)), expected)


def test_sixteen_bits_of_grey_keep_their_steps():
    image = Image.frombytes(
        "I;16", (256, 256), b"".join(struct.pack("<H", x * 257) * 1 for _y in range(256) for x in range(256))
    )

    photograph = cleaned(saved(image, "PNG"))

    assert [photograph.getpixel((x, 100))[0] // 16 for x in (8, 72, 136, 248)] == [0, 4, 8, 15]


def test_a_picture_of_an_iphone_is_read_upright_and_without_its_place():
    photograph = cleaned(make_heic())

    assert photograph.size == (300, 400)
    assert not photograph.getexif()


def test_a_second_picture_behind_a_jpeg_does_no_harm():
    content = saved(make_picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (400, 300), "red")])

    assert is_close(cleaned(content).getpixel((200, 200)), ORANGE)


def make_picture(width: int = 400, height: int = 300) -> Image.Image:
    return Image.new("RGB", (width, height), ORANGE)


@pytest.mark.parametrize(
    "image",
    [make_picture(), make_picture().quantize(8), make_picture().convert("RGBA"), make_picture().convert("L")],
    ids=lambda image: image.mode,
)
def test_colours_of_a_profile_are_brought_to_those_of_screens(image):
    with_profile = cleaned(saved(image, "PNG", icc_profile=exchanged_profile())).getpixel((9, 9))
    without = cleaned(saved(image, "PNG")).getpixel((9, 9))

    assert is_close(without, image.convert("RGB").getpixel((9, 9)))
    assert is_close(with_profile, without[::-1], by=12)


@pytest.mark.parametrize("profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_that_does_not_fit_is_no_reason_to_refuse(profile):
    assert is_close(cleaned(saved(make_picture(), "JPEG", icc_profile=profile)).getpixel((9, 9)), ORANGE)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_picture_is_made_smaller_strip_by_strip(mode):
    image = make_picture(5200, 1300)
    image.paste((20, 30, 200), (0, 650, 5200, 1300))

    photograph = cleaned(saved(image.convert(mode), "PNG", compress_level=1))

    assert photograph.size == (2560, 640)
    assert is_close(photograph.getpixel((2000, 300)), ORANGE)
    assert is_close(photograph.getpixel((2000, 340)), (20, 30, 200))


def test_a_jpeg_of_a_hundred_megapixels_is_read():
    content = saved(Image.new("L", (12_000, 8_300), 90), "JPEG")

    photograph = cleaned(content)

    assert photograph.size == (2560, 1771)


def header_of_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def of_another_size(content: bytes, mark: bytes, form: str, width: int, height: int) -> bytes:
    """A picture of which the head alone says that it is larger."""
    at = content.index(mark) + len(mark)
    return content[:at] + struct.pack(form, width, height) + content[at + struct.calcsize(form) :]


def header_of_avif(mode: str, width: int, height: int) -> bytes:
    content = saved(Image.new(mode, (400, 300)), "AVIF")
    for _picture in range(content.count(b"ispe")):
        content = of_another_size(content, b"ispe\0\0\0\0", ">II", width, height).replace(b"ispe", b"ISPE", 1)
    return content.replace(b"ISPE", b"ispe")


def moving(kind: str) -> bytes:
    return saved(make_picture(), kind, save_all=True, append_images=[Image.new("RGB", (400, 300), "red")])


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x20ftyp" + brand + b"x" * 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a picture", "This is no picture that can be read here."),
        (b"<?xml version='1.0'?><svg/>", "This file is SVG"),
        (b"<svg/>", "This file is SVG"),
        (b"%PDF-1.7\n", "This file is PDF"),
        (b"8BPS" + b"\0" * 40, "This file is Photoshop"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "This file is JPEG 2000"),
        (b"\xff\x0a" + b"\0" * 40, "This file is JPEG XL"),
        (ftyp(b"qt  "), "This file is MOV"),
        (ftyp(b"isom"), "This file is MP4"),
        (ftyp(b"crx "), "This file is RAW"),
        (b"II*\0\x10\0\0\0CR\x02\0" + b"\0" * 40, "This file is RAW"),
        (b"PK\x03\x04" + b"\0" * 40, "This file is ZIP, Word, Excel"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "This file is EPS"),
        (b"GIF89a/*\x01\x00\x01\x00*/=1;alert(1)//" + b"\0" * 50, "This GIF picture is damaged"),
        (make_image().read()[:-4000], "This JPEG picture is damaged or not whole."),
        (ftyp(b"heic"), "This HEIC picture is damaged or not whole."),
        (make_heic()[:-200], "This HEIC picture is damaged or not whole."),
        (moving("GIF"), "This GIF moves"),
        (moving("WEBP"), "This WebP moves"),
        (moving("TIFF"), "This TIFF holds 2 pages."),
        (header_of_png(40_000, 10), "40000 × 10 pixels: too narrow a strip"),
        (saved(Image.new("1", (200, 40_000)), "PNG"), "200 × 40000 pixels: too narrow a strip"),
        (header_of_png(190, 300), "190 × 300 pixels, too small"),
        (header_of_png(8_000, 7_000), "56 million pixels; as PNG at most 50"),
        (header_of_png(60_000, 60_000), "3600 million pixels"),
        (
            of_another_size(saved(make_picture(), "WEBP"), b"\x9d\x01\x2a", "<HH", 6_000, 4_200),
            "26 million pixels; as WebP at most 24",
        ),
        (header_of_avif("RGB", 8_000, 5_200), "42 million pixels; as AVIF at most 40"),
        (header_of_avif("RGBA", 6_000, 4_200), "26 million pixels and transparent parts; as AVIF at most 24"),
    ],
)
def test_what_cannot_be_shown_is_named_with_what_to_do(content, words):
    with pytest.raises(ValidationError) as refusal:
        photographs.clean(ContentFile(content, name="x.jpg"))

    assert words in refusal.value.messages[0]


def test_a_progressive_jpeg_that_would_fill_the_memory_is_named():
    """Its marks alone: 100 million pixels in three full channels."""
    content = saved(make_picture(), "JPEG", progressive=True, subsampling=0)
    at = content.index(b"\xff\xc2") + 5
    content = content[:at] + struct.pack(">HH", 8_000, 12_000) + content[at + 4 :]

    with pytest.raises(ValidationError, match="progressive JPEG of 96 million pixels"):
        photographs.clean(ContentFile(content, name="x.jpg"))


def test_a_file_over_the_limit_is_refused_unread():
    file = ContentFile(b"", name="x.jpg")
    file.size = photographs.LARGEST_PHOTO + 1

    with pytest.raises(ValidationError, match="larger than 40 MB"):
        photographs.clean(file)
