"""Two records of one thing become one, and two again."""

from __future__ import annotations

import datetime
import json

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from partnership.models import DistinctPair, Follower, Following, Merger, ReviewNote, Revision, Source
from partnership.record import confirmations, merging
from projects.models import Project, ProjectCitation
from tests.base import fetch, url
from tests.factories import (
    make_document,
    make_output,
    make_partner,
    make_photo,
    make_project,
    make_source,
    make_theme,
    make_visit,
)
from visits.models import Visit


def merge(survivor, merged, **values):
    return merging.merge(survivor, merged, values=values, user=None, reason="The same under two names.")


def location(path: str) -> tuple[int, str]:
    response = Client(headers={"host": "localhost", "accept-language": "en"}).get(path)
    return response.status_code, response.get("Location", "")


@pytest.fixture
def pair(db):
    """Two public projects of the same thing, with all that can hang on them."""
    library, school = make_partner(), make_partner()
    first = make_project(code="choir", title_en="Choir", summary_en="One summary.", period="2012", partners=[library])
    second = make_project(code="choir-2", title_en="A choir", summary_en="Another.", partners=[library, school])
    theme, photo, shared = make_theme(), make_photo(), make_source()
    second.themes.set([theme])
    second.photos.set([photo])
    ProjectCitation.objects.create(project=first, source=shared, about="period")
    ProjectCitation.objects.create(project=second, source=shared, about="period", locator="p. 4")
    make_output(second)
    make_visit(projects=[second])
    make_visit(projects=[first, second])
    make_project(code="choir-3", continues=second)
    return first, second


def test_all_that_hangs_on_the_one_hangs_on_the_other(pair):
    first, second = pair
    sources = {row.source_id for row in (*first.citations.all(), *second.citations.all())}

    merge(first, second)

    assert {row.source_id for row in first.citations.all()} == sources
    assert first.citations.get(about="period").locator == "p. 4"
    assert first.participations.count() == 2
    assert first.outputs.count() == first.themes.count() == first.photos.count() == 1
    assert first.visits.count() == 2
    assert Project.objects.get(code="choir-3").continues == first
    assert not second.citations.exists()
    assert not second.visits.exists()


def test_the_old_address_and_the_old_code_lead_to_the_new_one_for_ever(pair):
    first, second = pair
    second.slug = "a-choir"
    second.save()

    merge(first, second)

    assert location("/en/projects/a-choir/") == (301, "/en/projects/choir/")
    assert location("/en/projects/choir-2/") == (301, "/en/projects/choir/")
    assert location("/id/project/choir-2") == (303, "/en/projects/choir/")
    assert "A choir" not in fetch("/en/projects/").text
    last = make_project(code="choir-4")
    merge(last, Project.objects.get(code="choir"))
    assert location("/en/projects/a-choir/") == (301, "/en/projects/choir-4/")
    assert location("/id/project/choir-2") == (303, "/en/projects/choir-4/")


def test_the_versions_of_all_that_changed_are_kept(pair):
    first, second = pair
    visit = Visit.objects.filter(projects=second).exclude(projects=first).get()

    merge(first, second, title_en="A choir")

    assert Project.objects.get(code="choir").title_en == "A choir"
    merged = Revision.objects.of(second).first()
    assert (merged.action, merged.is_public) == ("merged", True)
    assert Revision.objects.of(second).last().content["title"]["en"] == "A choir"
    assert "title" in Revision.objects.of(first).first().fields
    assert Revision.objects.of(visit).first().content["projects"] == ["choir"]


def test_a_confirmation_of_what_says_the_same_as_before_stands(pair, staff):
    """A visit whose project has another code now says what it said; the merged project says more."""
    first, second = pair
    visit = Visit.objects.filter(projects=second).exclude(projects=first).get()
    publisher = staff("Publisher")
    for record in (visit, first, second):
        confirmations.confirm(record, publisher)

    merger = merge(first, second)

    confirmations.lapse_what_changed()
    assert visit.confirmations.standing().exists()
    assert not first.confirmations.standing().exists()
    assert not second.confirmations.standing().exists()
    merging.undo(merger, publisher)
    confirmations.lapse_what_changed()
    assert visit.confirmations.standing().exists()
    assert second.confirmations.standing().exists()


