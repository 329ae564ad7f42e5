"""Responses with uploaded files, from a disk or a bucket alike: complete, in part (RFC 9110, 14), or 304."""

from __future__ import annotations

import mimetypes
import re

from django.core.files.storage import Storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

#: One range of bytes. For several the complete file is sent, as the standard allows.
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def send_file(request: HttpRequest, storage: Storage, name: str, *, etag: str, download: str = "") -> HttpResponseBase:
    """``download`` is a file name under which the browser saves the file instead of showing it.

    ``etag`` is strong and changes with the bytes. Caches revalidate each use, at the price of a 304: a photograph
    that is taken down is down. Raises Http404 where the file is gone.
    """
    response = get_conditional_response(request, etag=etag) or _content(request, storage, name, etag, download)
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _content(request: HttpRequest, storage: Storage, name: str, etag: str, download: str) -> HttpResponseBase:
    try:
        file = storage.open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    range_header = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not range_header or _is_invalid(*range_header.groups()) or request.headers.get("If-Range", etag) != etag:
        complete = FileResponse(file, as_attachment=bool(download), filename=download, content_type=content_type)
        complete["Accept-Ranges"] = "bytes"
        return complete
    with file:
        first, last = _bounds(range_header[1], range_header[2], file.size)
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
        file.seek(first)
        part = HttpResponse(file.read(last - first + 1), status=206, content_type=content_type)
        part["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    if download:
        part["Content-Disposition"] = f'attachment; filename="{download}"'
    return part


def _is_invalid(first: str, last: str) -> bool:
    """A range without bounds, or whose last byte comes before its first, is ignored."""
    return not (first or last) or bool(first and last and int(last) < int(first))


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The first and last byte of a range: 0-99, 100- to the end, or -100, the last hundred."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
