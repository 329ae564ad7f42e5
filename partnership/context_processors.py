"""What every page needs: the site’s name and menu, its twin in the other language, its sources. Never the user."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from .references import References
from .sample import is_sample

#: Says in a request that the page becomes a file of a copy. Headers from outside have other names (HTTP_…).
STATIC_COPY = "partnership.static_copy"
MENU = [
    ("projects:list", gettext_lazy("Projects")),
    ("visits:list", gettext_lazy("Visits")),
    ("themes:list", gettext_lazy("Themes")),
    ("partners", gettext_lazy("Partners")),
    ("history", gettext_lazy("History")),
    ("dossiers", gettext_lazy("Dossier")),
    ("search", gettext_lazy("Search")),
]
LANGUAGE_NAMES = {"en": "English", "sv": "Svenska"}


@dataclass(frozen=True)
class MenuItem:
    label: str
    url: str
    is_here: bool
    is_within: bool


@dataclass(frozen=True)
class Twin:
    """The same page in another language."""

    language: str
    name: str
    url: str


def menu(path: str) -> list[MenuItem]:
    items = []
    for name, label in MENU:
        url = reverse(name)
        items.append(MenuItem(str(label), url, path == url, path.startswith(url)))
    return items


def twins(path: str) -> list[Twin]:
    found = []
    for language, _name in settings.LANGUAGES:
        if language != get_language():
            url = translate_url(path, language)
            # An address that no page answers has no twin; the home page is the nearest thing.
            if url == path:
                url = f"/{language}/"
            found.append(Twin(language, LANGUAGE_NAMES.get(language, language), url))
    return found


def prepared_mail(subject: str) -> str:
    """A mailto: address that names the page in its subject; empty where no contact is configured."""
    return f"mailto:{settings.CONTACT_EMAIL}?subject={quote(subject)}" if settings.CONTACT_EMAIL else ""


def is_static(request: HttpRequest) -> bool:
    """Whether the page becomes a file, where nothing can be filtered or looked for."""
    return bool(request.META.get(STATIC_COPY))


def site(request: HttpRequest) -> dict:
    return {
        "site_name": _("Växjö, Region Kronoberg and JB Marks"),
        "site_url": settings.SITE_URL,
        "menu": SimpleLazyObject(lambda: menu(request.path)),
        "twins": SimpleLazyObject(lambda: twins(request.get_full_path())),
        "is_static": is_static(request),
        "references": References(),
        "is_sample": is_sample,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_form_url": settings.CONTACT_FORM_URL,
        "operator_name": settings.OPERATOR_NAME,
    }
