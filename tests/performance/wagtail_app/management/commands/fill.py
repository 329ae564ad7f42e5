"""Make the pages from what the measured site exported."""

import json
import sys

from django.core.management.base import BaseCommand
from record.models import (
    Citation,
    Objective,
    Output,
    Participation,
    Partner,
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
        partners = {one["slug"]: Partner.objects.create(**one) for one in record["partners"]}
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
            lists = {
                name: one.pop(name) for name in ("themes", "partners", "sources", "outputs", "objectives", "visits")
            }
            page = index.add_child(instance=ProjectPage(**one))
            page.themes = [themes[slug] for slug in lists["themes"]]
            page.save()
            for place in lists["partners"]:
                Participation.objects.create(page=page, **{**place, "partner": partners[place["partner"]]})
            for cited in lists["sources"]:
                Citation.objects.create(page=page, **{**cited, "source": sources[cited["source"]]})
            for text in lists["objectives"]:
                Objective.objects.create(page=page, text=text)
            for table, name in ((Output, "outputs"), (Visit, "visits")):
                for values in lists[name]:
                    cited = values.pop("sources")
                    table.objects.create(page=page, **values).sources.set(sources[slug] for slug in cited)
