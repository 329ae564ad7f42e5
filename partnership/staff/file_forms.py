"""The forms of photographs and documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..files.photographs import RECOMMENDED_WIDTH, CleanPhoto
from .forms import RecordForm

NARROW = _(
    "The photograph is %(width)s pixels wide and will be blurred on large screens; %(least)s or more are sharp. Send "
    "a larger one, or tick here to take it as it is."
)


class PhotoForm(RecordForm):
    narrow = forms.BooleanField(label=_("Take the narrow photograph"), required=False)

    extra_fields = (*RecordForm.extra_fields, "narrow")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        file = self.cleaned_data.get("file")
        if isinstance(file, CleanPhoto) and file.is_narrow and not self.cleaned_data.get("narrow"):
            values = {"width": file.about["sent_width"], "least": RECOMMENDED_WIDTH}
            self.add_error("narrow", ValidationError(NARROW, code="narrow", params=values))
        return cleaned

    def overruling(self, rows: Iterable[forms.BaseForm] = ()) -> set[str]:
        names = super().overruling(rows)
        return names | {"narrow"} if "narrow" in self.errors or self.data.get(self.add_prefix("narrow")) else names
