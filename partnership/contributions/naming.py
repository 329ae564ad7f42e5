"""The record that somebody means by what people call it: its title, its address, or its lasting address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from ..addresses import permanent_models
from ..fields.translated import language_columns
from ..publishing import Record

#: The fields by which records are called, in any language.
_CALLED = ("title", "name", "short_name", "label", "text")
#: So many are named where several are meant.
_MOST = 5


def record_named(text: str) -> Record:
    """Raises ValidationError where none or several are meant."""
    text = text.strip()
    records = _at_address(text) or _called(text)
    if not records:
        raise ValidationError(_("No record is called that. Write its title, or paste its address."), code="none")
    if len(records) > 1:
        names = "; ".join(f"{record._meta.model_name}/{record.code} ({record})" for record in records[:_MOST])
        raise ValidationError(
            _("Several are meant. Write one of these: %(names)s"), code="many", params={"names": names}
        )
    return records[0]


def _at_address(text: str) -> list[Record]:
    """By “project/leseding”, as the answer above names it, or by the end of an address."""
    parts = [part for part in urlsplit(text).path.split("/") if part]
    if len(parts) < 2 or " " in text:
        return []
    kinds: dict[str, Any] = permanent_models()
    models_meant = [kinds[parts[-2]]] if parts[-2] in kinds else list(kinds.values())
    name = "code" if parts[-2] in kinds else "slug"
    return [record for model in models_meant for record in model._default_manager.filter(**{name: parts[-1]})]


def _called(text: str) -> list[Record]:
    if not text:
        return []
    records: list[Record] = []
    for model in permanent_models().values():
        columns = {column.name for column in model._meta.fields}
        names = [name for called in _CALLED for name in (called, *language_columns(called)) if name in columns]
        condition = models.Q(code=text)
        for name in names:
            condition |= models.Q(**{f"{name}__iexact": text})
        records += model._default_manager.filter(condition)[: _MOST + 1]
    return records
