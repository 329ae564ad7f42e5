"""What the autocompletes of the admin offer."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView

from ..models import Partner


class NamedAsTyped(AutocompleteJsonView):
    """A body that is found by a name it had before is offered with that name beside its own."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        typed = self.term.casefold()
        if isinstance(obj, Partner) and typed and typed not in result["text"].casefold():
            former = [str(one.name) for one in obj.former_names.all() if typed in str(one.name).casefold()]
            if former:
                result["text"] += f" ({former[0]})"
        return result
