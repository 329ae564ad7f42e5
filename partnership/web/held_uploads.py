"""A file that was sent with a form stays with it: whoever corrects another field need not choose the file again.

Browsers let no page fill in a file. So the server keeps a good one that came with a form which could not be saved, and
puts its key into the form. The key opens it for the same person and the same form only, for a day; for staff 30 days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..files.photographs import CleanPhoto
from ..models import HeldUpload
from ..models.uploads import HeldUploadQuerySet

#: Bytes that are held for one person at most; the oldest files go first.
MOST_BYTES = 400 * 1024 * 1024
_SUFFIX = "-held"


class HeldFileInput(forms.FileInput):
    """A field for a file that says which file is held, and carries its key."""

    held: HeldUpload | None = None

    def use_required_attribute(self, initial: Any) -> bool:
        return self.held is None and super().use_required_attribute(initial)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        if self.held is None:
            return field
        words = _("%(name)s is kept here. Choose another file only to replace it.") % {"name": self.held.name}
        key = format_html('<input type="hidden" name="{}{}" value="{}">', name, _SUFFIX, self.held.key)
        return format_html('{}<p class="held">{}</p>{}', field, words, key)


def put_back(request: HttpRequest) -> None:
    """Adds the held files of a posted form to those that came with it; a new one takes the place of the held."""
    for upload in _posted(request):
        if upload.field not in request.FILES:
            request.FILES[upload.field] = restored(upload)


def hold(request: HttpRequest, form: forms.BaseForm) -> None:
    """Keeps the good files of a form that could not be saved."""
    HeldUpload.objects.expired().discard()
    for name, field in form.fields.items():
        file = getattr(form, "cleaned_data", {}).get(name)
        if not isinstance(field.widget, HeldFileInput) or form.add_prefix(name) not in request.FILES or not file:
            continue
        field_name = form.add_prefix(name)
        sent_name = getattr(request.FILES[field_name], "name", "") or ""
        field.widget.held = getattr(file, "held", None) or hold_file(request, field_name, file, sent_name)


def hold_sent(request: HttpRequest, fields: dict[str, forms.Field]) -> list[str]:
    """Keeps the files of a form that is put aside, with their keys among its values; returns why others are none."""
    HeldUpload.objects.expired().discard()
    refusals, keys = [], {}
    for name, field in fields.items():
        file: Any = request.FILES.get(name)
        if not isinstance(field.widget, HeldFileInput) or file is None or hasattr(file, "held"):
            continue
        try:
            content = field.clean(file)
        except ValidationError as error:
            refusals.append(f"{file.name}: {error.messages[0]}")
            continue
        upload = hold_file(request, name, content, file.name or "")
        keys[f"{name}{_SUFFIX}"] = upload.key
    posted: Any = request.POST.copy()
    posted.update(keys)
    request.POST = posted
    return refusals


def forget(request: HttpRequest) -> None:
    """Discards the held files of a form once it is saved."""
    HeldUpload.objects.filter(pk__in=[upload.pk for upload in _posted(request)]).discard()


def _posted(request: HttpRequest) -> Iterator[HeldUpload]:
    for name, key in request.POST.items():
        if name.endswith(_SUFFIX):
            yield from waiting(request, name.removesuffix(_SUFFIX)).filter(key=key)


def _user(request: HttpRequest) -> Any:
    """Forms of the public do not ask who is signed in."""
    return request.user if request.path_info.startswith("/admin/") else None


def _form(request: HttpRequest) -> str:
    return hashlib.sha256(request.path.encode()).hexdigest()


def restored(upload: HeldUpload) -> Any:
    file: Any
    if "width" in upload.about:
        with upload.file.open("rb") as content:
            file = CleanPhoto(content.read(), upload.about)
    else:
        file = UploadedFile(upload.file.open("rb"), upload.name, size=upload.size)
        if "hidden" in upload.about:
            file.hidden = upload.about["hidden"]
    file.held = upload
    return file


def waiting(request: HttpRequest, field: str) -> HeldUploadQuerySet:
    """The files that this person has sent with this form and that wait."""
    uploads = HeldUpload.objects.waiting().filter(field=field)
    return uploads.filter(user=_user(request), form=_form(request)).order_by("pk")


def hold_file(request: HttpRequest, field: str, file: Any, sent_name: str) -> HeldUpload:
    """Keeps one file; raises OSError where there is no room on the disk."""
    about = getattr(file, "about", None) or ({"hidden": file.hidden} if hasattr(file, "hidden") else {})
    file.seek(0)
    upload = HeldUpload(user=_user(request), form=_form(request), field=field, name=sent_name[-255:], about=about)
    upload.size = file.size
    upload.file.save("held", file if isinstance(file, ContentFile) else UploadedFile(file, sent_name), save=False)
    upload.save()
    _make_room(upload)
    return upload


def _make_room(newest: HeldUpload) -> None:
    """One file for each field of a public form; of a member of staff as many as fit."""
    others = HeldUpload.objects.filter(user=newest.user).exclude(pk=newest.pk).order_by("-held_at")
    if newest.user is None:
        others.filter(form=newest.form, field=newest.field).discard()
        return
    total = newest.size
    for upload in others:
        total += upload.size
        if total > MOST_BYTES:
            HeldUpload.objects.filter(pk=upload.pk).discard()
