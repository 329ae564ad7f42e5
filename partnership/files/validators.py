"""What may be uploaded, told by content and not by name, with a plain message for what may not."""

from __future__ import annotations

import warnings
import zipfile
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: In bytes.
LARGEST_FILE = 12 * 1024 * 1024
#: In pixels; a larger picture takes more memory to open than the server can give.
MOST_PIXELS = 40_000_000
SMALLEST_WIDTH = 200
#: What an office document may unpack to, and of how many parts it may consist.
LARGEST_UNPACKED, MOST_PARTS = 100 * 1024 * 1024, 2000

NO_PICTURE = _("This is no whole JPEG, PNG or WebP picture. Export it again and try once more.")
_TOO_LARGE = _("The file is larger than 12 MB. Save it in a smaller size and try again.")
#: How each office format says what it is: a part of the archive and words in it.
_OFFICE = {
    "docx": ("[Content_Types].xml", b"wordprocessingml"),
    "xlsx": ("[Content_Types].xml", b"spreadsheetml"),
    "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
    "ods": ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
}


def _is_kept(file: Any) -> bool:
    """A file that is in the storage already was checked when it came."""
    return bool(getattr(file, "_committed", False))


def check_photo(file: Any) -> None:
    """Raises ValidationError for what is no whole JPEG, PNG or WebP of sensible size."""
    # Imported with the first photograph, as in partnership.files.images.
    from PIL import Image, UnidentifiedImageError

    if _is_kept(file):
        return
    if file.size > LARGEST_FILE:
        raise ValidationError(_TOO_LARGE, code="size")
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=["JPEG", "PNG", "WEBP"]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ValidationError(_("The picture has more than 40 million pixels."), code="pixels")
                if image.width < SMALLEST_WIDTH:
                    raise ValidationError(_("The picture is too small to be shown."), code="pixels")
                # Only decoding shows that the picture is whole.
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_("The picture has more than 40 million pixels."), code="pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(NO_PICTURE, code="content") from error
    finally:
        file.seek(0)


def check_document(file: Any) -> None:
    """Raises ValidationError for what is not inside what its name says, is too large, or carries macros."""
    if _is_kept(file):
        return
    if file.size > LARGEST_FILE:
        raise ValidationError(_TOO_LARGE, code="size")
    if not file.size:
        raise ValidationError(_("The file is empty."), code="empty")
    suffix = file.name.rsplit(".", 1)[-1].lower()
    file.seek(0)
    content = file.read()
    file.seek(0)
    if suffix == "pdf":
        is_whole = (
            content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:] and b"<html" not in content[:1024].lower()
        )
    elif suffix == "csv":
        is_whole = b"\0" not in content and _is_text(content)
    else:
        is_whole = _is_office(content, suffix)
    if not is_whole:
        raise ValidationError(
            _("The file is not what its name says (%(suffix)s), or it is damaged."),
            code="content",
            params={"suffix": suffix},
        )


def is_workbook(content: bytes) -> bool:
    """Whether this is an XLSX file. Raises ValidationError where it unpacks to too much or holds macros."""
    return content.startswith(b"PK") and _is_office(content, "xlsx")


def _is_text(content: bytes) -> bool:
    for encoding in ("utf-8", "windows-1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_office(content: bytes, suffix: str) -> bool:
    part, words = _OFFICE.get(suffix, ("", b""))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
                raise ValidationError(_("The document unpacks to more than can be checked."), code="bomb")
            names = [member.filename for member in members]
            if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
                raise ValidationError(_("The document holds macros. Save it without them."), code="macros")
            return part in names and words in archive.read(part)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return False
