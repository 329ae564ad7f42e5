"""A form that arrives after its session has ended, held until its sender has signed in again.

1. Somebody who is no longer signed in posts a form to a page of the admin. The CSRF check has passed, so the form
   comes from a page of this site. The response is the sign-in page; the form goes into it as one hidden field, signed,
   so that nobody else can make or alter it. The server stores nothing: strangers cannot fill it.
2. The field stays in the page through wrong passwords. After the right one it moves into the session, where it waits
   for the second factor.
3. A page shows the form and posts it, by a button and with a fresh CSRF token, to its URL. That view checks rights,
   versions and every rule as always; nothing is saved unseen.

A form belongs to the member of staff for whom its page was made, whose key it carries, signed: on a browser that
several use it goes to nobody else. Forms without it, which are single buttons that freeze, delete or remove something,
are not held. Which button was pressed is not kept: the form is shown again, and saved when somebody presses it anew.

The server takes the URL from the request, inside the signature: it cannot lead elsewhere. Passwords are never held.
Browsers let no page fill in a file, so files are only named. The size is limited twice, by
``middleware.BodyLimitMiddleware`` and by Django’s limits on what a form may hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core import signing
from django.http import HttpRequest

_SALT = "partnership.web.held_forms"
_SESSION_KEY = "held_form"
#: Seconds; long enough for a form that was left open over night.
MAX_AGE = 24 * 60 * 60
#: Names of fields that their sender has not filled in: buttons, versions, counts of rows.
_CONTROL_FIELDS = re.compile(
    r"^_|(^|-)(initial-|(csrfmiddlewaretoken|seen_version|(TOTAL|INITIAL|(MIN|MAX)_NUM)_FORMS|id)$)"
)


#: The hidden fields that say whose form it is and what it is about, and what no button is called.
OWNER, SUBJECT = "_by", "_about"
_NO_BUTTONS = {"_popup", "_to_field"}


def owner_token(user: Any) -> str:
    """What a form carries to say whose it is."""
    return signing.dumps(user.pk, salt=_SALT)


def _owner(token: str) -> int | None:
    try:
        return int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None


class HeldForm(NamedTuple):
    """The URL of a posted form, its fields in their order, and the names of its files; whose it is, and about what."""

    url: str
    fields: list[list[str]]
    files: list[str]
    owner: int | None = None
    subject: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> HeldForm | None:
        """None for a form that holds a password, and for an empty one."""
        fields = [
            [name, str(value)]
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken" and (name in _NO_BUTTONS or not name.startswith("_"))
        ]
        if not fields or any("password" in name for name, _value in fields):
            return None
        files = [str(file.name) for _name, uploads in request.FILES.lists() for file in uploads]
        subject = request.POST.get(SUBJECT, "")[:200]
        return cls(request.get_full_path(), fields, files, _owner(request.POST.get(OWNER, "")), subject)

    def is_of(self, user: Any) -> bool:
        """Whether it was written by this member of staff."""
        return self.owner is not None and self.owner == user.pk

    @classmethod
    def from_signed(cls, text: str) -> HeldForm | None:
        """The form inside a hidden field; None if it was altered or is too old."""
        try:
            return cls(**signing.loads(text, salt=_SALT, max_age=MAX_AGE))
        except signing.BadSignature:
            return None

    @property
    def is_for_staff(self) -> bool:
        """Forms of the public carry no token, which would set a cookie."""
        return self.url.startswith("/admin/")

    def signed(self) -> str:
        return signing.dumps(self._asdict(), salt=_SALT, compress=True)

    def readable(self) -> Iterator[tuple[str, str]]:
        """The fields that their sender has filled in."""
        return ((name, value) for name, value in self.fields if value.strip() and not _CONTROL_FIELDS.search(name))

    # In the session, between password and second factor

    def save(self, request: HttpRequest) -> None:
        request.session[_SESSION_KEY] = self._asdict()

    @classmethod
    def from_session(cls, request: HttpRequest) -> HeldForm | None:
        values = request.session.get(_SESSION_KEY)
        return cls(**values) if values else None


def forget(request: HttpRequest) -> None:
    """Runs once a form has been posted again: now it is saved, or its own page holds it."""
    held_form = HeldForm.from_session(request)
    if held_form and held_form.url == request.get_full_path():
        del request.session[_SESSION_KEY]
