"""A redacted passage is erased everywhere, what is left is looked for and said, and the redaction is logged."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import BytesIO, StringIO

import pytest
import typst
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from partnership import redaction
from partnership.fields.passages import Passage
from partnership.models import (
    Contribution,
    Edition,
    FormDraft,
    Merger,
    Proposal,
    QueuedEmail,
    Redaction,
    ReviewNote,
    Revision,
    SpreadsheetUpload,
    Submission,
    User,
)
from partnership.opendata import package
from partnership.search import search
from projects.models import Project
from tests.base import fetch, filled_in, url
from tests.factories import make_project
from tests.partnership.contributions.test_inbox import make_contribution
from tests.support.databases import loaded_database
from tests.support.worker import Worker

PASSAGE = "Anna “Annie” Åkesson"
ASKED = {"reason": "A private person", "decision": "KS 2026/1"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(staff):
    return staff("Administrator").username


def redact(passage: str, by: str, **options) -> str:
    output = StringIO()
    call_command("redact", passage, by=by, stdout=output, **{**ASKED, **options})
    return output.getvalue()


def test_a_passage_is_erased_from_the_record_its_versions_and_the_search(staff_client, administrator):
    client = staff_client("Publisher")
    project = make_project(
        code="test-project", title_en=f"With {PASSAGE}", summary_en=f"{PASSAGE} came. {PASSAGE} left."
    )
    project.objectives.create(text_en=f"Meet {PASSAGE}")
    data = filled_in(client.get(url(Project, "change", project.pk)))
    client.post(url(Project, "change", project.pk), data | {"period": "2012", "reason": f"Said by {PASSAGE}"})
    assert search("Åkesson", "en").total == 1

    redact(PASSAGE, administrator)

    project.refresh_from_db()
    assert project.summary_en == "[…] came. […] left."
    assert "Åkesson" not in fetch(project.get_absolute_url()).html
    assert "Åkesson" not in fetch("/en/changes/").html
    for revision in Revision.objects.of(project):
        assert "Åkesson" not in f"{revision.content} {revision.title} {revision.reason}"
    assert search("Åkesson", "en").total == 0


def index_of_the_search() -> str:
    """All that the search keeps to look words up in, as the database holds it."""
    columns = "title || text || also" if connection.vendor == "sqlite" else "words::text"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM partnership_searchtext")
        return " ".join(row[0] for row in cursor.fetchall())


def test_no_word_is_left_in_the_index_of_the_search(administrator):
    make_project(code="test-project", title_en=f"With {PASSAGE}", summary_en=f"{PASSAGE} came.")
    search("Åkesson", "en")
    assert "akesson" in index_of_the_search()

    redact(PASSAGE, administrator)

    assert "akesson" not in index_of_the_search()
    assert Redaction.objects.get().result["left"] == []


def test_an_index_that_holds_it_still_is_told(administrator, monkeypatch):
    make_project(code="test-project", title_en=f"With {PASSAGE}")
    search("Åkesson", "en")
    monkeypatch.setattr("partnership.search.refresh", lambda: None)

    redact(PASSAGE, administrator)

    assert [place.partition("/")[0] for place in Redaction.objects.get().result["left"]] == ["search index"] * 2


@pytest.mark.parametrize(
    "spelling",
    [
        "ANNA “ANNIE” ÅKESSON",
        'anna "annie" åkesson',
        "Anna  “Annie”\n Åkesson",
        "Anna\xa0“Annie”\xa0Åkesson",
        "Anna “Annie” A\u030akesson",
        "An\xadna “An\u200bnie” Åkesson",
    ],
)
def test_every_spelling_that_reads_the_same_is_the_passage(spelling):
    assert Passage(PASSAGE).replaced(f"Then {spelling} came.", "[…]") == "Then […] came."


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("a letter of Anna Akesson’s", ["Anna Akesson’s"]),
        ("Åkeson, Anna", ["Åkeson, Anna"]),
        ("said A. Åkesson on Monday", ["A. Åkesson"]),
        ("Anne Åkesson", ["Anne Åkesson"]),
        ("Anders Åkerlund and Anna Östlund", []),
        ("Anna Åkesson", []),
    ],
)
def test_what_is_nearly_the_same_is_found_for_somebody_to_choose(text, near):
    found_near = list(Passage("Anna Åkesson").near(text))

    assert [words.removesuffix("’s") for words in found_near] == [words.removesuffix("’s") for words in near]


def test_near_spellings_are_listed_and_erased_only_where_they_are_chosen(administrator):
    make_project(code="test-near", summary_en="Anna Åkesson and A. Åkesson", note_en="Anna Åkeson")

    listed = redact("Anna Åkesson", administrator, list=True)
    first = redact("Anna Åkesson", administrator)
    redact("Anna Åkesson", administrator, also=["A. Åkesson"])

    assert "'Anna Åkesson': project/" in listed
    assert "'A. Åkesson'" in listed
    assert "'Anna Åkeson'" in first
    project = Project.objects.get(code="test-near")
    assert (project.summary_en, project.note_en) == ("[…] and […]", "Anna Åkeson")


def test_it_is_erased_wherever_the_site_keeps_words(administrator, staff):
    """One copy in each place that is no part of the record."""
    user = User.objects.get(username=administrator)
    email = QueuedEmail.objects.create(to=user, subject="Published", body=PASSAGE)
    contribution = make_contribution(text=f"I met {PASSAGE}")
    message = contribution.messages.create(text=f"Who is {PASSAGE}?", by=user)
    note = ReviewNote.objects.create(about="suggestion", model_name="project", code="x", text=PASSAGE, by=user)
    log = LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Project),
        object_repr=PASSAGE,
        change_message=json.dumps([{"changed": {"name": PASSAGE}}]),
        action_flag=CHANGE,
    )
    SpreadsheetUpload.objects.create(by=user, sheet="projects", name="list.csv", content=f"title\n{PASSAGE}".encode())
    session = SessionStore()
    session["held_form"] = {"url": "/admin/", "fields": [["text", PASSAGE]], "files": []}
    session.save()

    redact(PASSAGE, administrator)

    for row, names in (
        (email, ["body"]),
        (contribution, ["text"]),
        (message, ["text"]),
        (note, ["text"]),
        (log, ["object_repr", "change_message"]),
    ):
        row.refresh_from_db()
        assert "Åkesson" not in "".join(str(getattr(row, name)) for name in names)
    assert not SpreadsheetUpload.objects.exists()
    assert not Session.objects.filter(pk=session.session_key).exists()
    assert Redaction.objects.get().result["left"] == []


def test_a_damaged_edition_keeps_nothing_else_from_being_erased(edition, administrator):
    Submission.objects.filter(pk=edition.submission_id).update(note_en=PASSAGE)
    whole = Edition.objects.get()
    stored = default_storage.path(whole.file("edition.json").file.name)
    with open(stored, "a") as file:
        file.write(" ")

    output = redact(PASSAGE, administrator)

    assert "Damaged, and to be looked at by hand:\n  edition/platforma-2018/1: AlteredEdition" in output
    assert Submission.objects.get(pk=edition.submission_id).note_en == "[…]"
    assert Redaction.objects.get().result["damaged"] == ["edition/platforma-2018/1: AlteredEdition"]


def test_what_is_left_in_files_and_backups_is_said(administrator, tmp_path):
    make_project(code="test-left", summary_en=PASSAGE)
    office = BytesIO()
    with zipfile.ZipFile(office, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", f"<creator>{PASSAGE}</creator>")
    default_storage.save("documents/report.docx", ContentFile(office.getvalue()))
    default_storage.save("photos/picture.jpg", ContentFile(b"\xff\xd8 Exif " + PASSAGE.encode() + b"\xff\xd9"))
    default_storage.save("photos/another.jpg", ContentFile(b"\xff\xd8 nothing"))
    (tmp_path / "record-20261127T010000.000000Z.tar.gz").write_bytes(b"")

    output = redact(PASSAGE, administrator, backups=tmp_path, keep=14)

    result = Redaction.objects.get().result
    assert sorted(result["left"]) == ["file documents/report.docx", "file photos/picture.jpg"]
    assert result["backups"][0].startswith("record-20261127T010000.000000Z.tar.gz, until about 20")
    assert "until VACUUM" in result["database"] or "VACUUM FULL" in result["database"]
    assert "file photos/picture.jpg" in output
    assert "Åkesson" not in str(result)


def test_that_it_was_done_is_kept_without_what_it_was(administrator):
    make_project(code="test-project", summary_en=PASSAGE)

    redact(PASSAGE, administrator)

    redaction = Redaction.objects.get()
    assert (redaction.by.username, redaction.reason, redaction.decision) == (
        administrator,
        "A private person",
        "KS 2026/1",
    )
    assert redaction.places == ["project/test-project: summary_en"]
    assert "Åkesson" not in str(redaction.__dict__)


@pytest.mark.parametrize("group", ["Editor", "Publisher"])
def test_only_an_administrator_erases(group, staff):
    make_project(summary_en=PASSAGE)

    with pytest.raises(CommandError, match="is no administrator"):
        redact(PASSAGE, staff(group).username)

    assert Project.objects.filter(summary_en=PASSAGE).exists()


@pytest.mark.parametrize("passage", ["an", "   ", "Nobody ever wrote this"])
def test_what_is_too_short_or_nowhere_is_refused(passage, administrator):
    with pytest.raises(CommandError):
        redact(passage, administrator)

    assert not Redaction.objects.exists()


def test_a_reason_that_repeats_the_passage_is_refused(administrator):
    make_project(summary_en=PASSAGE)

    with pytest.raises(CommandError, match="must not repeat"):
        redact(PASSAGE, administrator, reason=f"About {PASSAGE}")

    assert not Contribution.objects.filter(text__contains=PASSAGE).exists()


def test_a_kept_release_of_the_data_is_made_anew_and_says_so(administrator):
    make_project(code="test-released", title_en=f"A visit, by {PASSAGE}")
    release = package.current().release
    sha256 = release.sha256

    redact(PASSAGE, administrator)

    release.refresh_from_db()
    with zipfile.ZipFile(BytesIO(bytes(release.archive))) as archive:
        table = archive.read("projects.csv")
        description = json.loads(archive.read("datapackage.json"))
        resource = next(part for part in description["resources"] if part["path"] == "projects.csv")
    assert "Åkesson" not in table.decode()
    assert '"A visit, by […]"' in table.decode()
    assert resource["hash"] == f"sha256:{hashlib.sha256(table).hexdigest()}"
    assert (release.sha256, release.redacted_on) == (sha256, timezone.localdate())
    assert release.redacted_sha256 not in {"", sha256}
    listed = Client(headers={"host": "localhost"}).get("/data/versions.json").json()["versions"]
    assert [row["redacted_on"] for row in listed if row["version"] == release.version] == [str(release.redacted_on)]
    assert Redaction.objects.get().result["left"] == []


def test_words_in_a_pdf_are_found_though_they_are_compressed(administrator):
    make_project(code="test-pdf", summary_en=PASSAGE)
    default_storage.save("documents/paper.pdf", ContentFile(typst.compile(f"There was {PASSAGE}.".encode())))
    default_storage.save("documents/broken.pdf", ContentFile(b"%PDF-1.7 nothing"))

    redact(PASSAGE, administrator)

    left = Redaction.objects.get().result["left"]
    assert sorted(left) == ["file documents/broken.pdf: cannot be read", "file documents/paper.pdf"]


def test_texts_that_wait_in_json_are_erased(administrator):
    """Proposed changes, kept drafts of forms and the log of mergers."""
    user = User.objects.get(username=administrator)
    project = make_project(code="test-json")
    proposal = Proposal.objects.create(
        model_name="project", code=project.code, base={}, content={"summary": {"en": PASSAGE}}, typed=[], by=user
    )
    draft = FormDraft.objects.create(user=user, path="/admin/projects/project/add/", fields=[["summary_en", PASSAGE]])
    merger = Merger.objects.create(model_name="project", code="x", into=project.code, moved={"title_en": PASSAGE})

    redact(PASSAGE, administrator)

    for row in (proposal, draft, merger):
        row.refresh_from_db()
    assert proposal.content == {"summary": {"en": "[…]"}}
    assert draft.fields == [["summary_en", "[…]"]]
    assert merger.moved == {"title_en": "[…]"}


def keep_and_erase(passage: str) -> str:
    """Leaves many former texts in free pages, and erases; the sentence about the database."""
    user = User.objects.create_superuser("root", "root@example.org")
    project = Project.objects.get(code="leseding")
    for number in range(100):
        Project.objects.filter(pk=project.pk).update(note_en=f"{passage}, {number}. " * 40)
    Revision.objects.create(model_name="project", code="x", version=1, content={"note": f"{passage} " * 400})
    Revision.objects.filter(code="x").delete()
    return redaction.redact(Passage(passage), by=user, reason="A private person", decision="1").result["database"]


@pytest.mark.site
def test_nothing_is_left_in_the_free_pages_of_the_database(tmp_path, django_db_setup):
    passage = "Quartermain Zebulonsson"
    with loaded_database(tmp_path) as database:
        office = Worker(tmp_path, **database)
        sentence = office.call(keep_and_erase, passage)
        office.end()
    files = [file.read_bytes() for file in tmp_path.glob("record.sqlite3*")]

    if files:
        assert sentence == "Free pages and the log of the file are overwritten (VACUUM)."
        assert [content for content in files if passage.encode() in content] == []
    else:
        assert "VACUUM FULL" in sentence
