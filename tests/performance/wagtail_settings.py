"""What ``wagtail start`` leaves open, set as for production: the database as ours, connections kept open.

Copied into the site that wagtail_site.py makes, beside its ``base.py``.
"""

import os

from .base import *  # noqa: F403
from .base import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES

DEBUG = False
SECRET_KEY = "for measuring"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [*INSTALLED_APPS, "record"]
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["OPTIONS"] = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA mmap_size=134217728;PRAGMA cache_size=-20000;",
}
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
WAGTAIL_I18N_ENABLED = True
LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("sv", "Svenska")]
ROOT_URLCONF = "peer.measured_urls"
# Its pages say the same words, from the same catalogue.
LOCALE_PATHS = [os.environ["RECORD_LOCALE"]]
SITE_URL = "http://localhost:8000"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
