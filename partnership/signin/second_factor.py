"""The second factor: a code from a telephone (TOTP, RFC 6238), or one of ten recovery codes."""

from __future__ import annotations

from base64 import b32encode
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django_otp import user_has_device, verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ..models import User

RECOVERY_CODES = 10


def is_open_to(request: HttpRequest) -> bool:
    """Whether somebody who is signed in has also given a code, where one is needed.

    Who need not have a telephone set up but does is asked as well.
    """
    user: Any = request.user
    if not settings.SECOND_FACTOR or user.is_verified():
        return True
    return not (user.needs_second_factor or user_has_device(user))


def next_step(request: HttpRequest) -> str:
    """Where somebody who is signed in gives a code or, without a telephone, sets one up first."""
    return reverse("admin:code" if user_has_device(request.user) else "admin:device")


def unconfirmed_device(user: User) -> TOTPDevice:
    """The device that a person is setting up; the same until a code from it has been seen."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "telephone"})
    return device


def secret_of(device: TOTPDevice) -> str:
    """The key as text, in groups of four, for those who type it."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def picture_of(device: TOTPDevice) -> str:
    """The key as a QR code: an SVG as a data: URI, dark on light whatever the page’s colours, as readers need it."""
    # Imported with the first telephone that is set up.
    import segno

    return segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")


def confirm(device: TOTPDevice, code: str) -> bool:
    """Takes the new device in place of any other once it has shown a right code."""
    with transaction.atomic():
        if not verify_token(device.user, device.persistent_id, code):
            return False
        device.refresh_from_db()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
    return True


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, each for one sign-in without the telephone; those from before are void."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def device_for(user: User, code: str) -> TOTPDevice | StaticDevice | None:
    """The device that a code can be from: six digits are from the telephone, all else from the paper."""
    kind = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    return kind.objects.filter(user=user, confirmed=True).first()


def take_away(user: User) -> None:
    """After this the person sets up a new device at the next sign-in."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
