"""Puts our admin site in the place of Django’s."""

from django.contrib.admin.apps import AdminConfig


class RecordOfficeConfig(AdminConfig):
    default_site = "partnership.signin.site.RecordOffice"
