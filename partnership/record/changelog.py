"""Changes of the record as the public reads them: which record, what, why, and which partner."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import get_language

from ..addresses import permanent_models
from ..models import Revision
from ..publishing import permanent_path
from .schemas import SCHEMAS_BY_MODEL_NAME


@dataclass(frozen=True)
class PublicChange:
    revision: Revision
    title: str
    kind: str
    fields: list[str]

    @property
    def name(self) -> str:
        """What tells the record from all others, for ever: the path of its lasting address, where it has one."""
        return permanent_path(self.revision.model_name, self.revision.code)

    @property
    def url(self) -> str:
        """The lasting address: the record may have moved since. Empty for files, which have no page of their own."""
        return self.name if self.revision.model_name in permanent_models() else ""


def public_change(revision: Revision) -> PublicChange:
    """A version in words. Only the names of what changed are given; the page itself shows what it is now."""
    schema = SCHEMAS_BY_MODEL_NAME[revision.model_name]
    title = revision.title.get(get_language() or "en") or next(iter(revision.title.values()), revision.code)
    is_change = revision.action in {Revision.Action.CHANGED, Revision.Action.RESTORED}
    fields = [schema.label(key) for key in revision.fields if schema.is_public(key)] if is_change else []
    return PublicChange(revision, title, capfirst(str(schema.model._meta.verbose_name)), sorted(set(fields)))
