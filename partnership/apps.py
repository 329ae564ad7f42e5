"""The app’s one hook: after every migration the triggers that note writes are put in place again."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PartnershipConfig(AppConfig):
    name = "partnership"

    def ready(self) -> None:
        from .changes import install_triggers

        # No method would do: SQLite drops a table’s triggers whenever a migration rebuilds the table.
        post_migrate.connect(install_triggers)
