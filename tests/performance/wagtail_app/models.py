"""The record’s projects as Wagtail pages in both languages, as its documentation would have them.

All that a page shows is prefetched, and what is the same on every page is kept with ``{% cache %}``, as on the site
that is measured. Bodies, themes and visits are plain rows, whose addresses cost nothing to write.
"""

import json

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.models import Orderable, Page, TranslatableMixin


class Theme(TranslatableMixin):
    name = models.CharField(max_length=80)
    slug = models.SlugField()
    glyph = models.TextField(blank=True)
    standing = models.TextField(blank=True)
    is_founding = models.BooleanField(default=True)


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
        page = f"{settings.SITE_URL}/{get_language()}/partners/{self.slug}/"
        return {
            "@type": self.kind,
            "@id": f"{settings.SITE_URL}/id/partner/{self.slug}",
            "name": self.name,
            "url": page,
        }


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
    issuer = models.CharField(max_length=200)
    mark = models.CharField(max_length=20)
    grade_en = models.CharField(max_length=40)
    grade_sv = models.CharField(max_length=40)
    kind_en = models.CharField(max_length=40)
    kind_sv = models.CharField(max_length=40)
    url = models.URLField(max_length=500)
    language = models.CharField(max_length=10)
    published_en = models.CharField(max_length=60, blank=True)
    published_sv = models.CharField(max_length=60, blank=True)
    checked_on = models.DateField(null=True)
    archive_url = models.URLField(max_length=500, blank=True)
    is_dead = models.BooleanField(default=False)

    def grade(self):
        return self.grade_sv if get_language() == "sv" else self.grade_en

    def kind(self):
        return self.kind_sv if get_language() == "sv" else self.kind_en


