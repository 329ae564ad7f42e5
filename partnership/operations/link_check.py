"""A polite check of the URLs of sources: one host at a time, slowly, with a User-Agent that names the site."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from ..models import Source

#: Seconds: for a response, and between requests to the same host.
TIMEOUT, PAUSE = 20, 2.0
#: Status codes of a dead link. Any other error may be temporary.
_GONE = {404, 410}
_AGENT = "Mozilla/5.0 (compatible; record-link-check; +{site})"


@dataclass(frozen=True)
class LinkResult:
    status: str
    detail: str


def check(url: str) -> LinkResult:
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT.format(site=settings.SITE_URL)})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            final = response.geturl()
            response.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        status = Source.LinkStatus.DEAD if error.code in _GONE else Source.LinkStatus.UNSURE
        return LinkResult(status, f"HTTP {error.code}")
    except urllib.error.URLError as error:
        # A host name that does not resolve may be an error of this machine; only people decide that it is gone.
        return LinkResult(Source.LinkStatus.UNSURE, str(error.reason)[:300])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return LinkResult(Source.LinkStatus.UNSURE, str(error)[:300] or type(error).__name__)
    if final.rstrip("/") != url.rstrip("/"):
        return LinkResult(Source.LinkStatus.MOVED, final[:300])
    return LinkResult(Source.LinkStatus.FOUND, "")


def check_all(report: Callable[[str], None], *, pause: float = PAUSE) -> dict[str, int]:
    """Checks the URL of every published source and stores the results. Returns the number of sources by status.

    ``report`` gets a line for each link that is not simply found; ``pause`` is in seconds.
    """
    sources = sorted(Source.objects.published().exclude(url=""), key=lambda source: (_host(source), source.code))
    counts: dict[str, int] = {}
    for _name, group in groupby(sources, key=_host):
        for index, source in enumerate(group):
            if index:
                time.sleep(pause)
            result = check(source.url)
            counts[result.status] = counts.get(result.status, 0) + 1
            # Without save(): a check does not change the content of the record.
            Source.objects.filter(pk=source.pk).update(
                checked_on=timezone.localdate(), link_status=result.status, link_detail=result.detail
            )
            if result.status != Source.LinkStatus.FOUND:
                report(f"{source.code}: {result.status} {result.detail}")
    return counts


def _host(source: Source) -> str:
    return urlsplit(source.url).netloc
