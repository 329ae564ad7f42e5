"""The record’s projects as Wagtail pages, as its documentation would have them, with all that is shown prefetched."""

import json

from django.db import models
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.models import Orderable, Page


class Theme(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    glyph = models.TextField(blank=True)


class Partner(models.Model):
    name = models.CharField(max_length=160)
    slug = models.SlugField(unique=True)

    short_name = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=3)
    since = models.IntegerField(null=True)
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True)

    def name_at(self, day):
        for former in self.former_names.all():
            if day and former.latest and former.latest >= day and (former.earliest is None or former.earliest <= day):
                return former.name
        return self.short_name or self.name


class PartnerName(models.Model):
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=160)
    earliest = models.DateField(null=True)
    latest = models.DateField(null=True)


class Source(models.Model):
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    url = models.URLField(max_length=500)


class ProjectIndexPage(Page):
    max_count = 1

    def get_context(self, request):
        context = super().get_context(request)
        projects = ProjectPage.objects.child_of(self).live()
        wanted = {
            "founding": "founding__in",
            "theme": "themes__slug__in",
            "partner": "participations__partner__slug__in",
            "kind": "kind__in",
            "status": "status__in",
        }
        for name, lookup in wanted.items():
            if values := request.GET.getlist(name):
                projects = projects.filter(**{lookup: values})
        rows = (
            projects.order_by("section", "year", "slug")
            .annotate(source_count=models.Count("citations__source", distinct=True))
            .prefetch_related("themes", "participations__partner")
        )
        counted = {"founding": "founding", "kind": "kind", "status": "status"}
        facets = []
        for name, column in counted.items():
            counts = projects.order_by().values_list(column).annotate(number=models.Count("pk", distinct=True))
            facets.append((name, [(value, value, number) for value, number in counts]))
        for name, model, link in (("theme", Theme, "projectpage"), ("partner", Partner, "participation__page")):
            number = models.Count(link, filter=models.Q(**{f"{link}__in": projects}), distinct=True)
            some = model.objects.annotate(number=number)
            facets.append((name, [(one.slug, one.name, one.number) for one in some]))
        return {**context, "projects": list(rows), "facets": facets, "menu": menu(self)}


class ProjectPage(Page):
    section = models.IntegerField(default=0)
    year = models.IntegerField(null=True, blank=True)
    period = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    founding = models.CharField(max_length=20)
    first = models.TextField(blank=True)
    rest = models.TextField(blank=True)
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
            "citations__source",
            "outputs__sources",
            "outputs__said_by",
            "visits__sources",
            "visits__hosts__former_names",
            "visits__guests__former_names",
        )
        found = {}
        for cited in [one.source for one in self.citations.all()]:
            found.setdefault(cited.pk, cited)
        for part in [*self.outputs.all(), *self.visits.all()]:
            for cited in part.sources.all():
                found.setdefault(cited.pk, cited)
        return {**context, "sources": list(found.values()), "menu": menu(self)}

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

    def description(self):
        described = {
            "@context": "https://schema.org",
            "@type": "Project",
            "name": self.title,
            "description": self.first,
            "url": self.full_url,
            "member": [
                {"@type": "Organization", "name": place.partner.name}
                for place in self.participations.all()
                if place.role != "funder"
            ],
        }
        return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")


def menu(page):
    return page.get_site().root_page.get_children().live().in_menu()


class Objective(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="objectives")
    text = models.TextField()


class Participation(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="participations")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    name = models.CharField(max_length=160)
    role = models.CharField(max_length=20)


class Citation(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    quotation = models.TextField(blank=True)


class Goal(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="goals")
    name = models.CharField(max_length=100)


class Output(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="outputs")
    text = models.TextField()
    kind = models.CharField(max_length=20)
    side = models.CharField(max_length=20)
    said_by = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True)
    sources = models.ManyToManyField(Source)


class Visit(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="visits")
    slug = models.SlugField()
    period = models.CharField(max_length=60)
    latest = models.DateField(null=True)
    hosts = models.ManyToManyField(Partner, related_name="+")
    guests = models.ManyToManyField(Partner, related_name="+")
    direction = models.CharField(max_length=60)
    delegates = models.CharField(max_length=20)
    sources = models.ManyToManyField(Source)

    def title(self):
        """In the names of the time."""
        guests = [guest.name_at(self.latest) for guest in self.guests.all()]
        hosts = [host.name_at(self.latest) for host in self.hosts.all()]
        return f"{', '.join(guests)} in {', '.join(hosts)}" if guests and hosts else ", ".join(hosts or guests)
