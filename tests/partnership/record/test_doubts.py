"""Likely slips are asked about by one set of rules, in forms, imports and files, and overruled with a reason."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from partnership.models import Partner, Revision, Source
from partnership.record import rules
from partnership.record.schemas import FILE_SCHEMAS, SCHEMAS, records, serialize
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_project, make_visit
from tests.partnership.spreadsheets.test_spreadsheets import csv_file, imported
from visits.models import Visit

pytestmark = pytest.mark.django_db

NEXT_YEAR = timezone.localdate().year + 1


@pytest.mark.parametrize(
    ("kind", "text", "key", "words"),
    [
        ("visits", {"period": "2206"}, "period", "far from our time"),
        ("sources", {"published": "1066"}, "published", "far from our time"),
        ("visits", {"period": f"{NEXT_YEAR}-05-02", "how_known": "reported"}, "how_known", f"2 May {NEXT_YEAR}"),
        (
            "visits",
            {"hosts": ["vaxjo"], "guests": ["vaxjo", "tlokwe"]},
            "guests",
            "City of Växjö (Växjö Municipality): both host and guest?",
        ),
        (
            "visits",
            {"delegates": "3", "professions": [{"profession": "teachers", "number": "9"}]},
            "professions",
            "add up to 9, and the delegates are 3",
        ),
        (
            "visits",
            {"professions": [{"profession": "nurses", "number": "1"}]},
            "professions",
            "“nurses: 1” may tell who",
        ),
        ("projects", {"kind": "project", "prestudy_of": "library-2"}, "kind", "pre-study of another"),
        ("projects", {"budget_amount": "650000", "budget_currency": "SVC"}, "budget_currency", "Is the sum in SVC?"),
        ("sources", {"language": "se"}, "language", "“se” is Northern Sami. Or is Swedish meant, sv?"),
        ("sources", {"read_on": "0206-05-03"}, "read_on", "far from our time"),
        ("claims", {"statements": [{"as_of": "2206"}]}, "statements", "far from our time"),
    ],
)
def test_a_likely_slip_is_asked_about_once(kind, text, key, words):
    doubts = rules.new_doubts(SCHEMAS[kind], {}, text)

    assert [doubt.key for doubt in doubts] == [key]
    assert words in doubts[0].question
    assert rules.new_doubts(SCHEMAS[kind], text, {**text, "note": {"en": "More"}}) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("visits", {"period": f"{NEXT_YEAR}-05-02", "how_known": "planned"}),
        ("visits", {"period": f"{NEXT_YEAR}-05", "how_known": "announced"}),
        (
            "visits",
            {"delegates": "6", "delegates_high": "9", "professions": [{"profession": "teachers", "number": "9"}]},
        ),
        (
            "visits",
            {
                "professions": [{"profession": "politicians", "number": "1"}],
                "citations": [{"source": "x", "about": "delegates"}],
            },
        ),
        ("visits", {"period": "not a date", "professions": ["teachers"], "delegates": ""}),
        ("projects", {"kind": "pre_study", "prestudy_of": "library-2", "budget_currency": "ZAR"}),
        ("sources", {"language": "fr", "published": "1994-04-27"}),
    ],
)
def test_what_is_likely_is_not_asked_about(kind, text):
    assert rules.new_doubts(SCHEMAS[kind], {}, text) == []


def test_it_is_asked_in_the_language_of_the_reader():
    with translation.override("sv"):
        (doubt,) = rules.new_doubts(SCHEMAS["visits"], {}, {"hosts": ["vaxjo"], "guests": ["vaxjo"]})

    assert doubt.question.endswith(": både värd och gäst?")


def test_the_real_record_raises_no_doubt():
    doubts = [
        (record.code, doubt)
        for kind in FILE_SCHEMAS
        for record in records(kind)
        for doubt in rules.new_doubts(SCHEMAS[kind], {}, serialize(SCHEMAS[kind], record))
    ]

    assert doubts == []


def test_a_form_asks_beside_the_field_and_keeps_the_reason_with_the_version(staff_client):
    client = staff_client("Publisher")
    vaxjo = Partner.objects.get(code="vaxjo")
    visit = make_visit(hosts=[vaxjo])
    address = url(Visit, "change", visit.pk)
    teachers = Visit.professions.rel.related_model.profession.field.related_model.objects.get(code="teachers")
    data = filled_in(client.get(address)) | {
        "guests": [vaxjo.pk],
        "professions-TOTAL_FORMS": "1",
        "professions-0-profession": teachers.pk,
        "professions-0-number": "1",
        "reason": "Found in the report.",
    }

    page = client.post(address, data)

    form = page.context["adminform"].form
    assert form.errors["guests"] == ["City of Växjö (Växjö Municipality): both host and guest?"]
    assert "“teachers: 1” may tell who somebody is" in str(form.non_field_errors())
    assert "Why it is right all the same" in page.content.decode()
    assert '<a href="#id_right_because">Answer below</a>' in page.content.decode()

    assert client.post(address, data | {"right_because": "A town visited itself"}).status_code == 302
    assert Revision.objects.of(visit).first().reason == "Found in the report. Checked: A town visited itself"
    again = filled_in(client.get(address)) | {"period": "2014-05"}
    assert client.post(address, again).status_code == 302


def test_an_import_asks_and_keeps_the_reason(staff):
    publisher = staff("Publisher")
    library = make_project(code="doubt-library")
    file = csv_file("code|title_en|kind|prestudy_of|period", f"doubt-1|A study|project|{library.code}|2206")

    refused = imported("projects", file, publisher)
    answered = imported("projects", file, publisher, right_because="So the report says")

    assert {(error.column, error.code) for error in refused.errors} == {("kind", "doubt"), ("period", "doubt")}
    assert answered.errors == []
    list(answered.load(answered.versions))
    study = Project.objects.get(code="doubt-1")
    assert str(study.period) == "2206"
    assert Revision.objects.of(study).first().reason == "Checked: So the report says"


def test_the_loader_asks_with_the_line(tmp_path, capsys):
    call_command("dump_record", directory=tmp_path, verbosity=0)
    sources = tmp_path / "sources.yaml"
    text = sources.read_text()
    code = Source.objects.exclude(published="").values_list("code", flat=True)[0]
    before, _mark, after = text.partition(f"- code: {code}\n")
    sources.write_text(f"{before}- code: {code}\n" + after.replace("  published: ", "  published: 2206 #", 1))

    with pytest.raises(CommandError, match=r"“published”: The year is far from our time.*--allow-doubtful"):
        call_command("load_record", directory=tmp_path)

    call_command("load_record", directory=tmp_path, allow_doubtful=True)
    assert str(Source.objects.get(code=code).published) == "2206"


@pytest.mark.parametrize(
    ("numbers", "is_other"),
    [
        ({"teachers": "9", "doctors": "4"}, False),
        ({"teachers": "8", "doctors": "4"}, True),
        ({"teachers": "9", "doctors": "5"}, True),
        ({"teachers": "4", "doctors": "9"}, True),
        ({"doctors": "4"}, True),
        ({"teachers": "9", "doctors": "4", "nurses": "2"}, False),
    ],
)
def test_a_figure_of_each_row_is_compared_with_its_own(numbers, is_other):
    before, after = (
        [{"profession": profession, "number": number} for profession, number in rows.items()]
        for rows in ({"teachers": "9", "doctors": "4"}, numbers)
    )

    assert rules.rows_change_figures(SCHEMAS["visits"].rows["professions"], before, after) is is_other
