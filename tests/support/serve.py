"""gunicorn for a site that reads static files where they lie, as tests do: python -m tests.support.serve options …"""

from __future__ import annotations

# Settings know tests by this module.
import pytest  # noqa: F401
from gunicorn.app.wsgiapp import run

if __name__ == "__main__":
    run()
