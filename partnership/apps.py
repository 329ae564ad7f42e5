"""The app’s name and hooks: checks, and around every migration the triggers that note writes."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class PartnershipConfig(AppConfig):
    name = "partnership"
    verbose_name = _("The partnership")

    def ready(self) -> None:
        from .database import checks as database_checks  # noqa: F401
        from .database.triggers import drop_triggers, install_triggers
        from .web import checks as settings_checks  # noqa: F401

        # No method would do: SQLite drops a table’s triggers whenever a migration rebuilds the table.
        pre_migrate.connect(drop_triggers)
        post_migrate.connect(install_triggers)
