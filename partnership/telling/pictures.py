"""Each picture of the record at an address of its own: as a page, and as a file to take along."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..pictures.alone import PICTURES
from ..web.cross_origin import readable_everywhere
from .press import version_of


@require_safe
def picture_list(request: HttpRequest) -> HttpResponse:
    drawn = [(picture, picture.draw()) for picture in PICTURES.values()]
    pictures = [(picture, drawing.title, _url(picture.name)) for picture, drawing in drawn if drawing]
    return render(request, "telling/picture_list.html", {"pictures": pictures})


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    shown = PICTURES[name]
    drawing = shown.draw()
    context = {
        "picture": shown,
        "drawing": drawing,
        "file_url": _url(f"{name}-svg"),
        "page_url": reverse(shown.page),
        "tables": [(table, reverse(table, args=["csv"]), reverse(table, args=["json"])) for table in shown.tables],
        "version_of": version_of(),
    }
    return render(request, "telling/picture.html", context)


@readable_everywhere
@require_safe
def picture_file(request: HttpRequest, name: str) -> HttpResponse:
    drawing = PICTURES[name].draw()
    if drawing is None:
        raise Http404
    return HttpResponse(drawing.as_file(), content_type="image/svg+xml")


def _url(name: str) -> str:
    return reverse(f"picture-{name}")
