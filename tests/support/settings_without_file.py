"""Loads the settings as on a server that has no .env file, whatever a developer has: python -m …"""

from __future__ import annotations

import environ

if __name__ == "__main__":
    environ.Env.read_env = classmethod(lambda *_arguments, **_options: None)
    import partnership.settings  # noqa: F401
