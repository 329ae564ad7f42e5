"""Puts our admin site in the place of Django’s."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import CheckMessage, Tags, register


class RecordOfficeConfig(SimpleAdminConfig):
    """Forms are loaded with the addresses of staff (``partnership.urls``): the public need not wait for them."""

    default_site = "partnership.staff.site.RecordOffice"

    def ready(self) -> None:
        super().ready()
        register(check_forms, Tags.admin)


def check_forms(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """As Django’s check of the admin, which sees only the forms that are loaded when its turn comes."""
    admin.autodiscover()
    return admin.site.check(app_configs)
