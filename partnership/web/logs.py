"""Lines of the log, on standard error, without personal data: no addresses, no words of readers, no names of staff.

A line about a request names the route, not the address, which may hold a private link. Of an error it has the kind,
the places in the code and the first line of the message, without what stands there in quotation marks: databases and
Python quote the values that they choke on. LOG_FORMAT=json writes each line as one JSON object.
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
from typing import Any

from ..files.storage import causes

#: The number of the request that is being answered (``middleware.RequestIdMiddleware``).
request_id: ContextVar[str] = ContextVar("request_id", default="")

_ROOT = Path(__file__).resolve().parents[2]
_VALUES = re.compile(
    r"""'[^']*' | "[^"]*" | “[^”]*” | [\w.+-]+@[\w.-]+  # what is quoted; addresses of e-mail,
    | \b\d{1,3}(?:\.\d{1,3}){3}\b | [0-9a-f]*:[0-9a-f:]*:[0-9a-f]*  # of devices, IPv4 and IPv6""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST, _MOST_FRAMES = 300, 12


def without_values(text: str) -> str:
    """The first line of a message without what is quoted in it, e-mail addresses and addresses of devices."""
    return _VALUES.sub("…", text.partition("\n")[0])[:_LONGEST]


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says; the time is UTC (ISO 8601)."""
    said: dict[str, Any] = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
        "level": record.levelname,
        "logger": record.name,
    }
    request: Any = getattr(record, "request", None)
    if hasattr(request, "resolver_match"):
        route = f"/{request.resolver_match.route}" if request.resolver_match else "no such address"
        said |= {"message": str(request.method)[:10], "route": route, "status": getattr(record, "status_code", None)}
    else:
        said["message"] = without_values(record.getMessage())
    if number := request_id.get():
        said["request"] = number
    if record.exc_info and record.exc_info[1]:
        said["errors"] = [f"{type(one).__name__}: {without_values(str(one))}" for one in causes(record.exc_info[1])]
        said["places"] = list(_places(record.exc_info[2]))
    return said


def _places(found: Any) -> Iterator[str]:
    for frame in traceback.extract_tb(found)[-_MOST_FRAMES:]:
        name = frame.filename.removeprefix(f"{_ROOT}/").rpartition("site-packages/")[2]
        yield f"{name}:{frame.lineno} {frame.name}"


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry(record), ensure_ascii=False)


class PlainLines(logging.Formatter):
    """For reading: ``time level logger: message route status [request]``, then errors and places."""

    def format(self, record: logging.LogRecord) -> str:
        said = entry(record)
        parts = [said["message"], said.get("route"), said.get("status"), said.get("request") and f"[{said['request']}]"]
        line = f"{said['time']} {said['level']} {said['logger']}: {' '.join(str(part) for part in parts if part)}"
        return "\n".join([line, *(f"    {one}" for one in [*said.get("errors", []), *said.get("places", [])])])
