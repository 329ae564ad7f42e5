"""Make the pages from what the measured site exported, in both languages."""

import json
import sys

from django.core.management.base import BaseCommand
from record.models import (
    Citation,
    Goal,
    Inference,
    Objective,
    Output,
    OutputCitation,
    Participation,
    Partner,
    PartnerName,
    Profession,
    ProjectIndexPage,
    ProjectPage,
    Source,
    StartPage,
    Statement,
    StatementCitation,
    Theme,
    ThemeCitation,
    Visit,
    VisitCitation,
    VisitIndexPage,
    Way,
)
from wagtail.models import Locale, Page, Site


class Command(BaseCommand):
    def handle(self, *args, **options):
        exported = json.load(sys.stdin)
        self.sources = {source["slug"]: Source.objects.create(**source) for source in exported["sources"]}
        Page.objects.filter(depth=2).delete()
        Site.objects.all().delete()
        #: The first page made of each, to which its translation is tied.
        self.originals = {}
        for language, record in exported["languages"].items():
            self.locale, _is_new = Locale.objects.get_or_create(language_code=language)
            self.make(record)

    def page(self, parent, model, name, **values):
        if original := self.originals.get(name):
            values["translation_key"] = original.translation_key
        page = parent.add_child(instance=model(locale=self.locale, **values))
        self.originals.setdefault(name, page)
        page.save_revision().publish()
        return model.objects.get(pk=page.pk)

    def make(self, record):
        self.themes = {}
        for values in record["themes"]:
            cited = values.pop("sources")
            theme = self.themes[values["slug"]] = Theme.objects.create(locale=self.locale, **values)
            self.cite(ThemeCitation, {"theme": theme}, cited)
        for values in record["statements"]:
            cited = values.pop("sources")
            self.cite(StatementCitation, {"statement": Statement.objects.create(locale=self.locale, **values)}, cited)
        for name in record["professions"]:
            Profession.objects.create(locale=self.locale, name=name)
        self.partners, successors = {}, {}
        for values in record["partners"]:
            slug, names = values["slug"], values.pop("former_names")
            successors[slug] = values.pop("successor")
            self.partners[slug] = Partner.objects.create(locale=self.locale, **values)
            for name in names:
                PartnerName.objects.create(partner=self.partners[slug], **name)
        for slug, partner in self.partners.items():
            partner.successor = self.partners.get(successors[slug])
            partner.save()
        root = Page.objects.get(depth=1)
        pictures, slug = record["pictures"], f"start-{self.locale.language_code}"
        home = self.page(root, StartPage, "home", title=record["start"], slug=slug, **pictures)
        if not Site.objects.exists():
            Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
        first, second, *others = record["menu"]
        shown = {"show_in_menus": True}
        index = self.page(home, ProjectIndexPage, "projects", title=first, slug="projects", **shown)
        drawn = {name: pictures[name] for name in ("drawn", "ladder")}
        self.page(home, VisitIndexPage, "visits", title=second, slug="visits", **drawn, **shown)
        for number, title in enumerate([*others, *record["further"]]):
            self.page(home, Page, f"menu-{number}", title=title, slug=f"menu-{number}", **shown)
        for values in record["projects"]:
            self.project(index, values)
        for values in record["visits"]:
            self.visit(values)
        for values in record["projects"]:
            for link in ("continues", "prestudy_of"):
                other = ProjectPage.objects.child_of(index).filter(slug=values["links"][link]).first()
                ProjectPage.objects.child_of(index).filter(slug=values["slug"]).update(**{link: other})

    def project(self, index, values):
        names = ("links", "themes", "partners", "sources", "inferences", "outputs", "objectives", "goals", "ways")
        lists = {name: values[name] for name in names}
        values = {name: value for name, value in values.items() if name not in lists}
        page = self.page(index, ProjectPage, values["slug"], **values)
        page.themes = [self.themes[slug] for slug in lists["themes"]]
        page.save()
        for place in lists["partners"]:
            Participation.objects.create(page=page, **{**place, "partner": self.partners[place["partner"]]})
        self.cite(Citation, {"page": page}, lists["sources"])
        for values in lists["inferences"]:
            Inference.objects.create(page=page, **values)
        for values in lists["ways"]:
            Way.objects.create(page=page, **values)
        for text in lists["objectives"]:
            Objective.objects.create(page=page, text=text)
        for name in lists["goals"]:
            Goal.objects.create(page=page, name=name)
        for values in lists["outputs"]:
            cited, said_by = values.pop("sources"), self.partners.get(values.pop("said_by"))
            output = Output.objects.create(page=page, said_by=said_by, **values)
            self.cite(OutputCitation, {"output": output}, cited)

    def visit(self, values):
        lists = {name: values.pop(name) for name in ("sources", "hosts", "guests", "projects")}
        visit = Visit.objects.create(locale=self.locale, **values)
        self.cite(VisitCitation, {"visit": visit}, lists["sources"])
        visit.hosts.set(self.partners[slug] for slug in lists["hosts"])
        visit.guests.set(self.partners[slug] for slug in lists["guests"])
        visit.projects.set(ProjectPage.objects.filter(locale=self.locale, slug__in=lists["projects"]))

    def cite(self, table, record, cited):
        for citation in cited:
            table.objects.create(**record, **{**citation, "source": self.sources[citation["source"]]})
