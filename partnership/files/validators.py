"""Validators of uploaded files, by their content and not by their name alone."""

from __future__ import annotations

import zipfile
from io import BytesIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: Bytes.
LARGEST_FILE = 12 * 1024 * 1024
#: The unpacked bytes of an office document, and the number of its parts.
LARGEST_UNPACKED, MOST_PARTS = 100 * 1024 * 1024, 2000

#: How each office format is recognised: a part of the archive, and text in it.
_OFFICE = {
    "docx": ("[Content_Types].xml", b"wordprocessingml"),
    "xlsx": ("[Content_Types].xml", b"spreadsheetml"),
    "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
    "ods": ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
}


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
