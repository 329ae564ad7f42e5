"""A Wagtail 8 site with the same content, made for one run: its own folder, its own Python, as its manual makes it.

The same projects in both languages, with the same words, links, sources and descriptions for machines on each page.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

#: What ``wagtail start`` leaves open, set as for production: the database as ours, connections kept open.
SETTINGS = """
from .base import *

DEBUG = False
SECRET_KEY = "for measuring"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [*INSTALLED_APPS, "record"]
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["OPTIONS"] = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA mmap_size=134217728;PRAGMA cache_size=-20000;",
}
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
WAGTAIL_I18N_ENABLED = True
LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("sv", "Svenska")]
ROOT_URLCONF = "peer.measured_urls"
# Its pages say the same words, from the same catalogue.
LOCALE_PATHS = ["{locale}"]
SITE_URL = "http://localhost:8000"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

URLS = """
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *i18n_patterns(path("", include(wagtail_urls))),
]
"""

#: Run by our site; prints its public projects with all that their pages show.
EXPORT = """
import json
import django
django.setup()
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from partnership.context_processors import MENU
from partnership.fields import first_sentence, further_sentences
from partnership.glyphs import glyph
from partnership.models import Partner, Source
from partnership.opendata.structured import describe
from partnership.publishing import State
from projects.models import Project, Theme
from projects.facets import project_facets
from projects.views import project_details

def cited(record):
    return [
        {"source": citation.source.slug, "about": citation.about, "quotation": citation.quotation}
        for citation in record.citations.all()
    ]

def day(date):
    return date and date.isoformat()

def described(project, identified):
    project.count_evidence()
    sides = {output.side for output in project.outputs.all()}
    return {
        "title": str(project.title), "slug": project.slug, "years": project.period.print_years(),
        "period": project.period.print() if project.period else "", "period_note": str(project.period_note),
        "begun": str(project.period).split("/")[0] if project.earliest else "", "latest": day(project.latest),
        "kind": project.kind, "kind_printed": str(project.get_kind_display()), "status": project.status,
        "status_printed": str(project.get_status_display()), "founding": project.in_founding_count,
        "founding_printed": str(project.get_in_founding_count_display()), "documented": str(project.documented.value),
        "result": min(sides, default=""), "note": str(project.note), "original": project.title_original,
        "reference": project.external_reference,
        "section": 2 if project.in_founding_count == "no" else 0 if project.earliest or project.latest else 1,
        "year": project.earliest and project.earliest.year,
        "first": str(first_sentence(project.summary)), "rest": str(further_sentences(project.summary)),
        "links": {
            "continues": project.continues.slug if project.continues_id in identified else "",
            "prestudy_of": project.prestudy_of.slug if project.prestudy_of_id in identified else "",
        },
        "themes": [theme.slug for theme in project.themes.published()],
        "partners": [
            {"partner": place.partner.slug, "role": place.role, "role_printed": str(place.get_role_display())}
            for place in project.participations.all()
        ],
        "sources": cited(project),
        "goals": [str(goal) for goal in project.goals.all()],
        "objectives": [str(objective.text) for objective in project.objectives.all()],
        "outputs": [
            {"slug": output.slug, "text": str(output.text), "kind_printed": str(output.get_kind_display()),
             "side": output.side, "side_printed": str(output.get_side_display()),
             "said_by": output.said_by.slug if output.said_by else "", "sources": cited(output)}
            for output in project.outputs.all()
        ],
        "visits": [
            {"slug": visit.slug, "period": visit.period.print() if visit.period else "", "latest": day(visit.latest),
             "hosts": [host.slug for host in visit.hosts.published()],
             "guests": [guest.slug for guest in visit.guests.published()],
             "direction": visit.direction, "direction_printed": str(visit.get_direction_display()),
             "delegates": visit.delegates_printed, "sources": cited(visit)}
            for visit in project.visits.all()
        ],
    }

def record():
    identified = project_facets().ids
    return {
        "start": gettext("Start"),
        "menu": [str(label) for _name, label in MENU],
        "themes": [
            {"name": str(theme.name), "slug": theme.slug, "glyph": str(glyph(theme.code, theme.name)),
             "standing": str(glyph(theme.code, theme.name, "0 0 60 54"))}
            for theme in Theme.objects.published()
        ],
        "partners": [
            {"name": str(partner.name), "short_name": str(partner.short_name), "slug": partner.slug,
             "kind": describe(partner)["@type"], "country": partner.country,
             "since": partner.active_to and partner.active_to.year,
             "successor": partner.successor.slug if partner.successor else "",
             "former_names": [
                {"name": str(former.name), "short_name": str(former.short_name), "earliest": day(former.earliest),
                 "latest": day(former.latest)}
                for former in partner.former_names.all()
             ]}
            for partner in Partner.objects.published().with_names()
        ],
        "projects": [described(project, identified) for project in project_details() if project.pk in identified],
    }

def published_in(language, source):
    with override(language):
        return source.published.print() if source.published else ""

languages = {}
for language in ("en", "sv"):
    with override(language):
        languages[language] = record()
print(json.dumps({
    "languages": languages,
    "sources": [
        {"slug": source.slug, "title": source.title, "publisher": source.publisher, "url": source.url,
         "language": source.language, "published_en": published_in("en", source),
         "published_sv": published_in("sv", source), "checked_on": day(source.checked_on),
         "archive_url": source.archive_url, "is_dead": source.is_dead}
        for source in Source.objects.exclude(state=State.DRAFT)
    ],
}))
"""


def _run(*command: str, cwd: Path, **options) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def make(directory: Path, environment: dict[str, str]) -> tuple[Path, str]:
    """Makes the site from the projects of ours; returns its folder and its Python."""
    folder, python = directory / "wagtail", str(directory / "wagtail-python" / "bin" / "python")
    _run(sys.executable, "-m", "venv", str(directory / "wagtail-python"), cwd=directory)
    _run(python, "-m", "pip", "install", "--quiet", "wagtail>=8,<9", "gunicorn>=27", cwd=directory)
    folder.mkdir()
    _run(str(Path(python).parent / "wagtail"), "start", "peer", str(folder), cwd=directory)
    shutil.copytree(HERE / "wagtail_app", folder / "record")
    settings = SETTINGS.replace("{locale}", str(ROOT / "partnership" / "locale"))
    (folder / "peer" / "settings" / "measured.py").write_text(settings)
    (folder / "peer" / "measured_urls.py").write_text(URLS)
    ours = {**os.environ, **environment, "SECRET_KEY": "bench", "DEBUG": "off"}
    record = _run(sys.executable, "-c", EXPORT, cwd=ROOT, env=ours)
    assert all(len(language["projects"]) > 20 for language in json.loads(record)["languages"].values())
    theirs = {**os.environ, "DJANGO_SETTINGS_MODULE": "peer.settings.measured"}
    _run(python, "manage.py", "makemigrations", "record", cwd=folder, env=theirs)
    _run(python, "manage.py", "migrate", cwd=folder, env=theirs)
    _run(python, "manage.py", "fill", cwd=folder, env=theirs, input=record)
    return folder, python
