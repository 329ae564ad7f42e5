"""What all views of open data share: origins, ETags, errors as problem details, and bodies that nobody asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from .. import __version__
from ..lists import FilterForm
from ..models import DataVersion
from ..publishing import Record
from ..web import error_pages
from ..web.cross_origin import readable_everywhere
from ..web.parameters import judges_parameters
from ..web.problems import nothing_here, problem
from ..web.rate_limits import DOWNLOADS, rate_limited
from .tables import LICENCE_URL

#: Parameters that other sites add to links, to count their readers. They mean nothing here.
_TRACKING = ("utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "_hs", "_ga", "__hs", "gad_")
_TRACKING_NAMES = frozenset(
    {"dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igshid", "igsh", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok"}
    | {"msclkid", "ref", "srsltid", "ttclid", "twclid", "vero_id", "wbraid", "yclid"}
)


def is_tracking(parameter: str) -> bool:
    name = parameter.lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING)


def _etag(request: HttpRequest, *_args: Any, **_kwargs: Any) -> str:
    """From everything that a response depends on: the record, the release of the site, its settings, the address."""
    about = (settings.SITE_URL, settings.OPERATOR_NAME, settings.OPERATOR_NUMBER, settings.CONTACT_EMAIL)
    reported = (settings.IATI_REPORTING_ORG, request.headers.get("Accept", ""))
    state = [DataVersion.current(), __version__, *about, *reported, request.get_full_path()]
    return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


def open_data(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorates views of open data: any origin may read the response, and 304 is sent where it is unchanged.

    What is not there is a problem in JSON, as every other error of the data.
    """

    @rate_limited("data", DOWNLOADS, too_often)
    @require_safe
    @condition(etag_func=_etag)
    @wraps(view)
    def conditional(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            if request.path.endswith((".html", ".htm")):
                # A page, as older sites write its address: where it leads is not for the data to say.
                raise
            return nothing_here()

    @judges_parameters
    @readable_everywhere
    @wraps(view)
    def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = conditional(request, *args, **kwargs)
        response["Cache-Control"] = "no-cache"
        # Also on 304 (RFC 9110, 15.4.5), which the compression does not see.
        patch_vary_headers(response, ["Accept-Encoding"])
        return response

    return shared


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    response = problem(429, _("Too many requests"), error_pages.how_long(seconds))
    response["Retry-After"] = str(seconds)
    return response


def gone(record: Record) -> HttpResponse:
    """What a program reads of a withdrawn record: what, when and why (410)."""
    return problem(
        410,
        _("This record was withdrawn"),
        str(record.withdrawal_reason),
        kind=str(record._meta.model_name),
        code=record.code,
        withdrawn_on=record.withdrawn_on.isoformat() if record.withdrawn_on else None,
    )


def invalid_parameters(errors: dict[str, str]) -> HttpResponse:
    """A response 400 that names each invalid parameter with the reason."""
    return problem(
        400,
        _("The address could not be read"),
        " ".join(f"{name}: {reason}" for name, reason in errors.items()),
        **{"invalid-params": [{"name": name, "reason": reason} for name, reason in errors.items()]},
    )


def errors_in(form: FilterForm | None, query: Iterable[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Each parameter that the data do not know, or whose value they cannot use, with the reason."""
    names = {*known, *(form.fields if form else ())}
    unknown = [name for name in query if name not in names and not is_tracking(name)]
    errors = {name: _("There is no such parameter here.") for name in unknown}
    if form:
        errors |= {str(name): " ".join(map(str, messages)) for name, messages in form.errors.items()}
    return errors


def streamed(request: HttpRequest, rows: Iterable[str], media_type: str, name: str) -> HttpResponseBase:
    """A file sent while it is made; of nothing but its headers for HEAD, so that nothing is made for nobody."""
    content = iter(()) if request.method == "HEAD" else rows
    response = StreamingHttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Link"] = f'<{LICENCE_URL}>; rel="license"'
    return response
