"""Dossiers, criteria, frozen editions and their differences, the pack, private links."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from partnership import redaction
from partnership.award import dossier, editions
from partnership.award.pack import pack
from partnership.award.views import private_url
from partnership.coverage import count_projects
from partnership.fields.passages import Passage
from partnership.models import Claim, Edition, EditionFile, PrivateLink, Section, Statement, Submission
from projects.models import Output, Participation, Project
from tests.base import fetch, filled_in, url
from tests.factories import make_output, make_partner, make_photo, make_project, make_source, make_theme, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

DOSSIER = "/en/dossier/platforma-2018/"


@pytest.fixture
def submission() -> Submission:
    return Submission.objects.get(code="platforma-2018")


def write(submission: Submission, text: str, **values) -> Section:
    return Section.objects.create(submission=submission, code="test", title_en="Test section", text_en=text, **values)


# The dossier


def test_the_short_address_leads_to_the_latest_submission():
    response = Client(headers={"host": "localhost"}).get("/sv/underlag/")

    assert (response.status_code, response["Location"]) == (302, "/sv/underlag/platforma-2018/")


def test_the_entry_says_what_came_of_it():
    text = fetch(DOSSIER).text

    assert "PLATFORMAwards 2018" in text
    assert str(Submission.objects.get(code="platforma-2018").outcome) in text


def test_a_figure_is_a_live_reference_with_its_source(submission):
    write(submission, "They counted {claim:projects}; in 2012 it was {statement:projects-2012}.")
    Statement.objects.filter(code="projects-2018").update(value_low=39, value_high=39)

    page = fetch(DOSSIER)

    assert re.search(r"They counted 39 \d+ ; in 2012 it was about 15 \d+", page.text)


@pytest.mark.parametrize(
    ("reference", "printed"),
    [
        ("{quote:memorandum-2018}", "regulated through the jointly signed Memorandum of Understanding"),
        ("{project:leseding}", "Leseding – Give Light"),
        ("{visit:2011-11-library-sweden}", "Tlokwe in Växjö, week 47 of 2011 (21–27 November)"),
        ("{partner:vaxjo}", "City of Växjö (Växjö Municipality)"),
        ("{output:library-1-pilots}", "Two pilot projects with integrated libraries"),
        ("{milestone:m-2015-region}", "Region Kronoberg is formed, 1 January 2015"),
    ],
)
def test_each_kind_of_reference_prints_what_it_names(reference, printed, submission):
    write(submission, f"Here: {reference}.")

    assert f"Here: {printed}" in fetch(DOSSIER).text


def test_a_reference_to_what_is_counted_prints_the_count(submission):
    write(submission, "Here: {counted:projects}.")

    assert f"Here: {count_projects().printed}" in fetch(DOSSIER).text


def test_beside_what_is_claimed_stands_what_is_on_record(submission):
    sections = dossier.content_of(submission, "en")["sections"]
    claims = {claim["code"]: claim for section in sections for claim in section.get("claims", [])}

    assert claims["projects"]["on_record"] == count_projects().printed
    assert 'href="{}"'.format(claims["projects"]["href"].replace("&", "&amp;")) in fetch(DOSSIER).html
    assert claims["oldest-programme"]["on_record"] == ""


def test_what_is_withdrawn_later_says_so_and_shows_nothing(submission):
    project = make_project(title_en="A project that went")
    write(submission, f"See {{project:{project.code}}}.")
    Project.objects.filter(pk=project.pk).update(state="withdrawn", withdrawn_on="2026-01-01")

    text = fetch(DOSSIER).text

    assert "See [withdrawn]" in text
    assert "A project that went" not in text


def test_each_paragraph_has_its_evidence_beside_it_graded(submission):
    independent = make_source(publisher="The independent one", grade="independent")
    own = make_source(publisher="The applicant", grade="own_statement")
    write(submission, f"One.{{source:{independent.code}}}{{source:{own.code}}}\n\nTwo.")

    content = dossier.content_of(submission, "en")
    first, second = next(section for section in content["sections"] if section["code"] == "test")["blocks"]

    assert [(card["title"], card["mark"], card["label"]) for card in first["cards"]] == [
        ("The independent one", "half", "Independent"),
        ("The applicant", "ring", "Own statement"),
    ]
    assert [(card["title"], card["mark"]) for card in second["cards"]] == [("No source", "nothing")]


def test_figures_that_disagree_stand_in_the_margin_with_their_dates(submission):
    content = dossier.content_of(submission, "en")
    cards = [card for section in content["sections"] for block in section["blocks"] for card in block["cards"]]

    assert "about 15 (2012); more than 35 (not dated)" in [card["text"] for card in cards]


def test_what_cannot_be_shown_shrinks_when_it_is_documented():
    theme = make_theme(name_en="Beekeeping", in_founding_list=True)
    counted = count_projects()
    before = fetch(DOSSIER).text
    assert f"{38 - counted.perhaps}–{38 - counted.documented} of the 38 projects and pre-studies" in before
    assert re.search(r"Areas of the entry of 2018 without a project: [^.]*Beekeeping", before)

    make_project(in_founding_count="yes", themes=[theme])

    after = fetch(DOSSIER).text
    assert f"{37 - counted.perhaps}–{37 - counted.documented} of the 38 projects and pre-studies" in after
    assert "Beekeeping" not in after


def test_what_is_believed_without_evidence_is_made_from_the_record(submission):
    def beliefs() -> str:
        sections = dossier.content_of(submission, "en")["sections"]
        lines = next(section["lines"] for section in sections if section["code"] == "what-we-ask-you-to-believe")
        return " ".join(line["text"] for line in lines)

    assert "International visits: some 100." in beliefs()

    claim = Claim.objects.get(code="visits").statements.get(preferred=True)
    claim.citations.create(source=make_source(grade="independent"))

    assert "International visits" not in beliefs()


@pytest.mark.parametrize(("language", "quoted"), [("en", "“one of the oldest"), ("sv", "”one of the oldest")])
def test_what_is_believed_is_quoted_as_the_language_quotes(language, quoted, submission):
    sections = dossier.content_of(submission, language)["sections"]

    assert any(quoted in line["text"] for section in sections for line in section.get("lines", []))


@pytest.mark.parametrize(
    ("length", "there", "left_out"),
    [
        ("two", "What we cannot yet show", "Why these places"),
        ("ten", "Why these places", "What the criteria ask"),
        ("full", "What the criteria ask", "[withdrawn]"),
        ("nonsense", "What the criteria ask", "[withdrawn]"),
    ],
)
def test_three_lengths_of_reading(length, there, left_out):
    page = fetch(f"{DOSSIER}?length={length}")

    assert there in page.text
    assert left_out not in page.text
    assert "This reading takes about" in page.text
    assert page.is_indexed is (length in {"full", "nonsense"})


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize(("length", "minutes"), [("two", 2), ("ten", 10)])
def test_no_reading_takes_longer_than_its_name_says(length, minutes, language, submission):
    words = dossier.content_of(submission, language, length=length)["words"]

    assert minutes / 2 < words / dossier.WORDS_A_MINUTE <= minutes


def test_two_minutes_begin_with_the_strongest_results_and_end_with_three_gaps():
    project = make_project(title_en="A strong project")
    source = make_source(grade="independent")
    output = make_output(project, kind="hard", side="both", text_en="A house was built")
    output.citations.all().delete()
    output.citations.create(source=source, about="result", says_en="The house stands.")

    text = fetch(f"{DOSSIER}?length=two").text

    results = text.partition("What can be shown best")[2].partition("The partnership in brief")[0]
    assert "A house was built A strong project" in results
    assert "says: The house stands." in results
    gaps = text.partition("What we cannot yet show")[2]
    assert "are named. Each full square is a project that a source names" in gaps
    assert "Delegates until January 2018" in gaps
    assert "Projects without a year" not in gaps
    assert "What can be shown best" not in fetch(DOSSIER).text


def test_a_frozen_edition_is_read_in_two_minutes_as_it_was_frozen(submission, edition):
    Section.objects.update(title_en="Another title")

    page = fetch(f"{DOSSIER}1/?length=two")

    assert "What can be shown best" in page.text
    assert "The partnership in brief" in page.text
    assert "Why these places" not in page.text
    assert not page.is_indexed


def test_the_sources_of_records_stand_once_at_the_end_of_the_paragraph(submission):
    source = make_source()
    project = make_project(sources=0)
    visit = make_visit(sources=0)
    project.citations.create(source=source)
    visit.citations.create(source=source)
    section = write(submission, f"First {{project:{project.code}}}, then {{visit:{visit.code}}}.")

    content = dossier.content_of(submission, "en")
    runs = next(row for row in content["sections"] if row["code"] == section.code)["blocks"][0]["rows"][0]

    assert [run.get("cites", []) for run in runs[:-1]] == [[], [], [], [], []]
    assert len(runs[-1]["cites"]) == 1


def test_one_square_is_drawn_for_each_project_that_is_claimed():
    page = fetch(DOSSIER)

    documented = count_projects().documented
    assert f"{documented} of 38 projects and pre-studies are named." in page.html
    assert page.html.count('<span class="is-solid"></span>') == documented


def test_what_is_hidden_behind_public_records_changes_no_word_of_the_dossier(submission):
    project = make_project()
    make_output(project, side="both", text_en="A house")
    make_output(project, side="both", text_en="A bridge").citations.all().delete()
    before = [dossier.content_of(submission, language) for language in ("en", "sv")]

    hidden = make_source(title="Hidden", grade="independent", state="draft")
    for row in (*Statement.objects.all(), *Output.objects.all()):
        row.citations.create(source=hidden, about="result", says_en="So it is.", locator="p. 1")
    for claim in Claim.objects.all():
        claim.statements.create(code=f"test-{claim.code}", value_low=987, quote="987 is said", state="draft")

    assert [dossier.content_of(submission, language) for language in ("en", "sv")] == before


def test_a_draft_that_a_text_names_is_said_to_be_not_public(submission):
    draft = make_project(title_en="A plan of staff", state="draft")
    write(submission, f"See {{project:{draft.code}}}.")

    text = fetch(DOSSIER).text

    assert "See [not public]" in text
    assert "A plan of staff" not in text


def test_both_languages_say_the_same_in_numbers(submission):
    def citing(language: str) -> list[int]:
        blocks = [
            block for section in dossier.content_of(submission, language)["sections"] for block in section["blocks"]
        ]
        return [sum(len(run.get("cites", [])) for row in block["rows"] for run in row) for block in blocks]

    assert citing("en") == citing("sv")


# Errors in texts


def test_text_that_only_looks_like_markup_is_printed_as_text(submission):
    write(submission, "5 < 6 & [a link](javascript:alert(1))")

    assert "5 &lt; 6 &amp; [a link](javascript:alert(1))" in fetch(DOSSIER).html


def test_a_broken_reference_is_explained_beside_its_text_which_is_kept(staff_client, submission):
    client = staff_client("Publisher")
    data = filled_in(client.get(url(Submission, "change", submission.pk)))
    data["sections-0-text_en"] = "They counted {claim:nothing-like-it}."

    page = client.post(url(Submission, "change", submission.pk), data).content.decode()

    assert "Paragraph 1: There is nothing on record under {claim:nothing-like-it}" in page
    assert "They counted {claim:nothing-like-it}." in page


def test_a_public_dossier_refers_to_nothing_that_readers_cannot_see(staff_client, submission):
    client = staff_client("Publisher")
    draft = make_project(state="draft")
    data = filled_in(client.get(url(Submission, "change", submission.pk)))
    data["sections-0-text_sv"] = f"Se {{project:{draft.code}}}."

    page = client.post(url(Submission, "change", submission.pk), data).content.decode()

    assert f"{{project:{draft.code}}} (Test project) is not public, or has been withdrawn" in page


# Criteria


def test_the_lens_shows_what_is_linked_and_says_where_the_record_is_silent(submission):
    submission.round.criteria.create(code="test-silence", position=99, name_en="Silence", name_sv="Tystnad")

    page = fetch(f"{DOSSIER}criteria/")

    assert "#project-politicians" in page.links("#")
    assert "#claim-formal-partners" in page.links("#")
    start = page.text.index("Silence")
    assert "Nothing recorded." in page.text[start : start + 80]


def test_every_claim_is_read_beside_its_evidence_and_back():
    page = fetch(f"{DOSSIER}criteria/")

    assert {f"#claim-{claim.code}" for claim in Claim.objects.published()} <= set(page.links("#"))
    assert "about 15 , 2012. femtontalet" in page.text
    assert "#all-claims" in page.links("#")
    assert "#2018-local-democracy" in page.links("#")


def test_a_source_that_two_facts_cite_is_listed_once(submission):
    project = make_project(code="test-cited")
    project.criteria.add(submission.round.criteria.first())
    first = project.citations.first()
    project.citations.create(source=first.source, about="period", locator="p. 99")

    html = fetch(f"{DOSSIER}criteria/").html

    article = html[html.index('id="project-test-cited"') :].split("</article>")[0]
    assert article.count("<li>") == len({citation.source_id for citation in project.citations.all()})
    assert "p. 99" in article


def test_an_edition_has_the_criteria_as_they_were_frozen(submission):
    project = make_project(title_en="Linked on that day")
    project.criteria.add(submission.round.criteria.get(code="2018-local-democracy"))
    edition = editions.freeze(submission, None, public=True)
    project.criteria.clear()

    page = fetch(f"{DOSSIER}{edition.number}/criteria/")

    assert "Linked on that day" in page.text[page.text.index("Local democracy") :]
    assert "Linked on that day" not in fetch(f"{DOSSIER}criteria/").text
    assert f"{DOSSIER}{edition.number}/criteria/" in fetch(f"{DOSSIER}{edition.number}/").links()


def test_a_draft_linked_to_a_criterion_stays_unseen(submission):
    draft = make_project(title_en="A secret plan", state="draft")
    draft.criteria.add(submission.round.criteria.first())

    assert "A secret plan" not in fetch(f"{DOSSIER}criteria/").text


# Freezing


def test_two_freezes_of_one_record_have_one_checksum(submission, edition):
    second = editions.freeze(submission, None)

    assert (edition.number, second.number) == (1, 2)
    assert edition.sha256 == second.sha256 == hashlib.sha256(editions.content(edition, "edition.json")).hexdigest()


def test_a_changed_record_has_another_checksum(submission, edition):
    Project.objects.filter(code="leseding").update(title_en="Another title")

    assert editions.freeze(submission, None).sha256 != edition.sha256


def test_an_edition_outlives_all_that_it_cites(monkeypatch, edition):
    url = edition.get_absolute_url()
    files = {row.name: editions.content(edition, row.name) for row in edition.files.all()}
    body = files["body.en.html"].decode()
    packed = pack(edition)

    Output.objects.all().delete()
    Visit.objects.all().delete()
    Participation.objects.all().delete()
    Project.objects.update(continues=None, prestudy_of=None)
    Project.objects.all().delete()
    Claim.objects.update(state="draft")
    Section.objects.all().delete()
    monkeypatch.setattr(editions, "render_body", lambda *_: "another template")

    assert "Leseding – Give Light" in fetch(url).text
    # Pages are sent without the indents that the body was frozen with.
    assert re.sub(r"\n\s*", "\n", body).strip() in fetch(url).html
    assert {row.name: editions.content(edition, row.name) for row in edition.files.all()} == files
    assert pack(edition) == packed
    call_command("verify_editions", verbosity=0)


def test_the_head_of_an_edition_is_as_frozen_as_its_text(edition):
    outcome = str(Submission.objects.get().outcome)
    Submission.objects.update(title_en="Another title", lead_en="Another lead", outcome_en="Won", status="decided")

    page = fetch(edition.get_absolute_url())

    assert "One partnership, three public bodies, two countries." in page.text
    assert outcome in page.text
    assert "Another lead" not in page.text
    assert "Another title" not in page.html[page.html.index("<h1") :]


def test_an_edition_of_a_draft_dossier_is_not_public(submission, staff_client):
    Submission.objects.update(state="draft")
    client = staff_client("Publisher")
    client.post(reverse("admin:submission_freeze", args=[submission.pk]), {"public": "on"})
    assert not Edition.objects.exists()

    client.post(reverse("admin:submission_freeze", args=[submission.pk]))
    edition = Edition.objects.get()
    response = client.post(reverse("admin:edition_release", args=[edition.pk]), follow=True)

    assert "Publish the dossier first." in response.content.decode()
    fetch(f"{DOSSIER}1/", 404)


def test_search_engines_are_told_of_editions_that_stand(submission, edition):
    editions.freeze(submission, None)
    client = Client(headers={"host": "localhost"})

    sitemap = client.get("/sitemap.xml").content.decode()
    assert f"{DOSSIER}1/" in sitemap
    assert f"{DOSSIER}2/" not in sitemap

    Edition.objects.update(withdrawn_on="2026-01-01", withdrawal_reason="A test")
    assert f"{DOSSIER}1/" not in client.get("/sitemap.xml").content.decode()


def test_an_edition_page_asks_little(edition):
    client = Client(headers={"host": "localhost"})

    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{DOSSIER}1/").status_code == 200

    # Four of them are the menu’s.
    assert len(queries) <= 7


def test_an_edition_holds_no_photograph_and_nothing_that_only_staff_see(submission):
    photo = make_photo(caption_en="At the library")
    make_project(title_en="A draft of staff", state="draft")
    Project.objects.filter(code="leseding").update(staff_note="Ask the archive")
    make_output(Project.objects.get(code="leseding"), state="draft", text_en="An unproved result")

    data = editions.content(editions.freeze(submission, None), "edition.json").decode()

    assert '"At the library"' in data
    assert photo.code in data
    for hidden in ("A draft of staff", "Ask the archive", "An unproved result", "/media/"):
        assert hidden not in data


def test_an_edition_leads_to_nothing_hidden(submission):
    source, partner = (
        make_source(code="hidden-source", state="draft"),
        make_partner(code="hidden-partner", state="draft"),
    )
    earlier, theme = make_project(code="hidden-project", state="draft"), make_theme(code="hidden-theme", state="draft")
    visit = make_visit(code="hidden-visit", state="draft")
    project = make_project(
        code="shown", themes=[theme], partners=[partner], continues=earlier, confidence="low", staff_note="hidden-note"
    )
    project.citations.create(source=source)
    make_output(project, code="hidden-output", state="draft")
    make_visit(code="shown-visit", hosts=[partner], guests=[partner], projects=[earlier])
    claim = Claim.objects.get(code="delegates")
    claim.statements.create(code="hidden-statement", state="draft", wording_en="hidden-words", value_low=3)

    record = editions.comparable(submission)["record"]

    assert visit.code not in [row["code"] for row in record["visits"]]
    assert "shown" in [row["code"] for row in record["projects"]]
    assert "shown-visit" in [row["code"] for row in record["visits"]]
    assert "hidden-" not in json.dumps(record)
    assert "confidence" not in json.dumps(record)


def test_a_dossier_that_refers_to_what_is_withdrawn_is_not_frozen(submission, staff_client):
    Claim.objects.filter(code="delegates").update(state="withdrawn", withdrawn_on="2026-01-01")

    response = staff_client("Publisher").post(reverse("admin:submission_freeze", args=[submission.pk]), follow=True)

    error = "Paragraph 2: {claim:delegates} (Project delegates travelling) is not public, or has been withdrawn"
    # Once in the response to the click, and once while the error lasts.
    assert response.content.decode().count(f"The partnership in brief (English). {error}") == 2
    assert not Edition.objects.exists()


def test_where_a_file_cannot_be_stored_nothing_is_kept(submission, monkeypatch, settings):
    storage = EditionFile.file.field.storage
    saved = storage.save

    def full(name, content, **rest):
        if name.endswith("body.sv.html"):
            saved(name, ContentFile(b"<p>half of"), **rest)
            raise OSError(28, "No space left on device")
        return saved(name, content, **rest)

    monkeypatch.setattr(storage, "save", full)

    with pytest.raises(OSError, match="No space"):
        editions.freeze(submission, None)

    assert not Edition.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.*"))


@pytest.mark.parametrize("group", ["Editor", "Publisher", "Administrator"])
def test_nobody_changes_or_deletes_an_edition(group, staff_client, edition):
    client = staff_client(group)

    assert client.post(url(Edition, "change", edition.pk), {"sha256": "0" * 64}).status_code == 403
    assert client.post(url(Edition, "delete", edition.pk), {"post": "yes"}).status_code == 403
    edition.sha256 = "0" * 64
    with pytest.raises(ValueError, match="never changes"):
        edition.save()
    with pytest.raises(ValueError, match="never deleted"):
        edition.delete()


def test_not_even_a_superuser_changes_or_deletes_an_edition(staff_client, edition):
    client = staff_client("Administrator", is_superuser=True)

    assert client.post(url(Edition, "change", edition.pk), {"sha256": "0" * 64}).status_code == 403
    assert client.post(url(Edition, "delete", edition.pk), {"post": "yes"}).status_code == 403
    assert client.post(url(Edition, "changelist"), {"action": "delete_selected", "_selected_action": edition.pk})
    assert Edition.objects.filter(pk=edition.pk, sha256=edition.sha256).exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda: Edition.objects.update(sha256="0" * 64, number=7),
        lambda: Edition.objects.all().delete(),
        lambda: EditionFile.objects.update(sha256="0" * 64),
        lambda: EditionFile.objects.all().delete(),
        lambda: EditionFile.objects.first().save(),
        lambda: EditionFile.objects.first().delete(),
    ],
)
def test_no_query_changes_or_deletes_what_was_frozen(act, edition):
    with pytest.raises(ValueError, match="never"):
        act()


@pytest.mark.parametrize(("group", "status"), [("Editor", 403), ("Publisher", 302), ("Administrator", 302)])
def test_publishers_freeze_and_editors_do_not(group, status, staff_client, submission):
    response = staff_client(group).post(reverse("admin:submission_freeze", args=[submission.pk]), {"public": "on"})

    assert response.status_code == status
    assert Edition.objects.exists() is (status == 302)


def test_a_withdrawn_edition_leaves_its_tombstone(staff_client, edition):
    client = staff_client("Publisher")

    client.post(reverse("admin:edition_release", args=[edition.pk]), {"withdraw": "x"})
    assert Client(headers={"host": "localhost"}).get(f"{DOSSIER}1/").status_code == 200
    client.post(reverse("admin:edition_release", args=[edition.pk]), {"withdraw": "x", "reason": "A figure was wrong"})

    page = fetch(f"{DOSSIER}1/", 410)
    assert "A figure was wrong" in page.text
    assert edition.sha256 in page.text
    for name in ("dossier.pdf", "edition.json", "pack.zip"):
        assert Client(headers={"host": "localhost"}).get(f"{DOSSIER}1/{name}").status_code == 410


def test_an_edition_that_is_not_public_has_no_address(submission):
    edition = editions.freeze(submission, None)

    fetch(f"{DOSSIER}1/", 404)
    assert Client(headers={"host": "localhost"}).get(f"/e/{edition.pk}").status_code == 404


def test_tampering_is_proved_and_the_page_says_so(capsys, edition):
    row = edition.file("body.en.html")
    with row.file.storage.open(row.file.name, "wb") as file:
        file.write(b"<p>Forty projects</p>")

    text = fetch(f"{DOSSIER}1/").text
    assert "This edition is not what was frozen. Do not rely on it." in text
    assert "body.en.html: changed" in text
    assert "Forty projects" not in text
    with pytest.raises(CommandError, match="1 editions"):
        call_command("verify_editions")
    assert "body.en.html: changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE partnership_edition SET sha256 = 'f'", "edition.json: not what the edition says"),
        ("UPDATE partnership_editionfile SET sha256 = 'f' WHERE name = 'dossier.sv.pdf'", "dossier.sv.pdf: changed"),
        ("DELETE FROM partnership_editionfile WHERE name = 'body.sv.html'", "body.sv.html: not on record"),
    ],
)
def test_tampering_in_the_database_is_named_on_the_page_and_by_the_command(statement, error, capsys, edition):
    with connection.cursor() as cursor:
        cursor.execute(statement)

    assert error in fetch(f"{DOSSIER}1/").text
    with pytest.raises(CommandError, match="1 editions"):
        call_command("verify_editions")
    assert error in capsys.readouterr().out


def test_what_was_tampered_with_is_not_handed_out(edition):
    for name in ("edition.json", "dossier.en.pdf"):
        row = edition.file(name)
        with row.file.storage.open(row.file.name, "ab") as file:
            file.write(b" ")

    for name in ("edition.json", "dossier.pdf", "pack.zip", "differences/"):
        assert ": changed" in fetch_altered(f"{DOSSIER}1/{name}")
    assert Client(headers={"host": "localhost"}).get(f"{DOSSIER}1/reading-sheet.pdf").status_code == 200


def fetch_altered(url: str) -> str:
    return fetch(url, 409).text


def test_erasing_by_law_shows_itself_with_both_checksums(submission, staff):
    Project.objects.filter(code="leseding").update(summary_en="Led by Thabo Mokoena of the guidance centre.")
    edition = editions.freeze(submission, None, public=True)
    before = edition.sha256

    redaction.redact(Passage("Thabo Mokoena"), by=staff("Administrator"), reason="A person", decision="2026/7")

    edition.refresh_from_db()
    assert edition.sha256 != before
    text = fetch(f"{DOSSIER}1/").text
    assert before in text
    assert edition.sha256 in text
    for row in edition.files.all():
        assert "Mokoena" not in editions.content(edition, row.name).decode(errors="replace")
    call_command("verify_editions", verbosity=0)


# Differences


def test_differences_are_said_in_words(edition):
    visit = Visit.objects.get(code="2010-09-leseding-sweden")
    identified = Project.objects.identified()
    all_of_them, founding = identified.count(), identified.in_founding_count().count()
    make_project(title_en="Newly found", in_founding_count="yes")
    Visit.objects.filter(pk=visit.pk).update(delegates=5)

    text = fetch(f"{DOSSIER}1/differences/").text

    assert f"Projects and pre-studies on record: {all_of_them} → {all_of_them + 1}" in text
    assert f"Of them within the count of January 2018: {founding} → {founding + 1}" in text
    assert "Project: Newly found" in text
    start = text.index("Visit: Tlokwe in Växjö, 6–15 September 2010")
    assert text[start:].startswith("Visit: Tlokwe in Växjö, 6–15 September 2010 Delegates: not documented → 5")


def test_a_figure_and_its_unit_differ_on_one_line(edition):
    project = Project.objects.filter(budget_amount__isnull=False).first()
    visit = Visit.objects.get(code="2010-09-leseding-sweden")
    Project.objects.filter(pk=project.pk).update(budget_amount=1_250_000, budget_currency="ZAR")
    Visit.objects.filter(pk=visit.pk).update(delegates=5, delegates_high=7)

    text = fetch(f"{DOSSIER}1/differences/").text

    before = f"{project.budget_currency} {project.budget_amount:,}"
    assert f"Budget: {before} → ZAR 1,250,000" in text
    assert "Currency" not in text
    assert "Delegates: not documented → 5–7" in text


def test_an_edition_of_fewer_languages_is_shown_compared_and_erased_in_those(submission, staff, monkeypatch):
    Project.objects.filter(code="leseding").update(summary_en="Led by Thabo Mokoena of the guidance centre.")
    with monkeypatch.context() as day:
        day.setattr(editions, "language_codes", lambda: ["en"])
        edition = editions.freeze(submission, None, public=True)
    assert list(editions.data(edition)["dossier"]) == ["en"]
    Project.objects.filter(code="leseding").update(title_en="Leseding anew")
    swedish, page = f"{DOSSIER}1/".replace("/en/dossier/", "/sv/underlag/"), f"{DOSSIER}1/"

    read = fetch(swedish)
    assert "Denna utgåva frystes innan webbplatsen fanns på detta språk." in read.text
    assert [element for element in read.all("div") if element.get("lang") == "en"]
    assert "frozen before the site had" not in fetch(page).text
    assert Client(headers={"host": "localhost"}).get(f"{swedish}dossier.pdf").status_code == 200
    for language, words in (("/en/", "Leseding anew"), ("/sv/", "Projekt: ")):
        compared = reverse_in(language, "differences", "platforma-2018", 1)
        assert words in fetch(compared).text

    redaction.redact(Passage("Thabo Mokoena"), by=staff("Administrator"), reason="A person", decision="2026/7")

    edition.refresh_from_db()
    assert "Mokoena" not in editions.content(edition, "edition.json").decode()
    assert editions.verified_files(edition).errors == []


def reverse_in(prefix: str, name: str, *args) -> str:
    with translation.override(prefix.strip("/")):
        return reverse(name, args=args)


def test_the_page_of_a_changed_record_leads_to_what_differs(staff_client, edition):
    project = Project.objects.get(code="leseding")
    assert "Changed since edition" not in fetch(project.get_absolute_url()).text
    client = staff_client("Publisher")
    data = filled_in(client.get(url(Project, "change", project.pk)))
    data["title_en"] = "Leseding"
    client.post(url(Project, "change", project.pk), data)

    page = fetch(project.get_absolute_url())

    way = f"{DOSSIER}1/differences/#projects-leseding"
    assert way in page.links(DOSSIER)
    assert 'id="projects-leseding"' in fetch(way).html
    assert f"{DOSSIER}1/differences/" in fetch(DOSSIER).links(DOSSIER)
    assert "Changed since edition" not in fetch(Project.objects.get(code="hr-1").get_absolute_url()).text


def test_two_editions_are_compared(submission, edition):
    Project.objects.filter(code="leseding").update(title_en="Leseding")
    editions.freeze(submission, None, public=True)

    text = fetch(f"{DOSSIER}1/differences/2/").text

    assert "Edition 1 beside edition 2." in text
    assert "Title (English): Leseding – Give Light → Leseding" in text


def test_nothing_differs_where_nothing_has_changed(edition):
    assert "Nothing differs." in fetch(f"{DOSSIER}1/differences/").text


def test_differences_show_the_words_put_in_and_taken_out_and_why(staff_client, edition):
    client = staff_client("Publisher")
    project = Project.objects.get(code="leseding")
    data = filled_in(client.get(url(Project, "change", project.pk)))
    data["summary_en"] = data["summary_en"].replace("worked on two things", "worked on three quiet things")
    client.post(url(Project, "change", project.pk), data | {"reason": "The report has been found."})

    page = fetch(f"{DOSSIER}1/differences/")

    assert "<del>two</del>" in page.html
    assert "<ins>three quiet</ins>" in page.html
    assert "Why: The report has been found." in page.text
    assert "/id/project/leseding" in page.links()


# The pack


def test_the_pack_is_the_same_bytes_each_time_and_holds_what_a_juror_needs(edition):
    client = Client(headers={"host": "localhost"})

    first, second = client.get(f"{DOSSIER}1/pack.zip").content, client.get(f"{DOSSIER}1/pack.zip").content

    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        names = [name.removeprefix("platforma-2018-1/") for name in archive.namelist()]
        assert names == [
            "READ-ME.txt",
            "dossier.en.pdf",
            "dossier.sv.pdf",
            "edition.json",
            "reading-sheet.en.pdf",
            "reading-sheet.sv.pdf",
            "sources.en.csv",
            "sources.sv.csv",
            "SHA256SUMS",
        ]
        assert {info.date_time[:3] for info in archive.infolist()} == {edition.made_on.timetuple()[:3]}
        sums = dict(line.split("  ")[::-1] for line in archive.read(archive.namelist()[-1]).decode().splitlines())
        for name in names[:-1]:
            assert hashlib.sha256(archive.read(f"platforma-2018-1/{name}")).hexdigest() == sums[name]
        assert sums["edition.json"] == edition.sha256
        read_me = archive.read("platforma-2018-1/READ-ME.txt").decode()
        assert "edition.json: the same as data, with the whole public record behind it" in read_me
        assert "reading-sheet.sv.pdf: ett blad att anteckna på" in read_me
        rows = list(csv.DictReader(io.StringIO(archive.read("platforma-2018-1/sources.en.csv").decode("utf-8-sig"))))
    data = json.loads(editions.content(edition, "edition.json"))
    assert [row["code"] for row in rows] == [source["code"] for source in data["dossier"]["en"]["sources"]]


def test_the_short_address_on_paper_leads_to_the_readers_language(edition):
    response = Client(headers={"host": "localhost", "accept-language": "sv"}).get(f"/e/{edition.pk}")

    assert (response.status_code, response["Location"]) == (303, "/sv/underlag/platforma-2018/1/")


# Private links


def link_to(submission: Submission, **values) -> str:
    values.setdefault("expires_on", timezone.localdate() + timedelta(days=7))
    link = PrivateLink.objects.create(submission=submission, purpose="The secretariat", **values)
    with translation.override("en"):
        return private_url(link)


def test_a_private_link_opens_a_draft_and_leaves_no_trace(submission):
    Submission.objects.update(state="draft")
    fetch(DOSSIER, 404)
    url = link_to(submission)

    page = fetch(url)

    assert "Private reading until" in page.text
    assert not page.is_indexed
    headers = page.response.headers
    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert Client(headers={"host": "localhost"}).get(f"{url}dossier.pdf").content.startswith(b"%PDF")


def test_a_private_link_opens_an_unpublished_edition(submission):
    edition = editions.freeze(submission, None)

    assert edition.sha256 in fetch(link_to(submission, edition=edition)).text


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, 410, "The link has expired"),
        ({"revoked_at": timezone.now()}, 410, "The link has been revoked"),
    ],
)
def test_a_link_that_has_ended_says_why(values, status, words, submission):
    page = fetch(link_to(submission, **values), status)

    assert words in page.text
    assert "Ask whoever sent it to you" in page.text
    assert "What came of it" not in page.text


def test_an_altered_link_is_refused(submission):
    url = link_to(submission)

    assert "The link is not whole" in fetch(url[:-3] + "xx/", 403).text
    assert "Länken är inte hel" in fetch("/sv/privat/1:abc/", 403).text


def test_publishers_make_and_revoke_links_and_editors_do_not(staff_client, submission):
    link_url = reverse("admin:submission_link", args=[submission.pk])
    data = {"purpose": "The secretariat", "expires_on": (timezone.localdate() + timedelta(days=7)).isoformat()}

    assert staff_client("Editor").post(link_url, data).status_code == 403
    client = staff_client("Publisher")
    expired = client.post(link_url, data | {"expires_on": "2020-01-01"})
    assert expired.content.decode().count("This day has passed.") == 1
    assert client.post(link_url, data).status_code == 302
    link = PrivateLink.objects.get()
    assert link.purpose in client.get(url(Submission, "change", submission.pk)).content.decode()
    client.post(reverse("admin:submission_revoke", args=[submission.pk, link.pk]))
    with translation.override("en"):
        fetch(private_url(link), 410)
