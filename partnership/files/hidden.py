"""Documents as people send them: opened in a child process, and what they hold beside their pages in words."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from .. import child_process
from .photographs import path_of

#: Bytes of an upload.
LARGEST_DOCUMENT = 100 * 1024 * 1024
#: Pages of the web as they were read; a WARC file is often packed, as .warc.gz.
WEB_ARCHIVES = ("wacz", "warc", "gz")
DOCUMENT_FORMATS = ("pdf", "docx", "odt", "xlsx", "ods", "csv", *WEB_ARCHIVES)
FORMATS_HELP = _(
    "PDF, or an office format: docx, odt, xlsx, ods, csv; a stored copy of a web page: WACZ, WARC; at most 100 MB."
)
#: What a document may hold beside its pages, by the code under which it is kept.
KINDS = {
    "script": _("program code (JavaScript)"),
    "launch": _("a command that starts a program or sends data"),
    "macros": _("macros"),
    "template": _("a template that is fetched from elsewhere"),
    "external": _("content that is fetched from elsewhere"),
    "media": _("sound, film or moving parts"),
    "tracked": _("tracked changes, with what was deleted"),
    "comment": _("comments"),
    "sheet": _("hidden sheets"),
    "text": _("hidden text"),
    "layer": _("hidden layers"),
    "attachment": _("attached files"),
    "embedded": _("files inside of it"),
    "author": _("names of authors"),
    "picture": _("pictures that say where or by whom they were taken"),
    "properties": _("properties that somebody has added"),
}
#: No reason makes these publishable: they do something on the reader’s machine.
DANGEROUS = {"script", "launch", "macros", "template", "external"}

_REFUSALS = {
    "password": _("The document is locked with a password. Open it, save it without one, and send that."),
    "damaged": _("The document (%(name)s) is damaged or not whole, and cannot be opened. Save it anew and send that."),
    "content": _("The file is not what its name says (%(name)s), or it is damaged."),
    "old": _("This is an older Word or Excel file under a new name. Open it, save it as %(suffix)s, and send that."),
    "bomb": _("The document unpacks to more than can be checked."),
    "memory": _("The document takes too much memory to look through. Split it, or save it as PDF."),
    "time": _("The document takes too long to look through. Split it, or save it as PDF."),
    "busy": _("Too many files are being read just now. Wait a minute and save again."),
    "crash": _("The document cannot be looked through. Save it anew as PDF and send that."),
}
_TOO_LARGE = _("The file is larger than 100 MB. Save it in a smaller size, or in parts.")

#: Examples of hidden content by kind.
Finds = dict[str, list[str]]


def suffix_of(name: str) -> str:
    return PurePath(name).suffix.lstrip(".").lower()


def examined(file: Any) -> tuple[Any, Finds]:
    """The document (a PDF without bytes before and behind it), and what is hidden in it. Raises ValidationError."""
    if file.size > LARGEST_DOCUMENT:
        raise ValidationError(_TOO_LARGE, code="size")
    if not file.size:
        raise ValidationError(_("The file is empty."), code="empty")
    suffix = suffix_of(file.name)
    with tempfile.TemporaryDirectory() as name, path_of(file, Path(name)) as path, _in_words():
        source, target = str(path), Path(name) / "trimmed"
        is_trimmed = suffix == "pdf" and _run("trim_pdf", source=source, target=str(target))
        finds = _run("examine", source=str(target) if is_trimmed else source, suffix=suffix)
        return _uploaded(target, file.name) if is_trimmed else file, finds


def cleaned(file: Any) -> tuple[Any, Finds]:
    """The document without what can be taken out of it, and what is left. Raises ValidationError."""
    with tempfile.TemporaryDirectory() as name, path_of(file, Path(name)) as path, _in_words():
        target = Path(name) / "cleaned"
        left = _run("clean", source=str(path), target=str(target), suffix=suffix_of(file.name))
        return _uploaded(target, file.name), left


def _run(function: str, **values: Any) -> Any:
    return child_process.run(f"partnership.files.documents:{function}", **values)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except child_process.Refused as error:
        raise ValidationError(_REFUSALS[error.code], code=error.code, params=error.values) from error
    except child_process.ChildError as error:
        raise ValidationError(_REFUSALS[error.reason], code=error.reason) from error


def _uploaded(path: Path, name: str) -> UploadedFile:
    """A file as if it had been sent so, on the disk without a name and closed with its last use."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 – open for as long as the form is worked on
    with open(path, "rb") as source:
        shutil.copyfileobj(source, file)
    file.seek(0)
    uploaded = UploadedFile(file, PurePath(name).name, size=path.stat().st_size)
    weakref.finalize(uploaded, file.close)
    return uploaded


def in_words(finds: Finds | Iterable[str]) -> str:
    """“names of authors (A. Person), comments”"""
    examples = finds if isinstance(finds, dict) else {}
    return "; ".join(
        f"{KINDS[kind]}{' (' + ', '.join(examples[kind]) + ')' if examples.get(kind) else ''}"
        for kind in KINDS
        if kind in finds
    )


class DocumentFormField(forms.FileField):
    """A document in a form; its value has ``hidden``, what it holds beside its pages. Its name may be of any length."""

    def __init__(self, *, max_length: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not data or hasattr(file, "hidden") or suffix_of(file.name) not in DOCUMENT_FORMATS:
            return file
        file, file.hidden = examined(file)
        return file
