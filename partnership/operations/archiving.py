"""Asks a web archive, politely, to keep the pages of sources, and notes where the copies can be read."""

from __future__ import annotations

import ipaddress
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from ..models import Source
from ..record import history
from .link_check import TIMEOUT

#: Seconds between two requests: an archive fetches each page anew.
PAUSE = 20.0
#: Endings of host names that only one network knows.
_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid")
#: What an archive answers that wants to be left alone for a while.
_BUSY = {429, 503}


class ArchiveIsBusy(Exception):
    """The archive asks for a pause; what is left is asked for the next time."""


def is_public_address(url: str) -> bool:
    """Whether anybody can open it: a web address by name or public number, without a password in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_ENDINGS)


def archived_copy(url: str) -> str:
    """The address of a copy that the archive made now; empty where it made none. Raises ArchiveIsBusy."""
    asked_of = f"{settings.ARCHIVE_URL.rstrip('/')}/{url}"
    agent = f"Mozilla/5.0 (compatible; record-archiving; +{settings.SITE_URL})"
    try:
        request = urllib.request.Request(asked_of, headers={"User-Agent": agent})
        with urllib.request.urlopen(request, timeout=TIMEOUT * 6) as response:
            copy = urljoin(asked_of, response.headers.get("Content-Location") or response.geturl())
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _BUSY:
            raise ArchiveIsBusy from error
        return ""
    except OSError:
        return ""
    return copy if copy != asked_of and len(copy) <= Source._meta.get_field("archive_url").max_length else ""


def archive_all(report: Callable[[str], None], *, pause: float = PAUSE, most: int | None = None) -> tuple[int, int]:
    """Asks for each public source without an archived copy, and keeps each address as it comes.

    Returns how many copies were made, and how many sources still have none. ``most`` ends it after so many requests;
    begun again, it goes on with the rest.
    """
    waiting = [source for source in Source.objects.published().filter(archive_url="") if is_public_address(source.url)]
    copies = 0
    for index, source in enumerate(waiting[:most]):
        if index:
            time.sleep(pause)
        try:
            copy = archived_copy(source.url)
        except ArchiveIsBusy:
            report("The archive asks for a pause. Begin again later; what was kept stays.")
            break
        if not copy:
            report(f"{source.code}: no copy was made")
            continue
        before = history.snapshot(source)
        source.archive_url = copy
        source.save()
        history.note(source, before, None)
        copies += 1
    return copies, len(waiting) - copies
