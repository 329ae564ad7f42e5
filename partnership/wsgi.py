"""The application that gunicorn serves, inside the cache of public pages."""

import gc
import os
import sys
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.wsgi import get_wsgi_application

gc.disable()
# Seconds. A thread that sends a page that is kept does not wait long for one that makes another.
sys.setswitchinterval(0.0005)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnership.settings")
application: Callable[..., Iterable[bytes]] = get_wsgi_application()

if settings.PAGE_STORE_MB:
    from projects.forms import ProjectFilter
    from visits.forms import VisitFilter

    from .web import health
    from .web.page_cache import PageCache

    application = page_cache = PageCache(
        application,
        max_bytes=settings.PAGE_STORE_MB * 1024 * 1024,
        parameters={*ProjectFilter.base_fields, *VisitFilter.base_fields, "from", "to", "page"} - {"q"},
    )
    health.page_cache_report = page_cache.report

from .web.metrics import Counted  # noqa: E402

application = Counted(application)

# Everything loaded by now lives as long as the process. The collector skips it, and workers that are forked after
# loading go on sharing its memory.
gc.freeze()
gc.enable()