def test_undone_they_are_two_again_and_what_was_written_since_stays(pair):
    first, second = pair
    before = {record.code: Revision.objects.of(record).count() for record in pair}
    texts = {record.code: merging.history.snapshot(record) for record in pair}
    merger = merge(first, second, title_en="A choir", summary_en="Both.")
    later = Project.objects.get(code="choir")
    later.summary_en = "Written since."
    later.save()

    merging.undo(merger, None)

    first, second = Project.objects.get(code="choir"), Project.objects.get(code="choir-2")
    assert merging.history.snapshot(second) == texts["choir-2"]
    assert merging.history.snapshot(first) == texts["choir"] | {
        "summary": {**texts["choir"].get("summary", {}), "en": "Written since."}
    }
    assert Revision.objects.of(second).count() == before["choir-2"] + 3
    assert location("/en/projects/choir-2/")[0] == 200
    with pytest.raises(ValueError, match="can no longer"):
        merging.undo(merger, None)


def test_after_thirty_days_it_stands(pair):
    merger = merge(*pair)
    Merger.objects.update(made_at=timezone.now() - datetime.timedelta(days=30, hours=-1))
    assert Merger.objects.get().may_be_undone
    Merger.objects.update(made_at=timezone.now() - datetime.timedelta(days=30, hours=1))

    with pytest.raises(ValueError, match="can no longer"):
        merging.undo(merger, None)


def test_values_that_do_not_go_together_are_refused_and_nothing_is_merged(pair):
    first, second = pair

    with pytest.raises(ValidationError):
        merge(first, second, budget_currency="SEK")

    assert Project.objects.get(code="choir-2").is_published
    assert second.outputs.count() == 1


def test_two_sources_become_one_and_each_record_cites_it_once(db):
    first, second = make_source(url="https://example.org/a"), make_source(url="https://example.org/a/")
    copy = make_document()
    second.documents.add(copy)
    project = make_project(sources=0)
    for source in (first, second):
        ProjectCitation.objects.create(project=project, source=source)

    merge(first, second)

    assert [row.source for row in project.citations.all()] == [first]
    assert list(first.documents.all()) == [copy]
    assert location(f"/en/sources/{second.slug}/") == (301, f"/en/sources/{first.slug}/")


@pytest.mark.parametrize("make", [make_partner, make_theme, make_photo, make_document, make_visit])
def test_every_kind_can_be_merged_and_undone(make, db):
    first, second = make(), make()
    text = merging.history.snapshot(second)

    merging.undo(merge(first, second), None)

    assert merging.history.snapshot(type(second).objects.get(pk=second.pk)) == text


def test_a_body_is_not_its_own_successor(db):
    city, municipality = make_partner(), make_partner()
    city.successions.create(successor=municipality, date="2016")

    merge(municipality, city)

    assert not municipality.inheritances.exists()
    assert not municipality.successions.exists()


def test_followers_and_notes_of_colleagues_go_along(pair, staff):
    first, second = pair
    for name, codes in (("both", ["choir", "choir-2"]), ("second", ["choir-2"])):
        follower = Follower.objects.create(email=f"{name}@example.org", language="en")
        for code in codes:
            Following.objects.create(follower=follower, kind="project", code=code)
    ReviewNote.objects.create(about="suggestion", model_name="project", code="choir-2", text="?", by=staff("Editor"))

    merge(first, second)

    assert sorted(Following.objects.values_list("code", flat=True)) == ["choir", "choir"]
    assert ReviewNote.objects.of(first).open().count() == 1


# In the admin


def merge_page(first, second) -> str:
    return url(Project, "compare", first.pk, second.pk)


CHOICES = {
    "merge-keep": "first",
    "merge-reason": "The same under two names.",
    "merge-choice-title_en": "second",
    "merge-choice-summary_en": "both",
    "merge-text-summary_en": "One summary and another.",
    "merge-choice-period": "first",
}


