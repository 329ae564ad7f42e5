"""The record’s projects as Wagtail pages in both languages, as its documentation would have them.

All that a page shows is prefetched, and what is the same on every page is kept with ``{% cache %}``, as on the site
that is measured. Bodies, themes and visits are plain rows, whose addresses cost nothing to write.
"""

import json

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.models import Orderable, Page, TranslatableMixin


class Theme(TranslatableMixin):
    name = models.CharField(max_length=80)
    slug = models.SlugField()
    glyph = models.TextField(blank=True)
    standing = models.TextField(blank=True)


class Partner(TranslatableMixin):
    name = models.CharField(max_length=160)
    slug = models.SlugField()
    short_name = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=30)
    country = models.CharField(max_length=3)
    since = models.IntegerField(null=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True)

    def name_at(self, day, short=False):
        for former in self.former_names.all():
            if day and former.latest and former.latest >= day and (former.earliest is None or former.earliest <= day):
                return (former.short_name or former.name) if short else former.name
        return (self.short_name or self.name) if short else self.name

    def described(self):
        return {"@type": self.kind, "@id": f"{settings.SITE_URL}/id/partner/{self.slug}", "name": self.name}


class PartnerName(models.Model):
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=160)
    short_name = models.CharField(max_length=60, blank=True)
    earliest = models.DateField(null=True)
    latest = models.DateField(null=True)


