"""Files of strangers: told by their first bytes where readers are served, decoded only by the worker.

Nothing here leads to a public address. A file waits under a random name until the worker has looked at it; staff then
see a picture that was made anew, and get the original only as a download.
"""

from __future__ import annotations

import hashlib
import re
import socket
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from ..fields.texts import CharFormField
from ..files import images, photographs
from ..files.storage import delete_files_on_rollback
from ..files.validators import LARGEST_FILE
from ..models import Contribution, ContributionFile

Format, State = ContributionFile.Format, ContributionFile.State

_PICTURES = {
    Format.JPEG: rb"\xff\xd8\xff",
    Format.PNG: rb"\x89PNG\r\n\x1a\n",
    Format.WEBP: rb"RIFF....WEBP",
    Format.AVIF: rb"....ftypavif",
    Format.HEIC: rb"....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)",
}
#: The longest side of what staff see, in pixels.
PREVIEW = 1280
#: A file at which the worker has died so often is not decoded again.
MOST_TRIES = 2

# At the door


def format_of(file: Any) -> str:
    """What a file is, from its first bytes and, of a picture, its header. Raises ValidationError with what to do."""
    if file.size > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 12 MB. Save it in a smaller size and try again."), code="size")
    file.seek(0)
    head = file.read(1024)
    for picture_format, start in _PICTURES.items():
        if re.match(start, head, re.DOTALL):
            if picture_format != Format.HEIC:
                _check_header(file, picture_format)
            return picture_format
    if b"%PDF-" in head and b"<html" not in head.lower() and _ends_like_pdf(file):
        return Format.PDF
    raise ValidationError(
        _("Send pictures (JPEG, HEIC, PNG, WebP, AVIF) or PDF. For other files, write to us first."), code="kind"
    )


def _check_header(file: Any, picture_format: str) -> None:
    """Its size in pixels, without decoding: a small file may hold a picture that fills the memory."""
    from PIL import Image, UnidentifiedImageError

    most = images.MEGAPIXELS[picture_format.upper()]
    too_many = ValidationError(
        _("The picture has more than %(most)s million pixels."), code="pixels", params={"most": most}
    )
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=[picture_format.upper()]) as image:
                width, height = image.size
    except Image.DecompressionBombError as error:
        raise too_many from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(_("This picture is damaged. Save it again and try once more."), code="content") from error
    if width * height > most * 1_000_000:
        raise too_many


def _ends_like_pdf(file: Any) -> bool:
    file.seek(max(0, file.size - 2048))
    return b"%%EOF" in file.read()