class BaseCitation(models.Model):
    """What a source says, and where in it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    about = models.CharField(max_length=20, blank=True)
    says = models.TextField(blank=True)
    place = models.CharField(max_length=200, blank=True)
    quotation = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["pk"]


class ThemeCitation(BaseCitation):
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="citations")


class Statement(TranslatableMixin):
    """What the partners count."""

    name = models.CharField(max_length=30)
    figure = models.CharField(max_length=60)
    low = models.IntegerField(null=True)
    high = models.IntegerField(null=True)
    url = models.CharField(max_length=100)


class StatementCitation(BaseCitation):
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="citations")


class Profession(TranslatableMixin):
    name = models.CharField(max_length=80)


class CommonPage(Page):
    """What every page has: the menu, and itself in the other language."""

    class Meta:
        abstract = True

    def get_context(self, request):
        context = super().get_context(request)
        _root, *above = self.get_ancestors()
        above = above or [self]
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


def _statements(locale_id):
    cited = models.Prefetch("citations", StatementCitation.objects.select_related("source"))
    return {row.name: row for row in Statement.objects.filter(locale=locale_id).prefetch_related(cited)}


def _balance(visits, locale_id):
    """Visits in each direction: how many, with how many delegates, and by year, theme and host."""
    visits = visits.order_by()
    by_direction = {
        row["direction"]: row
        for row in visits.values("direction").annotate(
            number=models.Count("pk"),
            least=models.Sum("low"),
            most=models.Sum("high"),
            uncounted=models.Count("pk", filter=models.Q(low=None)),
            planned=models.Count("pk", filter=models.Q(is_planned=True)),
        )
    }
    host = Coalesce("hosts__successor__name", "hosts__name"), Coalesce("hosts__successor__slug", "hosts__slug")
    theme = models.F("projects__themes__name"), models.F("projects__themes__slug")
    tables = []
    for caption, head, parameter, (label, value) in (
        (_("Visits by year"), _("Year"), "year", (models.F("year"), models.F("year"))),
        (_("Visits by theme of their projects"), _("Theme"), "theme", theme),
        (_("Visits by host"), _("Host"), "host", host),
    ):
        rows = {}
        counted = visits.values("direction", label=label, value=value).annotate(
            number=models.Count("pk", distinct=True)
        )
        for row in counted:
            row_of_label = rows.setdefault(row["label"], {"value": row["value"], "total": 0})
            row_of_label[row["direction"]] = row["number"]
            row_of_label["total"] += row["number"]
        described = [
            {
                "label": label or _("Year not documented"),
                "cells": [
                    {
                        "label": name,
                        "number": row.get(direction, 0),
                        "query": f"?{parameter}={row['value']}&direction={direction}"
                        if row["value"] and row.get(direction)
                        else "",
                    }
                    for direction, name in Visit.DIRECTIONS
                ],
            }
            for label, row in sorted(
                rows.items(),
                key=lambda item: (not item[0], item[0] if parameter == "year" else -item[1]["total"], item[0]),
            )
        ]
        tables.append((caption, head, described))
    known = [(direction, name, by_direction.get(direction, {})) for direction, name in Visit.DIRECTIONS[:2]]
    return {"known": known, "unknown": by_direction.get("unknown", {}).get("number", 0), "tables": tables}


def _count_results():
    counts = dict(Output.objects.values_list("side").annotate(models.Count("page", distinct=True)))
    return {"sweden": 0, "south_africa": 0, "both": 0, "not_stated": 0, **counts}


def _count_visits(visits):
    """Against the count: surely in it, perhaps in it, and the delegates of those."""
    surely = models.Q(founding="yes", is_planned=False)
    perhaps = surely | models.Q(founding="unknown") | models.Q(founding="yes")
    return visits.order_by().aggregate(
        surely=models.Count("pk", filter=surely),
        perhaps=models.Count("pk", filter=perhaps),
        delegates=models.Sum("low", filter=surely),
    )


def _block(described):
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")


class StartPage(CommonPage):
    """The record in one page. Its pictures are stored as they are sent."""

    max_count = 2
    map_north = models.TextField()
    map_south = models.TextField()
    drawn = models.TextField()
    dots_title = models.CharField(max_length=200)
    dots = models.TextField()
    ladder = models.TextField()
    legend = models.TextField()

    def get_context(self, request):
        context = super().get_context(request)
        projects = list(
            ProjectPage.objects.child_of(context["menu"][0])
            .live()
            .order_by(models.F("first_year").asc(nulls_last=True), "slug")
            .prefetch_related("themes")
        )
        for project in projects:
            project.link = project.get_url(request)
        statements = _statements(self.locale_id)
        visits = Visit.objects.filter(locale=self.locale_id)
        rows = list(visits.order_by(models.F("latest").asc(nulls_last=True), "slug").with_partners())
        counts = ProjectPage.objects.child_of(context["menu"][0]).aggregate(
            named=models.Count("pk", filter=models.Q(founding="yes")),
            well=models.Count("pk", filter=models.Q(founding="yes", documented="well")),
            perhaps=models.Count("pk", filter=models.Q(founding__in=("yes", "unknown"))),
        )
        outputs = (
            Output.objects.filter(page__locale=self.locale_id)
            .exclude(side="not_stated")
            .select_related("page")
            .prefetch_related(models.Prefetch("citations", OutputCitation.objects.select_related("source")))
        )
        claimed = statements["projects"]
        counted = _count_visits(visits)
        return {
            **context,
            "statements": statements,
            "groups": [[each for each in projects if each.founding == value] for value in ("yes", "unknown", "no")],
            "counts": counts,
            "outlines": range((claimed.high or claimed.low) - counts["named"]),
            "visits": rows,
            "counted_visits": counted,
            "rings": range(max(0, (statements["visits"].low or 0) - counted["surely"])),
            "balance": _balance(visits, self.locale_id),
            "results": _count_results(),
            "to_sweden": [output for output in outputs if output.side != "south_africa"],
            "to_south_africa": [output for output in outputs if output.side != "sweden"],
            "professions": Profession.objects.filter(locale=self.locale_id),
            "site_block": _block(
                {
                    "@context": "https://schema.org",
                    "@type": "WebSite",
                    "name": self.title,
                    "url": settings.SITE_URL + self.get_url(request),
                    "inLanguage": get_language(),
                    "license": "https://creativecommons.org/licenses/by/4.0/",
                }
            ),
            **self.matrix(projects),
        }

    def matrix(self, projects):
        """Themes by year; a year free of projects, and two more, lets one lane be used again."""
        years = range(2005, timezone.localdate().year + 1)
        cited = models.Prefetch("citations", ThemeCitation.objects.select_related("source"))
        rows = []
        for theme in Theme.objects.filter(locale=self.locale_id).order_by("pk").prefetch_related(cited):
            of_theme = [project for project in projects if theme in project.themes.all()]
            lanes = []
            for project in of_theme:
                if project.first_year is None:
                    continue
                for lane in lanes:
                    if lane[-1].last_year + 2 < project.first_year:
                        lane.append(project)
                        break
                else:
                    lanes.append([project])
            by_year = [
                [next((each for each in lane if each.first_year <= year <= each.last_year), None) for lane in lanes]
                for year in years
            ]
            undated = [project for project in of_theme if project.first_year is None]
            rows.append({"theme": theme, "years": list(zip(years, by_year, strict=True)), "undated": undated})
            rows[-1]["is_empty"] = not of_theme
        founding = [row for row in rows if row["theme"].is_founding]
        return {
            "years": years,
            "matrix": (founding, [row for row in rows if not row["theme"].is_founding]),
            "named_themes": sum(not row["is_empty"] for row in founding),
            "silent_themes": [row["theme"].name for row in founding if row["is_empty"]],
        }


class VisitIndexPage(CommonPage):
    max_count = 2
    drawn = models.TextField()
    ladder = models.TextField()

    def get_context(self, request):
        context = super().get_context(request)
        public = visits = Visit.objects.filter(locale=self.locale_id)
        lookups = {
            "direction": "direction__in",
            "year": "year__in",
            "founding": "founding__in",
            "project": "projects__slug__in",
            "theme": "projects__themes__slug__in",
            "host": "hosts__slug__in",
            "guest": "guests__slug__in",
        }
        is_narrowed = False
        for name, lookup in lookups.items():
            if values := [value for value in request.GET.getlist(name) if value]:
                visits, is_narrowed = visits.filter(**{lookup: values}).distinct(), True
        projects = ProjectPage.objects.filter(locale=self.locale_id).live()
        with_projects = models.Prefetch("projects", projects)
        rows = list(visits.order_by(models.F("latest").desc(nulls_last=True), "slug").with_partners(with_projects))
        for visit in rows:
            for project in visit.projects.all():
                project.link = project.get_url(request)
        partners = list(Partner.objects.filter(locale=self.locale_id).values_list("slug", "name"))
        statements, counted = _statements(self.locale_id), _count_visits(public)
        dated = sorted((visit for visit in rows if visit.latest), key=lambda visit: (visit.latest, visit.slug))
        return {
            **context,
            "statements": statements,
            "counted_visits": counted,
            "rings": () if is_narrowed else range(max(0, (statements["visits"].low or 0) - counted["surely"])),
            "visits": rows,
            "in_picture": [*dated, *(visit for visit in rows if not visit.latest)],
            "directions": Visit.DIRECTIONS,
            "choices": (
                ("project", projects.filter(visits__isnull=False).distinct().values_list("slug", "title")),
                ("theme", Theme.objects.filter(locale=self.locale_id).values_list("slug", "name")),
                ("host", partners),
                ("guest", partners),
            ),
            "balance": _balance(visits, self.locale_id),
            "results": None if is_narrowed else _count_results(),
        }


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
    first_year = models.IntegerField(null=True, blank=True)
    last_year = models.IntegerField(null=True, blank=True)
    counted_by = models.TextField(blank=True)
    facts_shown = models.CharField(max_length=10, blank=True)
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
            "inferences",
            "ways",
            "confirmations__partner",
            models.Prefetch("outputs", Output.objects.select_related("said_by")),
            models.Prefetch("outputs__citations", OutputCitation.objects.select_related("source")),
            models.Prefetch("visits", Visit.objects.with_partners()),
        )
        ways = {kind: [way for way in self.ways.all() if way.kind == kind] for kind in ("step", "related", "told")}
        sources = len({citation.source_id for citation in self.citations.all()})
        facts = self.facts()
        told = [citation for about in ("name", "purpose") for citation in facts.get(about, ((), ()))[0]]
        return {**context, "source_count": sources, "facts": facts, "told": told, "ways": ways}

    def facts(self):
        """What is said of each fact, and what was concluded."""
        facts = {}
        for citation in self.citations.all():
            facts.setdefault(citation.about, ([], []))[0].append(citation)
        for inference in self.inferences.all():
            facts.setdefault(inference.about, ([], []))[1].append(inference)
        return facts

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


class Citation(BaseCitation, Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="citations")


class Inference(Orderable):
    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="inferences")
    about = models.CharField(max_length=20)
    reason = models.TextField()


class Way(Orderable):
    """What to read next, chosen by whoever writes the page."""

    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="ways")
    kind = models.CharField(max_length=10)
    why = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=200, blank=True)
    glyph = models.TextField(blank=True)


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


class OutputCitation(BaseCitation):
    output = models.ForeignKey(Output, on_delete=models.CASCADE, related_name="citations")


class VisitQuerySet(models.QuerySet):
    def with_partners(self, *further):
        """With all that a row shows."""
        cited = models.Prefetch("citations", VisitCitation.objects.select_related("source"))
        return self.prefetch_related("hosts__former_names", "guests__former_names", cited, *further)


class Visit(TranslatableMixin):
    DIRECTIONS = (
        ("to_sweden", gettext_lazy("To Sweden")),
        ("to_south_africa", gettext_lazy("To South Africa")),
        ("unknown", gettext_lazy("Direction not documented")),
    )

    projects = models.ManyToManyField(ProjectPage, related_name="visits")
    slug = models.SlugField()
    period = models.CharField(max_length=60)
    latest = models.DateField(null=True)
    year = models.IntegerField(null=True)
    hosts = models.ManyToManyField(Partner, related_name="+")
    guests = models.ManyToManyField(Partner, related_name="+")
    direction = models.CharField(max_length=60)
    direction_printed = models.CharField(max_length=60)
    founding = models.CharField(max_length=20)
    is_planned = models.BooleanField(default=False)
    low = models.IntegerField(null=True)
    high = models.IntegerField(null=True)
    delegates = models.CharField(max_length=20)
    purpose = models.TextField(blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta(TranslatableMixin.Meta):
        ordering = ["-latest", "pk"]

    def title(self):
        """In the names of the time."""
        guests = [guest.name_at(self.latest, short=True) for guest in self.guests.all()]
        hosts = [host.name_at(self.latest, short=True) for host in self.hosts.all()]
        return f"{', '.join(guests)} in {', '.join(hosts)}" if guests and hosts else ", ".join(hosts or guests)


class VisitCitation(BaseCitation):
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="citations")
