"""Changes of the record as the public reads them: which record, what, why, and which partner."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language

from ..models import Revision
from ..publishing import permanent_path
from .schemas import SCHEMAS_BY_MODEL_NAME


class PublicChange(NamedTuple):
    revision: Revision
    title: str
    kind: str
    fields: list[str]

    @property
    def has_address(self) -> bool:
        """Whether the record has a lasting address; photographs and documents have none."""
        return getattr(SCHEMAS_BY_MODEL_NAME[self.revision.model_name].model, "has_permanent_url", True)

    @property
    def url(self) -> str:
        """The lasting address, since the record may have moved; of what has none, the list of changes."""
        return permanent_path(self.revision.model_name, self.revision.code) if self.has_address else reverse("changes")


def public_change(revision: Revision) -> PublicChange:
    """A version in words. Only the names of what changed are given; the page itself shows what it is now."""
    schema = SCHEMAS_BY_MODEL_NAME[revision.model_name]
    title = revision.title.get(get_language() or "en") or next(iter(revision.title.values()), revision.code)
    is_change = revision.action in {Revision.Action.CHANGED, Revision.Action.RESTORED}
    fields = [schema.label(key) for key in revision.fields if schema.is_public(key)] if is_change else []
    return PublicChange(revision, title, capfirst(str(schema.model._meta.verbose_name)), sorted(set(fields)))
