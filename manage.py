#!/usr/bin/env python
"""Django's command line for this site."""

import json
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "partnership.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Whoever installs the site reads which setting is wrong, and no stack.
        if os.environ.get("LOG_FORMAT", "").strip() != "json":
            sys.exit(str(error))
        sys.exit(json.dumps({"level": "ERROR", "logger": "manage", "errors": str(error).splitlines()}))
