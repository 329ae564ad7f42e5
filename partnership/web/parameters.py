"""Which parameters a public page reads. With any other it leads to itself without them: one page, kept once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]
_LANGUAGES = tuple(f"/{language}/" for language, _name in settings.LANGUAGES)


def reads(*names: str) -> Callable[[View], View]:
    """Decorates a public view that reads these parameters; one without this reads none."""
    return _marked(names)


def _marked(names: tuple[str, ...] | None) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        reading.parameters = names  # type: ignore[attr-defined]
        return reading

    return decorate


#: Decorates a view that judges all parameters itself, as data do: they refuse by name what they do not know.
judges_parameters = _marked(None)


class KnownParametersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        known = getattr(view, "parameters", ())
        is_page = request.method in {"GET", "HEAD"} and request.path_info.startswith(_LANGUAGES)
        if not is_page or known is None or request.GET.keys() <= {*known}:
            return None
        query = request.GET.copy()
        for name in request.GET.keys() - {*known}:
            del query[name]
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)
