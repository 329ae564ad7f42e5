"""Checks and loads uploaded files: a short one within its request, a long one by the worker, away from readers."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ..models import SpreadsheetLayout, SpreadsheetUpload
from ..record import history
from ..record.errors import InvalidRecord
from .checks import Answers, Change, title_of
from .columns import SHEETS
from .imports import PUBLISH, Conflict, Import
from .names import ERAS
from .tables import Choices, Layout, Table
from .uploads import read_file

logger = logging.getLogger(__name__)

#: Rows up to which a file is checked and loaded within its request: some two seconds on a slow machine.
MOST_IN_REQUEST = 300
#: Of how many records it is shown what would change, and of how many faults what they are; of others there is a number.
MOST_SHOWN, MOST_ERRORS = 100, 2_000
#: After so long without a sign, another worker takes a task over.
GIVEN_UP = datetime.timedelta(minutes=3)


def choices_of(upload: SpreadsheetUpload) -> Choices:
    return Choices(**upload.choices)


def layout_of(upload: SpreadsheetUpload) -> Layout:
    """Raises ValidationError where no page of the file can be a table."""
    sheet, choices, file = SHEETS[upload.sheet], choices_of(upload), upload.file
    layout = Layout(sheet, file, choices)
    remembered = SpreadsheetLayout.of(sheet.name, layout.headings_key)
    if not remembered:
        return layout
    for model, names in remembered.names.items():
        choices.names[model] = {**names, **choices.names.get(model, {})}
    return Layout(sheet, file, choices, {"columns": remembered.columns})


def reread(upload: SpreadsheetUpload, encoding: str = "") -> None:
    """Reads the file, in an encoding if that was chosen. Raises ValidationError."""
    upload.file = read_file(bytes(upload.content), encoding)


def import_of(upload: SpreadsheetUpload) -> tuple[Import, Layout, Table]:
    """Raises ValidationError."""
    layout = layout_of(upload)
    table = layout.table()
    answers = Answers(
        upload.reason.strip(), upload.allowed_because.strip(), upload.are_others, upload.right_because.strip()
    )
    return Import(SHEETS[upload.sheet], table, upload.by, answers, layout.choices), layout, table


def is_long(upload: SpreadsheetUpload) -> bool:
    return upload.total > MOST_IN_REQUEST


# Checking


def check(upload: SpreadsheetUpload, tick: Callable[[int], None] = lambda _done: None) -> dict[str, Any]:
    """What a file would do and all that is asked or wrong, for the page; writes nothing but that."""
    imported, layout, table = import_of(upload)
    for done in imported.check():
        tick(done)
    result = _summary(imported, layout, table)
    upload.seen = imported.versions
    # It may be gone by now, when the button was pressed twice.
    SpreadsheetUpload.objects.filter(pk=upload.pk).update(seen=upload.seen, total=imported.total)
    return result


def _summary(imported: Import, layout: Layout, table: Table) -> dict[str, Any]:
    texts = {column.name: heading.text for heading in layout.headings if (column := heading.column)}
    return {
        "rows": imported.total,
        "created": len(imported.created),
        "updated": len(imported.updated),
        "proposed": len(imported.proposed),
        "unchanged": imported.unchanged,
        "error_count": len(imported.errors),
        "errors": [
            {
                "row": error.line,
                "column": error.column,
                "heading": texts.get(error.column, ""),
                "reason": str(error.reason),
                "code": error.code,
                "cell": error.cell,
                "candidates": [list(candidate) for candidate in error.candidates],
            }
            for error in imported.errors[:MOST_ERRORS]
        ],
        "changes": [_change(change, imported) for change in imported.changes[:MOST_SHOWN]],
        "left_out": [row._asdict() for row in table.left_out[:MOST_ERRORS]],
        "left_out_count": len(table.left_out),
        "more": len(imported.changes) > MOST_SHOWN,
        "notices": table.notices[:MOST_SHOWN],
    }


def _change(change: Change, imported: Import) -> dict[str, Any]:
    return {
        "row": change.row,
        "is_new": change.is_new,
        "is_proposed": change.is_proposed,
        "title": title_of(change, imported.names),
        "url": "" if change.is_new else _form_url(change.record),
        "differences": [difference._asdict() for difference in _differences(change, imported)],
    }


def _differences(change: Change, imported: Import) -> list[history.Difference]:
    """In people’s words: names in the place of codes, and no code of a record that is only about to be made."""
    before, after = (imported.names.in_words(imported.schema, text) for text in (change.before, change.after))
    if change.is_new:
        after.pop("code", None)
    return history.differences_in(imported.schema, before, after)


def _form_url(record: models.Model) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


# Loading


def load(upload: SpreadsheetUpload, tick: Callable[[int], None] = lambda _done: None) -> dict[str, Any]:
    """Checks anew and loads all of it, or says why nothing was. Of a loaded file the content goes."""
    imported, layout, table = import_of(upload)
    for done in imported.check():
        tick(done // 2)
    if imported.errors:
        return _summary(imported, layout, table)
    try:
        with transaction.atomic():
            rows = SpreadsheetUpload.objects.filter(pk=upload.pk, loaded_at=None)
            if not rows.update(loaded_at=timezone.now(), content=b"", grid=b"", seen=None):
                raise Conflict([])
            for _done in imported.load(upload.seen or {}):
                pass
            result = _loaded(imported)
            SpreadsheetUpload.objects.filter(pk=upload.pk).update(result=result, task="")
    except Conflict as conflict:
        result = _summary(imported, layout, table)
        upload.seen = imported.versions
        SpreadsheetUpload.objects.filter(pk=upload.pk).update(seen=upload.seen)
        return {**result, "moved": conflict.codes}
    except InvalidRecord as invalid:
        logger.error("An import was refused after its check: %s", "; ".join(map(str, invalid.errors[:5])))
        return {**_summary(imported, layout, table), "refused": [str(error.reason) for error in invalid.errors[:20]]}
    except DatabaseError:
        return {**_summary(imported, layout, table), "is_busy": True}
    _remember(upload, layout)
    upload.loaded_at = timezone.now()
    return result


def _loaded(imported: Import) -> dict[str, Any]:
    changes = imported.changes[:MOST_SHOWN]
    return {
        "created": len(imported.created),
        "updated": len(imported.updated),
        "proposed": len(imported.proposed),
        "unchanged": imported.unchanged,
        "is_public": imported.choices.finish == PUBLISH,
        "more": len(imported.changes) > MOST_SHOWN,
        "changes": [
            {"row": change.row, "title": title_of(change, imported.names), "url": _form_url(change.record)}
            for change in changes
        ],
    }


def _remember(upload: SpreadsheetUpload, layout: Layout) -> None:
    if not layout.choices.remembers or layout.is_certain:
        return
    columns = {str(heading.place): heading.column.name if heading.column else "" for heading in layout.headings}
    names = {model: names for model, names in layout.choices.names.items() if model != ERAS}
    SpreadsheetLayout.remember(upload.sheet, layout.headings_key, columns, names)


# The worker


def work(is_ending: Callable[[], bool] = lambda: False) -> int:
    """Does what waits, one file after the other, and says how many. Any number of workers may do it at once."""
    count = 0
    for upload in _claimed(is_ending):
        count += 1
        with translation.override(upload.language or None):
            _do(upload)
    return count


def _claimed(is_ending: Callable[[], bool]) -> Iterator[SpreadsheetUpload]:
    while not is_ending():
        is_free = models.Q(worked_at=None) | models.Q(worked_at__lt=timezone.now() - GIVEN_UP)
        waiting = SpreadsheetUpload.objects.exclude(task="").filter(is_free)
        upload = waiting.order_by("pk").first()
        if upload is None:
            return
        if waiting.filter(pk=upload.pk).update(worked_at=timezone.now(), done=0):
            yield upload


def _do(upload: SpreadsheetUpload) -> None:
    own = SpreadsheetUpload.objects.filter(pk=upload.pk)

    def tick(done: int) -> None:
        own.update(done=done, worked_at=timezone.now())

    try:
        result = load(upload, tick) if upload.task == SpreadsheetUpload.Task.LOAD else check(upload, tick)
    except ValidationError as error:
        result = {"refused": error.messages}
    except Exception:
        logger.exception("An import failed.")
        result = {"refused": [_("Something went wrong here. Nothing has been loaded; the log says what.")]}
    own.update(result=result, task="", worked_at=None)
