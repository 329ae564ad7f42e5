"""Codes and addresses, which the site makes: from a title in any language, and never one that led elsewhere."""

from __future__ import annotations

import pytest

from partnership.models import Claim, FormerAddress, Photo, Statement
from partnership.publishing import code_from
from projects.models import Output, Project, Theme
from tests.base import filled_in, url
from tests.factories import make_image, make_project, make_theme, make_visit
from visits.models import Visit


def _add(client, model, **values):
    response = client.post(url(model, "add"), filled_in(client.get(url(model, "add"))) | values)
    assert response.status_code == 302, response.context["errors"]
    return model.objects.latest("pk")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Räddningstjänst på Öland", "raddningstjanst-pa-oland"),
        ("Lesedi: Thuto ya bagolo – Ŝ", "lesedi-thuto-ya-bagolo-s"),
        ("Ærø, Łódź & Straße", "aero-lodz-strasse"),
        ("Besök 中文", "besok"),
        ("中文", ""),
        ("word " * 20, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("x" * 90, "x" * 60),
    ],
)
def test_a_code_is_made_from_a_text_of_any_language(text, code):
    assert code_from(text) == code


def test_a_clerk_who_writes_swedish_only_is_asked_for_no_code(staff_client):
    client = staff_client("Editor")

    first = _add(client, Theme, name_sv="Räddningstjänst och beredskap")
    second = _add(client, Theme, name_sv="Räddningstjänst och beredskap")

    assert (first.code, first.slug) == ("raddningstjanst-och-beredskap",) * 2
    assert (second.code, second.slug) == ("raddningstjanst-och-beredskap-2",) * 2


def test_a_title_without_a_latin_letter_is_named_by_its_kind(staff_client):
    assert _add(staff_client("Editor"), Theme, name_sv="图书馆").code == "theme"


def test_a_photograph_and_its_file_are_named_by_what_it_shows(staff_client):
    photo = _add(staff_client("Editor"), Photo, alt_sv="Hyllor på biblioteket", file=make_image())

    assert photo.code == "hyllor-pa-biblioteket"
    assert photo.file.name == "photos/hyllor-pa-biblioteket.jpg"


def test_a_visit_is_numbered(staff_client):
    first = _add(staff_client("Editor"), Visit, period="2012")
    assert first.code == f"visit-{Visit.objects.count()}"

    second = make_visit(code="", state="draft")

    assert second.code == f"visit-{Visit.objects.count()}"


def test_rows_of_a_project_and_a_claim_need_no_code(staff_client):
    client = staff_client("Publisher")
    project, claim = make_project(state="draft"), Claim.objects.get(code="projects")
    row = {"kind": "hard", "text_sv": "En handbok", "side": "sweden", "state": "draft"}
    data = filled_in(client.get(url(Project, "change", project.pk))) | {"outputs-TOTAL_FORMS": "1"}
    data |= {f"outputs-0-{name}": value for name, value in row.items()}
    assert client.post(url(Project, "change", project.pk), data).status_code == 302
    assert Output.objects.get(project=project).code == "en-handbok"

    statement = Statement.objects.create(claim=claim, value_low=41)

    assert statement.code == "projects-41"


def test_no_new_record_takes_an_address_that_led_to_another(staff_client):
    """Former addresses lead on for ever, whether the site makes the new one or somebody writes it."""
    renamed = make_theme(code="old-theme")
    renamed.slug = "new-theme"
    renamed.save()

    other = make_theme(code="", name_en="New theme")
    assert other.code == "new-theme-2"
    client = staff_client("Editor")
    data = filled_in(client.get(url(Theme, "add"))) | {"name_sv": "Ett tema", "slug": "old-theme", "code": "another"}
    response = client.post(url(Theme, "add"), data)

    assert "slug" in response.context["adminform"].form.errors
    assert FormerAddress.objects.get(slug="old-theme").code == renamed.code
