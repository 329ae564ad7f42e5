"""Drafts that are thrown away leave no trace in public, lie in the bin, and come back whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from partnership.models import Claim, Photo, Revision, Source, Statement
from partnership.record import discarding, history
from projects.models import Output, Project
from tests.base import fetch, filled_in, url
from tests.factories import make_output, make_photo, make_project, make_source, make_visit
from visits.models import Visit, VisitCitation

pytestmark = pytest.mark.django_db


def throw_away(client: Client, record) -> str:
    """Presses the button of the page that asks, and answers with the page that follows."""
    page = url(type(record), "delete", record.pk)
    assert "Throw away" in client.get(page).content.decode()
    return client.post(page, {"post": "yes"}, follow=True).content.decode()


def take_back(client: Client, record) -> None:
    response = client.post(f"/admin/bin/{record._meta.model_name}/{record.pk}/")
    assert response.status_code == 302


def draft_visit() -> Visit:
    visit = make_visit(state="draft", purpose_en="To build a library", sources=0)
    VisitCitation.objects.create(visit=visit, source=make_source(state="draft"), locator="p. 7")
    visit.photos.add(make_photo(state="draft"))
    history.note(visit, {}, None)
    return visit


def test_a_draft_that_was_never_public_cannot_be_withdrawn(staff_client):
    client = staff_client("Publisher")
    visit = make_visit(state="draft", title_override_en="A secret title")
    form = client.get(url(Visit, "change", visit.pk))
    words = {"state": "withdrawn", "withdrawal_reason_en": "An error", "withdrawal_reason_sv": "Ett fel"}

    assert 'value="withdrawn"' not in form.content.decode()
    client.post(url(Visit, "change", visit.pk), filled_in(form) | words)

    visit.refresh_from_db()
    assert visit.state == "draft"
    assert "A secret title" not in fetch(visit.get_absolute_url(), status=404).text
    assert "A secret title" not in fetch("/en/changes/").text
    visit.state = "withdrawn"
    with pytest.raises(ValueError, match="never public"):
        visit.save()


def test_a_statement_that_readers_have_seen_is_withdrawn_and_no_draft_again(staff_client):
    client = staff_client("Publisher")
    statement = Statement.objects.get(code="visits-2018")
    change = url(Statement, "change", statement.pk)
    data = filled_in(client.get(change))

    for state, is_offered in (("draft", False), ("withdrawn", True)):
        assert (f'value="{state}"' in client.get(change).content.decode()) is is_offered
    refused = client.post(change, data | {"state": "draft", "reason": "An error."})

    assert refused.status_code == 200
    statement.refresh_from_db()
    assert statement.state == "published"
    statement.state = "draft"
    with pytest.raises(ValueError, match="was public"):
        statement.save()
    assert client.post(change, data | {"state": "withdrawn", "reason": "An error."}).status_code == 302
    assert Statement.objects.get(pk=statement.pk).state == "withdrawn"


def test_a_statement_of_a_draft_was_seen_by_nobody():
    claim = Claim.objects.create(code="test-claim", label_en="Test")
    statement = claim.statements.create(qualifier="assertion", quote="Some.")

    Statement.objects.get(pk=statement.pk)
    statement.state = "draft"
    statement.full_clean()
    statement.save()

    assert Statement.objects.get(pk=statement.pk).state == "draft"


def test_an_old_version_of_a_claim_leaves_its_statements_public(staff_client):
    claim = Claim.objects.get(statements__code="visits-2018")
    content = history.snapshot(claim)
    old = {**content, "statements": [{**row, "state": "draft"} for row in content["statements"]]}
    revision = Revision.objects.create(model_name="claim", code=claim.code, version=1, content=old)

    history.restore(claim, revision, None)

    assert set(claim.statements.values_list("state", flat=True)) == {"published"}


def test_what_is_thrown_away_is_nowhere_but_in_the_bin(staff_client):
    client = staff_client("Editor")
    visit = draft_visit()

    assert "lies in" in throw_away(client, visit)

    assert visit.code not in client.get(url(Visit, "changelist")).content.decode()
    assert client.get(url(Visit, "change", visit.pk)).status_code == 302
    assert not Visit.objects.in_use().filter(pk=visit.pk).exists()
    assert str(visit) in client.get("/admin/bin/").content.decode()
    assert "To build a library" in client.get("/admin/bin/").content.decode()
    assert not Revision.objects.public().filter(code=visit.code).exists()


def test_a_draft_comes_back_with_sources_and_photographs(staff_client):
    client = staff_client("Editor")
    visit = draft_visit()
    source = Source.objects.get(state="draft")
    before = history.snapshot(visit)
    throw_away(client, visit)
    throw_away(client, source)

    take_back(client, visit)

    assert history.snapshot(Visit.objects.in_use().get(pk=visit.pk)) == before
    assert Source.objects.in_use().filter(pk=source.pk).exists()


def test_what_another_record_names_stays_and_says_where(staff_client):
    client = staff_client("Editor")
    visit = draft_visit()
    source = Source.objects.get(state="draft")

    page = client.get(url(Source, "delete", source.pk)).content.decode()

    assert "It cannot go yet" in page
    assert url(Visit, "change", visit.pk) in page
    client.post(url(Source, "delete", source.pk), {"post": "yes"})
    assert Source.objects.in_use().filter(pk=source.pk).exists()


def test_a_project_goes_with_its_outputs_unless_one_was_public(staff_client):
    client = staff_client("Editor")
    project = make_project(state="draft")
    output = make_output(project, state="draft")
    throw_away(client, project)
    assert not Output.objects.in_use().filter(pk=output.pk).exists()
    take_back(client, project)
    assert Output.objects.in_use().filter(pk=output.pk).exists()

    other = make_project(state="draft")
    make_output(other)
    client.post(url(Project, "delete", other.pk), {"post": "yes"})

    assert Project.objects.in_use().filter(pk=other.pk).exists()


def test_after_its_days_a_draft_goes_with_versions_and_files():
    photo = make_photo(state="draft")
    visit = draft_visit()
    visit.photos.set([photo])
    source = Source.objects.get(state="draft")
    storage, name = photo.file.storage, photo.file.name
    for draft in (visit, source, photo):
        discarding.discard(draft, None)
    call_command("dispose")
    assert Visit.objects.discarded().count() == 1

    long_ago = timezone.now() - timedelta(days=91)
    for model in (Visit, Source, Photo):
        model.objects.discarded().update(discarded_at=long_ago)
    call_command("dispose")

    assert not Visit.objects.discarded().exists()
    assert not Source.objects.discarded().exists()
    assert not Revision.objects.filter(code__in=[visit.code, source.code]).exists()
    assert not storage.exists(name)


def test_the_bin_is_emptied_by_a_button_and_never_by_a_link(staff_client):
    client = staff_client("Editor")
    visit = draft_visit()
    discarding.discard(visit, None)

    assert client.get(f"/admin/bin/visit/{visit.pk}/").status_code == 403
    assert client.post(f"/admin/bin/follower/{visit.pk}/").status_code == 404
    assert not Visit.objects.in_use().filter(pk=visit.pk).exists()
