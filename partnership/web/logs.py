"""Log formatters that leave personal data out: no addresses, no search words, no names of staff.

A line about a request names the route, not the path, which may hold a private link. Of an error it has the class, the
places in the code and the first line of the message, without quoted passages: databases and Python quote the values
that they reject. LOG_FORMAT=json writes each line as one JSON object.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any

from ..files.storage import causes

#: The id of the current request (``middleware.RequestIdMiddleware``).
request_id: ContextVar[str] = ContextVar("request_id", default="")

_ROOT = Path(__file__).resolve().parents[2]
_VALUES = re.compile(
    r"""'[^']*' | "[^"]*" | “[^“”]*” | (?<![\w.+-])[\w.+-]+@[\w.-]+  # quoted passages, e-mail addresses,
    | \b\d{1,3}(?:\.\d{1,3}){3}\b | (?<![0-9a-f:])[0-9a-f]*:[0-9a-f:]*:[0-9a-f]*  # IPv4 and IPv6 addresses""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST, _MOST_FRAMES = 300, 12


def without_values(text: str) -> str:
    """The first line of a message without quoted passages, e-mail addresses and IP addresses."""
    return _VALUES.sub("…", text.partition("\n")[0])[:_LONGEST]


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a line; the time is UTC (ISO 8601)."""
    fields: dict[str, Any] = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": record.levelname,
        "logger": record.name,
    }
    request: Any = getattr(record, "request", None)
    if hasattr(request, "resolver_match"):
        route = f"/{request.resolver_match.route}" if request.resolver_match else "no such address"
        fields |= {"message": str(request.method)[:10], "route": route, "status": getattr(record, "status_code", None)}
    else:
        fields["message"] = without_values(record.getMessage())
    if current_id := request_id.get():
        fields["request"] = current_id
    if record.exc_info and record.exc_info[1]:
        errors = causes(record.exc_info[1])
        fields["errors"] = [f"{type(error).__name__}: {without_values(str(error))}" for error in errors]
        fields["places"] = list(_places(record.exc_info[2]))
    return fields


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace)[-_MOST_FRAMES:]:
        name = frame.filename.removeprefix(f"{_ROOT}/").rpartition("site-packages/")[2]
        yield f"{name}:{frame.lineno} {frame.name}"


class StrangersMistakes(logging.Filter):
    """What is asked for and is not there or cannot be read, by a host name that is not ours, or by too many at once, is
    no warning, and neither is what somebody has typed wrongly.

    It has no stack either. How often it comes is counted by status for /metrics. What is refused for who asks, or for
    how often (401, 403, 429), stays a warning.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        is_mistake = getattr(record, "status_code", None) in {400, 404, 405, 410, 413, 422}
        is_crowded = getattr(getattr(record, "request", None), "is_crowded", False)
        if record.name == "django.security.DisallowedHost" or is_mistake or is_crowded:
            record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        return True


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry(record), ensure_ascii=False)


class PlainLines(logging.Formatter):
    """``time level logger: message route status [request]``, then errors and places on lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        fields = entry(record)
        request = f"[{fields['request']}]" if "request" in fields else ""
        parts = [fields["message"], fields.get("route"), fields.get("status"), request]
        line = f"{fields['time']} {fields['level']} {fields['logger']}: {' '.join(str(part) for part in parts if part)}"
        details = [*fields.get("errors", []), *fields.get("places", [])]
        return "\n".join([line, *(f"    {detail}" for detail in details)])
