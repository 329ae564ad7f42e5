"""System checks of the database; “manage.py migrate” runs them first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def sorts_by_code_point(databases: Sequence[str] | None = None, **_rest: Any) -> list[CheckMessage]:
    """Lists, exports and the checksums of editions depend on the order of codes, which must be the same everywhere.

    The collation of a language ignores hyphens and case, and changes with the system’s libraries.
    """
    errors: list[CheckMessage] = []
    for alias in databases or []:
        if connections[alias].vendor != "postgresql":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 'B' < 'a' AND 'a-b' < 'aa'")
            if not cursor.fetchone()[0]:
                errors.append(
                    Error(
                        "This database sorts text by the rules of a language.",
                        hint="Make it with: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 NAME",
                        id="partnership.E001",
                    )
                )
    return errors
