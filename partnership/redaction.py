"""Erasing a passage for good, from the record and from every kept version of it: the one exception to keeping all."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models, transaction

from .award import editions
from .database.triggers import APPS
from .models import Edition, Redaction, Revision

#: What stands where the passage was. It says that something is gone and nothing of what.
MARK = "[…]"
_NOT_TEXT = (models.SlugField, models.FileField)
#: Kept as they are: what names a record, and what this very act writes.
_SKIPPED = {
    "redaction",
    "user",
    "letter",
    "spreadsheetupload",
    "seededrecord",
    "dataversion",
    "pendingindexing",
    "searchentry",
    "formeraddress",
    # Erased and stored anew with their edition.
    "editionfile",
}


def redact(passage: str, *, by: Any, reason: str, decision: str) -> Redaction:
    """Replaces the passage everywhere and keeps that it was done. All or nothing.

    Raises ValueError for a passage so short that it would tear up other words, and LookupError where it is not found.
    """
    if len(passage.strip()) < 4:
        raise ValueError("The passage must have at least four characters.")
    places: list[str] = []
    with transaction.atomic():
        for label in APPS:
            for model in apps.get_app_config(label).get_models():
                if model._meta.model_name not in _SKIPPED | {"revision"}:
                    places += _in_columns(model, passage)
        places += _in_versions(passage)
        for edition in Edition.objects.select_related("submission"):
            if editions.redact(edition, passage, MARK):
                places.append(f"edition/{edition.submission.code}/{edition.number}")
        if not places:
            raise LookupError("The passage is nowhere on record.")
        return Redaction.objects.create(by=by, reason=reason, decision=decision, places=sorted(set(places)))


def _in_columns(model: type[models.Model], passage: str) -> list[str]:
    names = [
        field.name
        for field in model._meta.fields
        if isinstance(field, (models.CharField, models.TextField))
        and not isinstance(field, _NOT_TEXT)
        and not field.choices
    ]
    found = []
    for name in names:
        for record in model._default_manager.filter(**{f"{name}__contains": passage}):
            text = str(getattr(record, name)).replace(passage, MARK)
            # Past save(): no new version may keep what is taken out of the old ones.
            model._default_manager.filter(pk=record.pk).update(**{name: text})
            found.append(f"{model._meta.model_name}/{getattr(record, 'code', record.pk)}: {name}")
    return found


def _in_versions(passage: str) -> list[str]:
    """The kept versions hold text as JSON, in which some signs are written otherwise."""
    written = json.dumps(passage, ensure_ascii=False)[1:-1]
    found = []
    for revision in Revision.objects.iterator():
        before = json.dumps([revision.content, revision.title, revision.reason], ensure_ascii=False)
        if written in before:
            content, title, reason = json.loads(before.replace(written, MARK))
            Revision.objects.filter(pk=revision.pk).update(content=content, title=title, reason=reason)
            found.append(f"{revision.model_name}/{revision.code}: version {revision.version}")
    return found
