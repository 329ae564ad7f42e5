"""What ``manage.py check --deploy`` asks of the settings of a public site, beside Django’s own checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

#: With it, “List-Unsubscribe: <https://HOST/u/KEY>” is just one line of 78 signs.
LONGEST_HOST = 25


@checks.register(checks.Tags.security, deploy=True)
def settings_of_a_public_site(
    app_configs: Sequence[AppConfig] | None = None, **_options: Any
) -> list[checks.CheckMessage]:
    """Warnings for what works, and yet is not what a public site wants."""
    warnings = [
        (
            not settings.SITE_URL_IS_SET,
            "SITE_URL is not set: feeds, the site map, mail and copies name this machine.",
            "Set it to the public address, such as https://record.example.se.",
            "partnership.W001",
        ),
        (
            not settings.MAIL_IS_CONFIGURED,
            "EMAIL_URL is not set: nothing is sent, and administrators hand over links to new colleagues themselves.",
            "Set it to smtp+tls://user:password@host:587, then try: manage.py check --test-mail you@example.se",
            "partnership.W002",
        ),
        (
            settings.MAIL_IS_CONFIGURED and settings.DEFAULT_FROM_EMAIL.endswith("@localhost"),
            "DEFAULT_FROM_EMAIL is an address of this machine: most mail servers refuse such a sender.",
            "Set it to an address that the mail server may send from.",
            "partnership.W003",
        ),
        (
            settings.HTTPS and not settings.BEHIND_PROXY,
            "BEHIND_PROXY is off, though SITE_URL begins with https: behind a proxy every client has its address.",
            "Set BEHIND_PROXY=on where nginx or another proxy of yours stands in front.",
            "partnership.W004",
        ),
        (
            settings.BEHIND_PROXY and not settings.HTTPS,
            "BEHIND_PROXY is on, though SITE_URL does not begin with https: cookies are sent without protection.",
            "Set SITE_URL to the address that readers use.",
            "partnership.W005",
        ),
        (
            settings.MEDIA_BUCKET and settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"),
            "A bucket is set and no CACHE_URL: several machines would each count requests by themselves.",
            "Set CACHE_URL=redis://host:6379/0 where several machines serve the site.",
            "partnership.W006",
        ),
        (
            settings.MAIL_IS_CONFIGURED and len(urlsplit(settings.SITE_URL).hostname or "") > LONGEST_HOST,
            f"The host of SITE_URL is longer than {LONGEST_HOST} signs: the header by which a mailbox offers to leave "
            "with one click is broken over two lines, which some mail servers sign wrongly.",
            "Use a shorter host name, or look with “record check_mail” whether a large mailbox shows the button.",
            "partnership.W008",
        ),
        (
            not settings.OPERATOR_NAME,
            "OPERATOR_NAME is not set: the legal pages say that nobody answers for the site.",
            "Set OPERATOR_NAME and CONTACT_EMAIL.",
            "partnership.W007",
        ),
    ]
    return [checks.Warning(message, hint=hint, id=number) for applies, message, hint, number in warnings if applies]
