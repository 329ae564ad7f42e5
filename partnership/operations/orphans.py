"""Files in the storage to which no row refers: left by an interruption between a file and its row."""

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
    """The names of all files to which no row refers and that are older than ``YOUNG``, in order."""
    on_record = names_on_record()
    for name in names_in(storage):
        if name not in on_record and storage.get_modified_time(name) < timezone.now() - YOUNG:
            yield name


def missing(storage: Storage) -> list[str]:
    """The names of files to which a row refers and that are not in the storage, in order."""
    return sorted(names_on_record(renditions=False) - set(names_in(storage)))


def names_in(storage: Storage, folder: str = "") -> Iterator[str]:
    """The names of all files in a storage, in order; none where its folder does not exist yet."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    for name in sorted(names):
        yield f"{prefix}{name}"
    for name in sorted(folders):
        yield from names_in(storage, f"{prefix}{name}")


def names_on_record(*, renditions: bool = True) -> set[str]:
    """The files to which rows refer, with the renditions of photographs, which are made when they are needed."""
    names: set[str] = set()
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, FileField)]
        for row in model._default_manager.all() if fields else ():
            names |= {name for field in fields if (name := getattr(row, field).name)}
            if isinstance(row, Photo) and renditions:
                names |= {row.rendition_name(*size) for size in row.sizes()}
    return names
