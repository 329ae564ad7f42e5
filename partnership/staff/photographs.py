"""The photographs of one record on one page: many sent at once, each described, put in order, and a cover chosen."""

from __future__ import annotations

import time
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ..fields.periods import Dated
from ..fields.translated import language_codes
from ..files import photographs
from ..files.storage import delete_files_on_rollback
from ..models import Photo
from ..models.media import HasMedia
from ..publishing import State
from ..record import history
from ..record.personal_data import find_personal_data
from ..web import held_uploads
from . import papers
from .errors import field_errors
from .form_photographs import MOST_AT_ONCE, SECONDS, FormPhotographs, SharedForm
from .record_views import RecordViewsMixin

FILES = "files"
_PERSONAL_DATA = gettext_lazy(
    "“%(passage)s” looks like personal data. Take it out, or write it in the photograph’s own form, with the reason."
)


class PhotographsMixin(RecordViewsMixin):
    def _may_arrange(self, request: HttpRequest, record: Any) -> bool:
        """Whether this person may put photographs to a record; to one that is being written as well."""
        user: Any = request.user
        may_add = user.has_perm("partnership.add_photo") and not user.works_outside_the_eu
        return issubclass(self.model, HasMedia) and may_add and self.has_change_permission(request, record)

    # Sent with the form of their record

    def get_form(self, request, obj=None, change=False, **kwargs):
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.photographs = self._sent_with(request, obj)
        return form

    def _sent_with(self, request: Any, record: Any) -> FormPhotographs | None:
        """The photographs of this request, read once. A proposal has none, nor a form in a window of its own."""
        is_aside = getattr(request, "is_proposing", False) or IS_POPUP_VAR in {*request.GET, *request.POST}
        if not hasattr(request, "photographs"):
            may_send = not is_aside and self._may_arrange(request, record)
            is_dated = issubclass(self.model, Dated)
            request.photographs = FormPhotographs(request, record, is_dated) if may_send else None
        return request.photographs

    def hold_photographs(self, request: Any) -> list[str]:
        """Keeps the photographs of a form that is put aside, with their keys among its values."""
        sent = self._sent_with(request, None)
        if sent is None:
            return []
        request.POST = sent.data
        return sent.refusals

    def save_photographs(self, request: Any, record: Any) -> None:
        sent = getattr(request, "photographs", None)
        saved = sent.save(record, request.user) if sent else []
        request.has_undescribed = any(not photo.alt and not photo.is_decorative for photo in saved)
        self._tell_added(request, record, len(saved))

    def _tell_added(self, request: HttpRequest, record: Any, count: int) -> None:
        """A photograph is a draft, also where its record is public."""
        if not count:
            return
        words = ngettext("%(count)s photograph is added.", "%(count)s photographs are added.", count)
        message = words % {"count": count}
        if record.state == State.PUBLISHED:
            message += " " + _("Readers see only what is published itself.")
        self.message_user(request, message, messages.SUCCESS)

    def response_add(self, request, obj, post_url_continue=None):
        return self._on_to_photographs(request, obj, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return self._on_to_photographs(request, obj, super().response_change(request, obj))

    def _on_to_photographs(self, request: Any, record: Any, response: HttpResponse) -> HttpResponse:
        """Whoever is done with the form goes on to the photographs that nobody has described yet."""
        if getattr(request, "has_undescribed", False) and not {"_continue", "_addanother"} & {*request.POST}:
            self.message_user(request, _("Say what each photograph shows."))
            return HttpResponseRedirect(self.record_url("photographs", record.pk))
        return response

    # On a page of their own

    def photographs_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if not self._may_arrange(request, record):
            return {}
        urls = {"photographs_url": self.record_url("photographs", record.pk)}
        if papers.takes(record) and papers.may_take_in(request.user):
            urls["papers_url"] = papers.url_for(record)
        return urls

    def photographs_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        record = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self._may_arrange(request, record):
            raise PermissionDenied
        shared = SharedForm(request.POST or None, initial={"period": getattr(record, "period", None)})
        errors: list[tuple[str, str]] = []
        if request.method == "POST" and shared.is_valid():
            with delete_files_on_rollback(), transaction.atomic():
                errors = self._save(request, record, shared)
            if not errors and not _held(request).exists():
                page = "change" if "_done" in request.POST else "photographs"
                return HttpResponseRedirect(self.record_url(page, record.pk))
        elif request.method == "POST":
            files, errors = _clean(request)
            for file, name in files:
                held_uploads.hold_file(request, FILES, file, name)
            wrong = field_errors(shared)
            errors = [*((error.element_id, f"{error.label}: {error.message}") for error in wrong), *errors]
        return self._photographs_page(request, record, shared, errors)

    def _save(self, request: HttpRequest, record: Any, shared: SharedForm) -> list[tuple[str, str]]:
        """What cannot be saved, as an element of the page and a sentence; all else is saved."""
        before = history.snapshot(record)
        photos = list(record.photos.all())
        errors = [error for photo in photos for error in self._describe(request, photo)]
        removed = request.POST.get("remove", "")
        photos = _in_order(request, [photo for photo in photos if str(photo.pk) != removed])
        record.photos.remove(*[photo for photo in record.photos.all() if str(photo.pk) == removed])
        new, refusals = _sent(request, shared)
        for photo in new:
            photo.save()
            history.note(photo, {}, request.user)
            record.photos.add(photo)
        for place, photo in enumerate([*photos, *new], 1):
            Photo.objects.filter(pk=photo.pk).exclude(position=place).update(position=place)
        if new or removed:
            record.save()
            history.note(record, before, request.user)
        self._tell_added(request, record, len(new))
        return [*errors, *refusals]

    def _describe(self, request: HttpRequest, photo: Photo) -> list[tuple[str, str]]:
        """Writes the words of one row, where this person may change the photograph."""
        names = [f"alt_{language}" for language in language_codes()]
        typed: dict[str, Any] = {name: _typed(request, photo, name).strip() for name in names}
        typed["is_decorative"] = f"decorative-{photo.pk}" in request.POST
        has_row = f"place-{photo.pk}" in request.POST
        if not has_row or all(getattr(photo, name) == value for name, value in typed.items()):
            return []
        if not self.admin_site._registry[Photo].has_change_permission(request, photo):
            return [(f"photo-{photo.pk}", _("Only a publisher changes the words of a public photograph."))]
        changed = [typed[name] for name in names if typed[name] != getattr(photo, name)]
        if passage := next((words for text in changed for words in find_personal_data(text)), ""):
            return [(f"photo-{photo.pk}", _PERSONAL_DATA % {"passage": passage})]
        before = history.snapshot(photo)
        for name, value in typed.items():
            setattr(photo, name, value)
        try:
            photo.full_clean()
        except ValidationError as error:
            return [(f"photo-{photo.pk}", error.messages[0])]
        photo.save()
        history.note(photo, before, request.user)
        return []

    def _photographs_page(
        self, request: HttpRequest, record: Any, shared: SharedForm, errors: list[tuple[str, str]]
    ) -> HttpResponse:
        languages = sorted(language_codes(), key=lambda language: language != get_language())
        photos = list(record.photos.exclude(state=State.WITHDRAWN))
        rows = [
            {
                "photo": photo,
                "words": [(language, _typed(request, photo, f"alt_{language}")) for language in languages],
                "is_first": number == 1,
                "is_last": number == len(photos),
                "errors": [sentence for element, sentence in errors if element == f"photo-{photo.pk}"],
            }
            for number, photo in enumerate(photos, 1)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "record": record,
            "record_url": self.record_url("change", record.pk),
            "title": _("Photographs"),
            "shared": shared,
            "rows": rows,
            "errors": errors,
            "held": _held(request),
            "help": photographs.FORMATS_HELP,
            "most": MOST_AT_ONCE,
            "recommended": photographs.RECOMMENDED_WIDTH,
        }
        return render(request, "admin/photographs.html", context)


def _typed(request: HttpRequest, photo: Photo, name: str) -> str:
    """As it was sent, or as it is on record: what is refused is not lost."""
    return str(request.POST.get(f"{name}-{photo.pk}", getattr(photo, name)))


def _held(request: HttpRequest) -> Any:
    """Photographs that wait: narrow ones for an answer, others for what is shared to be right."""
    return held_uploads.waiting(request, FILES)


def _in_order(request: HttpRequest, photos: list[Photo]) -> list[Photo]:
    """By the places that were typed, then one step up or down, and the cover first."""
    places = {}
    for number, photo in enumerate(photos, 1):
        text = request.POST.get(f"place-{photo.pk}", "")
        # Whoever types the place of another one comes before it.
        place = int(text) if text.isdecimal() and len(text) < 6 else number
        places[photo.pk] = (place, place == number, number)
    ordered = sorted(photos, key=lambda photo: places[photo.pk])
    for name, step in (("up", -1), ("down", 1)):
        index = next((index for index, photo in enumerate(ordered) if str(photo.pk) == request.POST.get(name)), None)
        if index is not None and 0 <= index + step < len(ordered):
            ordered[index], ordered[index + step] = ordered[index + step], ordered[index]
            return ordered
    cover = request.POST.get("cover", "")
    return sorted(ordered, key=lambda photo: str(photo.pk) != cover)


def _sent(request: HttpRequest, shared: SharedForm) -> tuple[list[Photo], list[tuple[str, str]]]:
    """The new photographs, and why others are none. A narrow one waits for a tick."""
    clean: list[photographs.CleanPhoto] = []
    _held(request).filter(key__in=request.POST.getlist("leave")).discard()
    is_wide = Q(about__sent_width__gte=photographs.RECOMMENDED_WIDTH)
    taken = _held(request).filter(is_wide | Q(key__in=request.POST.getlist("take")))
    clean += [held_uploads.restored(upload) for upload in taken]
    taken.discard()
    files, errors = _clean(request)
    for file, name in files:
        if file.is_narrow:
            held_uploads.hold_file(request, FILES, file, name)
        else:
            clean.append(file)
    values = {name: shared.cleaned_data[name] for name in shared.Meta.fields}
    return [Photo(file=file, **values) for file in clean], errors


def _clean(request: HttpRequest) -> tuple[list[tuple[photographs.CleanPhoto, str]], list[tuple[str, str]]]:
    """The photographs that were sent, each with the name of its file, and why others are none."""
    until = time.monotonic() + SECONDS
    clean: list[tuple[photographs.CleanPhoto, str]] = []
    errors: list[tuple[str, str]] = []
    for file in request.FILES.getlist(FILES):
        if time.monotonic() > until:
            errors.append((FILES, _("%(name)s: too many at once. Send it again.") % {"name": file.name}))
            continue
        try:
            clean.append((photographs.clean(file), file.name or ""))
        except ValidationError as error:
            errors.append((FILES, f"{file.name}: {error.messages[0]}"))
    return clean, errors
