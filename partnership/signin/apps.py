"""Replaces the admin site of Django."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.checks import CheckMessage, Tags, register


class RecordOfficeConfig(SimpleAdminConfig):
    """The admin modules are imported by ``partnership.urls``, so that public pages need not wait for them."""

    default_site = "partnership.staff.site.RecordOffice"

    def ready(self) -> None:
        super().ready()
        from . import security_log

        # Django’s own views sign people in: no method of ours is called.
        user_logged_in.connect(security_log.signed_in, dispatch_uid="security log")
        user_login_failed.connect(security_log.failed, dispatch_uid="security log")
        register(check_admin, Tags.admin)


def check_admin(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Repeats Django’s check after autodiscovery: Django checks only what is registered when it runs."""
    admin.autodiscover()
    return admin.site.check(app_configs)