def plain_name(name: str) -> str:
    """The name that a file had, without folders, and without signs that hide or turn what is read."""
    signs = (sign for sign in PurePath(name.replace("\\", "/")).name if unicodedata.category(sign)[0] != "C")
    return "".join(signs).strip()[:120]


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("One file at a time"),
        help_text=_("JPEG, HEIC, PNG, WebP, AVIF or PDF, at most 12 MB."),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/heic,image/heif,image/png,image/webp,image/avif,application/pdf"}
        ),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty.")},
    )
    licence = forms.BooleanField(
        label=_(
            "I took it, or may give it away, and publish it under CC BY 4.0: anyone may use it if they say where it "
            "comes from"
        ),
        required=False,
    )
    credit = CharFormField(
        label=_("How should it be credited?"),
        help_text=_("Empty: “Sent to the record”."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    people = forms.ChoiceField(
        label=_("Can somebody be recognised?"),
        choices=ContributionFile.People.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    children = forms.ChoiceField(
        label=_("Are there children in it?"),
        help_text=_("Pictures of children are published only when their guardians have agreed in writing to us."),
        choices=[("", _("No")), ("yes", _("Yes"))],
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        self.format = format_of(file)
        file.seek(0)
        return file

    def clean(self) -> None:
        if self.cleaned_data.get("children") and self.cleaned_data.get("people") == ContributionFile.People.NONE:
            self.add_error("people", _("Children in the picture can be recognised too."))


def lacks_room(contribution: Contribution, size: int) -> str:
    """Why a file cannot be taken, in words; empty where it can."""
    used = contribution.files.aggregate(number=models.Count("pk"), size=models.Sum("size"))
    if used["number"] >= ContributionFile.MOST or (used["size"] or 0) + size > ContributionFile.MOST_BYTES:
        return str(_("Here at most ten files of 60 MB together can be added. Send a new form for more."))
    files = ContributionFile.objects.exclude(state__in=[State.REFUSED, State.DELETED])
    everything = files.aggregate(size=models.Sum("size"))["size"] or 0
    if everything + size > settings.CONTRIBUTIONS_ROOM_MB * 1024 * 1024:
        return str(_("There is no room for files just now. Your text is safe; try again in some days."))
    return ""


def keep(contribution: Contribution, form: FileForm) -> bool:
    """Stores a file that has passed the door; False where it is here already. All or nothing."""
    file, values = form.cleaned_data["file"], form.cleaned_data
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    if contribution.files.filter(sha256=sha256).exists():
        return False
    try:
        with delete_files_on_rollback(), transaction.atomic():
            ContributionFile.objects.create(
                contribution=contribution,
                file=file,
                declared_name=plain_name(file.name),
                size=file.size,
                sha256=sha256,
                format=form.format,
                licence=ContributionFile.LICENCE if values["licence"] else "",
                credit=values["credit"],
                people=values["people"],
                children=bool(values["children"]),
            )
    except IntegrityError:
        return False
    return True


# In the worker


class ScannerAway(Exception):
    """The scanner for viruses does not answer; what waits goes on waiting."""


def look_at_files() -> None:
    """Scans and decodes what waits, one at a time."""
    for pk, tries in list(ContributionFile.objects.filter(state=State.WAITING).values_list("pk", "tries")):
        mine = ContributionFile.objects.filter(pk=pk, state=State.WAITING, tries=tries)
        if tries >= MOST_TRIES:
            mine.update(state=State.REFUSED, why="unreadable")
        elif mine.update(tries=tries + 1):
            try:
                _look_at(ContributionFile.objects.get(pk=pk))
            except ScannerAway:
                ContributionFile.objects.filter(pk=pk).update(tries=tries)
                return


def _look_at(row: ContributionFile) -> None:
    with row.file.open("rb") as original:
        if settings.CLAMD:
            if virus := scan(original):
                row.state, row.why, row.scanned = State.REFUSED, virus[:120], ContributionFile.Scanned.CLAMAV
                row.save()
                return
            row.scanned = ContributionFile.Scanned.CLAMAV
        if row.is_picture:
            try:
                _make_preview(row, original)
            except ValidationError as error:
                row.state, row.why = State.REFUSED, str(error.code or "content")
                row.save()
                return
    row.state = State.CLEAN
    row.save()


def _make_preview(row: ContributionFile, original: IO[bytes]) -> None:
    """A smaller picture made anew from its points alone. Of what the camera wrote only the date is taken."""
    clean = photographs.clean(original)
    row.camera_date = clean.about["camera_date"]
    row.preview.save("preview.jpg", ContentFile(photographs.shrink(clean, PREVIEW)), save=False)


def scan(file: IO[bytes]) -> str:
    """The name of the virus that ClamAV finds; empty for none. Raises ScannerAway. (clamd, INSTREAM)"""
    file.seek(0)
    try:
        with _clamd() as clamd:
            clamd.sendall(b"zINSTREAM\0")
            for chunk in _chunks(file):
                clamd.sendall(len(chunk).to_bytes(4, "big") + chunk)
            clamd.sendall(bytes(4))
            answer = clamd.makefile("rb").read().rstrip(b"\0").decode("ascii", "replace")
    except OSError as error:
        raise ScannerAway from error
    if answer.endswith(" OK"):
        return ""
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerAway(answer[:80])


def _clamd() -> socket.socket:
    place = urlsplit(settings.CLAMD)
    if place.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(place.path)
        return connection
    return socket.create_connection((place.hostname or "localhost", place.port or 3310), timeout=60)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(64 * 1024):
        yield chunk
