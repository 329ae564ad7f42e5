"""Records for tests: small functions with plain defaults. Each test states the values that it is about."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from itertools import count
from pathlib import Path

from django.core.files.base import ContentFile
from PIL import Image

from partnership.models import Document, Milestone, Newsletter, Partner, Photo, Source
from partnership.publishing import State
from projects.models import Output, OutputCitation, Participation, Project, ProjectCitation, Theme
from visits.models import Visit, VisitCitation

_numbers = count(1)


def _code(kind: str) -> str:
    return f"test-{kind}-{next(_numbers)}"


def make_image(width: int = 1600, height: int = 1066, *, orientation: int = 1, kind: str = "JPEG") -> ContentFile:
    """A plain picture, dark above and light below, with a place in its EXIF data."""
    image = Image.new("RGB", (width, height), (40, 80, 60))
    image.paste((200, 210, 190), (0, height // 2, width, height))
    exif = image.getexif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[2] = (56.0, 52.0, 37.0)
    target = BytesIO()
    image.save(target, kind, exif=exif)
    return ContentFile(target.getvalue(), name=f"picture.{kind.lower()}")


@cache
def make_heic() -> bytes:
    """A picture as an iPhone makes it: 400 × 300, to be turned to stand upright. No encoder is at hand."""
    return (Path(__file__).parent / "data" / "iphone.heic").read_bytes()


def make_photo(**values) -> Photo:
    values.setdefault("code", _code("photo"))
    values.setdefault("file", make_image())
    defaults = {"alt_en": "A field below a wood", "alt_sv": "En åker nedanför en skog", "basis": "no_person"}
    return Photo.objects.create(**{**defaults, "state": State.PUBLISHED, **values})


def make_document(**values) -> Document:
    values.setdefault("code", _code("document"))
    values.setdefault("file", ContentFile(b"%PDF-1.7 a test", name="report.pdf"))
    return Document.objects.create(**{"title_en": "A test report", "state": State.PUBLISHED, **values})


def make_source(**values) -> Source:
    values.setdefault("code", _code("source"))
    values.setdefault("title", "A source made for a test")
    values.setdefault("publisher", f"Test issuer {next(_numbers)}")
    return Source.objects.create(**{"grade": "funder", "language": "en", "state": State.PUBLISHED, **values})


def make_theme(**values) -> Theme:
    values.setdefault("code", _code("theme"))
    return Theme.objects.create(**{"name_en": "Test theme", "name_sv": "Testtema", "state": State.PUBLISHED, **values})


def make_partner(**values) -> Partner:
    values.setdefault("code", _code("partner"))
    defaults = {"name_en": "Test body", "name_sv": "Testorgan", "kind": "other", "country": "SE", "role": "associated"}
    return Partner.objects.create(**{**defaults, "state": State.PUBLISHED, **values})


def make_project(*, sources: int = 1, themes=(), partners=(), **values) -> Project:
    values.setdefault("code", _code("project"))
    values.setdefault("title_en", "Test project")
    values.setdefault("title_sv", "Testprojekt")
    project = Project.objects.create(**{"state": State.PUBLISHED, "in_founding_count": "no", **values})
    project.themes.set(themes)
    for partner in partners:
        Participation.objects.create(project=project, partner=partner)
    for _number in range(sources):
        ProjectCitation.objects.create(project=project, source=make_source())
    return project


def make_output(project: Project, **values) -> Output:
    values.setdefault("code", _code("output"))
    values.setdefault("text_en", "Test output")
    output = Output.objects.create(project=project, **{"kind": "hard", "state": State.PUBLISHED, **values})
    OutputCitation.objects.create(output=output, source=make_source())
    return output


def make_visit(*, sources: int = 1, hosts=(), guests=(), projects=(), **values) -> Visit:
    values.setdefault("code", _code("visit"))
    visit = Visit.objects.create(
        **{"direction": "to_sweden", "state": State.PUBLISHED, "in_founding_count": "no", **values}
    )
    visit.hosts.set(hosts)
    visit.guests.set(guests)
    visit.projects.set(projects)
    for _number in range(sources):
        VisitCitation.objects.create(visit=visit, source=make_source())
    return visit


def make_milestone(**values) -> Milestone:
    values.setdefault("code", _code("milestone"))
    return Milestone.objects.create(**{"title_en": "Test milestone", "state": State.PUBLISHED, **values})


def make_newsletter(**values) -> Newsletter:
    values.setdefault("code", _code("newsletter"))
    defaults = {
        "number": 1,
        "title_en": "Test newsletter",
        "title_sv": "Testbrev",
        "text_en": "Text",
        "text_sv": "Text",
    }
    return Newsletter.objects.create(**{**defaults, "state": State.PUBLISHED, **values})
