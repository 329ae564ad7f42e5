"""Told stories: their list, and each as a page of bands."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from ..addresses import show
from ..award.stories import content_of
from ..models import Story


@require_safe
def story_list(request: HttpRequest) -> HttpResponse:
    return render(request, "telling/story_list.html", {"stories": Story.objects.published()})


def story_details():
    return Story.objects.prefetch_related("passages")


@require_safe
def story_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, story_details(), slug, story_page)


def story_page(request: HttpRequest, story: Story, **extra: Any) -> HttpResponse:
    context = {"story": story, "told": content_of(story, get_language() or "en"), **extra}
    return render(request, "telling/story.html", context)
