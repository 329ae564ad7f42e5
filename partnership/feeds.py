"""For machines: Atom feeds of new and changed records, the calendar of visits, sitemaps, robots.txt, security.txt."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from visits.forms import VisitFilter

from .fields.texts import xml_safe
from .models import Edition, Newsletter, Revision, Submission
from .pictures.alone import PICTURES
from .publishing import last_change, record_models
from .record.changelog import public_change
from .web import error_pages
from .web.cross_origin import readable_everywhere
from .web.parameters import reads

#: The number of entries in a feed, and of feeds that lead on to older ones.
NEWEST, MOST_PAGES = 50, 1000
#: How often calendar programs look for new visits, and the ending of the names of visits in them, whatever the host.
_REFRESH, _CALENDAR = datetime.timedelta(days=1), "vaxjo-kronoberg-jb-marks"


class _AtomOfRecord(Atom1Feed):
    """Well-formed whatever is stored; an empty feed was updated when the record was, not at the time of the request.

    Older entries are in feeds of their own, to which links lead (paged feeds, RFC 5005, 3).
    """

    def add_item(self, title: str, link: str, description: str, **kwargs: Any) -> None:  # type: ignore[override]
        super().add_item(xml_safe(title), link, xml_safe(description), **kwargs)

    def latest_post_date(self) -> datetime.datetime:
        changed = None if self.items else last_change()
        return changed or super().latest_post_date()

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for relation, url in self.feed["ways"].items():
            handler.addQuickElement("link", "", {"rel": relation, "href": url})


class Changes(Feed):
    """The records that were published or changed last, each under its permanent URL."""

    feed_type = _AtomOfRecord
    #: The page that says the same to people.
    page_name = "home"
    page = 1

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Each request has a feed of its own, which knows its page. Raises Http404 for a page that is none."""
        feed = type(self)()
        try:
            feed.page = int(request.GET.get("page", "1"))
        except ValueError:
            raise Http404 from None
        if not 1 <= feed.page <= MOST_PAGES:
            raise Http404
        response = Feed.__call__(feed, request, *args, **kwargs)
        return get_conditional_response(request, last_modified=_seconds(response), response=response) or response

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        entries = list(self.entries(self.page * NEWEST + 1))
        self._more = len(entries) > self.page * NEWEST
        self._items = entries[(self.page - 1) * NEWEST : self.page * NEWEST]
        if self.page > 1 and not self._items:
            raise Http404

    def items(self) -> list[Any]:
        return self._items

    def feed_extra_kwargs(self, obj: Any) -> dict[str, Any]:
        ways = {"first": 1, "previous": self.page - 1, "next": self.page + 1 if self._more else 0}
        return {"ways": {name: f"{self.feed_url()}?page={page}" for name, page in ways.items() if page}}

    def title(self) -> str:
        return _("%(site)s: new and changed records") % {"site": settings.SITE_NAME}

    def author_name(self) -> str:
        """In the language of the feed."""
        return str(settings.SITE_NAME)

    def link(self) -> str:
        """At the site’s own address, whatever host was asked."""
        return f"{settings.SITE_URL}{reverse(self.page_name)}"

    def feed_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('feed')}"

    def feed_guid(self) -> str:
        return self.feed_url()

    def entries(self, most: int) -> Iterable[Any]:
        """The entries, newest first, at most so many."""
        newest: list[Any] = []
        for model in record_models():
            if model.in_open_data:
                newest += _published(model).order_by("-modified_at")[:most]
        return sorted(newest, key=lambda record: record.modified_at, reverse=True)[:most]

    def item_title(self, item: Any) -> str:
        return f"{str(item._meta.verbose_name).capitalize()}: {item}"

    def item_description(self, item: Any) -> str:
        """Never empty: what says nothing more is described by its kind and title."""
        texts = (str(getattr(item, name, "")) for name in ("summary", "purpose", "text", "description", "note"))
        return next((text for text in texts if text), self.item_title(item))

    def item_link(self, item: Any) -> str:
        return f"{settings.SITE_URL}{item.get_absolute_url()}"

    def item_guid(self, item: Any) -> str:
        return item.permanent_url

    def item_pubdate(self, item: Any) -> datetime.datetime | None:
        return item.published_at

    def item_updateddate(self, item: Any) -> datetime.datetime:
        return item.modified_at


def _seconds(response: HttpResponse) -> int | None:
    """When the feed changed last, in seconds since 1970."""
    modified = response.get("Last-Modified")
    return int(parsedate_to_datetime(modified).timestamp()) if modified else None


