"""The static export: complete, linked, honest about what files cannot do."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponse
from django.test.utils import override_settings

from partnership.award import editions
from partnership.models import Claim, Partner, Revision, Source, Submission, User
from partnership.operations import static_export
from projects.models import Project, ProjectCitation, Theme
from tests.factories import make_document, make_image, make_photo, make_project
from tests.support.call import call
from tests.support.databases import migrated_database
from visits.models import Visit

# One process makes what all of them use.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("static export")]

#: The sentence for each language’s lists.
WHOLE = {"en": "The list is whole; only the site itself can", "sv": "Listan är hel; bara webbplatsen själv kan"}


@pytest.fixture(scope="module")
def exports(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two exports of a record with everything that a record can have, one after the other."""
    folder = tmp_path_factory.mktemp("copies")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(MEDIA_ROOT=folder / "media"):
        Revision.objects.bulk_create(
            Revision(
                model_name="project", code="moved", version=number, is_public=True, title={"en": f"Change {number}"}
            )
            for number in range(51)
        )
        clerk = User.objects.create(username="clerk", is_staff=True)
        editions.freeze(Submission.objects.get(), clerk, public=True)
        editions.freeze(Submission.objects.get(), clerk)
        # A part of the real record is enough.
        Project.objects.exclude(code="leseding").update(state="draft")
        Visit.objects.exclude(projects__code="leseding").update(state="draft")
        Theme.objects.exclude(projects__code="leseding").update(state="draft")
        others = Partner.objects.exclude(role="formal").exclude(participations__project__code="leseding")
        others.filter(successions=None, inheritances=None).update(state="draft")
        used = ProjectCitation.objects.filter(project__code="leseding").values("source")
        Source.objects.exclude(pk__in=used).exclude(code="platforma-2018").update(state="draft")
        project = make_project(code="moved", slug="first-address", title_en="A moved project")
        project.slug = "second-address"
        project.save()
        project.photos.add(make_photo(code="a-photograph", file=make_image(900, 600)))
        project.documents.add(make_document(code="a-report"))
        withdrawn = {"state": "withdrawn", "withdrawn_on": "2026-01-02", "withdrawal_reason_en": "By mistake"}
        make_project(code="gone", title_en="A withdrawn project", **withdrawn)
        make_project(code="hidden", title_en="A secret draft", title_sv="Ett hemligt utkast", state="draft")
        Claim.objects.filter(pk=Claim.objects.published().last().pk).update(**withdrawn)
        output = StringIO()
        call_command("export_static", str(folder / "copy"), stdout=output)
        first = digests(folder / "copy")
        call_command("export_static", str(folder / "copy"), stdout=StringIO())
        claim = Claim.objects.get(state="withdrawn").code
        transaction.set_rollback(True)
    return SimpleNamespace(folder=folder / "copy", first=first, output=output.getvalue(), claim=claim)


@pytest.fixture(scope="module")
def folder(exports) -> Path:
    return exports.folder


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


