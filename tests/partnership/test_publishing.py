"""What the public sees of drafts, published and withdrawn records."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from partnership.models import Claim, Milestone, Partner, Photo, Revision, Source, Statement, Succession
from projects.models import OutputCitation, Project, Theme
from tests.base import fetch, filled_in, url
from tests.factories import (
    make_milestone,
    make_output,
    make_partner,
    make_project,
    make_source,
    make_theme,
    make_visit,
)

pytestmark = pytest.mark.django_db

SECRET = "Zebrafinch"

EVERYWHERE = [
    "/en/",
    "/en/projects/",
    "/en/projects/library-1/",
    "/en/visits/",
    "/en/themes/",
    "/en/themes/democracy/",
    "/en/partners/",
    "/en/partners/vaxjo/",
    "/en/history/",
    "/en/claims/",
    "/en/sources/",
    "/en/sources/icld-library-1/",
    "/en/projects/?q=Zebrafinch",
]


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_no_page_shows_what_is_not_published(state):
    from partnership.models import Partner, PartnerCitation
    from projects.models import Theme

    hidden = {"state": state, "withdrawal_reason_en": "A reason", "withdrawn_on": "2026-05-03"}
    source = make_source(title=f"{SECRET} source", **hidden)
    theme = make_theme(name_en=f"{SECRET} theme", **hidden)
    partner = make_partner(name_en=f"{SECRET} partner", short_name_en=SECRET, **hidden)
    project = make_project(title_en=f"{SECRET} project", themes=[theme], partners=[partner], **hidden)
    make_visit(purpose_en=f"{SECRET} visit", title_override_en=f"{SECRET} visit", projects=[project], **hidden)
    make_milestone(title_en=f"{SECRET} milestone", **hidden)
    library = Project.objects.get(code="library-1")
    library.themes.add(Theme.objects.get(code="democracy"), theme)
    make_output(library, text_en=f"{SECRET} output", **hidden)
    visible = make_visit(projects=[project, library], hosts=[partner], guests=[Partner.objects.get(code="vaxjo")])
    if state == "draft":
        PartnerCitation.objects.create(partner=Partner.objects.get(code="vaxjo"), source=source)
    claim = Claim.objects.create(code="test-claim", label_en=f"{SECRET} claim", **hidden)
    Statement.objects.create(
        claim=Claim.objects.get(code="visits"), code="test-s", quote=SECRET, value_low=1, state=state
    )

    for address in [*EVERYWHERE, f"/en/visits/{visible.slug}/"]:
        page = fetch(address)
        shown = page.html.replace('value="Zebrafinch"', "").replace("with “Zebrafinch”", "").replace("q=Zebrafinch", "")
        assert SECRET not in shown, address
    assert claim.state == state


@pytest.mark.parametrize("make", [make_project, make_visit, make_theme, make_partner, make_source])
def test_the_page_of_a_draft_is_not_found(make):
    record = make(state="draft")

    fetch(record.get_absolute_url(), status=404)


@pytest.mark.parametrize("make", [make_project, make_visit, make_theme, make_partner, make_source])
def test_a_withdrawn_record_leaves_its_title_the_date_and_the_reason(make):
    record = make(state="withdrawn", withdrawn_on="2026-05-03", withdrawal_reason_en="Counted twice.", note_en="Inside")

    page = fetch(record.get_absolute_url(), status=410)

    assert "Withdrawn on 3 May 2026" in page.text
    assert "Counted twice." in page.text
    assert "Inside" not in page.text
    assert not page.is_indexed


def test_a_citation_to_a_withdrawn_source_says_so():
    from projects.models import ProjectCitation

    source = make_source(title="A page that went", state="withdrawn", withdrawn_on="2026-05-03")
    ProjectCitation.objects.create(project=Project.objects.get(code="sipp"), source=source)

    page = fetch("/en/projects/sipp/")

    assert "A page that went (withdrawn)" in page.text
    assert source.get_absolute_url() not in page.links()


def test_a_code_never_changes():
    project = make_project(code="test-lasting")
    project = Project.objects.get(pk=project.pk)
    project.code = "test-other"

    with pytest.raises(ValidationError, match="never changes"):
        project.full_clean()
    with pytest.raises(ValueError, match="never changes"):
        project.save()


def test_an_address_left_empty_is_the_code():
    assert make_project(code="test-address").slug == "test-address"


def test_publishing_notes_when_it_happened_for_the_first_time():
    milestone = make_milestone(state="draft")
    assert milestone.published_at is None

    milestone.state = "published"
    milestone.save()
    first = milestone.published_at
    milestone.save()

    assert first is not None
    assert Milestone.objects.get(pk=milestone.pk).published_at == first


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Project.objects.create(code="test-x", title_en=""),
        lambda: Project.objects.create(code="test-x", title_en="x", budget_amount=5),
        lambda: Project.objects.filter(code="sipp").update(code=""),
        lambda: make_visit(delegates=8, delegates_high=6),
        lambda: make_visit(delegates_high=6),
        lambda: make_output(make_project(), kind="hard", soft_kind="new_contact"),
        lambda: make_partner(latitude=5),
        lambda: make_partner(latitude=95, longitude=5),
        lambda: Photo.objects.create(code="test-p", state="published", basis="public_task"),
        lambda: Photo.objects.create(code="test-p", state="published", alt_en="A shelf"),
        lambda: Statement.objects.create(claim=Claim.objects.get(code="visits"), code="x", value_low=9, value_high=8),
        lambda: Statement.objects.create(claim=Claim.objects.get(code="visits"), code="x", value_low=9, preferred=True),
        lambda: Project.objects.filter(code="sipp").update(state="withdrawn"),
        lambda: Project.objects.filter(code="sipp").update(continues=Project.objects.get(code="sipp").pk),
    ],
)
def test_the_database_refuses_nonsense(broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        broken()


def test_a_cited_source_cannot_be_deleted():
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        Source.objects.get(code="platforma-2018").delete()


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_a_source_names_no_part_of_what_is_not_public(state):
    """A published statement or output whose claim or project is not public."""
    source, project = make_source(), make_project()
    output = make_output(project, text_en="An output of a project")
    OutputCitation.objects.create(output=output, source=source)
    assert "An output of a project" in fetch(source.get_absolute_url()).text

    Project.objects.filter(pk=project.pk).update(state=state, withdrawn_on="2026-01-02")

    assert "An output of a project" not in fetch(source.get_absolute_url()).text


@pytest.mark.parametrize("hidden", ["predecessor", "successor"])
def test_nothing_public_names_a_body_before_or_after_that_is_a_draft(hidden):
    bodies = {
        "predecessor": make_partner(role="formal", name_en="Body before", name_sv="Organ före"),
        "successor": make_partner(role="formal", name_en="Body after", name_sv="Organ efter"),
    }
    Succession.objects.create(**bodies, date="2015")
    shown = bodies["successor" if hidden == "predecessor" else "predecessor"]
    secret = bodies[hidden]
    secret.state = "draft"
    secret.save()

    for address in (
        shown.get_absolute_url(),
        "/en/partners/",
        f"/id/partner/{shown.code}.json",
        "/data/partners.csv",
        "/data/partners.json",
        "/data/successions.csv",
        "/data/names.csv",
        "/data/record.xlsx",
    ):
        response = Client(headers={"host": "localhost"}).get(address, follow=True)
        content = response.getvalue()
        assert response.status_code == 200, address
        assert not [word for word in (str(secret.name), secret.code) if word.encode() in content], address
    assert shown in Partner.objects.current()


def test_a_circle_of_successors_keeps_nobody_waiting(db):
    first, second = make_partner(), make_partner()
    Succession.objects.create(predecessor=first, successor=second, date="2016")
    Succession.objects.create(predecessor=second, successor=first, date="2017")

    assert {Partner.of_today()[partner.pk] for partner in (first, second)} <= {first, second}


def test_no_order_leaves_the_place_of_a_missing_value_to_the_database():
    """SQLite puts it first and PostgreSQL last; data and editions are compared by their bytes."""
    unsaid = [
        f"{model.__name__}.{name}"
        for label in ("partnership", "projects", "visits")
        for model in apps.get_app_config(label).get_models()
        for name in model._meta.ordering
        if isinstance(name, str)
        and name not in {"pk", "-pk"}
        and model._meta.get_field(name.removeprefix("-").partition("__")[0]).null
    ]

    assert unsaid == []


def test_what_readers_have_seen_is_no_draft_again(staff_client):
    """A page that was there would be “not found”, and nobody be told why."""
    theme = make_theme(name_en="Song")
    client, address = staff_client("Publisher"), url(Theme, "change", theme.pk)
    opened = client.get(address)
    choices = [value for value, _label in opened.context["adminform"].form.fields["state"].choices]

    client.post(address, filled_in(opened) | {"state": "draft"})
    theme.refresh_from_db()
    theme.state = "draft"

    assert choices == ["published", "withdrawn"]
    assert Theme.objects.get(pk=theme.pk).is_published
    with pytest.raises(ValidationError, match="Readers have seen it"):
        theme.full_clean()


def test_an_old_draft_brought_back_leaves_the_record_public(staff_client):
    theme = make_theme(name_en="Song", state="draft")
    client, address = staff_client("Publisher"), url(Theme, "change", theme.pk)
    client.post(address, filled_in(client.get(address)) | {"name_en": "Songs"})
    draft = Revision.objects.of(theme).first()
    Theme.objects.filter(pk=theme.pk).update(state="published", published_at=timezone.now(), name_en="Choirs")

    client.post(url(Theme, "restore", theme.pk, draft.pk))

    theme.refresh_from_db()
    assert (theme.name_en, theme.state) == ("Songs", "published")
