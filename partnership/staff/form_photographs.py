"""Photographs that are sent with the form of their record: they stay with it until it is saved, and are drafts then.

Each file is cleaned and held as it comes, for the person and the form that sent it. The form carries the keys of those
that belong to it: another form at the same address, begun later, does not find them.
"""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ..fields.translated import language_codes, language_columns
from ..files import photographs
from ..models import HeldUpload, Photo
from ..publishing import State
from ..record import history
from ..web import held_uploads
from .errors import FormError, field_errors
from .file_forms import NARROW
from .forms import ask_about_people

#: Photographs of one post, and seconds in which they are read; what is left over is named and sent again.
MOST_AT_ONCE, SECONDS = 20, 20
#: What the names of all its fields begin with.
PREFIX = "photographs"
_FILES, _KEY = f"{PREFIX}-files", f"{PREFIX}-key"


class SharedForm(forms.ModelForm):
    """What all photographs of one post have in common."""

    class Meta:
        model = Photo
        fields = ("credit", "basis", "period", "licence")
        labels = {
            "credit": gettext_lazy("Photographer, for all"),
            "basis": gettext_lazy("We may show them because of"),
            "period": gettext_lazy("Taken"),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["period"].widget.has_picker = False


class WordsForm(forms.ModelForm):
    """What one photograph shows, and what is answered about it."""

    take = forms.BooleanField(label=gettext_lazy("Take it all the same"), required=False)
    leave = forms.BooleanField(label=gettext_lazy("Leave it out"), required=False)

    class Meta:
        model = Photo
        fields = (*language_columns("alt"), "is_decorative")
        labels = {"is_decorative": gettext_lazy("Decoration only, says nothing")}
        help_texts = {"is_decorative": ""}

    def __init__(self, *args: Any, upload: HeldUpload | None = None, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.upload = upload

    @property
    def words(self) -> list[tuple[str, forms.BoundField]]:
        """The languages, one’s own first, each with its field."""
        languages = sorted(language_codes(), key=lambda language: language != get_language())
        return [(language, self[f"alt_{language}"]) for language in languages]

    @property
    def is_narrow(self) -> bool:
        return self.upload is not None and self.upload.about["sent_width"] < photographs.RECOMMENDED_WIDTH

    @property
    def is_left_out(self) -> bool:
        return bool(self.cleaned_data.get("leave"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.upload and self.is_narrow and not (cleaned.get("take") or cleaned.get("leave")):
            values = {"width": self.upload.about["sent_width"], "least": photographs.RECOMMENDED_WIDTH}
            self.add_error("take", ValidationError(NARROW, code="narrow", params=values))
        return cleaned


class FormPhotographs:
    """The photographs of one form, with what they share and the words of each."""

    def __init__(self, request: HttpRequest, record: Any, is_dated: bool):
        #: Photographs without a date are of the time of their record, where it has one.
        self.request, self.record, self.is_dated = request, record, is_dated
        self.refusals: list[str] = []
        self.most, self.help = MOST_AT_ONCE, photographs.FORMATS_HELP
        self.data: Any = request.POST.copy() if request.method == "POST" else None
        if self.data is not None:
            self._receive()
        self.shared = SharedForm(self.data, prefix=PREFIX)
        keys = self.data.getlist(_KEY) if self.data is not None else []
        waiting = held_uploads.waiting(request, _FILES)
        self.uploads = waiting.filter(key__in=keys) if keys else waiting.none()
        self.rows = [WordsForm(self.data, prefix=f"{PREFIX}-{upload.key}", upload=upload) for upload in self.uploads]

    @cached_property
    def empty(self) -> WordsForm:
        """The row of a file that is chosen and not sent yet, which the script writes for each."""
        return WordsForm(prefix=f"{PREFIX}-new-__number__")

    @cached_property
    def on_record(self) -> list[Photo]:
        """Those that the record has already."""
        return list(self.record.photos.exclude(state=State.WITHDRAWN)) if self.record else []

    def _receive(self) -> None:
        """Keeps the good files that came, and puts their words, which the script numbers, under their keys."""
        until = time.monotonic() + SECONDS
        for number, file in enumerate(self.request.FILES.getlist(_FILES)):
            sent = f"{PREFIX}-new-{number}-"
            if f"{sent}leave" in self.data:
                continue
            if time.monotonic() > until or number >= MOST_AT_ONCE:
                self.refusals.append(_("%(name)s: too many at once. Send it again.") % {"name": file.name})
                continue
            try:
                photo = photographs.clean(file)
            except ValidationError as error:
                self.refusals.append(f"{file.name}: {error.messages[0]}")
                continue
            upload = self._waiting_twin(photo, file.name or "")
            if upload is None:
                upload = held_uploads.hold_file(self.request, _FILES, photo, file.name or "")
                self.data.appendlist(_KEY, upload.key)
            for name in [name for name in self.data if name.startswith(sent) and self.data[name]]:
                self.data.setlist(f"{PREFIX}-{upload.key}-{name.removeprefix(sent)}", self.data.getlist(name))

    def _waiting_twin(self, photo: photographs.CleanPhoto, name: str) -> HeldUpload | None:
        """The same file, where it waits with this form already: whoever chooses it again does not want it twice."""
        waiting = held_uploads.waiting(self.request, _FILES).filter(key__in=self.data.getlist(_KEY))
        return waiting.filter(name=name[-255:], size=photo.size, about=photo.about).first()

    def is_valid(self) -> bool:
        """Nothing is asked of a form without photographs."""
        if not self.rows:
            return not self.refusals
        is_asked = not self.data.get("allowed_because", "").strip()
        for row in self.rows:
            if row.is_valid() and is_asked and not row.is_left_out:
                ask_about_people(row)
        are_good = [form.is_valid() for form in (self.shared, *self.rows)]
        return all(are_good) and not self.refusals

    @property
    def errors(self) -> list[FormError]:
        refused = [FormError(sentence, _("photographs"), _FILES) for sentence in self.refusals]
        if not self.rows or self.data is None:
            return refused
        of_rows = [
            error._replace(label=_("Photograph %(number)s") % {"number": number})
            for number, row in enumerate(self.rows, 1)
            for error in field_errors(row)
        ]
        return [*refused, *field_errors(self.shared), *of_rows]

    def save(self, record: Any, user: Any) -> list[Photo]:
        """Makes the drafts and puts them to the record, after those that it has."""
        saved: list[Photo] = []
        place = record.photos.count() if self.rows else 0
        values = {name: self.shared.cleaned_data[name] for name in SharedForm.Meta.fields} if self.rows else {}
        if self.rows and not values["period"]:
            values["period"] = getattr(record, "period", None)
        for row in self.rows:
            if row.is_left_out or row.upload is None:
                continue
            photo = row.save(commit=False)
            for name, value in values.items():
                setattr(photo, name, value)
            photo.file, photo.position = held_uploads.restored(row.upload), place + len(saved) + 1
            photo.save()
            history.note(photo, {}, user)
            saved.append(photo)
        record.photos.add(*saved)
        if self.rows:
            self.uploads.discard()
        return saved


def held_view(request: HttpRequest, key: str) -> HttpResponse:
    """A photograph that waits with a form, for nobody but who sent it."""
    upload = HeldUpload.objects.waiting().filter(user=request.user.pk, key=key, field=_FILES).first()
    if upload is None:
        raise Http404
    with upload.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Cache-Control"] = "no-store"
    return response
