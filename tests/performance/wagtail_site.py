"""A Wagtail 8 site with the same projects, made for one run: its own folder, its own Python, as its manual makes it."""

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
"""

#: Run by our site; prints its public projects with all that their pages show.
EXPORT = """
import json
import django
django.setup()
from partnership.glyphs import glyph
from partnership.models import Partner, Source
from partnership.templatetags.record import lead, rest
from projects.models import Theme
from projects.views import whole_projects
from projects.models import Project

def cited(record):
    return sorted({citation.source.slug for citation in record.citations.all()})

identified = set(Project.objects.identified().values_list("pk", flat=True))
projects = []
for one in whole_projects():
    if one.pk in identified:
        projects.append({
            "title": str(one.title), "slug": one.slug, "period": one.period.print_years(), "kind": one.kind,
            "status": one.status, "founding": one.in_founding_count,
            "section": 2 if one.in_founding_count == "no" else 0 if one.earliest or one.latest else 1,
            "year": one.earliest and one.earliest.year, "first": str(lead(one.summary)), "rest": str(rest(one.summary)),
            "themes": [theme.slug for theme in one.themes.all()],
            "partners": [
                {"partner": place.partner.slug, "name": str(place.partner.name_at(one.latest)), "role": place.role}
                for place in one.participations.all()
            ],
            "sources": [
                {"source": citation.source.slug, "quotation": citation.quotation} for citation in one.citations.all()
            ],
            "latest": one.latest and one.latest.isoformat(),
            "continues": one.continues.slug if one.continues else "",
            "goals": [str(goal) for goal in one.goals.all()],
            "objectives": [str(objective.text) for objective in one.objectives.all()],
            "outputs": [
                {"text": str(output.text), "kind": output.kind, "side": output.side,
                 "said_by": output.said_by.slug if output.said_by else "", "sources": cited(output)}
                for output in one.outputs.all()
            ],
            "visits": [
                {"latest": visit.latest and visit.latest.isoformat(), "slug": visit.slug,
                 "hosts": [host.slug for host in visit.hosts.all()],
                 "guests": [guest.slug for guest in visit.guests.all()], "period": visit.period.print(),
                 "direction": str(visit.get_direction_display()), "delegates": visit.delegates_printed,
                 "sources": cited(visit)}
                for visit in one.visits.all()
            ],
        })
print(json.dumps({
    "themes": [
        {"name": str(theme.name), "slug": theme.slug, "glyph": str(glyph(theme.code, theme.name, "0 0 60 60"))}
        for theme in Theme.objects.published()
    ],
    "partners": [
        {"name": str(partner.name), "short_name": str(partner.short_name), "slug": partner.slug,
         "country": partner.country, "since": partner.active_to and partner.active_to.year,
         "successor": partner.successor.slug if partner.successor else "",
         "former_names": [
            {"name": str(former.short_name or former.name), "earliest": former.earliest and former.earliest.isoformat(),
             "latest": former.latest and former.latest.isoformat()}
            for former in partner.former_names.all()
        ]}
        for partner in Partner.objects.published()
    ],
    "sources": [
        {"slug": source.slug, "title": source.title, "publisher": source.publisher, "url": source.url}
        for source in Source.objects.published()
    ],
    "projects": projects,
}))
"""


def _run(*command: str, cwd: Path, **options) -> str:
    done = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True, **options)
    return done.stdout


def make(directory: Path, environment: dict[str, str]) -> tuple[Path, str]:
    """Makes the site from the projects of ours; gives its folder and its Python."""
    folder, python = directory / "wagtail", str(directory / "wagtail-python" / "bin" / "python")
    _run(sys.executable, "-m", "venv", str(directory / "wagtail-python"), cwd=directory)
    _run(python, "-m", "pip", "install", "--quiet", "wagtail>=8,<9", "gunicorn>=27", cwd=directory)
    folder.mkdir()
    _run(str(Path(python).parent / "wagtail"), "start", "peer", str(folder), cwd=directory)
    shutil.copytree(HERE / "wagtail_app", folder / "record")
    (folder / "peer" / "settings" / "measured.py").write_text(SETTINGS)
    ours = {**os.environ, **environment, "SECRET_KEY": "bench", "DEBUG": "off"}
    record = _run(sys.executable, "-c", EXPORT, cwd=ROOT, env=ours)
    assert len(json.loads(record)["projects"]) > 20
    theirs = {**os.environ, "DJANGO_SETTINGS_MODULE": "peer.settings.measured"}
    _run(python, "manage.py", "makemigrations", "record", cwd=folder, env=theirs)
    _run(python, "manage.py", "migrate", cwd=folder, env=theirs)
    _run(python, "manage.py", "fill", cwd=folder, env=theirs, input=record)
    return folder, python
