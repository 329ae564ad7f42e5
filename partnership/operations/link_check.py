"""A polite check of the URLs of sources: one host at a time, slowly, with a User-Agent that names the site."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from ..models import Source
from . import outgoing

#: Seconds: for all of an answer, and between requests to the same host.
TIMEOUT, PAUSE = 20, 2.0
#: Status codes of a dead link. Any other error may be temporary.
_GONE = {404, 410}
_AGENT = "Mozilla/5.0 (compatible; record-link-check; +{site})"


class LinkResult(NamedTuple):
    status: str
    detail: str


def check(url: str) -> LinkResult:
    try:
        answer = outgoing.get(url, agent=_AGENT.format(site=settings.SITE_URL), seconds=TIMEOUT)
    except outgoing.NotPublicError:
        # Where it leads is not said: what is kept here must tell nobody what else this machine can reach.
        return LinkResult(Source.LinkStatus.UNSURE, "no public address of the web")
    except (OSError, http.client.HTTPException, ValueError) as error:
        # A host name that does not resolve may be an error of this machine; only people decide that it is gone.
        return LinkResult(Source.LinkStatus.UNSURE, str(error)[:300] or type(error).__name__)
    if answer.status >= 400:
        status = Source.LinkStatus.DEAD if answer.status in _GONE else Source.LinkStatus.UNSURE
        return LinkResult(status, f"HTTP {answer.status}")
    if answer.url.rstrip("/") != url.rstrip("/"):
        return LinkResult(Source.LinkStatus.MOVED, answer.url[:300])
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