class Source(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    url = models.URLField(max_length=500)
    language = models.CharField(max_length=10)
    published_en = models.CharField(max_length=60, blank=True)
    published_sv = models.CharField(max_length=60, blank=True)
    checked_on = models.DateField(null=True)
    archive_url = models.URLField(max_length=500, blank=True)
    is_dead = models.BooleanField(default=False)


class CommonPage(Page):
    """What every page has: the menu, and itself in the other language."""

    class Meta:
        abstract = True

    def get_context(self, request):
        context = super().get_context(request)
        _root, *above = self.get_ancestors()
        steps = [
            {
                "@type": "ListItem",
                "position": number,
                "name": page.title,
                "item": settings.SITE_URL + page.get_url(request),
            }
            for number, page in enumerate(above, start=1)
        ]
        return {
            **context,
            "menu": above[0].get_children().live().in_menu(),
            "home": above[0],
            "parent": above[-1],
            "steps": _block({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": steps}),
            "translations": list(self.get_translations().live().select_related("locale")),
            "references": {},
            "site_url": settings.SITE_URL,
        }


def _block(described):
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")


class ProjectIndexPage(CommonPage):
    max_count = 2

    def get_context(self, request):
        context = super().get_context(request)
        projects = ProjectPage.objects.child_of(self).live()
        lookups = {
            "founding": "founding__in",
            "documented": "documented__in",
            "theme": "themes__slug__in",
            "partner": "participations__partner__slug__in",
            "kind": "kind__in",
            "status": "status__in",
            "result": "result__in",
        }
        for name, lookup in lookups.items():
            if values := request.GET.getlist(name):
                projects = projects.filter(**{lookup: values})
        rows = (
            projects.order_by("section", "year", "slug")
            .annotate(source_count=models.Count("citations__source", distinct=True))
            .prefetch_related("themes", "participations__partner")
        )
        facets = []
        for name in ("founding", "documented", "kind", "status", "result"):
            counts = projects.order_by().values_list(name).annotate(number=models.Count("pk", distinct=True))
            facets.append((name, [(value, value, number) for value, number in counts if value]))
        for name, model, link in (("theme", Theme, "projectpage"), ("partner", Partner, "participation__page")):
            number = models.Count(link, filter=models.Q(**{f"{link}__in": projects}), distinct=True)
            choices = model.objects.filter(locale=self.locale_id).annotate(number=number)
            # As on the measured site: every theme, and the bodies that took part.
            choices = [choice for choice in choices if choice.number or name == "theme"]
            facets.append((name, [(choice.slug, choice.name, choice.number) for choice in choices]))
        return {**context, "projects": list(rows), "facets": facets}


class ProjectPage(CommonPage):
    section = models.IntegerField(default=0)
    year = models.IntegerField(null=True, blank=True)
    years = models.CharField(max_length=60, blank=True)
    period = models.CharField(max_length=80, blank=True)
    period_note = models.TextField(blank=True)
    begun = models.CharField(max_length=30, blank=True)
    kind = models.CharField(max_length=20)
    kind_printed = models.CharField(max_length=30)
    status = models.CharField(max_length=20)
    status_printed = models.CharField(max_length=30)
    founding = models.CharField(max_length=20)
    founding_printed = models.CharField(max_length=20)
    documented = models.CharField(max_length=20)
    result = models.CharField(max_length=20, blank=True)
    first = models.TextField(blank=True)
    rest = models.TextField(blank=True)
    note = models.TextField(blank=True)
    original = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    latest = models.DateField(null=True, blank=True)
    themes = ParentalManyToManyField(Theme)
    photos = ParentalManyToManyField("wagtailimages.Image", blank=True)
    documents = ParentalManyToManyField("wagtaildocs.Document", blank=True)
    continues = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="continuations")
    prestudy_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="prestudies")

    def get_context(self, request):
        context = super().get_context(request)
        models.prefetch_related_objects(
            [self],
            "themes",
            "objectives",
            "goals",
            "photos",
            "documents",
            "continues",
            "prestudy_of",
            "continuations",
            "prestudies",
            "participations__partner__former_names",
            "participations__partner__successor",
            models.Prefetch("citations", Citation.objects.select_related("source")),
            "confirmations__partner",
            models.Prefetch("outputs", Output.objects.select_related("said_by")),
            models.Prefetch("outputs__citations", OutputCitation.objects.select_related("source")),
            models.Prefetch("visits__citations", VisitCitation.objects.select_related("source")),
            "visits__hosts__former_names",
            "visits__guests__former_names",
        )
        return {**context, "source_count": len({citation.source_id for citation in self.citations.all()})}

    def results(self, side):
        return [output for output in self.outputs.all() if output.side in (side, "both")]

    def results_in_sweden(self):
        return self.results("sweden")

    def results_in_south_africa(self):
        return self.results("south_africa")

    def gaps(self):
        countries = {place.partner.country for place in self.participations.all()}
        missing = [
            (not self.period, "The year"),
            ("SE" not in countries, "The Swedish partner"),
            ("ZA" not in countries, "The South African partner"),
            (True, "Budget and cost"),
            (not self.visits.all(), "Visits"),
            (any(not visit.delegates for visit in self.visits.all()), "Number of delegates on each visit"),
            (not self.results_in_sweden(), "A result in Sweden"),
            (not self.results_in_south_africa(), "A result in South Africa"),
            (not self.documents.all(), "Application, agreement and final report"),
            (not self.photos.all(), "Photographs"),
        ]
        return [words for is_missing, words in missing if is_missing]

    def described(self):
        described = {
            "@context": "https://schema.org",
            "@type": "Project",
            "@id": f"{settings.SITE_URL}/id/project/{self.slug}",
            "name": self.title,
            "url": settings.SITE_URL + self.url,
            "inLanguage": get_language(),
            "description": f"{self.first} {self.rest}",
            "member": [
                participation.partner.described()
                for participation in self.participations.all()
                if participation.role != "funder"
            ],
            "funder": [
                participation.partner.described()
                for participation in self.participations.all()
                if participation.role == "funder"
            ],
            "foundingDate": self.begun,
        }
        return _block({name: value for name, value in described.items() if value})


class Objective(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="objectives")
    text = models.TextField()


class Participation(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="participations")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    role = models.CharField(max_length=20)
    role_printed = models.CharField(max_length=30)

    def name(self):
        return self.partner.name_at(self.page.latest)

    def short_name(self):
        return self.partner.short_name or self.partner.name


class Citation(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    about = models.CharField(max_length=20, blank=True)
    quotation = models.TextField(blank=True)


class Confirmation(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="confirmations")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)


class Goal(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="goals")
    name = models.CharField(max_length=100)


class Output(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="outputs")
    slug = models.SlugField()
    text = models.TextField()
    kind_printed = models.CharField(max_length=30)
    side = models.CharField(max_length=20)
    side_printed = models.CharField(max_length=30)
    said_by = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True)


class OutputCitation(models.Model):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    about = models.CharField(max_length=20, blank=True)
    quotation = models.TextField(blank=True)


class Visit(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="visits")
    slug = models.SlugField()
    period = models.CharField(max_length=60)
    latest = models.DateField(null=True)
    hosts = models.ManyToManyField(Partner, related_name="+")
    guests = models.ManyToManyField(Partner, related_name="+")
    direction = models.CharField(max_length=60)
    direction_printed = models.CharField(max_length=60)
    delegates = models.CharField(max_length=20)

    def title(self):
        """In the names of the time."""
        guests = [guest.name_at(self.latest, short=True) for guest in self.guests.all()]
        hosts = [host.name_at(self.latest, short=True) for host in self.hosts.all()]
        return f"{', '.join(guests)} in {', '.join(hosts)}" if guests and hosts else ", ".join(hosts or guests)


class VisitCitation(models.Model):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    about = models.CharField(max_length=20, blank=True)
    quotation = models.TextField(blank=True)
