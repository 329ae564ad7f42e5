"""Writes the security log. No event keeps a request from its answer."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ..models import SecurityEvent, User
from ..web.client import client_address

logger = logging.getLogger(__name__)
What = SecurityEvent.What


def note(what: SecurityEvent.What, *, user: Any = None, request: HttpRequest | None = None, detail: str = "") -> None:
    """Who is whoever is signed in, unless a user is given."""
    who = user if user is not None else getattr(request, "user", None)
    event = SecurityEvent(
        what=what,
        user=who if isinstance(who, User) and who.pk else None,
        client=folded(request),
        detail=detail[:160],
    )
    try:
        with transaction.atomic():
            event.save()
    except DatabaseError:
        logger.exception("An event of the security log could not be written.")


def folded(request: HttpRequest | None) -> str:
    """A mark of a client’s address, the same as long as the secret is; empty where it is not known."""
    address = client_address(request) if request else None
    if not address:
        return ""
    return salted_hmac("partnership.security_log", address, secret=settings.SECRET_KEY).hexdigest()[:12]


def signed_in(sender: Any, request: HttpRequest, user: Any, **_more: Any) -> None:
    note(What.SIGNED_IN, user=user, request=request)


def failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    """What is no name of an account may be a password that was typed into the wrong field."""
    try:
        known = User.objects.get_by_natural_key(str(credentials.get("username", "")))
    except User.DoesNotExist:
        known = None
    note(What.FAILED, user=known, request=request)
