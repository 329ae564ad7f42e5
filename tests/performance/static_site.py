"""What a cached page is measured against: WhiteNoise, which sends the files of ``public`` where it is started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from whitenoise import WhiteNoise


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


application = WhiteNoise(_nothing, root="public")
