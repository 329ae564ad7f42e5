"""Validators of uploaded files, by their content and not by their name alone."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: Bytes.
LARGEST_FILE = 12 * 1024 * 1024
#: The unpacked bytes of an office document, and the number of its parts.
LARGEST_UNPACKED, MOST_PARTS = 100 * 1024 * 1024, 2000

_TOO_LARGE = _("The file is larger than 12 MB. Save it in a smaller size and try again.")
#: How each office format is recognised: a part of the archive, and text in it.
_OFFICE = {
    "docx": ("[Content_Types].xml", b"wordprocessingml"),
    "xlsx": ("[Content_Types].xml", b"spreadsheetml"),
    "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
    "ods": ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
}


def _is_stored(file: Any) -> bool:
    """A file that is in the storage was validated when it was uploaded."""
    return bool(getattr(file, "_committed", False))


def validate_document(file: Any) -> None:
    """Accepts a file whose content is what its suffix says, without macros."""
    if _is_stored(file):
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
        is_valid = (
            content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:] and b"<html" not in content[:1024].lower()
        )
    elif suffix == "csv":
        is_valid = b"\0" not in content and _is_text(content)
    else:
        is_valid = _is_office(content, suffix)
    if not is_valid:
        raise ValidationError(
            _("The file is not what its name says (%(suffix)s), or it is damaged."),
            code="content",
            params={"suffix": suffix},
        )


def is_workbook(content: bytes) -> bool:
    """Whether the content is an XLSX file. Raises ValidationError where it unpacks to too much or holds macros."""
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
    part, signature = _OFFICE.get(suffix, ("", b""))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
                raise ValidationError(_("The document unpacks to more than can be checked."), code="bomb")
            names = [member.filename for member in members]
            if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
                raise ValidationError(_("The document holds macros. Save it without them."), code="macros")
            return part in names and signature in archive.read(part)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return False
