"""One way to read the e-mail address that a stranger types, and to remember it without keeping it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

LONGEST, LONGEST_LOCAL_PART = 254, 64
#: Names of hosts that lead nowhere (RFC 2606, RFC 6761); while developing they may be used.
_NOWHERE = {"localhost", "local", "internal", "test", "invalid", "example"}


def canonical_address(text: str) -> str:
    """The address as it is kept and compared: in lower case, its domain as ASCII. Raises ValidationError."""
    address = text.strip()
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} for sign in address):
        raise ValidationError(_("Write one address, without line breaks or hidden signs."), code="signs")
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise ValidationError(_("Write an address with an @, such as name@example.org"), code="at")
    if not local.isascii():
        raise ValidationError(
            _("The part before @ may hold only the letters a–z, digits and . _ + -"), code="local_part"
        )
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValidationError(_("What stands after @ is no address of a mailbox."), code="domain") from error
    address = f"{local}@{domain}".lower()
    last = domain.rpartition(".")[2]
    if "." not in domain or domain.startswith("[") or (last in _NOWHERE and not settings.DEBUG):
        raise ValidationError(_("What stands after @ is no address of a mailbox."), code="domain")
    if len(address) > LONGEST or len(local) > LONGEST_LOCAL_PART:
        raise ValidationError(_("The address is too long."), code="long")
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(_("Write an address with an @, such as name@example.org"), code="address") from error
    return address


class AddressField(forms.CharField):
    """An e-mail address; the value is canonical, or empty."""

    widget = forms.EmailInput

    def clean(self, value: str | None) -> str:
        text = super().clean(value)
        return canonical_address(text) if text else ""


def address_hash(address: str) -> str:
    """A code that says nothing of the address to whoever lacks the secret."""
    return _hash(address, settings.SECRET_KEY)


def address_hashes(address: str) -> Iterator[str]:
    """The codes that it may be remembered by, made with the present and with former secrets."""
    return (_hash(address, key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def _hash(address: str, secret: str) -> str:
    return salted_hmac("partnership.suppression", address, secret=secret, algorithm="sha256").hexdigest()
