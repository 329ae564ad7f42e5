"""The forms of photographs and documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..files.hidden import DANGEROUS, KINDS, in_words
from ..files.hidden import cleaned as cleaned_document
from ..files.photographs import RECOMMENDED_WIDTH, CleanPhoto
from ..publishing import State
from .forms import RecordForm

NARROW = _(
    "The photograph is %(width)s pixels wide and will be blurred on large screens; %(least)s or more are sharp. Send "
    "a larger one, or tick here to take it as it is."
)


class PhotoForm(RecordForm):
    narrow = forms.BooleanField(label=_("Take the narrow photograph"), required=False)

    extra_fields = (*RecordForm.extra_fields, "narrow")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        file = self.cleaned_data.get("file")
        if isinstance(file, CleanPhoto) and file.is_narrow and not self.cleaned_data.get("narrow"):
            values = {"width": file.about["sent_width"], "least": RECOMMENDED_WIDTH}
            self.add_error("narrow", ValidationError(NARROW, code="narrow", params=values))
        return cleaned

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        names = super().overruling(rows)
        return names | {"narrow"} if "narrow" in self.errors or self.data.get(self.add_prefix("narrow")) else names


class DocumentForm(RecordForm):
    """A document whose hidden content is named before anybody else can read it, and taken out with a tick."""

    take_out = forms.BooleanField(label=_("Take out of the file what its pages do not show"), required=False)

    extra_fields = (*RecordForm.extra_fields, "take_out")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        file = self.cleaned_data.get("file")
        if not file:
            return cleaned
        is_new = hasattr(file, "hidden")
        finds: Any = file.hidden if is_new else self.instance.hidden_kinds
        if finds and self.cleaned_data.get("take_out"):
            try:
                file, finds = cleaned_document(file)
            except ValidationError as error:
                self.add_error("take_out", error)
                return cleaned
            file.hidden = finds
            self.cleaned_data["file"] = file
        self.instance.hidden_content = ",".join(kind for kind in KINDS if kind in finds)
        self._ask_about_hidden(finds)
        return cleaned

    def _ask_about_hidden(self, finds: Any) -> None:
        """Nothing dangerous is kept at all; the rest waits for a reason until the document is published."""
        dangerous = DANGEROUS & set(finds)
        reason = str(self.cleaned_data.get("hidden_reason") or "").strip()
        is_public = self.cleaned_data.get("state") == State.PUBLISHED
        if not dangerous and not (finds and is_public and not reason):
            return
        if self.cleaned_data.get("take_out"):
            message = _("This cannot be taken out here: %(what)s. Save the document without it, as PDF for example.")
        elif dangerous:
            message = _("The file holds %(what)s. Tick here to take it out, or send another file.")
        else:
            message = _(
                "The file holds more than its pages show: %(what)s. Tick here to take it out, or say why it may stay."
            )
        self.add_error("take_out", ValidationError(message, code="hidden", params={"what": in_words(finds)}))

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        names = super().overruling(rows)
        is_asked = "take_out" in self.errors or self.data.get(self.add_prefix("take_out"))
        return names | {"take_out"} if is_asked or self.instance.hidden_content else names
