"""Errors that programs read: problem details (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _


def problem(status: int, title: str, detail: str, **extensions: Any) -> HttpResponse:
    about = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extensions}
    content = json.dumps(about, ensure_ascii=False)
    return HttpResponse(content, content_type="application/problem+json", status=status)


def nothing_here() -> HttpResponse:
    return problem(404, _("There are no data at this address"), _("/data/ says which there are."))
