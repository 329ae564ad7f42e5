"""Reads uploaded files in a process of their own: no file takes the time or memory of those who serve readers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..files.validators import LARGEST_FILE
from .columns import Sheet
from .tables import Choices, Layout, Table

#: Seconds after which a file is given up.
MOST_SECONDS = 20
_ROOT = Path(__file__).resolve().parents[2]


def read_file(content: bytes, encoding: str = "") -> dict[str, Any]:
    """What a file holds, as ``file_reader`` describes it. Raises ValidationError with the cause and the way out."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 12 MB. Split it into several."))
    command = [sys.executable, "-m", "partnership.spreadsheets.file_reader", encoding]
    try:
        process = subprocess.run(
            command, input=content, capture_output=True, timeout=MOST_SECONDS, cwd=_ROOT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ValidationError(_message("time", {})) from error
    if process.returncode:
        raise ValidationError(_message("memory", {}))
    result = json.loads(process.stdout)
    if "error" in result:
        raise ValidationError(_message(result["error"], result["values"]))
    return result


def read(sheet: Sheet, content: bytes, choices: Choices | None = None) -> Table:
    """The rows of a file. Raises ValidationError where it is no spreadsheet or not one of this sheet."""
    choices = choices or Choices()
    return Layout(sheet, read_file(content, choices.encoding), choices).table()


def _message(code: str, values: dict[str, Any]) -> str:
    messages = {
        "empty": _("The file is empty."),
        "pdf": _("This is a PDF and no spreadsheet. Bring the spreadsheet that it was made from."),
        "document": _("This is a text document and no spreadsheet. Copy its table into a spreadsheet and save that."),
        "picture": _("This is a picture and no spreadsheet. Type its table into a spreadsheet and save that."),
        "web_page": _(
            "This is a web page, whatever its name says. Open it in your spreadsheet program and save it as XLSX."
        ),
        "password": _("The file is protected by a password. Save it without one and try once more."),
        "damaged": _("The workbook is damaged. Open it, save it anew as XLSX and try once more."),
        "bomb": _("The document unpacks to more than can be checked."),
        "far": _(
            "On the sheet “%(page)s” something stands far away from the rest, in cell %(cell)s. Clear it, save the "
            "file and try once more."
        ),
        "rows": _("The file has more than 20,000 rows. Split it into several."),
        "quote": _(
            'In line %(line)s a quotation mark (") begins a cell and is not closed, so that the rows below would be '
            "swallowed. Put the mark right, or save the file as XLSX."
        ),
        "encoding": _("The file is not written in this encoding. Choose another one."),
        "time": _("The file takes too long to read. Copy the table into a new workbook and bring that."),
        "memory": _("The file takes too much memory to read. Copy the table into a new workbook and bring that."),
    }
    unreadable = _("This is no spreadsheet that can be read. Save it as XLSX or as CSV in your spreadsheet program.")
    return messages.get(code, unreadable) % values
