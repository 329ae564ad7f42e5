"""The second factor: a TOTP code (RFC 6238) from a telephone, or one of ten recovery codes."""

from __future__ import annotations

from base64 import b32encode
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django_otp import user_has_device, verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ..models import Passkey, User

#: So many, each of 40 random bits; what is stored of one is longer.
RECOVERY_CODE_COUNT, RECOVERY_CODE_LENGTH = 10, 8


def is_satisfied_by(request: HttpRequest) -> bool:
    """Whether a signed-in user has given a code or needs none. A user with a device always needs one."""
    user: Any = request.user
    if not settings.SECOND_FACTOR or user.is_verified():
        return True
    return not (user.needs_second_factor or settings.SECOND_FACTOR_FOR_ALL or user_has_device(user))


def next_step(request: HttpRequest) -> str:
    """The URL of the page that asks for a code or, for a user without a device, sets one up."""
    return reverse("admin:code" if user_has_device(request.user) else "admin:device")


def unconfirmed_device(user: User) -> TOTPDevice:
    """The device that a user is setting up; it stays the same until its first code is verified."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "telephone"})
    return device


def secret_text(device: TOTPDevice) -> str:
    """The key in base 32, in groups of four characters, for typing."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_code(device: TOTPDevice) -> str:
    """The key as an SVG in a data URI; dark on light in every colour scheme, because scanners need it."""
    # Imported here because it is needed once per user.
    import segno

    return segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")


def confirm(device: TOTPDevice, code: str) -> bool:
    """Replaces all other devices of the user if the code is valid; returns whether it is."""
    with transaction.atomic():
        if not verify_token(device.user, device.persistent_id, code):
            return False
        device.refresh_from_db()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
    return True


def new_recovery_codes(user: User) -> list[str]:
    """Each code is valid for one sign-in; earlier codes become void."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        codes = [StaticToken.random_token() for _index in range(RECOVERY_CODE_COUNT)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=kept_code(code)) for code in codes)
    return codes


def kept_code(code: str, secret: str | None = None) -> str:
    """What is stored of a recovery code: it opens nothing for whoever reads the database without the secret."""
    digest = salted_hmac("partnership.recovery_code", code, secret=secret or settings.SECRET_KEY, algorithm="sha256")
    return b32encode(digest.digest()[:10]).decode().lower()


def verify(user: User, device: TOTPDevice | StaticDevice, code: str) -> bool:
    """Whether a code is right; it is used up. Recovery codes from before a new SECRET_KEY hold while it is known."""
    if isinstance(device, TOTPDevice):
        return verify_token(user, device.persistent_id, code) is not None
    stored = {kept_code(code, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}
    token = StaticToken.objects.filter(device=device, token__in=stored).values_list("token", flat=True).first()
    # An unknown one is verified as well: failures slow down.
    return verify_token(user, device.persistent_id, token or kept_code(code)) is not None


def device_for(user: User, code: str) -> TOTPDevice | StaticDevice | None:
    """The device that can have issued a code: six digits are TOTP, anything else is a recovery code."""
    model = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    return model.objects.filter(user=user, confirmed=True).first()


def remove_devices(user: User) -> None:
    """The user sets up a new device at the next sign-in."""
    with transaction.atomic():
        Passkey.objects.filter(user=user).delete()
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
