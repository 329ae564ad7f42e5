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
    from projects.forms import ProjectFilter
    from visits.forms import VisitFilter

    from .web import health
    from .web.page_cache import PageCache

    application = store = PageCache(
        application,
        room=settings.PAGE_STORE_MB * 1024 * 1024,
        parameters={*ProjectFilter.base_fields, *VisitFilter.base_fields, "from", "to", "page"} - {"q"},
    )
    health.page_report = store.report

# What is loaded now stays for good: the collector need not look through it while it is loaded and at every turn
# after, and where a server loads the site before it forks, its workers go on sharing it.
gc.freeze()
gc.enable()
