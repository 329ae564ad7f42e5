"""The autocompletion of related records in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.urls import reverse

from ..models import Partner, Photo


class RecordAutocompleteView(AutocompleteJsonView):
    """Adds to a partner the former name that matched the search term, and to a photograph its picture."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        term = self.term.casefold()
        if isinstance(obj, Partner) and term and term not in result["text"].casefold():
            names = [str(former_name.name) for former_name in obj.former_names.all()]
            matches = [name for name in names if term in name.casefold()]
            if matches:
                result["text"] += f" ({matches[0]})"
        user: Any = self.request.user
        if isinstance(obj, Photo) and obj.file and not user.works_outside_the_eu:
            result["thumb"] = reverse("admin:partnership_photo_kept", args=[obj.pk])
        return result
