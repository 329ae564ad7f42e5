"""Photographs as staff and strangers send them: cleaned and rendered in a child process, refused in words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .. import child_process

#: Bytes of an upload.
LARGEST_PHOTO = 40 * 1024 * 1024
#: Pixels from which a photograph is sharp on every screen.
RECOMMENDED_WIDTH = 1600

FORMATS_HELP = _(
    "JPEG, HEIC, PNG, TIFF, AVIF or WebP, at most 40 MB and 50 megapixels (JPEG 100, AVIF 40, WebP 24); best at least "
    "1,600 pixels wide."
)
TOO_LARGE = _("The file is larger than 40 MB. Save the picture in a smaller size and try again.")
_NOT_A_PHOTOGRAPH = _("Save or export it as JPEG and send that.")
#: What is wrong with a picture, by the code with which the child refuses it.
_REFUSALS = {
    "unknown": _("This is no picture that can be read here. Send it as JPEG, HEIC, PNG, TIFF, AVIF or WebP."),
    "format": format_lazy(
        "{} {}", _("This file is %(name)s, which cannot be shown as a photograph."), _NOT_A_PHOTOGRAPH
    ),
    "damaged": _("This %(name)s picture is damaged or not whole. Fetch it again from the camera and try once more."),
    "moving": _("This %(name)s moves: it holds several pictures. Save the one to be shown as JPEG and send that."),
    "pages": _("This TIFF holds %(count)s pages. Send them as a document (PDF), or one page by itself as a picture."),
    "strip": _(
        "The picture is %(width)s × %(height)s pixels: too narrow a strip to be shown. Cut out the part that matters."
    ),
    "small": _(
        "The picture is %(width)s × %(height)s pixels, too small to be shown. Each side needs at least %(least)s; "
        "look for the original."
    ),
    "pixels": _(
        "The picture has %(megapixels)s million pixels; as %(name)s at most %(most)s can be read. Save it in a smaller "
        "size, or as JPEG."
    ),
    "transparent": _(
        "The picture has %(megapixels)s million pixels and transparent parts; as %(name)s at most %(most)s can be read "
        "then. Save it in a smaller size, or as JPEG."
    ),
    "progressive": _(
        "The picture is a progressive JPEG of %(megapixels)s million pixels, which takes too much memory to read. Save "
        "it as an ordinary (baseline) JPEG, or smaller."
    ),
    "memory": _("The picture takes too much memory to read. Save it in a smaller size, or as JPEG."),
    "time": _("The picture takes too long to read. Save it in a smaller size, or as JPEG."),
    "busy": _("Too many pictures are being read just now. Wait a minute and save again."),
    "crash": _("The picture cannot be read. Save it anew as JPEG and send that."),
}


class CleanPhoto(ContentFile):
    """A photograph that has been cleaned, with what the child says of it (``partnership.files.images.clean``)."""

    def __init__(self, content: bytes, about: dict[str, Any]):
        super().__init__(content, name="photograph.jpg")
        self.about = about

    @property
    def is_narrow(self) -> bool:
        """As it was sent, upright."""
        return self.about["sent_width"] < RECOMMENDED_WIDTH


def clean(file: Any) -> CleanPhoto:
    """The photograph without metadata, upright, in sRGB. Raises ValidationError that says what is wrong."""
    if file.size > LARGEST_PHOTO:
        raise ValidationError(TOO_LARGE, code="size")
    with _work(file) as (source, folder):
        target = folder / "clean"
        try:
            about = child_process.run("partnership.files.images:clean", source=str(source), target=str(target))
        except child_process.Refused as error:
            raise ValidationError(_REFUSALS[error.code], code=error.code, params=error.values) from error
        except child_process.ChildError as error:
            raise ValidationError(_REFUSALS[error.reason], code=error.reason) from error
        return CleanPhoto(target.read_bytes(), about)


def render(file: Any) -> Iterator[tuple[int, str, bytes]]:
    """The width, format and content of each rendition of a cleaned photograph. Raises ChildError."""
    with _work(file) as (source, folder):
        sizes = folder / "sizes"
        sizes.mkdir()
        child_process.run("partnership.files.images:render", source=str(source), folder=str(sizes))
        for path in sorted(sizes.iterdir()):
            yield int(path.stem), path.suffix[1:], path.read_bytes()


def shrink(file: Any, longest_side: int) -> bytes:
    """A smaller JPEG of a cleaned photograph; the longest side in pixels. Raises ChildError."""
    with _work(file) as (source, folder):
        target = str(folder / "small")
        task = "partnership.files.images:shrink"
        child_process.run(task, source=str(source), target=target, longest_side=longest_side)
        return (folder / "small").read_bytes()


@contextmanager
def _work(file: Any) -> Iterator[tuple[Path, Path]]:
    """The path of a file’s content and a folder, both gone afterwards."""
    with tempfile.TemporaryDirectory() as name, path_of(file, Path(name)) as source:
        yield source, Path(name)


@contextmanager
def path_of(file: Any, folder: Path) -> Iterator[Path]:
    """Where the content of an upload lies on the disk: where it was received, or a copy in ``folder``."""
    if hasattr(file, "temporary_file_path"):
        file.flush()
        yield Path(file.temporary_file_path())
        return
    path = folder / "sent"
    file.seek(0)
    with open(path, "wb") as target:
        for chunk in iter(lambda: file.read(1024 * 1024), b""):
            target.write(chunk)
    file.seek(0)
    yield path


class PhotoFormField(forms.FileField):
    """A photograph in a form: its value is cleaned already. What the file was called does not matter."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        return file if not data or isinstance(file, CleanPhoto) else clean(file)
