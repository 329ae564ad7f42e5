"""The context of every page: name, menu, translations of the page, sources, contact. Never the user."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy, override

from projects.models import Project, Theme
from visits.models import Visit

from .models import Claim, DataVersion, Milestone, Partner, Submission
from .models.seed import is_sample
from .per_version import cached_per_version
from .publishing import Record, State, record_models
from .references import References
from .search import PAGES

#: The key in ``request.META`` of a page for the static export. Request headers have other names (HTTP_…).
STATIC_EXPORT = "partnership.operations.static_export"
MENU = [
    ("projects:list", gettext_lazy("Projects")),
    ("visits:list", gettext_lazy("Visits")),
    ("themes:list", gettext_lazy("Themes")),
    ("partners", gettext_lazy("Partners")),
    ("history", gettext_lazy("History")),
    ("dossiers", gettext_lazy("Dossier")),
]
#: What only the menu of a narrow window holds: a wide one has a field beside it, and the footer is near.
FURTHER = [
    ("questions", gettext_lazy("Ten questions")),
    ("claims", gettext_lazy("How do we know?")),
    ("contribute", gettext_lazy("I know something")),
]
#: The columns of links in the footer: an id, a heading, and the URL names with their labels.
FOOTER = [
    (
        "record",
        gettext_lazy("The record"),
        [
            ("claims", gettext_lazy("Claims and evidence")),
            ("memorandum", gettext_lazy("Memorandum of Understanding")),
            ("sources", gettext_lazy("All sources")),
            ("searches", gettext_lazy("Where we looked")),
            ("changes", gettext_lazy("Changes")),
            ("data", gettext_lazy("Open data")),
            ("feed", gettext_lazy("New and changed (Atom)")),
        ],
    ),
    (
        "site",
        gettext_lazy("This site"),
        [
            ("contribute", gettext_lazy("Contribute")),
            ("questions", gettext_lazy("Ten questions")),
            ("press", gettext_lazy("For the press")),
            ("about", gettext_lazy("About the record")),
            ("accessibility", gettext_lazy("Accessibility statement")),
            ("privacy", gettext_lazy("Privacy")),
        ],
    ),
]
LANGUAGE_NAMES = {"en": "English", "sv": "Svenska"}


class MenuItem(NamedTuple):
    label: str
    url: str
    #: As ``aria-current``: “page” on the page itself, “true” on those below it, else empty.
    current: str
    is_further: bool


class Translation(NamedTuple):
    """The link to this page in another language."""

    language: str
    name: str
    url: str


class RecordState(NamedTuple):
    """What every page says of the record as a whole."""

    #: The label and URL of each page that holds something, and whether only the menu of a narrow window has it.
    menu: list[tuple[str, str, bool]]
    #: The dossier of the latest submission; empty where there is none.
    dossier_url: str
    #: When something public last changed; None while nothing is public.
    last_changed: datetime.datetime | None


@cached_per_version
def _record_state() -> RecordState:
    """Each page of the menu by its own address: no entry leads to a redirect, or to nothing."""
    submission = Submission.objects.published().latest_first().first()
    kinds: dict[str, Any] = {
        "projects:list": Project,
        "visits:list": Visit,
        "themes:list": Theme,
        "partners": Partner,
        "history": Milestone,
        "claims": Claim,
    }
    # One query for all of them: menu and foot are on every page.
    exists = {f"has_{number}": models.Exists(kind.objects.published()) for number, kind in enumerate(kinds.values())}
    changes = {
        f"changed_{model._meta.label_lower.replace('.', '_')}": _last_change_of(model) for model in record_models()
    }
    row: Any = DataVersion.objects.values(**exists, **changes).first() or {}
    holds = {
        **dict(zip(kinds, (row.get(name, False) for name in exists), strict=True)),
        "dossiers": submission is not None,
        "contribute": True,
        "questions": True,
    }
    dossier_url = submission.get_absolute_url() if submission else ""
    entries = [
        (str(label), dossier_url if name == "dossiers" else reverse(name), is_further)
        for entries, is_further in ((MENU, False), (FURTHER, True))
        for name, label in entries
        if holds[name]
    ]
    days: list[datetime.datetime] = [row[name] for name in changes if row.get(name)]
    return RecordState(entries, dossier_url, max(days, default=None))


def _last_change_of(model: type[Record]) -> models.Subquery:
    """When a public record of a kind was last saved, or withdrawn."""
    public = model._default_manager.exclude(state=State.DRAFT).order_by("-modified_at")
    return models.Subquery(public.values("modified_at")[:1])


def _footer_links() -> str:
    columns = [(name, heading, [(label, reverse(page)) for page, label in links]) for name, heading, links in FOOTER]
    return render_to_string("includes/footer_links.html", {"columns": columns})


def menu(path: str, entries: list[tuple[str, str, bool]]) -> list[MenuItem]:
    return [
        MenuItem(label, url, "page" if path == url else "true" if path.startswith(url) else "", is_further)
        for label, url, is_further in entries
    ]


def menu_without_record() -> list[MenuItem]:
    """The menu of error pages, which ask the database for nothing."""
    return _menu_in(get_language())


@cache
def _menu_in(_language: str | None) -> list[MenuItem]:
    return [MenuItem(str(label), reverse(name), "", False) for name, label in MENU]


def translations(request: HttpRequest) -> list[Translation]:
    """The same page in each other language."""
    return [
        Translation(language, LANGUAGE_NAMES.get(language, language), _url_in(request, language))
        for language, _name in settings.LANGUAGES
        if language != get_language()
    ]


def _url_in(request: HttpRequest, language: str) -> str:
    """The URL of this page in a language; that of the home page where the path resolves to no page."""
    # As Django’s translate_url, which would resolve the path a second time.
    if (match := request.resolver_match) and match.url_name:
        with override(language):
            path = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
        if path != request.path:
            return f"{path}{request.get_full_path().removeprefix(request.path)}"
    return f"/{language}/"


def _default_url(request: HttpRequest) -> str:
    """The URL for readers of no language of the site: of the home page the one that asks, of all others the English."""
    if request.path in {f"/{language}/" for language, _name in settings.LANGUAGES}:
        return "/"
    if get_language() == settings.LANGUAGE_CODE:
        return request.path
    return _url_in(request, settings.LANGUAGE_CODE)


def _page_text(request: HttpRequest) -> str:
    """What a page without a record is about, for its description; empty for the home page and for records."""
    match = request.resolver_match
    if match is None or match.view_name == "home" or match.view_name not in PAGES:
        return ""
    return str(PAGES[match.view_name][1])


def prepared_mail(subject: str) -> str:
    """A mailto: URL with this subject; empty where no contact is configured."""
    return f"mailto:{settings.CONTACT_EMAIL}?subject={quote(subject)}" if settings.CONTACT_EMAIL else ""


def is_static(request: HttpRequest) -> bool:
    """Whether the page is for the static export, where nothing can be filtered or searched."""
    return bool(request.META.get(STATIC_EXPORT))


def site(request: HttpRequest) -> dict:
    state = SimpleLazyObject(_record_state)
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "menu": SimpleLazyObject(lambda: menu(request.path, state.menu)),
        "record_state": state,
        "translations": SimpleLazyObject(lambda: translations(request)),
        "footer_links": SimpleLazyObject(_footer_links),
        "default_url": SimpleLazyObject(lambda: _default_url(request)),
        "page_text": SimpleLazyObject(lambda: _page_text(request)),
        "is_static": is_static(request),
        "references": References(),
        "is_sample": is_sample,
        "contact_email": settings.CONTACT_EMAIL,
        "contact_form_url": settings.CONTACT_FORM_URL,
        "operator_name": settings.OPERATOR_NAME,
        "answer_days": settings.ANSWER_DAYS,
        "data_protection_contact": settings.DATA_PROTECTION_CONTACT,
    }
