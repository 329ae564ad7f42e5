"""A form that arrives after its session has ended, kept until its sender has signed in again.

The way of a typed form:

1. A form is posted to a page of the admin by somebody who is no longer signed in. The CSRF check has passed, so the
   form comes from a page of ours. The answer is the sign-in page; what was typed goes into it as one hidden field,
   signed, so that it can neither be altered nor made by others. The server keeps nothing: strangers cannot fill it.
2. The field stays in the page through wrong passwords. After the right one it moves into the session, where it waits
   while the second factor is asked for.
3. A page shows what was typed and posts it, by a button and with a fresh CSRF token, to the address that it was for.
   That view checks rights, versions and every rule as always; nothing is saved unseen.

The address is taken from the request by the server, inside the signature: it cannot lead elsewhere. Passwords are
never kept. Files cannot be put back into a form, so their names are said. The size is limited twice, by
``middleware.BodyLimit`` and by Django’s limits on what a form may hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.core import signing
from django.http import HttpRequest

_SALT = "partnership.web.held_forms"
_SESSION_KEY = "typed"
#: Long enough for a form that was left open over night; in seconds.
KEPT_FOR = 24 * 60 * 60
#: Names in a form that its sender has not filled in: buttons, versions, and how many rows there are.
_MACHINERY = re.compile(
    r"^_|(^|-)(csrfmiddlewaretoken|seen_version|initial-.*|(TOTAL|INITIAL|(MIN|MAX)_NUM)_FORMS|id)$"
)


@dataclass(frozen=True)
class HeldForm:
    """What was posted: the address, its fields in their order, and the names of its files."""

    address: str
    fields: list[list[str]]
    files: list[str]

    @classmethod
    def of(cls, request: HttpRequest) -> HeldForm | None:
        """The form in a request; none if it holds a password, or nothing."""
        fields = [
            [name, str(value)]
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        if not fields or any("password" in name for name, _value in fields):
            return None
        files = [str(file.name) for _name, found in request.FILES.lists() for file in found]
        return cls(request.get_full_path(), fields, files)

    @classmethod
    def signed_in(cls, text: str) -> HeldForm | None:
        """The form inside a hidden field; none if it was altered or is too old."""
        try:
            return cls(**signing.loads(text, salt=_SALT, max_age=KEPT_FOR))
        except signing.BadSignature:
            return None

    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=_SALT, compress=True)

    def readable(self) -> Iterator[tuple[str, str]]:
        """Each field that holds something of its sender’s."""
        return ((name, value) for name, value in self.fields if value.strip() and not _MACHINERY.search(name))

    # In the session, between password and second factor

    def keep(self, request: HttpRequest) -> None:
        request.session[_SESSION_KEY] = asdict(self)

    @classmethod
    def kept(cls, request: HttpRequest) -> HeldForm | None:
        found = request.session.get(_SESSION_KEY)
        return cls(**found) if found else None


def forget(request: HttpRequest) -> None:
    """Once a form has been posted again it is saved, or its own page holds what was typed."""
    kept = HeldForm.kept(request)
    if kept and kept.address == request.get_full_path():
        del request.session[_SESSION_KEY]
