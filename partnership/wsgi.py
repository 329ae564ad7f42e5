"""The application that gunicorn serves, with the store of public pages around it."""

import gc
import os
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.wsgi import get_wsgi_application

gc.disable()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnership.settings")
application: Callable[..., Iterable[bytes]] = get_wsgi_application()

if settings.PAGE_STORE_MB:
    from . import health
    from .pages import Pages

    application = store = Pages(application, room=settings.PAGE_STORE_MB * 1024 * 1024)
    health.page_report = store.report

# What is loaded now stays for good: the collector need not look through it while it is loaded and at every turn
# after, and where a server loads the site before it forks, its workers go on sharing it.
gc.freeze()
gc.enable()