class Log(Changes):
    """Each public change of a record: what, why and by which partner."""

    def title(self) -> str:
        return _("%(site)s: changes") % {"site": settings.SITE_NAME}

    def feed_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('changes-feed')}"

    page_name = "changes"

    def entries(self, most: int) -> Iterable[Any]:
        return [public_change(revision) for revision in Revision.objects.public()[:most]]

    def item_title(self, item: Any) -> str:
        return f"{item.title}: {item.revision.get_action_display()}"

    def item_description(self, item: Any) -> str:
        partner = str(item.revision.partner.brief) if item.revision.partner else ""
        parts = (", ".join(item.fields), item.revision.reason, partner)
        return ". ".join(part.removesuffix(".") for part in parts if part) or self.item_title(item)

    def item_link(self, item: Any) -> str:
        return f"{settings.SITE_URL}{item.url}"

    def item_guid(self, item: Any) -> str:
        return f"{settings.SITE_URL}{item.url}#version-{item.revision.pk}"

    def item_pubdate(self, item: Any) -> datetime.datetime:
        return item.revision.made_at

    def item_updateddate(self, item: Any) -> datetime.datetime:
        return item.revision.made_at


class Newsletters(Changes):
    """The published newsletters."""

    def title(self) -> str:
        return _("%(site)s: newsletters") % {"site": settings.SITE_NAME}

    def feed_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('newsletters-feed')}"

    page_name = "newsletters"

    def entries(self, most: int) -> Iterable[Any]:
        return list(_published(Newsletter)[:most])

    def item_title(self, item: Any) -> str:
        return str(item)

    def item_description(self, item: Any) -> str:
        return str(item.lead) or self.item_title(item)


@reads(*VisitFilter.base_fields)
@readable_everywhere
@require_safe
def visits_calendar(request: HttpRequest) -> HttpResponse:
    """iCalendar (RFC 5545, RFC 7986) of the visits whose first and last day are documented, with the filters of
    the list.

    Nobody who subscribes is shown as busy for a visit that others made.
    """
    # Imported here to keep it out of the start of the site.
    from icalendar import Calendar, Event, vDuration

    form = VisitFilter(request.GET)
    if not form.is_valid():
        # A calendar without visits would say that there were none.
        return error_pages.unreadable(request)
    calendar = Calendar()
    with translation.override("en"):
        calendar.add("prodid", f"-//{settings.SITE_NAME}//Visits//")
    calendar.add("version", "2.0")
    name = _("Visits: Växjö, Kronoberg, JB Marks")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for visit in form.visits().with_names():
        if visit.latest is None or not visit.period.has_days:
            continue
        event = Event()
        event.add("uid", f"{visit.code}@{_CALENDAR}")
        event.add("transp", "TRANSPARENT")
        event.add("summary", str(visit.title))
        event.add("dtstart", visit.earliest)
        # DTEND is the day after the last one; without it an event lasts a day (RFC 5545, 3.6.1). The last date that
        # can be represented has no next day.
        if visit.latest < datetime.date.max:
            event.add("dtend", visit.latest + datetime.timedelta(days=1))
        event.add("dtstamp", visit.modified_at)
        event.add("url", f"{settings.SITE_URL}{visit.get_absolute_url()}")
        if visit.purpose:
            event.add("description", str(visit.purpose))
        calendar.add_component(event)
    response = HttpResponse(xml_safe(calendar.to_ical().decode()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="visits.ics"'
    return response


class _Pages(Sitemap):
    i18n = True
    alternates = True
    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class FixedPages(_Pages):
    def items(self) -> list[str]:
        return (
            "home projects:list visits:list themes:list partners history claims memorandum sources searches changes "
            "data contribute newsletters questions press stories pictures about accessibility privacy"
        ).split() + [f"picture-{name}" for name in PICTURES]

    def location(self, item: str) -> str:
        return reverse(item)


class RecordPages(_Pages):
    def items(self) -> list[Any]:
        models = [model for model in record_models() if model.has_own_page]
        return [record for model in models for record in _published(model).order_by("code")]

    def lastmod(self, item: Any) -> datetime.datetime:
        return item.modified_at


def _published(model: Any) -> Any:
    """What readers may see; a part of something only with the whole."""
    records = model._default_manager
    return records.public() if hasattr(records, "public") else records.published()


class CriteriaPages(_Pages):
    def items(self) -> Any:
        return _published(Submission).order_by("code")

    def location(self, item: Submission) -> str:
        return reverse("criteria", args=[item.slug])


class EditionPages(_Pages):
    def items(self) -> Any:
        return Edition.objects.standing().select_related("submission").order_by("pk")

    def lastmod(self, item: Edition) -> datetime.datetime:
        return item.made_at


SITEMAPS = {"pages": FixedPages, "records": RecordPages, "criteria": CriteriaPages, "editions": EditionPages}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    text = f"User-agent: *\nDisallow: /admin/\nSitemap: {settings.SITE_URL}/sitemap.xml\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Where to report a vulnerability (RFC 9116); absent while not configured, and after its expiry."""
    if not (settings.SECURITY_CONTACT and settings.SECURITY_EXPIRES):
        raise Http404
    if datetime.date.fromisoformat(settings.SECURITY_EXPIRES) < timezone.localdate():
        raise Http404
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {settings.SECURITY_EXPIRES}T23:59:59Z",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{reverse('security')}",
    ]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
