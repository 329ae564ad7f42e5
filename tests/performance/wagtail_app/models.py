"""The record’s projects as Wagtail pages, as its documentation would have them, with all that is shown prefetched."""

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
    themes = ParentalManyToManyField(Theme)

    def get_context(self, request):
        context = super().get_context(request)
        models.prefetch_related_objects(
            [self],
            "themes",
            "objectives",
            "participations__partner",
            "citations__source",
            "outputs__sources",
            "visits__sources",
        )
        found = {}
        for cited in [one.source for one in self.citations.all()]:
            found.setdefault(cited.pk, cited)
        for part in [*self.outputs.all(), *self.visits.all()]:
            for cited in part.sources.all():
                found.setdefault(cited.pk, cited)
        return {**context, "sources": list(found.values()), "menu": menu(self)}


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


class Output(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="outputs")
    text = models.TextField()
    kind = models.CharField(max_length=20)
    side = models.CharField(max_length=20)
    sources = models.ManyToManyField(Source)


class Visit(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="visits")
    title = models.CharField(max_length=200)
    slug = models.SlugField()
    period = models.CharField(max_length=60)
    direction = models.CharField(max_length=60)
    delegates = models.CharField(max_length=20)
    sources = models.ManyToManyField(Source)
