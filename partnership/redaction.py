"""Redaction: a passage is erased for good, from the record and from all its versions and editions."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models, transaction

from .award import editions
from .database.triggers import APPS
from .models import (
    Edition,
    Proposal,
    Redaction,
    Revision,
    SearchWord,
    SpreadsheetLayout,
    SpreadsheetUpload,
)
from .search import folded_words

#: Replaces the passage; it says that something is gone and nothing of what.
MARK = "[…]"
_NOT_TEXT = (models.SlugField, models.FileField)
#: Names of models that are not redacted: what names a record, and what the redaction itself writes.
_SKIPPED = {
    "redaction",
    "user",
    "queuedemail",
    "suppression",
    "follower",
    "following",
    "spreadsheetupload",
    "seededrecord",
    "dataversion",
    "pendingindexing",
    "searchentry",
    # Deleted: see redact.
    "searchword",
    "formeraddress",
    "heartbeat",
    # Redacted with their edition.
    "editionfile",
}


def redact(passage: str, *, by: Any, reason: str, decision: str) -> Redaction:
    """Replaces the passage everywhere and records that it was done. All or nothing.

    Raises ValueError for a passage of fewer than four characters, which would damage other words, and LookupError for
    one that is nowhere.
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
        places += _in_proposals(passage)
        places += _in_spreadsheets(passage)
        for edition in Edition.objects.select_related("submission"):
            if editions.redact(edition, passage, MARK):
                places.append(f"edition/{edition.submission.code}/{edition.number}")
        if not places:
            raise LookupError("The passage is nowhere on record.")
        SearchWord.objects.filter(word__in=folded_words(passage)).delete()
        return Redaction.objects.create(by=by, reason=reason, decision=decision, places=sorted(set(places)))


def _in_columns(model: type[models.Model], passage: str) -> list[str]:
    names = [
        field.name
        for field in model._meta.fields
        if isinstance(field, (models.CharField, models.TextField))
        and not isinstance(field, _NOT_TEXT)
        and not field.choices
    ]
    places = []
    for name in names:
        for record in model._default_manager.filter(**{f"{name}__contains": passage}):
            text = str(getattr(record, name)).replace(passage, MARK)
            # Without save(): no new version may hold what is erased from the old ones.
            model._default_manager.filter(pk=record.pk).update(**{name: text})
            places.append(f"{model._meta.model_name}/{getattr(record, 'code', record.pk)}: {name}")
    return places


def _in_proposals(passage: str) -> list[str]:
    """What was proposed holds the same texts, and the form that they were typed into."""
    escaped = json.dumps(passage, ensure_ascii=False)[1:-1]
    places = []
    for proposal in Proposal.objects.iterator():
        before = json.dumps([proposal.base, proposal.content, proposal.typed], ensure_ascii=False)
        if escaped in before:
            base, content, typed = json.loads(before.replace(escaped, MARK))
            Proposal.objects.filter(pk=proposal.pk).update(base=base, content=content, typed=typed)
            places.append(f"proposal/{proposal.model_name}/{proposal.code}")
    return places


def _in_spreadsheets(passage: str) -> list[str]:
    """A file that waits for its import, and what was remembered of its headings and names, goes as a whole."""
    places = []
    for model in (SpreadsheetUpload, SpreadsheetLayout):
        for row in model._default_manager.all():
            if passage in row.text:
                row.delete()
                places.append(f"{model._meta.model_name}/{row}")
    return places


def _in_versions(passage: str) -> list[str]:
    """Versions hold text as JSON, in which some characters are escaped."""
    escaped = json.dumps(passage, ensure_ascii=False)[1:-1]
    places = []
    for revision in Revision.objects.iterator():
        before = json.dumps([revision.content, revision.title, revision.reason], ensure_ascii=False)
        if escaped in before:
            content, title, reason = json.loads(before.replace(escaped, MARK))
            Revision.objects.filter(pk=revision.pk).update(content=content, title=title, reason=reason)
            places.append(f"{revision.model_name}/{revision.code}: version {revision.version}")
    return places
