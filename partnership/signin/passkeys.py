"""Passkeys (WebAuthn) in place of the code from a telephone: an extra for whoever has set one up.

The browser signs a challenge of this session for this site. Keys lie in the session between the two requests, and each
challenge is good once.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import Passkey, User

# The library is imported where it is needed: a worker that signs nobody in with a passkey does without.
_CHALLENGE = "passkey_challenge"


def options_to_add(request: HttpRequest, user: User) -> str:
    """What the browser needs to make a passkey, as JSON."""
    import webauthn
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    known = [webauthn.base64url_to_bytes(passkey.credential) for passkey in Passkey.objects.filter(user=user)]
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=str(settings.SITE_NAME),
        user_name=user.username,
        # Says nothing of the account to whoever holds the key.
        user_id=salted_hmac("partnership.passkey", str(user.pk)).digest(),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return _remembered(request, options)


def options_to_sign_in(request: HttpRequest, user: User) -> str:
    """What the browser needs to sign with one of the user’s passkeys, as JSON; empty where there is none."""
    import webauthn
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    known = [webauthn.base64url_to_bytes(passkey.credential) for passkey in Passkey.objects.filter(user=user)]
    if not known:
        return ""
    allowed = [PublicKeyCredentialDescriptor(id=credential) for credential in known]
    return _remembered(
        request, webauthn.generate_authentication_options(rp_id=_host(request), allow_credentials=allowed)
    )


def add(request: HttpRequest, user: User, name: str, answer: str) -> Passkey | None:
    """The passkey that the browser has made; None where its answer is not right."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_registration_response(credential=answer, **_expected(request))
    except (WebAuthnException, ValueError):
        return None
    return Passkey.objects.create(
        user=user,
        name=name,
        credential=webauthn.helpers.bytes_to_base64url(verified.credential_id),
        public_key=webauthn.helpers.bytes_to_base64url(verified.credential_public_key),
        signed=verified.sign_count,
    )


def verified_by(request: HttpRequest, user: User, answer: str) -> Passkey | None:
    """The passkey of the user that signed the challenge; None where none did."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    expected = _expected(request)
    try:
        passkey = Passkey.objects.get(user=user, confirmed=True, credential=str(json.loads(answer)["id"]))
        verified = webauthn.verify_authentication_response(
            credential=answer,
            credential_public_key=webauthn.base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.signed,
            **expected,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, Passkey.DoesNotExist):
        return None
    passkey.signed, passkey.used_at = verified.new_sign_count, timezone.now()
    passkey.save(update_fields=["signed", "used_at"])
    return passkey


def _host(request: HttpRequest) -> str:
    return request.get_host().partition(":")[0]


def _remembered(request: HttpRequest, options: Any) -> str:
    import webauthn

    request.session[_CHALLENGE] = options.challenge.hex()
    return webauthn.options_to_json(options)


def _expected(request: HttpRequest) -> dict[str, Any]:
    return {
        "expected_challenge": bytes.fromhex(request.session.pop(_CHALLENGE, "")),
        "expected_rp_id": _host(request),
        "expected_origin": f"{request.scheme}://{request.get_host()}",
    }
