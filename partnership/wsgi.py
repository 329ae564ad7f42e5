"""The application that gunicorn serves, with the store of public pages around it."""

import os
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnership.settings")
application: Callable[..., Iterable[bytes]] = get_wsgi_application()

if settings.PAGE_STORE_MB:
    from .pages import Pages

    application = Pages(application, room=settings.PAGE_STORE_MB * 1024 * 1024)
