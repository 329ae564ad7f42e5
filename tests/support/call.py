"""Runs a function in a process of its own, with Django set up: python -m tests.support.call module:function argument …

What the function returns is printed. The environment says which site it is for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

from tests.support.tools import ROOT


def command(function: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.call", function, *arguments]


def call(environment: dict[str, str], function: str, *arguments: str) -> str:
    """What the function prints and returns, on the site with that environment. Raises CalledProcessError."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "partnership.settings", **environment}
    done = subprocess.run(
        command(function, *arguments), cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def main() -> None:
    import django

    django.setup()
    module, _colon, name = sys.argv[1].partition(":")
    result = getattr(import_module(module), name)(*sys.argv[2:])
    if result is not None:
        print(result)


if __name__ == "__main__":
    main()
