"""Make the pages from what the measured site exported."""

import json
import sys

from django.core.management.base import BaseCommand
from record.models import (
    Citation,
    Goal,
    Objective,
    Output,
    Participation,
    Partner,
    PartnerName,
    ProjectIndexPage,
    ProjectPage,
    Source,
    Theme,
    Visit,
)
from wagtail.models import Page, Site


class Command(BaseCommand):
    def handle(self, *args, **options):
        record = json.load(sys.stdin)
        themes = {one["slug"]: Theme.objects.create(**one) for one in record["themes"]}
        partners, successors = {}, {}
        for one in record["partners"]:
            names, successors[one["slug"]] = one.pop("former_names"), one.pop("successor")
            partners[one["slug"]] = Partner.objects.create(**one)
            for name in names:
                PartnerName.objects.create(partner=partners[one["slug"]], **name)
        for slug, partner in partners.items():
            partner.successor = partners.get(successors[slug])
            partner.save()
        sources = {one.pop("slug"): Source.objects.create(**one) for one in record["sources"]}
        root = Page.objects.get(depth=1)
        Page.objects.filter(depth=2).delete()
        root = Page.objects.get(depth=1)
        home = root.add_child(instance=Page(title="Start", slug="start"))
        Site.objects.all().delete()
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
        for title in ("Visits", "Themes", "Partners", "History", "Search"):
            home.add_child(instance=Page(title=title, slug=title.lower(), show_in_menus=True))
        index = home.add_child(instance=ProjectIndexPage(title="Projects", slug="projects", show_in_menus=True))
        for one in record["projects"]:
            names = ("themes", "partners", "sources", "outputs", "objectives", "goals", "visits", "continues")
            lists = {name: one.pop(name) for name in names}
            page = index.add_child(instance=ProjectPage(**one))
            page.themes = [themes[slug] for slug in lists["themes"]]
            page.save()
            for place in lists["partners"]:
                Participation.objects.create(page=page, **{**place, "partner": partners[place["partner"]]})
            for cited in lists["sources"]:
                Citation.objects.create(page=page, **{**cited, "source": sources[cited["source"]]})
            for text in lists["objectives"]:
                Objective.objects.create(page=page, text=text)
            for name in lists["goals"]:
                Goal.objects.create(page=page, name=name)
            for values in lists["outputs"]:
                cited, said_by = values.pop("sources"), partners.get(values.pop("said_by"))
                output = Output.objects.create(page=page, said_by=said_by, **values)
                output.sources.set(sources[slug] for slug in cited)
            for values in lists["visits"]:
                cited, hosts, guests = values.pop("sources"), values.pop("hosts"), values.pop("guests")
                visit = Visit.objects.create(page=page, **values)
                visit.sources.set(sources[slug] for slug in cited)
                visit.hosts.set(partners[slug] for slug in hosts)
                visit.guests.set(partners[slug] for slug in guests)
            if lists["continues"]:
                page.continues = ProjectPage.objects.filter(slug=lists["continues"]).first()
                page.save()