def test_a_publisher_finds_the_other_one_compares_and_merges(pair, staff_client):
    first, second = pair
    client = staff_client("Publisher")
    form = client.get(url(Project, "change", first.pk)).content.decode()
    assert url(Project, "merge", first.pk) in form
    search = client.get(url(Project, "merge", first.pk) + "?q=a+choir").content.decode()
    assert merge_page(first, second) in search
    page = client.get(merge_page(first, second)).content.decode()
    assert 'name="merge-choice-title_en"' in page
    assert 'name="merge-choice-title_sv"' not in page
    # Of two that both say something none is chosen.
    assert 'name="merge-choice-title_en" value="first" checked' not in page
    assert 'name="merge-choice-period" value="first" checked' in page

    response = client.post(merge_page(first, second), CHOICES | {"_merge": "1"}, follow=True)

    survivor = Project.objects.get(code="choir")
    assert (survivor.title_en, survivor.summary_en) == ("A choir", "One summary and another.")
    merger = Merger.objects.get()
    assert url(Project, "unmerge", first.pk, merger.pk) in response.content.decode()
    assert "was merged into this record" in response.content.decode()
    # The merged one only points to the other.
    merged_form = client.get(url(Project, "change", second.pk)).content.decode()
    assert "This record was merged into" in merged_form
    assert 'name="title_en"' not in merged_form

    client.post(url(Project, "unmerge", first.pk, merger.pk))
    assert Project.objects.get(code="choir-2").is_published


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("merge-keep", "Choose the address that stays"),
        ("merge-choice-title_en", "Choose one of the two"),
        ("merge-reason", "Say why the two are one"),
    ],
)
def test_what_is_not_chosen_is_asked_and_nothing_chosen_is_lost(left_out, words, pair, staff_client):
    data = {name: value for name, value in CHOICES.items() if name != left_out}

    page = staff_client("Publisher").post(merge_page(*pair), data | {"_merge": "1"}).content.decode()

    assert words in page
    assert "One summary and another." in page
    assert not Merger.objects.exists()


def test_what_is_public_keeps_its_address(staff_client):
    public, draft = make_project(), make_project(state="draft")
    data = {"merge-keep": "second", "merge-reason": "Same.", "_merge": "1"}

    page = staff_client("Publisher").post(merge_page(public, draft), data).content.decode()

    assert "its address stays" in page
    assert not Merger.objects.exists()


def test_an_editor_merges_drafts_and_nothing_public(pair, staff_client):
    client = staff_client("Editor")
    drafts = make_project(state="draft"), make_project(state="draft")

    assert client.get(merge_page(*pair)).status_code == 403
    assert client.post(merge_page(*pair), CHOICES).status_code == 403
    response = client.post(merge_page(*drafts), {"merge-keep": "first", "merge-reason": "Same.", "_merge": "1"})

    assert response.status_code == 302
    assert Project.objects.get(pk=drafts[1].pk).merged_into == drafts[0]


def test_two_that_are_two_are_no_longer_suggested(staff_client):
    client = staff_client("Publisher")
    first = make_source(title="Minutes", publisher="Växjö kommun")
    second = make_source(title="Minutes", publisher="Växjö kommun")
    assert "Perhaps the same thing as" in client.get(url(Source, "change", first.pk)).content.decode()

    client.post(url(Source, "compare", first.pk, second.pk), {"_apart": "1"})

    assert DistinctPair.objects.count() == 1
    for source in (first, second):
        assert "Perhaps the same thing as" not in client.get(url(Source, "change", source.pk)).content.decode()


# For machines


def test_data_and_files_of_the_merged_one_lead_to_the_other(pair):
    first, second = pair
    photos = make_photo(), make_photo()
    documents = make_document(), make_document()
    merge(first, second)
    for survivor, merged in (photos, documents):
        merge(survivor, merged)

    client = Client(headers={"host": "localhost"})
    response = client.get("/en/projects/choir-2.json")
    assert (response.status_code, response["Location"]) == (301, "/en/projects/choir.json")
    assert response.json()["merged_into"] == "choir"
    assert json.loads(client.get("/en/projects/choir.json").getvalue())["merged"] == ["choir-2"]
    for survivor, merged in (photos, documents):
        assert location(merged.get_absolute_url()) == (301, survivor.get_absolute_url())
