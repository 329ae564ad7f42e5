"""Whether the addresses of sources still answer. Asked politely: one host at a time, slowly, and saying who asks."""

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

#: In seconds: how long an answer may take, and how long to wait before the same host is asked again.
TIMEOUT, PAUSE = 20, 2.0
#: What says “gone”. Anything else that is no success may pass: a host that is busy, shy or broken today.
_GONE = {404, 410}
_AGENT = "Mozilla/5.0 (compatible; record-link-check; +{site})"


@dataclass(frozen=True)
class Answer:
    status: str
    detail: str


def ask(url: str) -> Answer:
    """What an address answers now: found, moved, gone, or not reached."""
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT.format(site=settings.SITE_URL)})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            final = response.geturl()
            response.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        return Answer(Source.LinkStatus.DEAD if error.code in _GONE else Source.LinkStatus.UNSURE, f"HTTP {error.code}")
    except urllib.error.URLError as error:
        # A name that no longer exists may be a fault of ours; only people decide that it is gone.
        return Answer(Source.LinkStatus.UNSURE, str(error.reason)[:300])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(Source.LinkStatus.UNSURE, str(error)[:300] or type(error).__name__)
    if final.rstrip("/") != url.rstrip("/"):
        return Answer(Source.LinkStatus.MOVED, final[:300])
    return Answer(Source.LinkStatus.FOUND, "")


def check_all(say: Callable[[str], None], *, pause: float = PAUSE) -> dict[str, int]:
    """Looks at every published source’s address and keeps what it saw. Returns how many were found in which state."""
    sources = sorted(Source.objects.published().exclude(url=""), key=lambda one: (urlsplit(one.url).netloc, one.code))
    counted: dict[str, int] = {}
    for _host, group in groupby(sources, key=lambda one: urlsplit(one.url).netloc):
        for number, source in enumerate(group):
            if number:
                time.sleep(pause)
            answer = ask(source.url)
            counted[answer.status] = counted.get(answer.status, 0) + 1
            # Not by save(): looking at an address is no change of the record’s content.
            Source.objects.filter(pk=source.pk).update(
                checked_on=timezone.localdate(), link_status=answer.status, link_detail=answer.detail
            )
            if answer.status != Source.LinkStatus.FOUND:
                say(f"{source.code}: {answer.status} {answer.detail}")
    return counted