class _Links(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.add(tag)
        self.ids.add(values.get("id", ""))
        if (values.get("rel") != "canonical" and "hreflang" not in values) or tag == "a":
            self.links += [values[name] for name in ("href", "src") if name in values]
        self.links += [part.split()[0] for part in values.get("srcset", "").split(", ") if part]


def test_every_link_is_relative_and_leads_to_a_file_and_an_element_in_it(folder):
    pages = {path: _Links(path.read_text()) for path in folder.rglob("*.html")}

    followed = 0
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            target = urlsplit(link)
            if target.scheme or target.netloc:
                # Only an edition links to records that are no longer public.
                assert "1" in path.parts or not link.startswith("http://localhost"), (path, link)
                continue
            assert not link.startswith("/"), (path, link)
            assert not target.query, (path, link)
            there = (path.parent / unquote(target.path)).resolve() if target.path else path
            assert there.is_file(), (path, link)
            if target.fragment and there in pages:
                assert target.fragment in pages[there].ids, (path, link)
            followed += 1
    assert followed > 1000


def test_stylesheets_lead_to_files(folder):
    sheets = list(folder.rglob("*.css"))

    assert sheets
    for sheet in sheets:
        for link in re.findall(r"url\(\"?([^\")]+)", sheet.read_text()):
            assert link.startswith("data:") or (sheet.parent / link).is_file(), link


@pytest.mark.parametrize(
    "name",
    [
        *("index.html", "404.html", "en/index.html", "sv/index.html", "robots.txt", "sitemap.xml", "SHA256SUMS"),
        *("en/projects/leseding/index.html", "sv/projekt/leseding/index.html", "en/projects/leseding.json"),
        *("sv/projekt.csv", "en/feed.atom", "sv/andringar/feed.atom", "sv/besok.ics", "en/card.png"),
        *("data/datapackage.json", "data/record.zip", "data/catalog.ttl", "data/visits.csv"),
        *("sv/projekt/leseding/card.png", "en/dossier/platforma-2018.pdf", "sv/underlag/platforma-2018.pdf"),
        *("en/dossier/platforma-2018/1/index.html", "sv/underlag/platforma-2018/1/paket.zip"),
        *("en/dossier/platforma-2018/1/dossier.pdf", "en/dossier/platforma-2018/length-ten/index.html"),
        *("en/changes/page-2/index.html", "sv/andringar/page-2/index.html"),
        *("media/photos/a-photograph/480.avif", "media/photos/a-photograph/800.jpg"),
        *("media/documents/a-report/a-report.pdf", "media/documents/a-report/index.html"),
    ],
)
def test_all_that_is_public_is_there(folder, name):
    assert (folder / name).stat().st_size > 0


def test_what_is_not_public_is_nowhere(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"secret draft" not in content, path
            assert b"hemligt utkast" not in content, path
    assert not (folder / "en/projects/hidden").exists()
    assert not (folder / "id/project/hidden").exists()
    assert not (folder / "en/dossier/platforma-2018/2").exists()
    assert not (folder / "admin").exists()


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *(("en/projects/index.html", "en"), ("sv/projekt/index.html", "sv")),
        *(("en/visits/index.html", "en"), ("sv/besok/index.html", "sv")),
    ],
)
def test_a_list_has_all_and_says_why_it_cannot_be_filtered(folder, name, language):
    text = (folder / name).read_text()

    assert WHOLE[language] in text
    assert "form" not in _Links(text).tags


def test_the_place_of_the_search_lists_everything(folder):
    english, swedish = ((folder / name).read_text() for name in ("en/search/index.html", "sv/sok/index.html"))

    assert "which cannot search" in english
    assert "som inte kan söka" in swedish
    for text, projects in ((english, "projects"), (swedish, "projekt")):
        links = _Links(text)
        assert f"../{projects}/leseding/index.html" in links.links
        assert f"../{projects}/second-address/index.html" in links.links
        assert "form" not in links.tags


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("en/projects/first-address/index.html", "../second-address/index.html"),
        ("sv/projekt/first-address/index.html", "../second-address/index.html"),
        ("media/documents/a-report/index.html", "a-report.pdf"),
        ("en/dossier/index.html", "platforma-2018/index.html"),
    ],
)
def test_a_former_address_leads_on(folder, name, link):
    text = (folder / name).read_text()

    assert f'<meta http-equiv="refresh" content="0; url={link}">' in text
    assert link in _Links(text).links


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("id/project/moved", ["../../../en/projects/second-address/index.html"]),
        ("id/project/moved", ["../../../sv/projekt/second-address/index.html"]),
        ("id/project/gone", ["../../../en/projects/gone/index.html", "../../../sv/projekt/gone/index.html"]),
        ("id/claim/projects", ["../../../en/claims/index.html#projects"]),
        ("", ["en/index.html", "sv/index.html"]),
    ],
)
def test_a_lasting_address_offers_each_language(folder, name, links):
    assert set(links) <= set(_Links((folder / name / "index.html").read_text()).links)


def test_a_part_of_a_page_that_is_withdrawn_leads_to_the_page(exports):
    page = exports.folder / "id/claim" / exports.claim / "index.html"

    assert "../../../en/claims/index.html" in _Links(page.read_text()).links


def test_a_withdrawn_record_leaves_its_tombstone(folder):
    text = (folder / "en/projects/gone/index.html").read_text()

    assert "A withdrawn project" in text
    assert "By mistake" in text


