"""The staff handbook: pages inside the admin that tell a new clerk how the record is kept.

Each page is a template for each language, so that it reads as one text and not as a list of translated sentences. The
pictures in it are taken from the running site by “make screenshots”.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.loader import select_template
from django.template.response import TemplateResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

#: The pages in the order in which a new clerk reads them.
PAGES = {
    "visit": gettext_lazy("Add a visit in two minutes"),
    "source": gettext_lazy("Cite a source"),
    "people": gettext_lazy("What may be published about people"),
    "publishing": gettext_lazy("Draft, publish, withdraw"),
    "confirming": gettext_lazy("Confirmed by both sides"),
    "files": gettext_lazy("Photographs and documents"),
    "spreadsheets": gettext_lazy("Import a spreadsheet"),
    "together": gettext_lazy("Two people, one record"),
}


@require_safe
def contents(request: HttpRequest) -> TemplateResponse:
    return _answer(request, "admin/handbook/contents.html", _("Handbook"))


@require_safe
def page(request: HttpRequest, name: str) -> TemplateResponse:
    """One page; in English where it has not been written in the reader’s language yet."""
    if name not in PAGES:
        raise Http404(f"The handbook has no page {name}.")
    languages = dict.fromkeys([get_language() or "en", "en"])
    found = select_template([f"admin/handbook/{language}/{name}.html" for language in languages])
    written_in = found.template.name.split("/")[2]
    return _answer(request, found.template.name, str(PAGES[name]), name=name, written_in=written_in)


def _answer(request: HttpRequest, template: str, title: str, **more: str) -> TemplateResponse:
    context = {**admin.site.each_context(request), "title": title, "pages": PAGES, **more}
    return TemplateResponse(request, template, context)
