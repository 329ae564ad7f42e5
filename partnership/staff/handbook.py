"""The staff handbook inside the admin.

Each page is one template per language, so that it reads as one text and not as translated sentences. Its pictures are
screenshots of the running site: “make screenshots”.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.loader import select_template
from django.template.response import TemplateResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

#: In reading order.
PAGES = {
    "visit": gettext_lazy("Add a visit in two minutes"),
    "project": gettext_lazy("Add a project with its results"),
    "output": gettext_lazy("Say what came of it"),
    "source": gettext_lazy("Cite a source"),
    "dates": gettext_lazy("Write a date"),
    "claim": gettext_lazy("What is said of the whole"),
    "people": gettext_lazy("What may be published about people"),
    "publishing": gettext_lazy("Draft, publish, withdraw"),
    "queue": gettext_lazy("Review what colleagues write"),
    "changing": gettext_lazy("Change what is public"),
    "translating": gettext_lazy("Translate"),
    "confirming": gettext_lazy("Confirmed by both sides"),
    "files": gettext_lazy("Photographs and documents"),
    "inbox": gettext_lazy("What was sent in"),
    "spreadsheets": gettext_lazy("Import a spreadsheet"),
    "duplicates": gettext_lazy("The same thing twice"),
    "together": gettext_lazy("Two people, one record"),
    "dossier": gettext_lazy("A dossier for a jury"),
    "accounts": gettext_lazy("Accounts and passwords"),
}

#: The page that a form leads to, by the kind of its record; all others lead to “Draft, publish, withdraw”.
HELP_PAGES = {
    "visit": "visit",
    "project": "project",
    "output": "output",
    "claim": "claim",
    "statement": "claim",
    "submission": "dossier",
    "source": "source",
    "photo": "files",
    "document": "files",
}


@require_safe
def contents(request: HttpRequest) -> TemplateResponse:
    return _render(request, "admin/handbook/contents.html", _("Handbook"))


@require_safe
def page(request: HttpRequest, name: str) -> TemplateResponse:
    """One page; in English where the user’s language has no template for it."""
    if name not in PAGES:
        raise Http404(f"The handbook has no page {name}.")
    languages = dict.fromkeys([get_language() or "en", "en"])
    template = select_template([f"admin/handbook/{language}/{name}.html" for language in languages]).template
    written_in = template.name.split("/")[2]
    return _render(request, template.name, str(PAGES[name]), name=name, written_in=written_in)


def _render(request: HttpRequest, template: str, title: str, **extra: str) -> TemplateResponse:
    context = {**admin.site.each_context(request), "title": title, "pages": PAGES, **extra}
    return TemplateResponse(request, template, context)
