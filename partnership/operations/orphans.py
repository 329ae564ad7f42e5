"""Files in the storage that nothing refers to: left where the power went between a file and its row."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.apps import apps
from django.core.files.storage import Storage
from django.db.models import FileField
from django.utils import timezone

from ..models import Photo

#: An upload stores its file first and its row after it; a younger file may still get its row.
YOUNG = datetime.timedelta(hours=1)


def orphans(storage: Storage) -> Iterator[str]:
    """The names of all files that no row refers to and that are older than an hour, in order."""
    on_record = names_on_record()
    for name in names_in(storage):
        if name not in on_record and storage.get_modified_time(name) < timezone.now() - YOUNG:
            yield name


def missing(storage: Storage) -> list[str]:
    """The names of files that a row refers to and that are not there, in order."""
    return sorted(names_on_record() - set(names_in(storage)))


def names_in(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every file of a storage, in order; of one that is not there yet none."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    for name in sorted(names):
        yield f"{prefix}{name}"
    for name in sorted(folders):
        yield from names_in(storage, f"{prefix}{name}")


def names_on_record() -> set[str]:
    """The files that rows refer to, with the sizes in which photographs are kept."""
    found: set[str] = set()
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, FileField)]
        for row in model._default_manager.all() if fields else ():
            found |= {name for field in fields if (name := getattr(row, field).name)}
            if isinstance(row, Photo):
                found |= {row.rendition_name(*size) for size in row.sizes()}
    return found