def test_an_address_that_is_none_is_explained_in_both_languages_at_any_depth(folder):
    text = (folder / "404.html").read_text()

    assert "There is no such page" in text
    assert "Sidan finns inte" in text
    assert {link.split("/")[1] for link in _Links(text).links} == {"static", "en", "sv"}


def test_the_copy_says_in_each_language_what_it_is(folder):
    assert "You are reading a copy as plain files." in (folder / "en/about/index.html").read_text()
    assert "Du läser en kopia som vanliga filer." in (folder / "sv/om/index.html").read_text()


def test_the_same_record_gives_the_same_bytes(exports):
    assert digests(exports.folder) == exports.first


def test_the_files_are_those_of_the_list_of_checksums(folder):
    listed = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = digests(folder)
    del files["SHA256SUMS"]

    assert listed == files


def test_nothing_is_left_beside_the_copy(exports):
    assert [path.name for path in exports.folder.parent.iterdir() if path.name != "media"] == ["copy"]
    assert f"{len(digests(exports.folder)):,} files" in exports.output


# When there is none


def refused(folder: Path) -> str:
    errors = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("export_static", str(folder), stdout=StringIO(), stderr=errors)
    return f"{error.value} {errors.getvalue()}"


@pytest.mark.parametrize("page", ["en/contribute/index.html", "sv/bidra/index.html"])
def test_a_copy_takes_no_contributions_and_says_so(page, folder):
    text = (folder / page).read_text()

    assert "<form" not in text
    assert {"en": "This is a copy of the site.", "sv": "Det här är en kopia av webbplatsen."}[page[:2]] in text
    assert not (folder / "en" / "contribute" / "send").exists()
    assert "<form" not in (folder / "en" / "follow" / "index.html").read_text()
    assert (folder / "en" / "newsletter" / "index.html").is_file()


@pytest.fixture
def earlier(tmp_path, monkeypatch) -> Path:
    """A folder with an earlier export of one file."""
    monkeypatch.setattr(static_export, "_start_urls", lambda: ["/robots.txt"])
    call_command("export_static", str(tmp_path / "copy"), stdout=StringIO())
    return tmp_path / "copy"


def test_a_copy_draws_its_map_without_another_file(folder):
    """A browser that reads a page from a disk draws nothing from a second file."""
    home = (folder / "en" / "index.html").read_text()

    assert 'class="land" d="M267,101' in home
    assert "land.svg" not in home


def test_a_link_that_leads_nowhere_leaves_the_earlier_copy(earlier, monkeypatch):
    before = digests(earlier)
    monkeypatch.setattr(static_export, "_start_urls", lambda: ["/en/nothing/"])

    assert "/en/nothing/, which answers 404" in refused(earlier)
    assert digests(earlier) == before
    assert list(earlier.parent.iterdir()) == [earlier]


def test_a_form_is_an_error(earlier, monkeypatch):
    monkeypatch.setattr(static_export, "_start_urls", lambda: ["/en/projects/"])
    monkeypatch.setattr(static_export.Client, "get", lambda *_url, **_options: HttpResponse("<form></form>"))

    assert "/en/projects/ has a form, which no file can answer." in refused(earlier)


def test_a_record_that_changes_meanwhile_does_not_stop_the_copy(earlier, monkeypatch):
    def write():
        Source.objects.filter(code="platforma-2018").update(title="Another title")
        return ["/robots.txt"]

    monkeypatch.setattr(static_export, "_start_urls", write)

    call_command("export_static", str(earlier), stdout=StringIO())

    assert (earlier / "robots.txt").is_file()


def test_a_copy_is_of_one_moment_whoever_writes_meanwhile(tmp_path):
    with migrated_database(tmp_path, "record") as environment:
        copied, now = call(
            {**environment, "DATA_DIR": str(tmp_path), "DEBUG": "on", "SECRET_KEY": "for a test"},
            "tests.support.work:copy_while_another_writes",
            str(tmp_path / "copy"),
        ).splitlines()

    assert copied != "Written meanwhile"
    assert now == "Written meanwhile"


def test_a_folder_with_anything_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all")

    assert "holds something else" in refused(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "Dear all"
